"""A piece of skin surface as a height map, with its normals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from scarplan.injury.needle_by_needle.places import Field


@dataclass(frozen=True)
class SkinSurface:
    """Heights [y x] in mm on a grid of `pixel_mm`; the first is at the corner of the field less its margin."""

    height_mm: Float[np.ndarray, "y x"]
    pixel_mm: float
    margin_mm: float

    @staticmethod
    def flat(field: Field, *, pixel_mm: float = 0.5) -> SkinSurface:
        """Return a flat surface under a field."""
        y, x = _grid_of(field, pixel_mm)
        return SkinSurface(np.zeros((y.size, x.size)), pixel_mm, field.margin_mm)

    @staticmethod
    def sphere(field: Field, *, radius_mm: float, pixel_mm: float = 0.1) -> SkinSurface:
        """Return the cap of a sphere; a negative radius is a hollow."""
        y, x = _grid_of(field, pixel_mm)
        from_middle = (y[:, None] - 0.5 * field.height_mm) ** 2 + (x - 0.5 * field.width_mm) ** 2
        height = np.sqrt(radius_mm**2 - from_middle) - abs(radius_mm)
        return SkinSurface(np.sign(radius_mm) * height, pixel_mm, field.margin_mm)

    def points(self, places_mm: Float[np.ndarray, "... 2"]) -> Float[np.ndarray, "... 3"]:
        """Return the points of the surface at places (x, y), mm."""
        return np.concatenate([places_mm, self._at(self._spline, places_mm)[..., None]], axis=-1)

    def normals(self, places_mm: Float[np.ndarray, "... 2"]) -> Float[np.ndarray, "... 3"]:
        """Return the outward unit normals at places (x, y)."""
        slope_y, slope_x = (self._at(slope, places_mm) for slope in self._slopes)
        normal = np.stack([-slope_x, -slope_y, np.ones_like(slope_x)], axis=-1)
        return normal / np.linalg.norm(normal, axis=-1, keepdims=True)

    def stretch(self, places_mm: Float[np.ndarray, "... 2"]) -> Float[np.ndarray, " ..."]:
        """Return the area of skin per area seen from above."""
        return 1.0 / self.normals(places_mm)[..., 2]

    @cached_property
    def _spline(self) -> np.ndarray:
        return ndimage.spline_filter(self.height_mm, order=3, mode="nearest")

    @cached_property
    def _slopes(self) -> tuple[np.ndarray, np.ndarray]:
        slope_y, slope_x = np.gradient(self.height_mm, self.pixel_mm, edge_order=2)
        filtered = (ndimage.spline_filter(slope, order=3, mode="nearest") for slope in (slope_y, slope_x))
        return next(filtered), next(filtered)

    def _at(self, spline: np.ndarray, places_mm: np.ndarray) -> np.ndarray:
        pixels = (places_mm[..., ::-1] + self.margin_mm) / self.pixel_mm
        return ndimage.map_coordinates(spline, np.moveaxis(pixels, -1, 0), order=3, mode="nearest", prefilter=False)


def _grid_of(field: Field, pixel_mm: float) -> tuple[np.ndarray, np.ndarray]:
    y, x = (
        np.arange(int(np.ceil((size + 2.0 * field.margin_mm) / pixel_mm)) + 1) * pixel_mm - field.margin_mm
        for size in (field.height_mm, field.width_mm)
    )
    return y, x
