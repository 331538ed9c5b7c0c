"""Shaded relief: the skin as it looks under raking light from the upper left."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import distance_transform_edt, gaussian_filter

# The light of raking photographs: low enough to throw the relief, high enough to keep the floors readable.
_LIGHT_AZIMUTH_DEG = 315.0
_LIGHT_ALTITUDE_DEG = 40.0
#: Relief is exaggerated for the picture so that a slope of a shallow scar still shows; never for a measure.
EXAGGERATION = 2.0
# Pores and noise finer than this would fill the picture with grain and hide the scars.
_GRAIN_MM = 0.15
# Brightens the middle tones, so that flat skin is light and shadows stay for the walls.
_GAMMA = 0.75
#: The curvature of the face is taken out of the picture: powers of a cubic surface, fitted on a thinned grid.
_POWERS = [(i, j) for i in range(4) for j in range(4 - i)]
_FIT_SIDE = 100
_SHADOW_RGB, _LIGHT_RGB = (52, 44, 42), (250, 243, 236)


def fill_unseen(relief_mm: Float[np.ndarray, "y x"], valid: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Return the heights with each unseen pixel at the height of its nearest seen one."""
    if valid.all():
        return relief_mm
    nearest = distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return relief_mm[tuple(nearest)]


def fit_form(relief_mm: Float[np.ndarray, "y x"], valid: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Return the curvature of the face under the chart: a smooth polynomial surface through the seen heights."""
    y, x = (np.linspace(-1, 1, side) for side in relief_mm.shape)
    step = max(1, max(relief_mm.shape) // _FIT_SIDE)
    thin = np.ix_(np.arange(0, len(y), step), np.arange(0, len(x), step))
    seen = valid[thin]
    basis = np.stack([np.outer(y[thin[0][:, 0]] ** j, x[thin[1][0]] ** i)[seen] for i, j in _POWERS], axis=-1)
    weights = np.linalg.lstsq(basis, relief_mm[thin][seen], rcond=None)[0]
    powers = np.stack([np.outer(y**j, x**i) for i, j in _POWERS])
    return np.tensordot(weights, powers, axes=1)


def shade_relief(relief_mm: Float[np.ndarray, "y x"], pixel_mm: float) -> Float[np.ndarray, "y x"]:
    """Return the brightness (0-1) of a matt surface lit from the upper left."""
    calm = gaussian_filter(relief_mm, _GRAIN_MM / pixel_mm, mode="nearest")
    slope_y, slope_x = np.gradient(calm * EXAGGERATION, pixel_mm)
    azimuth, altitude = np.deg2rad(_LIGHT_AZIMUTH_DEG), np.deg2rad(_LIGHT_ALTITUDE_DEG)
    # Rows run downwards, so light from the upper left points to -x and -y.
    light = np.array([np.sin(azimuth) * np.cos(altitude), -np.cos(azimuth) * np.cos(altitude), np.sin(altitude)])
    length = np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.clip((-slope_x * light[0] - slope_y * light[1] + light[2]) / length, 0, 1) ** _GAMMA


def skin_palette() -> UInt8[np.ndarray, "255 3"]:
    """Return a calm ramp from shadow to light."""
    t = np.linspace(0, 1, 255)[:, None]
    return np.rint((1 - t) * np.array(_SHADOW_RGB) + t * np.array(_LIGHT_RGB)).astype(np.uint8)
