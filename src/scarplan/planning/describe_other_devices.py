"""Courses with energy devices, and TCA CROSS for ice-picks, as plain values: `other_devices` and `cross` of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

from scarplan.evidence.library import quantity, source
from scarplan.forecast.quantiles import name_quantiles
from scarplan.planning.other_devices import EnergyCourse, OtherDevices
from scarplan.planning.reach import downtime_of_course

SETTINGS = "settings of the device are set by the clinic within its manual"


def describe_other_devices(found: OtherDevices) -> dict[str, Any]:
    """Return courses with the clinic's energy devices, and why others of them are not offered."""
    return {
        "courses": [_describe(course) for course in found.courses],
        "not_offered": [
            {"device": row.device.id, "words": f"{row.device.name}: {row.why}"} for row in found.not_offered
        ],
    }


def describe_cross(counts: Mapping[str, tuple[int, int]], words: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what TCA CROSS may bring to ice-picks, by the prior of its class; None without ice-picks.

    The range is the middle 90 % of a rated improvement before expectancy; no course of it is simulated.
    """
    if counts.get("icepick", (0, 0))[1] == 0:
        return None
    level, kind = quantity("calibration.procedure_tca_cross"), quantity("calibration.kind_cross_icepick")
    priors = [row.prior for row in (level, kind)]
    center = sum(float(prior.center or 0.0) for prior in priors if prior)
    spread = sum(float(prior.spread or 0.0) ** 2 for prior in priors if prior) ** 0.5
    low, high = (max(0.0, NormalDist(center, spread).inv_cdf(p)) for p in (0.05, 0.95))
    return {
        "scars": words["icepick"],
        "simulated": False,
        "improvement_percent": {"mean": round(center), "q05": round(low), "q95": round(high)},
        "visits_at_least": 1,
        "downtime_days": None,
        "sources": [source(level.source).id],
        "words": (
            f"TCA CROSS of {words['icepick']} ice-picks first, as a visit of its own: in its class the rated "
            f"improvement is put at {low:.0f} to {high:.0f} percentage points (mostly assumed; not simulated). Its "
            "downtime was not found in what could be read, and no figure of the plans holds it. Acid and strength: "
            "prescriber decides"
        ),
    }


def _describe(course: EnergyCourse) -> dict[str, Any]:
    outcome, schedule = course.outcome, course.schedule
    if outcome.downtime_days is None:
        raise ValueError("downtime was not told")
    left, risk = course.merits.left_percent, course.merits.pigment_percent
    downtime = downtime_of_course(outcome.downtime_days, schedule).mean()
    spaced = f", {schedule.interval_days} days apart" if schedule.sessions > 1 else ""
    visits = f"{schedule.sessions} session{'s' * (schedule.sessions > 1)}"
    return {
        "device": course.device.id,
        "device_name": course.device.name,
        "device_class": course.device.device_class,
        "sessions": schedule.sessions,
        "interval_days": schedule.interval_days,
        "course_days": schedule.last_day,
        "left_percent": {"mean": _round(left)} | {k: _round(v) for k, v in name_quantiles(course.left_percent).items()},
        "redness_days": _round(outcome.erythema_days.mean()),
        "downtime_days": _round(outcome.downtime_days.mean()),
        "course_downtime_days": _round(downtime),
        "pigment_percent": _round(risk),
        "efficient": course.is_efficient,
        "settings": SETTINGS,
        "draws": len(course.left_percent),
        "words": (
            f"{visits} of {course.device.name}{spaced}, instead of needling: {left:.0f} % of the depth left, "
            f"{downtime:.0f} days of downtime, darker patches {risk:.0f} %; {SETTINGS}; whether it suits this patient "
            "is decided by who gives it"
        ),
    }


def _round(value: Any) -> float:
    return round(float(value), 2) + 0.0
