"""Local relief: what is left of heights without form, and without what is finer than a scar."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from scarplan.evidence.library import value_of

#: Gaussian weight whose amplitude is halved at a wavelength of 1 (ISO 16610-61).
SIGMA_PER_CUTOFF = np.sqrt(np.log(2) / 2) / np.pi


def local_relief(
    relief_mm: Float[np.ndarray, "y x"],
    seen: Bool[np.ndarray, "y x"],
    pixel_mm: float,
    *,
    longest_mm: float | None = None,
) -> Float[np.ndarray, "y x"]:
    """Return the waves of the length of scars (`commissioning.local_relief_mm`), NaN where not seen.

    `longest_mm` keeps longer waves than the quantity says.
    """
    shortest, longest = value_of("commissioning.local_relief_mm")
    fine = smooth_seen(relief_mm, seen, SIGMA_PER_CUTOFF * shortest / pixel_mm)
    coarse = smooth_seen(relief_mm, seen, SIGMA_PER_CUTOFF * (longest_mm or longest) / pixel_mm)
    return np.where(seen, fine - coarse, np.nan)


def smooth_seen(values: np.ndarray, seen: np.ndarray, sigma: float) -> np.ndarray:
    """Return a Gaussian mean over the pixels that were seen (`sigma` in pixels)."""
    weight = ndimage.gaussian_filter(seen.astype(float), sigma, mode="constant")
    total = ndimage.gaussian_filter(np.where(seen, values, 0.0), sigma, mode="constant")
    return total / np.maximum(weight, 1e-6)
