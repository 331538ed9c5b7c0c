"""Lights of a capture: where each stands as seen from every pixel, and how strongly it shines there.

Axes are those of the picture as it is looked at: right, up, towards the camera; lengths in mm from its middle. The
vector of a light points from the skin to it, and its length is the strength of its light there: a matte surface of
albedo a with normal n reflects a n.l.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of


@dataclass(frozen=True)
class Light:
    """One light, far away (`direction`, a unit vector) or nearby (`position_mm`), and its strength."""

    direction: tuple[float, float, float]
    strength: float = 1.0
    position_mm: tuple[float, float, float] | None = None

    @property
    def elevation_deg(self) -> float:
        """Height of the light above the skin."""
        return float(np.degrees(np.arcsin(np.clip(self.direction[2], -1.0, 1.0))))


def far_light(direction: tuple[float, float, float], *, strength: float = 1.0) -> Light:
    """Return a light far away in this `direction` (of any length)."""
    unit = np.array(direction, float) / np.linalg.norm(direction)
    return Light((float(unit[0]), float(unit[1]), float(unit[2])), strength)


def near_light(position_mm: tuple[float, float, float], *, strength: float = 1.0) -> Light:
    """Return a small lamp at `position_mm`; `strength` is that of its light in the middle of the picture."""
    return replace(far_light(position_mm, strength=strength), position_mm=position_mm)


def light_vectors(light: Light, *, rows: slice, shape: tuple[int, int], pixel_mm: float) -> np.ndarray:
    """Return the vectors of `light` [3 n] for the pixels of some `rows`, or [3 1] where it is the same everywhere."""
    if light.position_mm is None:
        return light.strength * np.array(light.direction)[:, None]
    row, column = np.mgrid[rows.start : rows.stop, : shape[1]]
    right = (column.ravel() - (shape[1] - 1) / 2) * pixel_mm
    up = ((shape[0] - 1) / 2 - row.ravel()) * pixel_mm
    away = np.array(light.position_mm)[:, None] - np.stack([right, up, np.zeros(right.size)])
    distance = np.linalg.norm(away, axis=0)
    # A small lamp: its light falls with the square of the distance.
    return light.strength * away / distance * (np.linalg.norm(light.position_mm) / distance) ** 2


def check_lights(lights: tuple[Light, ...]) -> None:
    """Raise BadInput unless the lights come from sides different enough to tell every slope."""
    directions = np.array([light.direction for light in lights])
    spread = float(np.linalg.svd(directions, compute_uv=False)[2] / np.sqrt(len(lights)))
    least = value_of("capture.light_spread_least")
    if spread < least:
        raise BadInput(
            "the lights stand too much on one side, in one line or too close together to tell every slope",
            code="E-CAPTURE-003",
            got=f"spread {spread:.3f}",
            allowed=f"at least {least:g}: the smallest singular value of the directions over the root of their number",
            do="place the lamps all around, 30 to 60 degrees high, and check the numbers (right, up, towards camera)",
        )
    lowest = value_of("capture.light_elevation_least_deg")
    for number, light in enumerate(lights, start=1):
        if light.elevation_deg < lowest:
            raise BadInput(
                f"light {number} only grazes the skin",
                code="E-CAPTURE-004",
                got=f"{light.elevation_deg:.0f} degrees high",
                allowed=f"at least {lowest:g} degrees",
                do="raise the lamp, or check the numbers (right, up, towards camera)",
            )
