"""Describe one find by numbers that tell a scar from chance and one kind from another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.scars.measure import (
    MeasuringWindow,
    deepest_means,
    drop_below_rim,
    grow_region,
    skin_around,
    suppress_noise,
)

#: Smoothing before slopes are taken, as part of the width; at least this many pixels.
_SLOPE_SMOOTHING, _SLOPE_PIXELS = 0.03, 0.7

#: The rim that is looked at for what is not seen.
RIM_MM = 0.4


@dataclass(frozen=True)
class Description:
    """Shape of one find.

    width_mm, area_mm2   of the region deeper than 10 % of the depth
    fullness             volume over (area x depth): a cone 1/3, a flat floor near 1
    wall_angle_deg       mean slope of the wall between a quarter and three quarters of the depth
    roughness_mm         robust deviation of the skin in a ring around the scar, smoothed like the scar itself
    ring_mm              mean drop in that ring: 0 where the rim fits
    solidity             area over the area of the convex hull
    elongation           long over short axis
    unseen_rim           part of the rim that lies beyond the map or in a hole, 0-1
    deepest_means_mm     means of the deepest parts (`measure.DEPTH_PARTS`), smoothed
    """

    width_mm: float
    area_mm2: float
    fullness: float
    wall_angle_deg: float
    roughness_mm: float
    ring_mm: float
    solidity: float
    elongation: float
    unseen_rim: float
    deepest_means_mm: tuple[float, ...]


def describe_window(relief_mm: np.ndarray, window: MeasuringWindow) -> Description:
    """Return the description of the scar of `window` on one relief of the window [y x]."""
    drop = drop_below_rim(relief_mm[None], window)[0]
    smooth = suppress_noise(drop, window.known, window.smoothing)
    inside = window.region
    area = float(inside.sum()) * window.pixel_mm**2
    width = 2 * np.sqrt(area / np.pi)
    means = deepest_means(smooth[inside][None])[0]
    volume = float(drop[window.support].sum(dtype=np.float64)) * window.pixel_mm**2
    middle = float(np.median(skin_around(drop, window)))
    solidity, elongation = _outline_shape(inside)
    return Description(
        width_mm=width, area_mm2=area, fullness=volume / max(area * float(means[0]), 1e-9),
        wall_angle_deg=wall_angle_deg(drop, inside, float(means[0]), width / window.pixel_mm, window.pixel_mm),
        roughness_mm=window.roughness_mm, ring_mm=middle,
        solidity=solidity, elongation=elongation, unseen_rim=_unseen_rim(window),
        deepest_means_mm=tuple(float(m) for m in means),
    )  # fmt: skip


def wall_angle_deg(drop: np.ndarray, inside: np.ndarray, depth_mm: float, width_px: float, pixel_mm: float) -> float:
    """Return the mean slope (degrees) where the drop is a quarter to three quarters of the depth."""
    smooth = cv2.GaussianBlur(drop, (0, 0), max(_SLOPE_SMOOTHING * width_px, _SLOPE_PIXELS))
    along_y, along_x = np.gradient(smooth, pixel_mm)
    wall = inside & (smooth > 0.25 * depth_mm) & (smooth < 0.75 * depth_mm)
    if not wall.any():
        return 0.0
    return float(np.degrees(np.arctan(np.hypot(along_y, along_x)[wall].mean())))


def _outline_shape(inside: np.ndarray) -> tuple[float, float]:
    points = np.argwhere(inside).astype(np.float32)[:, ::-1]
    hull = cv2.convexHull(points)
    # The hull joins pixel middles: half a pixel all round is added back.
    hull_area = cv2.contourArea(hull) + 0.5 * cv2.arcLength(hull, closed=True) + 1
    covariance = np.cov(points.T) + np.eye(2) / 12
    low, high = np.linalg.eigvalsh(covariance)
    return float(min(1.0, len(points) / hull_area)), float(np.sqrt(high / low))


def _unseen_rim(window: MeasuringWindow) -> float:
    reach = int(np.ceil(RIM_MM / window.pixel_mm)) + 1
    region, known = np.pad(window.region, reach), np.pad(window.known, reach)
    rim = grow_region(region, RIM_MM, pixel_mm=window.pixel_mm) & ~region
    return float((rim & ~known).sum()) / max(int(rim.sum()), 1)
