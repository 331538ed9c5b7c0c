"""The photographs of a case for the report: small ones over time, two dates side by side, one laid over the other."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from scarplan.photographs import VIEWS, encode_jpeg, read_aligned_pairs, read_picture
from scarplan.records import Case
from scarplan.report.photograph_days import name_briefly, say_conditions, say_marks, say_missing, say_warnings
from scarplan.report.results import CaseResults
from scarplan.report.wording import UNKNOWN, start_sentence, write_date, write_number, write_range

#: All photographs of a page together; as text inside the page they take a third more.
_MOST_BYTES = 2_400_000
_THUMBNAIL_PX, _PAIR_PX, _WIDEST_PX = 168, 640, 900
#: Aligning takes about a second for each pair.
_MOST_PAIRS = 6
_QUALITY = 78


@dataclass(frozen=True)
class Picture:
    """One JPEG inside the page, with its words."""

    src: str
    width: int
    height: int
    caption: str
    alt: str

    @property
    def size_bytes(self) -> int:
        """How much of the page it takes."""
        return len(self.src)


@dataclass(frozen=True)
class Day:
    """The photographs of one day, small, with how they were taken, what was marked and what makes them hard to use."""

    taken_on: str
    photos: tuple[Picture, ...]
    conditions: tuple[str, ...]
    marks: tuple[str, ...]
    warnings: tuple[str, ...]
    missing: str


@dataclass(frozen=True)
class PairOfDays:
    """Two dates of one view: earlier, later and, where they could be aligned, the earlier laid over the later."""

    title: str
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class AgreementRow:
    """How far two raters agree on one photograph, in words."""

    photo: str
    raters: str
    counts: str
    found_by_both: str
    kappa: str
    note: str


@dataclass(frozen=True)
class ColourRow:
    """The colour of one patch of skin on one photograph with a chart, in words."""

    photo: str
    patch: str
    angle: str
    redness: str
    note: str


@dataclass(frozen=True)
class PhotographsPart:
    """The photographs of a case, ready for the template; `left_out` says what the page has no room for."""

    days: tuple[Day, ...]
    pairs: tuple[PairOfDays, ...]
    left_out: tuple[str, ...]
    agreement: tuple[AgreementRow, ...]
    published: tuple[dict[str, Any], ...]
    colours: tuple[ColourRow, ...]
    colour_notes: tuple[str, ...]


def list_photograph_files(results: CaseResults) -> list[str]:
    """Return the files of the case that the photographs of the report come from."""
    return [photo["file"] for photo in (results.photo or {}).get("photos") or ()]


def read_photographs(case: Case, results: CaseResults) -> PhotographsPart | None:
    """Return the photographs of the case as pictures, with their words; None where none were added.

    Raises BadInput where a photograph is not as it was added.
    """
    found = results.photo
    if found is None or not found.get("photos"):
        return None
    budget = _Budget(_MOST_BYTES)
    days = tuple(_read_days(case, found, budget))
    pairs = tuple(_read_pairs(case, found, budget))
    return PhotographsPart(
        days=days,
        pairs=pairs,
        left_out=tuple(budget.left_out),
        agreement=tuple(_compare(found, row) for row in found.get("agreement") or ()),
        published=tuple(row["published"] for row in (found.get("agreement") or ())[:1]),
        colours=tuple(_colours(found)),
        colour_notes=tuple(
            f"{_name_photo(photo)}: {photo['colour']['note']}" for photo in found["photos"] if photo.get("colour")
        ),
    )


class _Budget:
    """What is left of the room for photographs; what no longer fits is named."""

    def __init__(self, size_bytes: int) -> None:
        self.left, self.left_out = size_bytes, list[str]()

    def take(self, pictures: list[Picture], what: str) -> bool:
        size = sum(picture.size_bytes for picture in pictures)
        if size > self.left:
            self.left_out.append(what)
            return False
        self.left -= size
        return True


def _read_days(case: Case, found: Mapping[str, Any], budget: _Budget) -> list[Day]:
    days = []
    missing = {row["taken_on"]: row["views"] for row in found["views_missing"]}
    for day in dict.fromkeys(photo["taken_on"] for photo in found["photos"]):
        photos = [photo for photo in found["photos"] if photo["taken_on"] == day]
        pictures = []
        for photo in photos:
            small = _fit(read_picture(case.path(photo["file"])), _THUMBNAIL_PX)
            picture = _encode(small, name_briefly(photo), _name_photo(photo))
            pictures += [picture] if budget.take([picture], _name_photo(photo)) else []
        days.append(
            Day(
                taken_on=write_date(day),
                photos=tuple(pictures),
                conditions=say_conditions(photos),
                marks=say_marks(photos),
                warnings=say_warnings(photos),
                missing=say_missing(missing.get(day, ())),
            )
        )
    return days


def _read_pairs(case: Case, found: Mapping[str, Any], budget: _Budget) -> list[PairOfDays]:
    pairs = []
    rows = _choose_pairs(found)
    for pair in read_aligned_pairs(case, found, rows=rows[:_MOST_PAIRS], long_side_px=_PAIR_PX):
        row = pair.row
        earlier, later = _name_days(found, row)
        view, aligned = _name_view(row["view"]), pair.pictures
        moved = ", brought onto the later one" if aligned.is_aligned else ""
        pictures = [
            _encode(_fit(aligned.earlier, _WIDEST_PX), f"{earlier}{moved}", f"{view}, {earlier}{moved}"),
            _encode(_fit(aligned.later, _WIDEST_PX), later, f"{view}, {later}"),
        ]
        ghost = aligned.ghost()
        if ghost is not None:
            words = "the earlier one laid over the later one, half and half"
            pictures.append(_encode(_fit(ghost, _WIDEST_PX), start_sentence(words), f"{view}: {words}"))
        title = _name_pair(found, row)
        if budget.take(pictures, title):
            notes = [row.get("note"), *(row.get("warnings") or ())]
            pairs.append(PairOfDays(title, tuple(pictures), tuple(start_sentence(note) for note in notes if note)))
    budget.left_out += [_name_pair(found, row) for row in rows[_MOST_PAIRS:]]
    return pairs


def _name_pair(found: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    return f"{_name_view(row['view'])}: {' and '.join(_name_days(found, row))}"


def _name_days(found: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the days of the earlier and of the later photograph of a pair, in words."""
    days = {photo["id"]: write_date(photo["taken_on"]) for photo in found["photos"]}
    return days[row["earlier"]], days[row["later"]]


