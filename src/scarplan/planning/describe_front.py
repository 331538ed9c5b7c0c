"""The front, the named plans and goals in conflict as plain values: what `--json` prints and `pareto.csv` holds."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from scarplan.forecast.quantiles import name_quantiles
from scarplan.planning.grid import ZoneTarget
from scarplan.planning.inverse import FrontPlan
from scarplan.planning.merits import count_procedures
from scarplan.planning.named import describe_names
from scarplan.planning.offer import Offer
from scarplan.planning.prescribe import Setting
from scarplan.planning.reach import CourseOutcome, chance_of, downtime_of_course
from scarplan.planning.relax import describe_conflict
from scarplan.records.goal import Goal, goal_in_words

_COLUMNS = (
    "point", "named", "picked", "efficient", "sessions", "interval_days", "course_days", "adjuncts", "settings",
    "left_percent", "left_percent_q05", "left_percent_q95", "redness_days", "downtime_days", "course_downtime_days",
    "pigment_percent", "procedures", "cost",
)  # fmt: skip


def describe_front(offer: Offer | None, targets: tuple[ZoneTarget, ...], goals: tuple[Goal, ...]) -> dict[str, Any]:
    """Return `front`, `named`, `picked`, `offers` and `conflicts`; empty where no zone has a needle length setting."""
    if offer is None:
        return {
            "front": [],
            "front_size": 0,
            "named": {},
            "picked": None,
            "offers": [],
            "robust": None,
            "conflicts": None,
        }
    rows = [_describe_point(offer, number, targets, goals) for number in range(len(offer.shown))]
    return {
        "front": rows,
        "front_size": offer.found,
        "named": {name: offer.point_of(plan) for name, plan in offer.named.items()},
        "picked": offer.picked,
        "offers": [_describe_offer(offer, row) for row in describe_names()],
        "robust": offer.robust,
        "conflicts": describe_conflict(offer.conflict),
    }


def write_front(offer: Offer | None, targets: tuple[ZoneTarget, ...]) -> bytes:
    """Return `pareto.csv`: the plans of the front that are told, one a row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    if offer is None:
        return text.getvalue().encode()
    for number in range(len(offer.shown)):
        row = _describe_point(offer, number, targets, ())
        left = row["left_percent"]
        cells = row | {
            "left_percent": left["mean"],
            "left_percent_q05": left["q05"],
            "left_percent_q95": left["q95"],
            "named": row["named"] or "",
            "adjuncts": " ".join(row["adjuncts"]),
            "settings": "; ".join(_setting_in_words(zone) for zone in row["zones"]),
            "cost": "" if row["cost"] is None else row["cost"],
        }
        writer.writerow({name: cells[name] for name in _COLUMNS})
    return text.getvalue().encode()


def _describe_point(
    offer: Offer, number: int, targets: tuple[ZoneTarget, ...], goals: tuple[Goal, ...]
) -> dict[str, Any]:
    plan = offer.shown[number]
    return {
        "point": number + 1,
        "named": " and ".join(offer.names_of(plan)) or None,
        "picked": number + 1 == offer.picked,
        "efficient": offer.is_efficient[number],
        **_what_it_is(plan, targets),
        **figures_of(plan.outcome, plan.left_percent, plan.merits.left_percent, plan),
        "goals": [{"words": goal_in_words(goal), "chance": _chance(goal, plan)} for goal in goals],
        "draws": len(plan.left_percent),
    }


def _describe_offer(offer: Offer, name: dict[str, Any]) -> dict[str, Any]:
    """Return a named plan in all draws of the forecast, which the default screen shows."""
    plan = dict(offer.named.items())[name["name"]]
    course = offer.in_full[name["name"]]
    return {
        **name,
        "point": offer.point_of(plan),
        **figures_of(course.outcome, course.left_by_draw, course.left_percent, plan),
        "draws": len(course.outcome.pigment_risk),
    }


def figures_of(outcome: CourseOutcome, left: np.ndarray, mean_left: float, plan: FrontPlan) -> dict[str, Any]:
    """Return what a course brings and what it costs the patient."""
    if outcome.downtime_days is None:
        raise ValueError("downtime was not told")
    of_course = downtime_of_course(outcome.downtime_days, plan.schedule)
    return {
        "sessions": plan.schedule.sessions,
        "interval_days": plan.schedule.interval_days,
        "course_days": plan.schedule.last_day,
        "left_percent": {"mean": _round(mean_left)} | {k: _round(v) for k, v in name_quantiles(left).items()},
        "redness_days": _round(outcome.erythema_days.mean()),
        "downtime_days": _round(outcome.downtime_days.mean()),
        "course_downtime_days": _round(of_course.mean()),
        "pigment_percent": _round(100 * outcome.pigment_risk.mean()),
        "procedures": count_procedures(plan.adjuncts, plan.schedule),
        "cost": None if outcome.cost is None else _round(outcome.cost),
    }


def _what_it_is(plan: FrontPlan, targets: tuple[ZoneTarget, ...]) -> dict[str, Any]:
    return {
        "adjuncts": list(plan.adjuncts),
        "zones": [_describe_zone(target, setting) for target, setting in zip(targets, plan.settings, strict=True)],
    }


def _describe_zone(target: ZoneTarget, setting: Setting) -> dict[str, Any]:
    return {
        "zone": target.options.zone,
        "side": target.options.side,
        "needle_length_mm": setting.needle_length_mm,
        "passes": setting.passes,
    }


def _setting_in_words(zone: dict[str, Any]) -> str:
    place = " ".join(part for part in (zone["zone"], zone["side"]) if part)
    return f"{place} {zone['needle_length_mm']:g} mm {zone['passes']} passes"


def _chance(goal: Goal, plan: FrontPlan) -> float | None:
    chance = chance_of(goal, plan.outcome, plan.schedule)
    return None if chance is None else round(chance, 2)


def _round(value: Any) -> float:
    # Two decimals of a percent or a day: what follows is the noise of the draws.
    return round(float(value), 2) + 0.0
