"""Matched filter: how far a pit or a bump of each width stands out of the skin's own roughness.

For a template t in Gaussian skin of spectrum S, the best linear detector divides by S in Fourier space; its output
over its own standard deviation is the signal-to-noise ratio d' of an ideal observer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from scarplan.scars.skin_spectrum import SkinSpectrum
from scarplan.surface.robust import robust_size, spread_out
from scarplan.surface.waves import (
    frequencies_per_mm,
    from_waves,
    sum_of_products,
    symmetric_gain,
    times_counted,
    to_waves,
)

#: So many places tell the spread of a response.
_MOST_PLACES = 16_000
_SUPERSAMPLING = 4
#: A spectrum that claims rougher skin than there is may be corrected by this much and no more.
_LEAST_SPREAD = 0.4
#: Profiles: a bell (rolling, ice-pick) and a flat floor with soft walls (boxcar).
PROFILES = ("bell", "flat")


@dataclass(frozen=True)
class Response:
    """Response of one template everywhere: `raw` [y x], positive at a pit.

    snr_gain, amplitude_gain   by which it tells how far something stands out of the skin, and its amplitude in mm
    """

    width_mm: float
    profile: str
    raw: np.ndarray
    snr_gain: float
    amplitude_gain: float


def whiten(padded_mm: np.ndarray, *, pixel_mm: float, spectrum: SkinSpectrum) -> np.ndarray:
    """Return a filled, padded map (mm) as packed waves of skin that is white, in which pits are positive."""
    shape = (padded_mm.shape[0], padded_mm.shape[1])
    return to_waves(padded_mm.astype(np.float32)) * _whitening(shape, pixel_mm, spectrum)


def filter_pits(
    whitened: np.ndarray,
    inside: tuple[int, int],
    *,
    pixel_mm: float,
    spectrum: SkinSpectrum,
    widths_mm: tuple[float, ...],
) -> list[Response]:
    """Return the responses of all templates on the part `inside` (rows, columns) of a map that `whiten` returned."""
    shape = (whitened.shape[0], whitened.shape[1])
    found = []
    for width in widths_mm:
        for profile in PROFILES:
            template = _template_waves(shape, pixel_mm, width, profile)
            detail = _detail(shape, pixel_mm, width, profile, spectrum)
            if not detail > 0:
                continue  # nothing of the template fits on so small a map
            raw = from_waves(template * whitened)[: inside[0], : inside[1]]
            spread = robust_size(spread_out(raw, _MOST_PLACES)) / np.sqrt(detail)
            # Skin rougher than its spectrum says (furrows, pores) raises the spread: then the ratio falls.
            found.append(
                Response(width, profile, raw, 1 / float(np.sqrt(detail)) / max(spread, _LEAST_SPREAD), 1 / detail)
            )
    return found


def draw_template(width_mm: float, profile: str, distance_mm: np.ndarray) -> np.ndarray:
    """Return the depth (1 at the middle) of a template at distances from its middle."""
    r = distance_mm / (0.5 * width_mm)
    if profile == "bell":
        return np.where(r < 1, 0.5 * (1 + np.cos(np.pi * np.minimum(r, 1))), 0.0)
    return 1 / (1 + np.exp((r - 0.85) / 0.07))


@lru_cache(maxsize=8)
def _whitening(shape: tuple[int, int], pixel_mm: float, spectrum: SkinSpectrum) -> np.ndarray:
    """Return the gain (packed waves) that makes skin of this spectrum white and pits positive; 0 for the mean."""
    power = spectrum.total_mm4(frequencies_per_mm(shape, pixel_mm)) / pixel_mm**2
    power[0, 0] = np.inf
    return (-1 / power).astype(np.float32)


@lru_cache(maxsize=256)
def _detail(shape: tuple[int, int], pixel_mm: float, width_mm: float, profile: str, spectrum: SkinSpectrum) -> float:
    """Return the variance of the response of a template to skin of this spectrum."""
    template = _template_waves(shape, pixel_mm, width_mm, profile)
    weight = times_counted(shape) * _whitening(shape, pixel_mm, spectrum)
    return -sum_of_products(template * template, weight) / weight.size


@lru_cache(maxsize=64)
def _template_waves(shape: tuple[int, int], pixel_mm: float, width_mm: float, profile: str) -> np.ndarray:
    """Return the transform of a template about its middle, packed (`waves`): it is symmetric, so no phase is in it."""
    half = int(np.ceil(0.75 * width_mm / pixel_mm)) + 2
    fine = (np.arange(-half * _SUPERSAMPLING, (half + 1) * _SUPERSAMPLING) + 0.5) / _SUPERSAMPLING - 0.5
    distance = np.hypot(fine[:, None], fine[None]) * pixel_mm
    values = draw_template(width_mm, profile, distance)
    cells = cv2.resize(values, (2 * half + 1, 2 * half + 1), interpolation=cv2.INTER_AREA)
    whole = np.zeros(shape)
    rows, columns = (np.arange(-half, half + 1) % length for length in shape)
    np.add.at(whole, (rows[:, None], columns[None]), cells)
    return symmetric_gain(to_waves(whole)).astype(np.float32)
