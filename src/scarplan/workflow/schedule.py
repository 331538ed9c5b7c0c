"""Schedule: the days of a course as a calendar to read in, without a word about the patient."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.course import LEDGER, Course, read_course
from scarplan.course.appointments import Timetable, make_timetable
from scarplan.course.former_calendar import read_former_calendar
from scarplan.course.icalendar import write_calendar
from scarplan.course.renewal import calendar_events, renew
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.planning import read_screening
from scarplan.records.case import Case, result_name
from scarplan.records.plan import Approval, Plan
from scarplan.records.plan_file import approval_name, plan_name, read_approval, read_plan, read_plan_result
from scarplan.workflow.day import read_day, read_today
from scarplan.workflow.progress import Progress, report_nothing

CALENDAR = "schedule.ics"
#: What a calendar is called where it is read in: it says nothing of what it is for.
_NAME = "Appointments"


def schedule_course(
    case_path: str | Path,
    *,
    start: str | datetime.date | None = None,
    date: str | datetime.date | None = None,
    weekends: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the calendar of a course: `schedule.ics` and `results/schedule.json`.

    `start` is the earliest day for a session that is still to come, `date` the day on which the calendar is made:
    today if not given, and `start` the same. With `weekends` the clinic works on them; else what it does itself is put
    on the Monday after. A calendar made again keeps its events and counts their changes; after one that is damaged it
    is made anew, above the numbers that can still be read, and a note says so.
    Raises Refused where the screening says wait or do not needle, and for a plan that nobody approved: an older
    calendar is then taken away. Raises BadInput for a day that cannot be, MissingStep without screening or plan.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    today = read_today() if date is None else _read_day(date, "--date")
    first = today if start is None else _read_day(start, "--from")
    if first < today:
        raise BadInput(
            "a session cannot be planned for a day that is over",
            code="E-SCHEDULE-002",
            got=first.isoformat(),
            allowed=f"{today.isoformat()} or later",
            do="--from a day to come",
        )
    progress("reading plan, screening and ledger", 0.0)
    course = read_course(case)
    screening = case.read_result("screen")
    try:
        read_screening(screening)
        plan, approval, newer = _read_plan_in_force(case, course)
    except Refused as refusal:
        case.remove(CALENDAR)
        raise _refused(case, refusal) from None
    progress("placing the days", 0.4)
    with recording() as used:
        timetable = make_timetable(plan, course, screening, start=first, today=today, keeps_weekends=not weekends)
    plans = [*(one.plan for one in course.approvals), plan.content_hash]
    former = read_former_calendar(case, calendar=CALENDAR, plans=plans)
    name = former.name or plan.content_hash
    rows = renew(timetable.appointments, calendar=name, previous=former.events, least_sequence=former.least_sequence)
    inputs = case.hashes(*_inputs(plan))
    manifest = make_manifest("schedule", inputs=inputs, quantities=used.quantities, sources=used.sources)
    result = make_plain(
        {
            **_describe(plan, approval, timetable),
            "calendar": name,
            "made_on": today,
            "from": first,
            "notes": [*timetable.notes, *newer, *([former.note] if former.note else [])],
            "events": rows,
            "files": [CALENDAR],
            "manifest": manifest,
        }
    )
    stamp = max([approval.date, *(session.date for session in course.sessions)])
    progress("writing the calendar", 0.9)
    case.write_result("schedule", result, {CALENDAR: write_calendar(calendar_events(rows), stamp=stamp, name=_NAME)})
    progress("calendar written", 1.0)
    return result


def _describe(plan: Plan, approval: Approval, timetable: Timetable) -> dict[str, Any]:
    return {
        "plan": plan.content_hash,
        "status": "approved",
        "approved_on": approval.date,
        "sessions": {
            "planned": plan.after_sessions + plan.sessions,
            "delivered": timetable.delivered,
            "to_come": timetable.to_come,
            "interval_days": plan.interval_days,
        },
        "moved": [{"earliest": move.earliest, "because": move.because} for move in timetable.moves],
    }


def _read_plan_in_force(case: Case, course: Course) -> tuple[Plan, Approval, list[str]]:
    """Return the approved plan that the course follows, its approval, and a note where a newer plan waits.

    Raises Refused where no plan is approved, MissingStep without a plan, StaleResult for one that no longer holds.
    """
    # A course that runs follows the plan it was begun with, also when answers have changed since.
    result = read_plan_result(case, allow_stale=bool(course.sessions))
    in_force = course.plan_in_force or result["plan"]
    plan = read_plan(case, in_force)
    approval = read_approval(case, plan)
    if approval is None:
        raise Refused(
            "the plan is not approved, so that nobody stands for its days yet",
            do=f"run `scarplan approve {case.root} --name NAME --role ROLE`",
            code="E-SCHEDULE-003",
            result={"status": plan.status_unsigned},
        )
    newer = result["plan"] not in {plan.content_hash, *(each.plan for each in course.approvals)}
    return plan, approval, ["a newer plan waits for approval; the calendar follows the approved one"] if newer else []


def _refused(case: Case, refusal: Refused) -> Refused:
    names = [result_name("screen"), result_name("plan"), LEDGER]
    result = make_plain(
        {
            **refusal.result,
            "events": [],
            "manifest": make_manifest("schedule", inputs=case.hashes(*names)),
        }
    )
    do = f"{refusal.do}; delete appointments of an earlier calendar where it was read in"
    return Refused(refusal.reason, do=do, code=refusal.code, result=result)


def _inputs(plan: Plan) -> tuple[str, ...]:
    name = plan.content_hash
    return plan_name(name), approval_name(name), result_name("screen"), LEDGER


def _read_day(date: str | datetime.date, option: str) -> datetime.date:
    return read_day(
        date,
        what=f"the day of {option} is not a day that can be",
        code="E-SCHEDULE-001",
        do=f"{option} 2026-12-01, or leave it out for today",
    )
