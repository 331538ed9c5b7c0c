"""Raster images as data URIs: small indexed PNGs with the same bytes for the same input."""

from __future__ import annotations

import base64
import io

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

#: Index 0 of every palette is skin that the scan did not see.
UNSEEN_RGB = (226, 230, 233)
_LEVELS = 255


def fit_longest_side(values: Float[np.ndarray, "y x"], longest: int) -> Float[np.ndarray, "j i"]:
    """Return `values` with at most `longest` pixels along its longer side, averaged, never enlarged."""
    factor = longest / max(values.shape)
    if factor >= 1:
        return values
    shape = tuple(max(1, round(side * factor)) for side in values.shape)
    shrink = np.array(shape) / values.shape
    # Whatever is finer than the new pixels is smoothed away first, so that it does not turn into false patterns.
    calm = gaussian_filter(values, np.maximum(0.0, (1 / shrink - 1) / 2), mode="mirror")
    return zoom(calm, shrink, order=1, mode="mirror", grid_mode=True)


def encode_png(
    brightness: Float[np.ndarray, "y x"], seen: Bool[np.ndarray, "y x"], palette: UInt8[np.ndarray, "255 3"]
) -> str:
    """Return an indexed PNG as a data URI; `brightness` 0-1 picks from `palette`, unseen skin has its own colour."""
    index = 1 + np.rint(np.clip(brightness, 0, 1) * (_LEVELS - 1)).astype(np.uint8)
    index[~seen] = 0
    image = Image.fromarray(index)
    image.putpalette(bytes(UNSEEN_RGB) + palette.tobytes())
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
