"""A plan and its grid as plain values: what `--json` prints."""

from __future__ import annotations

from typing import Any

from scarplan.canonical import make_plain
from scarplan.examination import NOTICE
from scarplan.planning.grid import PUBLISHED, Grid, TriedCourse, is_efficient
from scarplan.records.goal import goal_in_words
from scarplan.records.plan import Approval, Plan, PlanStatus


def describe_plan(
    plan: Plan,
    *,
    status: PlanStatus,
    approval: Approval | None,
    candidates: list[dict[str, Any]],
    offered: dict[str, Any],
) -> dict[str, Any]:
    """Return a plan as plain values, the keys of the JSON contract first; the caller adds the manifest."""
    content = make_plain(plan)
    content["alternatives"] = [{"name": row["name"], "for": row.pop("suits"), **row} for row in content["alternatives"]]
    goals = [{**row.pop("goal"), **row} for row in content.pop("goals")]
    first = ("basis", "sessions", "interval_days", "zones", "reasons", "alternatives")
    inputs, device_name = content.pop("inputs"), content.pop("device_name")
    del inputs  # in the manifest, with everything else that was read
    return {
        "plan": plan.content_hash,
        "status": status,
        **{key: content.pop(key) for key in first},
        "examination_notice": NOTICE if plan.basis == "examination" else None,
        "device": {"id": content.pop("device"), "name": device_name},
        **content,
        "goals": goals,
        "approval": make_plain(approval),
        "candidates": candidates,
        **offered,
    }


def describe_courses(grid: Grid | None) -> list[dict[str, Any]]:
    """Return one row for each course that was compared, the best first."""
    if grid is None:
        return []
    rows = [_describe_course(course, grid) for course in grid.courses]
    return sorted(rows, key=lambda row: (not row["chosen"], not row["keeps_limits"], row["price"]))


def _describe_course(course: TriedCourse, grid: Grid) -> dict[str, Any]:
    return {
        "sessions": course.schedule.sessions,
        "interval_days": course.schedule.interval_days,
        "settings": [
            {
                "zone": row.target.options.zone,
                "side": row.target.options.side,
                "needle_length_mm": row.setting.needle_length_mm,
                "passes": row.setting.passes,
            }
            for row in course.settings
        ],
        "depth_left_percent": _round(course.left_percent),
        "redness_days": _round(course.outcome.erythema_days.mean()),
        "pigment_risk_percent": _round(100 * course.outcome.pigment_risk.mean()),
        "course_days": course.schedule.last_day,
        "price": _round(course.price),
        "keeps_limits": not course.broken,
        "broken_limits": [goal_in_words(goal) for goal in course.broken],
        "efficient": is_efficient(course, grid.courses),
        "published_default": grid.default_is == PUBLISHED and course.schedule == grid.default,
        "chosen": course is grid.chosen,
    }


def _round(value: Any) -> float:
    # Two decimals of a percent: what follows is the noise of the draws.
    return round(float(value), 2)
