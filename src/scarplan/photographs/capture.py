"""What the camera wrote about a photograph and names nobody: exposure, lens, white balance, flash, and the day."""

from __future__ import annotations

import datetime
import math
from typing import Any, Literal

from scarplan.records.photograph import Camera

# Tags of EXIF 2.3.
_EXIF_FOLDER = 0x8769
_EXPOSURE, _F_NUMBER, _ISO, _FOCAL, _FOCAL_35MM = 0x829A, 0x829D, 0x8827, 0x920A, 0xA405
_WHITE_BALANCE, _FLASH, _TAKEN, _COLOUR_SPACE = 0xA403, 0x9209, 0x9003, 0xA001
_UNCALIBRATED = 65535
_WHITE_BALANCES: dict[int | None, Literal["auto", "manual"]] = {0: "auto", 1: "manual"}
#: Beyond these a value is a writing fault of the camera, not a setting.
_POSSIBLE = {
    _EXPOSURE: (1e-6, 3600.0),
    _F_NUMBER: (0.3, 128.0),
    _ISO: (1.0, 10_000_000.0),
    _FOCAL: (0.5, 3000.0),
    _FOCAL_35MM: (1.0, 3000.0),
}


def read_camera(exif: Any) -> tuple[Camera, datetime.date | None, bool]:
    """Return the setting of the camera, the day it wrote, and whether it left the colour space open.

    `exif` is Pillow's. Nothing else of it is ever kept: no place, no serial number, no name, no thumbnail.
    """
    try:
        tags = dict(exif.get_ifd(_EXIF_FOLDER))
    except Exception:  # a damaged block may provoke anything; then the camera has told nothing
        tags = {}
    iso = _number(tags, _ISO)
    camera = Camera(
        exposure_s=_number(tags, _EXPOSURE),
        f_number=_number(tags, _F_NUMBER),
        iso=None if iso is None else round(iso),
        focal_length_mm=_number(tags, _FOCAL),
        lens_equivalent_mm=_number(tags, _FOCAL_35MM),
        white_balance=_WHITE_BALANCES.get(_whole(tags, _WHITE_BALANCE)),
        flash=None if (flash := _whole(tags, _FLASH)) is None else bool(flash & 1),
    )
    return camera, _day(tags.get(_TAKEN)), _whole(tags, _COLOUR_SPACE) == _UNCALIBRATED


def _number(tags: dict[int, Any], tag: int) -> float | None:
    value: Any = tags.get(tag)
    if isinstance(value, tuple | list):  # some cameras write two sensitivities
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    low, high = _POSSIBLE[tag]
    return round(number, 6) if math.isfinite(number) and low <= number <= high else None


def _whole(tags: dict[int, Any], tag: int) -> int | None:
    value = tags.get(tag)
    return value if isinstance(value, int) else None


def _day(value: Any) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(str(value)[:10], "%Y:%m:%d").date()
    except ValueError:
        return None


def exposure_value(camera: Camera) -> float | None:
    """Return the light that the camera was set for, stops at ISO 100; None where a part was not written."""
    if camera.exposure_s is None or camera.f_number is None or camera.iso is None:
        return None
    return math.log2(camera.f_number**2 / camera.exposure_s) - math.log2(camera.iso / 100)
