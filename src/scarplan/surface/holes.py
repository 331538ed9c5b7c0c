"""Holes: places inside a chart that the scanner did not see, with their area."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.surface.filling import fill_enclosed
from scarplan.surface.surface import Surface

# A single lost pixel is listed nowhere: holes smaller than this are counted in the area only.
_SMALLEST_LISTED_MM2 = 0.05
_MOST_LISTED = 50


@dataclass(frozen=True)
class Hole:
    """A place that was not seen: its centre (column * pixel, row * pixel) and its area on the grid."""

    x_mm: float
    y_mm: float
    area_mm2: float


def find_holes(surface: Surface) -> tuple[Hole, ...]:
    """Return the places of `surface` that were not seen, largest first (at most 50).

    On a height map every such place counts; on a chart of a mesh only those with skin all around, because beyond its
    outline the next chart goes on.
    """
    if surface.valid.all():
        return ()
    _, labels, told, centres = cv2.connectedComponentsWithStats((~surface.valid).view(np.uint8), connectivity=4)
    pixels = told[:, cv2.CC_STAT_AREA]
    pixels[0] = 0
    if surface.frame is not None:
        for border in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
            pixels[border.astype(np.int64)] = 0
    area = pixels * surface.pixel_mm**2
    largest = np.argsort(-area, kind="stable")[:_MOST_LISTED]
    kept = [int(label) for label in largest if area[label] >= _SMALLEST_LISTED_MM2]
    return tuple(
        Hole(x_mm=float(x) * surface.pixel_mm, y_mm=float(y) * surface.pixel_mm, area_mm2=float(area[label]))
        for label, (x, y) in zip(kept, centres[kept], strict=True)
    )


def not_seen_cm2(surface: Surface) -> float:
    """Return the area on the grid that was not seen, cm2 (of a chart of a mesh: with skin all around)."""
    if surface.frame is None:
        pixels = int((~surface.valid).sum())
    else:
        pixels = int((fill_enclosed(surface.valid) & ~surface.valid).sum())
    return pixels * surface.pixel_mm**2 / 100.0
