"""SkinSpectrum: how rough scar-free skin is at each wavelength. It decides what stands out, and what lies under a scar.

The starting values are the band rms measured on a real cheek; `fit_spectrum` scales them to the skin at hand from
robust deviations, so that scars (a small part of the area) hardly count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.grids import Grid

_MAD_TO_SD = 1.4826
#: Power beyond the longest band goes on rising as wavelength to this power; what is left of the form after the
#: polynomial is not known, so it is only weakly held.
_LONG_SLOPE = 2.0
_FIT_ROUNDS = 6


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
        power = np.array(self.rms_mm) ** 2 / (np.pi * (edges[:-1] ** -2 - edges[1:] ** -2))
        middle = 1 / np.sqrt(edges[:-1] * edges[1:])
        order = np.argsort(middle)
        log_f, log_p = np.log(middle[order]), np.log(np.maximum(power[order], 1e-18))
        f = np.log(np.maximum(frequency_per_mm, 1e-4))
        inside = np.interp(f, log_f, log_p)
        long = log_p[0] + _LONG_SLOPE * (log_f[0] - f)
        return np.exp(np.where(f < log_f[0], long, inside))

    def total_mm4(self, frequency_per_mm: np.ndarray) -> np.ndarray:
        """Return the power density of skin and noise together, mm4."""
        return self.density_mm4(frequency_per_mm) + self.noise_mm4


def frequencies_per_mm(shape: tuple[int, int], pixel_mm: float) -> np.ndarray:
    """Return the spatial frequency (1/mm) of each term of `rfft2` on a grid."""
    return np.hypot(np.fft.fftfreq(shape[0], pixel_mm)[:, None], np.fft.rfftfreq(shape[1], pixel_mm)[None])


def usual_spectrum() -> SkinSpectrum:
    """Return the spectrum of a usual cheek, from evidence."""
    return SkinSpectrum(
        edges_mm=tuple(value_of("scars.skin_band_edges_mm")),
        rms_mm=tuple(value_of("scars.skin_band_rms_mm")),
        noise_mm4=float(value_of("scars.usual_noise_mm")) ** 2 * float(value_of("scars.usual_noise_pixel_mm")) ** 2,
    )


def fit_spectrum(fine: Grid, coarse: Grid, *, start: SkinSpectrum) -> SkinSpectrum:
    """Return `start` scaled band by band to the robust deviations of difference-of-Gaussian bands of this skin."""
    edges, rms = np.array(start.edges_mm), np.array(start.rms_mm)
    low, high = value_of("scars.skin_band_scale_limits")
    fitted = [k for k in range(rms.size) if edges[k + 1] <= min(coarse.shape) * coarse.pixel_mm / 2.5]
    measured, responses = {}, {}
    for k in fitted:
        grid = fine if edges[k] < 8 * coarse.pixel_mm else coarse
        if edges[k + 1] < 3 * grid.pixel_mm:
            continue
        sigmas = edges[k] / 5.0, edges[k + 1] / 5.0
        measured[k] = _robust_variance(grid, sigmas)
        responses[k] = (grid, sigmas)
    spectrum = start
    for _ in range(_FIT_ROUNDS):
        for k, (grid, sigmas) in responses.items():
            expected = _expected_variance(spectrum, grid, sigmas)
            rms[k] *= np.sqrt(measured[k] / expected)
        rms = np.clip(rms, low * np.array(start.rms_mm), high * np.array(start.rms_mm))
        spectrum = SkinSpectrum(start.edges_mm, tuple(rms), start.noise_mm4)
    last = max(measured, default=None)
    if last is not None and last + 1 < rms.size:
        # Too few waves of the longest bands fit on the map: they follow the longest band that was measured.
        rms[last + 1 :] = np.array(start.rms_mm)[last + 1 :] * rms[last] / start.rms_mm[last]
    return SkinSpectrum(start.edges_mm, tuple(float(r) for r in rms), start.noise_mm4)


def estimate_noise_mm4(height_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float) -> float:
    """Return the white noise density from second differences of neighbouring pixels (an upper bound: skin adds)."""
    inside = cv2.erode(valid.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if not inside.any():
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], float)
    z = cv2.filter2D(np.where(valid, height_mm, 0.0), cv2.CV_64F, kernel)
    sd = _MAD_TO_SD * float(np.median(np.abs(z[inside]))) / 6.0
    return sd**2 * pixel_mm**2


def _robust_variance(grid: Grid, sigmas_mm: tuple[float, float]) -> float:
    small, large = (_smooth(grid, s / grid.pixel_mm) for s in sigmas_mm)
    margin = int(min(sigmas_mm[1] / grid.pixel_mm, min(grid.shape) / 4))
    keep = grid.weight > 0.5
    keep[:margin] = keep[-margin:] = False
    keep[:, :margin] = keep[:, -margin:] = False
    band = (small - large)[keep]
    if band.size < 16:
        return float(np.var(small - large))
    return float((_MAD_TO_SD * np.median(np.abs(band - np.median(band)))) ** 2) + 1e-14


def _smooth(grid: Grid, sigma: float) -> np.ndarray:
    above = cv2.GaussianBlur(grid.height_mm * grid.weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    below = cv2.GaussianBlur(grid.weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return above / np.maximum(below, 1e-6)


def _expected_variance(spectrum: SkinSpectrum, grid: Grid, sigmas_mm: tuple[float, float]) -> float:
    f = np.geomspace(1 / 200.0, 0.7 / grid.pixel_mm, 400)
    gain = np.exp(-2 * (np.pi * f * sigmas_mm[0]) ** 2) - np.exp(-2 * (np.pi * f * sigmas_mm[1]) ** 2)
    cell = np.sinc(f * grid.pixel_mm) ** 2
    return float(np.trapezoid(gain**2 * cell * spectrum.total_mm4(f) * 2 * np.pi * f, f))
