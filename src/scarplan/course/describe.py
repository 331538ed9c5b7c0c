"""The course as plain values: what `session --json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from scarplan.canonical import make_plain
from scarplan.course.corrections import history_of
from scarplan.course.entry import Entry
from scarplan.course.numbing import count_lidocaine
from scarplan.course.read import AdverseEvent, Course, Session
from scarplan.course.verify import VerifiedSession, verify_sessions
from scarplan.records.plan import Plan


def describe_course(course: Course, entries: Sequence[Entry], plans: Mapping[str, Plan]) -> dict[str, Any]:
    """Return sessions beside their plans, events, approvals, decisions and corrections, as plain values."""
    verified = verify_sessions(course.sessions, plans)
    return {
        "plan_in_force": course.plan_in_force,
        "first_day": course.first_day,
        "sessions": [_describe_session(one) for one in verified],
        "planned_delivered": [asdict(row) for one in verified for row in one.rows],
        "deviations": [asdict(deviation) for one in verified for deviation in one.deviations],
        "adverse_events": [
            {
                "number": event.number,
                "date": event.date,
                "day": event.day,
                "in_session": event.in_session,
                "days_after_session": _days_after(event, course),
                "type": event.event.type,
                "what": event.event.what,
                "grade": event.event.grade,
                "serious": event.event.serious,
                "outcome": event.event.outcome,
                "zone": event.event.place.zone,
                "side": event.event.place.side,
            }
            for event in course.adverse_events
        ],
        "approvals": [
            {
                "number": one.number,
                "plan": one.plan,
                "date": one.date,
                "name": one.by.name,
                "role": one.by.role,
                "superseded_by": one.superseded_by,
            }
            for one in course.approvals
        ],
        "decisions": [
            {
                "number": one.number,
                "date": one.date,
                "action": one.content.get("action", one.content.get("record", {}).get("action")),
                "reasons": list(one.content.get("reasons", one.content.get("record", {}).get("reasons", ()))),
                "name": one.by.name,
            }
            for one in course.decisions
        ],
        "corrections": [_describe_correction(entry, entries) for entry in course.corrections],
        "ledger": {"entries": course.head.entries, "hash": course.head.hash},
        "notices": list(course.notices),
    }


def _days_after(event: AdverseEvent, course: Course) -> int | None:
    """Return the days from the last session before an event; None where there was none."""
    before = [session.date for session in course.sessions if session.date <= event.date]
    return (event.date - before[-1]).days if before else None


def _describe_session(one: VerifiedSession) -> dict[str, Any]:
    session = one.session
    record = session.record
    return {
        "order": session.order,
        "number": session.number,
        "date": session.date,
        "day": session.day,
        "operator": record.operator.name,
        "plan": one.plan,
        "interval_days": {"planned": one.planned_interval_days, "delivered": one.delivered_interval_days},
        "device": record.device.id or record.device.model if record.device else None,
        "device_identifier": record.device.device_identifier if record.device else None,
        "device_serial": record.device.known_serial if record.device else None,
        "cartridges": [
            {
                "device_identifier": cartridge.device_identifier,
                "lot": cartridge.known_lot,
                "expiry": cartridge.known_expiry,
                "serial": cartridge.known_serial,
            }
            for cartridge in record.cartridge
        ],
        "lidocaine": _lidocaine(session),
        "pain_0_10": record.reactions.pain_0_10,
        "next_visit": record.aftercare.next_visit,
        "flags": list(session.screening.get("flags", ())),
        "deviations": len(one.deviations),
        "corrections": list(session.corrections),
        "record": make_plain(record),
    }


def _lidocaine(session: Session) -> dict[str, Any] | None:
    weight = session.screening.get("weight_kg")
    given = count_lidocaine(session.record.numbing, weight_kg=weight)
    return None if given is None else {**asdict(given), "is_above": given.is_above}


def _describe_correction(entry: Entry, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return a correction with every version of what it corrects, the oldest first."""
    number = int(entry.content["corrects"])
    return {
        "number": entry.number,
        "corrects": number,
        "date": entry.day,
        "reason": entry.content["reason"],
        "name": entry.by.name,
        "role": entry.by.role,
        "withdrawn": bool(entry.content.get("withdrawn")),
        "versions": [one.number for one in history_of(entries, number)],
    }
