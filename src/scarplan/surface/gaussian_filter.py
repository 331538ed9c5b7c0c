"""The Gaussian filter of surface metrology on maps with holes: local regression with Gaussian weights.

The weight at distance r is exp(-pi (r / (a L))^2) with a = sqrt(ln 2 / pi); a wave of length L, the nesting index,
keeps half of its amplitude (ISO 16610-61). At holes and borders the weights are those of what was seen. `order` 1 fits
a plane instead of a level to each neighbourhood, so that a slope passes unbent beside a hole too; within a map without
holes both are the same filter.

A wide Gaussian is two narrower ones, one after the other, and what has passed the first is told by samples a good part
of its width apart: for levels (order 0) sums over neighbours are taken at those alone, and spread from them by the
second (the trapezoidal rule on a Gaussian: 1e-8). Planes need moments of exactly the same weights, and get them.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from jaxtyping import Bool, Float

#: Standard deviation of the weights for a nesting index of 1.
SIGMA_PER_INDEX = float(np.sqrt(np.log(2) / 2) / np.pi)
# Weights beyond this many standard deviations are left out: a share of 1e-5 of one, 1e-7 of two after each other.
_REACH_SIGMAS = 4.5
# So many samples are worked out at once: the sums over neighbours are then products of small matrices, each of at most
# so many multiplications. BLAS does larger ones on several threads, which wait for each other longer than they work.
_SAMPLES_AT_ONCE, _MOST_PRODUCTS = 12, 200_000
# Every so manyth pixel tells a middle height.
_THINNED = 16
# Less than this share of the weights on seen skin says nothing of the neighbourhood.
_LEAST_WEIGHT = 1e-6
# A plane is fitted where what was seen spreads by this share of a whole neighbourhood; elsewhere a level.
_LEAST_SPREAD = 1e-3
# With so many pixels to a wave the waves that pass are smooth enough to be interpolated from that grid.
_PIXELS_PER_LONG_WAVE = 64


def smooth_seen(
    heights: Float[np.ndarray, "y x"],
    valid: Bool[np.ndarray, "y x"],
    *,
    index_px: float,
    order: Literal[0, 1] = 1,
) -> Float[np.ndarray, "y x"]:
    """Return `heights` without waves shorter than the nesting index `index_px` (pixels); NaN far from all seen skin."""
    sigma = SIGMA_PER_INDEX * index_px
    if order == 0:
        return _smooth_levels(heights, valid, sigma)
    seen, values = valid.astype(float), np.where(valid, heights, 0.0)
    plain = _kernels(sigma)[0]
    weight = _correlate(seen, plain, plain)
    known = weight > _LEAST_WEIGHT
    weight = np.where(known, weight, 1.0)
    level = _correlate(values, plain, plain) / weight
    level = level - _rise_to_centroid(seen, values, weight, level, sigma)
    return np.where(known, level, np.nan)


def _smooth_levels(heights: np.ndarray, valid: np.ndarray, sigma: float) -> np.ndarray:
    is_whole = bool(valid.all())
    values = heights if is_whole else np.where(valid, heights, 0.0)
    # Single precision about some middle height: nanometres.
    middle = float(values[::_THINNED, ::_THINNED].mean())
    values = np.subtract(values, middle, dtype=np.float32, casting="same_kind")
    if is_whole:
        # Nothing is missing but what lies beyond the borders: weights of rows and of columns.
        level = _sum_around(values, sigma)
        for weight in _weights_inside(valid.shape, sigma):
            level /= weight.astype(np.float32)
        return np.add(level, middle, dtype=np.float64)
    values *= valid
    weight = _sum_around(valid.astype(float), sigma)
    known = weight > _LEAST_WEIGHT
    level = np.divide(_sum_around(values, sigma), weight, out=np.full(weight.shape, np.nan), where=known, dtype=float)
    level += middle
    return level


def seen_share(valid: Bool[np.ndarray, "y x"], *, index_px: float) -> Float[np.ndarray, "y x"]:
    """Return the share of the filter's weights around each pixel that lies on what was seen; outside counts as not."""
    sigma = SIGMA_PER_INDEX * index_px
    if not valid.all():
        return _sum_around(valid.astype(float), sigma)
    down, across = _weights_inside(valid.shape, sigma)
    return down * across


