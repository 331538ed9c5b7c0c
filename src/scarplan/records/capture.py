"""Capture: photographs of one view under known lights, as told in `capture.toml`.

Directions and positions are (right, up, towards the camera), as the picture is looked at. A light is told by its
direction (a lamp far away, two metres or more), by its position in mm from the middle of the picture (a lamp nearby),
or by a sphere in the picture.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scarplan.records.record import Record, read_record

Encoding = Literal["srgb", "linear"]
Channel = Literal["red", "green", "blue", "mean"]
Direction = tuple[float, float, float]

FEWEST_PHOTOS = 4
#: More add nothing that can be seen, and each is held in memory.
MOST_PHOTOS = 48


class LitPhoto(Record):
    """One photograph and its light; `flat` is a photograph of a white matte sheet in the same light."""

    file: str = Field(min_length=1)
    direction: Direction | None = None
    position_mm: Direction | None = None
    strength: float | None = Field(default=None, gt=0)
    flat: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_place(self) -> LitPhoto:
        if self.direction is not None and self.position_mm is not None:
            raise ValueError("a light has a direction (far away) or a position_mm (nearby), not both")
        for place in (self.direction, self.position_mm):
            if place is not None and place[2] <= 0:
                raise ValueError("a light stands on the side of the camera: its third number is above 0")
        if self.flat is not None and self.strength is not None:
            raise ValueError("the flat photograph tells the strength of the light: leave `strength` out")
        return self


class Sphere(Record):
    """A sphere that stands in every photograph: its surface, and its outline in pixels (column, row, radius)."""

    surface: Literal["chrome", "matte"]
    x_px: float = Field(ge=0)
    y_px: float = Field(ge=0)
    radius_px: float = Field(ge=8)


class Capture(Record):
    """Four photographs or more of one view, each under another light, as in `capture.toml`."""

    pixel_mm: float = Field(gt=0)
    encoding: Encoding
    channel: Channel = "green"
    mask: str | None = Field(default=None, min_length=1)
    sphere: Sphere | None = None
    photo: Annotated[tuple[LitPhoto, ...], Field(min_length=FEWEST_PHOTOS, max_length=MOST_PHOTOS)]

    @model_validator(mode="after")
    def _every_light_is_known(self) -> Capture:
        told = [photo.direction is not None or photo.position_mm is not None for photo in self.photo]
        if self.sphere is None and not all(told):
            raise ValueError("each photo needs a direction or position_mm of its light, or the picture a [sphere]")
        if self.sphere is not None and any(told):
            raise ValueError("the sphere tells the lights: leave direction and position_mm out, or leave [sphere] out")
        flats = [photo.flat is not None for photo in self.photo]
        if any(flats) and not all(flats):
            raise ValueError("give a flat photograph for every light, or for none")
        if len({photo.file for photo in self.photo}) < len(self.photo):
            raise ValueError("each photo is a file of its own")
        return self

    def named_pictures(self) -> tuple[str, ...]:
        """Return every picture that the file names, in its order: photographs, white sheets, mask."""
        flat = (photo.flat for photo in self.photo if photo.flat)
        return (*(photo.file for photo in self.photo), *flat, *((self.mask,) if self.mask else ()))


def read_capture_file(path: Path) -> Capture:
    """Return the capture in the file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, Capture, what="capture file", template="capture")


def is_capture_file(path: Path) -> bool:
    """Whether the file at `path` is a TOML file with photographs (or meant to be one)."""
    if path.suffix.lower() != ".toml" or not path.is_file():
        return False
    try:
        data = path.read_bytes()
        return "photo" in tomllib.loads(data.decode("utf-8-sig"))
    except OSError:
        return False
    except (ValueError, RecursionError):  # the fault is told when it is read as a capture
        return b"[[photo]]" in data
