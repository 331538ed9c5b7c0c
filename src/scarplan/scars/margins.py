"""How far a scar bends the skin around it: distances and regions grown by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.evidence.library import value_of

if TYPE_CHECKING:
    from jaxtyping import Bool, Float


def rim_margin_mm(width_mm: float) -> float:
    """Return how far beyond its 10 % outline a scar still bends the skin."""
    return float(value_of("scars.rim_margin_mm")) + float(value_of("scars.rim_margin_part")) * width_mm


def width_of(pixels: int, pixel_mm: float) -> float:
    """Return the diameter (mm) of the circle of so many pixels."""
    return float(2 * np.sqrt(pixels / np.pi) * pixel_mm)


def grow_region(region: np.ndarray, reach_mm: float, *, pixel_mm: float) -> np.ndarray:
    """Return `region` grown by `reach_mm`."""
    return distance_outside(region) <= reach_mm / pixel_mm


def distance_outside(region: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Return the distance (pixels) of each pixel to the nearest one of the region: 0 inside, very far without a region.

    OpenCV rounds the last bit of a root differently by where the memory lies, so that the same scan would now and then
    give other bytes. Squared distances on a grid are whole numbers: from those the roots are the same each time.
    """
    distance = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    squared = np.square(distance, out=distance)
    return np.sqrt(np.rint(squared, out=squared), out=squared)
