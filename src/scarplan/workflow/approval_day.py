"""The day of an approval: not before what the plan rests on, and beside the other approvals of the course."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from scarplan.course import Course, Ledger, make_course
from scarplan.course.read import ApprovedPlan
from scarplan.errors import BadInput
from scarplan.records import Case
from scarplan.records.case import result_name
from scarplan.records.plan import Plan

#: What a plan may rest on: verb, key of the day in its result, words, and the input of the plan by which it does.
_DATED = (
    ("screen", "screened_on", "the screening", "screen"),
    ("scan", "scanned_on", "the scan", "scars"),
    ("assess", "examined_on", "the examination", "assess"),
)


def refuse_older_than_basis(case: Case, ledger: Ledger, plan: Plan, on: datetime.date) -> None:
    """Raise BadInput for an approval on a day before the screening, scan, session or follow-up the plan rests on."""
    found = [*_first_days(case, plan), *_course_days(case, ledger, plan)]
    day, words = max(found, default=(on, ""))
    if on < day:
        raise BadInput(
            f"this approval is older than what the plan was made from: {words} of {day.isoformat()}",
            code="E-PLAN-035",
            got=on.isoformat(),
            allowed=f"{day.isoformat()} or later",
            do="correct --date, or leave it away for today; where the other day is the wrong one, correct that, and "
            "plan again",
        )


def tell_other_approvals(course: Course, plan: str, on: datetime.date) -> Iterator[str]:
    """Tell what an approval on a day means beside those of other plans and sessions that are recorded already."""
    place = max(number for number, one in enumerate(course.approvals) if (one.plan, one.date) == (plan, on))
    before, after = course.approvals[:place], course.approvals[place + 1 :]
    if before and before[-1].plan != plan:
        yield f"it takes the place of {_name(before[-1])}"
    other = next((one for one in after if one.plan != plan), None)
    if other is not None and course.plan_in_force != plan:
        yield (
            f"this plan is not in force today: {_name(other)} took its place; to follow this one from now on, approve "
            "it again without --date"
        )
    until = datetime.date.max if other is None else other.date
    held = [one.date.isoformat() for one in course.sessions if on <= one.date < until and one.plan != plan]
    if held:
        yield (
            f"recorded before this approval, and held against what was in force then: session of {', '.join(held)}; to "
            "hold it against this plan, give its file again with `scarplan session CASE correct NUMBER FILE --reason "
            "WHY`"
        )


def _name(one: ApprovedPlan) -> str:
    return f"plan {one.plan[:12]}, approved by {one.by.name} on {one.date.isoformat()}"


def _first_days(case: Case, plan: Plan) -> Iterator[tuple[datetime.date, str]]:
    """Yield the days of screening and scan or examination, where the plan was made from what the case holds now."""
    for verb, key, words, by in _DATED:
        if result_name(by) not in plan.inputs or not case.has_result(verb):
            continue
        told = case.read_result(verb, allow_stale=True).get(key)
        if isinstance(told, str):
            yield datetime.date.fromisoformat(told), words


def _course_days(case: Case, ledger: Ledger, plan: Plan) -> Iterator[tuple[datetime.date, str]]:
    """Yield the days of the last session and follow-up that a plan for the rest of a course comes after."""
    if plan.continues is None:
        return
    given = make_course(ledger).sessions[: plan.after_sessions]
    if given:
        yield given[-1].date, "the session"
    known = _entries_known(case, plan)
    then = make_course(Ledger(ledger.entries[:known]))
    seen = [one.date for one in (*then.scans, *then.examinations)]
    if seen:
        yield max(seen), "the follow-up"


def _entries_known(case: Case, plan: Plan) -> int:
    """Return how many entries the update knew that the plan was made from; none where it was made anew since."""
    if not case.has_result("replan") or not case.has_result("update"):
        return 0
    made, name = case.read_result("replan", allow_stale=True), result_name("update")
    if made.get("plan") != plan.content_hash or made["manifest"]["inputs"].get(name) != case.hashes(name)[name]:
        return 0
    known = (case.read_result("update", allow_stale=True).get("ledger") or {}).get("entries")
    return known if type(known) is int else 0
