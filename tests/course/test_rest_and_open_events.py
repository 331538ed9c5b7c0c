"""A plan for the rest of a course: none from an update that knows less than the ledger, none while an event is open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import scarplan
from course.course_case import ZONE, start_case, write_session
from planning.example_plan import make_plan
from scarplan.course import read_course, read_ledger
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.records import Case
from scarplan.records.plan_file import write_plan

TODAY = "2026-11-01"
EVENT = """kind = "adverse_event"
date = 2026-07-05
type = "infection_bacterial"
onset = 2026-07-04
grade = 3
{outcome}
[reporter]
name = "N. Nurse"
"""


def write_event(folder: Path, outcome: str = "") -> Path:
    file = folder / "event.toml"
    file.write_text(EVENT.format(outcome=outcome), "utf-8")
    return file


def learn(root: Path) -> None:
    """Keep the result of an update that knows all that the ledger holds now, and would plan anew."""
    entries = len(read_ledger(Case(root)).entries)
    told = {"decision": {"action": "stop", "reasons": ["r"]}, "ledger": {"entries": entries}}
    follow_up = {"scans": 0, "examinations": 0}
    Case(root).write_result(
        "update", {**told, "follow_up": follow_up, "manifest": {"verb": "update", "inputs": {}, "seed": 0}}
    )


def test_what_was_told_after_the_update_asks_for_another(tmp_path: Path) -> None:
    root = tmp_path / "case"
    start_case(root)
    scarplan.add_session(root, write_session(tmp_path, "2026-03-09"), date=TODAY)
    learn(root)
    with pytest.raises(Refused, match="R-COURSE-003"):  # it goes on to what the update decided
        scarplan.replan_course(root)
    scarplan.add_session(root, write_event(tmp_path), date=TODAY)
    with pytest.raises(MissingStep, match=r"adverse event \(entry 3\).*scarplan update"):
        scarplan.replan_course(root)
    learn(root)
    right = write_session(tmp_path, "2026-03-09", zone=ZONE.replace("passes = 3", "passes = 2"))
    scarplan.correct_entry(root, 2, file=right, reason="two passes", date=TODAY)
    with pytest.raises(MissingStep, match=r"correction \(entry 4\)"):
        scarplan.replan_course(root)


def test_results_that_lack_what_is_read_of_them_are_named(tmp_path: Path) -> None:
    root = tmp_path / "case"
    start_case(root)
    scarplan.add_session(root, write_session(tmp_path, "2026-03-09"), date=TODAY)
    learn(root)
    case = Case(root)
    told = case.read_result("update")
    for spoiled in ({"ledger": {}}, {"decision": None}, {"decision": {"action": "stop", "reasons": [1]}}):
        case.write_result("update", told | spoiled)
        with pytest.raises(BadInput, match=r"update.json is damaged.*run `scarplan update"):
            scarplan.replan_course(root)
    case.write_result("plan", {"manifest": {"verb": "plan", "inputs": {}}})
    with pytest.raises(BadInput, match=r"plan.json is damaged.*run `scarplan plan"):
        scarplan.approve_plan(root, name="A. Doctor", role="dermatologist", date="2026-07-10")


def test_a_plan_for_the_rest_is_not_approved_while_an_event_is_open(tmp_path: Path) -> None:
    root = tmp_path / "case"
    first = start_case(root)
    scarplan.add_session(root, write_session(tmp_path, "2026-03-09"), date=TODAY)
    scarplan.add_session(root, write_event(tmp_path), date=TODAY)
    rest = make_plan(sessions=2, continues=first.content_hash, after_sessions=1)
    Case(root).write_files(write_plan(rest))
    draft = {"plan": rest.content_hash, "status": "draft", "manifest": {"verb": "plan", "inputs": {}}}
    Case(root).write_result("plan", draft)
    by = {"name": "A. Doctor", "role": "dermatologist", "date": "2026-07-10"}
    before = (root / "ledger.jsonl").read_bytes()
    with pytest.raises(Refused, match=r"R-COURSE-005.*infection bacterial, grade 3 .*no outcome was told") as refusal:
        scarplan.approve_plan(root, **by)
    assert len(refusal.value.result["open_events"]) == 1
    assert json.loads((root / "results/plan.json").read_text("utf-8"))["status"] == "draft"
    assert (root / "ledger.jsonl").read_bytes() == before
    over = write_event(tmp_path, 'outcome = "resolved"\noutcome_date = 2026-07-09')
    scarplan.correct_entry(root, 3, file=over, reason="it is over", date=TODAY)
    scarplan.approve_plan(root, **by)
    assert read_course(Case(root)).plan_in_force == rest.content_hash
