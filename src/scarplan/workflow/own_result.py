"""What an update tells: changes, where the course lies, the forecast anew, the scoreboard, another scan, what to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.canonical import hash_file
from scarplan.course.another_scan import value_another_scan
from scarplan.course.own_forecast import forecast_own, pick_for_forecast
from scarplan.course.own_response import OwnResponse
from scarplan.course.policy import CourseState, decide
from scarplan.course.read import ScanTaken
from scarplan.course.scoreboard import (
    Judged,
    MeasuredScan,
    PastForecast,
    describe_scoreboard,
    judge_forecasts,
    read_past_forecast,
)
from scarplan.forecast import Outcomes, describe_forecast, describe_new_scars, write_forecast
from scarplan.forecast.change import detectable_mean
from scarplan.surface.area import seen_area_cm2
from scarplan.workflow.describe_examined import describe_examined, describe_follow_up, describe_left_out
from scarplan.workflow.forecast_from_scan import draw_and_check, read_charts
from scarplan.workflow.keep_forecast import KEPT
from scarplan.workflow.new_acne import read_acne
from scarplan.workflow.own_course import OwnCourse
from scarplan.workflow.own_learned import (
    Learned,
    LeftOf,
    describe_response,
    learn_course,
    left_after_more,
    state_of_course,
)
from scarplan.workflow.progress import Progress, take_share


@dataclass(frozen=True, eq=False)
class Described:
    """The result of an update without ledger and manifest, the rows of its scoreboard, and the bytes of its arrays."""

    result: dict[str, Any]
    judged: tuple[Judged, ...]
    arrays: bytes


def describe_own_course(own: OwnCourse, progress: Progress) -> Described:
    """Return what an update tells of the course, and what belongs to it."""
    progress("learning how this patient answers", 0.0)
    learned = learn_course(own, _left_of(own), unit="mm")
    picked = pick_for_forecast(learned.own, learned.judged, count=own.healer.count)
    forecast, outcomes, arrays = _forecast(own, picked, take_share(progress, 0.4, 0.9))
    progress("deciding what comes next", 0.9)
    judged = judge_forecasts(_past_forecasts(own), _measured_scans(own))
    result = {
        "plan": own.plan.content_hash,
        "follow_up": describe_follow_up(own),
        "changes": own.last.content["changes"],
        "examined": describe_examined(own),
        "examinations_left_out": describe_left_out(own),
        "on_track": learned.track.describe(),
        "forecast": forecast,
        "response": describe_response(own, learned),
        "decision": decide(_state(own, learned, picked, outcomes)).describe(),
        "scoreboard": describe_scoreboard(judged),
        "value_of_another_scan": _value_of_another(own, learned),
    }
    return Described(result, judged, arrays)


def _left_of(own: OwnCourse) -> LeftOf:
    """Return the depth left of each scar, mm."""
    return lambda response, sessions, days: response.left(own.predictor, sessions, days)


def _forecast(own: OwnCourse, picked: OwnResponse, progress: Progress) -> tuple[dict[str, Any], Outcomes, bytes]:
    """Return the forecast as plain values, its outcomes, and the bytes of its arrays.

    What it hangs on is not told: shares of a spread need inputs that vary independently, and after a follow-up they do
    not, since what was measured ties them together.
    """
    if own.scanner is None:
        raise ValueError("a course without a scanner has no surfaces")
    charts = read_charts(own.case, list(own.rows))
    outcomes = forecast_own(
        own.plan,
        own.sessions,
        picked,
        predictor=own.predictor,
        charts=charts,
        rows=own.rows,
        scanner=own.scanner,
        progress=take_share(progress, 0.0, 0.75),
    )
    surfaces, checks = draw_and_check(outcomes, charts, own.scanner, own.healer.seed, take_share(progress, 0.75, 1.0))
    area_cm2 = sum(seen_area_cm2(surface) for surface, _ in charts.values())
    patient = own.healer.patient
    told = describe_forecast(outcomes, patient=patient, surfaces=surfaces, checks=checks, area_cm2=area_cm2)
    scars = replace(own.predictor.scars, **_repeated(own, picked))
    new = describe_new_scars(read_acne(own.case), scars, days=outcomes.timetable.days, seed=own.healer.seed)
    whole = {
        "plan": own.plan.content_hash,
        "basis": "scan",
        **told,
        "sensitivity": None,
        "new_scars": new,
        "not_forecast": list(own.left_out),
        "warnings": list(own.plan.warnings),
    }
    return whole, outcomes, write_forecast(outcomes, surfaces)


def _repeated(own: OwnCourse, picked: OwnResponse) -> dict[str, np.ndarray]:
    """Return the scars in as many draws as the forecast has; the same in each, but for the bands under them."""
    scars, shape = own.predictor.scars, picked.tethered.shape
    return {
        "depth_mm": np.broadcast_to(scars.depth_mm, shape),
        "width_mm": np.broadcast_to(scars.width_mm, shape),
        "tethered": picked.tethered.astype(float),
        "present": np.ones(shape, dtype=bool),
    }


def _state(own: OwnCourse, learned: Learned, picked: OwnResponse, outcomes: Outcomes) -> CourseState:
    detectable = own.follow_ups[-1].detectable_mean_mm if own.follow_ups else None
    if detectable is None:  # no scar was found again, or nobody scanned: what two depths of this scanner differ by
        detectable = detectable_mean(_expected_sd(own))
    judged, plain = outcomes.timetable.judge_index, outcomes.depth_mm.mean(axis=2)
    kept = outcomes.maintained_depth_mm.mean(axis=2)
    return state_of_course(
        own,
        learned,
        left_after_more(own, picked, _left_of(own), day=learned.day),
        present=float(own.predictor.scars.depth_mm.mean()),
        detectable=detectable,
        lost=float(np.mean(plain[:, -1] - plain[:, judged])),
        regained=float(np.mean(plain[:, -1] - kept[:, -1])),
    )


def _value_of_another(own: OwnCourse, learned: Learned) -> dict[str, Any]:
    sd = own.follow_ups[-1].sd_mm if own.follow_ups else _expected_sd(own)
    error = float(np.sqrt(np.nansum(sd**2)) / max(int(np.isfinite(sd).sum()), 1))

    def value(day: int) -> dict[str, Any]:
        return value_another_scan(learned.left[day], learned.judged, day=day, mean_sd_mm=error, seed=own.healer.seed)

    return {"now": value(learned.day), "in_3_months": value(learned.later_day)}


def _expected_sd(own: OwnCourse) -> Float[np.ndarray, " s"]:
    """Return by how much two depths of each scar by this scanner differ without a change (standard deviation, mm)."""
    return np.sqrt(2.0) * np.array([row["depth_sd_mm"] for row in own.rows], dtype=float)


def _past_forecasts(own: OwnCourse) -> list[PastForecast]:
    """Return the forecasts that the ledger keeps; of several with the same plan and the same scans the last one."""
    found: dict[tuple[str, int], PastForecast] = {}
    for made in own.course.forecasts:
        digest = str(made.content["result"])
        path = own.case.path(f"{KEPT}/{digest}")
        # One that was lost or changed judges nothing; `replay` tells of it.
        told = json.loads(path.read_text("utf-8")) if path.is_file() and hash_file(path) == digest else None
        of_update = made.content["verb"] == "update"
        forecast = told["forecast"] if told is not None and of_update else told
        if forecast is None or not forecast.get("scars"):
            continue
        scans = sum(scan.number < made.number for scan in own.course.scans) if of_update else 0
        plan = str(made.content["plan"])
        found[plan, scans] = read_past_forecast(
            forecast, name=f"{made.number}", made_on=made.date.isoformat(), scans_known=scans
        )
    return list(found.values())


def _measured_scans(own: OwnCourse) -> list[MeasuredScan]:
    return [_measured(own, number, scan) for number, scan in enumerate(own.course.scans, start=1)]


def _measured(own: OwnCourse, number: int, scan: ScanTaken) -> MeasuredScan:
    follow_up = own.follow_ups[number - 1]
    present, seen = own.predictor.scars.depth_mm[0], follow_up.seen
    depth = {
        int(row["id"]): float(present[place] + follow_up.change_mm[place])
        for place, row in enumerate(own.rows)
        if seen[place]
    }
    left = float(sum(depth.values()) / present[seen].sum()) if depth else 1.0
    return MeasuredScan(number, scan.content["name"], int(scan.day or 0), depth, left)
