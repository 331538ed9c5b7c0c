"""Colour textures of a mesh, for showing it: JPEG, PNG or TIFF as RGB."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from scarplan.errors import BadInput

_MOST_TEXELS = 270_000_000  # 16384 x 16384


def read_texture(path: Path, *, flip: bool = False) -> np.ndarray:
    """Return the colours [row column 3] of the image at `path`, bytes; `flip` turns it upside down. Raises BadInput."""
    from PIL import Image, ImageFile  # loaded only when an image is read: starting stays fast

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # printing a PDF turns it on for the whole process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked here instead
            if path.exists() and not path.is_file():
                raise OSError("it is no plain file")  # a pipe would be waited for
            with Image.open(path) as image:
                if image.width * image.height > _MOST_TEXELS:
                    raise _bad(path, "is too large", got=f"{image.width} x {image.height}")
                colours = np.asarray(image.convert("RGB"))
    except BadInput:
        raise
    except FileNotFoundError:
        raise BadInput(f"the texture {path} does not exist", code="E-SURF-043", do="check --texture") from None
    except Exception as error:  # decoders raise whatever a damaged file provokes; to the user it is one fault
        raise _bad(path, "cannot be read", got=f"{type(error).__name__}: {error}") from None
    return np.ascontiguousarray(colours[::-1]) if flip else colours


def _bad(path: Path, what: str, *, got: str) -> BadInput:
    return BadInput(
        f"the texture {path.name} {what}",
        code="E-SURF-044",
        got=got,
        allowed="a colour image, JPEG, PNG or TIFF, at most 16384 x 16384",
        do="give the colour texture of the mesh, or leave --texture out",
    )
