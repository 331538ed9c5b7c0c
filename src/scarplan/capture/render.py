"""Render: photographs of a height map under known lights, to know what a capture makes of a known surface.

Light that a camera far above sees: matte reflection a n.l, shine by the half-way vector (Blinn), shadows that the
relief throws (marched along the light), noise of the sensor. Light thrown back by neighbouring skin, and light that
spreads inside it, are left out.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from scarplan.capture.lights import Light

# Shadows are looked for this far along the skin; no scar is deeper than a light at 30 degrees throws so far.
_LONGEST_SHADOW_MM = 4.0
_STEP_PX = 0.7
_SHINE_POWER = 40.0


def render_light(
    heights_mm: np.ndarray,
    light: Light,
    *,
    pixel_mm: float,
    albedo: np.ndarray | float = 0.5,
    shine: float = 0.0,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Return the linear light [y x] of a far `light` on the surface; `shine` and `noise` in units of full scale 1."""
    slope_y, slope_x = np.gradient(heights_mm, pixel_mm)
    # Rows run down, so a rise down the rows is a fall upwards.
    normal = np.stack([-slope_x, slope_y, np.ones(heights_mm.shape)]) / np.sqrt(1 + slope_x**2 + slope_y**2)
    direction = np.array(light.direction)
    facing = np.maximum(np.tensordot(direction, normal, axes=1), 0.0)
    halfway = direction + np.array([0.0, 0.0, 1.0])
    halfway /= np.linalg.norm(halfway)
    gloss = np.maximum(np.tensordot(halfway, normal, axes=1), 0.0) ** _SHINE_POWER * (facing > 0)
    lit = ~find_shadow(heights_mm, light, pixel_mm=pixel_mm)
    seen = light.strength * (albedo * facing + shine * gloss) * lit
    if noise > 0:
        seen = seen + noise * (rng or np.random.default_rng(0)).standard_normal(heights_mm.shape)
    return np.clip(seen, 0.0, 1.0)


def find_shadow(heights_mm: np.ndarray, light: Light, *, pixel_mm: float) -> np.ndarray:
    """Return where relief stands between the skin and a far `light` [y x]."""
    right, up, towards = light.direction
    along = float(np.hypot(right, up))
    shadow = np.zeros(heights_mm.shape, dtype=bool)
    if along < 1e-9:
        return shadow
    rise = towards / along * pixel_mm
    local = float(np.ptp(heights_mm - ndimage.uniform_filter(heights_mm, round(2 * _LONGEST_SHADOW_MM / pixel_mm))))
    farthest = min(_LONGEST_SHADOW_MM / pixel_mm, local / rise + 2)
    for distance in np.arange(_STEP_PX, farthest, _STEP_PX):
        # The skin `distance` pixels towards the light, moved here.
        offset = (up / along * distance, -right / along * distance)
        towards_light = ndimage.shift(heights_mm, offset, order=1, mode="nearest")
        shadow |= towards_light > heights_mm + distance * rise
    return shadow


def encode_levels(light: np.ndarray, *, encoding: str, bits: int) -> np.ndarray:
    """Return linear light 0-1 as levels of a picture with 8 or 16 `bits`."""
    share = np.clip(light, 0.0, 1.0)
    if encoding == "srgb":
        share = np.where(share <= 0.0031308, 12.92 * share, 1.055 * share ** (1 / 2.4) - 0.055)
    largest = 2**bits - 1
    return np.rint(share * largest).astype(np.uint8 if bits == 8 else np.uint16)
