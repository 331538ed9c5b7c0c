from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.evidence.library import value_of
from scarplan.planning.prescribe import prescribe_schedule
from scarplan.planning.schedule import Schedule, offer_schedules
from scarplan.records.clinic_protocol import ClinicProtocol


def clinic(**values: Any) -> ClinicProtocol:
    return ClinicProtocol(name="Clinic", date=date(2026, 1, 1), **values)


def numbers(options: Any) -> set[int]:
    return {schedule.sessions for schedule in options.schedules}


def intervals(options: Any) -> set[int]:
    return {schedule.interval_days for schedule in options.schedules}


@given(
    sessions=st.none() | st.integers(1, 6),
    most=st.none() | st.integers(1, 6),
    interval=st.none() | st.integers(14, 180),
    is_strict=st.booleans(),
    longest=st.none() | st.floats(0.25, 3.0),
)
def test_a_course_keeps_its_limits_whatever_a_clinic_says(
    sessions: int | None, most: int | None, interval: int | None, is_strict: bool, longest: float | None
) -> None:
    if sessions and most and sessions > most:
        sessions = most
    options = offer_schedules(
        clinic(sessions=sessions, max_sessions=most, interval_days=interval), is_strict=is_strict, longest_mm=longest
    )
    assert options.schedules
    assert max(numbers(options)) <= min(most or 6, value_of("planning.sessions_most"))
    assert 1 <= options.review_after_sessions <= value_of("planning.review_after_sessions")
    assert min(intervals(options)) >= (28 if is_strict else 14)
    if sessions:
        assert numbers(options) == {sessions}


def test_without_a_clinic_the_published_figures_are_compared() -> None:
    options = offer_schedules(None, is_strict=False, longest_mm=1.5)
    assert numbers(options) == {1, 2, 3, 4, 5, 6}
    assert intervals(options) == {28, 42}
    assert sum(schedule.sessions == 1 for schedule in options.schedules) == 1
    assert any("harris2015" in reason.sources for reason in options.reasons)
    assert prescribe_schedule(options.schedules) == Schedule(3, 28)


@pytest.mark.parametrize(("is_strict", "longest"), [(True, 1.5), (False, 2.0), (True, None)])
def test_darker_or_unknown_skin_and_long_settings_take_the_longer_interval(
    is_strict: bool, longest: float | None
) -> None:
    assert intervals(offer_schedules(None, is_strict=is_strict, longest_mm=longest)) == {42}


def test_a_clinic_interval_too_short_for_darker_skin_is_lengthened_and_said() -> None:
    options = offer_schedules(clinic(interval_days=21), is_strict=True, longest_mm=1.5)
    assert intervals(options) == {28}
    assert any("28 days apart instead of the 21" in reason.text for reason in options.reasons)
    assert intervals(offer_schedules(clinic(interval_days=21), is_strict=False, longest_mm=1.5)) == {21}


def test_maintenance_is_an_assumption_unless_the_clinic_sets_it() -> None:
    assert "assumption" in offer_schedules(None, is_strict=False, longest_mm=1.5).maintenance_note
    options = offer_schedules(clinic(maintenance_days=200), is_strict=False, longest_mm=1.5)
    assert options.maintenance_days == 200
    assert "Clinic, 2026-01-01" in options.maintenance_note


def test_session_days_count_from_the_first() -> None:
    assert Schedule(3, 28).session_days == (0, 28, 56)
    assert Schedule(3, 28).last_day == 56
    assert Schedule(1, 42).session_days == (0,)
