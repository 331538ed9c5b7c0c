"""Colour chart: the 24 patches of a ColorChecker in a photograph, from the middles of its four corner patches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scarplan.photographs.marks import Position

ROWS, COLUMNS = 4, 6
#: The patches row by row, held with the grey row below.
PATCH_NAMES = (
    "dark skin", "light skin", "blue sky", "foliage", "blue flower", "bluish green",
    "orange", "purplish blue", "moderate red", "purple", "yellow green", "orange yellow",
    "blue", "green", "red", "yellow", "magenta", "cyan",
    "white", "lightest grey", "light grey", "middle grey", "dark grey", "black",
)  # fmt: skip
#: Corner patch -> (column, row) on the chart, held with the grey row below.
_CORNERS = {
    "dark_skin": (0, 0),
    "bluish_green": (COLUMNS - 1, 0),
    "black": (COLUMNS - 1, ROWS - 1),
    "white": (0, ROWS - 1),
}
#: Part of the distance between patches that is surely inside one: the frame between them is about a tenth wide.
_INSIDE = 0.25
_SAMPLES = 21
#: A smaller patch holds too few pixels, and JPEG mixes its colour with its neighbours'.
_SMALLEST_PATCH_PX = 12.0
#: Levels of 255 at which a channel has run out of light or of room.
_DARKEST, _BRIGHTEST = 1, 254
_CLIPPED_SHARE = 0.02


@dataclass(frozen=True)
class ChartReading:
    """Linear light of the 24 patches [patch 3], row by row from dark skin, and which may be used [patch]."""

    linear_rgb: np.ndarray
    usable: np.ndarray
    fault: str = ""


def read_chart(picture: np.ndarray, corners: Mapping[str, Position]) -> ChartReading:
    """Return the patches of the chart in an sRGB picture [y x 3] of bytes; `fault` says why it cannot be read."""
    from skimage.transform import ProjectiveTransform

    names = list(_CORNERS)
    on_chart = np.array([_CORNERS[name] for name in names], float)
    in_picture = np.array([corners[name] for name in names], float)
    fitted = ProjectiveTransform.from_estimate(on_chart, in_picture)
    empty = ChartReading(np.zeros((0, 3)), np.zeros(0, bool))
    if not fitted or _winding(in_picture) <= 0:
        return ChartReading(
            empty.linear_rgb, empty.usable, "the corners of the chart are exchanged or mirrored, or lie on a line"
        )
    sides = np.linalg.norm(in_picture - np.roll(in_picture, -1, axis=0), axis=1) / (5, 3, 5, 3)
    if sides.min() < _SMALLEST_PATCH_PX:
        return ChartReading(empty.linear_rgb, empty.usable, "the chart is too small in the photograph")
    offsets = np.linspace(-_INSIDE, _INSIDE, _SAMPLES)
    x, y = np.meshgrid(offsets, offsets)
    centres = np.array([(column, row) for row in range(ROWS) for column in range(COLUMNS)], float)
    places = fitted((centres[:, None] + np.column_stack([x.ravel(), y.ravel()])[None]).reshape(-1, 2))
    levels = _pick(picture, places).reshape(ROWS * COLUMNS, -1, 3)
    return ChartReading(to_linear(levels).mean(1), ~find_clipped(levels))


def say_patch(patch: int) -> str:
    """Return a patch of the chart by name and place; `patch` counts row by row from 0."""
    return f"{PATCH_NAMES[patch]} (row {patch // COLUMNS + 1}, column {patch % COLUMNS + 1})"


def find_clipped(levels: np.ndarray) -> np.ndarray:
    """Return for sets of levels [set sample 3] whether too many have run out of light or of room."""
    out = (levels >= _BRIGHTEST).any(-1) | (levels <= _DARKEST).all(-1)
    return out.mean(-1) > _CLIPPED_SHARE


def to_linear(levels: np.ndarray) -> np.ndarray:
    """Return sRGB levels of 255 as linear light 0-1 (IEC 61966-2-1)."""
    share = np.asarray(levels, float) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _pick(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the levels [place 3] of the pixels at places (x, y)."""
    rows, columns = picture.shape[:2]
    x = np.floor(places[:, 0]).astype(int).clip(0, columns - 1)
    y = np.floor(places[:, 1]).astype(int).clip(0, rows - 1)
    return picture[y, x]


def _winding(corners: np.ndarray) -> float:
    """Return the smallest turn at a corner: all positive where they go round once, clockwise on the picture."""
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    return float((edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]).min())
