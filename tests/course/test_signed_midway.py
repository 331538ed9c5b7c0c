"""Killed at any moment of their writing, or on a full disk: `approve` and `replan` leave a whole case that goes on."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import scarplan
from course.course_case import start_case, write_session
from course.killed import Killed
from planning.example_plan import make_plan
from scarplan.course import open_ledger, read_ledger
from scarplan.errors import BadInput
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.records.plan_file import approval_name, plan_name, read_plan, write_plan
from scarplan.workflow import approve, replan

SIGNED = {"name": "A. Doctor", "role": "dermatologist", "date": "2026-07-10"}
#: Longer than what a full disk still takes.
_LONG, _LEFT_BYTES = ["a reason " * 20] * 20, 2500


def begin(root: Path) -> Plan:
    """Make a course with a session, told in `results/session.json`, and return a plan for the rest that is no file."""
    first = start_case(root)
    scarplan.add_session(root, write_session(root.parent, "2026-03-09"), date="2026-11-01")
    return make_plan(sessions=2, continues=first.content_hash, after_sessions=1)


def describe(plan: Plan) -> dict[str, Any]:
    return {"plan": plan.content_hash, "status": "draft", "reasons": _LONG}


def prepare_approve(case: Case, rest: Plan, patched: pytest.MonkeyPatch, before: Callable[[Case], None]) -> None:
    case.write_result("plan", {**describe(rest), "manifest": {"verb": "plan", "inputs": {}}}, write_plan(rest))

    def open_then(opened: Case) -> Any:
        before(opened)
        return open_ledger(opened)

    patched.setattr(approve, "open_ledger", open_then)


def prepare_replan(case: Case, rest: Plan, patched: pytest.MonkeyPatch, before: Callable[[Case], None]) -> None:
    """Let `replan` write what it wrote down, without the search for it."""
    made: list[Case] = []

    def make_case(root: Path) -> Case:
        made.append(Case(root))
        return made[-1]

    def write_then(plan: Plan) -> dict[str, bytes]:
        before(made[-1])
        return write_plan(plan)

    told = {"decision": {"action": "continue", "reasons": ["r"]}, "ledger": {"entries": 2}}
    case.write_result("update", {**told, "manifest": {"verb": "update", "inputs": {}, "seed": 0}})
    own = SimpleNamespace(inputs={}, healer=SimpleNamespace(seed=0))
    patched.setattr(replan, "Case", make_case)
    patched.setattr(replan, "prepare_own_course", lambda *_, **__: own)
    patched.setattr(replan, "_plan", lambda *_: (rest, None, [], []))
    patched.setattr(replan, "describe_courses", lambda _: [])
    patched.setattr(replan, "describe_plan", lambda plan, **_: describe(plan))
    patched.setattr(replan, "write_plan", write_then)


def run_approve(root: Path) -> None:
    scarplan.approve_plan(root, **SIGNED)


def run_replan(root: Path) -> None:
    scarplan.replan_course(root)


def check_approve(copy: Case, rest: Plan) -> bool:
    """Check a case whose approval was killed; return whether it is signed."""
    entries = read_ledger(copy).entries[2:]
    assert [entry.kind for entry in entries] == ["approval"][: len(entries)]
    is_signed = copy.read_result("plan")["status"] == "approved"
    assert copy.has(approval_name(rest.content_hash)) is is_signed
    assert len(entries) == 1 or not is_signed  # no signature without its entry
    scarplan.approve_plan(copy.root, **SIGNED)  # the same again goes on, and is one approval
    assert len(read_ledger(copy).entries) == 3
    assert copy.has(approval_name(rest.content_hash))
    return is_signed


def check_replan(copy: Case, rest: Plan) -> bool:
    """Check a case whose new plan was killed; return whether it is there: the plan with both results, or nothing."""
    is_there = copy.has_result("replan")
    assert (copy.read_result("plan")["plan"] == rest.content_hash) is is_there
    assert copy.has(plan_name(rest.content_hash)) is is_there
    if is_there:
        assert read_plan(copy, rest.content_hash) == rest
        assert copy.read_result("replan")["plan"] == rest.content_hash
    assert len(read_ledger(copy).entries) == 2
    return is_there


VERBS = {
    "approve": (prepare_approve, run_approve, check_approve),
    "replan": (prepare_replan, run_replan, check_replan),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9, which this system has not")
@pytest.mark.parametrize("verb", VERBS)
def test_killed_at_any_moment_the_case_is_whole(verb: str, tmp_path: Path) -> None:
    prepare, run, check = VERBS[verb]
    root, killed = tmp_path / "case", Killed(tmp_path / "killed", every=3)
    rest = begin(root)
    killed.folder.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        prepare(Case(root), rest, patched, killed.before_writing)
        killed.run(lambda: run(root))
    done = [check(Case(copy), rest) for copy in killed.copies]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (False, True)
    assert sum(not each for each in done) > 1  # moments before the writing took hold


@pytest.mark.parametrize("verb", VERBS)
def test_on_a_full_disk_nothing_changes_and_it_is_told(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, run, _ = VERBS[verb]
    root = tmp_path / "case"
    prepare(Case(root), begin(root), monkeypatch, lambda _: None)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LEFT_BYTES, hard))
    try:
        with pytest.raises(BadInput, match=r"E-CASE-006.*File too large"):
            run(root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    run(root)
