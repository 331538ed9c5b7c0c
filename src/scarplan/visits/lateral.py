"""How far the skin has moved sideways between two visits, place by place.

Stretch and posture move skin along itself by tenths of a millimetre. The fine relief (furrows, pores) tells where it
went: the shift that explains the differences best by the slopes around each place (Lucas and Kanade 1981).
"""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float

from scarplan.evidence.library import value_of
from scarplan.visits.bands import band_of, remove_form, robust_sd, smooth_seen

#: Differences beyond this many robust deviations (hair, new pores) do not pull.
_FAR = 3.0
#: Skin of so little relief that its slopes are this part of their mean power keeps the shift of its surroundings.
_RIDGE = 0.02
#: Seen part of the surroundings from which a place counts, and from which it counts fully: half at a straight border.
_SURROUNDED = (0.7, 0.9)


def estimate_shift(
    before_mm: Float[np.ndarray, "y x"],
    after_mm: Float[np.ndarray, "y x"],
    use: Bool[np.ndarray, "y x"],
    *,
    pixel_mm: float,
) -> tuple[Float[np.ndarray, "y x"], Float[np.ndarray, "y x"]]:
    """Return by how much (x, y; mm) the follow-up must be looked up farther right and down to agree, smoothly [y x].

    use   what was seen on both visits and may tell [y x]
    """
    fine, broad, window = (
        float(value_of(f"visits.shift_{name}_mm")) / pixel_mm for name in ("fine", "broad", "window")
    )
    fine = max(fine, 0.7)
    # Beside a border only one side is averaged: there slopes of the form would pass for relief.
    flat = (remove_form(height, use) for height in (before_mm, after_mm))
    one, two = (band_of(height, use, fine=fine, broad=broad) for height in flat)
    slope_y, slope_x = (np.asarray(slope) for slope in np.gradient(0.5 * (one + two), pixel_mm))
    inner = use & np.isfinite(slope_x)
    off = one - two
    limit = _FAR * max(robust_sd(off[inner]), 1e-9)
    weight = np.where(inner, np.minimum(1.0, limit / np.maximum(np.abs(off), 1e-12)) ** 2, 0.0)
    weight *= _surrounded(use, sigma=broad)

    def gather(values: np.ndarray) -> np.ndarray:
        # The window takes the sum, not the mean: places with little skin around then lean on the ridge.
        everywhere = np.ones(values.shape, bool)
        return smooth_seen(weight * values, everywhere, sigma=window)

    xx, xy, yy = gather(slope_x * slope_x), gather(slope_x * slope_y), gather(slope_y * slope_y)
    xo, yo = gather(slope_x * off), gather(slope_y * off)
    ridge = _RIDGE * 0.5 * float(np.mean(xx + yy)) + 1e-15
    xx, yy = xx + ridge, yy + ridge
    determinant = xx * yy - xy * xy
    return (yy * xo - xy * yo) / determinant, (xx * yo - xy * xo) / determinant


def _surrounded(use: Bool[np.ndarray, "y x"], *, sigma: float) -> Float[np.ndarray, "y x"]:
    """Return how much a place counts by how much of its surroundings (Gaussian) was seen, 0 to 1."""
    around = cv2.GaussianBlur(use.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    low, high = _SURROUNDED
    return np.clip((around - low) / (high - low), 0.0, 1.0)
