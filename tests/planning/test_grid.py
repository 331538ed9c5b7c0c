from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned_case import scar_row

from scarplan.devices import device
from scarplan.errors import Refused
from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import ScarDraws, measured_scars
from scarplan.planning.grid import Grid, TriedCourse, ZoneTarget, is_efficient, search_grid
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.reach import CourseOutcome, asked_chance, chance_of
from scarplan.planning.reasons import name_unlikely_goals
from scarplan.planning.schedule import Schedule, offer_schedules
from scarplan.planning.zones import offer_zones
from scarplan.records.goal import DepthGoal, PigmentGoal, RednessGoal, SessionsGoal

JUDGE = 91
SCHEDULES = offer_schedules(None, is_strict=False, longest_mm=1.5).schedules
DRAWS = 40
# A fixed spread between draws, so that chances are shares of these.
SPREAD = np.linspace(0.4, 1.6, DRAWS)


DEPTH_MM = {"rolling": 0.3, "boxcar": 0.4, "icepick": 1.2}


def make_scars(kinds: Sequence[str], depths_mm: Sequence[float] | None = None, *, draws: int = DRAWS) -> ScarDraws:
    depths_mm = [DEPTH_MM[kind] for kind in kinds] if depths_mm is None else depths_mm
    rows = [scar_row(n, kind, depth_mm=d) for n, (kind, d) in enumerate(zip(kinds, depths_mm, strict=True))]
    return measured_scars(rows, count=draws, seed=0)


def make_target(kinds: Sequence[str] = ("rolling", "boxcar", "icepick")) -> ZoneTarget:
    scars = make_scars(kinds)
    (zone,) = offer_zones(scars.ids_by_place(), device=device("skinpen"), clinic=None, is_strict=False)
    return ZoneTarget(options=zone, scars=scars)


def toy(gain: float = 0.05, redness: float = 2.0, pigment: float = 0.02) -> Any:
    """A toy model: every session gains less than the one before; longer needles and more passes gain and harm more."""

    def evaluate(target: ZoneTarget, setting: Any, schedule: Schedule, days: Sequence[int]) -> ZoneOutcome:
        strength = setting.needle_length_mm * setting.passes**0.3 * (schedule.interval_days / 28) ** 0.1
        filled = gain * strength * (1 - 0.7**schedule.sessions) / 0.3 * SPREAD
        left = np.maximum(target.scars.depth_mm - filled[:, None], 0.0)
        return ZoneOutcome(
            residual_mm=np.repeat(left[:, None], len(days), axis=1),
            erythema_days=redness * setting.needle_length_mm * SPREAD,
            pigment_risk=np.clip(pigment * schedule.sessions * setting.passes * SPREAD, 0, 1),
        )

    return evaluate


def search(goals: Sequence[Any] = (), evaluate: Any = None, schedules: Sequence[Schedule] = SCHEDULES) -> Grid:
    return search_grid([make_target()], schedules, goals, evaluate=evaluate or toy(), judge_after_days=JUDGE)


def search_or_none(goals: Sequence[Any], evaluate: Any) -> TriedCourse | None:
    """Return the chosen course, None where the limits are refused."""
    try:
        return search(goals, evaluate).chosen
    except Refused:
        return None


