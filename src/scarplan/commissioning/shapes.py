"""The shape of one feature of the plate: how deep it is at a place, in closed form, and its volume.

Scars and fiducials are those of `surface.profiles`. A well is a rectangle whose walls slope evenly: with w the width
of its walls, a and b its sides, its volume is d (a b - w (a + b) + 4 w^2 / 3).
"""

from __future__ import annotations

import numpy as np

from scarplan.records.phantom_plate import PlateFeature, PlateStar
from scarplan.surface.profiles import PhantomKind, height, volume_factor

# How far the waves of the star fade in at its inner radius and out at its outer one, as shares of these radii.
_FADE_INNER, _FADE_OUTER = 0.35, 0.06


def share_of_depth(feature: PlateFeature, x_mm: np.ndarray, y_mm: np.ndarray) -> np.ndarray:
    """Return the depth at (x, y) as a share (0-1) of the feature's own depth; 0 outside it."""
    across, down = np.abs(x_mm - feature.x_mm), np.abs(y_mm - feature.y_mm)
    if feature.shape == "well":
        inside = np.minimum(feature.width_mm / 2 - across, well_length_mm(feature) / 2 - down)
        return np.clip(inside / well_wall_mm(feature), 0.0, 1.0)
    rho = np.hypot(across, down) / (feature.width_mm / 2)
    return height(profile_kind(feature), rho, feature.floor)


def profile_kind(feature: PlateFeature) -> PhantomKind:
    """Return the profile of a round feature; a fiducial is a dome."""
    match feature.shape:
        case "icepick" | "boxcar" | "rolling" | "raised":
            return feature.shape
        case _:
            return "raised"


def closed_volume_mm3(feature: PlateFeature) -> float:
    """Return the nominal volume below the plate (raised: negative)."""
    if feature.shape == "well":
        a, b, wall = feature.width_mm, well_length_mm(feature), well_wall_mm(feature)
        return feature.depth_mm * (a * b - wall * (a + b) + 4 * wall**2 / 3)
    return feature.depth_mm * (feature.width_mm / 2) ** 2 * volume_factor(profile_kind(feature), feature.floor)


def reach_mm(feature: PlateFeature) -> tuple[float, float]:
    """Return how far the feature reaches from its place along x and y."""
    return feature.width_mm / 2, (feature.length_mm or feature.width_mm) / 2


def well_length_mm(feature: PlateFeature) -> float:
    """Return the side of a well along y."""
    return feature.length_mm or feature.width_mm


def well_wall_mm(feature: PlateFeature) -> float:
    """Return the width of a well's walls."""
    return feature.wall_mm or feature.width_mm / 2


def star_height(star: PlateStar, x_mm: np.ndarray, y_mm: np.ndarray) -> np.ndarray:
    """Return the height of the star at (x, y), mm: waves that are as much longer as they are further out."""
    across, down = x_mm - star.x_mm, y_mm - star.y_mm
    radius, angle = np.hypot(across, down), np.arctan2(down, across)
    inner, outer = _FADE_INNER * star.inner_mm, _FADE_OUTER * star.outer_mm
    rise = np.clip((radius - star.inner_mm + inner) / inner, 0.0, 1.0)
    fall = np.clip((star.outer_mm - radius) / outer, 0.0, 1.0)
    fade = (0.5 - 0.5 * np.cos(np.pi * rise)) * (0.5 - 0.5 * np.cos(np.pi * fall))
    return star.slope * radius / star.periods * np.cos(star.periods * angle) * fade


def full_star_radii(star: PlateStar) -> tuple[float, float]:
    """Return between which radii the waves of the star have their full height."""
    return star.inner_mm, star.outer_mm * (1 - _FADE_OUTER)
