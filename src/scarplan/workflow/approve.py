"""Approve the plan of a case: name, role and day, kept beside the plan and in the ledger of the course.

The plan itself does not change; one that was approved earlier is superseded from here on.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.course import LEDGER, Course, OpenLedger, Signer, make_course, open_ledger
from scarplan.course.open_events import open_events
from scarplan.errors import Refused
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.planning.approve import approve
from scarplan.records import Case
from scarplan.records.plan import Approval, Plan
from scarplan.records.plan_file import plan_name, read_plan, read_plan_result, write_approval
from scarplan.workflow.approval_day import refuse_older_than_basis, tell_other_approvals
from scarplan.workflow.day import read_today, refuse_day_to_come
from scarplan.workflow.keep_forecast import keep_course_forecast
from scarplan.workflow.session import renewed_sessions


def approve_plan(
    case_path: str | Path, *, name: str, role: str, date: datetime.date | str | None = None
) -> dict[str, Any]:
    """Approve the plan of a case. `date` is today when left away, never a day to come, and not before what it rests on.

    `notes` of the result tell what it means beside approvals of other plans, and sessions that are recorded already.
    Raises Refused for a plan that is not cleared, and for one for the rest of a course while an adverse event is open
    on that day; StaleResult for one whose inputs changed, BadInput for an empty name or role or a day that cannot be,
    MissingStep without a plan.
    """
    case = Case(case_path)
    result = read_plan_result(case)
    plan = read_plan(case, result["plan"])
    manifest = make_plain(make_manifest("approve", inputs=case.hashes(plan_name(plan.content_hash))))
    try:
        approval = approve(plan, name=name, role=role, date=date or read_today())
    except Refused as refusal:
        raise Refused(
            refusal.reason, do=refusal.do, code=refusal.code, result=refusal.result | {"manifest": manifest}
        ) from None
    refuse_day_to_come(
        approval.date,
        read_today(),
        what="the day of this approval is still to come",
        code="E-PLAN-034",
        do="correct --date, or leave it away for today",
    )
    with open_ledger(case) as opened:
        refuse_older_than_basis(case, opened.ledger, plan, approval.date)
        if plan.continues is not None:
            _refuse_open_events(case, make_course(opened.ledger), plan, on=approval.date)
        _enter(opened, plan.content_hash, approval)
        _keep_forecast(case, opened, plan.content_hash, day=approval.date)
        notes = list(tell_other_approvals(make_course(opened.ledger), plan.content_hash, approval.date))
        head = opened.ledger.head
        signed = {**result, "status": "approved", "approval": make_plain(approval), "ledger": make_plain(head)}
        # All in one: what is written into the case must never know of more entries than the ledger holds.
        case.write_result("plan", signed, write_approval(plan, approval) | renewed_sessions(case, opened.ledger))
    return {
        "plan": plan.content_hash,
        "status": "approved",
        "approval": make_plain(approval),
        "notes": notes,
        "manifest": manifest,
    }


def _refuse_open_events(case: Case, course: Course, plan: Plan, *, on: datetime.date) -> None:
    """Raise Refused while an adverse event is open: no further session is proposed then, nor agreed to."""
    with recording() as used:
        told = list(open_events(course, on))
    if not told:
        return
    manifest = make_manifest(
        "approve",
        inputs=case.hashes(plan_name(plan.content_hash), LEDGER),
        quantities=used.quantities,
        sources=used.sources,
    )
    raise Refused(
        f"the plan for the rest is not approved while an adverse event is open on {on.isoformat()}: {'; '.join(told)}",
        do="wait until it is over, tell its outcome in a correction of its entry "
        f"(`scarplan session {case.root} correct NUMBER FILE --reason WHY`), and approve the plan then",
        code="R-COURSE-005",
        result=make_plain({"open_events": told, "manifest": manifest}),
    )


def _enter(opened: OpenLedger, plan: str, approval: Approval) -> None:
    """Add the approval to the ledger, unless it is the one that stands last on its day already."""
    given = [one for one in make_course(opened.ledger).approvals if one.date <= approval.date]
    by = Signer(name=approval.name, role=approval.role)
    if given and (given[-1].plan, given[-1].date, given[-1].by) == (plan, approval.date, by):
        return
    content = {"plan": plan, "replaces": given[-1].plan if given and given[-1].plan != plan else None}
    opened.append("approval", day=approval.date, by=by, content=content)


def _keep_forecast(case: Case, opened: OpenLedger, plan: str, *, day: datetime.date) -> None:
    """Keep the forecast that the plan was approved with, where it still holds: later scans are judged against it."""
    if case.has_result("forecast") and not case.is_stale("forecast"):
        forecast = case.read_result("forecast")
        if forecast["plan"] == plan:
            keep_course_forecast(case, forecast, opened=opened, day=day)
