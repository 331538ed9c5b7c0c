from __future__ import annotations

from pathlib import Path

import pytest
from example_plan import make_plan, make_zone
from hypothesis import given
from hypothesis import strategies as st

from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.planning.approve import approve, status_of
from scarplan.records import Case
from scarplan.records.goal import DepthGoal, SessionsGoal
from scarplan.records.plan import Plan, PlannedGoal
from scarplan.records.plan_file import plan_name, read_approval, read_plan, write_approval, write_plan

GOALS = (
    PlannedGoal(goal=SessionsGoal(kind="sessions", at_most=4), words="a", probability=1.0),
    PlannedGoal(goal=DepthGoal(kind="depth", percent=20, by_day=180), words="b", probability=0.25),
)
ZONES = (make_zone("cheek", "left"), make_zone("cheek", "right"), make_zone("chin", None), make_zone(None, None))


@given(st.permutations(ZONES), st.permutations(GOALS))
def test_the_hash_does_not_depend_on_the_order_of_zones_and_goals(zones: list, goals: list) -> None:
    plan = make_plan(zones=tuple(zones), goals=tuple(goals))
    assert plan.content_hash == make_plan(zones=ZONES, goals=GOALS).content_hash


@pytest.mark.parametrize(
    "change",
    [
        {"sessions": 4},
        {"interval_days": 42},
        {"device": "exceed"},
        {"inputs": {"results/scars.json": "1" * 64}},
        {"zones": (make_zone("cheek", "left", needle_length_mm=1.25),)},
        {"zones": (make_zone("cheek", "left", leave_out=("mole",)),)},
    ],
)
def test_the_hash_changes_with_what_is_signed(change: dict) -> None:
    plan = make_plan(zones=ZONES[:1])
    assert plan.model_copy(update=change).content_hash != plan.content_hash


def test_the_hash_is_known() -> None:
    # Pinned: a plan signed today is found under the same name by a later version.
    assert make_plan(zones=ZONES[:1]).content_hash == "2efbfa514fe9c8b5"


def test_a_plan_comes_back_from_its_file(tmp_path: Path) -> None:
    case, plan = Case(tmp_path), make_plan(zones=ZONES, goals=GOALS)
    case.write_files(write_plan(plan))
    assert read_plan(case, plan.content_hash) == plan
    assert read_plan(case, plan.content_hash[:6]) == plan


def test_a_changed_plan_file_is_not_trusted(tmp_path: Path) -> None:
    case, plan = Case(tmp_path), make_plan(zones=ZONES)
    case.write_files(write_plan(plan))
    path = case.path(plan_name(plan.content_hash))
    path.write_text(path.read_text("utf-8").replace("needle_length_mm = 1.5", "needle_length_mm = 2.5"), "utf-8")
    with pytest.raises(BadInput, match="changed after it was written"):
        read_plan(case, plan.content_hash)


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    case, plan = Case(tmp_path), make_plan(zones=ZONES)
    with pytest.raises(MissingStep, match="has no plan yet"):
        read_plan(case, "abcd")
    case.write_files(write_plan(plan))
    with pytest.raises(BadInput, match=r"no plan with this hash.*../../etc"):
        read_plan(case, "../../etc")


def test_an_approval_is_kept_beside_the_plan(tmp_path: Path) -> None:
    case, plan = Case(tmp_path), make_plan(zones=ZONES)
    case.write_files(write_plan(plan))
    assert read_approval(case, plan) is None
    approval = approve(plan, name=" A. Doctor ", role="dermatologist", date="2026-03-02")
    case.write_files(write_approval(plan, approval))
    assert read_approval(case, plan) == approval
    assert approval.name == "A. Doctor"
    assert read_plan(case, plan.content_hash) == plan
    assert status_of(plan, approval=approval) == "approved"
    assert status_of(plan, approval=approval, is_current=False) == "superseded"
    assert status_of(plan, approval=None) == "draft"


def test_a_plan_that_is_not_cleared_cannot_be_approved() -> None:
    plan = make_plan(zones=ZONES, not_cleared_because=("not answered: keloid history",))
    with pytest.raises(Refused, match=r"not cleared.*keloid history"):
        approve(plan, name="A", role="B", date="2026-03-02")
    assert status_of(plan, approval=None) == "not_cleared"


@pytest.mark.parametrize(("name", "role"), [("", "nurse"), ("  ", "nurse"), ("A", ""), ("A", "x" * 300), ("A\nB", "r")])
def test_an_approval_needs_name_and_role(name: str, role: str) -> None:
    with pytest.raises(BadInput, match="an approval needs a"):
        approve(make_plan(zones=ZONES), name=name, role=role, date="2026-03-02")


def test_an_approval_needs_a_day() -> None:
    with pytest.raises(BadInput, match=r"is no date.*31 March.*year-month-day"):
        approve(make_plan(zones=ZONES), name="A", role="B", date="31 March")


def test_more_sessions_than_a_course_may_have_are_no_plan() -> None:
    with pytest.raises(ValueError, match="sessions"):
        Plan.model_validate(make_plan(zones=ZONES).model_dump() | {"sessions": 7})
