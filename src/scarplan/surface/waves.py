"""Real maps as waves and back, packed: a transform of real numbers that fills an array of the map's own shape.

OpenCV packs the half of the transform that a real map needs, real and imaginary parts side by side. A gain that
depends on the wavelength alone is then a plain product with an array of the same shape, and so is the transform of
anything symmetric about its middle.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np


def fast_length(least: int) -> int:
    """Return the next length whose transform is fast: of small factors, and of eights for the vector units."""
    return 8 * cv2.getOptimalDFTSize(-(-int(least) // 8))


def to_waves(map_mm: np.ndarray) -> np.ndarray:
    """Return the packed transform of a real map [y x] (single or double precision)."""
    return cv2.dft(map_mm)


def from_waves(waves: np.ndarray, *, is_scaled: bool = True) -> np.ndarray:
    """Return the real map of a packed transform; times its size where it is not to be `is_scaled`."""
    return cv2.idft(waves, flags=cv2.DFT_REAL_OUTPUT | (cv2.DFT_SCALE if is_scaled else 0))


@lru_cache(maxsize=16)
def frequencies_per_mm(shape: tuple[int, int], pixel_mm: float) -> np.ndarray:
    """Return the spatial frequency (1/mm) of each place of a packed transform."""
    rows, columns = shape
    across = (np.arange(columns) + 1) // 2 / (columns * pixel_mm)
    down = np.minimum(np.arange(rows), rows - np.arange(rows)) / (rows * pixel_mm)
    frequency = np.hypot(down[:, None], across[None])
    # The columns that are their own mirror image are packed once more, down the rows.
    frequency[:, _own_mirrors(columns)] = np.hypot(
        ((np.arange(rows) + 1) // 2 / (rows * pixel_mm))[:, None], across[None, _own_mirrors(columns)]
    )
    frequency.flags.writeable = False
    return frequency


@lru_cache(maxsize=16)
def times_counted(shape: tuple[int, int]) -> np.ndarray:
    """Return how often each place of a packed transform counts in a sum over the whole one: 2, or 1 for own mirrors."""
    counted = np.full(shape, 2.0)
    counted[np.ix_(_own_mirrors(shape[0]), _own_mirrors(shape[1]))] = 1.0
    counted.flags.writeable = False
    return counted


def sum_of_products(one: np.ndarray, other: np.ndarray) -> float:
    """Return the sum over all places [y x] of the products of two arrays."""
    # Not by BLAS: on arrays of this size its threads wait for each other longer than they work.
    return float(np.einsum("ij,ij->", one, other))


def symmetric_gain(waves: np.ndarray) -> np.ndarray:
    """Return the gain by which something symmetric about place (0, 0) convolves: real parts at the places of both."""
    gain = waves.copy()
    rows, columns = gain.shape
    gain[:, 2::2] = gain[:, 1 : columns - 1 : 2]
    for column in _own_mirrors(columns):
        gain[2::2, column] = gain[1 : rows - 1 : 2, column]
    return gain


def _own_mirrors(length: int) -> list[int]:
    return [0] if length % 2 else [0, length - 1]
