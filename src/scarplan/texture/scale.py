"""Scale-limited surface: the relief of scar-free skin without form, long waves and what is too fine (ISO 25178-3)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.form import fit_form
from scarplan.surface.gaussian_filter import SIGMA_PER_INDEX, seen_share, smooth_seen
from scarplan.surface.surface import Surface

#: Nesting indices of the standard that skin may need, mm.
SERIES_MM = (0.02, 0.025, 0.05, 0.08, 0.1, 0.2, 0.25, 0.5, 0.8, 1.0, 2.0, 2.5, 5.0, 8.0, 10.0, 20.0, 25.0)
# The form (F-operator) is the polynomial surface of this degree that fits the scar-free skin best.
_FORM_DEGREE = 3
# A grid needs this many pixels across the shortest wave that is kept.
_PIXELS_PER_S = 3.0
# A pixel counts where this share of the S-filter's weights lies on scar-free skin that was seen.
_LEAST_SEEN_BY_S = 0.9


@dataclass(frozen=True)
class Filters:
    """Nesting indices: waves shorter than `s_mm` and longer than `l_mm` are taken out, after the form."""

    s_mm: float
    l_mm: float


@dataclass(frozen=True)
class ScaleLimited:
    """Heights [y x], um, of the skin that counts (`skin`); NaN elsewhere."""

    heights_um: np.ndarray
    skin: np.ndarray
    pixel_mm: float


def choose_filters(pixel_mm: float, lateral_mm: float | None, *, s_mm: float | None, l_mm: float | None) -> Filters:
    """Return the nesting indices to use; those not given follow from the grid and the finest wave that is shown.

    Raises BadInput where the grid is too coarse for them, or where they leave nothing between them.
    """
    finest = _PIXELS_PER_S * pixel_mm
    long_mm = float(value_of("texture.l_filter_mm")) if l_mm is None else l_mm
    if s_mm is None:
        shown = max(finest, lateral_mm or 0.0, float(value_of("texture.s_filter_mm")))
        s_mm = next((index for index in SERIES_MM if index >= shown * (1 - 1e-9)), shown)
    if not (np.isfinite(s_mm) and s_mm >= finest * (1 - 1e-9)):
        raise BadInput(
            "the S-filter is finer than the grid of the scan",
            code="E-TEXTURE-001",
            got=f"{s_mm:g} mm",
            allowed=f"at least {finest:g} mm, three pixels",
            do="leave --s-filter-mm out, or scan finer",
        )
    least = value_of("texture.band_least")
    if not (np.isfinite(long_mm) and long_mm >= least * s_mm):
        raise BadInput(
            "S-filter and L-filter leave too little between them",
            code="E-TEXTURE-002",
            got=f"{s_mm:g} to {long_mm:g} mm",
            allowed=f"an L-filter at least {least:g} times the S-filter",
            do="give a longer --l-filter-mm, or scan finer",
        )
    return Filters(s_mm=float(s_mm), l_mm=float(long_mm))


def limit_scale(surface: Surface, labels: np.ndarray | None, filters: Filters) -> ScaleLimited:
    """Return the texture of `surface` where no scar is: `labels` [y x], 0 = skin, with a margin around each scar."""
    skin = surface.valid & ~scars_with_margin(labels, surface)
    heights = np.where(skin, surface.relief_mm, 0.0)
    flat = heights - fit_form(heights, skin, degree=_FORM_DEGREE)
    fine = smooth_seen(flat, skin, index_px=filters.s_mm / surface.pixel_mm)
    waves = smooth_seen(fine, skin, index_px=filters.l_mm / surface.pixel_mm)
    # Beside a hole the S-filter has little to smooth with: what it leaves there is rougher than the skin.
    counted = skin & (seen_share(skin, index_px=filters.s_mm / surface.pixel_mm) >= _LEAST_SEEN_BY_S)
    counted = counted if surface.own is None else counted & surface.own
    return ScaleLimited(np.where(counted, 1000 * (fine - waves), np.nan), counted, surface.pixel_mm)


def scars_with_margin(labels: np.ndarray | None, surface: Surface) -> np.ndarray:
    """Return the scars and the skin within the margin around them [y x]."""
    if labels is None or not (labels > 0).any():
        return np.zeros(surface.shape, dtype=bool)
    reach = round(float(value_of("texture.scar_margin_mm")) / surface.pixel_mm)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate((labels > 0).astype(np.uint8), disc).astype(bool)


def noise_sq_um(noise_mm: float | None, pixel_mm: float, filters: Filters) -> float | None:
    """Return the rms height, um, that white noise of the scanner leaves after the S-filter; None where not known."""
    if noise_mm is None:
        return None
    sigma = SIGMA_PER_INDEX * filters.s_mm
    # A Gaussian of standard deviation s leaves 1 / (2 sqrt(pi) s) of white noise of unit density.
    return 1000 * noise_mm * min(1.0, pixel_mm / (2 * np.sqrt(np.pi) * sigma))
