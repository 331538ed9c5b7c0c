"""The interview: the screening questions one by one, over any `ask` (a terminal, a web page, a test)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from scarplan.candidacy.answers import find_answer
from scarplan.candidacy.check import check_patient
from scarplan.candidacy.expectations import LEAST_CHANGE_WORDS
from scarplan.candidacy.form import history_rules, write_form
from scarplan.candidacy.rule import Rule, all_rules
from scarplan.errors import BadInput
from scarplan.records.patient import HIGHEST_DCQ_TOTAL, Patient
from scarplan.records.record import make_record

#: Shows a text and returns what the person typed.
Ask: TypeAlias = Callable[[str], str]
T = TypeVar("T")

_STOP_WORDS = frozenset({"stop", "quit"})
_ANSWERS = {"y": "yes", "yes": "yes", "n": "no", "no": "no", "u": "unknown", "unknown": "unknown", "": "unknown"}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_HOW = "y, n, Enter = not known, ? = why, stop = go on another day"


class _Stopped(Exception):
    """The person goes on another day."""


@dataclass(frozen=True)
class Interview:
    """The values of a patient.toml gathered so far, and the questions not asked yet."""

    values: dict[str, Any]
    questions_left: tuple[Rule, ...]

    @property
    def is_finished(self) -> bool:
        """Whether every question was asked."""
        return not self.questions_left

    @property
    def text(self) -> str:
        """The patient.toml so far; a question not asked yet stands in it as a comment."""
        return write_form(self.values)


def interview(ask: Ask, *, started: Mapping[str, Any] | None = None, on: datetime.date) -> Interview:
    """Ask what `started` does not hold yet, one by one, until all is asked or the person stops.

    Enter means not known, `?` tells why it is asked, `stop` ends for now. A question that was asked and not
    known is kept as "unknown" and not asked again; `started` is the content of a patient.toml begun earlier.
    """
    values: dict[str, Any] = dict(started or {})
    values["history"] = dict(values.get("history", {}))
    try:
        if not values["history"]:
            _ask_person(ask, values, on)
        for rule in iter(lambda: _next_question(values, on), None):
            values.update(_ask_wishes(ask, rule, values, on))
            if rule in _questions_left(values, on):  # a total or a wish may have answered it
                values["history"][rule.id] = _ask_rule(ask, rule, values, on)
    except _Stopped:
        pass
    left = _questions_left(values, on) if {"patient_id", "birth_year"} <= set(values) else history_rules()
    return Interview(values=values, questions_left=tuple(left))


def _next_question(values: dict[str, Any], on: datetime.date) -> Rule | None:
    return next(iter(_questions_left(values, on)), None)


def _questions_left(values: dict[str, Any], on: datetime.date) -> Iterator[Rule]:
    """Yield the questions not asked yet, those that the record can answer only where it leaves them open."""
    patient = _make_patient(values)
    read_off = [rule for rule in all_rules().values() if rule.answered_by in ("birth_year", "skin_type")]
    for rule in (*read_off, *history_rules()):
        if rule.id not in values["history"]:
            answer, _ = find_answer(rule, patient, on=on, device_class="mechanical")
            if answer.answer == "unknown":
                yield rule


def _ask_person(ask: Ask, values: dict[str, Any], on: datetime.date) -> None:
    for key, question, why, read in (
        ("patient_id", "A name of your own for this patient, such as a number:", "It marks the results.", str),
        ("birth_year", "Year of birth:", "Age decides what the device is cleared for.", _read_whole),
        ("skin_type", "Skin type 1 (always burns) to 6 (never burns):", "Darker skin marks more easily.", _read_skin),
        ("sex", "Sex (female, male):", "The thickness of the skin differs.", _read_sex),
        ("weight_kg", "Weight in kg:", "The limit of a numbing cream depends on it.", _read_number),
        ("sun", "Time in the sun (low, usual, high):", "Sun darkens marks after a session.", str.casefold),
    ):
        if key not in values:
            required = key in ("patient_id", "birth_year")
            found = _ask_until(ask, question, why, _checked(key, read, required=required, on=on))
            values |= {} if found is None else {key: found}
    for key, name, question in (
        ("medicine", "name", "A medicine you take or put on your skin (Enter when there is no other):"),
        ("earlier_treatment", "what", "An earlier treatment of the scars, and its result (Enter when no other):"),
    ):
        if key not in values and (rows := list(_ask_list(ask, question, name))):
            values[key] = rows


def _ask_wishes(ask: Ask, rule: Rule, values: dict[str, Any], on: datetime.date) -> dict[str, Any]:
    """Return what else is asked before the question of `rule`, as far as the record does not hold it yet."""
    found = {}
    for key, question, why, read in _WISHES.get(rule.also_from or "", ()):
        if key not in values:
            given = _ask_until(ask, f"{question} [Enter = not said, ? = why]", why, _checked_wish(key, read, on=on))
            found |= {} if given is None else {key: given}
    return found


def _checked_wish(key: str, read: Callable[[str], Any], *, on: datetime.date) -> Callable[[str], Any]:
    check = _checked(key, read, required=False, on=on)
    # Whoever types "no" to such a question has nothing to say; that is no wish and no total.
    return lambda typed: check("" if _ANSWERS.get(typed.casefold()) in ("no", "unknown") else typed)


def _ask_list(ask: Ask, question: str, name: str) -> Iterator[dict[str, str]]:
    while words := _ask_until(ask, question, "It may change what is safe, and what can be expected.", str):
        yield {name: words}


def _ask_rule(ask: Ask, rule: Rule, values: dict[str, Any], on: datetime.date) -> Any:
    given = _ask_until(ask, f"{rule.question} [{_HOW}]", rule.why, _read_answer)
    if given != "yes":
        return given
    more: dict[str, Any] = {"answer": given}
    for key, question, read in _details(rule):
        check = _checked_detail(rule, key, read, values, on)
        found = _ask_until(ask, f"{question} [Enter = not known]", rule.why, check)
        more |= {} if found is None else {key: found}
    return more if len(more) > 1 else given


def _details(rule: Rule) -> Iterator[tuple[str, str, Callable[[str], Any]]]:
    waits = [part.wait for part in (rule, *rule.grades) if part.wait]
    if rule.threshold:
        is_count = rule.threshold.measure == "count"
        yield rule.threshold.measure, f"How much: {rule.threshold.name}?", _read_whole if is_count else _read_number
    if rule.grades:
        choices = "; ".join(f"{n} = {grade.words}" for n, grade in enumerate(rule.grades, 1))
        yield "grade", f"Which fits? {choices}", lambda text: _read_grade(rule, text)
    if (waits or rule.holds) and rule.level != "contraindicated":
        event = waits[0].after if waits else "the last capsule"
        yield "date", f"Which day was it ({event})? Year-month-day:", str


def _ask_until(ask: Ask, question: str, why: str, read: Callable[[str], T]) -> T:
    """Ask until the text can be read; `?` shows why, `stop` stops."""
    prompt = question
    while True:
        typed = ask(prompt).strip()
        if typed.casefold() in _STOP_WORDS:
            raise _Stopped
        if typed == "?":
            prompt = f"{why} {question}"
            continue
        try:
            return read(typed)
        except ValueError as error:
            prompt = f"{error} {question}"


def _checked(key: str, read: Callable[[str], T], *, required: bool, on: datetime.date) -> Callable[[str], T | None]:
    def read_checked(typed: str) -> T | None:
        if not typed:
            if required:
                raise ValueError("This one is needed.")
            return None
        value = read(typed)
        _try_patient({"patient_id": "x", "birth_year": on.year, key: value}, on)
        return value

    return read_checked


def _checked_detail(
    rule: Rule, key: str, read: Callable[[str], Any], values: dict[str, Any], on: datetime.date
) -> Callable[[str], Any]:
    def read_checked(typed: str) -> Any:
        if not typed:
            return None
        value = read(typed)
        told = {"patient_id": "x", "birth_year": values["birth_year"]}
        patient = _try_patient({**told, "history": {rule.id: {"answer": "yes", key: value}}}, on)
        return getattr(patient.history[rule.id], key)

    return read_checked


def _try_patient(values: dict[str, Any], on: datetime.date) -> Patient:
    try:
        patient = _make_patient(values)
        check_patient(patient, on=on)
    except BadInput as error:
        raise ValueError(f"{error.what}.") from None
    return patient


def _make_patient(values: dict[str, Any]) -> Patient:
    return make_record(values, Patient, what="this", template="patient")


def _read_answer(typed: str) -> str:
    if typed.casefold() not in _ANSWERS:
        raise ValueError("Please type y, n, or Enter for not known.")
    return _ANSWERS[typed.casefold()]


def _read_whole(typed: str) -> int:
    if not re.fullmatch(r"\d{1,6}", typed):
        raise ValueError("Please type a whole number.")
    return int(typed)


def _read_number(typed: str) -> float:
    if not re.fullmatch(r"\d{1,6}([.,]\d{1,3})?( ?kg)?", typed):
        raise ValueError("Please type a number.")
    return float(typed.removesuffix("kg").replace(",", "."))


def _read_skin(typed: str) -> int:
    return _ROMAN.get(typed.casefold()) or _read_whole(typed)


def _read_least_change(typed: str) -> str:
    choices = list(LEAST_CHANGE_WORDS)
    if typed in choices:
        return typed
    if not (typed.isdecimal() and 1 <= int(typed) <= len(choices)):
        raise ValueError(f"Please type a number from 1 to {len(choices)}.")
    return choices[int(typed) - 1]


def _read_sex(typed: str) -> str:
    return {"f": "female", "m": "male"}.get(typed.casefold(), typed.casefold())


def _read_grade(rule: Rule, typed: str) -> str:
    if typed.isdigit() and 1 <= int(typed) <= len(rule.grades):
        return rule.grades[int(typed) - 1].id
    if rule.grade(typed) is None:
        raise ValueError(f"Please type a number from 1 to {len(rule.grades)}.")
    return typed


#: What can answer a rule -> what is asked before the question of that rule: key, question, why, how it is read.
_WISHES: Mapping[str, tuple[tuple[str, str, str, Callable[[str], Any]], ...]] = {
    "dcq_total": (
        (
            "dcq_total",
            f"Total of the questionnaire on worries over looks (DCQ), filled in on paper, 0 to {HIGHEST_DCQ_TOTAL}:",
            "Everybody fills it in: for some people no treatment of the skin eases the worry, and other help does.",
            _read_whole,
        ),
    ),
    "least_change": (
        (
            "worth_it",
            "What result would be worth it to you? In your own words:",
            "Only you can say it, and the forecast can then be held against it.",
            str,
        ),
        (
            "least_change",
            "What is the least that would be worth it? "
            + "; ".join(f"{n} = {words}" for n, words in enumerate(LEAST_CHANGE_WORDS.values(), 1))
            + ":",
            "Needling makes scars shallower; it does not make them vanish.",
            _read_least_change,
        ),
    ),
}
