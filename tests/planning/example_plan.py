"""A small plan record, without running the planner."""

from __future__ import annotations

from typing import Any

from scarplan.records.plan import Anaesthesia, Plan, PlannedZone


def make_zone(zone: str | None, side: Any, **other: Any) -> PlannedZone:
    values = {
        "zone": zone,
        "side": side,
        "scars": (1,),
        "needle_length_mm": 1.5,
        "needle_length_basis": "published",
        "passes": 3,
        "channels_per_cm2": 300.0,
        "mode": "glide",
        "end_point": "uniform pinpoint bleeding, not oozing",
        "ceiling": "never beyond 1.5 mm",
        "ceiling_mm": 1.5,
    }
    return PlannedZone(**(values | other))


def make_plan(**other: Any) -> Plan:
    values = {
        "device": "skinpen",
        "device_name": "SkinPen Precision",
        "sessions": 3,
        "interval_days": 28,
        "maintenance_days": 274,
        "review_after_sessions": 3,
        "judge_after_days": 91,
        "scar_list_reviewed": False,
        "zones": (make_zone("cheek", "right"),),
        "anaesthesia": Anaesthesia(need="usual", options=()),
    }
    return Plan(**(values | other))
