"""A course settled among the device's own steps, held against every course that these steps allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned_case import make_case, scar_row

import scarplan
from scarplan.cli.plan import show_plan
from scarplan.devices import device
from scarplan.errors import Refused
from scarplan.evidence import list_unexplained
from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import measured_scars
from scarplan.planning.describe_settled import settled_in_words
from scarplan.planning.enough import say_too_little
from scarplan.planning.grid import Evaluate, Look, TriedCourse, ZoneTarget, join_course
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting
from scarplan.planning.schedule import Schedule
from scarplan.planning.settle import Settled, ZoneSteps, settle_course
from scarplan.planning.zones import offer_zones
from scarplan.records.clinic_protocol import ClinicProtocol, ClinicZone
from scarplan.records.goal import DepthGoal, Goal, PigmentGoal, RednessGoal, Strength

FEW = 8
SPREAD = np.linspace(0.6, 1.4, FEW)
COURSE = Schedule(3, 28)
STEPS = ZoneSteps((0.2, 0.3, 0.4, 0.5, 0.6, 0.8), (1, 2, 3))


def make_targets() -> list[ZoneTarget]:
    found = []
    for number, side in enumerate(("left", "right")):
        rows = [scar_row(10 * number + n, kind, side=side) for n, kind in enumerate(("rolling", "boxcar"))]
        scars = measured_scars(rows, count=FEW, seed=0)
        (zone,) = offer_zones(scars.ids_by_place(), device=device("skinpen"), clinic=None, is_strict=False)
        found.append(ZoneTarget(options=zone, scars=scars))
    return found


def toy(best_mm: float, redness: float) -> Evaluate:
    """Gain that rises to a length, and harms that rise with strength; the second zone answers less."""

    def evaluate(target: ZoneTarget, setting: Setting, schedule: Schedule, days: Sequence[int]) -> ZoneOutcome:
        del schedule
        part = 1.0 if target.options.side == "left" else 0.7
        reach = part * (1 - np.exp(-3 * setting.needle_length_mm / best_mm)) * setting.passes**0.3
        left = np.maximum(target.scars.depth_mm * (1 - 0.2 * reach * SPREAD[:, None]), 0.0)
        harm = setting.needle_length_mm * setting.passes**0.5 * part
        return ZoneOutcome(
            residual_mm=np.repeat(left[:, None], len(days), axis=1),
            erythema_days=redness * harm * SPREAD,
            pigment_risk=np.clip(0.02 * harm * SPREAD, 0, 1),
            downtime_days=0.8 * redness * harm * SPREAD,
        )

    return evaluate


def course_of(look: Look, targets: Sequence[ZoneTarget], chosen: Sequence[Setting]) -> TriedCourse:
    rows = [look.try_setting(target, setting, COURSE) for target, setting in zip(targets, chosen, strict=True)]
    return join_course(targets, rows, COURSE, look)


def settle(look: Look, chosen: Sequence[Setting], *, no_more_harm: bool = False) -> Settled:
    start = course_of(look, make_targets(), chosen)
    led = [Setting(0.8, 3)] * 2
    return settle_course(start, [STEPS] * 2, look=look, led_to=led, slopes=3, no_more_harm=no_more_harm)


GOALS = st.lists(
    st.one_of(
        st.builds(RednessGoal, kind=st.just("redness"), days_at_most=st.floats(0.5, 3), strength=st.just("limit")),
        st.builds(PigmentGoal, kind=st.just("pigment"), percent_at_most=st.floats(0.5, 3), strength=st.just("limit")),
        st.builds(DepthGoal, kind=st.just("depth"), percent=st.floats(5, 25), by_day=st.just(180)),
    ),
    max_size=2,
)


@settings(max_examples=8, deadline=None)
@given(GOALS, st.floats(0.2, 1.5), st.floats(1, 6))
def test_settling_keeps_what_can_be_kept_and_comes_near_the_best_of_all(
    goals: list[Goal], best_mm: float, redness: float
) -> None:
    look = Look(goals, toy(best_mm, redness), 91)
    found = settle(look, [Setting(0.6, 2), Setting(0.6, 2)])
    targets = make_targets()
    rows = [
        [look.try_setting(t, Setting(*one), COURSE) for one in product(STEPS.lengths_mm, STEPS.passes)] for t in targets
    ]
    every = [join_course(targets, pair, COURSE, look) for pair in product(*rows)]
    kept = [course.price for course in every if not course.broken]
    assert bool(kept) == (not found.best.broken)
    assert found.gap == 0
    if kept:
        assert found.best.price <= min(kept) + 0.3
    assert found.is_taken == (
        (bool(found.start.broken) and not found.best.broken)
        or (found.best is not found.start and found.gain >= value_of("planning.margin_over_default"))
    )


def test_a_plan_picked_for_less_harm_gets_no_more_of_it() -> None:
    look = Look((), toy(0.8, 2.0), 91)
    start = [Setting(0.4, 2), Setting(0.4, 2)]
    free, held = settle(look, start), settle(look, start, no_more_harm=True)
    assert free.best.outcome.pigment_risk.mean() > free.start.outcome.pigment_risk.mean()
    assert held.best.outcome.pigment_risk.mean() <= held.start.outcome.pigment_risk.mean() + 1e-9
    # The second zone answers less, so it takes more without being the worst one.
    assert held.best.left_percent < held.start.left_percent
    assert not held.is_taken
    assert "nothing worth a change was found" in settled_in_words(held)


@pytest.mark.parametrize("strength", ["limit", "goal"])
def test_no_redness_by_doing_nothing_is_no_plan(strength: Strength) -> None:
    def only_deep(target: ZoneTarget, setting: Setting, schedule: Schedule, days: Sequence[int]) -> ZoneOutcome:
        found = toy(0.8, 2.0)(target, setting, schedule, days)
        depth = np.broadcast_to(target.scars.depth_mm[:, None], found.residual_mm.shape)
        return found if setting.needle_length_mm > 0.4 else replace(found, residual_mm=0.999 * depth)

    goal = RednessGoal(kind="redness", days_at_most=0.65, chance=0.5, strength=strength)
    look = Look([goal] * 3, only_deep, 91)
    start, led = course_of(look, make_targets(), [Setting(0.8, 3)] * 2), [Setting(0.2, 1)] * 2
    found = settle_course(start, [STEPS] * 2, look=look, led_to=led, slopes=3, no_more_harm=False)
    assert found.left_out is not None
    assert found.left_out.left_percent > 99
    assert found.best.left_percent < 95
    assert "less than its visits, redness and risk weigh" in (found.too_little or "")
    assert "and is not taken" in settled_in_words(found)
    assert not found.is_taken
    assert bool(found.best.broken) == (strength == "limit")
    too_faint = say_too_little(found.best, detectable_percent=60.0)
    assert too_faint is not None
    assert "two scans can tell from error" in too_faint


@pytest.mark.slow
def test_no_named_plan_breaks_a_limit_and_no_point_that_does_is_taken(tmp_path: Path) -> None:
    case, goals = make_case(tmp_path), tmp_path / "goals.toml"
    goals.write_text('[[goal]]\nkind = "pigment"\npercent_at_most = 9\nstrength = "limit"\n')
    plan = scarplan.plan_course(case.root, goals=goals, pick="intensive")
    assert plan["goals"][0]["probability"] >= value_of("planning.chance_of_limit")
    goals.write_text('[[goal]]\nkind = "downtime"\ndays_at_most = 9\nstrength = "limit"\n')
    with pytest.raises(Refused, match=r"E-PLAN-036.*breaks a limit when it is looked at in all draws"):
        scarplan.plan_course(case.root, goals=goals, pick="40")


def test_the_steps_are_those_of_the_device_within_what_may_be() -> None:
    pen = replace(device("skinpen"), lengths_mm=tuple(round(0.1 * n, 1) for n in range(26)))
    wish = {"cheek": ClinicZone(needle_length_mm=1.2, passes=6)}
    cheek, clinics = (
        offer_zones({("cheek", "left"): (1,)}, device=pen, clinic=clinic, is_strict=False)[0]
        for clinic in (None, ClinicProtocol(name="c", date=date(2026, 1, 1), zones=wish))
    )
    assert cheek.steps_mm(pen) == tuple(round(0.1 * n, 1) for n in range(3, 16))  # published from 0.25 mm
    assert cheek.pass_steps == (2, 3, 4)
    assert clinics.steps_mm(pen) == tuple(round(0.1 * n, 1) for n in range(1, 13))  # never beyond the clinic's
    assert clinics.pass_steps == (2, 3, 4, 5, 6)


@pytest.mark.slow
def test_a_limit_that_no_offered_setting_keeps_is_kept_among_the_steps(tmp_path: Path) -> None:
    case, goals = make_case(tmp_path), tmp_path / "goals.toml"
    goals.write_text('[[goal]]\nkind = "redness"\ndays_at_most = 2.5\nstrength = "limit"\nchance = 0.5\n')
    with pytest.raises(Refused, match="no plan keeps all limits") as refused:
        scarplan.plan_course(case.root, goals=goals)
    assert "--fine" in refused.value.do
    plan = scarplan.plan_course(case.root, goals=goals, fine=True)
    (zone,) = plan["zones"]
    assert zone["needle_length_mm"] < 1.0  # the shortest that is offered
    assert plan["goals"][0]["probability"] >= 0.5
    assert plan["conflicts"] is None
    fine = plan["fine"]
    assert fine["taken"]
    assert fine["from_point"] is None
    assert fine["gap_percent"] == 0
    assert fine["slopes"] > 0
    assert fine["zones"][0]["best"]["needle_length_mm"] == zone["needle_length_mm"]
    assert any(reason["text"] == fine["words"] for reason in plan["reasons"])
    assert any(
        reason["text"].endswith("shorter here than that, by the choice of this plan") for reason in plan["reasons"]
    )
    assert "keeps what the other breaks: redness" in show_plan(plan)
    assert not list(list_unexplained("plan", plan))
