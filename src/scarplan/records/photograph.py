"""Photograph: one kept photograph of a case, how it was taken, and whose marks on it are kept.

`photos/<id>.toml` holds the record, `photos/<id>.jpg` the picture; the id is `<date>_<view>`, a second one of the
same view and day gets `-2`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import Field, StringConstraints, ValidationError

from scarplan.canonical import make_plain
from scarplan.errors import BadInput
from scarplan.records.record import Record

Polarisation = Literal["none", "parallel", "cross", "unknown"]
MakeUp = Literal["yes", "no", "unknown"]
Expression = Literal["neutral", "smiling", "other", "unknown"]
#: Charts made before and after November 2014 have slightly other colours.
ChartEdition = Literal["before_2014", "after_2014"]

FOLDER = "photos"
MARKS_FOLDER = "photos/marks"

#: Kind of fault -> what is said instead of the pattern that was missed.
_SAID = {"string_pattern_mismatch": "a few words on one line are needed"}

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
    file: Annotated[str, StringConstraints(pattern=r"^photos/marks/[A-Za-z0-9_-]+\.csv$")]
    sha256: str


class Photograph(Record):
    """One kept photograph. `sha256` is that of the kept file, `received_sha256` of the file it was made from."""

    id: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d_[a-z0-9_]+(-\d+)?$")]
    view: str
    taken_on: date
    width_px: int = Field(gt=0)
    height_px: int = Field(gt=0)
    sha256: str
    received_sha256: str
    conditions: Conditions = Conditions()
    camera: Camera = Camera()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
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


def make_conditions(values: dict[str, Any]) -> Conditions:
    """Return the conditions given as values; None is left out. Raises BadInput that names what cannot be."""
    try:
        return Conditions.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        faults = [f"{fault['loc'][0]}: {_SAID.get(fault['type'], fault['msg'])}" for fault in error.errors()]
        raise BadInput(
            f"the conditions of the photograph cannot be: {'; '.join(faults)}",
            code="E-PHOTO-011",
            got="; ".join(repr(fault["input"]) for fault in error.errors()),
            do="correct them, or leave out what is not known",
        ) from None


def check_rater(name: str) -> str:
    """Return the name of a rater without spaces at its ends. Raises BadInput for one that cannot be kept."""
    try:
        return KeptMarks(rater=name, file=f"{MARKS_FOLDER}/x.csv", sha256="").rater
    except ValidationError:
        raise BadInput(
            "the name of the rater cannot be used",
            code="E-PHOTO-016",
            got=name,
            allowed="1 to 60 letters, digits, spaces, dots, hyphens or apostrophes, beginning with a letter or digit",
            do="--rater 'A. Jansen'",
        ) from None


def write_photograph(photo: Photograph) -> bytes:
    """Return the record of a photograph as TOML; what is not known is left out."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A photograph, written by `scarplan photo`."))
    for key, value in _drop_unknown(make_plain(photo)).items():
        document.add(key, value)
    return tomlkit.dumps(document).encode()


def _drop_unknown(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _drop_unknown(one) for key, one in value.items() if one is not None and one not in ([], {})}
    return [_drop_unknown(one) for one in value] if isinstance(value, list) else value
