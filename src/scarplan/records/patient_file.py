"""The patient of a case: its patient.toml, where the patient was screened already."""

from __future__ import annotations

from scarplan.records.case import Case
from scarplan.records.patient import Patient
from scarplan.records.record import read_record


def read_own_patient(case: Case) -> Patient | None:
    """Return the patient of `case`, None before screening. Raises BadInput for a file that holds no patient."""
    if not case.has("patient.toml"):
        return None
    return read_record(case.path("patient.toml"), Patient, what="patient file", template="patient")
