"""Surfaces with parameters that are known: waves, random relief with a known correlation, grooves."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def random_relief(
    seed: int, shape: tuple[int, int] = (300, 300), *, sigma_px: tuple[float, float] = (3.0, 3.0), rms: float = 10.0
) -> np.ndarray:
    """Return normal relief whose autocorrelation is exp(-y^2 / 4 s_y^2 - x^2 / 4 s_x^2), periodic."""
    relief = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), sigma_px, mode="wrap")
    relief -= relief.mean()
    return relief * rms / relief.std()


def wave(shape: tuple[int, int], *, across: float, down: float, amplitude: float = 1.0) -> np.ndarray:
    """Return amplitude * sin of so many whole waves across and down the map."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return amplitude * np.sin(2 * np.pi * (across * x / shape[1] + down * y / shape[0]))


def egg_box(side: int, *, waves: int, amplitude: float) -> np.ndarray:
    """Return amplitude * sin(x) * sin(y) with so many waves each way; its Sq is half of the amplitude."""
    angle = 2 * np.pi * waves * (np.arange(side) + 0.5) / side
    return amplitude * np.outer(np.sin(angle), np.sin(angle))


def grooves(side: int, *, direction_deg: float, wave_px: float, roughness: float = 0.0) -> np.ndarray:
    """Return grooves along `direction_deg`, anticlockwise from left to right with y upwards."""
    y, x = np.mgrid[:side, :side].astype(float)
    angle = np.radians(direction_deg)
    # Across the grooves: a quarter turn from their direction; rows run down, so up is -y.
    across = -np.sin(angle) * x + np.cos(angle) * -y
    noise = np.random.default_rng(1).standard_normal((side, side))
    return np.sin(2 * np.pi * across / wave_px) + roughness * noise
