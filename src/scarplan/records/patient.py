"""Patient: who is to be treated, what they answered, and what the clinic decided about it.

A question has three answers, "yes", "no" and "unknown", and a question that is not answered is "unknown", never "no".
The record knows no rules: `candidacy` checks rule ids, grades and policies and judges the answers.
"""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, StringConstraints

from scarplan.errors import BadInput
from scarplan.records.record import Record

YesNo: TypeAlias = Literal["yes", "no", "unknown"]
Sex: TypeAlias = Literal["female", "male"]
Sun: TypeAlias = Literal["low", "usual", "high"]
#: The least result that would be worth it to the patient.
LeastChange: TypeAlias = Literal["any_visible_change", "clearly_shallower", "no_one_can_see_them", "unknown"]

#: Nobody is known to have lived longer than this by much; an older "patient" is a slip of the pen.
OLDEST_AGE_YEARS = 120
#: Seven items of 0 to 3: a greater total of the Dysmorphic Concern Questionnaire is a slip of the pen.
HIGHEST_DCQ_TOTAL = 21
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Not in an id that becomes part of file names and titles on any system.
_NOT_IN_ID = '/\\:*?"<>|'


def _read_date(value: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        raise ValueError("is a date with a time; write the day alone, such as 2026-03-02")
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError("is not a day of the calendar") from None
    raise ValueError("is not a date; write year-month-day, such as 2026-03-02")


def _read_id(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    if not value.strip() or value != value.strip():
        raise ValueError("must not be empty, nor begin or end with a space")
    if set(value) & set(_NOT_IN_ID) or not value.isprintable() or value in (".", ".."):
        raise ValueError(f"must hold none of {_NOT_IN_ID} and no control characters")
    return value


def _read_answer(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError('true and false are no answers; write "yes", "no" or "unknown"')
    if isinstance(value, str):
        return {"answer": value}
    if isinstance(value, dict | Answer):
        return value
    raise ValueError('must be "yes", "no" or "unknown", or a table such as {answer = "yes", date = 2026-03-02}')


Day: TypeAlias = Annotated[datetime.date, BeforeValidator(_read_date)]
Words: TypeAlias = Annotated[StrictStr, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
PatientId: TypeAlias = Annotated[StrictStr, BeforeValidator(_read_id), Field(max_length=64)]
Millimetres: TypeAlias = Annotated[float, Field(strict=True, ge=-1000, le=1000)]


class Answer(Record):
    """The answer to one question. `date` is the day of the event that a wait counts from.

    `count` and `value` are numbers that the question asks for (inflamed spots, the last INR);
    `grade` is one of the finer answers of the rule.
    """

    answer: YesNo
    date: Day | None = None
    count: Annotated[StrictInt, Field(ge=0, le=1000)] | None = None
    value: Annotated[float, Field(strict=True, ge=0, le=1000)] | None = None
    grade: Words | None = None
    note: Words | None = None


class Medicine(Record):
    """A medicine the patient takes, or applies to the skin."""

    name: Words
    since: Day | None = None
    note: Words | None = None


class EarlierTreatment(Record):
    """A treatment of the scars before now, and what came of it."""

    what: Words
    date: Day | None = None
    result: Words | None = None


class Override(Record):
    """A clinician decides against a finding: who, in which role, why, and when."""

    rule: Words
    name: Words
    role: Words
    reason: Words
    date: Day


class ProtectedArea(Record):
    """A round area of a chart that is not needled, with the margin around it (None: the margin of the rule)."""

    rule: Words
    x_mm: Millimetres
    y_mm: Millimetres
    radius_mm: Annotated[float, Field(strict=True, gt=0, le=200)]
    margin_mm: Annotated[float, Field(strict=True, ge=0, le=50)] | None = None
    chart: Words | None = None


GivenAnswer: TypeAlias = Annotated[Answer, BeforeValidator(_read_answer, json_schema_input_type=YesNo | Answer)]


class Patient(Record):
    """One patient as in `patient.toml`. What is not given is unknown (None, or a missing answer).

    `worth_it`: the result that would be worth it, in the patient's words; `least_change`: the least such result.
    `dcq_total`: the total of the Dysmorphic Concern Questionnaire (its text is not shipped).
    """

    patient_id: PatientId
    birth_year: Annotated[StrictInt, Field(ge=1000, le=9999)]
    skin_type: Annotated[StrictInt, Field(ge=1, le=6)] | None = None
    sex: Sex | None = None
    weight_kg: Annotated[float, Field(strict=True, ge=2, le=400)] | None = None
    sun: Sun | None = None
    worth_it: Words | None = None
    least_change: LeastChange = "unknown"
    dcq_total: Annotated[StrictInt, Field(ge=0, le=HIGHEST_DCQ_TOTAL)] | None = None
    history: dict[str, GivenAnswer] = Field(default_factory=dict)
    medicine: tuple[Medicine, ...] = ()
    earlier_treatment: tuple[EarlierTreatment, ...] = ()
    policy: dict[str, StrictStr] = Field(default_factory=dict)
    override: tuple[Override, ...] = ()
    protect: tuple[ProtectedArea, ...] = ()

    def answer_of(self, rule_id: str) -> Answer:
        """Return the answer to the question of a rule; a missing one is unknown."""
        return self.history.get(rule_id, Answer(answer="unknown"))

    def ages_on(self, day: datetime.date) -> tuple[int, ...]:
        """Return the ages in years that the patient may have on `day`: two, since only the year of birth is known.

        Raises BadInput for an age outside 0 to 120.
        """
        oldest = day.year - self.birth_year
        if not 0 <= oldest <= OLDEST_AGE_YEARS:
            raise BadInput(
                f"birth_year gives an age of {oldest} years on {day.isoformat()}",
                code="E-PAT-001",
                got=self.birth_year,
                allowed=f"{day.year - OLDEST_AGE_YEARS} to {day.year} (an age of 0 to {OLDEST_AGE_YEARS})",
                do="correct birth_year in patient.toml, or give the day of screening with --date",
            )
        birthday_is_over = (day.month, day.day) == (12, 31)
        return (oldest,) if birthday_is_over or oldest == 0 else (oldest - 1, oldest)
