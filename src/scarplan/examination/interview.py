"""The interview: the questions of an examination one by one, over any `ask` (a terminal, a web page, a test)."""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from scarplan.errors import BadInput
from scarplan.examination.form import write_assessment
from scarplan.examination.seen import KIND_WORDS, list_places
from scarplan.records.assessment import KINDS, Kind, Side, make_assessment, place_in_words

#: Shows a text and returns what the person typed.
Ask: TypeAlias = Callable[[str], str]

_STOP_WORDS = frozenset({"stop", "quit"})
_HOW_NEEDED = "? = why, stop = go on another day"
_YES = {"y": "yes", "yes": "yes", "n": "no", "no": "no", "": "unknown", "u": "unknown", "unknown": "unknown"}
_MARKS = {"n": "none", "s": "some", "o": "only", "no": "none", "yes": "some", "y": "some"}
_STRETCH = {
    "f": "flattens",
    "y": "flattens",
    "yes": "flattens",
    "p": "partly",
    "n": "does_not_flatten",
    "no": "does_not_flatten",
}
_KIND_HELP: Mapping[Kind, str] = {
    "icepick": "narrow and deep, a pin prick",
    "boxcar_shallow": "sharp edges, flat floor, shallow",
    "boxcar_deep": "sharp edges, flat floor, deep",
    "rolling": "wide and sloping, no sharp edge",
    "raised": "standing above the skin",
    "other": "none of these",
}


class _Stopped(Exception):
    """The person goes on another day."""


@dataclass(frozen=True)
class Question:
    """One question: where its answer stands in the file, its words, why it is asked, and how an answer is read."""

    name: str
    words: str
    why: str
    read: Callable[[str], Any]
    keep: Callable[[dict[str, Any], Any], None]
    how: str = "Enter = not known, ? = why, stop = go on another day"


@dataclass(frozen=True)
class ExaminationInterview:
    """The values of an assessment.toml gathered so far, and the names of the questions not asked yet."""

    values: dict[str, Any]
    questions_left: tuple[str, ...]

    @property
    def can_be_kept(self) -> bool:
        """Whether examiner and date are known: without them nobody examined anything."""
        return {"examiner", "date"} <= set(self.values)

    @property
    def text(self) -> str:
        """The assessment.toml so far."""
        return write_assessment(self.values)


def interview_examiner(
    ask: Ask, *, started: Mapping[str, Any] | None = None, today: datetime.date
) -> ExaminationInterview:
    """Ask what `started` does not hold yet, flat marks first, then zone by zone, until all is asked or it is stopped.

    Enter means not known, `?` tells why it is asked, `stop` ends for now. What was asked and not known is kept as
    "unknown" and not asked again.
    """
    values = copy.deepcopy(dict(started or {}))
    try:
        while question := next(list_questions(values, today), None):
            question.keep(values, _ask_until(ask, question))
    except _Stopped:
        pass
    return ExaminationInterview(values, tuple(question.name for question in list_questions(values, today)))


def list_questions(values: Mapping[str, Any], today: datetime.date) -> Iterator[Question]:
    """Yield the questions that `values` leaves open, in the order in which they are asked."""
    yield from (question for question in _first_questions(today) if question.name not in values)
    if values.get("flat_marks") == "only":
        yield from (question for question in _history_questions() if question.name not in values)
        return
    yield from (question for question in (_stretch_question(), *_history_questions()) if question.name not in values)
    yield from _zone_questions(values)
    if "goodman_baron" not in values.get("grades", {}):
        yield _grade_question()


def _first_questions(today: datetime.date) -> Iterator[Question]:
    yield _question(
        "flat_marks",
        "Are there dark or red marks rather than dents: none, some, or only marks? [n/s/o]",
        "Marks are flat: they fade or are treated as colour. Needling is for dents.",
        _read_one_of(_MARKS),
    )
    why = "It stands on every page made from this."
    yield _question("examiner", "Who examines? [name]", why, _read_name, how=_HOW_NEEDED)
    yield _question(
        "date",
        f"Day of the examination? [year-month-day, Enter = today, {today.isoformat()}]",
        "Later examinations are compared with this one.",
        lambda typed: _read_day(typed, today),
        how=_HOW_NEEDED,
    )
    yield _question("light", "In which light?", "Light from the side shows what light in front hides.", _read_text)


def _stretch_question() -> Question:
    return _question(
        "stretch",
        "Stretch the skin between two fingers: do the dents flatten, partly, or not? [f/p/n]",
        "It tells moderate from severe scars, and bound-down ones that may need release first.",
        _read_one_of(_STRETCH),
    )


def _history_questions() -> Iterator[Question]:
    yield _question(
        "scar_age_months",
        "How many months old are the youngest scars?",
        "Scars under a year still change by themselves.",
        _read_months,
    )
    yield _question("picked", "Are spots picked or squeezed? [y/n]", "Picking makes new scars.", _read_one_of(_YES))
    yield _question("new_acne", "Do new spots still come? [y/n]", "New spots make new scars.", _read_one_of(_YES))


def _zone_questions(values: Mapping[str, Any]) -> Iterator[Question]:
    """Yield zone by zone whether it holds scars, and how many of each kind; what was listed is counted first."""
    rows = list(values.get("zone", ()))
    listed = {(row.get("zone"), row.get("side")) for row in rows}
    for index, row in enumerate(rows):
        yield from _count_questions(index, row)
    listed |= {(zone, None) for zone, _ in listed}  # a zone in the middle may be listed by its two halves
    if values.get("rest_of_face") != "no_scars":
        yield from (_place_question(zone, side) for zone, side in list_places() if (zone, side) not in listed)


