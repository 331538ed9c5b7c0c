"""Points without order become a height map: a plane is fitted to the points around each grid node.

Where the points lie on a regular grid already, each keeps its own pixel. Otherwise every node takes the height, at its
own place, of the plane through the points within about one spacing (moving least squares of first degree): exact for
tilted planes, unlike the mean of a cell. Nodes with too few points around them stay unseen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.io.heights import check_header
from scarplan.surface.io.scaled_map import ScaledMap
from scarplan.surface.surface import FEWEST_ACROSS

if TYPE_CHECKING:
    from jaxtyping import Float

#: A regular grid may be off by this part of its spacing: numbers in text files are rounded.
_ON_GRID = 0.02
#: A node is fitted from the cells around it, this many to each side.
_REACH = 1
#: Fewer points do not make a plane that can be trusted; nor do points that lie nearly on a line.
_FEWEST_POINTS, _LEAST_SPREAD = 4, 0.02


def grid_points(
    points_mm: Float[np.ndarray, "n 3"],
    *,
    path: Path,
    unit: str,
    pixel_mm: float | None = None,
    notes: tuple[str, ...] = (),
) -> ScaledMap:
    """Return points (x, y, height) as a height map; rows rise with y, columns with x.

    `pixel_mm` None takes the spacing of the points. Raises BadInput when the points make no map.
    """
    if len(points_mm) < FEWEST_ACROSS**2:
        raise BadInput(
            f"{path.name} holds too few points to be a scan of skin",
            code="E-SURF-085",
            got=len(points_mm),
            allowed=f"at least {FEWEST_ACROSS**2}",
            do="export the whole scan",
        )
    _check_extent(points_mm, path)
    x, y, z = points_mm.T
    steps = _grid_step(x), _grid_step(y)
    if steps[0] and steps[1] and (pixel_mm is None or abs(pixel_mm / steps[0] - 1) < _ON_GRID):
        columns, rows = np.rint((x - x.min()) / steps[0]), np.rint((y - y.min()) / steps[1])
        shape = _check_shape(rows.max(), columns.max(), path)
        place = rows.astype(np.int64) * shape[1] + columns.astype(np.int64)
        heights = np.full(shape, np.nan)
        heights.flat[place] = z
        if (heights.flat[place] == z).all():  # no two heights in one place (the same point twice does no harm)
            return ScaledMap(heights, round(steps[0], 9), round(steps[1], 9), unit, notes)
    spacing = pixel_mm or _mean_spacing(x, y, path)
    heights = _fit_planes(points_mm, spacing, path)
    note = f"{len(points_mm)} scattered points were laid on a grid of {spacing:g} mm, each node from the points around"
    return ScaledMap(heights, spacing, spacing, unit, (*notes, note))


def _check_extent(points_mm: np.ndarray, path: Path) -> None:
    size = float(np.max(points_mm.max(axis=0) / 2 - points_mm.min(axis=0) / 2)) * 2  # halves: their sum may overflow
    smallest, largest = FEWEST_ACROSS * value_of("surface.smallest_pixel_mm"), value_of("surface.largest_mesh_mm")
    if not smallest <= size <= largest:
        raise BadInput(
            f"wrong unit? The size of {path.name} is absurd for skin",
            code="E-SURF-096",
            got=f"{size:.3g} mm from end to end",
            allowed=f"{smallest:g} to {largest:g} mm",
            do="check --unit: it is the length of one unit of the file; leave out points that lie far away",
        )


def _grid_step(values: np.ndarray) -> float | None:
    """Return the step of evenly spaced values, or None when they are not."""
    levels = np.unique(values)
    gaps = np.diff(levels)
    if gaps.size == 0:
        return None
    gaps = gaps[gaps > _ON_GRID * float(gaps.max())]  # rounding splits one level into two
    step = (float(levels[-1]) - float(levels[0])) / max(round((levels[-1] - levels[0]) / float(np.median(gaps))), 1)
    off = np.abs((values - values.min()) / step - np.rint((values - values.min()) / step))
    return step if float(off.max()) < _ON_GRID and gaps.size + 1 < values.size / 4 else None


def _mean_spacing(x: np.ndarray, y: np.ndarray, path: Path) -> float:
    """Return the spacing at which a cell holds about one point: from the cells that hold any, on a coarse count."""
    width, height = float(np.ptp(x)), float(np.ptp(y))
    if not (width > 0 and height > 0):
        raise BadInput(
            f"the points of {path.name} lie on a line",
            code="E-SURF-086",
            got=f"{width:g} x {height:g} mm",
            allowed="points spread over the skin in x and y, with the height in z",
            do="export points with x and y along the skin and z outwards",
        )
    side = max(8, int(np.sqrt(x.size / 30)))
    counts, *_ = np.histogram2d(y, x, bins=side)
    seen = float((counts > 0).mean()) * width * height
    return float(np.round(np.sqrt(seen / x.size), 4))


def _check_shape(last_row: float, last_column: float, path: Path) -> tuple[int, int]:
    shape = (int(last_row) + 1, int(last_column) + 1)
    check_header(np.dtype(float), shape, path)
    return shape


def _fit_planes(points_mm: np.ndarray, step: float, path: Path) -> np.ndarray:
    x, y, z = points_mm.T
    u, v = (x - x.min()) / step, (y - y.min()) / step
    shape = _check_shape(np.rint(v.max()), np.rint(u.max()), path)
    offset = float(np.median(z))
    column, row = np.rint(u).astype(np.int64), np.rint(v).astype(np.int64)
    sums = np.zeros((9, shape[0] * shape[1]))
    for down in range(-_REACH, _REACH + 1):
        for right in range(-_REACH, _REACH + 1):
            r, c = row + down, column + right
            inside = (r >= 0) & (c >= 0) & (r < shape[0]) & (c < shape[1])
            place = r[inside] * shape[1] + c[inside]
            dx, dy, height = u[inside] - c[inside], v[inside] - r[inside], z[inside] - offset
            weight = np.clip(1 - (dx**2 + dy**2) / (_REACH + 0.5) ** 2, 0, None) ** 2
            terms = (1.0, dx, dy, dx * dx, dx * dy, dy * dy, height, height * dx, height * dy)
            for k, term in enumerate(terms):
                sums[k] += np.bincount(place, weight * term, minlength=sums.shape[1])
            if down == 0 and right == 0:
                counts = np.bincount(place, minlength=sums.shape[1])
    around = _count_around(counts.reshape(shape))
    return (_heights_at_nodes(sums, around.ravel() >= _FEWEST_POINTS) + offset).reshape(shape)


def _count_around(counts: np.ndarray) -> np.ndarray:
    return cv2.filter2D(counts.astype(np.float64), cv2.CV_64F, np.ones((3, 3)), borderType=cv2.BORDER_CONSTANT)


def _heights_at_nodes(sums: np.ndarray, enough: np.ndarray) -> np.ndarray:
    """Solve the 3 x 3 normal equations of every node for the plane's height at the node; NaN where they fail."""
    w, wx, wy, wxx, wxy, wyy, wz, wzx, wzy = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        # Moments about the weighted middle of the points: the spread of the points decides whether a plane is known.
        mx, my, mz = wx / w, wy / w, wz / w
        cxx, cxy, cyy = wxx / w - mx * mx, wxy / w - mx * my, wyy / w - my * my
        czx, czy = wzx / w - mz * mx, wzy / w - mz * my
        determinant = cxx * cyy - cxy * cxy
        slope_x = (czx * cyy - czy * cxy) / determinant
        slope_y = (czy * cxx - czx * cxy) / determinant
        heights = mz - slope_x * mx - slope_y * my
    known = enough & (determinant > _LEAST_SPREAD**2) & np.isfinite(heights)
    return np.where(known, heights, np.nan)
