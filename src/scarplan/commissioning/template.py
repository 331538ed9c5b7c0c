"""Template: the map that scans are laid on - the plate, or the first of several scans of the same skin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

# Smoothing of the coarse levels, mm: a fiducial's radius, and a small scar's.
_LEVELS_MM = (1.2, 0.4)


@dataclass(frozen=True)
class Template:
    """Heights on a regular grid whose first pixel is (0, 0).

    heights_mm   [y x], 0 where not seen
    seen         [y x]
    """

    heights_mm: Float[np.ndarray, "y x"]
    seen: Bool[np.ndarray, "y x"]
    pixel_mm: float

    @cached_property
    def coarse_levels(self) -> tuple[Template, ...]:
        """The template smoothed more and then less: registration comes from coarse to fine."""
        return tuple(self.blurred(sigma_mm) for sigma_mm in _LEVELS_MM)

    def blurred(self, sigma_mm: float) -> Template:
        """Return the template smoothed by a Gaussian."""
        if sigma_mm <= self.pixel_mm / 2:
            return self
        sigma = sigma_mm / self.pixel_mm
        weight = np.maximum(ndimage.gaussian_filter(self.seen.astype(float), sigma, mode="constant"), 1e-6)
        heights = ndimage.gaussian_filter(np.where(self.seen, self.heights_mm, 0.0), sigma, mode="constant") / weight
        return Template(np.where(self.seen, heights, 0.0), self.seen, self.pixel_mm)

    def sample(
        self, x_mm: np.ndarray, y_mm: np.ndarray
    ) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Float[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
        """Return height, slopes along x and y, and whether the template was seen there."""
        rows, columns = self.heights_mm.shape
        across, down = x_mm / self.pixel_mm, y_mm / self.pixel_mm
        inside = (across >= 0) & (down >= 0) & (across < columns - 1) & (down < rows - 1)
        i = np.where(inside, across, 0).astype(np.int64)
        j = np.where(inside, down, 0).astype(np.int64)
        u, v = np.where(inside, across - i, 0.0), np.where(inside, down - j, 0.0)
        flat, place = self.heights_mm.ravel(), j * columns + i
        a, b, c, d = flat[place], flat[place + 1], flat[place + columns], flat[place + columns + 1]
        known = self.seen.ravel()
        inside &= known[place] & known[place + 1] & known[place + columns] & known[place + columns + 1]
        height = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)
        slope_x = ((1 - v) * (b - a) + v * (d - c)) / self.pixel_mm
        slope_y = ((1 - u) * (c - a) + u * (d - b)) / self.pixel_mm
        return height, slope_x, slope_y, inside
