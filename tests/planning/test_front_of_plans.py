"""The front: against enumeration, within every limit, and the plans that go by a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from every_plan import enumerate_plans, hypervolume
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from planned_case import scar_row

from scarplan.devices import device
from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import measured_scars
from scarplan.planning.additions import offer_additions
from scarplan.planning.fronts import efficient, spread_out
from scarplan.planning.grid import ZoneTarget
from scarplan.planning.inverse import (
    FrontPlan,
    Search,
    efficient_plans,
    offered_settings,
    plan_of,
    search_plans,
)
from scarplan.planning.many import DRAWS, choose_draws
from scarplan.planning.merits import as_rows
from scarplan.planning.named import name_plans, name_within_limits
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting, prescribe_schedule, prescribe_setting
from scarplan.planning.reach import asked_chance, chance_of
from scarplan.planning.relax import conflict_in_words, find_conflict
from scarplan.planning.schedule import Schedule, offer_schedules
from scarplan.planning.screening import ScreeningForPlan
from scarplan.planning.zones import offer_zones
from scarplan.records.clinic_protocol import ClinicPrices
from scarplan.records.goal import CostGoal, DepthGoal, DowntimeGoal, Goal, PigmentGoal, RednessGoal, SessionsGoal

JUDGE = 91
FEW = 16
SPREAD = np.linspace(0.5, 1.5, FEW)
OTHER = np.random.default_rng(0).permutation(SPREAD)
SCHEDULES = offer_schedules(None, is_strict=False, longest_mm=1.5).schedules
SOME = tuple(s for s in SCHEDULES if s.sessions in (1, 3, 4))
BOTH = ((), ("subcision",))


def make_targets(*kinds: Sequence[str]) -> list[ZoneTarget]:
    """Return one zone for each group of kinds, on the two sides of the cheek and then the same again."""
    targets = []
    for number, group in enumerate(kinds):
        side = ("left", "right")[number % 2]
        rows = [scar_row(10 * number + n, kind, side=side, depth_mm=0.25 + 0.1 * n) for n, kind in enumerate(group)]
        scars = measured_scars(rows, count=FEW, seed=0)
        (zone,) = offer_zones(scars.ids_by_place(), device=device("skinpen"), clinic=None, is_strict=False)
        targets.append(ZoneTarget(options=zone, scars=scars))
    return targets


def toy(targets: Sequence[ZoneTarget], gain: float, redness: float, pigment: float) -> Any:
    """Length and passes trade gain against harms differently in each draw, so that no setting is best in all."""

    def outcome(number: int, setting: Setting, adjuncts: Sequence[str], schedule: Schedule, days: int) -> ZoneOutcome:
        target = targets[number]
        strength = setting.needle_length_mm**OTHER * setting.passes**0.3 * (schedule.interval_days / 28) ** 0.1
        filled = gain * (1 + 0.3 * number) * strength * (1 - 0.7**schedule.sessions) / 0.3
        lifted = 0.2 * target.scars.tethered * target.scars.depth_mm if "subcision" in adjuncts else 0.0
        left = np.maximum(target.scars.depth_mm - filled[:, None] - lifted, 0.0)
        return ZoneOutcome(
            residual_mm=np.repeat(left[:, None], days, axis=1),
            erythema_days=redness * setting.needle_length_mm * SPREAD,
            pigment_risk=np.clip(pigment * schedule.sessions * setting.passes**OTHER, 0, 1),
            downtime_days=0.8 * redness * setting.needle_length_mm * setting.passes**0.2 * SPREAD,
        )

    def follow(
        named: Sequence[tuple[int, Setting]], additions: Sequence[Any], schedule: Schedule, days: Sequence[int]
    ) -> Mapping[Any, ZoneOutcome]:
        return {
            (number, setting, adjuncts): outcome(number, setting, adjuncts, schedule, len(days))
            for number, setting in named
            for adjuncts in additions
        }

    return follow


def make_search(
    *kinds: Sequence[str],
    goals: Sequence[Goal] = (),
    gain: float = 0.04,
    redness: float = 2.0,
    pigment: float = 0.004,
    additions: Any = BOTH,
    prices: ClinicPrices | None = None,
) -> Search:
    targets = make_targets(*(kinds or (("rolling", "boxcar"), ("boxcar", "boxcar", "rolling"))))
    return Search(
        targets=targets,
        settings=[offered_settings(target) for target in targets],
        additions=additions,
        goals=goals,
        judge_after_days=JUDGE,
        follow=toy(targets, gain, redness, pigment),
        prices=prices,
    )


def keys(plans: Sequence[FrontPlan]) -> set[Any]:
    return {plan.key for plan in plans}


def rows_of(plans: Sequence[FrontPlan]) -> np.ndarray:
    return as_rows([plan.merits for plan in plans])


LIMITS = st.one_of(
    st.builds(PigmentGoal, kind=st.just("pigment"), percent_at_most=st.floats(2, 15), strength=st.just("limit")),
    st.builds(SessionsGoal, kind=st.just("sessions"), at_most=st.integers(1, 6), strength=st.just("limit")),
    st.builds(RednessGoal, kind=st.just("redness"), days_at_most=st.floats(1, 5), strength=st.just("limit")),
    st.builds(DowntimeGoal, kind=st.just("downtime"), days_at_most=st.floats(2, 15), strength=st.just("limit")),
    st.builds(
        DepthGoal,
        kind=st.just("depth"),
        scar_kind=st.sampled_from(["any", "rolling", "boxcar"]),
        percent=st.floats(5, 60),
        by_day=st.sampled_from([180, 365]),
        strength=st.just("limit"),
        chance=st.sampled_from([None, 0.3, 0.5]),
    ),
)


@pytest.mark.parametrize("gain", [0.02, 0.05])
@pytest.mark.parametrize("pigment", [0.002, 0.01])
def test_the_front_is_that_of_the_enumeration(gain: float, pigment: float) -> None:
    search = make_search(gain=gain, pigment=pigment)
    every = enumerate_plans(search, SOME)
    assert len(every) == len(SOME) * len(BOTH) * 9**2
    found = efficient_plans(search_plans(search, SOME, within=0.0), ())
    exact = rows_of(every)[efficient(rows_of(every))]
    assert np.array_equal(np.unique(rows_of(found).round(9), axis=0), np.unique(exact.round(9), axis=0))


def test_what_is_taken_for_the_same_costs_less_than_it_may() -> None:
    search = make_search()
    exact = efficient_plans(enumerate_plans(search, SOME), ())
    found = efficient_plans(search_plans(search, SOME), ())
    names = [0, 1, 3, 4]
    worst = rows_of(exact)[:, names].max(axis=0) + 1.0
    volume = hypervolume(rows_of(exact)[:, names], worst)
    gap = 1 - hypervolume(rows_of(found)[:, names], worst) / volume
    assert 0 <= gap < 1e-3


@settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))
@given(st.lists(LIMITS, max_size=3), st.floats(0.02, 0.08), st.floats(0.002, 0.02))
def test_no_point_ever_breaks_a_limit_and_the_limits_cost_no_plan(
    goals: list[Goal], gain: float, pigment: float
) -> None:
    search = make_search(goals=goals, gain=gain, pigment=pigment, additions=((),))
    # The ends and one between: few enough to enumerate many times.
    search = replace(search, settings=[offered[::4] for offered in search.settings])
    found = efficient_plans(search_plans(search, SOME, within=0.0), goals)
    for plan in found:
        for goal in goals:
            assert (chance_of(goal, plan.outcome, plan.schedule) or 0.0) >= asked_chance(goal)
    exact = efficient_plans(enumerate_plans(search, SOME), goals)
    assert bool(found) == bool(exact)
    if not found:
        return
    assert np.array_equal(np.unique(rows_of(found).round(9), axis=0), np.unique(rows_of(exact).round(9), axis=0))


def test_no_point_leaves_what_may_be_set() -> None:
    search = make_search()
    for plan in search_plans(search, SCHEDULES):
        assert plan.schedule in SCHEDULES
        assert plan.schedule.sessions <= value_of("planning.sessions_most")
        for target, setting in zip(search.targets, plan.settings, strict=True):
            options = target.options
            assert setting.needle_length_mm in device("skinpen").lengths_mm
            assert 0 < setting.needle_length_mm <= max(options.lengths_mm)
            assert options.ceiling_mm is not None
            assert setting.needle_length_mm <= options.ceiling_mm
            assert 1 <= setting.passes <= max(options.passes)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=90))
def test_efficient_rows_are_those_that_no_row_dominates(rows: list[tuple[int, ...]]) -> None:
    merits = np.array(rows, dtype=float)
    dominated = [
        any(np.all(other <= own) and np.any(other < own) for other in merits)
        or any(np.all(other == own) for other in merits[:number])
        for number, own in enumerate(merits)
    ]
    assert np.array_equal(efficient(merits), ~np.array(dominated))


def test_hypervolume_of_boxes() -> None:
    worst = np.array([4.0, 4.0, 4.0])
    assert hypervolume(np.array([[1.0, 1.0, 1.0]]), worst) == pytest.approx(27.0)
    # Two boxes of 3 x 3 x 1 and 1 x 3 x 3 share 1 x 3 x 1.
    assert hypervolume(np.array([[1.0, 1.0, 3.0], [3.0, 1.0, 1.0]]), worst) == pytest.approx(9 + 9 - 3)
    assert hypervolume(np.array([[5.0, 1.0, 1.0]]), worst) == 0.0
    cloud = np.random.default_rng(1).uniform(0, 4, (12, 3))
    points = np.random.default_rng(2).uniform(0, 4, (40_000, 3))
    share = np.any(np.all(cloud[None] <= points[:, None], axis=2), axis=1).mean()
    assert hypervolume(cloud, worst) == pytest.approx(64 * share, rel=0.02)


def test_points_that_are_told_hold_the_ends_and_the_named() -> None:
    merits = np.random.default_rng(3).uniform(size=(200, 3))
    chosen = spread_out(merits, most=20, always=[7])
    assert len(chosen) == 20
    assert {7, *merits.argmin(axis=0)} <= set(chosen)
    assert np.array_equal(chosen, np.sort(chosen))
    assert np.array_equal(spread_out(merits[:5], most=20), np.arange(5))


def test_few_draws_tell_what_all_draws_tell() -> None:
    random = np.random.default_rng(4)
    figures = [random.gamma(2.0, size=128), random.normal(size=128), random.beta(1, 20, size=128)]
    rows = choose_draws(figures)
    assert len(set(rows)) == DRAWS
    for values in figures:
        # As many draws taken at random would be off by the spread over the root of 32, 0.18 of it.
        assert abs(values[rows].mean() - values.mean()) < 0.04 * values.std()
    assert np.array_equal(choose_draws([np.arange(5.0)]), np.arange(5))


def test_named_plans_are_what_their_definitions_say() -> None:
    search = make_search(gain=0.03)
    front = efficient_plans(search_plans(search, SCHEDULES), ())
    usual = [prescribe_setting(target.options) for target in search.targets]
    standard = plan_of(search, prescribe_schedule(SCHEDULES), (), [s for s in usual if s is not None])
    named = name_plans(front, standard)
    assert dict(named.items())["standard"] is standard
    gain = 100 - standard.merits.left_percent
    gentle, intensive = named.gentle.merits, named.intensive.merits
    assert 100 - gentle.left_percent >= value_of("planning.gentle_share_of_gain") * gain
    assert gentle.downtime_days <= standard.merits.downtime_days
    assert gentle.pigment_percent <= standard.merits.pigment_percent
    assert gentle.sessions <= standard.merits.sessions
    assert intensive.left_percent <= standard.merits.left_percent
    plain = [plan.merits.left_percent for plan in front if not plan.adjuncts]
    assert intensive.left_percent <= min(plain) + value_of("planning.intensive_margin")
    assert not named.gentle.adjuncts
    assert not named.intensive.adjuncts
    # Nothing is gained: then nothing is gentler or stronger than the standard.
    idle = make_search(gain=0.0, additions=((),))
    same = plan_of(idle, standard.schedule, (), standard.settings)
    assert name_plans([], same).gentle is same
    assert name_plans([], same).intensive is same


def test_additions_need_a_screening_that_speaks_against_nothing() -> None:
    screening = ScreeningForPlan(skin_type=2, age_years=30, not_cleared_because=(), answers={})
    assert offer_additions(screening, not_cleared_because=(), has_rolling=True)[0] == ()
    assert ("prp", "subcision") in offer_additions(screening, not_cleared_because=(), has_rolling=True)
    assert offer_additions(screening, not_cleared_because=(), has_rolling=False) == ((), ("prp",))
    assert offer_additions(screening, not_cleared_because=("open",), has_rolling=True) == ((),)
    bleeds = replace(screening, answers={"bleeding_disorder": "unknown"})
    assert offer_additions(bleeds, not_cleared_because=(), has_rolling=True) == ((),)


def test_cost_is_compared_only_with_prices() -> None:
    prices = ClinicPrices(currency="EUR", session=100.0, subcision=250.0)
    priced = efficient_plans(search_plans(make_search(prices=prices), SOME), ())
    for plan in priced:
        assert plan.merits.cost == 100.0 * plan.schedule.sessions + 250.0 * ("subcision" in plan.adjuncts)
    assert rows_of(priced).shape[1] == 7
    plain = efficient_plans(search_plans(make_search(), SOME), ())
    assert {plan.merits.cost for plan in plain} == {None}
    assert rows_of(plain).shape[1] == 6
    unpriced = make_search(prices=ClinicPrices(currency="EUR", session=100.0))
    costs = {plan.merits.cost is None for plan in efficient_plans(search_plans(unpriced, SOME), ()) if plan.adjuncts}
    assert costs == {True}


def test_the_smallest_relaxation_is_that_of_the_enumeration() -> None:
    goals: list[Goal] = [
        DepthGoal(kind="depth", percent=60, by_day=365, strength="limit", chance=0.5),
        DowntimeGoal(kind="downtime", days_at_most=4, strength="limit"),
    ]
    search = make_search(goals=goals, gain=0.03, additions=((),))
    conflict = find_conflict(search_plans(search, SOME, within=0.0), goals)
    assert conflict is not None
    assert conflict.plan is not None
    # The plan it names meets everything once relaxed, and no plan of all meets a smaller relaxation.
    relaxed = [next((row.instead for row in conflict.relaxed if row.goal == goal), goal) for goal in goals]
    assert all(
        (chance_of(goal, conflict.plan.outcome, conflict.plan.schedule) or 0) >= asked_chance(goal) for goal in relaxed
    )
    every = find_conflict(enumerate_plans(search, SOME), goals)
    assert every is not None
    assert [row.instead for row in every.relaxed] == [row.instead for row in conflict.relaxed]
    assert every.together == conflict.together
    words = conflict_in_words(conflict)
    assert "the smallest relaxation found is" in words
    eased = make_search(goals=relaxed, gain=0.03, additions=((),))
    assert efficient_plans(search_plans(eased, SOME, within=0.0), relaxed)


def test_goals_that_some_plan_meets_do_not_conflict() -> None:
    goal = DepthGoal(kind="depth", percent=5, by_day=365, chance=0.5)
    plans = search_plans(make_search(goals=[goal]), SOME)
    assert find_conflict(plans, [goal]) is None
    assert find_conflict(plans, []) is None
    assert find_conflict([], [goal]) is None


def test_a_goal_that_nothing_can_answer_has_no_relaxation() -> None:
    goal = CostGoal(kind="cost", at_most=500, strength="limit")
    conflict = find_conflict(search_plans(make_search(goals=[goal]), SOME), [goal])
    assert conflict is not None
    assert conflict.relaxed == ()
    assert "no relaxation would help" in conflict_in_words(conflict)


def test_named_plans_keep_limits_in_all_draws_too() -> None:
    limit = RednessGoal(kind="redness", days_at_most=3.0, chance=0.5, strength="limit")
    front = efficient_plans(search_plans(make_search(("rolling", "boxcar"), goals=[limit]), SOME), [limit])

    def in_full(plan: FrontPlan) -> Any:
        # In all draws the limit is kept less surely than in the few.
        return SimpleNamespace(broken=() if (chance_of(limit, plan.outcome, plan.schedule) or 0) > 0.8 else (limit,))

    standard = max(front, key=lambda plan: chance_of(limit, plan.outcome, plan.schedule) or 0)
    loose = name_plans(front, standard)
    assert any(in_full(plan).broken for _, plan in loose.items())
    kept, named, full = name_within_limits(front, standard, chosen=in_full(standard), in_full=in_full)
    assert not any(course.broken for course in full.values())
    assert named.intensive is not standard
    assert 0 < len(kept) < len(front)
