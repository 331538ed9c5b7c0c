"""Templates of goals: valid, cited, never beyond what trials saw, and within what the model reaches."""

from __future__ import annotations

import re
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from planning.examined_case import count, make_examined
from scarplan.anatomy import all_zones
from scarplan.cli.template import command
from scarplan.errors import BadInput
from scarplan.evidence.library import all_sources, quantity, recording, value_of
from scarplan.evidence.trials import all_trials
from scarplan.planning import choose_device, examination_basis, prepare_plan, read_screening
from scarplan.planning.goal_templates import write_goal_template
from scarplan.planning.reach import asked_chance, chance_of
from scarplan.planning.screening import ScreeningForPlan
from scarplan.records.goal import DepthGoal, Goal, Goals, PigmentGoal
from scarplan.records.patient import Patient
from scarplan.records.record import read_record

KINDS = ("any", "rolling", "boxcar", "icepick")
#: The model is asked with few draws, and its posterior is fitted anew from time to time.
SLACK = 0.1


def read_template(**about: Any) -> tuple[Goal, ...]:
    return Goals.model_validate(tomllib.loads(write_goal_template(**about))).goal


@pytest.mark.parametrize(("kind", "skin_type"), list(product(KINDS, (None, 1, 3, 4, 6))))
def test_every_template_is_valid_and_cited(kind: str, skin_type: int | None) -> None:
    for zone in (None, "cheek", "temple"):
        text = write_goal_template(scar_kind=kind, skin_type=skin_type, zone=zone)
        goals = read_template(scar_kind=kind, skin_type=skin_type, zone=zone)
        assert {goal.kind for goal in goals} >= {"pigment", "sessions", "redness", "downtime"}
        assert any(isinstance(goal, DepthGoal) for goal in goals) == (kind != "icepick")
        assert all(goal.strength == "goal" for goal in goals)
        cited = {name for found in re.findall(r"\[([a-z0-9_, ]+)\]", text) for name in found.split(", ")} - {"goal"}
        assert cited
        assert cited <= set(all_sources())


def test_darker_or_unknown_skin_is_told_a_higher_risk() -> None:
    def risk(skin_type: int | None) -> float:
        return next(g.percent_at_most for g in read_template(skin_type=skin_type) if isinstance(g, PigmentGoal))

    assert risk(1) == risk(3) < risk(4) == risk(6) == risk(None)


def test_templates_and_plans_take_the_darker_skin_types_from_one_quantity() -> None:
    assert value_of("candidacy.pigment_prone_skin_type") == 4
    with recording() as of_template:
        write_goal_template(skin_type=3)
    with recording() as of_plan:
        strict = [ScreeningForPlan(kind, 30.0, (), {}).is_strict for kind in range(1, 7)]
    assert strict == [False] * 3 + [True] * 3
    assert "candidacy.pigment_prone_skin_type" in of_template.quantities & of_plan.quantities


def test_a_zone_over_bone_is_wished_less_and_named() -> None:
    found = {zone.id: read_depth(zone.id) for zone in all_zones() if zone.on_face}
    assert all(goal.zone == zone for zone, goal in found.items())
    assert found["temple"].percent < found["cheek"].percent


def read_depth(zone: str) -> DepthGoal:
    (goal,) = (goal for goal in read_template(scar_kind="rolling", zone=zone) if isinstance(goal, DepthGoal))
    return goal


def needled(kind: str) -> list[float]:
    """Return the percent that trials of needling alone report for a kind of scar."""
    return [
        100 * row.improvement
        for trial in ("idoj2024", "leelavathy2021")
        for row in all_trials()[trial].changes
        if row.arm == "mn" and row.scar_types == (kind,)
    ]


def test_no_more_is_wished_of_rolling_scars_than_the_least_of_the_trials() -> None:
    published = needled("rolling")
    row = quantity("goals.rolling_percent")
    assert len(published) == 2
    assert row.value <= min(published)
    assert all(f"{percent:.2f}" in row.note for percent in published)


def test_trials_of_boxcars_contradict_each_other_and_the_wish_lies_near_the_lesser() -> None:
    low, high = sorted(needled("boxcar"))
    row = quantity("goals.boxcar_percent")
    assert (row.low, row.high) == (pytest.approx(low), pytest.approx(high))
    assert row.value - low < 0.1 * (high - low)


@pytest.mark.parametrize("skin_type", [2, 5])
def test_the_model_reaches_what_a_template_asks_with_the_chance_it_asks(tmp_path: Path, skin_type: int) -> None:
    case = make_examined(tmp_path, {"cheek left": count(rolling=6, boxcar_shallow=6)}, patient={"skin_type": skin_type})
    goals = {
        goal.kind + getattr(goal, "scar_kind", ""): goal
        for kind in ("rolling", "boxcar")
        for goal in read_template(scar_kind=kind, skin_type=skin_type, zone="cheek")
    }
    parts = prepare_plan(
        screening=read_screening(case.read_result("screen")),
        basis=examination_basis(case.read_result("assess"), count=value_of("forecast.draws"), seed=0),
        patient=read_record(case.path("patient.toml"), Patient, what="patient file", template="patient"),
        goals=tuple(goals.values()),
        clinic=None,
        device=choose_device(None, None),
        inputs={},
        seed=0,
        progress=lambda done: None,
    )
    assert parts.grid is not None
    course = next(course for course in parts.grid.courses if course.schedule.sessions == value_of("goals.sessions"))
    assert set(goals) == {"depthrolling", "depthboxcar", "pigment", "sessions", "redness", "downtime"}
    for goal in goals.values():
        chance = chance_of(goal, course.outcome, course.schedule)
        assert chance is not None
        assert chance >= asked_chance(goal) - SLACK, goal


def test_the_command_prints_a_template_and_refuses_what_is_none() -> None:
    run = CliRunner().invoke(command, ["goals", "--kind", "rolling", "--skin-type", "5", "--zone", "cheek"])
    assert run.exit_code == 0
    assert 'zone = "cheek"' in run.output
    for words, code in (
        (["goals", "--kind", "wide"], "E-GOAL-001"),
        (["goals", "--skin-type", "9"], "E-GOAL-002"),
        (["goals", "--zone", "elbow"], "E-ANAT-001"),
        (["patient", "--kind", "rolling"], "E-TEMPLATE-002"),
    ):
        refused = CliRunner().invoke(command, words)
        assert refused.exit_code == 2
        assert code in refused.stderr


def test_a_template_that_does_not_exist_raises() -> None:
    with pytest.raises(BadInput, match="no such skin type"):
        write_goal_template(skin_type=0)
