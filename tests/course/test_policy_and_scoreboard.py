"""What to do next, where a course lies, and what earlier forecasts were worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scarplan.course.another_scan import value_another_scan
from scarplan.course.measured import FollowUp
from scarplan.course.on_track import judge_track
from scarplan.course.policy import CourseState, decide, sessions_needed
from scarplan.course.scoreboard import (
    MeasuredScan,
    PastForecast,
    crps,
    describe_scoreboard,
    draws_of_quantiles,
    judge_forecasts,
    write_scoreboard,
)
from scarplan.evidence.library import value_of
from scarplan.forecast.change import detectable_mean
from scarplan.units import DAYS_PER_MONTH

NORMAL = np.random.default_rng(0).standard_normal(4000)


def _state(gains_mm: list[float], **changed: object) -> CourseState:
    left = {number: np.full(50, 0.4 - gain) for number, gain in enumerate(gains_mm)}
    usual = CourseState(
        day=200, last_session_day=100, given=3, due=0, left_mm=left, present_mm=0.5, detectable_mm=0.02, behind=0.1,
        lost_mm=0.005, regained_mm=0.004, maintenance_days=270,
    )  # fmt: skip
    return replace(usual, **changed)


@pytest.mark.parametrize(
    ("state", "action", "sessions"),
    [
        (_state([0.0, 0.05, 0.10], day=190), "wait", 0),
        (_state([0.0, 0.05, 0.10]), "change", 2),
        (_state([0.0, 0.05, 0.10], due=2), "continue", 2),
        (_state([0.0, 0.05, 0.055], due=2), "change", 1),
        (_state([0.0, 0.01, 0.015], due=2), "stop", 0),
        (_state([0.0, 0.016, 0.030], due=0), "change", 2),  # one session alone would bring less than could be seen
        (_state([0.0]), "stop", 0),
        (_state([0.0, 0.01], lost_mm=0.05, regained_mm=0.04), "maintain", 0),
        (_state([0.0, 0.01], lost_mm=0.05, regained_mm=0.01), "stop", 0),
    ],
)
def test_the_action_follows_from_what_more_sessions_bring(state: CourseState, action: str, sessions: int) -> None:
    decided = decide(state)
    assert (decided.action, decided.sessions) == (action, sessions)
    assert all(reason for reason in decided.reasons)
    assert "None" not in " ".join(decided.reasons)


_MAINTAINED = {"left_mm": {0: np.full(50, 0.4)}, "lost_mm": 0.05, "regained_mm": 0.04}


@pytest.mark.parametrize("change", [{"due": 2}, {}, {"left_mm": {0: np.full(50, 0.4)}}, {"day": 190}, _MAINTAINED])
def test_an_open_adverse_event_holds_every_further_session_back(change: dict[str, object]) -> None:
    free = _state([0.0, 0.05, 0.10], **change)
    held = decide(replace(free, open_events=("burn, grade 3 of 2026-05-02 (entry 7): not told to be over by then",)))
    assert held.action == ("stop" if decide(free).action == "stop" else "wait")
    assert "burn, grade 3" in held.reasons[0]
    assert held.on_days == ((191,) if change == {"day": 190} else ())
    if decide(free).action == "continue":
        assert held.reasons[1] == "once it is over, what was measured speaks for: continue"


def test_waiting_names_the_day_of_judging_and_maintenance_its_days() -> None:
    assert decide(_state([0.0], day=150)).on_days == (191,)
    assert decide(_state([0.0], lost_mm=0.05, regained_mm=0.04)).on_days == (370, 640)


def test_time_since_the_last_session_is_priced_once() -> None:
    gains = [0.0, 0.008, 0.016]
    assert sessions_needed(_state(gains, detectable_mm=0.0)) == 2
    assert sessions_needed(_state(gains, detectable_mm=0.0, interval_days=28)) == 0
    timed = _state(gains, detectable_mm=0.0, interval_days=28)
    # 1.5 % of 0.5 mm a session, and 0.25 % a month: 100 days for the first one, 28 for each that follows.
    assert timed.price(1) == pytest.approx(0.0075 + 0.00125 * 100 / DAYS_PER_MONTH)
    assert timed.price(2) == pytest.approx(timed.price(1) + 0.0075 + 0.00125 * 28 / DAYS_PER_MONTH)


def test_the_detectable_change_of_the_mean_is_passed_by_chance_once_in_twenty() -> None:
    rng, sd = np.random.default_rng(3), np.linspace(0.01, 0.03, 12)
    levels = value_of("course.shared_error_mm") * rng.standard_normal((20_000, 2)).sum(axis=1)
    mean = (sd * rng.standard_normal((20_000, 12))).mean(axis=1) + levels
    assert np.mean(np.abs(mean) > detectable_mean(sd)) == pytest.approx(0.05, abs=0.006)
    reading = FollowUp(100, np.append(np.zeros(12), np.nan), np.append(sd, np.nan))
    assert reading.detectable_mean_mm == detectable_mean(sd)
    assert FollowUp(100, np.full(2, np.nan), np.full(2, np.nan)).detectable_mean_mm is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.0, 0.1), min_size=1, max_size=6))
def test_no_other_number_that_can_be_seen_brings_more_beyond_its_price(steps: list[float]) -> None:
    state = _state(np.cumsum([0.0, *steps]).tolist())
    needed = sessions_needed(state)
    assert needed == 0 or state.gain(needed) >= state.detectable_mm
    for other in range(1, state.most + 1):
        if state.gain(other) >= state.detectable_mm:
            assert state.gain(other) - state.price(other) <= state.gain(needed) - state.price(needed)


def test_the_last_sessions_need_not_be_seen_by_themselves() -> None:
    gains = [0.0, 0.03, 0.04, 0.042]
    assert sessions_needed(_state(gains)) == 2  # 10 um by 7.5 um; the third brings 2 um
    assert sessions_needed(_state(gains, detectable_mm=0.05)) == 0


def test_the_own_forecast_is_on_track_half_of_the_time() -> None:
    track = judge_track(NORMAL, NORMAL, NORMAL, day=90)
    assert (track.ahead, track.on, track.behind) == pytest.approx((0.25, 0.5, 0.25), abs=0.001)
    assert judge_track(NORMAL - 5.0, NORMAL, NORMAL, day=90).describe()["says"].startswith("ahead")
    assert judge_track(NORMAL + 5.0, NORMAL, NORMAL, day=90).behind > 0.99


@pytest.mark.parametrize(
    ("given", "own", "why"),
    [
        (4.0, 5.0, ", mostly because of the sessions as they were given"),
        (1.0, 5.0, ", mostly because of how the skin answers"),
        (-1.0, 5.0, ""),  # the sessions alone would have put it ahead
        (-3.0, -5.0, ", mostly because of the sessions as they were given"),
        (0.1, 0.2, None),
    ],
)
def test_what_puts_a_course_off_its_forecast_is_told(given: float, own: float, why: str | None) -> None:
    says = judge_track(NORMAL + own, NORMAL, NORMAL + given, day=90).describe()["says"]
    assert says.startswith("on track") if why is None else says.endswith(" of 100)" + why)


def test_crps_of_a_normal_is_its_closed_form() -> None:
    for measured in (-1.0, 0.0, 2.0):
        exact = measured * (2 * stats.norm.cdf(measured) - 1) + 2 * stats.norm.pdf(measured) - 1 / np.sqrt(np.pi)
        assert crps(NORMAL, measured) == pytest.approx(exact, abs=0.03)
    assert crps(np.array([0.3]), 0.5) == pytest.approx(0.2)


def test_draws_have_the_quantiles_that_were_kept() -> None:
    kept = np.quantile(NORMAL, (0.05, 0.25, 0.5, 0.75, 0.95))
    drawn = np.quantile(draws_of_quantiles(kept), (0.05, 0.25, 0.5, 0.75, 0.95))
    assert drawn == pytest.approx(kept, abs=0.03)


def test_only_later_scans_judge_a_forecast() -> None:
    band = np.array([[0.30, 0.35, 0.40, 0.45, 0.50], [0.20, 0.25, 0.30, 0.35, 0.40]])
    forecasts = [PastForecast(f"{n}", "2026-03-05", n, (0, 100), {1: band, 2: band, None: band}, 0.5) for n in (0, 1)]
    scans = [MeasuredScan(1, "first", 50, {1: 0.36}, 0.7), MeasuredScan(2, "second", 100, {1: 0.1, 2: 0.3}, 0.4)]
    rows = judge_forecasts(forecasts, scans)
    assert [(row.forecast, row.scan, row.scar) for row in rows] == [
        ("0", "first", 1), ("0", "first", None), ("0", "second", 1), ("0", "second", 2), ("0", "second", None),
        ("1", "second", 1), ("1", "second", 2), ("1", "second", None),
    ]  # fmt: skip
    assert (rows[0].low_mm, rows[0].middle_mm, rows[0].high_mm) == pytest.approx((0.25, 0.35, 0.45))
    told = describe_scoreboard(rows)
    assert told["scars"]["judged"] == 5
    assert told["scars"]["hits"] == 3
    assert told["totals"]["coverage"] == pytest.approx(1.0)
    assert len(write_scoreboard(rows).decode().splitlines()) == 1 + len(rows)
    assert describe_scoreboard(())["scars"]["coverage"] is None


def test_a_scan_of_what_is_known_is_worth_little_and_a_sharp_one_much() -> None:
    left = 0.4 + 0.05 * NORMAL[:512, None] * np.ones(10)
    sharp = value_another_scan(left, left.mean(axis=1), day=90, mean_sd_mm=0.001, seed=1)
    blunt = value_another_scan(left, left.mean(axis=1), day=90, mean_sd_mm=1.0, seed=1)
    assert sharp["narrower_percent"] > 80
    assert blunt["narrower_percent"] < 10
    assert blunt["says"] == "it would hardly narrow the forecast"
