"""Photograph: one kept photograph of a case, how it was taken, and whose marks on it are kept.

`photos/<id>.toml` holds the record, `photos/<id>.jpg` the picture; the id is `<date>_<view>`, a second one of the
same view and day gets `-2`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from scarplan.records.record import Record

Polarisation = Literal["none", "parallel", "cross", "unknown"]
MakeUp = Literal["yes", "no", "unknown"]
Expression = Literal["neutral", "smiling", "other", "unknown"]
#: Charts made before and after November 2014 have slightly other colours.
ChartEdition = Literal["before_2014", "after_2014"]

FOLDER = "photos"
MARKS_FOLDER = "photos/marks"

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=r"^[^\x00-\x1f]+$")]
Rater = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\W_][\w .'-]{0,59}$")]


class Camera(Record):
    """What the camera wrote about its setting, without anything that names a person, place or device."""

    exposure_s: float | None = Field(default=None, gt=0)
    f_number: float | None = Field(default=None, gt=0)
    iso: int | None = Field(default=None, gt=0)
    focal_length_mm: float | None = Field(default=None, gt=0)
    lens_equivalent_mm: float | None = Field(default=None, gt=0)
    white_balance: Literal["auto", "manual"] | None = None
    flash: bool | None = None


class Conditions(Record):
    """How a photograph was taken, as told by who took it. None or unknown: not told."""

    light: Words | None = None
    polarisation: Polarisation = "unknown"
    distance_cm: float | None = Field(default=None, ge=5, le=500)
    lens_mm: float | None = Field(default=None, ge=5, le=500)
    make_up: MakeUp = "unknown"
    expression: Expression = "unknown"
    ruler_mm: float | None = Field(default=None, ge=1, le=500)
    days_since_session: int | None = Field(default=None, ge=0, le=36500)
    chart: ChartEdition = "after_2014"


class KeptMarks(Record):
    """Where the marks of one rater are kept."""

    rater: Rater
    file: str
    sha256: str


class Photograph(Record):
    """One kept photograph. `sha256` is that of the kept file, `received_sha256` of the file it was made from."""

    id: str
    view: str
    taken_on: date
    width_px: int = Field(gt=0)
    height_px: int = Field(gt=0)
    sha256: str
    received_sha256: str
    conditions: Conditions = Conditions()
    camera: Camera = Camera()
    notes: tuple[str, ...] = ()
    marks: tuple[KeptMarks, ...] = ()

    @property
    def picture_file(self) -> str:
        """Name of the picture inside the case."""
        return f"{FOLDER}/{self.id}.jpg"

    @property
    def record_file(self) -> str:
        """Name of this record inside the case."""
        return f"{FOLDER}/{self.id}.toml"

    @property
    def mark_page(self) -> str:
        """Name of the page for marking it inside the case."""
        return f"{FOLDER}/mark_{self.id}.html"
