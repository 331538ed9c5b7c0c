"""Spatial parameters of ISO 25178-2: how far heights go together (Sal), in all directions alike (Str), and along which
direction (Std), from the autocorrelation of what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

#: The autocorrelation counts as lost below this share (ISO 25178-3).
DECAY_TO = 0.2
# Directions over half a turn (the other half is the same), and steps of the radius in pixels.
_DIRECTIONS, _RADIUS_STEP = 180, 0.5
# A lag that fewer pairs of pixels tell than this share of the most is left out.
_LEAST_PAIRS = 0.05
# The spectrum of the autocorrelation is drawn finer than its own grid so many times; angles in half degrees.
_FINER = 4
_ANGLES_DEG = np.arange(0.0, 180.0, 0.5)


@dataclass(frozen=True)
class Correlation:
    """Sums of products of heights [lag lag] and numbers of pairs, lag 0 in the middle; those of areas may be added."""

    products: np.ndarray
    pairs: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """The autocorrelation, 1 at lag 0; NaN where too few pairs tell it."""
        told = self.pairs > _LEAST_PAIRS * self.pairs.max()
        mean = np.where(told, self.products / np.maximum(self.pairs, 1), np.nan)
        middle = mean[mean.shape[0] // 2, mean.shape[1] // 2]
        return mean / middle if middle > 0 else np.full(mean.shape, np.nan)


def correlate(heights: np.ndarray, valid: np.ndarray, *, longest_lag: int) -> Correlation:
    """Return the autocorrelation of heights [y x] from their mean, for lags up to `longest_lag` pixels each way."""
    level = np.where(valid, heights - heights[valid].mean(), 0.0)
    shape = [fft.next_fast_len(size + longest_lag, real=True) for size in valid.shape]
    products, pairs = (
        fft.irfft2(np.abs(fft.rfft2(image, shape)) ** 2, shape) for image in (level, valid.astype(float))
    )
    lags = np.arange(-longest_lag, longest_lag + 1)
    window = np.ix_(lags % shape[0], lags % shape[1])
    return Correlation(products[window], np.rint(pairs[window]))


def spatial_parameters(correlation: Correlation, *, pixel: float, with_direction: bool = True) -> dict[str, float]:
    """Return Sal (unit of `pixel`), Str and Std (degrees) of an autocorrelation.

    Std is the direction along the grooves, anticlockwise from the columns' direction with y upwards. NaN: Sal where
    the autocorrelation does not decay at all within the lags, Str and Std where it does not decay in some direction
    (Std is told then) or in none, and Std without `with_direction`.
    """
    shares = correlation.shares
    lengths = decay_lengths(shares)
    fastest, slowest = (np.nanmin(lengths), lengths.max()) if np.isfinite(lengths).any() else (np.nan, np.nan)
    return {
        "Sal": float(fastest * pixel),
        "Str": float(fastest / slowest),
        "Std": texture_direction(shares) if with_direction else float("nan"),
    }


def decay_lengths(shares: np.ndarray) -> np.ndarray:
    """Return for each direction over half a turn the lag (pixels) at which the shares fall below 0.2; NaN: nowhere."""
    middle = shares.shape[0] // 2
    radii = np.arange(0.0, middle, _RADIUS_STEP)
    angles = np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    rows = middle - np.outer(np.sin(angles), radii)
    columns = middle + np.outer(np.cos(angles), radii)
    known = np.isfinite(shares)
    filled = np.where(known, shares, 1.0)  # an untold lag is no decay
    along = ndimage.map_coordinates(filled, [rows, columns], order=3, mode="nearest")
    below = along < DECAY_TO
    first = np.argmax(below, axis=1)
    found = below.any(axis=1) & (first > 0)
    at = np.arange(_DIRECTIONS)
    before = np.maximum(first - 1, 0)
    high, low = along[at, before], along[at, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        crossing = radii[before] + _RADIUS_STEP * (high - DECAY_TO) / (high - low)
    return np.where(found, crossing, np.nan)


def texture_direction(shares: np.ndarray) -> float:
    """Return Std: the direction of the grooves in degrees, across the direction with most of the spectrum."""
    if not np.isfinite(shares).any():
        return float("nan")
    middle = shares.shape[0] // 2
    offset = np.arange(-middle, middle + 1)
    radius = np.hypot(offset[:, None], offset[None, :]) / (middle + 1)
    taper = np.where(radius < 1, np.cos(np.pi * radius / 2) ** 2, 0.0)
    size = fft.next_fast_len(_FINER * shares.shape[0])
    tapered = np.zeros((size, size))
    tapered[: shares.shape[0], : shares.shape[1]] = np.where(np.isfinite(shares), shares, 0.0) * taper
    power = np.abs(fft.fftshift(fft.fft2(tapered)))
    # Along a spoke; the first circle holds the mean and what is longer than the lags.
    radii = np.arange(size / middle, size / 2 - 1)
    angles = np.radians(_ANGLES_DEG)
    rows = size // 2 - np.outer(np.sin(angles), radii)
    columns = size // 2 + np.outer(np.cos(angles), radii)
    amount = (ndimage.map_coordinates(power, [rows, columns], order=1) * radii).sum(axis=1)
    return float((_ANGLES_DEG[int(np.argmax(amount))] + 90.0) % 180.0)
