"""Lateral smoothing of maps by a Gaussian; beside the map there is nothing to come in from."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import ndimage

_REACH_IN_SD = 4.0
# A window this small is smoothed by two products with small matrices, a larger one by running kernels: both give the
# same to rounding, and a window of a scar is hardly wider than the kernel. Products of this size are never shared out
# between threads, so their last bits are the same on every number of cores.
_MATRIX_SIDE = 64


def smooth_laterally(fields: Float[np.ndarray, "n y x"], sigma_pixels: float) -> Float[np.ndarray, "n y x"]:
    """Return `fields` smoothed by a Gaussian of `sigma_pixels`, cut at four of them."""
    if max(fields.shape[1:]) > _MATRIX_SIDE:
        sigmas = (0, sigma_pixels, sigma_pixels)
        return ndimage.gaussian_filter(fields, sigmas, mode="constant", truncate=_REACH_IN_SD)
    rows, columns = (_kernel_matrix(side, sigma_pixels) for side in fields.shape[1:])
    return rows @ (fields @ columns.T)


def _kernel_matrix(side: int, sigma_pixels: float) -> Float[np.ndarray, "side side"]:
    each = np.eye(side)
    return ndimage.gaussian_filter1d(each, sigma_pixels, axis=0, mode="constant", truncate=_REACH_IN_SD)
