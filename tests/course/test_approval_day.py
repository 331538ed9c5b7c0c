"""The day of an approval: not before what the plan rests on, and told beside the other approvals of its course."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

import scarplan
from course.course_case import start_case, write_session
from planning.example_plan import make_plan, make_zone
from scarplan.cli.approve import show_approval
from scarplan.course import Signer, append_entry, read_ledger
from scarplan.errors import BadInput
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.records.plan_file import write_plan

LATER = "2026-11-01"


def put_plan(root: Path, plan: Plan) -> None:
    case = Case(root)
    told = {"plan": plan.content_hash, "status": "draft", "manifest": {"verb": "plan", "inputs": {}}}
    case.write_result("plan", told, write_plan(plan))


def put_result(root: Path, verb: str, **told: Any) -> None:
    Case(root).write_result(verb, {**told, "manifest": {"verb": verb, "inputs": told.pop("inputs", {})}})


def approve(root: Path, day: str) -> dict[str, Any]:
    return scarplan.approve_plan(root, name="A. Doctor", role="dermatologist", date=day)


@pytest.mark.parametrize(
    ("verb", "by", "key", "words"),
    [
        ("screen", "screen", "screened_on", "the screening of 2026-03-02"),
        ("scan", "scars", "scanned_on", "the scan of 2026-03-02"),
        ("assess", "assess", "examined_on", "the examination of 2026-03-02"),
    ],
)
def test_no_approval_is_older_than_what_the_plan_was_made_from(
    tmp_path: Path, verb: str, by: str, key: str, words: str
) -> None:
    root = tmp_path / "case"
    put_result(root, verb, **{key: "2026-03-02"})
    put_plan(root, make_plan(inputs={f"results/{by}.json": "0" * 64}))
    with pytest.raises(BadInput, match=f"E-PLAN-035.*{words}.*2026-03-02 or later"):
        approve(root, "2026-03-01")
    assert not Case(root).has("ledger.jsonl")
    assert approve(root, "2026-03-02")["notes"] == []


def test_nor_is_that_of_a_plan_for_the_rest_older_than_its_sessions_and_follow_ups(tmp_path: Path) -> None:
    root = tmp_path / "case"
    first = start_case(root)
    scarplan.add_session(root, write_session(tmp_path, "2026-03-09"), date=LATER)
    rest = make_plan(sessions=2, continues=first.content_hash, after_sessions=1)
    put_plan(root, rest)
    with pytest.raises(BadInput, match="the session of 2026-03-09"):
        approve(root, "2026-03-08")
    program = Signer("scarplan", "software")
    append_entry(Case(root), "scan", datetime.date(2026, 6, 15), program, {"changes": {}})
    put_result(root, "update", ledger={"entries": len(read_ledger(Case(root)).entries)})
    put_result(root, "replan", plan=rest.content_hash, inputs=Case(root).hashes("results/update.json"))
    append_entry(
        Case(root), "scan", datetime.date(2026, 9, 15), program, {"changes": {}}
    )  # the plan knows nothing of it
    with pytest.raises(BadInput, match="the follow-up of 2026-06-15"):
        approve(root, "2026-06-14")
    (note,) = approve(root, "2026-06-15")["notes"]
    assert note.startswith(f"it takes the place of plan {first.content_hash[:12]}")


def test_an_approval_tells_the_plan_that_is_in_force_after_it(tmp_path: Path) -> None:
    root = tmp_path / "case"
    last = start_case(root, approved_on="2026-05-01")
    scarplan.add_session(root, write_session(tmp_path, "2026-04-09"), date=LATER)
    early = make_plan(zones=(make_zone("cheek", "right", needle_length_mm=1.0),))
    put_plan(root, early)
    told = approve(root, "2026-04-01")
    not_in_force, held = told["notes"]
    assert f"not in force today: plan {last.content_hash[:12]}, approved by A. Doctor on 2026-05-01" in not_in_force
    assert "session of 2026-04-09" in held
    assert show_approval(told).count("Note: ") == 2
    # As the note says: the same file again holds the session against the plan of its day.
    file = write_session(tmp_path, "2026-04-09")
    corrected = scarplan.correct_entry(root, 2, file=file, reason="the plan was signed on paper", date=LATER)
    assert [one["plan"] for one in corrected["sessions"]] == [early.content_hash]
    with pytest.raises(BadInput, match="E-SESSION-005"):  # and now it changes nothing any more
        scarplan.correct_entry(root, 2, file=file, reason="again", date=LATER)
    assert approve(root, LATER)["notes"] == [
        f"it takes the place of plan {last.content_hash[:12]}, approved by A. Doctor on 2026-05-01"
    ]
