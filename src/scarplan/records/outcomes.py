"""Outcomes: what the patient says about the scars at each visit, as in `outcomes.toml`.

Totals of licensed questionnaires (DLQI, SCARS, FASQoL; their texts are not shipped) and three questions of our own.
What was not asked or not answered is unknown (None), never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StrictInt

from scarplan.records.patient import Day, PatientId, Words
from scarplan.records.record import Record, read_record

Better: TypeAlias = Literal["lower", "higher"]

_UNKNOWN_WORDS = frozenset({"unknown", "not asked", "not answered"})


@dataclass(frozen=True)
class Scale:
    """One thing that is asked at every visit: its name, which way is better, and our own question where it is ours."""

    key: str
    name: str
    better: Better
    is_licensed: bool
    question: str = ""
    lowest: str = ""
    highest: str = ""

    @property
    def short_name(self) -> str:
        """The name without what it is about, for the head of a column."""
        return self.name.partition(" (")[0]


#: Every scale, in the order in which they are shown.
SCALES: Mapping[str, Scale] = {
    scale.key: scale
    for scale in (
        Scale("dlqi", "DLQI (skin and daily life)", "lower", is_licensed=True),
        Scale("scars", "SCARS (own view of the scars)", "lower", is_licensed=True),
        Scale("fasqol", "FASQoL (facial scars and life)", "lower", is_licensed=True),
        Scale(
            "bother",
            "bother",
            "lower",
            is_licensed=False,
            question="How much do your scars bother you these days?",
            lowest="not at all",
            highest="as much as can be",
        ),
        Scale(
            "avoidance",
            "avoidance",
            "lower",
            is_licensed=False,
            question="How often do your scars make you avoid something: people, photos, bright light?",
            lowest="never",
            highest="all the time",
        ),
        Scale(
            "worth_it",
            "worth it",
            "higher",
            is_licensed=False,
            question="All in all, has the treatment been worth it so far?",
            lowest="not at all",
            highest="completely",
        ),
    )
}


def _unknown_as_none(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().casefold() in _UNKNOWN_WORDS else value


Whole: TypeAlias = Annotated[StrictInt, Field(ge=0)]
Unknown: TypeAlias = Literal["unknown"]
Score: TypeAlias = Annotated[
    Whole | None, BeforeValidator(_unknown_as_none, json_schema_input_type=Whole | Unknown | None)
]


#: More days than lie between two visits of any course: a slip of the pen.
_MOST_DAYS = 366
Days: TypeAlias = Annotated[
    Annotated[StrictInt, Field(ge=0, le=_MOST_DAYS)] | None,
    BeforeValidator(_unknown_as_none, json_schema_input_type=Whole | Unknown | None),
]


class OutcomeVisit(Record):
    """What was said at one visit; `asked_by` is the person who asked.

    `downtime_days` are the days since the visit before on which redness, swelling or crusts kept from the usual.
    """

    date: Day
    asked_by: Words | None = None
    dlqi: Score = None
    scars: Score = None
    fasqol: Score = None
    bother: Score = None
    avoidance: Score = None
    worth_it: Score = None
    downtime_days: Days = None
    note: Words | None = None

    def score(self, key: str) -> int | None:
        """Return the answer on the scale `key`, None where there is none."""
        return getattr(self, key)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return self.downtime_days is None and all(self.score(key) is None for key in SCALES)


class Maximum(Record):
    """Highest totals as the licensed questionnaires of the clinic give them. None: not given."""

    scars: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    fasqol: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None


class Outcomes(Record):
    """The visits of one patient, the earliest first."""

    visit: Annotated[tuple[OutcomeVisit, ...], Field(min_length=1)]
    patient_id: PatientId | None = None
    maximum: Maximum = Maximum()


def read_outcomes(path: Path) -> Outcomes:
    """Return the outcomes in the TOML file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, Outcomes, what="file of outcomes", template="outcomes")
