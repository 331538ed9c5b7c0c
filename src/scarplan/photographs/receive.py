"""Receive a photograph: check the file, keep its pixels, and nothing else of it.

The picture is decoded, turned upright, brought to sRGB and written anew as JPEG. Only pixels survive: no EXIF (place,
serial number, name, thumbnail), no XMP, IPTC or comment, no second picture behind the first, no bytes after the end.
The colour profile goes too: profiles carry names of people and devices. The colours are converted to sRGB first,
which is what every browser takes a picture without profile for.
"""

from __future__ import annotations

import datetime
import io
import re
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.canonical import hash_bytes
from scarplan.errors import BadInput
from scarplan.photographs.capture import read_camera
from scarplan.records.photograph import Camera

_MOST_BYTES = 300_000_000
_MOST_PIXELS = 120_000_000
_SHORTEST_SIDE_PX = 200
#: Pillow opens as JPEG also the MPO of phones that put a second picture behind the first; only the first is read.
_FORMATS = ("JPEG", "PNG", "TIFF")
_QUALITY = 95
_ALLOWED = "one colour or grey photograph as JPEG, PNG or TIFF, 200 pixels a side or more, at most 120 million pixels"
_ORIENTATION = 0x0112
_DEEP_GREY = ("I;16", "I;16B", "I;16L", "I;16N")


@dataclass(frozen=True)
class ReceivedPhotograph:
    """A photograph without hidden data: `jpeg` is what is kept. `taken_on` is the day the camera wrote."""

    jpeg: bytes
    width_px: int
    height_px: int
    received_sha256: str
    camera: Camera
    taken_on: datetime.date | None
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def receive_photograph(path: Path) -> ReceivedPhotograph:
    """Return the photograph in the file at `path`, stripped. Raises BadInput in words for any other file."""
    data = _read_bytes(path)
    _refuse_known_others(path, data)
    try:
        with warnings.catch_warnings():
            # The size is checked here, and damaged metadata does not matter: it is not kept.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            return _strip(path, data)
    except BadInput:
        raise
    except Exception as error:  # decoders raise whatever a damaged file provokes; to the user it is one fault
        raise BadInput(
            f"the photograph {path.name} is damaged or cut short",
            code="E-PHOTO-003",
            got=_say_damage(error),
            allowed=_ALLOWED,
            do="copy it again from the camera",
        ) from None


def _say_damage(error: Exception) -> str:
    """Return what a decoder found, the same each time: some name where in memory they looked."""
    return re.sub(r" *<.* object at 0x[0-9a-f]+>", "", f"{type(error).__name__}: {error}")


def read_picture(path: Path) -> np.ndarray:
    """Return a kept photograph as RGB bytes [y x 3]."""
    from PIL import Image

    with Image.open(path, formats=("JPEG",)) as image:
        return np.array(image.convert("RGB"))


def _read_bytes(path: Path) -> bytes:
    hint = "give the file of one photograph"
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for, a device read without end
            raise BadInput(f"the photograph {path} is not a file", code="E-PHOTO-001", do=hint)
        if not 0 < about.st_size <= _MOST_BYTES:
            raise BadInput(
                f"the photograph {path.name} is empty or too large",
                code="E-PHOTO-002",
                got=f"{about.st_size} bytes",
                allowed=f"1 to {_MOST_BYTES} bytes",
                do="copy it again from the camera",
            )
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"the photograph {path} does not exist", code="E-PHOTO-001", do=hint) from None
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise BadInput(f"the photograph {path} cannot be read: {error}", code="E-PHOTO-001", do=hint) from None


def _refuse_known_others(path: Path, data: bytes) -> None:
    """Name the formats that cameras and programs often give and that are not taken."""
    if data[4:8] == b"ftyp":
        found, do = "HEIC, AVIF or a film", "set the phone to 'most compatible', or export the picture as JPEG"
    elif data[:4] == b"%PDF" or data[128:132] == b"DICM":
        found, do = "PDF or DICOM", "export the picture as JPEG"
    elif (data[:4] == b"RIFF" and data[8:12] == b"WEBP") or data[:4] == b"GIF8":
        found, do = "WebP or GIF, which are not made by a camera", "give the camera's own JPEG"
    elif data[:3] != b"\xff\xd8\xff" and data[:8] != b"\x89PNG\r\n\x1a\n" and data[:4] not in (b"II*\0", b"MM\0*"):
        found, do = "something else", "give the camera's JPEG, or export the picture as JPEG, PNG or TIFF"
    else:
        return
    raise BadInput(
        f"{path.name} is no photograph of a known format", code="E-PHOTO-004", got=found, allowed=_ALLOWED, do=do
    )


def _strip(path: Path, data: bytes) -> ReceivedPhotograph:
    from PIL import Image, ImageFile, ImageOps  # loaded only when a picture is read: starting stays fast

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # printing a PDF turns it on for the whole process
    try:
        opened = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:  # Pillow's own limit lies above ours
        raise _bad_size(path, got="far more pixels than are allowed") from None
    with opened as image:
        if min(image.size) < _SHORTEST_SIDE_PX or image.width * image.height > _MOST_PIXELS:
            raise _bad_size(path, got=f"{image.width} x {image.height} pixels")
        _check_mode(path, image)
        camera, taken_on, is_open = read_camera(image.getexif())
        notes = ["turned upright"] if image.getexif().get(_ORIENTATION, 1) not in (0, 1) else []
        profile = image.info.get("icc_profile")
        image.load()
        upright = ImageOps.exif_transpose(image)
    colours, note, doubt = _to_srgb(_flatten(upright), profile, is_open=is_open)
    pixels = np.asarray(colours)  # through an array, so that nothing but pixels goes on
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    return ReceivedPhotograph(
        jpeg=stream.getvalue(),
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
        received_sha256=hash_bytes(data),
        camera=camera,
        taken_on=taken_on,
        notes=(*notes, *note),
        doubts=doubt,
    )


def _bad_size(path: Path, *, got: str) -> BadInput:
    return BadInput(
        f"the photograph {path.name} is too small or too large",
        code="E-PHOTO-005",
        got=got,
        allowed=_ALLOWED,
        do="give the photograph as the camera made it",
    )


def _check_mode(path: Path, image: Any) -> None:
    pages = getattr(image, "n_frames", 1)
    several = pages > 1 and image.format != "MPO"
    if several or image.mode in ("1", "CMYK", "LAB", "HSV", "F"):
        raise BadInput(
            f"{path.name} is not one photograph in colour or grey",
            code="E-PHOTO-006",
            got=f"{pages} pictures" if several else f"colour mode {image.mode}",
            allowed=_ALLOWED,
            do="export the one picture as JPEG in RGB",
        )


def _flatten(image: Any) -> Any:
    """Return the image as RGB or grey of bytes, on white where it was transparent."""
    from PIL import Image

    if image.mode in _DEEP_GREY or image.mode == "I":
        return Image.fromarray((np.asarray(image).astype(np.uint32).clip(0, 65535) >> 8).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


def _to_srgb(image: Any, profile: bytes | None, *, is_open: bool) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Return the image in sRGB, what was done about its colours, and what is doubtful about them."""
    from PIL import ImageCms

    if not profile:
        return image.convert("RGB"), (), ("the camera did not state its colours: taken as sRGB",) if is_open else ()
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, given, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB"
        )
        is_srgb = "sRGB" in ImageCms.getProfileDescription(given)
        return converted, () if is_srgb else ("colours converted to sRGB from the profile of the file",), ()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB"), (), ("the colour profile of the file cannot be used: taken as sRGB",)
