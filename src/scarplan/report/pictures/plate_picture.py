"""The plate, or a scan of it, under raking light, with the names of its features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from scarplan.report.pictures.raster import encode_png, fit_longest_side
from scarplan.report.pictures.shading import shade_relief, skin_palette
from scarplan.surface.surface import Surface

_LONGEST_SIDE = 900


@dataclass(frozen=True)
class PlatePicture:
    """A picture as a data URI, its size in mm, and labels at places in mm."""

    png: str
    width_mm: float
    height_mm: float
    labels: tuple[tuple[float, float, str], ...]
    alt: str


def draw_plate(surface: Surface, *, alt: str, labels: tuple[tuple[float, float, str], ...] = ()) -> PlatePicture:
    """Return the shaded picture of a plate laid flat; what was not seen is grey."""
    relief = surface.relief_mm
    if not surface.valid.all():
        nearest = distance_transform_edt(~surface.valid, return_distances=False, return_indices=True)
        relief = relief[tuple(nearest)]
    small = fit_longest_side(np.asarray(relief, dtype=float), _LONGEST_SIDE)
    seen = fit_longest_side(surface.valid.astype(float), _LONGEST_SIDE) > 0.5
    rows, columns = surface.shape
    pixel_mm = columns * surface.pixel_mm / small.shape[1]
    png = encode_png(shade_relief(small, pixel_mm), seen, skin_palette())
    return PlatePicture(png, columns * surface.pixel_mm, rows * surface.pixel_mm, labels, alt)
