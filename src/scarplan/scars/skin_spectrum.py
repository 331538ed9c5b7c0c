"""SkinSpectrum: how rough scar-free skin is at each wavelength. It decides what stands out, and what lies under a scar.

The starting values are the band rms measured on a real cheek; `fit_spectrum` scales them to the skin at hand from
robust deviations, so that scars (a small part of the area) hardly count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.grids import Grid
from scarplan.surface.cheek_relief import cheek_bands
from scarplan.surface.robust import robust_deviation, robust_size, spread_out

#: Beyond the middle of the longest band power rises as wavelength to this power: the form is taken off already.
_LONG_SLOPE = 2.0
#: Widths of the difference-of-Gaussian bands that are measured: from here on, each this much wider.
_FIRST_SIGMA_MM, _SIGMA_STEP = 0.1, 1.6
#: The widest one still fits this many times across the map.
_SIGMAS_ACROSS = 12
#: So many places tell the variance of a band within half a percent.
_MOST_PLACES = 50_000
#: How sure the starting values are: logarithmic deviation of all bands together, and of one band from the others.
_COMMON_SPREAD, _BAND_SPREAD = 1.5, 0.5
#: The fit in logarithms: steps for slopes, when a step is small enough to stop, and how many are tried.
_SLOPE_STEP, _SMALL_STEP, _MOST_STEPS = 1e-4, 1e-4, 30


@dataclass(frozen=True)
class SkinSpectrum:
    """Power of scar-free skin relief by wavelength band, and white noise.

    edges_mm    wavelength band limits [k+1], mm, rising
    rms_mm      rms height in each band [k], mm
    noise_mm2   power density of white noise: variance of one pixel times its area, mm4
    """

    edges_mm: tuple[float, ...]
    rms_mm: tuple[float, ...]
    noise_mm4: float

    def density_mm4(self, frequency_per_mm: np.ndarray) -> np.ndarray:
        """Return the two-dimensional power density (mm4) of skin at spatial frequencies (1/mm), without noise."""
        edges = np.array(self.edges_mm)
        power = np.square(self.rms_mm) / (np.pi * (edges[:-1] ** -2.0 - edges[1:] ** -2.0))
        middle = -0.5 * np.log(edges[:-1] * edges[1:])
        f = np.log(np.maximum(frequency_per_mm, 1e-4))
        inside = np.interp(f, middle[::-1], np.log(power)[::-1])
        return np.exp(inside + _LONG_SLOPE * np.maximum(middle[-1] - f, 0))

    def total_mm4(self, frequency_per_mm: np.ndarray) -> np.ndarray:
        """Return the power density of skin and noise together, mm4."""
        return self.density_mm4(frequency_per_mm) + self.noise_mm4


def usual_spectrum() -> SkinSpectrum:
    """Return the spectrum of a usual cheek, from evidence."""
    bands = cheek_bands()
    return SkinSpectrum(
        edges_mm=(bands[0][0], *(longest for _, longest, _ in bands)),
        rms_mm=tuple(rms for _, _, rms in bands),
        noise_mm4=float(value_of("scars.usual_noise_mm")) ** 2 * float(value_of("scars.usual_noise_pixel_mm")) ** 2,
    )


def fit_spectrum(fine: Grid, coarse: Grid, *, start: SkinSpectrum) -> SkinSpectrum:
    """Return `start` scaled to this skin: robust variances of difference-of-Gaussian bands, and `start` as a prior."""
    bands = _measure_bands(fine, coarse)
    low, high = (float(np.log(limit)) for limit in value_of("scars.skin_band_scale_limits"))
    told = np.log([one.measured for one in bands])
    spread = np.array([one.spread for one in bands])
    weights = np.stack([one.weight for one in bands]) * _trapezoid_steps(_FREQUENCIES)

    def misfit(logs: np.ndarray) -> np.ndarray:
        spectrum = replace(start, rms_mm=tuple(np.exp(logs) * start.rms_mm))
        seen = (told - np.log(weights @ spectrum.total_mm4(_FREQUENCIES))) / spread
        return np.array([*seen, *((logs - logs.mean()) / _BAND_SPREAD), logs.mean() / _COMMON_SPREAD])

    logs = _least_squares(misfit, np.zeros(len(start.rms_mm)), low=low, high=high)
    return replace(start, rms_mm=tuple(float(r) for r in np.exp(logs) * start.rms_mm))


def _least_squares(
    misfit: Callable[[np.ndarray], np.ndarray], start: np.ndarray, *, low: float, high: float
) -> np.ndarray:
    """Return where the sum of the squared misfits is least, each number within its limits (Levenberg and Marquardt)."""
    at, damping = start, 1e-3
    here = misfit(at)
    for _ in range(_MOST_STEPS):
        slopes = np.stack([(misfit(at + step) - here) / _SLOPE_STEP for step in _SLOPE_STEP * np.eye(at.size)], axis=1)
        curved = slopes.T @ slopes
        step = np.linalg.solve(curved + damping * np.diag(np.diag(curved)), -slopes.T @ here)
        there = np.clip(at + step, low, high)
        new = misfit(there)
        if new @ new >= here @ here:
            damping *= 10
            continue
        moved = float(np.abs(there - at).max())
        at, here, damping = there, new, damping / 10
        if moved < _SMALL_STEP:
            break
    return at


def _trapezoid_steps(places: np.ndarray) -> np.ndarray:
    """Return the weight of each place in an integral by the trapezoidal rule."""
    step = np.diff(places)
    return 0.5 * (np.pad(step, (0, 1)) + np.pad(step, (1, 0)))


@dataclass(frozen=True)
class _MeasuredBand:
    """Variance of one difference of Gaussians, its logarithmic scatter, and how it weighs each frequency."""

    measured: float
    spread: float
    weight: np.ndarray


_FREQUENCIES = np.geomspace(1 / 200.0, 12.0, 300)


def _measure_bands(fine: Grid, coarse: Grid) -> list[_MeasuredBand]:
    found: list[_MeasuredBand] = []
    side = min(coarse.shape) * coarse.pixel_mm
    sigma = max(_FIRST_SIGMA_MM, 0.8 * fine.pixel_mm)
    smooth, smooth_on = None, None
    while sigma * _SIGMA_STEP * _SIGMAS_ACROSS < side or not found:
        pair = sigma, sigma * _SIGMA_STEP
        grid = fine if sigma < coarse.pixel_mm else coarse
        small = smooth if smooth is not None and smooth_on is grid else _smooth(grid, pair[0] / grid.pixel_mm)
        smooth, smooth_on = _smooth(grid, pair[1] / grid.pixel_mm), grid
        places = grid.weight.sum() * grid.pixel_mm**2 / (2 * np.pi * pair[1] ** 2)
        variance = _robust_variance(grid, small - smooth, pair)
        # A robust variance of so many places scatters by this part.
        found.append(_MeasuredBand(variance, 0.05 + 2.3 / np.sqrt(max(places, 1.0)), _weigh(grid, pair)))
        sigma *= _SIGMA_STEP
    return found


def estimate_noise_mm4(height_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float) -> float:
    """Return the white noise density from second differences of neighbouring pixels (an upper bound: skin adds)."""
    inside = cv2.erode(valid.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if not inside.any():
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], float)
    z = cv2.filter2D(np.where(valid, height_mm, 0), -1, kernel)
    some = spread_out(z)[spread_out(inside)]
    return (robust_size(some) / 6.0) ** 2 * pixel_mm**2 if some.size else 0.0


def _robust_variance(grid: Grid, band_mm: np.ndarray, sigmas_mm: tuple[float, float]) -> float:
    margin = int(min(sigmas_mm[1] / grid.pixel_mm, min(grid.shape) / 4))
    # A band as broad as this is told by places this far apart.
    apart = max(1, int(sigmas_mm[0] / grid.pixel_mm), round(float(np.sqrt(band_mm.size / _MOST_PLACES))))
    inside = tuple(slice(-(-margin // apart) * apart, length - margin, apart) for length in grid.shape)
    band = band_mm[inside][grid.weight[inside] > 0.5]
    if band.size < 16:
        return float(np.var(band_mm)) + 1e-14
    return robust_deviation(band) ** 2 + 1e-14


def _smooth(grid: Grid, sigma: float) -> np.ndarray:
    above = cv2.GaussianBlur(grid.height_mm * grid.weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    if (grid.weight == 1).all():
        return above
    below = cv2.GaussianBlur(grid.weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return above / np.maximum(below, 1e-6)


def _weigh(grid: Grid, sigmas_mm: tuple[float, float]) -> np.ndarray:
    f = _FREQUENCIES
    gain = np.exp(-2 * (np.pi * f * sigmas_mm[0]) ** 2) - np.exp(-2 * (np.pi * f * sigmas_mm[1]) ** 2)
    return gain**2 * np.sinc(np.minimum(f * grid.pixel_mm, 1)) ** 2 * 2 * np.pi * f