def _place_question(zone: str, side: Side | None) -> Question:
    place = place_in_words(zone, side)
    return Question(
        f"zone.{place.replace(' ', '_')}",
        f"{place.capitalize()}: any dents or raised scars? [y/n]",
        "Zones differ in skin and in needle length, so scars are counted in each.",
        _read_one_of(_YES),
        _keep_place(zone, side),
    )


def _count_questions(index: int, row: Mapping[str, Any]) -> Iterator[Question]:
    place = place_in_words(str(row.get("zone")), row.get("side"))
    for kind in KINDS:
        if kind not in row:
            yield Question(
                f"zone.{place.replace(' ', '_')}.{kind}",
                f"{place.capitalize()}, {KIND_WORDS[kind]} ({_KIND_HELP[kind]}): how many? [a number, none, 1-4, "
                "5-10, 11-20, over 20]",
                "Kinds answer needling differently, and some need another treatment first.",
                _read_count(kind),
                _keep_count(index, kind),
            )


def _grade_question() -> Question:
    def read(typed: str) -> Any:
        grade = _read_whole(typed) if typed else "unknown"
        return _checked({"grades": {"goodman_baron": grade}}, grade)

    def keep(values: dict[str, Any], grade: Any) -> None:
        values.setdefault("grades", {})["goodman_baron"] = grade

    return Question(
        "grades.goodman_baron",
        "Overall grade (Goodman and Baron)? [1 flat marks only, 2 mild, 3 moderate, 4 severe]",
        "Your grade is the grade; without it the counts leave several possible.",
        read,
        keep,
    )


def _question(name: str, words: str, why: str, read: Callable[[str], Any], *, how: str = Question.how) -> Question:
    def read_checked(typed: str) -> Any:
        value = read(typed)
        return _checked({name: value}, value)

    return Question(name, words, why, read_checked, lambda values, value: values.update({name: value}), how)


def _keep_place(zone: str, side: Side | None) -> Callable[[dict[str, Any], Any], None]:
    """Keep a zone: with every kind still to be counted, none of it there, or nothing about it known."""

    def keep(values: dict[str, Any], answer: Any) -> None:
        row: dict[str, Any] = {"zone": zone} | ({"side": side} if side else {})
        if answer != "yes":
            row |= dict.fromkeys(KINDS, "none" if answer == "no" else "unknown")
        values.setdefault("zone", []).append(row)

    return keep


def _keep_count(index: int, kind: Kind) -> Callable[[dict[str, Any], Any], None]:
    return lambda values, count: values["zone"][index].update({kind: count})


def _ask_until(ask: Ask, question: Question) -> Any:
    """Ask until the text can be read; `?` shows why, `stop` stops."""
    plain = f"{question.words} [{question.how}]"
    prompt = plain
    while True:
        typed = ask(prompt).strip()
        if typed.casefold() in _STOP_WORDS:
            raise _Stopped
        if typed == "?":
            prompt = f"{question.why} {plain}"
            continue
        try:
            return question.read(typed)
        except ValueError as error:
            prompt = f"{error} {question.words}"


def _checked(part: dict[str, Any], value: Any) -> Any:
    """Return `value` when the record takes it in `part` of an examination. Raises ValueError in words."""
    try:
        make_assessment({"examiner": "x", "date": "2026-01-01", **part})
    except BadInput as error:
        fault = error.what.removeprefix("this is not valid: ").partition(": ")[
            2
        ]  # the place is plain from the question
        raise ValueError(f"This {fault}." if fault.startswith("is ") else f"{fault}.") from None
    return value


def _read_one_of(words: Mapping[str, str]) -> Callable[[str], str]:
    def read(typed: str) -> str:
        key = typed.casefold().replace("_", " ")
        allowed = {**words, **{word.replace("_", " "): word for word in words.values()}, "": "unknown"}
        if key not in allowed:
            raise ValueError(f"Please type one of {', '.join(dict.fromkeys(words.values()))}, or Enter for not known.")
        return allowed[key]

    return read


def _read_count(kind: Kind) -> Callable[[str], Any]:
    def read(typed: str) -> Any:
        words = {"": "unknown", "n": "none"}.get(typed.casefold(), typed)
        count: Any = int(words) if re.fullmatch(r"\d{1,6}", words) else words
        return _checked({"zone": [{"zone": "chin", kind: count}]}, count)

    return read


def _read_day(typed: str, today: datetime.date) -> datetime.date:
    day = make_assessment({"examiner": "x", **_checked_day(typed)}).date if typed else today
    if day > today:
        raise ValueError(f"{day.isoformat()} lies after today.")
    return day


def _checked_day(typed: str) -> dict[str, Any]:
    return _checked({"date": typed}, {"date": typed})


def _read_whole(typed: str) -> int:
    if not re.fullmatch(r"\d{1,6}", typed):
        raise ValueError("Please type a whole number.")
    return int(typed)


def _read_months(typed: str) -> float | str:
    if not typed:
        return "unknown"
    if not re.fullmatch(r"\d{1,4}([.,]\d{1,2})?", typed):
        raise ValueError("Please type a number of months.")
    return float(typed.replace(",", "."))


def _read_name(typed: str) -> str:
    if not typed:
        raise ValueError("This one is needed.")
    return typed


def _read_text(typed: str) -> str:
    return typed or "unknown"
