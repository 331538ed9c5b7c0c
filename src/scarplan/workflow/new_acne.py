"""What a case tells of active acne: the answer of the screening with its count of spots, else an examination."""

from __future__ import annotations

from typing import Literal

from scarplan.records import Case
from scarplan.records.patient import Patient
from scarplan.records.record import read_record
from scarplan.response import ActiveAcne

_RULE = "acne_active_inflammatory"
_ANSWERS: dict[str, Literal["yes", "no"]] = {"yes": "yes", "no": "no"}


def read_acne(case: Case, *, examined: str | None = None) -> ActiveAcne:
    """Return what is known; `examined` is whether new spots still come, as an examination says."""
    patient = read_record(case.path("patient.toml"), Patient, what="patient file", template="patient")
    told = patient.answer_of(_RULE)
    answer = _ANSWERS.get(told.answer) or _ANSWERS.get(examined or "") or "unknown"
    return ActiveAcne(answer=answer, spots=told.count if answer == "yes" else None)