limits = st.one_of(
    st.builds(PigmentGoal, kind=st.just("pigment"), percent_at_most=st.floats(1, 60), strength=st.just("limit")),
    st.builds(SessionsGoal, kind=st.just("sessions"), at_most=st.integers(1, 6), strength=st.just("limit")),
    st.builds(RednessGoal, kind=st.just("redness"), days_at_most=st.floats(0.5, 8), strength=st.just("limit")),
    st.builds(
        DepthGoal,
        kind=st.just("depth"),
        scar_kind=st.sampled_from(["any", "rolling", "boxcar"]),
        percent=st.floats(5, 80),
        by_day=st.sampled_from([60, 180, 365]),
        strength=st.just("limit"),
        chance=st.sampled_from([None, 0.3, 0.5]),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(limits, max_size=4), st.floats(0.01, 0.2), st.floats(0.5, 5), st.floats(0.001, 0.05))
def test_a_limit_is_never_exceeded(goals: list, gain: float, redness: float, pigment: float) -> None:
    chosen = search_or_none(goals, toy(gain, redness, pigment))
    for goal in goals:
        if chosen is None:
            break
        reached = chance_of(goal, chosen.outcome, chosen.schedule)
        assert reached is not None
        assert reached >= asked_chance(goal)


def test_a_limit_that_cannot_be_kept_refuses_and_names_it() -> None:
    goal = PigmentGoal(kind="pigment", percent_at_most=1, strength="limit")
    with pytest.raises(Refused, match=r"no plan keeps all limits.*at most 1 %.*asked 0.90"):
        search([goal], toy(pigment=0.2))


def test_a_gentler_setting_is_taken_before_refusing() -> None:
    goal = RednessGoal(kind="redness", days_at_most=3.3, strength="limit")
    chosen = search([goal], toy(redness=2.0)).chosen
    assert {row.setting.needle_length_mm for row in chosen.settings} == {1.0}
    assert {row.setting.needle_length_mm for row in search().chosen.settings} == {1.5}


def test_the_published_default_stays_unless_another_course_is_clearly_better() -> None:
    assert search(evaluate=toy(gain=0.0)).chosen.schedule.sessions == 1
    grid = search(evaluate=toy(gain=0.02))
    assert grid.default == Schedule(3, 28)
    best = min(grid.courses, key=lambda course: course.price)
    default = next(course for course in grid.courses if course.schedule == grid.default)
    assert (grid.chosen is default) == (default.price <= best.price + value_of("planning.margin_over_default"))


def test_a_wish_pulls_the_choice() -> None:
    wish = DepthGoal(kind="depth", scar_kind="rolling", percent=40, by_day=365)
    without, with_wish = search(evaluate=toy(gain=0.025)).chosen, search([wish], toy(gain=0.025)).chosen
    assert with_wish.schedule.sessions > without.schedule.sessions


def test_a_goal_out_of_reach_is_called_unlikely() -> None:
    near = DepthGoal(kind="depth", scar_kind="rolling", percent=10, by_day=365)
    far = DepthGoal(kind="depth", scar_kind="rolling", percent=95, by_day=365)
    words = name_unlikely_goals([near, far], search([near, far], toy(gain=0.03)))
    assert words is not None
    assert words.startswith("needling alone is unlikely to reach this: the rolling scars on average 95 % shallower")
    assert "10 %" not in words
    assert name_unlikely_goals([near], search([near])) is None
    assert name_unlikely_goals([far], None) is None


def test_ice_picks_do_not_decide_the_number_of_sessions() -> None:
    def price(kinds: tuple[str, ...]) -> float:
        grid = search_grid([make_target(kinds)], SCHEDULES, (), evaluate=toy(), judge_after_days=JUDGE)
        return grid.chosen.left_percent

    assert price(("rolling", "boxcar", "icepick")) == pytest.approx(price(("rolling", "boxcar")))
    assert price(("icepick",)) > price(("rolling",))


def test_every_row_of_the_grid_is_dominated_or_efficient() -> None:
    grid = search()
    efficient = [course for course in grid.courses if is_efficient(course, grid.courses)]
    assert efficient
    deepest = min(grid.courses, key=lambda course: course.left_percent)
    fewest = min(grid.courses, key=lambda course: (course.schedule.sessions, course.left_percent))
    assert deepest in efficient
    assert fewest in efficient


def test_settings_are_compared_on_the_default_and_schedules_with_the_best() -> None:
    grid = search()
    on_default = {row.setting for row in grid.tried if row.schedule == grid.default}
    assert len(on_default) == 9
    assert {course.schedule for course in grid.courses} == set(SCHEDULES)


def test_two_zones_share_their_harms_and_add_their_scars() -> None:
    targets = [make_target(("rolling",)), make_target(("boxcar", "boxcar"))]
    grid = search_grid(targets, SCHEDULES, (), evaluate=toy(), judge_after_days=JUDGE)
    assert grid.chosen.outcome.residual_mm.shape == (DRAWS, 1, 3)
    assert grid.chosen.outcome.scars.kinds == ("rolling", "boxcar_shallow", "boxcar_shallow")


def test_the_chance_of_a_goal_is_a_share_of_draws() -> None:
    outcome = CourseOutcome(
        days=np.array([60, 180]),
        scars=make_scars(("rolling", "boxcar"), (0.4, 0.4), draws=2),
        residual_mm=np.array([[[0.4, 0.4], [0.2, 0.4]], [[0.4, 0.4], [0.3, 0.4]]]),
        erythema_days=np.array([1.0, 4.0]),
        pigment_risk=np.array([0.05, 0.30]),
    )
    schedule = Schedule(3, 28)

    def chance(**goal: Any) -> float | None:
        return chance_of(DepthGoal(kind="depth", **goal), outcome, schedule)

    assert chance(scar_kind="rolling", percent=50, by_day=180) == 0.5
    assert chance(scar_kind="rolling", percent=20, by_day=180) == 1.0
    assert chance(scar_kind="rolling", percent=20, by_day=179) == 0.0
    assert chance(scar_kind="any", percent=25, by_day=200) == 0.5
    assert chance(scar_kind="icepick", percent=5, by_day=200) is None
    assert chance_of(RednessGoal(kind="redness", days_at_most=3), outcome, schedule) == 0.5
    assert chance_of(PigmentGoal(kind="pigment", percent_at_most=30), outcome, schedule) == 1.0
    assert chance_of(SessionsGoal(kind="sessions", at_most=2), outcome, schedule) == 0.0
