"""The forecast after an update without a scanner: drawn scars as columns, the sessions as given and as still due."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scarplan.course.delivered import CourseSession
from scarplan.course.given import planned_session
from scarplan.course.own_forecast import own_timetable
from scarplan.course.own_response import OwnResponse
from scarplan.course.predictor import CoursePredictor
from scarplan.forecast import zone_setting
from scarplan.forecast.column_outcomes import ColumnOutcomes
from scarplan.forecast.scar_draws import Place
from scarplan.records.plan import Plan
from scarplan.response import ZoneCourse


def follow_own_columns(
    plan: Plan, sessions: Sequence[CourseSession], own: OwnResponse, *, predictor: CoursePredictor
) -> ColumnOutcomes:
    """Return the outcomes of the course; `own` has as many draws as a forecast, and scars of its own."""
    if own.scars is None:
        raise ValueError("the ensemble has no drawn scars")
    table = own_timetable(plan, sessions)
    extra = tuple(planned_session(plan, day) for day in table.maintained_days[len(table.session_days) :])
    kept = (*sessions, *extra)
    courses: dict[Place, ZoneCourse] = {}
    for place in own.scars.ids_by_place():
        setting = zone_setting(plan, *place)
        if setting is None:
            raise ValueError(f"there is no setting for {place}")
        courses[place] = predictor.course(own.scores, sessions, setting, table.days, place=place)
    left, maintained = (own.left(predictor, each, table.days) for each in (sessions, kept))
    return ColumnOutcomes(table, own.scars, np.asarray(left), np.asarray(maintained), courses)
