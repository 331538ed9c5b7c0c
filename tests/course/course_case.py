"""A case with a patient and an approved plan, and session files, without running the planner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import scarplan
from planning.example_plan import make_plan
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.records.plan_file import write_plan

#: Everything that is asked before every session, answered no.
TODAY = """[today]
changed = "no"
[today.answer]
pregnancy = "no"
infection_herpes_active = "no"
infection_bacterial_active = "no"
skin_open_wound_irritated = "no"
acne_active_inflammatory = "no"
tan_or_sunburn = "no"
systemic_febrile_illness = "no"
"""
ZONE = """[[zone]]
zone = "cheek"
side = "right"
set_length_mm = 1.5
passes = 3
channels_per_cm2 = 300.0
mode = "glide"
end_point_seen = "pinpoint"
"""
PATIENT = """patient_id = "P-7"
birth_year = 1990
skin_type = 2
weight_kg = 60.0
"""


def start_case(root: Path, *, approved_on: str | None = "2026-03-02", **plan: Any) -> Plan:
    """Make a case with a patient, and a plan that is approved unless `approved_on` is None; return the plan."""
    made = make_plan(**plan)
    case = Case(root)
    case.write_files({"patient.toml": PATIENT.encode(), **write_plan(made)})
    result = {"plan": made.content_hash, "status": "draft", "manifest": {"verb": "plan", "inputs": {}}}
    case.write_result("plan", result)
    if approved_on is not None:
        scarplan.approve_plan(root, name="A. Doctor", role="dermatologist", date=approved_on)
    return made


def write_session(
    folder: Path,
    date: str,
    *,
    name: str = "session.toml",
    head: str = "",
    today: str = TODAY,
    zone: str = ZONE,
    rest: str = "",
) -> Path:
    """Write a session file into `folder` and return it."""
    text = f'date = {date}\n{head}\n[operator]\nname = "N. Nurse"\nrole = "nurse"\n{today}\n{zone}\n{rest}\n'
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def override(rule: str, reason: str = "agreed with the patient") -> str:
    """Return an override of a rule, or of the interval, as TOML."""
    return (
        f'[[override]]\nrule = "{rule}"\nname = "A. Doctor"\nrole = "dermatologist"\n'
        f'reason = "{reason}"\ndate = 2026-03-01\n'
    )
