"""The window of one scar made ready for simulation: its first relief, its depth map, on no more pixels than needed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from scarplan.scars.measure import MeasuringWindow, drop_below_rim, suppress_noise
from scarplan.surface.surface import Surface

# A window of a fine scan is averaged to blocks until it has about so many pixels, but never to fewer pixels across the
# scar than this: the measuring code smooths over a part of the scar's width anyway.
_MOST_PIXELS = 1800
_FEWEST_ACROSS = 10
# Skin kept around the support, in sigmas of the noise kernel: what lies farther does not reach the region.
_KEPT_SIGMAS = 3.0


@dataclass(frozen=True)
class ScarWindow:
    """One scar ready for simulation.

    measuring     rim, region and support, on the pixels of `relief_mm`
    relief_mm     the first scan [y x], mm; the rim where nothing was seen
    depth_mm      depth below the rim inside the scar's support [y x], noise suppressed; 0 elsewhere
    pixels_averaged   side of the block of scan pixels that one pixel is the mean of
    """

    measuring: MeasuringWindow
    relief_mm: Float[np.ndarray, "y x"]
    depth_mm: Float[np.ndarray, "y x"]
    pixels_averaged: int


def prepare_scar(surface: Surface, window: MeasuringWindow) -> ScarWindow:
    """Return the window of one scar of `surface` ready for simulation."""
    measuring, relief = _crop(window, first_relief(surface, window))
    block = _block_side(measuring)
    if block > 1:
        measuring, relief = _average_blocks(measuring, relief, block)
    return ScarWindow(
        measuring=measuring,
        relief_mm=relief,
        depth_mm=local_depth(relief, measuring),
        pixels_averaged=block,
    )


def first_relief(surface: Surface, window: MeasuringWindow) -> Float[np.ndarray, "y x"]:
    """Return the first scan in `window`, the rim where nothing was seen."""
    return np.where(window.known, surface.relief_mm[window.rows, window.columns], window.rim_mm)


def local_depth(relief_mm: Float[np.ndarray, "y x"], window: MeasuringWindow) -> Float[np.ndarray, "y x"]:
    """Return how deep each pixel lies below the rim, with the noise suppressed as measuring does it; 0 outside."""
    drop = drop_below_rim(relief_mm[None], window)[0]
    smooth = suppress_noise(drop, window.known, window.smoothing)
    return np.where(window.support, np.maximum(smooth, 0.0), 0.0).astype(np.float64)


def _crop(window: MeasuringWindow, relief_mm: np.ndarray) -> tuple[MeasuringWindow, np.ndarray]:
    """Cut the ring of skin off: it tells the roughness, and nothing of it changes."""
    kept = int(np.ceil(_KEPT_SIGMAS * window.smoothing)) + 1
    cut = []
    for axis in (1, 0):
        inside = np.nonzero(window.support.any(axis=axis))[0]
        cut.append(slice(max(0, inside[0] - kept), inside[-1] + kept + 1))
    rows, columns = cut
    first_row, first_column = window.rows.start + rows.start, window.columns.start + columns.start
    small = relief_mm[rows, columns]
    cropped = replace(
        window,
        rows=slice(first_row, first_row + small.shape[0]),
        columns=slice(first_column, first_column + small.shape[1]),
        rim_mm=window.rim_mm[rows, columns],
        known=window.known[rows, columns],
        region=window.region[rows, columns],
        support=window.support[rows, columns],
    )
    return cropped, small


def _block_side(window: MeasuringWindow) -> int:
    wanted = int(np.ceil(np.sqrt(window.region.size / _MOST_PIXELS)))
    across = 2 * np.sqrt(window.region.sum() / np.pi)
    return max(1, min(wanted, int(across / _FEWEST_ACROSS)))


def _average_blocks(window: MeasuringWindow, relief_mm: np.ndarray, block: int) -> tuple[MeasuringWindow, np.ndarray]:
    def mean(values: np.ndarray) -> np.ndarray:
        rows, columns = (size // block * block for size in values.shape)
        cells = values[:rows, :columns].astype(np.float64).reshape(rows // block, block, columns // block, block)
        return cells.mean(axis=(1, 3))

    coarse = replace(
        window,
        rim_mm=mean(window.rim_mm).astype(np.float32),
        known=mean(window.known) >= 0.5,
        region=mean(window.region) >= 0.5,
        support=mean(window.support) >= 0.5,
        smoothing=window.smoothing / block,
        pixel_mm=window.pixel_mm * block,
    )
    return coarse, mean(relief_mm)
