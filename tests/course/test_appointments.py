"""The days of a course: interval rules, waits, delivered sessions, what belongs to each, renewed calendars."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.example_plan import make_plan
from scarplan.aftercare import plan_aftercare
from scarplan.course.appointments import Appointment, Timetable, make_timetable
from scarplan.course.calendar_texts import read_calendar_texts
from scarplan.course.entry import Signer
from scarplan.course.read import AdverseEvent, ApprovedPlan, Course, DecisionMade, ScanTaken, Session
from scarplan.course.renewal import calendar_events, renew
from scarplan.evidence.library import value_of
from scarplan.records.adverse_event import ObservedEvent
from scarplan.records.plan import Plan
from scarplan.records.session import SessionRecord

START = datetime.date(2026, 12, 1)
NOBODY: dict[str, Any] = {"decision": "suitable", "findings": []}
DOCTOR = Signer("Dr A", "dermatologist")


def day(number: int) -> datetime.date:
    return START + datetime.timedelta(days=number)


def make_course(
    *given_on: int, scans: tuple[int, ...] = (), action: str | None = None, by_program: bool = False
) -> Course:
    """Return a course with sessions and scans on these days after START, and a last decision."""
    record = SessionRecord.model_validate(
        {"date": START, "operator": {"name": "Nurse B"}, "zone": [{"zone": "cheek", "side": "right", "passes": 3}]}
    )
    sessions = tuple(
        Session(order, order, day(days), days - given_on[0], record, None, DOCTOR, {})
        for order, days in enumerate(given_on, start=1)
    )
    content: dict[str, Any] = {"action": action} if by_program else {"record": {"action": action}}
    decisions = (DecisionMade(9, day(0), 0, content, DOCTOR),) if action else ()
    return Course(
        sessions=sessions,
        scans=tuple(ScanTaken(20 + number, day(days), days, {}, DOCTOR) for number, days in enumerate(scans)),
        decisions=decisions,
        first_day=day(given_on[0]) if given_on else None,
    )


def plan_of(**other: Any) -> Plan:
    return make_plan(aftercare=plan_aftercare(), **other)


def timetable(
    course: Course | None = None, *, start: int = 0, today: int = 0, screening: dict[str, Any] = NOBODY, **plan: Any
) -> Timetable:
    return make_timetable(plan_of(**plan), course or Course(), screening, start=day(start), today=day(today))


def of_kind(table: Timetable, kind: str) -> list[Appointment]:
    return [entry for entry in table.appointments if entry.kind == kind]


def session_days(table: Timetable) -> list[int]:
    return [(entry.date - START).days for entry in of_kind(table, "session")]


def test_a_course_that_has_not_begun_starts_where_it_is_asked_to() -> None:
    table = timetable(start=5)
    assert session_days(table) == [5, 33, 61]
    assert [entry.day for entry in of_kind(table, "session")] == [0, 28, 56]
    assert [entry.title for entry in of_kind(table, "session")] == [f"Appointment {n} of 3" for n in (1, 2, 3)]
    assert [(entry.date - START).days for entry in of_kind(table, "judge")] == [61 + 91]
    assert [(entry.date - START).days for entry in of_kind(table, "scan")] == [61 + 183, 61 + 365]
    assert [(entry.date - START).days for entry in of_kind(table, "photo")] == [61 + 30]
    assert table.delivered == 0
    assert table.to_come == 3


@given(
    given_on=st.lists(st.integers(14, 90), max_size=4),
    sessions=st.integers(1, 6),
    interval=st.sampled_from([14, 28, 42]),
    start=st.integers(0, 200),
    wait=st.none() | st.integers(0, 400),
)
def test_laws_of_every_timetable(
    given_on: list[int], sessions: int, interval: int, start: int, wait: int | None
) -> None:
    days = [-sum(given_on[number:]) for number in range(len(given_on))]
    findings = [] if wait is None else [{"rule": "sunburn", "wait_until": day(wait).isoformat(), "override": None}]
    table = timetable(
        make_course(*days),
        start=start,
        screening={"decision": "with_changes", "findings": findings},
        sessions=sessions,
        interval_days=interval,
        review_after_sessions=min(3, sessions),
    )
    found = of_kind(table, "session")
    assert len(found) == max(sessions, len(days))
    assert [(entry.date - START).days for entry in found[: len(days)]] == days
    assert all(entry.state == "done" for entry in found[: len(days)])
    to_come = [entry.date for entry in found[len(days) :]]
    dates = [entry.date for entry in found]
    # The interval is kept before every session that is still to come, and nothing comes before its earliest day.
    for number in range(max(1, len(days)), len(dates)):
        assert (dates[number] - dates[number - 1]).days >= interval
    assert all(date >= day(start) for date in to_come)
    if wait is not None:
        assert all(date >= day(wait) for date in to_come)
    # Questions come before every session that is still to come, and never before today.
    asked = {entry.session: entry.date for entry in of_kind(table, "rescreen") if entry.session}
    assert set(asked) == set(range(len(days) + 1, len(dates) + 1))
    assert all(day(0) <= asked[entry.session] <= entry.date for entry in found[len(days) :] if entry.session)
    # Care of one session ends before the next begins; keys are unique.
    for entry in of_kind(table, "care"):
        later = [date for date in dates if date > dates[(entry.session or 1) - 1]]
        assert entry.date <= entry.end < min(later, default=datetime.date.max)
    assert len({entry.key for entry in table.appointments}) == len(table.appointments)
    assert list(table.appointments) == sorted(table.appointments, key=lambda entry: (entry.date, entry.end, entry.key))


def test_a_delivered_session_shifts_the_rest_and_says_why() -> None:
    table = timetable(make_course(0, 35), start=40, today=40)
    assert session_days(table) == [0, 35, 63]
    assert [move.because for move in table.moves] == ["28 days after the session before"]
    late = timetable(make_course(0), start=100, today=100)
    assert session_days(late) == [0, 100, 128]
    assert late.moves[0].because == f"the interval of 28 days was over before {day(100).isoformat()}"


def test_a_wait_of_the_screening_is_respected_unless_it_was_overridden() -> None:
    finding = {"rule": "tanned_skin", "wait_until": day(20).isoformat(), "override": None}
    table = timetable(screening={"decision": "with_changes", "findings": [finding]})
    assert session_days(table)[0] == 20
    assert "tanned skin" in table.moves[0].because
    overridden = finding | {"override": {"name": "Dr A", "reason": "seen"}}
    assert session_days(timetable(screening={"decision": "with_changes", "findings": [overridden]}))[0] == 0


def test_care_and_call_follow_each_session() -> None:
    table = timetable(sessions=2, review_after_sessions=2, interval_days=21)
    first = [entry for entry in of_kind(table, "care") if entry.session == 1]
    spans = [((entry.date - START).days, (entry.end - START).days) for entry in first]
    assert spans == [(0, 0), (1, 1), (2, 4), (5, 7), (8, 20)]  # cut off before the session on day 21
    calls = [((entry.date - START).days, (entry.end - START).days) for entry in of_kind(table, "call")]
    assert calls == [(1, 3), (22, 24)]


@given(start=st.integers(0, 13), interval=st.integers(14, 60))
def test_days_at_the_clinic_move_off_the_weekend_later_and_never_sooner(start: int, interval: int) -> None:
    plan = plan_of(sessions=4, interval_days=interval, review_after_sessions=3)
    kept = make_timetable(plan, Course(), NOBODY, start=day(start), today=day(0), keeps_weekends=True)
    at_clinic = [entry for entry in kept.appointments if entry.kind not in ("rescreen", "care", "call")]
    assert {entry.date.weekday() for entry in at_clinic} <= set(range(5))
    days = session_days(kept)
    assert 0 <= days[0] - start <= 2
    assert all(0 <= later - earlier - interval <= 2 for earlier, later in itertools.pairwise(days))
    free = make_timetable(plan, Course(), NOBODY, start=day(start), today=day(0))
    moved = any(entry.date.weekday() > 4 for entry in free.appointments if entry.kind in ("session", "judge", "scan"))
    assert any("on the Monday after" in note for note in kept.notes) or not moved


def test_a_plan_approved_since_answers_what_the_program_proposed() -> None:
    course = make_course(0, 28, action="change", by_program=True)
    assert any("nobody has decided" in note for note in timetable(course, start=60, today=60).notes)
    approved = dataclasses.replace(course, approvals=(ApprovedPlan(10, "abc", day(59), 59, DOCTOR),))
    assert not timetable(approved, start=60, today=60).notes


def test_every_span_of_the_leaflet_has_a_neutral_text_of_its_own() -> None:
    texts = read_calendar_texts().texts["care_by_day"]
    assert [step.day for step in plan_aftercare()] == list(texts)
    assert read_calendar_texts().care(label="day 3", day="3", number=1)[1] == "As the leaflet says."


def test_the_review_has_a_scan_before_the_next_session_and_not_in_swelling() -> None:
    quiet = value_of("schedule.scan_not_within_days")
    for interval in (14, 28):
        table = timetable(sessions=4, review_after_sessions=3, interval_days=interval)
        (scan,) = of_kind(table, "scan_before")
        third, fourth = session_days(table)[2:4]
        assert third + quiet <= (scan.date - START).days <= fourth
    assert of_kind(timetable(sessions=3, review_after_sessions=3), "scan_before") == []


def test_scans_of_the_ledger_take_the_place_of_follow_ups() -> None:
    table = timetable(make_course(0, 28, 56, scans=(150, 246)), start=250, today=250)
    (judge,) = of_kind(table, "judge")
    assert (judge.state, (judge.date - START).days) == ("done", 150)
    states = {entry.key: entry.state for entry in of_kind(table, "scan")}
    assert states == {"scan-183": "done", "scan-365": "planned"}
    far = timetable(make_course(0, 28, 56, scans=(5,)), start=60, today=60)
    assert all(entry.state == "planned" for entry in (*of_kind(far, "judge"), *of_kind(far, "scan")))


def test_what_is_over_is_past_and_only_what_the_ledger_holds_is_done() -> None:
    table = timetable(make_course(0), start=30, today=30)
    states = {entry.key: entry.state for entry in table.appointments}
    assert states["session-1"] == "done"
    assert states["call-1"] == "past"
    assert states["care-1-2-4"] == "past"
    assert states["session-2"] == "planned"


@pytest.mark.parametrize(("action", "maintenance"), [("stop", False), ("maintain", True)])
def test_a_decision_to_stop_leaves_the_rest_out(action: str, maintenance: bool) -> None:
    table = timetable(make_course(0, 28, action=action), start=40, today=40)
    assert session_days(table) == [0, 28]
    assert bool(of_kind(table, "maintenance")) is maintenance
    assert of_kind(table, "judge")
    assert any("left out" in note for note in table.notes)


def test_a_plan_approved_since_overrules_a_decision_to_stop() -> None:
    stopped = make_course(0, 28, action="stop")
    for number, is_later in ((8, False), (10, True)):
        course = dataclasses.replace(stopped, approvals=(ApprovedPlan(number, "abc", day(30), 30, DOCTOR),))
        table = timetable(course, start=40, today=40)
        assert table.to_come == (1 if is_later else 0)
        assert bool(of_kind(table, "maintenance")) is is_later
        assert any("left out" in note for note in table.notes) is not is_later


def test_what_the_program_proposes_is_told_and_changes_nothing() -> None:
    table = timetable(make_course(0, 28, action="stop", by_program=True), start=40, today=40)
    assert len(session_days(table)) == 3
    assert of_kind(table, "maintenance")
    assert any("nobody has decided it" in note for note in table.notes)


def test_maintenance_is_to_be_decided_and_ends_with_the_forecast() -> None:
    table = timetable()
    found = of_kind(table, "maintenance")
    assert [(entry.date - START).days for entry in found] == [56 + 274, 56 + 548]
    assert all(entry.is_tentative for entry in found)
    assert of_kind(timetable(maintenance_days=None), "maintenance") == []


def test_sessions_to_come_are_tentative_while_an_adverse_event_is_open() -> None:
    def make(outcome: str) -> Timetable:
        event = ObservedEvent.model_validate({"type": "infection_bacterial", "grade": 2, "outcome": outcome})
        told = (AdverseEvent(8, day(3), 3, event, DOCTOR),)
        course = dataclasses.replace(make_course(0, 28), adverse_events=told)
        return timetable(course, start=40, today=29, sessions=4, review_after_sessions=3)

    table = make("ongoing")
    assert [note for note in table.notes if "infection bacterial, grade 2" in note]
    status = {row["key"]: row["status"] for row in rows_of(table)}
    assert {key for key in status if status[key] == "CONFIRMED"} == {
        row.key for row in table.appointments if row.session in (1, 2)
    }
    assert status["session-2"] == "CONFIRMED"
    assert {status[key] for key in ("session-3", "session-4", "rescreen-3", "judge")} == {"TENTATIVE"}
    over = make("resolved")
    assert not over.notes
    assert session_days(over) == session_days(table)
    assert {entry.kind for entry in over.appointments if entry.is_tentative} == {"maintenance", "rescreen"}
    # Once it is over, the same events are confirmed as new versions of themselves.
    again = {row["key"]: row for row in rows_of(over, rows_of(table))}
    assert (again["session-3"]["status"], again["session-3"]["sequence"]) == ("CONFIRMED", 1)


def test_a_plan_without_sessions_has_no_days() -> None:
    assert timetable(sessions=0).appointments == ()


def rows_of(table: Timetable, previous: Sequence[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    return renew(table.appointments, calendar="c", previous=previous)


def test_a_calendar_made_again_keeps_its_uids_and_counts_what_changed() -> None:
    first = rows_of(timetable())
    again = rows_of(timetable(), first)
    assert again == first
    moved = {row["key"]: row for row in rows_of(timetable(make_course(0, 35), start=40, today=40), first)}
    before = {row["key"]: row for row in first}
    assert moved["session-1"]["uid"] == before["session-1"]["uid"]
    assert moved["session-3"]["sequence"] == 1
    assert moved["session-3"]["date"] == day(63).isoformat()
    assert len({row["uid"] for row in first}) == len(first)
    other = renew(timetable().appointments, calendar="d")
    assert not {row["uid"] for row in other} & {row["uid"] for row in first}


def test_what_is_no_longer_planned_is_cancelled_once_and_may_come_back() -> None:
    first = rows_of(timetable(sessions=4, review_after_sessions=3))
    second = rows_of(timetable(), first)
    gone = {row["key"]: row for row in second if row["status"] == "CANCELLED"}
    assert set(gone) >= {"session-4", "rescreen-4", "call-4", "scan_before-4"}
    assert all(row["sequence"] == 1 for row in gone.values())
    third = rows_of(timetable(), second)
    assert third == second
    back = {row["key"]: row for row in rows_of(timetable(sessions=4, review_after_sessions=3), third)}
    assert (back["session-4"]["status"], back["session-4"]["sequence"]) == ("CONFIRMED", 2)


def test_only_sessions_take_the_day() -> None:
    events = calendar_events(rows_of(timetable(make_course(0), start=30, today=30)))
    busy = [event.summary for event in events if event.is_busy]
    assert busy == ["Appointment 1 of 3 (done)", "Appointment 2 of 3", "Appointment 3 of 3"]
    assert any(event.summary.endswith("(past)") for event in events)
