"""What an update tells of a course without a scanner: as with one, in percent of the present depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scarplan.course.examined import Figure
from scarplan.course.examined_board import (
    JudgedFigure,
    describe_board,
    judge_figure,
    read_by_an_examiner,
    write_board,
)
from scarplan.course.own_columns import follow_own_columns
from scarplan.course.own_examined import expected_change
from scarplan.course.own_forecast import pick_for_forecast
from scarplan.course.own_response import OwnResponse
from scarplan.course.policy import CourseState, decide
from scarplan.evidence.library import value_of
from scarplan.forecast import describe_columns, describe_new_scars, write_columns
from scarplan.forecast.column_outcomes import ColumnOutcomes
from scarplan.forecast.quantiles import round_figure
from scarplan.forecast.value_of_knowing import narrow
from scarplan.workflow.describe_examined import describe_examined, describe_follow_up, describe_left_out
from scarplan.workflow.new_acne import read_acne
from scarplan.workflow.own_course import OwnCourse
from scarplan.workflow.own_learned import (
    Learned,
    LeftOf,
    describe_response,
    learn_course,
    left_after_more,
    left_percent,
    state_of_course,
)
from scarplan.workflow.progress import Progress

#: What another examination is asked about where the last one had no figure to compare.
_COUNT = Figure("count", -np.inf, np.inf, (0.0, None), (0.0, None), "unknown")


@dataclass(frozen=True, eq=False)
class DescribedExamined:
    """The result of an update without ledger and manifest, `scoreboard.csv`, and the bytes of its arrays."""

    result: dict[str, Any]
    board: bytes
    arrays: bytes


def describe_examined_course(own: OwnCourse, progress: Progress) -> DescribedExamined:
    """Return what an update tells of a course that was planned from an examination."""
    progress("learning how this patient answers", 0.0)
    learned = learn_course(own, _left_of(own), unit="percent")
    picked = pick_for_forecast(learned.own, learned.judged, count=own.healer.count)
    progress("following every drawn scar", 0.5)
    outcomes = follow_own_columns(own.plan, own.sessions, picked, predictor=own.predictor)
    progress("deciding what comes next", 0.8)
    judged = _judge(own)
    result = {
        "plan": own.plan.content_hash,
        "follow_up": describe_follow_up(own),
        "changes": own.last.content["changes"],
        "examined": describe_examined(own),
        "examinations_left_out": describe_left_out(own),
        "on_track": learned.track.describe(),
        "forecast": _forecast(own, picked, outcomes),
        "response": describe_response(own, learned),
        "decision": decide(_state(own, learned, picked, outcomes)).describe(),
        "scoreboard": describe_board(judged),
        "value_of_another_scan": _value_of_another(own, learned),
    }
    return DescribedExamined(result, write_board(judged), write_columns(outcomes))


def _left_of(own: OwnCourse) -> LeftOf:
    """Return the depth left of all scars together, percent of the present depth."""
    return lambda response, sessions, days: left_percent(own, response, sessions, days)[:, :, None]


def _forecast(own: OwnCourse, picked: OwnResponse, outcomes: ColumnOutcomes) -> dict[str, Any]:
    assess = own.case.read_result("assess")
    disagreement = assess["grades"]["goodman_baron_quantitative"]["rater_disagreement"]
    told = describe_columns(outcomes, groups=own.rows, patient=own.healer.patient, disagreement=disagreement)
    acne = read_acne(own.case, examined=assess.get("new_acne"))
    new = describe_new_scars(acne, outcomes.scars, days=outcomes.timetable.days, seed=own.healer.seed)
    return {
        "plan": own.plan.content_hash,
        "basis": "examination",
        **told,
        "sensitivity": None,
        "new_scars": new,
        "not_forecast": list(own.left_out),
        "warnings": list(own.plan.warnings),
    }


def _state(own: OwnCourse, learned: Learned, picked: OwnResponse, outcomes: ColumnOutcomes) -> CourseState:
    judged, plain = outcomes.timetable.judge_index, outcomes.total_change()
    kept = outcomes.total_change(maintained=True)
    return state_of_course(
        own,
        learned,
        left_after_more(own, picked, _left_of(own), day=learned.day),
        present=100.0,
        detectable=0.0,
        lost=float(np.mean(plain[:, -1] - plain[:, judged])),
        regained=float(np.mean(plain[:, -1] - kept[:, -1])),
    )


def _judge(own: OwnCourse) -> tuple[JudgedFigure, ...]:
    """Return the forecast after each number of examinations against every later examination."""
    rows: list[JudgedFigure] = []
    taken = sorted(zip(own.course.examinations, own.examined, strict=True), key=lambda pair: pair[0].date)
    ordered = replace(own, examined=tuple(seen for _, seen in taken))
    for known in range(len(taken)):
        response = ordered.learn(first=known)
        # Before any examination the forecast is of the sessions as they were planned.
        sessions = own.sessions if known else own.planned_first()
        made_on = taken[known - 1][0].date if known else own.course.approvals[0].date
        for one, seen in taken[known:]:
            if seen.figure is None:
                continue
            expected = expected_change(response, own.predictor, sessions, name=seen.figure.name, day=seen.day)
            rows.append(
                judge_figure(
                    seen.figure,
                    expected,
                    forecast=f"after {known} examinations" if known else "as approved",
                    made_on=made_on.isoformat(),
                    examination=one.content["name"],
                    day=seen.day,
                    seed=own.healer.seed,
                )
            )
    return tuple(rows)


def _value_of_another(own: OwnCourse, learned: Learned) -> dict[str, Any]:
    """Return what another examination would take off the band, now or later, were it read by two examiners."""
    figures = [seen.figure for seen in own.examined if seen.figure is not None]
    figure = figures[-1] if figures else _COUNT

    def value(day: int) -> dict[str, Any]:
        expected = expected_change(learned.own, own.predictor, own.sessions, name=figure.name, day=day)
        found = narrow(learned.judged, read_by_an_examiner(figure, expected, seed=own.healer.seed, day=day))
        share = found.narrower if found.matters else 0.0
        worth = share >= float(value_of("course.worth_a_scan"))
        says = f"it would make the 90 % band about {100 * share:.0f} % narrower"
        return {
            "day": day,
            "narrower_percent": round_figure(100.0 * share),
            "says": says if worth else "it would hardly narrow the forecast",
        }

    return {"now": value(learned.day), "in_3_months": value(learned.later_day)}
