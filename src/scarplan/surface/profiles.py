"""Profiles of phantom scars with closed-form measures.

A scar is an ellipse with semi-axes a, b and depth d. At rho, the distance from its centre in semi-axes (1 at the rim),
the skin lies d f(rho) below the rim:

    icepick  f = 1 - rho                                  a cone; volume a b d pi/3
    boxcar   f = 1 up to rho = s, then a cosine down to 0 floor and wall; a b d pi [(1 + s^2)/2 - 2 (1 - s)^2 / pi^2]
    rolling  f = (1 - rho^2)^2                            a dish without an edge; a b d pi/3
    raised   f = 1 - rho^2                                a dome (d negative: upwards); a b d pi/2

Each volume is a b d times the integral of 2 pi rho f(rho) from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

PhantomKind = Literal["icepick", "boxcar", "rolling", "raised"]

# What `scars` measures: the region deeper than 10 % of the depth, the mean of its deepest 1 % (at least 3 pixels).
_REGION_ABOVE = 0.1
_DEEPEST_SHARE = 0.01
_FEWEST_DEEPEST_PIXELS = 3


@dataclass(frozen=True)
class PhantomScar:
    """One known scar; a raised one has negative depth and volume.

    x_mm, y_mm          centre (column * pixel, row * pixel)
    semi_axes_mm        half lengths of the outline at the rim
    angle_rad           of the first semi-axis from the columns' direction
    apex_mm             depth of the deepest point below the rim
    floor               flat share of a boxcar's semi-axes (0 for the other kinds)
    pixel_mm            grid of the phantom; the measures below count in pixels as `scars` does
    """

    kind: PhantomKind
    x_mm: float
    y_mm: float
    semi_axes_mm: tuple[float, float]
    angle_rad: float
    apex_mm: float
    floor: float
    pixel_mm: float

    @property
    def volume_mm3(self) -> float:
        """Volume below the rim, closed form."""
        a, b = self.semi_axes_mm
        return a * b * self.apex_mm * volume_factor(self.kind, self.floor)

    @property
    def area_mm2(self) -> float:
        """Area of the region deeper than 10 % of the depth."""
        a, b = self.semi_axes_mm
        return float(np.pi * a * b * region_radius(self.kind, self.floor) ** 2)

    @property
    def width_mm(self) -> float:
        """Diameter of the circle of that area."""
        return 2.0 * float(np.sqrt(self.area_mm2 / np.pi))

    @property
    def depth_mm(self) -> float:
        """Mean depth of the deepest 1 %, at least 3 pixels, of that region."""
        share = max(_DEEPEST_SHARE, min(1.0, _FEWEST_DEEPEST_PIXELS * self.pixel_mm**2 / self.area_mm2))
        radius = region_radius(self.kind, self.floor) * np.sqrt(share)
        return self.apex_mm * mean_height(self.kind, float(radius), self.floor)

    def distance(self, x_mm: np.ndarray, y_mm: np.ndarray) -> np.ndarray:
        """Return rho at (x, y): 0 at the centre, 1 at the rim."""
        across, down = x_mm - self.x_mm, y_mm - self.y_mm
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        a, b = self.semi_axes_mm
        return np.hypot((cos * across + sin * down) / a, (cos * down - sin * across) / b)

    def depth_at(self, x_mm: np.ndarray, y_mm: np.ndarray) -> np.ndarray:
        """Return how far the skin at (x, y) lies below the rim, mm."""
        return self.apex_mm * height(self.kind, self.distance(x_mm, y_mm), self.floor)


def height(kind: PhantomKind, rho: np.ndarray, floor: float = 0.0) -> np.ndarray:
    """Return f(rho) of a scar of this kind; 0 beyond the rim."""
    rho = np.clip(rho, 0.0, 1.0)
    if kind == "icepick":
        return 1 - rho
    if kind == "rolling":
        return (1 - rho**2) ** 2
    if kind == "raised":
        return 1 - rho**2
    return 0.5 * (1 + np.cos(np.pi * np.clip((rho - floor) / (1 - floor), 0.0, 1.0)))


def volume_factor(kind: PhantomKind, floor: float = 0.0) -> float:
    """Return the volume of a scar with semi-axes 1 and depth 1."""
    if kind == "boxcar":
        return float(np.pi * ((1 + floor**2) / 2 - 2 * (1 - floor) ** 2 / np.pi**2))
    return {"icepick": np.pi / 3, "rolling": np.pi / 3, "raised": np.pi / 2}[kind]


def region_radius(kind: PhantomKind, floor: float = 0.0) -> float:
    """Return rho where f = 0.1: the edge of the region that counts as the scar."""
    if kind == "icepick":
        return 1 - _REGION_ABOVE
    if kind == "rolling":
        return float(np.sqrt(1 - np.sqrt(_REGION_ABOVE)))
    if kind == "raised":
        return float(np.sqrt(1 - _REGION_ABOVE))
    return float(floor + (1 - floor) * np.arccos(2 * _REGION_ABOVE - 1) / np.pi)


def mean_height(kind: PhantomKind, radius: float, floor: float = 0.0) -> float:
    """Return the mean of f within `radius` (in semi-axes) of the centre."""
    if kind == "icepick":
        return 1 - 2 * radius / 3
    if kind == "rolling":
        return (1 - (1 - radius**2) ** 3) / (3 * radius**2)
    if kind == "raised":
        return 1 - radius**2 / 2
    if radius <= floor:
        return 1.0
    # The wall from `floor` to `radius`: the integral of rho (1 + cos(pi t)) with t = (rho - floor) / wall.
    wall = 1 - floor
    angle = np.pi * (radius - floor) / wall
    ring = (radius**2 - floor**2) / 2
    bent = wall / np.pi * radius * np.sin(angle) + (wall / np.pi) ** 2 * (np.cos(angle) - 1)
    return float((floor**2 + ring + bent) / radius**2)