def _choose_pairs(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return one pair of dates for each view, those that lie farthest apart."""
    farthest: dict[str, Mapping[str, Any]] = {}
    for row in found.get("pairs") or ():
        if row["view"] not in farthest or row["days_between"] > farthest[row["view"]]["days_between"]:
            farthest[row["view"]] = row
    return list(farthest.values())


def _compare(found: Mapping[str, Any], row: Mapping[str, Any]) -> AgreementRow:
    photo = next(photo for photo in found["photos"] if photo["id"] == row["photo"])
    return AgreementRow(
        photo=_name_photo(photo),
        raters=" and ".join(row["raters"]),
        counts=" and ".join(map(str, row["counts"])),
        found_by_both=_say_interval(row["found_by_both"], percent=True),
        kappa=_say_interval(row["kappa"], percent=False),
        note=str(row.get("note") or ""),
    )


def _say_interval(interval: Mapping[str, float | None], *, percent: bool) -> str:
    factor, digits, unit = (100, 0, " %") if percent else (1, 2, "")
    ends = (interval[end] for end in ("value", "low", "high"))
    value, low, high = (None if end is None else factor * end for end in ends)
    if value is None:
        return "not defined"
    words = f"{write_number(value, digits)}{unit}"
    return words if low is None else f"{words} ({write_range(low, high, digits)})"


def _colours(found: Mapping[str, Any]) -> list[ColourRow]:
    rows = []
    for photo in found["photos"]:
        for patch in (photo.get("colour") or {}).get("skin") or ():
            angle = f"{write_number(patch['ita_deg'], 0)}° ± {write_number(patch['give_or_take_deg'], 0)}°"
            kind = f", {_say_classes(patch['classes_possible'])}" if patch.get("classes_possible") else ""
            rows.append(
                ColourRow(
                    photo=_name_photo(photo),
                    patch=str(patch["name"]).replace("_", " "),
                    angle=UNKNOWN if patch.get("ita_deg") is None else f"{angle}{kind}",
                    redness=_say_redness(patch),
                    note=str(patch.get("note") or ""),
                )
            )
    return rows


def _say_redness(patch: Mapping[str, Any]) -> str:
    redder, give = patch.get("redness_difference"), patch.get("redness_give_or_take")
    words = write_number(redder, 1)
    return words if redder is None or give is None else f"{words} ± {write_number(give, 1)}"


def _say_classes(classes: Sequence[str]) -> str:
    """Return the classes that the typology angle may lie in; they follow each other."""
    ends = dict.fromkeys((classes[0], classes[-1]))
    return " to ".join(name.replace("_", " ") for name in ends)


def _name_photo(photo: Mapping[str, Any]) -> str:
    return f"{_name_view(photo['view'])}, {write_date(photo['taken_on'])}"


def _name_view(view: str) -> str:
    words = VIEWS.get(view, view.replace("_", " "))
    return words[:1].upper() + words[1:]


def _fit(picture: np.ndarray, widest: int) -> np.ndarray:
    height, width = picture.shape[:2]
    if width <= widest:
        return picture
    return cv2.resize(picture, (widest, max(1, round(height * widest / width))), interpolation=cv2.INTER_AREA)


def _encode(picture: np.ndarray, caption: str, alt: str) -> Picture:
    data = base64.b64encode(encode_jpeg(picture, quality=_QUALITY)).decode()
    return Picture(
        src=f"data:image/jpeg;base64,{data}", width=picture.shape[1], height=picture.shape[0], caption=caption, alt=alt
    )
