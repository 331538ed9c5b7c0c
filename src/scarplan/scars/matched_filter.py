"""Matched filter: how far a pit or a bump of each width stands out of the skin's own roughness.

For a template t in Gaussian skin of spectrum S, the best linear detector divides by S in Fourier space; its output
over its own standard deviation is the signal-to-noise ratio d' of an ideal observer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from scipy import fft

from scarplan.scars.skin_spectrum import SkinSpectrum, frequencies_per_mm

_MAD_TO_SD = 1.4826
_SUPERSAMPLING = 4
#: A spectrum that claims rougher skin than there is may be corrected by this much and no more.
_LEAST_SPREAD = 0.4
#: Profiles: a bell (rolling, ice-pick) and a flat floor with soft walls (boxcar).
PROFILES = ("bell", "flat")


@dataclass(frozen=True)
class Response:
    """Response of one template everywhere: `snr` [y x] (positive = pit) and `amplitude_mm` [y x]."""

    width_mm: float
    profile: str
    snr: np.ndarray
    amplitude_mm: np.ndarray


def filter_pits(
    padded_mm: np.ndarray,
    inside: tuple[int, int],
    *,
    pixel_mm: float,
    spectrum: SkinSpectrum,
    widths_mm: tuple[float, ...],
) -> list[Response]:
    """Return the responses of all templates on a filled, padded map (mm)."""
    shape = (padded_mm.shape[0], padded_mm.shape[1])
    cells = padded_mm.size
    f = frequencies_per_mm(shape, pixel_mm)
    power = spectrum.total_mm4(f) / pixel_mm**2
    power[0, 0] = np.inf
    whitened = -fft.rfft2(padded_mm, workers=2) / power
    found = []
    for width in widths_mm:
        for profile in PROFILES:
            template = _template_transform(shape, pixel_mm, width, profile)
            detail = _sum_half(np.abs(template) ** 2 / power, shape[1]) / cells
            raw = fft.irfft2(np.conj(template) * whitened, s=shape, workers=2)[: inside[0], : inside[1]]
            if not detail > 0:
                continue  # nothing of the template fits on so small a map
            spread = _MAD_TO_SD * float(np.median(np.abs(raw))) / np.sqrt(detail)
            # Skin rougher than its spectrum says (furrows, pores) raises the spread: then the ratio falls.
            found.append(Response(width, profile, raw / np.sqrt(detail) / max(spread, _LEAST_SPREAD), raw / detail))
    return found


def draw_template(width_mm: float, profile: str, distance_mm: np.ndarray) -> np.ndarray:
    """Return the depth (1 at the middle) of a template at distances from its middle."""
    r = distance_mm / (0.5 * width_mm)
    if profile == "bell":
        return np.where(r < 1, 0.5 * (1 + np.cos(np.pi * np.minimum(r, 1))), 0.0)
    return 1 / (1 + np.exp((r - 0.85) / 0.07))


@lru_cache(maxsize=128)
def _template_transform(shape: tuple[int, int], pixel_mm: float, width_mm: float, profile: str) -> np.ndarray:
    half = int(np.ceil(0.75 * width_mm / pixel_mm)) + 2
    fine = (np.arange(-half * _SUPERSAMPLING, (half + 1) * _SUPERSAMPLING) + 0.5) / _SUPERSAMPLING - 0.5
    distance = np.hypot(fine[:, None], fine[None]) * pixel_mm
    values = draw_template(width_mm, profile, distance)
    cells = cv2.resize(values, (2 * half + 1, 2 * half + 1), interpolation=cv2.INTER_AREA)
    whole = np.zeros(shape)
    size = min(cells.shape[0], *shape)
    whole[:size, :size] = cells[:size, :size]
    return fft.rfft2(np.roll(whole, (-half, -half), axis=(0, 1)))


def _sum_half(values: np.ndarray, columns: int) -> float:
    weight = np.full(values.shape[1], 2.0)
    weight[0] = 1.0
    if columns % 2 == 0:
        weight[-1] = 1.0
    return float((values * weight).sum())
