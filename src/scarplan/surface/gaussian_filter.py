"""The Gaussian filter of surface metrology on maps with holes: local regression with Gaussian weights.

The weight at distance r is exp(-pi (r / (a L))^2) with a = sqrt(ln 2 / pi); a wave of length L, the nesting index,
keeps half of its amplitude (ISO 16610-61). At holes and borders the weights are those of what was seen. `order` 1 fits
a plane instead of a level to each neighbourhood, so that a slope passes unbent beside a hole too; within a map without
holes both are the same filter.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from jaxtyping import Bool, Float

#: Standard deviation of the weights for a nesting index of 1.
SIGMA_PER_INDEX = float(np.sqrt(np.log(2) / 2) / np.pi)
# Weights beyond this many standard deviations are left out: a share of 1e-5.
_REACH_SIGMAS = 4.5
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
    seen, values = valid.astype(float), np.where(valid, heights, 0.0)
    plain = _kernels(sigma)[0]
    weight = _correlate(seen, plain, plain)
    known = weight > _LEAST_WEIGHT
    weight = np.where(known, weight, 1.0)
    level = _correlate(values, plain, plain) / weight
    if order == 1:
        level = level - _rise_to_centroid(seen, values, weight, level, sigma)
    return np.where(known, level, np.nan)


def seen_share(valid: Bool[np.ndarray, "y x"], *, index_px: float) -> Float[np.ndarray, "y x"]:
    """Return the share of the filter's weights around each pixel that lies on what was seen; outside counts as not."""
    plain = _kernels(SIGMA_PER_INDEX * index_px)[0]
    return _correlate(valid.astype(float), plain, plain)


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
