"""Relief of scans for raters who shall not know whose they are: one light, one scale, one frame, nothing written on."""

from __future__ import annotations

import base64

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import map_coordinates

from scarplan.report.pictures.raster import encode_png
from scarplan.report.pictures.shading import fill_unseen, fit_form, shade_relief, skin_palette


def draw_blind_relief(
    relief_mm: Float[np.ndarray, "y x"],
    valid: Bool[np.ndarray, "y x"],
    pixel_mm: float,
    *,
    mirrored: bool,
    frame_mm: tuple[float, float],
    step_mm: float,
) -> bytes:
    """Return a PNG of `frame_mm` (height, width) at `step_mm` a pixel with the chart in its middle, without its form.

    The skin is mirrored before it is lit, so that the light comes from the same side in every picture.
    """
    if mirrored:
        relief_mm, valid = relief_mm[:, ::-1], valid[:, ::-1]
    level = fill_unseen(np.where(valid, relief_mm - fit_form(relief_mm, valid), 0.0), valid)
    rows, columns = (round(side / step_mm) for side in frame_mm)
    y = _centred(rows, step_mm, level.shape[0], pixel_mm)
    x = _centred(columns, step_mm, level.shape[1], pixel_mm)
    inside = np.outer((y >= 0) & (y <= level.shape[0] - 1), (x >= 0) & (x <= level.shape[1] - 1))
    nearest = np.ix_(*(np.clip(np.rint(c), 0, n - 1).astype(int) for c, n in zip((y, x), level.shape, strict=True)))
    places = np.meshgrid(y, x, indexing="ij")
    bright = map_coordinates(shade_relief(level, pixel_mm), places, order=1, mode="nearest")
    uri = encode_png(bright, valid[nearest] & inside, skin_palette())
    return base64.b64decode(uri.partition(",")[2])


def _centred(count: int, step_mm: float, samples: int, pixel_mm: float) -> np.ndarray:
    return ((np.arange(count) - (count - 1) / 2) * step_mm) / pixel_mm + (samples - 1) / 2
