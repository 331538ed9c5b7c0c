"""The course of a case as its ledger tells it today: corrections applied, days counted from the first session."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from scarplan.course.corrections import Kept, apply_corrections
from scarplan.course.entry import Entry, Kind, Signer
from scarplan.course.head import NO_HEAD, Head
from scarplan.course.ledger import Ledger, read_ledger
from scarplan.records.adverse_event import AdverseEventRecord, ObservedEvent
from scarplan.records.case import Case
from scarplan.records.record import Record, make_record
from scarplan.records.session import SessionRecord

R = TypeVar("R", bound=Record)
K = TypeVar("K", bound="_Kept")


@dataclass(frozen=True)
class Session:
    """One delivered session. `day` counts from the first session, `plan` is the approved plan in force then.

    `order` counts the sessions from 1 by date; `number` is that of the entry, `corrections` those of its corrections.
    """

    order: int
    number: int
    date: datetime.date
    day: int
    record: SessionRecord
    plan: str | None
    by: Signer
    screening: Mapping[str, Any]
    corrections: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Kept:
    """One entry with what it holds. `day` counts from the first session, negative before it; None without one."""

    number: int
    date: datetime.date
    day: int | None
    content: Mapping[str, Any]
    by: Signer


class ScanTaken(_Kept):
    """One follow-up scan."""


class ExaminationTaken(_Kept):
    """One follow-up examination without a scanner."""


class DecisionMade(_Kept):
    """One decision, by a person (`record`) or as a verb wrote it (`content` alone)."""


@dataclass(frozen=True)
class AdverseEvent:
    """One adverse event, told by itself or in a session.

    `date` is its onset; where that is unknown the day it was told, or that of its end where it was over by then.
    """

    number: int
    date: datetime.date
    day: int | None
    event: ObservedEvent
    by: Signer
    in_session: int | None = None


@dataclass(frozen=True)
class ApprovedPlan:
    """One approval; `superseded_by` is the plan of a later date of approval, None for the one in force."""

    number: int
    plan: str
    date: datetime.date
    day: int | None
    by: Signer
    superseded_by: str | None = None


@dataclass(frozen=True)
class ForecastMade:
    """One forecast that was kept: what made it, of what, and the hash of its result."""

    number: int
    date: datetime.date
    day: int | None
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Course:
    """A whole course. Sessions and approvals stand by date; everything else in the order of the ledger.

    `first_day` is the date of the first session (None before it), `plan_in_force` the plan approved last by date.
    """

    sessions: tuple[Session, ...] = ()
    scans: tuple[ScanTaken, ...] = ()
    adverse_events: tuple[AdverseEvent, ...] = ()
    approvals: tuple[ApprovedPlan, ...] = ()
    decisions: tuple[DecisionMade, ...] = ()
    forecasts: tuple[ForecastMade, ...] = ()
    corrections: tuple[Entry, ...] = ()
    first_day: datetime.date | None = None
    plan_in_force: str | None = None
    head: Head = NO_HEAD
    notices: tuple[str, ...] = ()
    examinations: tuple[ExaminationTaken, ...] = ()


def read_course(case: Case) -> Course:
    """Return the course of a case, an empty one where nothing was recorded. Raises BadInput for a broken ledger."""
    return make_course(read_ledger(case))


def make_course(ledger: Ledger) -> Course:
    """Return the course that a ledger tells."""
    kept, corrections = apply_corrections(ledger.entries)
    held = [one for one in kept if one.entry.kind == "session"]
    first = min((one.day for one in held), default=None)
    approvals = _approvals(kept, first)
    return Course(
        sessions=_sessions(held, first),
        scans=_entries(kept, "scan", ScanTaken, first),
        adverse_events=_events(kept, first),
        approvals=approvals,
        decisions=_entries(kept, "decision", DecisionMade, first),
        forecasts=tuple(
            ForecastMade(one.entry.number, one.day, _since(first, one.day), one.content)
            for one in kept
            if one.entry.kind == "forecast"
        ),
        corrections=corrections,
        first_day=first,
        plan_in_force=approvals[-1].plan if approvals else None,
        head=ledger.head,
        notices=ledger.notices,
        examinations=_entries(kept, "examination", ExaminationTaken, first),
    )


def _entries(kept: list[Kept], kind: Kind, made: type[K], first: datetime.date | None) -> tuple[K, ...]:
    return tuple(
        made(one.entry.number, one.day, _since(first, one.day), one.content, one.entry.by)
        for one in kept
        if one.entry.kind == kind
    )


def _since(first: datetime.date | None, date: datetime.date) -> int | None:
    return None if first is None else (date - first).days


def _sessions(held: list[Kept], first: datetime.date | None) -> tuple[Session, ...]:
    if first is None:
        return ()
    by_date = sorted(held, key=lambda one: (one.day, one.entry.number))
    return tuple(
        Session(
            order=order,
            number=one.entry.number,
            date=one.day,
            day=(one.day - first).days,
            record=_record(one, SessionRecord),
            plan=one.content.get("plan"),
            by=one.entry.by,
            screening=one.content.get("screening", {}),
            corrections=one.corrections,
        )
        for order, one in enumerate(by_date, start=1)
    )


def _events(kept: list[Kept], first: datetime.date | None) -> tuple[AdverseEvent, ...]:
    found: list[AdverseEvent] = []
    for one in kept:
        if one.entry.kind == "adverse_event":
            told: list[tuple[ObservedEvent, int | None]] = [(_record(one, AdverseEventRecord), None)]
        elif one.entry.kind == "session":
            told = [(event, one.entry.number) for event in _record(one, SessionRecord).adverse_event]
        else:
            continue
        for event, session in told:
            date = event.onset or min(one.day, event.outcome_date or one.day)
            found.append(AdverseEvent(one.entry.number, date, _since(first, date), event, one.entry.by, session))
    return tuple(found)


def _approvals(kept: list[Kept], first: datetime.date | None) -> tuple[ApprovedPlan, ...]:
    # By the date of the approval: one that is entered late, or backdated, does not become the last.
    given = sorted((one for one in kept if one.entry.kind == "approval"), key=lambda one: (one.day, one.entry.number))
    plans = [str(one.content["plan"]) for one in given]
    return tuple(
        ApprovedPlan(
            number=one.entry.number,
            plan=plan,
            date=one.day,
            day=_since(first, one.day),
            by=one.entry.by,
            superseded_by=next((later for later in plans[place + 1 :] if later != plan), None),
        )
        for place, (one, plan) in enumerate(zip(given, plans, strict=True))
    )


def _record(one: Kept, model: type[R]) -> R:
    what = f"entry {one.entry.number} of the ledger"
    return make_record(dict(one.content["record"]), model, what=what, template="session")
