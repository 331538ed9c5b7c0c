"""Assessment: what a clinician saw and counted, as in `assessment.toml`; no scanner is needed.

What is not given is unknown (None), never zero and never "no". A count is a whole number, or the class in which it
lies. The record checks each answer alone; whether answers fit one another is judged by the room `examination`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field, StrictInt

from scarplan.records.patient import Day, Words, YesNo
from scarplan.records.record import Record, make_record
from scarplan.records.toml_file import read_toml

ZoneName: TypeAlias = Literal[
    "forehead", "temple", "periorbital", "nasal_bridge", "nose_tip", "cheek", "malar", "upper_lip", "chin", "jawline",
    "neck", "trunk",
]  # fmt: skip
Side: TypeAlias = Literal["left", "right"]
Kind: TypeAlias = Literal["icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised", "other"]
CountClass: TypeAlias = Literal["1-4", "5-10", "11-20", "over 20"]
RowClass: TypeAlias = Literal["1-4", "5-10", "1-10", "11-20", "over 20"]
AreaClass: TypeAlias = Literal["none", "under 5 cm2", "5-20 cm2", "over 20 cm2"]
FlatMarks: TypeAlias = Literal["none", "some", "only"]
Stretch: TypeAlias = Literal["flattens", "partly", "does_not_flatten"]

ZONE_NAMES: tuple[ZoneName, ...] = get_args(ZoneName)
KINDS: tuple[Kind, ...] = get_args(Kind)
COUNT_CLASSES: tuple[CountClass, ...] = get_args(CountClass)

#: More scars of one kind in one zone than anybody counts: a slip of the pen.
MOST_COUNTED = 500
#: Older than any scar of a living person.
_OLDEST_MONTHS = 1440
_NONE_WORDS = frozenset({"none", "no", "nil", "zero"})
_UNKNOWN_WORDS = frozenset({"unknown", "not known", "?", ""})
_RANGE = re.compile(r"(\d+)\s*(?:-|–|—|\bto\b)\s*(\d+)")
_OVER = re.compile(r"(?:>|\bover\b|\babove\b|\bmore than\b)\s*20|(?:21\s*(?:\+|or more))|(?:>=|≥)\s*21")
_COUNT_HELP = 'write a whole number, "none", "1-4", "5-10", "11-20", "over 20" or "unknown"'
_AREA_HELP = 'write "none", "under 5 cm2", "5-20 cm2", "over 20 cm2" or "unknown"'


def _unknown_as_none(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().casefold() in _UNKNOWN_WORDS else value


def _read_word(value: Any) -> Any:
    """Read a word as people write it: capitals, blanks and hyphens do not matter."""
    value = _unknown_as_none(value)
    return re.sub(r"[\s-]+", "_", value.strip().casefold()) if isinstance(value, str) else value


def _read_count(value: Any) -> Any:
    return _read_class(value, COUNT_CLASSES)


def _read_row_count(value: Any) -> Any:
    return _read_class(value, get_args(RowClass))


def _read_class(value: Any, classes: Sequence[str]) -> int | str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"is no count; {_COUNT_HELP}")
    if isinstance(value, int):
        return _check_whole(value)
    words = " ".join(value.casefold().split())
    if words in _UNKNOWN_WORDS:
        return None
    if words in _NONE_WORDS:
        return 0
    if re.fullmatch(r"\d{1,6}", words):
        return _check_whole(int(words))
    if _OVER.fullmatch(words):
        return "over 20"
    if (found := _RANGE.fullmatch(words)) and (written := f"{found[1]}-{found[2]}") in classes:
        return written
    raise ValueError(f"is no count class; {_COUNT_HELP}")


def _check_whole(count: int) -> int:
    if not 0 <= count <= MOST_COUNTED:
        raise ValueError(f"is no count from 0 to {MOST_COUNTED}")
    return count


def _read_area(value: Any) -> Any:
    value = _unknown_as_none(value)
    if value is None:
        return None
    if isinstance(value, str):
        words = " ".join(value.casefold().replace("cm²", "cm2").replace("cm2", "").split())
        if words in _NONE_WORDS:
            return "none"
        for name, pattern in (
            ("under 5 cm2", r"(?:<|under|below|less than)\s*5"),
            ("5-20 cm2", r"5\s*(?:-|–|—|to)\s*20"),
            ("over 20 cm2", r"(?:>|over|above|more than)\s*20"),
        ):
            if re.fullmatch(pattern, words):
                return name
    raise ValueError(f"is no class of area; {_AREA_HELP}")


Unknown: TypeAlias = Literal["unknown"]
Whole: TypeAlias = Annotated[int, Field(ge=0, le=MOST_COUNTED)]
Count: TypeAlias = Annotated[
    int | CountClass | None,
    BeforeValidator(_read_count, json_schema_input_type=Whole | CountClass | Literal["none", "unknown"] | None),
]
RowCount: TypeAlias = Annotated[
    int | RowClass | None,
    BeforeValidator(_read_row_count, json_schema_input_type=Whole | RowClass | Literal["none", "unknown"] | None),
]
Area: TypeAlias = Annotated[
    AreaClass | None, BeforeValidator(_read_area, json_schema_input_type=AreaClass | Unknown | None)
]
StretchAnswer: TypeAlias = Annotated[
    Stretch | None, BeforeValidator(_read_word, json_schema_input_type=Stretch | Unknown | None)
]
FlatMarksAnswer: TypeAlias = Annotated[
    FlatMarks | None, BeforeValidator(_read_word, json_schema_input_type=FlatMarks | Unknown | None)
]
Answered: TypeAlias = Annotated[YesNo, BeforeValidator(lambda v: "unknown" if _unknown_as_none(v) is None else v)]
KnownWords: TypeAlias = Annotated[Words | None, BeforeValidator(_unknown_as_none)]
EccaClass: TypeAlias = Annotated[
    Annotated[StrictInt, Field(ge=0, le=3)] | None, BeforeValidator(_unknown_as_none)
]  # 0 none, 1 few, 2 a limited number, 3 many


class ZoneFindings(Record):
    """What was counted in one zone (and side, where the zone has two). None: not known."""

    zone: Annotated[ZoneName, BeforeValidator(_read_word)]
    side: Annotated[Side | None, BeforeValidator(_read_word)] = None
    icepick: Count = None
    boxcar_shallow: Count = None
    boxcar_deep: Count = None
    rolling: Count = None
    raised: Count = None
    other: Count = None
    flat_marks: Count = None
    stretch: StretchAnswer = None
    note: Words | None = None

    @property
    def place(self) -> str:
        """The zone and side in words: `cheek left`."""
        return place_in_words(self.zone, self.side)

    def count_of(self, kind: Kind) -> int | CountClass | None:
        """Return the count of `kind` as it was written; None where it is not known."""
        return getattr(self, kind)


class GoodmanBaronRows(Record):
    """The rows of the quantitative Goodman and Baron scale, counted over the whole face. None: not known."""

    macular: RowCount = None
    dish_mild: RowCount = None
    dish_moderate: RowCount = None
    punched_shallow: RowCount = None
    broad_shallow: RowCount = None
    punched_deep_normal: RowCount = None
    punched_deep_abnormal: RowCount = None
    linear: RowCount = None
    broad_deep: RowCount = None
    papular: RowCount = None
    hypertrophic: Area = None


class EccaItems(Record):
    """The items of the ECCA scale: 0 none, 1 few, 2 a limited number, 3 many. None: not known."""

    v_shaped: EccaClass = None
    u_shaped: EccaClass = None
    m_shaped: EccaClass = None
    elastolysis: EccaClass = None
    hypertrophic: EccaClass = None
    keloid: EccaClass = None


class Grades(Record):
    """Grades that the examiner gave: the grade of a clinician is the grade. None: not given."""

    goodman_baron: Annotated[
        Annotated[StrictInt, Field(ge=1, le=4)] | None, BeforeValidator(_unknown_as_none)
    ] = None  # fmt: skip
    goodman_baron_rows: GoodmanBaronRows = GoodmanBaronRows()
    ecca: EccaItems = EccaItems()
    scar_s_face: Annotated[
        Annotated[StrictInt, Field(ge=0, le=5)] | None, BeforeValidator(_unknown_as_none)
    ] = None  # fmt: skip


class Assessment(Record):
    """One examination: who looked, when, in which light, what was there. What is not given is unknown."""

    examiner: Words
    date: Day
    role: KnownWords = None
    light: KnownWords = None
    use: Words = "acne_scars"
    flat_marks: FlatMarksAnswer = None
    stretch: StretchAnswer = None
    scar_age_months: Annotated[
        Annotated[float, Field(strict=True, ge=0, le=_OLDEST_MONTHS)] | None, BeforeValidator(_unknown_as_none)
    ] = None  # fmt: skip
    picked: Answered = "unknown"
    new_acne: Answered = "unknown"
    rest_of_face: Annotated[
        Literal["no_scars"] | None,
        BeforeValidator(_read_word, json_schema_input_type=Literal["no_scars", "unknown"] | None),
    ] = None
    note: Words | None = None
    grades: Grades = Grades()
    zone: tuple[ZoneFindings, ...] = ()

    def stretch_of(self, findings: ZoneFindings) -> Stretch | None:
        """Return how the scars of a zone answer stretching: its own answer, else the one for all."""
        return findings.stretch or self.stretch


def place_in_words(zone: str, side: str | None) -> str:
    """Return a zone and side in words: `cheek left`, `upper lip`."""
    return " ".join(part for part in (zone.replace("_", " "), side) if part)


def read_assessment(path: Path) -> Assessment:
    """Return the examination in the TOML file at `path`. Raises BadInput that tells every fault by zone and kind."""
    values = read_toml(path, what="examination", template="assessment")
    return make_assessment(values, what=f"examination {path}")


def make_assessment(values: dict[str, Any], *, what: str = "this") -> Assessment:
    """Return the examination made from `values`. Raises BadInput that tells every fault by zone and kind."""

    def name_place(parts: tuple[int | str, ...]) -> str:
        return _name_place(values, parts)

    return make_record(values, Assessment, what=what, template="assessment", name_place=name_place)


def _name_place(values: dict[str, Any], parts: tuple[int | str, ...]) -> str:
    """Name where a fault is in words of the file: `zone 2 (cheek left), icepick` rather than `zone.1.icepick`."""
    if len(parts) < 2 or parts[0] != "zone" or not isinstance(parts[1], int):
        return ".".join(map(str, parts))
    row = values["zone"][parts[1]]
    named = [str(row[key]) for key in ("zone", "side") if isinstance(row, dict) and isinstance(row.get(key), str)]
    place = f"zone {parts[1] + 1}" + (f" ({' '.join(named)})" if named else "")
    return ", ".join([place, *map(str, parts[2:])])
