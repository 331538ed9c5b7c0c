"""Turns in space as matrices."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def turn_upright(normal: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "3 3"]:
    """Return the shortest turn that brings `normal` (a unit vector, not straight down) to +z."""
    x, y, z = normal
    # Rodrigues' formula for the axis normal x z.
    cross = np.array([[0.0, 0.0, -x], [0.0, 0.0, -y], [x, y, 0.0]])
    return np.eye(3) + cross + cross @ cross / (1.0 + z)


def turn_flat(angle: float) -> Float[np.ndarray, "3 3"]:
    """Return the turn by `angle` (rad) within the plane, from x towards y."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def turn_by(vector: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "3 3"]:
    """Return the turn about `vector` by its length (rad)."""
    angle = float(np.linalg.norm(vector))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