def _weights_inside(shape: tuple[int, ...], sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of the weights inside a map of `shape`, by row [y 1] and by column [1 x]."""
    down, across = (_sum_along(np.ones((length, 1)), sigma) for length in shape)
    return down, across.T


def remove_long_waves(
    heights: Float[np.ndarray, "y x"], valid: Bool[np.ndarray, "y x"], *, index_px: float
) -> Float[np.ndarray, "y x"]:
    """Return `heights` without waves longer than `index_px` (pixels); these are found on a coarser grid if they can."""
    step = max(1, int(index_px / _PIXELS_PER_LONG_WAVE))
    if step == 1:
        return heights - smooth_seen(heights, valid, index_px=index_px)
    total, count = (_sum_blocks(image, step) for image in (np.where(valid, heights, 0.0), valid.astype(float)))
    coarse = smooth_seen(total / np.maximum(count, 1), count > 0, index_px=index_px / step)
    size = (coarse.shape[1] * step, coarse.shape[0] * step)
    waves = cv2.resize(np.nan_to_num(coarse), size, interpolation=cv2.INTER_CUBIC)
    return heights - waves[: heights.shape[0], : heights.shape[1]]


def _kernels(sigma: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the weights along one axis, and these times the offset (in sigmas) and its square."""
    reach = max(1, int(np.ceil(_REACH_SIGMAS * sigma)))
    offset = np.arange(-reach, reach + 1) / sigma
    weights = np.exp(-(offset**2) / 2)
    weights /= weights.sum()
    return weights, weights * offset, weights * offset**2


def _correlate(image: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    return cv2.sepFilter2D(image, cv2.CV_64F, across, down, borderType=cv2.BORDER_CONSTANT)


def _sum_around(image: np.ndarray, sigma: float) -> np.ndarray:
    """Return the sums with Gaussian weights around each pixel; nothing lies outside the map."""
    # Down to samples along both sides before anything is spread: what lies between is small.
    gathered = _gather(_gather(image, sigma).T, sigma).T
    rows, columns = image.shape
    return _spread(_spread(gathered.T, columns, sigma).T, rows, sigma)


def _sum_along(image: np.ndarray, sigma: float) -> np.ndarray:
    """Return the sums with Gaussian weights down the columns of an image."""
    return _spread(_gather(image, sigma), len(image), sigma)


def _gather(image: np.ndarray, sigma: float) -> np.ndarray:
    """Return what the first of two Gaussians makes of the columns, at samples; all of it where these were too dense."""
    samples = _samples(len(image), sigma)
    if samples is None:
        return cv2.sepFilter2D(image, -1, np.ones(1), _kernels(sigma)[0], borderType=cv2.BORDER_CONSTANT)
    return _weigh_near(image, np.arange(len(image)), samples, sigma / np.sqrt(2))


def _spread(gathered: np.ndarray, length: int, sigma: float) -> np.ndarray:
    """Return what the second Gaussian makes of samples, at each of `length` pixels."""
    samples = _samples(length, sigma)
    if samples is None:
        return gathered
    step = float(samples[1] - samples[0])
    return _weigh_near(gathered, samples, np.arange(length), sigma / np.sqrt(2), gain=step)


def _samples(length: int, sigma: float) -> np.ndarray | None:
    """Return the places of samples along a side, so far beyond its ends as weights reach; None for a narrow kernel."""
    step = int(sigma / np.sqrt(2))
    if step < 2:
        return None
    beyond = int(np.ceil(_REACH_SIGMAS * sigma / np.sqrt(2) / step))
    return step * np.arange(-beyond, (length - 1) // step + beyond + 2)


def _weigh_near(
    values: np.ndarray, held: np.ndarray, wanted: np.ndarray, sigma: float, *, gain: float = 1.0
) -> np.ndarray:
    """Return weighted sums at the `wanted` places, down the columns of `values`, which stand at the places `held`."""
    total = np.empty((wanted.size, values.shape[1]), values.dtype)
    reach = _REACH_SIGMAS * sigma
    at_once = _SAMPLES_AT_ONCE * max(1, int((held[1] - held[0]) / (wanted[1] - wanted[0])))
    for start in range(0, wanted.size, at_once):
        here = slice(start, start + at_once)
        near = slice(*np.searchsorted(held, (wanted[here][0] - reach, wanted[here][-1] + reach)))
        weights = np.exp(-(((held[near] - wanted[here, None]) / sigma) ** 2) / 2)
        weights = (weights * (gain / (np.sqrt(2 * np.pi) * sigma))).astype(values.dtype)
        wide = max(1, _MOST_PRODUCTS // max(weights.size, 1))
        for column in range(0, values.shape[1], wide):
            part = slice(column, column + wide)
            np.matmul(weights, values[near, part], out=total[here, part])
    return total


def _rise_to_centroid(
    seen: np.ndarray, values: np.ndarray, weight: np.ndarray, level: np.ndarray, sigma: float
) -> np.ndarray:
    """Return how far the plane of a neighbourhood rises from its middle to the centroid of what was seen in it."""
    plain, moment, square = _kernels(sigma)
    y, x = _correlate(seen, moment, plain) / weight, _correlate(seen, plain, moment) / weight
    yy = _correlate(seen, square, plain) / weight - y**2
    xx = _correlate(seen, plain, square) / weight - x**2
    xy = _correlate(seen, moment, moment) / weight - x * y
    zy = _correlate(values, moment, plain) / weight - y * level
    zx = _correlate(values, plain, moment) / weight - x * level
    spread = xx * yy - xy**2
    solvable = spread > _LEAST_SPREAD
    spread = np.where(solvable, spread, 1.0)
    rise = (x * (yy * zx - xy * zy) + y * (xx * zy - xy * zx)) / spread
    return np.where(solvable, rise, 0.0)


def _sum_blocks(image: np.ndarray, step: int) -> np.ndarray:
    """Return the sums over blocks of step x step pixels; the last ones may lie partly outside."""
    rows, columns = (-(-size // step) for size in image.shape)
    padded = np.zeros((rows * step, columns * step))
    padded[: image.shape[0], : image.shape[1]] = image
    return padded.reshape(rows, step, columns, step).sum(axis=(1, 3))
