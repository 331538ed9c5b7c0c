"""What an update learned of a course, told alike by scan and by examination: in mm of each scar, or percent of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from scarplan.course.delivered import CourseSession
from scarplan.course.given import planned_session
from scarplan.course.on_track import OnTrack, Unit, judge_track
from scarplan.course.open_events import open_events_by_now
from scarplan.course.own_forecast import own_timetable
from scarplan.course.own_response import OwnResponse
from scarplan.course.policy import CourseState
from scarplan.evidence.library import value_of
from scarplan.forecast.outcomes import Timetable
from scarplan.forecast.quantiles import name_quantiles, round_figure
from scarplan.workflow.own_course import OwnCourse

#: The depth left by a response after sessions, on days [draw t s]: of each scar in mm, of all in percent (s = 1).
LeftOf: TypeAlias = Callable[[OwnResponse, Sequence[CourseSession], tuple[int, ...]], Float[np.ndarray, "draw t s"]]


@dataclass(frozen=True, eq=False)
class Learned:
    """The ensemble after all follow-ups, and the depth left with it and with the one before any.

    left            day -> depth left [draw s]
    judged_before   mean depth left when judged, by the ensemble before any follow-up [draw]
    """

    own: OwnResponse
    table: Timetable
    day: int
    later_day: int
    left: dict[int, Float[np.ndarray, "draw s"]]
    judged_before: Float[np.ndarray, " draw"]
    track: OnTrack
    unit: Unit

    @property
    def judged(self) -> Float[np.ndarray, " draw"]:
        """Mean depth left when judged."""
        return self.left[self.table.judge_day].mean(axis=1)


def learn_course(own: OwnCourse, left_of: LeftOf, *, unit: Unit) -> Learned:
    """Return what all follow-ups taught, beside what was known before any of them."""
    response, before = own.learn(), own.learn(first=0)
    table = own_timetable(own.plan, own.sessions)
    day = int(own.last.day or 0)
    later = day + int(value_of("course.another_scan_days"))
    days = tuple(sorted({day, later, table.judge_day}))
    left = left_of(response, own.sessions, days)
    forecast = left_of(before, own.planned_first(), (day,))[:, 0].mean(axis=1)
    given, judged_before = left_of(before, own.sessions, (day, table.judge_day)).mean(axis=2).T
    by_day = {day: left[:, place] for place, day in enumerate(days)}
    track = judge_track(by_day[day].mean(axis=1), forecast, given, day=day, unit=unit)
    return Learned(response, table, day, later, by_day, judged_before, track, unit)


def describe_response(own: OwnCourse, learned: Learned) -> dict[str, Any]:
    """Return how the ensemble came about, and how much narrower it made the band of the mean depth when judged."""
    before, after = (name_quantiles(values) for values in (learned.judged_before, learned.judged))
    widths = [float(band["q95"] - band["q05"]) for band in (before, after)]
    return {
        "draws": learned.own.count,
        "effective_before": round_figure(learned.own.effective),
        "steps": len(learned.own.powers),
        "accepted": round_figure(learned.own.accepted),
        "different_draws": learned.own.ancestors,
        "judge_day": learned.table.judge_day,
        f"left_before_{learned.unit}": {name: round_figure(value) for name, value in before.items()},
        f"left_{learned.unit}": {name: round_figure(value) for name, value in after.items()},
        "width_left": round_figure(widths[1] / widths[0]) if widths[0] > 0 else None,
        "sessions_given": [each.day for each in own.given],
        "sessions_due": [each.day for each in own.due],
    }


def state_of_course(
    own: OwnCourse,
    learned: Learned,
    left_by_sessions: dict[int, Float[np.ndarray, " draw"]],
    *,
    present: float,
    detectable: float,
    lost: float,
    regained: float,
) -> CourseState:
    """Return what the decision is made from; the figures are in the unit of what was learned."""
    return CourseState(
        day=learned.day,
        last_session_day=own.given[-1].day,
        given=len(own.given),
        due=len(own.due),
        left_mm=left_by_sessions,
        present_mm=present,
        detectable_mm=detectable,
        behind=learned.track.behind,
        lost_mm=lost,
        regained_mm=regained,
        maintenance_days=own.plan.maintenance_days,
        interval_days=own.plan.interval_days,
        open_events=tuple(open_events_by_now(own.course, own.last.date)),
        unit=learned.unit,
    )


def left_after_more(
    own: OwnCourse, picked: OwnResponse, left_of: LeftOf, *, day: int
) -> dict[int, Float[np.ndarray, " draw"]]:
    """Return the mean depth left after each possible number of further sessions, on the day of the longest course."""
    allowed = own.further_sessions
    start = max(own.given[-1].day + own.plan.interval_days, day)
    further = [planned_session(own.plan, start + number * own.plan.interval_days) for number in range(allowed)]
    last = further[-1].day if further else own.given[-1].day
    judged = (max(last + own.plan.judge_after_days, day),)
    return {
        number: left_of(picked, (*own.given, *further[:number]), judged)[:, 0].mean(axis=1)
        for number in range(allowed + 1)
    }


def left_percent(
    own: OwnCourse, response: OwnResponse, sessions: Sequence[CourseSession], days: tuple[int, ...]
) -> Float[np.ndarray, "draw t"]:
    """Return the depth left of all scars together on days, percent of the present depth."""
    left = response.left(own.predictor, sessions, days)
    if response.scars is not None:
        return 100.0 * response.scars.share_left(left)
    return 100.0 * left.sum(axis=2) / own.predictor.scars.depth_mm[0].sum()
