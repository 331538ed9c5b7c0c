"""What may be changed about a plan of a case, from its screening, its device and its patient."""

from __future__ import annotations

from scarplan.forecast import Change, ZoneHealer
from scarplan.planning import possible_changes, read_screening
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.workflow.case_device import find_case_device


def read_changes(case: Case, plan: Plan, healer: ZoneHealer, *, has_rolling: bool) -> tuple[Change, ...]:
    """Return what may be changed about `plan`; `has_rolling` is whether a scar may be a rolling one."""
    return possible_changes(
        plan,
        device=find_case_device(case, plan.device),
        patient=healer.patient,
        screening=read_screening(case.read_result("screen")),
        has_rolling=has_rolling,
    )
