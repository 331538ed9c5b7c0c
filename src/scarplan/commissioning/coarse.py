"""Where about a scan lies on a template: every turn within the plane is tried, every shift by Fourier transform.

The likeness is the correlation of heights over the common part alone (Padfield 2012, masked normalised
cross-correlation), so that cropped scans and holes do no harm. What looks inverted or mirrored is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from scarplan.commissioning.points import take_some
from scarplan.commissioning.template import Template
from scarplan.commissioning.turns import turn_flat

#: Grid of the search: a third of a fiducial's radius.
SEARCH_GRID_MM = 0.9
# Taller or deeper than this is cut: a few false heights must not decide.
_CUT_MM = 1.5
# With more points each pixel of the search grid would only be told the same again.
_MOST_POINTS = 15_000


@dataclass(frozen=True)
class RoughPlace:
    """One candidate: scan point p lies on the template at turn p + shift; `likeness` is the correlation there."""

    likeness: float
    angle: float
    shift_mm: tuple[float, float]


@dataclass(frozen=True)
class _Window:
    """Heights and mask on the search grid, as Fourier transforms; `count` pixels were seen."""

    heights: np.ndarray
    squares: np.ndarray
    mask: np.ndarray
    count: float


def find_rough_places(
    points_mm: np.ndarray, template: Template, *, spacing_mm: float, angles: np.ndarray, least_overlap: float
) -> list[RoughPlace]:
    """Return the best place of each turn by `angles` (rad), the likest first; and the least like one last.

    `points_mm` lie flat already. A strongly negative likeness in the last place means inverted heights.
    """
    grid = max(SEARCH_GRID_MM, 1.5 * spacing_mm)
    points_mm = take_some(points_mm, _MOST_POINTS)
    centred = points_mm - points_mm.mean(axis=0)
    radius = int(np.ceil(np.linalg.norm(centred[:, :2], axis=1).max() / grid)) + 2
    held, held_mask = _shrink(template, grid)
    size = fft.next_fast_len(2 * radius + max(held.shape) + 1, real=True)
    fixed = _transform(held, held_mask, size)
    rows, columns = held.shape
    found = []
    for angle in angles:
        turned = centred @ turn_flat(angle).T
        heights, mask = _rasterise(turned, grid, radius)
        moving = _transform(heights, mask, size)
        likeness = _correlate(fixed, moving, size, least=least_overlap * min(fixed.count, moving.count))
        for pick in (np.argmax(likeness), np.argmin(likeness)):
            down, across = np.unravel_index(pick, likeness.shape)
            # Shifts beyond the template's own size come first in the circular order: negative ones.
            dy, dx = (int(k) if k < n else int(k) - size for k, n in ((down, rows), (across, columns)))
            origin = -points_mm.mean(axis=0) @ turn_flat(angle).T
            shift = (origin[0] + (dx + radius) * grid, origin[1] + (dy + radius) * grid)
            found.append(RoughPlace(float(likeness[down, across]), float(angle), shift))
    return sorted(found, key=lambda place: -place.likeness)


def _shrink(template: Template, grid: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the template on the search grid, each pixel the mean of what it covers."""
    j, i = (np.floor(np.arange(n) * template.pixel_mm / grid + 0.5).astype(int) for n in template.heights_mm.shape)
    shape = (int(j[-1]) + 1, int(i[-1]) + 1)
    place = (j[:, None] * shape[1] + i[None, :])[template.seen]
    return _mean_by_place(place, template.heights_mm[template.seen], shape)


def _rasterise(points: np.ndarray, grid: float, radius: int) -> tuple[np.ndarray, np.ndarray]:
    shape = (2 * radius + 1, 2 * radius + 1)
    i, j = (np.floor(points[:, k] / grid + 0.5).astype(int) + radius for k in (0, 1))
    return _mean_by_place(j * shape[1] + i, points[:, 2], shape)


def _mean_by_place(place: np.ndarray, heights: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    size = shape[0] * shape[1]
    count = np.bincount(place, minlength=size)
    total = np.bincount(place, heights, minlength=size)
    mask = (count > 0).reshape(shape)
    mean = (total / np.maximum(count, 1)).reshape(shape)
    return np.where(mask, np.clip(mean - np.median(mean[mask]), -_CUT_MM, _CUT_MM), 0.0), mask


def _transform(heights: np.ndarray, mask: np.ndarray, size: int) -> _Window:
    return _Window(
        fft.rfft2(heights, (size, size)),
        fft.rfft2(heights**2, (size, size)),
        fft.rfft2(mask.astype(float), (size, size)),
        float(mask.sum()),
    )


def _correlate(fixed: _Window, moving: _Window, size: int, *, least: float) -> np.ndarray:
    """Return the correlation at every shift of `moving`; 0 where less than `least` pixels are common."""

    def shifted(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return fft.irfft2(a * np.conj(b), (size, size))

    count = np.maximum(shifted(fixed.mask, moving.mask), 1.0)
    sum_fixed, sum_moving = shifted(fixed.heights, moving.mask), shifted(fixed.mask, moving.heights)
    product = shifted(fixed.heights, moving.heights) - sum_fixed * sum_moving / count
    spread_fixed = shifted(fixed.squares, moving.mask) - sum_fixed**2 / count
    spread_moving = shifted(fixed.mask, moving.squares) - sum_moving**2 / count
    spread = np.sqrt(np.maximum(spread_fixed, 1e-9) * np.maximum(spread_moving, 1e-9))
    return np.where(count >= least, product / spread, 0.0)
