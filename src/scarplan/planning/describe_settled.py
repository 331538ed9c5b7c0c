"""What came of settling a course among the device's own steps, as plain values and in words."""

from __future__ import annotations

from typing import Any

from scarplan.evidence.library import value_of
from scarplan.planning.grid import TriedCourse, TriedSetting
from scarplan.planning.reach import downtime_of_course
from scarplan.planning.reasons import name_place
from scarplan.planning.settle import Settled
from scarplan.records.goal import goal_in_words

_COMPARED = ("left_percent", "redness_days", "pigment_percent")


def describe_settled(settled: Settled | None, *, from_point: int | None) -> dict[str, Any] | None:
    """Return what was looked at and what it gained; None where nothing was asked for.

    `from_point` is the point of the front that was settled; None where no offered plan keeps all limits.
    """
    if settled is None:
        return None
    return {
        "taken": settled.is_taken,
        "words": settled_in_words(settled),
        "from_point": from_point,
        "settings": settled.settings,
        "looked_at": settled.looked_at,
        "slopes": settled.slopes,
        "gain_percent": _round(settled.gain),
        "asked_percent": value_of("planning.margin_over_default"),
        "gap_percent": _round(settled.gap),
        "too_little": settled.too_little,
        "before": _figures(settled.start),
        "best": _figures(settled.best),
        "zones": [_describe_zone(settled, number) for number in range(len(settled.best.settings))],
    }


def settled_in_words(settled: Settled) -> str:
    """Return in one sentence what was looked at, and what came of it."""
    looked = (
        f"among the device's own steps ({_count(settled.settings, 'setting')} in "
        f"{_count(len(settled.best.settings), 'zone')}; {_count(settled.slopes, 'value')} with slopes, "
        f"{_count(settled.looked_at, 'setting')} followed in all draws)"
    )
    return f"{looked} {_what_came(settled)}{_say_left_out(settled)}"


def _spares(start: TriedCourse, course: TriedCourse) -> str:
    return f"would mean {_redness(course):.1f} days of redness instead of {_redness(start):.1f}"


def _what_came(settled: Settled) -> str:
    start, best = settled.start, settled.best
    changes = "; ".join(_changes(settled, best))
    if settled.is_taken:
        gain = f"keeps what the other breaks: {_limits(start)}" if start.broken else _say_gain(settled, best)
        return f"{changes} {gain}; no step away is better"
    enough = " that brings enough" if settled.left_out is not None else ""
    if best.broken:
        nearest = f"none comes nearer to {'it' if len(best.broken) == 1 else 'them'}"
        nearest = nearest if best is start else f"the nearest is {changes}"
        return f"no setting{enough} keeps all limits ({_limits(best)}), and {nearest}"
    if best is start:
        return f"nothing better{enough} was found" + ("" if enough else ": no step away is better")
    asked, gain = value_of("planning.margin_over_default"), _say_gain(settled, best)
    return f"nothing worth a change was found: the best, {changes}, {gain}, and {asked:g} % is asked"


def _say_left_out(settled: Settled) -> str:
    """Return what was not taken since it brings too little, with what speaks for it."""
    start, course = settled.start, settled.left_out
    if course is None:
        return ""
    keeps_more = bool(start.broken) and not course.broken
    kept = f"would keep {_limits(start)}" if keeps_more else _spares(start, course)
    return f"; {'; '.join(_changes(settled, course))} {kept}, but {settled.too_little}, and is not taken"


def _say_gain(settled: Settled, best: TriedCourse) -> str:
    start = settled.start
    return (
        f"is better by {settled.gain:.1f} % of the present depth ({best.left_percent:.0f} % left against "
        f"{start.left_percent:.0f} %, redness {_redness(best):.1f} days against {_redness(start):.1f}, risk of darker "
        f"patches {_risk(best):.1f} % against {_risk(start):.1f} %, goals counted)"
    )


def _changes(settled: Settled, course: TriedCourse) -> list[str]:
    pairs = zip(settled.start.settings, course.settings, strict=True)
    return [
        f"{name_place(new.target.options)} {_setting(new)} instead of {_setting(old)}"
        for old, new in pairs
        if old.setting != new.setting
    ]


def _describe_zone(settled: Settled, number: int) -> dict[str, Any]:
    before, best = settled.start.settings[number], settled.best.settings[number]
    return {
        "zone": best.target.options.zone,
        "side": best.target.options.side,
        "before": _describe_row(before),
        "best": _describe_row(best),
        "beside": [_describe_row(row) for row in settled.beside[number]],
    }


def _describe_row(row: TriedSetting) -> dict[str, Any]:
    figures = (row.left_percent, row.outcome.erythema_days.mean(), 100 * row.outcome.pigment_risk.mean())
    return {
        "needle_length_mm": row.setting.needle_length_mm,
        "passes": row.setting.passes,
        **{name: _round(value) for name, value in zip(_COMPARED, figures, strict=True)},
        "keeps_limits": not row.broken,
    }


def _figures(course: TriedCourse) -> dict[str, Any]:
    days = course.outcome.downtime_days
    downtime = None if days is None else _round(downtime_of_course(days, course.schedule).mean())
    figures = (course.left_percent, _redness(course), _risk(course))
    return {
        **{name: _round(value) for name, value in zip(_COMPARED, figures, strict=True)},
        "course_downtime_days": downtime,
        "worth_percent": _round(course.price),
        "keeps_limits": not course.broken,
    }


def _setting(row: TriedSetting) -> str:
    return f"{row.setting.needle_length_mm:g} mm with {_count(row.setting.passes, 'pass')}"


def _limits(course: TriedCourse) -> str:
    return "; ".join(goal_in_words(goal) for goal in course.broken)


def _redness(course: TriedCourse) -> float:
    return float(course.outcome.erythema_days.mean())


def _risk(course: TriedCourse) -> float:
    return 100 * float(course.outcome.pigment_risk.mean())


def _count(number: int, what: str) -> str:
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"


def _round(value: Any) -> float:
    # Two decimals of a percent or a day: what follows is the noise of the draws.
    return round(float(value), 2) + 0.0
