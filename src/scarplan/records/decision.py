"""Decision: what was decided about a course, also that nothing changes, with reasons and who."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from scarplan.records.patient import Day, PatientId, Words
from scarplan.records.record import Record
from scarplan.records.session_parts import Person

Action: TypeAlias = Literal["wait", "continue", "change", "stop", "maintain"]


class DecisionRecord(Record):
    """One decision. `action = "continue"` is the decision that nothing changes."""

    kind: Literal["decision"]
    date: Day
    patient_id: PatientId | None = None
    action: Action
    reasons: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)]
    by: Person
    with_patient: Literal["yes", "no", "unknown"] = "unknown"
    note: Words | None = None
