"""Approve the plan of a case: name, role and day, kept beside the plan; the plan itself does not change."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.errors import Refused
from scarplan.manifest import make_manifest
from scarplan.planning.approve import approve
from scarplan.records import Case
from scarplan.records.plan_file import plan_name, read_plan, write_approval


def approve_plan(
    case_path: str | Path, *, name: str, role: str, date: datetime.date | str | None = None
) -> dict[str, Any]:
    """Approve the plan of a case. `date` is today when left away.

    Raises Refused for a plan that is not cleared, StaleResult for one whose inputs changed, BadInput for an empty name
    or role, MissingStep without a plan.
    """
    case = Case(case_path)
    result = case.read_result("plan")
    plan = read_plan(case, result["plan"])
    manifest = make_plain(make_manifest("approve", inputs=case.hashes(plan_name(plan.content_hash))))
    try:
        approval = approve(plan, name=name, role=role, date=date or datetime.date.today())
    except Refused as refusal:
        raise Refused(
            refusal.reason, do=refusal.do, code=refusal.code, result=refusal.result | {"manifest": manifest}
        ) from None
    signed = {**result, "status": "approved", "approval": make_plain(approval)}
    case.write_result("plan", signed, write_approval(plan, approval))
    return {
        "plan": plan.content_hash,
        "status": "approved",
        "approval": make_plain(approval),
        "manifest": manifest,
    }
