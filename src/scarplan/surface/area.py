"""The true area of skin under each pixel, from the slope of the surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.surface.surface import Surface

if TYPE_CHECKING:
    from jaxtyping import Float

# Slopes are taken of the surface smoothed by this much: the slopes of pixel noise are not skin.
_SMOOTHING_MM = 0.25
# The kernel ends at this many standard deviations.
_KERNEL_REACH = 3.0


def true_area_mm2(surface: Surface) -> Float[np.ndarray, "y x"]:
    """Return the area of skin [y x] under each pixel, mm2; 0 where nothing was seen.

    A pixel of side p under a slope (a, b) carries p^2 sqrt(1 + a^2 + b^2) of skin. This holds for a height map and
    for a chart of a mesh alike, because a chart's heights are taken along its own line of sight.
    """
    slope_y, slope_x = smooth_slopes(surface)
    area = surface.pixel_mm**2 * np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.where(surface.valid, area, 0.0)


def seen_area_cm2(surface: Surface) -> float:
    """Return how much skin of `surface` was seen, cm2 of true area; skin that another chart counts is left out."""
    return surface.seen_cm2


def add_up_cm2(surface: Surface) -> float:
    """Return `seen_area_cm2`, added up anew."""
    area = true_area_mm2(surface)
    return float(area.sum() if surface.own is None else area[surface.own].sum()) / 100.0


def smooth_slopes(surface: Surface) -> tuple[Float[np.ndarray, "y x"], Float[np.ndarray, "y x"]]:
    """Return the slopes down the rows and along the columns [y x], of the surface without its pixel noise."""
    rows, columns = surface.shape
    if min(rows, columns) < 2:
        return np.zeros(surface.shape), np.zeros(surface.shape)
    smooth = _smooth_seen(surface)
    slope_y, slope_x = np.gradient(smooth, surface.pixel_mm)
    return slope_y, slope_x


def _smooth_seen(surface: Surface) -> Float[np.ndarray, "y x"]:
    sigma = _SMOOTHING_MM / surface.pixel_mm
    across = 2 * int(_KERNEL_REACH * sigma + 0.5) + 1
    return cv2.GaussianBlur(surface.filled_mm, (across, across), sigma, borderType=cv2.BORDER_REPLICATE)
