"""Integration: the heights whose slopes come nearest to given slopes.

Least squares on the grid: the height differences of neighbours against the mean of their slopes. On a whole rectangle
with equal weights this is Poisson's equation with free borders, which the cosine transform solves at once. With holes
or weights the same solution serves as preconditioner of conjugate gradients. The robust variant gives less weight to
neighbours whose difference no smooth surface explains (a hidden wall, a shadow), by reweighting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

_MOST_STEPS = 60
# Conjugate gradients stop when what is missed has shrunk to this share: micrometres of millimetres.
_ENOUGH = 1e-4
_REWEIGHTINGS = 3
# Differences beyond this many robust standard deviations lose half of their weight; no pair loses all of it, so that
# nothing falls apart.
_HALF_WEIGHT_SIGMAS, _LEAST_WEIGHT = 3.0, 0.02
_MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class _Pairs:
    """Differences asked for between neighbours along the columns [y x-1] and down the rows [y-1 x], and weights."""

    across: np.ndarray
    down: np.ndarray
    weight_across: np.ndarray
    weight_down: np.ndarray


def integrate_slopes(
    slope_x: np.ndarray,
    slope_y: np.ndarray,
    valid: np.ndarray,
    *,
    pixel_mm: float,
    robust: bool = True,
    trust: np.ndarray | None = None,
) -> np.ndarray:
    """Return heights [y x], mm, median 0, NaN where not `valid`; each separate patch has a level of its own.

    `trust` [y x], above 0 and at most 1, is the weight of each pixel's slopes; 1 by default.
    """
    pairs = _ask(slope_x, slope_y, valid, pixel_mm, trust)
    if valid.all() and trust is None:
        heights = _solve_poisson(_gather(pairs, ones=True))
    else:
        heights = _solve_weighted(pairs, valid, np.zeros(valid.shape))
    if robust:
        for _ in range(_REWEIGHTINGS):
            pairs = _reweight(pairs, heights, valid, trust)
            heights = _solve_weighted(pairs, valid, heights)
    return _level(heights, valid)


def _ask(
    slope_x: np.ndarray, slope_y: np.ndarray, valid: np.ndarray, pixel_mm: float, trust: np.ndarray | None
) -> _Pairs:
    across = np.where(valid, slope_x, 0.0) * pixel_mm
    down = np.where(valid, slope_y, 0.0) * pixel_mm
    return _Pairs(
        across=(across[:, 1:] + across[:, :-1]) / 2,
        down=(down[1:] + down[:-1]) / 2,
        weight_across=_least_of_both(valid, trust, axis=1),
        weight_down=_least_of_both(valid, trust, axis=0),
    )


def _least_of_both(valid: np.ndarray, trust: np.ndarray | None, *, axis: int) -> np.ndarray:
    """Return the weight of each pair of neighbours along `axis`: that of the less trusted of both."""
    weight = valid.astype(float) if trust is None else valid * trust
    return np.minimum(
        np.take(weight, range(1, weight.shape[axis]), axis), np.take(weight, range(weight.shape[axis] - 1), axis)
    )


def _gather(pairs: _Pairs, *, ones: bool = False) -> np.ndarray:
    """Return what the differences pull each pixel by: up from the lower neighbour, down from the higher."""
    across = pairs.across if ones else pairs.weight_across * pairs.across
    down = pairs.down if ones else pairs.weight_down * pairs.down
    return _spread(across, down)


def _spread(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    pull = np.zeros((across.shape[0], down.shape[1]))
    pull[:, 1:] += across
    pull[:, :-1] -= across
    pull[1:] += down
    pull[:-1] -= down
    return pull


def _solve_poisson(pull: np.ndarray) -> np.ndarray:
    """Return the heights of mean 0 whose differences, equally weighted, pull by `pull`."""
    rows, columns = pull.shape
    transformed = fft.dctn(pull, type=2, norm="ortho")
    stiffness = (2 - 2 * np.cos(np.pi * np.arange(rows) / rows))[:, None] + (
        2 - 2 * np.cos(np.pi * np.arange(columns) / columns)
    )[None, :]
    stiffness[0, 0] = 1.0
    transformed /= stiffness
    transformed[0, 0] = 0.0
    return fft.idctn(transformed, type=2, norm="ortho", overwrite_x=True)


def _solve_weighted(pairs: _Pairs, valid: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the weighted least-squares heights by conjugate gradients, preconditioned with Poisson's equation."""

    def pull_of(heights: np.ndarray) -> np.ndarray:
        return _spread(pairs.weight_across * np.diff(heights, axis=1), pairs.weight_down * np.diff(heights, axis=0))

    heights = np.where(valid, start, 0.0)
    asked = _gather(pairs)
    missing = asked - pull_of(heights)
    enough = _ENOUGH * float(np.linalg.norm(asked))
    step = np.where(valid, _solve_poisson(missing), 0.0)
    energy = float((missing * step).sum())
    for _ in range(_MOST_STEPS):
        if np.linalg.norm(missing) <= enough or energy <= 0:
            break
        moved = pull_of(step)
        length = energy / float((step * moved).sum())
        heights = heights + length * step
        missing = missing - length * moved
        eased = np.where(valid, _solve_poisson(missing), 0.0)
        before, energy = energy, float((missing * eased).sum())
        step = eased + energy / before * step
    return heights


def _reweight(pairs: _Pairs, heights: np.ndarray, valid: np.ndarray, trust: np.ndarray | None) -> _Pairs:
    """Return the pairs with less weight where the heights disagree with the slopes."""
    sides = []
    for axis, asked in ((1, pairs.across), (0, pairs.down)):
        missed = np.diff(heights, axis=axis) - asked
        given = _least_of_both(valid, trust, axis=axis)
        whole = given > 0
        spread = _MAD_TO_SD * float(np.median(np.abs(missed[whole]))) if whole.any() else 0.0
        scale = _HALF_WEIGHT_SIGMAS * spread
        weight = 1 / (1 + (missed / scale) ** 2) if scale > 0 else np.ones(missed.shape)
        sides.append(given * np.maximum(weight, _LEAST_WEIGHT))
    return _Pairs(pairs.across, pairs.down, sides[0], sides[1])


def _level(heights: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return the heights with each separate patch at median 0, NaN outside."""
    levelled = np.full(heights.shape, np.nan)
    labels, count = ndimage.label(valid)
    if count <= 1:
        levelled[valid] = heights[valid] - (np.median(heights[valid]) if valid.any() else 0.0)
        return levelled
    for label, window in enumerate(ndimage.find_objects(labels), start=1):
        inside = labels[window] == label
        levelled[window][inside] = heights[window][inside] - np.median(heights[window][inside])
    return levelled
