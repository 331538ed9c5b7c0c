"""New patient: the screening questions one by one, or a form to fill; both end in a patient.toml."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from scarplan.candidacy import EXAMPLE_PERSON, Ask, all_rules, check_patient, history_rules, interview, write_form
from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.records.patient import Patient
from scarplan.records.record import make_record
from scarplan.records.toml_file import read_toml


def new_patient(file: str | Path, *, ask: Ask, date: datetime.date | None = None) -> dict[str, Any]:
    """Ask the screening questions and write the answers to `file`; a file begun earlier is gone on with.

    `ask` shows a text and returns what was typed (see `scarplan.candidacy.interview`). `date` is the day of
    asking, today if not given. Nothing is written while patient_id and birth_year are missing.
    Raises BadInput when `file` holds something that is not a patient.
    """
    path, day = Path(file), date or datetime.datetime.now().date()
    started = read_toml(path, what="patient file", template="patient") if path.exists() else {}
    if started:
        patient = make_record(started, Patient, what=f"patient file {path}", template="patient")
        check_patient(patient, on=day)
    found = interview(ask, started=started, on=day)
    inputs = {}
    if {"patient_id", "birth_year"} <= set(found.values):
        data = found.text.encode()
        inputs = {path.name: hash_bytes(data)}
        Case(path.parent).write_files({path.name: data})
    return {
        "file": str(path) if inputs else None,
        "finished": found.is_finished,
        "questions_left": [rule.id for rule in found.questions_left],
        "manifest": make_plain(make_manifest("new-patient", inputs=inputs)),
    }


def write_template(file: Path, *, replace: bool = False) -> dict[str, Any]:
    """Write the form with every question unanswered to `file`. Raises BadInput when it exists, unless `replace`."""
    if file.exists() and not replace:
        raise BadInput(
            f"{file} exists already",
            code="E-PATIENT-010",
            do="name another file, add --replace, or leave out --template to answer the questions left in it",
        )
    data = patient_template().encode()
    Case(file.parent).write_files({file.name: data})
    return {
        "file": str(file),
        "finished": False,
        "questions_left": [rule.id for rule in history_rules()],
        "manifest": make_plain(make_manifest("new-patient", inputs={file.name: hash_bytes(data)})),
    }


def patient_template() -> str:
    """Return a valid patient.toml with every question in words, all unanswered."""
    history = {rule.id: "unknown" for rule in history_rules()}
    return write_form({"patient_id": "example-1", "birth_year": 1990, "history": history})


def example_patient() -> str:
    """Return the answered patient.toml of the demo: an invented adult who has had cold sores."""
    return write_form(
        {
            "patient_id": "demo-patient",
            "birth_year": 1992,
            **EXAMPLE_PERSON,
            "history": {rule.id: "no" for rule in history_rules()} | {"hsv_history": "yes"},
            "earlier_treatment": [
                {
                    "what": "superficial peels",
                    "date": datetime.date(2023, 5, 10),
                    "result": "smoother, scars as deep as before",
                }
            ],
        }
    )


def describe_patient() -> dict[str, Any]:
    """Return the JSON schema of a patient.toml, with the rule ids and policies that may stand in it."""
    schema = Patient.model_json_schema()
    schema["properties"]["history"]["propertyNames"] = {"enum": list(all_rules())}
    schema["properties"]["policy"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {rule.id: {"enum": list(rule.policies)} for rule in all_rules().values() if rule.policies},
    }
    return schema
