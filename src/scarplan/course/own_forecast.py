"""The forecast after an update: the patient's own draws through the sessions as given and as still due.

Surfaces of the baseline scan are simulated and measured as any forecast's are. How far a scar departs from the model
is put on its change afterwards, so it is in its depth and volume, not on the drawn surfaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.course.delivered import CourseSession
from scarplan.course.given import planned_session
from scarplan.course.own_response import OwnResponse
from scarplan.course.predictor import CoursePredictor
from scarplan.evidence.library import value_of
from scarplan.forecast import Outcomes, choose_days, zone_setting
from scarplan.forecast.days import maintained_session_days
from scarplan.forecast.kinds import draw_edged
from scarplan.forecast.outcomes import Timetable, TreatedScar, simulate_treated
from scarplan.forecast.parallel import in_parallel
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.scar_draws import Place
from scarplan.forecast.simulate import prepare_simulation
from scarplan.records.plan import Plan
from scarplan.response import ZoneCourse
from scarplan.scars import MeasuringWindows
from scarplan.surface.surface import Surface


def own_timetable(plan: Plan, sessions: Sequence[CourseSession]) -> Timetable:
    """Return the days of the forecast of a course with these sessions, given and to come."""
    days = tuple(each.day for each in sessions)
    horizon = int(value_of("forecast.horizon_days"))
    judge = days[-1] + plan.judge_after_days
    every = plan.maintenance_days or horizon + 1
    return Timetable(
        days=choose_days(days[-1], judge_day=judge, horizon_days=max(horizon, judge)),
        session_days=days,
        maintained_days=maintained_session_days(days, every_days=every, horizon_days=horizon),
        judge_day=judge,
    )


def pick_for_forecast(own: OwnResponse, figure: Float[np.ndarray, " draw"], *, count: int) -> OwnResponse:
    """Return `count` draws of the ensemble, spread evenly over the order of `figure`, so that its quantiles stay."""
    order = np.argsort(figure, kind="stable")
    return own.pick(np.sort(order[((np.arange(count) + 0.5) * own.count / count).astype(int)]))


def forecast_own(
    plan: Plan,
    sessions: Sequence[CourseSession],
    own: OwnResponse,
    *,
    predictor: CoursePredictor,
    charts: Mapping[str, tuple[Surface, MeasuringWindows]],
    rows: Sequence[Mapping[str, Any]],
    scanner: ScannerModel,
    progress: Callable[[str, float], None],
) -> Outcomes:
    """Return the outcomes of the course; `own` has as many draws as a forecast."""
    table = own_timetable(plan, sessions)
    progress("healing the zones", 0.0)
    extra = tuple(planned_session(plan, day) for day in table.maintained_days[len(table.session_days) :])
    courses: dict[Place, tuple[ZoneCourse, ZoneCourse]] = {}
    for place in predictor.scars.ids_by_place():
        setting = zone_setting(plan, *place)
        if setting is None:
            raise ValueError(f"there is no setting for {place}")
        plain, kept = (
            predictor.course(own.scores, each, setting, table.days, place=place)
            for each in (sessions, (*sessions, *extra))
        )
        courses[place] = plain, kept
    edged = draw_edged(rows, count=own.count, seed=predictor.coordinates.healer.seed)
    progress("simulating the surfaces and measuring them", 0.3)

    def prepare(number: int) -> TreatedScar:
        row = rows[number]
        course, maintained = courses[row["zone"], row["side"]]
        surface, windows = charts[row["chart"]]
        simulator = prepare_simulation(
            surface,
            windows[row["id"]],
            course,
            tethered=own.tethered[:, number].astype(float),
            edged=edged[:, number],
            scanner=scanner,
            seed=predictor.coordinates.healer.seed,
        )
        return TreatedScar(row=row, simulator=simulator, course=course, maintained_course=maintained)

    outcomes = simulate_treated(tuple(in_parallel(prepare, range(len(rows)))), table, progress=progress)
    return _depart(outcomes, own, predictor, sessions, extra)


def _depart(
    outcomes: Outcomes,
    own: OwnResponse,
    predictor: CoursePredictor,
    sessions: Sequence[CourseSession],
    extra: Sequence[CourseSession],
) -> Outcomes:
    """Return the outcomes with what every scar departs from the model; a pit does not become a hill by that."""

    def moved(values: Float[np.ndarray, "draw t scar"], course: Sequence[CourseSession]) -> np.ndarray:
        by = own.departs(predictor, course, outcomes.timetable.days)
        return np.where(by < 0, np.maximum(values + by, np.minimum(values, 0.0)), values + by)

    plain = moved(outcomes.depth_mm, sessions)
    before = np.where(np.abs(outcomes.depth_mm) > 0, outcomes.depth_mm, 1.0)
    # A scar of the same form that is so much shallower holds so much less.
    share = np.where(np.abs(outcomes.depth_mm) > 0, plain / before, 1.0)
    return replace(
        outcomes,
        depth_mm=plain,
        volume_mm3=outcomes.volume_mm3 * np.clip(share, 0.0, _MOST_VOLUME),
        maintained_depth_mm=moved(outcomes.maintained_depth_mm, (*sessions, *extra)),
    )


# Keeps the volume of a scar that the model has filled from being multiplied without end.
_MOST_VOLUME = 3.0
