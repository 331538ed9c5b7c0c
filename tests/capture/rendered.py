"""Photographs of known surfaces under known lights, written as a camera would write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from scarplan.capture import Light, encode_levels, far_light, render_light
from scarplan.surface.profiles import height

PIXEL_MM = 0.05


def ring_of_lights(count: int, *, elevation_deg: float = 45.0, strength: float = 1.0) -> tuple[Light, ...]:
    """Return lights all around, evenly spaced."""
    up = np.tan(np.radians(elevation_deg))
    angles = 2 * np.pi * np.arange(count) / count
    return tuple(far_light((float(np.cos(a)), float(np.sin(a)), float(up)), strength=strength) for a in angles)


def one_scar(kind: str, *, width_mm: float, depth_mm: float, size: int = 200, pixel_mm: float = PIXEL_MM) -> np.ndarray:
    """Return even skin with one round scar in the middle, seen through a lens that blurs by a pixel."""
    y, x = (np.mgrid[:size, :size] - (size - 1) / 2) * pixel_mm
    rho = np.hypot(x, y) / (width_mm / 2)
    sign = -1.0 if kind == "raised" else 1.0
    return cv2.GaussianBlur(-sign * depth_mm * height(kind, rho, 0.7 if kind == "boxcar" else 0.0), (0, 0), 1.0)


def photograph(
    heights: np.ndarray, lights: Sequence[Light], *, seed: int = 0, pixel_mm: float = PIXEL_MM, **options: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return linear light [light y x] and where it is full."""
    rng = np.random.default_rng(seed)
    light = np.stack([render_light(heights, one, pixel_mm=pixel_mm, rng=rng, **options) for one in lights])
    return light.astype(np.float32), light >= 0.995


def write_picture(path: Path, light: np.ndarray, *, encoding: str = "srgb", bits: int = 8, colour: bool = True) -> Path:
    """Write linear light 0-1 [y x] as a picture."""
    levels = encode_levels(light, encoding=encoding, bits=bits)
    assert cv2.imwrite(str(path), np.dstack([levels] * 3) if colour else levels)
    return path


def draw_sphere(light: np.ndarray, one: Light, *, surface: str, x: float, y: float, radius: float) -> np.ndarray:
    """Return the picture with a sphere under `one`: white and matte, or polished, drawn from its normals."""
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]]
    right, up = (columns - x) / radius, -(rows - y) / radius
    inside = right**2 + up**2 < 1
    normal = np.stack([right, up, np.sqrt(np.maximum(0, 1 - right**2 - up**2))])
    if surface == "matte":
        ball = 0.8 * np.maximum(np.tensordot(np.array(one.direction), normal, 1), 0) * one.strength
    else:
        mirrored = 2 * normal[2] * normal - np.array([0, 0, 1.0])[:, None, None]
        # A lamp 5 degrees wide, mirrored; the room is dark.
        ball = np.where(np.tensordot(np.array(one.direction), mirrored, 1) > np.cos(np.radians(2.5)), 1.0, 0.02)
    return np.where(inside, ball, light)


def angle_between(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the angle between two directions, degrees."""
    a, b = (np.array(each) / np.linalg.norm(each) for each in (one, other))
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))
