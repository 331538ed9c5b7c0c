"""Pictures of a capture: from the pixels of a file to linear light; nothing else of the file is kept."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from scarplan.errors import BadInput
from scarplan.records.capture import Channel, Encoding

_MOST_BYTES = 600_000_000
_MOST_PIXELS = 64_000_000
_SHORTEST_SIDE_PX = 64
_ALLOWED = "JPEG, PNG or TIFF, 8 or 16 bit, grey or RGB, 64 pixels a side or more, at most 64 million pixels"
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*")
#: The last half percent of the scale counts as full: JPEG rounds a full pixel down a little.
_FULL = 0.995
#: Blue, green, red, as the decoder delivers them.
_CHANNELS = {"blue": 0, "green": 1, "red": 2}


@dataclass(frozen=True)
class LinearPicture:
    """Linear light 0-1 [y x] of one channel, and where any channel of the pixel had run out of room [y x]."""

    light: np.ndarray
    is_full: np.ndarray


def read_linear(path: Path, *, encoding: Encoding, channel: Channel) -> LinearPicture:
    """Return the picture in the file at `path` as linear light, turned upright. Raises BadInput in words."""
    levels = _decode(path)
    largest = 65535.0 if levels.dtype == np.uint16 else 255.0
    is_full = levels.reshape(*levels.shape[:2], -1).max(axis=-1) >= _FULL * largest
    if levels.ndim == 2:
        picked = levels[..., None]
    elif channel == "mean":
        picked = levels
    else:
        picked = levels[..., _CHANNELS[channel], None]
    share = picked.astype(np.float32) / np.float32(largest)
    if encoding == "srgb":
        share = _to_linear(share)
    return LinearPicture(share.mean(axis=-1), is_full)


def read_mask(path: Path) -> np.ndarray:
    """Return where the picture in the file at `path` is light: True [y x]. Raises BadInput."""
    levels = _decode(path)
    largest = 65535 if levels.dtype == np.uint16 else 255
    return levels.reshape(*levels.shape[:2], -1).max(axis=-1) > largest / 2


def _to_linear(share: np.ndarray) -> np.ndarray:
    # IEC 61966-2-1.
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _decode(path: Path) -> np.ndarray:
    """Return the levels [y x] or [y x 3] of the file at `path`."""
    data = _read_bytes(path)
    if not data.startswith(_MAGIC):
        raise _bad(path, "is no picture of a known format", got=f"first bytes {data[:4]!r}")
    turn = _read_header(path)
    try:
        levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        levels = None
    if levels is None:
        raise _bad(path, "is damaged or cut short", got="no pixels")
    if levels.dtype not in (np.uint8, np.uint16):
        raise _bad(path, "does not hold 8 or 16 bit", got=str(levels.dtype))
    if levels.ndim == 3 and levels.shape[2] == 4:
        levels = levels[..., :3]  # how opaque a pixel is says nothing of its light
    if levels.ndim == 3 and levels.shape[2] != 3:
        raise _bad(path, "is neither grey nor RGB", got=f"{levels.shape[2]} values per pixel")
    return turn_upright(levels, turn)


def turn_upright(levels: np.ndarray, orientation: int) -> np.ndarray:
    """Return a picture as it is to be looked at, by the `orientation` that the camera wrote (1-8, EXIF)."""
    if orientation in (5, 6, 7, 8):
        levels = np.swapaxes(levels, 0, 1)
    if orientation in (2, 3, 6, 7):
        levels = levels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        levels = levels[::-1]
    return np.ascontiguousarray(levels)


def _read_header(path: Path) -> int:
    """Return the orientation that the camera wrote; the size is checked before any pixel is decoded."""
    from PIL import Image  # loaded only when a picture is read: starting stays fast

    try:
        with Image.open(path, formats=("JPEG", "PNG", "TIFF")) as image:
            width, height = image.size
            orientation = int(image.getexif().get(0x0112, 1) or 1)
    except Exception as error:  # decoders raise whatever a damaged file provokes; to the user it is one fault
        raise _bad(path, "is damaged or cut short", got=type(error).__name__) from None
    if min(width, height) < _SHORTEST_SIDE_PX or width * height > _MOST_PIXELS:
        raise _bad(path, "is too small or too large", got=f"{width} x {height} pixels")
    return orientation


def _read_bytes(path: Path) -> bytes:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for, a device read without end
            raise _bad(path, "is not a file", got="a folder or a device")
        if not 0 < about.st_size <= _MOST_BYTES:
            raise _bad(path, "is empty or too large", got=f"{about.st_size} bytes")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(
            f"the picture {path} does not exist",
            code="E-CAPTURE-001",
            do="names in the capture file are looked for beside it",
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise _bad(path, "cannot be read", got=str(error)) from None


def _bad(path: Path, what: str, *, got: str) -> BadInput:
    return BadInput(
        f"the picture {path.name} {what}",
        code="E-CAPTURE-002",
        got=got,
        allowed=_ALLOWED,
        do="export it again from the camera's software",
    )
