"""Scar-free phantom skin: the form of a cheek, its natural undulation, furrows, pores and the noise of the device."""

from __future__ import annotations

import numpy as np
from scipy import fft, ndimage

from scarplan.evidence.library import value_of
from scarplan.surface.cheek_relief import cheek_bands

# Long waves are made on this coarse grid over a torus wider than the patch, and interpolated.
_COARSE_MM = 0.25
_TORUS_MM = 96.0
_FINE_BAND_MM = (0.3, 1.0)


def make_form(rng: np.random.Generator, *, rows: int, columns: int, pixel_mm: float) -> np.ndarray:
    """Return a cheek's form [y x], mm: bent in two directions, highest in the middle."""
    low, high = value_of("surface.cheek_radius_mm")
    radius_a, radius_b = np.exp(rng.uniform(np.log(low), np.log(high), 2))
    angle = rng.uniform(0, np.pi)
    y, x = np.mgrid[:rows, :columns] * pixel_mm
    x, y = x - x.mean(), y - y.mean()
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    return -(along**2) / (2 * radius_a) - across**2 / (2 * radius_b)


def make_undulation(rng: np.random.Generator, *, rows: int, columns: int, pixel_mm: float) -> np.ndarray:
    """Return natural relief [y x], mm, with the rms of a real cheek in each band from 1 to 40 mm."""
    bands = [band for band in cheek_bands() if band[0] >= _FINE_BAND_MM[1]]
    side_mm = max(_TORUS_MM, 1.2 * rows * pixel_mm, 1.2 * columns * pixel_mm)
    size = int(np.ceil(side_mm / _COARSE_MM))
    coarse = _band_noise(rng, (size, size), _COARSE_MM, bands)
    # Cubic interpolation keeps waves of 1 mm on a grid of 0.25 mm.
    step = pixel_mm / _COARSE_MM
    y, x = np.arange(rows) * step, np.arange(columns) * step
    grid = np.meshgrid(y, x, indexing="ij")
    return ndimage.map_coordinates(coarse, grid, order=3, mode="grid-wrap")


def make_microrelief(
    rng: np.random.Generator, *, rows: int, columns: int, pixel_mm: float, rms_mm: float
) -> np.ndarray:
    """Return fine furrows [y x], mm: wavelengths of 0.3-1 mm (as far as the grid carries them)."""
    return _band_noise(rng, (rows, columns), pixel_mm, [(*_FINE_BAND_MM, rms_mm)])


def make_pores(rng: np.random.Generator, *, rows: int, columns: int, pixel_mm: float) -> np.ndarray:
    """Return pores [y x], mm (negative): round dents at random places."""
    relief = np.zeros((rows, columns))
    area_cm2 = rows * columns * pixel_mm**2 / 100.0
    shallow, deep = value_of("surface.pore_depth_mm")
    sigma = value_of("surface.pore_diameter_mm") / 4.0  # a Gaussian dent is about four sigma wide
    reach = max(1, int(np.ceil(4 * sigma / pixel_mm)))
    for _ in range(rng.poisson(value_of("surface.pores_per_cm2") * area_cm2)):
        row, column, depth = rng.uniform(0, rows), rng.uniform(0, columns), rng.uniform(shallow, deep)
        top, left = max(0, int(row) - reach), max(0, int(column) - reach)
        y, x = np.mgrid[top : min(rows, int(row) + reach + 1), left : min(columns, int(column) + reach + 1)]
        distance2 = ((y - row) ** 2 + (x - column) ** 2) * pixel_mm**2
        relief[y, x] -= depth * np.exp(-distance2 / (2 * sigma**2))
    return relief


def _band_noise(
    rng: np.random.Generator, shape: tuple[int, int], pixel_mm: float, bands: list[tuple[float, float, float]]
) -> np.ndarray:
    """Return a random field [y x] with the given rms in each band of wavelengths (from, to, rms), mm."""
    spectrum = fft.rfft2(rng.standard_normal(shape))
    frequency = np.hypot(fft.fftfreq(shape[0], pixel_mm)[:, None], fft.rfftfreq(shape[1], pixel_mm)[None, :])
    both_sides = np.full(frequency.shape, 2.0)
    both_sides[:, 0] = 1.0
    if shape[1] % 2 == 0:
        both_sides[:, -1] = 1.0
    gain = np.zeros(frequency.shape)
    for shortest, longest, rms_mm in bands:
        inside = (frequency > 1 / longest) & (frequency <= 1 / shortest)
        power = (both_sides * np.abs(spectrum) ** 2)[inside].sum() / (shape[0] * shape[1]) ** 2
        if power > 0:
            gain[inside] = rms_mm / np.sqrt(power)
    return fft.irfft2(spectrum * gain, s=shape)
