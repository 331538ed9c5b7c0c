"""What an update tells: changes, where the course lies, the forecast anew, the scoreboard, another scan, what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.canonical import hash_file
from scarplan.course.another_scan import value_another_scan
from scarplan.course.delivered import CourseSession
from scarplan.course.given import planned_session
from scarplan.course.measured import detectable_mean
from scarplan.course.on_track import OnTrack, judge_track
from scarplan.course.open_events import open_events_by_now
from scarplan.course.own_forecast import forecast_own, own_timetable, pick_for_forecast
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
from scarplan.evidence.library import value_of
from scarplan.forecast import Outcomes, describe_forecast, describe_new_scars, write_forecast
from scarplan.forecast.outcomes import Timetable
from scarplan.forecast.quantiles import name_quantiles, round_figure
from scarplan.surface.area import seen_area_cm2
from scarplan.workflow.describe_examined import describe_examined, describe_follow_up, describe_left_out
from scarplan.workflow.forecast_from_scan import draw_and_check, read_charts
from scarplan.workflow.keep_forecast import KEPT
from scarplan.workflow.new_acne import read_acne
from scarplan.workflow.own_course import OwnCourse
from scarplan.workflow.progress import Progress, take_share


@dataclass(frozen=True, eq=False)
class _Learned:
    """The ensemble after all scans and the one before any, with the mean depths that are told of them [draw], mm."""

    own: OwnResponse
    table: Timetable
    day: int
    later_day: int
    left_mm: dict[int, Float[np.ndarray, "draw s"]]
    before_judged_mm: Float[np.ndarray, " draw"]
    track: OnTrack

    @property
    def judged_mm(self) -> Float[np.ndarray, " draw"]:
        return self.left_mm[self.table.judge_day].mean(axis=1)


@dataclass(frozen=True, eq=False)
class Described:
    """The result of an update without ledger and manifest, the rows of its scoreboard, and the bytes of its arrays."""

    result: dict[str, Any]
    judged: tuple[Judged, ...]
    arrays: bytes


def describe_own_course(own: OwnCourse, progress: Progress) -> Described:
    """Return what an update tells of the course, and what belongs to it."""
    progress("learning how this patient answers", 0.0)
    learned = _learn(own)
    picked = pick_for_forecast(learned.own, learned.judged_mm, count=own.healer.count)
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
        "response": _describe_response(own, learned),
        "decision": decide(_state(own, learned, picked, outcomes)).describe(),
        "scoreboard": describe_scoreboard(judged),
        "value_of_another_scan": _value_of_another(own, learned),
    }
    return Described(result, judged, arrays)


def _learn(own: OwnCourse) -> _Learned:
    response, before = own.learn(), own.learn(first=0)
    table = own_timetable(own.plan, own.sessions)
    day = int(own.last.day or 0)
    later = day + int(value_of("course.another_scan_days"))
    days = tuple(sorted({day, later, table.judge_day}))
    left = response.left(own.predictor, own.sessions, days)
    forecast = before.left(own.predictor, own.planned_first(), (day,))[:, 0].mean(axis=1)
    given, judged_before = before.left(own.predictor, own.sessions, (day, table.judge_day)).mean(axis=2).T
    by_day = {day: left[:, place] for place, day in enumerate(days)}
    track = judge_track(by_day[day].mean(axis=1), forecast, given, day=day)
    return _Learned(response, table, day, later, by_day, judged_before, track)


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


def _describe_response(own: OwnCourse, learned: _Learned) -> dict[str, Any]:
    """Return how the ensemble came about, and how much narrower it made the band of the mean depth when judged."""
    before, after = (name_quantiles(values) for values in (learned.before_judged_mm, learned.judged_mm))
    widths = [float(band["q95"] - band["q05"]) for band in (before, after)]
    share = widths[1] / widths[0] if widths[0] > 0 else None
    return {
        "draws": learned.own.count,
        "effective_before": round_figure(learned.own.effective),
        "steps": len(learned.own.powers),
        "accepted": round_figure(learned.own.accepted),
        "different_draws": learned.own.ancestors,
        "judge_day": learned.table.judge_day,
        "left_before_mm": {name: round_figure(value) for name, value in before.items()},
        "left_mm": {name: round_figure(value) for name, value in after.items()},
        "width_left": round_figure(share),
        "sessions_given": [each.day for each in own.given],
        "sessions_due": [each.day for each in own.due],
    }


def _state(own: OwnCourse, learned: _Learned, picked: OwnResponse, outcomes: Outcomes) -> CourseState:
    detectable = own.follow_ups[-1].detectable_mean_mm if own.follow_ups else None
    if detectable is None:  # no scar was found again, or nobody scanned: what two depths of this scanner differ by
        detectable = detectable_mean(_expected_sd(own))
    judged, plain = outcomes.timetable.judge_index, outcomes.depth_mm.mean(axis=2)
    kept = outcomes.maintained_depth_mm.mean(axis=2)
    return CourseState(
        day=learned.day,
        last_session_day=own.given[-1].day,
        given=len(own.given),
        due=len(own.due),
        left_mm=left_by_sessions(own, picked, day=learned.day),
        present_mm=float(own.predictor.scars.depth_mm.mean()),
        detectable_mm=detectable,
        behind=learned.track.behind,
        lost_mm=float(np.mean(plain[:, -1] - plain[:, judged])),
        regained_mm=float(np.mean(plain[:, -1] - kept[:, -1])),
        maintenance_days=own.plan.maintenance_days,
        interval_days=own.plan.interval_days,
        open_events=tuple(open_events_by_now(own.course, own.last.date)),
    )


def left_by_sessions(own: OwnCourse, picked: OwnResponse, *, day: int) -> dict[int, Float[np.ndarray, " draw"]]:
    """Return the mean depth left after each possible number of further sessions, on the day of the longest course."""
    allowed = own.further_sessions
    start = max(own.given[-1].day + own.plan.interval_days, day)
    further = [planned_session(own.plan, start + number * own.plan.interval_days) for number in range(allowed)]
    last = further[-1].day if further else own.given[-1].day
    judged = (max(last + own.plan.judge_after_days, day),)

    def left(number: int) -> Float[np.ndarray, " draw"]:
        sessions: Sequence[CourseSession] = (*own.given, *further[:number])
        return picked.left(own.predictor, sessions, judged)[:, 0].mean(axis=1)

    return {number: left(number) for number in range(allowed + 1)}


def _value_of_another(own: OwnCourse, learned: _Learned) -> dict[str, Any]:
    sd = own.follow_ups[-1].sd_mm if own.follow_ups else _expected_sd(own)
    error = float(np.sqrt(np.nansum(sd**2)) / max(int(np.isfinite(sd).sum()), 1))

    def value(day: int) -> dict[str, Any]:
        return value_another_scan(
            learned.left_mm[day], learned.judged_mm, day=day, mean_sd_mm=error, seed=own.healer.seed
        )

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
