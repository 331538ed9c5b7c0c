"""Heights of the plate: at any place, and as a map."""

from __future__ import annotations

import numpy as np

from scarplan.commissioning.letters import letter_strokes
from scarplan.commissioning.shapes import reach_mm, share_of_depth, star_height
from scarplan.records.phantom_plate import PhantomPlate, PlateFeature, PlateMark
from scarplan.surface.surface import Surface

#: Grid of the digital height map: finer than any scanner of skin in use.
MAP_PIXEL_MM = 0.05
# Width of the sloping edge of the engraved id, in its squares.
_MARK_WALL = 0.25


def plate_height_mm(plate: PhantomPlate, x_mm: np.ndarray, y_mm: np.ndarray) -> np.ndarray:
    """Return the height of the plate at (x, y), mm: 0 where nothing is, positive outwards. Any shape of x and y."""
    x, y = np.asarray(x_mm, dtype=float).ravel(), np.asarray(y_mm, dtype=float).ravel()
    heights = np.zeros(x.shape)
    for feature in plate.feature:
        across, down = reach_mm(feature)
        near = np.flatnonzero((np.abs(x - feature.x_mm) < across) & (np.abs(y - feature.y_mm) < down))
        heights[near] -= true_depth_mm(feature) * share_of_depth(feature, x[near], y[near])
    star = plate.star
    near = np.flatnonzero((np.abs(x - star.x_mm) < star.outer_mm) & (np.abs(y - star.y_mm) < star.outer_mm))
    heights[near] += star_height(star, x[near], y[near])
    heights -= _mark_depth(plate.mark, x, y)
    return heights.reshape(np.shape(x_mm))


def true_depth_mm(feature: PlateFeature) -> float:
    """Return the depth of a feature of the print: measured where somebody has measured it, nominal otherwise."""
    return feature.depth_mm if feature.measured_depth_mm is None else feature.measured_depth_mm


def map_plate(plate: PhantomPlate, *, pixel_mm: float = MAP_PIXEL_MM) -> Surface:
    """Return the plate as a height map whose first pixel lies in its upper left corner."""
    columns, rows = (round(side / pixel_mm) + 1 for side in (plate.width_mm, plate.height_mm))
    x, y = np.meshgrid(np.arange(columns) * pixel_mm, np.arange(rows) * pixel_mm)
    heights = plate_height_mm(plate, x, y)
    return Surface("map", heights, np.ones(heights.shape, dtype=bool), pixel_mm)


def _mark_depth(mark: PlateMark, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    depth, strokes = np.zeros(x.shape), np.array(list(letter_strokes(mark.text)), dtype=float).reshape(-1, 4)
    wall = _MARK_WALL * mark.square_mm
    corners = np.array([mark.x_mm, mark.y_mm] * 2) + strokes * mark.square_mm
    (left, top), (right, bottom) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    marked = np.flatnonzero((x > left) & (x < right) & (y > top) & (y < bottom))
    x, y, carved = x[marked], y[marked], np.zeros(marked.shape)
    for x0, y0, x1, y1 in corners:
        edge = np.minimum(np.minimum(x - x0, x1 - x), np.minimum(y - y0, y1 - y))
        np.maximum(carved, np.clip(edge / wall, 0.0, 1.0) * mark.depth_mm, out=carved)
    depth[marked] = carved
    return depth
