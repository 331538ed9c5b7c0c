"""Relief by scale: smoothing that knows what was not seen, and the relief between two scales."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float

#: Kernels wider than this many pixels are applied on a thinned map: the result is as smooth, and many times faster.
_WIDEST_SIGMA = 6.0
_LEAST_WEIGHT = 1e-3
#: Powers of x and y of a form of the third degree, fitted on a grid of about so many places a side.
_FORM = tuple((i, j) for i in range(4) for j in range(4 - i))
_FORM_SIDE = 100


def smooth_seen(
    values: Float[np.ndarray, "y x"], seen: Bool[np.ndarray, "y x"], *, sigma: float
) -> Float[np.ndarray, "y x"]:
    """Return `values` smoothed by a Gaussian (`sigma` in pixels) over what was seen; the rest is filled from there."""
    if sigma < 0.2:
        return np.where(seen, values, 0.0).astype(np.float32)
    weight = seen.astype(np.float32)
    total = np.where(seen, values, 0.0).astype(np.float32)
    thin = int(sigma // _WIDEST_SIGMA) + 1 if sigma > _WIDEST_SIGMA else 1
    shape = values.shape
    if thin > 1:
        small = max(1, round(shape[1] / thin)), max(1, round(shape[0] / thin))
        total, weight = (cv2.resize(one, small, interpolation=cv2.INTER_AREA) for one in (total, weight))
    above, below = (_blur(one, sigma / thin) for one in (total, weight))
    smooth = above / np.maximum(below, _LEAST_WEIGHT)
    return smooth if thin == 1 else cv2.resize(smooth, shape[::-1], interpolation=cv2.INTER_CUBIC)


def band_of(
    values: Float[np.ndarray, "y x"], seen: Bool[np.ndarray, "y x"], *, fine: float, broad: float
) -> Float[np.ndarray, "y x"]:
    """Return the relief between two scales (sigmas in pixels); 0 where nothing was seen."""
    narrow, wide = smooth_seen(values, seen, sigma=fine), smooth_seen(values, seen, sigma=broad)
    return np.where(seen, narrow - wide, 0.0)


def remove_form(height_mm: Float[np.ndarray, "y x"], use: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Return heights without the cubic surface that fits best where `use`; 0 elsewhere."""
    rows, columns = height_mm.shape
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    thin = (slice(None, None, max(1, rows // _FORM_SIDE)), slice(None, None, max(1, columns // _FORM_SIDE)))
    known = use[thin]
    if known.sum() < 2 * len(_FORM):
        return np.where(use, height_mm - (height_mm[use].mean() if use.any() else 0.0), 0.0)
    terms = np.stack([x[thin][known] ** i * y[thin][known] ** j for i, j in _FORM], axis=1)
    weights = np.linalg.lstsq(terms, height_mm[thin][known], rcond=None)[0]
    form = sum(weight * x**i * y**j for weight, (i, j) in zip(weights, _FORM, strict=True))
    return np.where(use, height_mm - form, 0.0)


def robust_sd(values: Float[np.ndarray, " n"]) -> float:
    """Return the standard deviation estimated from the median absolute deviation; 0 of nothing."""
    if values.size == 0:
        return 0.0
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _blur(values: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
