"""What an update tells of the follow-ups of a course, and of what examiners saw in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarplan.course.examined import Figure
from scarplan.examination import say_range
from scarplan.forecast.quantiles import round_figure
from scarplan.workflow.examination_entries import left_out_examinations
from scarplan.workflow.own_course import OwnCourse

_INSIDE = "no change beyond what two examiners differ by, so it moves the forecast little"
_SAYS: Mapping[str, str] = {
    "none": _INSIDE,
    "better": "better by more than examiners differ",
    "worse": "worse by more than examiners differ",
    "unknown": "what was written does not tell whether it changed, so it moves the forecast little",
}
_NO_FIGURE = "nothing was counted both times, so nothing is learned from it"


def describe_follow_up(own: OwnCourse) -> dict[str, Any]:
    """Return which follow-up came last, and how many there are."""
    last = own.last
    return {
        "name": last.content["name"],
        "date": last.date,
        "day": last.day,
        "by": "examination" if last in own.course.examinations else "scan",
        "scans": len(own.follow_ups),
        "examinations": len(own.examined),
    }


def describe_examined(own: OwnCourse) -> list[dict[str, Any]]:
    """Return each examination with the figure that speaks for it, beside how far examiners differ."""
    return [
        {
            "name": one.content["name"],
            "date": one.date,
            "day": one.day,
            "examiner": one.by.name,
            **_describe_figure(seen.figure),
        }
        for one, seen in zip(own.course.examinations, own.examined, strict=True)
    ]


def describe_left_out(own: OwnCourse) -> list[dict[str, str]]:
    """Return the examinations that are not learned from."""
    return [{"name": name, "why": why} for name, why in left_out_examinations(own.case, own.course)]


def _describe_figure(figure: Figure | None) -> dict[str, Any]:
    if figure is None:
        names = ("figure", "first", "last", "rater_sd", "judgement")
        return {**dict.fromkeys(names), "says": _NO_FIGURE}
    ends = [_say(*each) for each in (figure.first, figure.last)]
    return {
        "figure": figure.words,
        "first": {"low": figure.first[0], "high": figure.first[1]},
        "last": {"low": figure.last[0], "high": figure.last[1]},
        "rater_sd": round_figure(figure.rater),
        "judgement": figure.judgement,
        "says": f"{figure.words}: {ends[0]} at first, {ends[1]} now: {_SAYS[figure.judgement]}",
    }


def _say(low: float, high: float | None) -> str:
    return f"{low:g} or more" if high is None else say_range(low, high)
