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


def small_levelling(
    turns_rad: Float[np.ndarray, " 3"], shift_mm: Float[np.ndarray, " 3"], centre_mm: np.ndarray
) -> Rigid:
    """Return the motion that adds a plane instead of tilting, as levelling by software does; turns in the plane."""
    pose = small_motion(np.array([0.0, 0.0, turns_rad[2]]), shift_mm, centre_mm)
    pose[2, :2] = -turns_rad[1], turns_rad[0]
    pose[2, 3] += turns_rad[1] * centre_mm[0] - turns_rad[0] * centre_mm[1]
    return pose


def without_tilt(pose: Rigid) -> Rigid:
    """Return the turn in the plane that comes nearest to `pose`, moving the origin like it."""
    turn = float(np.arctan2(pose[1, 0] - pose[0, 1], pose[0, 0] + pose[1, 1]))
    x, y, z = (float(part) for part in pose[:3, 3])
    return turn_and_shift(turn, (x, y, z))


def tilt_rad(pose: Rigid) -> float:
    """Return the angle between the outward axes before and after a rigid pose."""
    return float(np.arccos(np.clip(pose[2, 2], -1.0, 1.0)))


def invert(pose: Rigid) -> Rigid:
    """Return the pose that undoes `pose`."""
    return np.linalg.inv(pose)
