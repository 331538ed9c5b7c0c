"""How uncertain the skin under a scar is: the kriging variance of a disc that nobody sees, from the skin's spectrum.

The mean over a disc depends by symmetry only on ring means around it, so that the kriging of the whole plane becomes
one of some thirty rings: covariances are sums over frequencies of spectrum times Bessel functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scarplan.scars.skin_spectrum import SkinSpectrum

#: Widths for which the variance is computed; between them it is interpolated in logarithms.
_WIDTHS_MM = np.geomspace(0.3, 16.0, 12)
#: Rings: the first this wide, each next one wider by this factor, until so far beyond the rim.
_FIRST_RING_MM, _RING_GROWTH, _REACH_MM = 0.15, 1.12, 12.0
#: Waves shorter than this are white noise to a ring; longer than the longest, a plane.
_SHORTEST_MM, _LONGEST_MM = 0.6, 150.0
#: The floor of a scar: a disc of this part of its width.
_FLOOR_PART = 0.3


@dataclass(frozen=True)
class HiddenSkin:
    """Deviation (mm) of the skin under a scar, as its surroundings leave it: at its middle, and of its mean."""

    floor_mm: float
    mean_mm: float


def hidden_skin(width_mm: float, spectrum: SkinSpectrum) -> HiddenSkin:
    """Return how uncertain the skin under a scar of this width is on skin of this spectrum."""
    floor, mean = _table(spectrum)
    place, known = np.log(width_mm), np.log(_WIDTHS_MM)
    return HiddenSkin(*(float(np.exp(np.interp(place, known, np.log(one)))) for one in (floor, mean)))


@lru_cache(maxsize=64)
def _table(spectrum: SkinSpectrum) -> tuple[np.ndarray, np.ndarray]:
    rows = [_krige(float(width), spectrum) for width in _WIDTHS_MM]
    floor, mean = np.array(rows).T
    return floor, mean


def _krige(width_mm: float, spectrum: SkinSpectrum) -> tuple[float, float]:
    """Return the two deviations for one width."""
    f = np.geomspace(1 / _LONGEST_MM, 1 / _SHORTEST_MM, 120)
    power = spectrum.density_mm4(f) * 2 * np.pi * f * np.gradient(f)
    radius, area = _rings(0.5 * width_mm)
    rings = _bessel_0(2 * np.pi * radius[:, None] * f)
    wanted = np.stack([_disc_mean(2 * np.pi * part * width_mm / 2 * f) for part in (_FLOOR_PART, 1.0)])
    seen = (rings * power) @ rings.T
    # What a ring does not resolve averages out over its area.
    seen[np.diag_indices_from(seen)] += (spectrum.noise_mm4 + _short_waves_mm4(spectrum)) / area
    across = (wanted * power) @ rings.T
    told = np.einsum("ij,ji->i", across, np.linalg.solve(seen, across.T))
    before = (wanted**2 * power).sum(axis=1)
    floor, mean = np.sqrt(np.maximum(before - told, 1e-12))
    return float(floor), float(mean)


def _rings(inner_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Return middle radius and area of the rings seen around a disc."""
    count = int(np.ceil(np.log1p(_REACH_MM * (_RING_GROWTH - 1) / _FIRST_RING_MM) / np.log(_RING_GROWTH)))
    edges = inner_mm + _FIRST_RING_MM * (_RING_GROWTH ** np.arange(count + 1) - 1) / (_RING_GROWTH - 1)
    return 0.5 * (edges[1:] + edges[:-1]), np.pi * (edges[1:] ** 2 - edges[:-1] ** 2)


def _disc_mean(x: np.ndarray) -> np.ndarray:
    """Return the mean of a wave over a disc: 2 J1(x) / x."""
    return 2 * _bessel_1(x) / x


def _short_waves_mm4(spectrum: SkinSpectrum) -> float:
    """Return the power density of waves shorter than a ring resolves, as white noise."""
    f = np.geomspace(1 / _SHORTEST_MM, 20.0, 64)
    variance = np.trapezoid(spectrum.density_mm4(f) * 2 * np.pi * f, f)
    return float(variance) * (_SHORTEST_MM / 2) ** 2


def _bessel_0(x: np.ndarray) -> np.ndarray:
    """Return J0 of x >= 0 (Abramowitz and Stegun 9.4.1 and 9.4.3, error below 1e-7): SciPy takes long to import."""
    near, far = np.square(np.minimum(x, 3) / 3), 3 / np.maximum(x, 3)
    below = np.polyval((0.00021, -0.0039444, 0.0444479, -0.3163866, 1.2656208, -2.2499997, 1.0), near)
    size = np.polyval((0.00014476, -0.00072805, 0.00137237, -0.00009512, -0.0055274, -0.00000077, 0.79788456), far)
    turn = np.polyval((0.00013558, -0.00029333, -0.00054125, 0.00262573, -0.00003954, -0.04166397, -0.78539816), far)
    return np.where(x < 3, below, size * np.cos(x + turn) / np.sqrt(np.maximum(x, 3)))


def _bessel_1(x: np.ndarray) -> np.ndarray:
    """Return J1 of x >= 0 (Abramowitz and Stegun 9.4.4 and 9.4.6)."""
    near, far = np.square(np.minimum(x, 3) / 3), 3 / np.maximum(x, 3)
    below = np.polyval((0.00001109, -0.00031761, 0.00443319, -0.03954289, 0.21093573, -0.56249985, 0.5), near)
    size = np.polyval((-0.00020033, 0.00113653, -0.00249511, 0.00017105, 0.01659667, 0.00000156, 0.79788456), far)
    turn = np.polyval((-0.00029166, 0.00079824, 0.00074348, -0.00637879, 0.0000565, 0.12499612, -2.35619449), far)
    return np.where(x < 3, x * below, size * np.cos(x + turn) / np.sqrt(np.maximum(x, 3)))
