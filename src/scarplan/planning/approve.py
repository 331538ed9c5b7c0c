"""From draft to approved: who, in which role, on which day; nothing of the plan itself changes."""

from __future__ import annotations

import datetime

from scarplan.errors import BadInput, Refused
from scarplan.records.plan import Approval, Plan, PlanStatus


def approve(plan: Plan, *, name: str, role: str, date: datetime.date | str) -> Approval:
    """Return the approval of `plan`.

    Raises Refused for a plan that is not cleared, BadInput for an empty name or role or a date that is none.
    """
    if plan.not_cleared_because:
        raise Refused(
            f"the plan is not cleared: {'; '.join(plan.not_cleared_because)}",
            do="answer the open questions in patient.toml, screen again, and plan again",
            code="E-PLAN-010",
            result={
                "plan": plan.content_hash,
                "status": "not_cleared",
                "not_cleared_because": list(plan.not_cleared_because),
            },
        )
    for what, text in (("name", name), ("role", role)):
        if not text.strip() or len(text) > 200 or not text.isprintable():
            raise BadInput(
                f"an approval needs a {what}",
                code="E-PLAN-011",
                got=text,
                allowed="1 to 200 printable characters",
                do=f'give it: --{what} "..."',
            )
    return Approval(name=name.strip(), role=role.strip(), date=_read_day(date))


def status_of(plan: Plan, *, approval: Approval | None, is_current: bool = True) -> PlanStatus:
    """Return the status of a plan: superseded when it is no longer the plan of its case."""
    if not is_current:
        return "superseded"
    return "approved" if approval and not plan.not_cleared_because else plan.status_unsigned


def _read_day(day: datetime.date | str) -> datetime.date:
    if isinstance(day, datetime.date):
        return day
    try:
        return datetime.date.fromisoformat(day)
    except ValueError:
        raise BadInput(
            "the date of an approval is no date",
            code="E-PLAN-012",
            got=day,
            allowed="year-month-day, such as 2026-03-02",
            do="correct --date, or leave it away for today",
        ) from None
