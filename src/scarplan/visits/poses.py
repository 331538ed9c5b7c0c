"""Rigid poses as 4 x 4 matrices, in chart coordinates: columns run right, rows run down, heights point outwards (mm).

A chart's own coordinates are left-handed as seen in space, and so are those of any other chart: a pose between two
charts is a proper rotation, and mirror images never match.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from scarplan.surface.surface import Surface

Rigid = Float[np.ndarray, "4 4"]


def chart_to_space(surface: Surface) -> Rigid:
    """Return the pose of a chart in space; the identity for a plain height map."""
    pose = np.eye(4)
    if surface.frame is not None:
        frame = surface.frame
        pose[:3, :] = np.column_stack([frame.right, frame.down, frame.outward, frame.origin_mm])
    return pose


def turn_and_shift(turn_rad: float, shift_mm: tuple[float, float, float]) -> Rigid:
    """Return the pose that turns about the outward axis and then shifts."""
    pose = np.eye(4)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    pose[:2, :2] = [[cos, -sin], [sin, cos]]
    pose[:3, 3] = shift_mm
    return pose


def small_motion(turns_rad: Float[np.ndarray, " 3"], shift_mm: Float[np.ndarray, " 3"], centre_mm: np.ndarray) -> Rigid:
    """Return the pose that turns by a vector of angles about `centre_mm` and shifts."""
    angle = float(np.linalg.norm(turns_rad))
    rotation = np.eye(3)
    if angle > 0:
        x, y, z = turns_rad / angle
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        rotation = rotation + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = centre_mm - rotation @ centre_mm + shift_mm
    return pose


def invert(pose: Rigid) -> Rigid:
    """Return the pose that undoes `pose`."""
    back = np.eye(4)
    back[:3, :3] = pose[:3, :3].T
    back[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return back


def move_points(pose: Rigid, points_mm: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
    """Return the points after the motion."""
    return points_mm @ pose[:3, :3].T + pose[:3, 3]
