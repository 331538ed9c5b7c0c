"""Displacement images of a mesh: one grey level per texel (JPEG, PNG, TIFF)."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from scarplan.errors import BadInput

_MOST_TEXELS = 270_000_000  # 16384 x 16384
_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
# Grey pictures saved as colour differ by rounding in their channels.
_LARGEST_TINT = 4


def read_displacement(path: Path) -> np.ndarray:
    """Return the grey levels [row column] of the image at `path`, first row on top. Raises BadInput."""
    if path.suffix.lower() not in _SUFFIXES:
        raise _bad(path, "has an ending that is not an image", got=path.suffix or "no ending")
    try:
        if path.exists() and not path.is_file():
            raise OSError("it is no plain file")  # a pipe would be waited for
        grey = _read_with_pillow(path)
    except BadInput:
        raise
    except FileNotFoundError:
        raise BadInput(
            f"the displacement image {path} does not exist", code="E-SURF-040", do="check --displacement"
        ) from None
    except Exception as error:  # decoders raise whatever a damaged file provokes; to the user it is one fault
        raise _bad(path, "cannot be read", got=f"{type(error).__name__}: {error}") from None
    if np.ptp(grey) == 0:
        raise _bad(path, "has one grey level everywhere", got=f"grey level {grey.flat[0]}")
    return grey


def _read_with_pillow(path: Path) -> np.ndarray:
    from PIL import Image, ImageFile  # loaded only when an image is read: starting stays fast

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # printing a PDF turns it on for the whole process
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked here instead
        with Image.open(path) as image:
            if image.width * image.height > _MOST_TEXELS:
                raise _bad(path, "is too large", got=f"{image.width} x {image.height}")
            if image.mode in ("1", "P", "PA", "CMYK", "HSV", "LAB"):
                raise _bad(path, "is no grey image", got=f"mode {image.mode}")
            texels = np.asarray(image)
    if texels.ndim == 3:
        colour = texels[..., : min(3, texels.shape[2])] if texels.shape[2] != 2 else texels[..., :1]
        if np.ptp(colour.astype(np.int32), axis=2).max() > _LARGEST_TINT:
            raise _bad(path, "is a colour picture, not a displacement", got=f"{texels.shape[2]} different channels")
        texels = colour[..., 0]
    if texels.ndim != 2 or min(texels.shape) < 2 or texels.dtype.kind not in "iuf":
        raise _bad(path, "is no grey image", got=f"{texels.shape} of {texels.dtype}")
    if texels.dtype.kind == "f" and not np.isfinite(texels).all():
        raise _bad(path, "has texels without a value", got="NaN or infinity")
    return texels


def _bad(path: Path, what: str, *, got: str) -> BadInput:
    return BadInput(
        f"the displacement image {path.name} {what}",
        code="E-SURF-041",
        got=got,
        allowed="a grey image, JPEG, PNG or TIFF, at most 16384 x 16384",
        do="give the displacement (or height) texture of the mesh, not its colour or normal texture",
    )
