"""What the rest of a course may be, side by side: as planned, nothing more, what is recommended and its neighbours.

Every offer is forecast by the same draws, the patient's own, on the same day: that on which the longest of them is
judged. So they can be held against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float

from scarplan.course.delivered import CourseSession
from scarplan.course.rest import OwnEvaluation
from scarplan.forecast.quantiles import name_quantiles, round_figure
from scarplan.planning.grid import Grid, TriedCourse

Offered: TypeAlias = Literal[
    "stop_now", "as_planned", "recommended", "fewer_sessions", "more_sessions", "other_interval"
]
#: Returns the depth left by these sessions on a day, percent of the present depth [draw].
LeftPercent: TypeAlias = Callable[[Sequence[CourseSession], int], Float[np.ndarray, " draw"]]


@dataclass(frozen=True, eq=False)
class RestOffer:
    """One way to go on. `sessions` are the further ones; redness and pigment are None where nothing more is done."""

    name: Offered
    sessions: tuple[CourseSession, ...]
    interval_days: int | None
    keeps_limits: bool
    redness_days: float | None = None
    pigment_percent: float | None = None

    @property
    def last_day(self) -> int | None:
        """Day of the course of its last session."""
        return self.sessions[-1].day if self.sessions else None


def list_offers(
    grid: Grid, evaluate: OwnEvaluation, *, due: Sequence[CourseSession], interval_days: int, most: int
) -> tuple[RestOffer, ...]:
    """Return the offers, each once: two that mean the same sessions are one, the recommended before the others.

    `due` are the sessions that the plan in force still has, `interval_days` apart; `most` may still be given.
    """
    chosen = grid.chosen
    offers = [_of_grid("recommended", chosen, evaluate)]
    for name, course in _neighbours(grid):
        offers.append(_of_grid(name, course, evaluate))
    if due:
        offers.insert(1, RestOffer("as_planned", tuple(due), interval_days, len(due) <= most))
    offers.append(RestOffer("stop_now", (), None, True))
    found: list[RestOffer] = []
    for offer in offers:
        if not any(_means(offer) == _means(other) for other in found):
            found.append(offer)
    return tuple(found)


def describe_offers(
    offers: Sequence[RestOffer], left: LeftPercent, *, given: Sequence[CourseSession], judge_after_days: int
) -> list[dict[str, Any]]:
    """Return the offers as a small table, in the order of their sessions; `left` is the patient's own forecast."""
    last = max((offer.last_day for offer in offers if offer.last_day is not None), default=given[-1].day)
    day = last + judge_after_days
    none = left(given, day)
    rows = [_describe(offer, left((*given, *offer.sessions), day), none, len(given), day) for offer in offers]
    return sorted(rows, key=lambda row: (row["sessions"], row["interval_days"] or 0, row["offer"]))


def _describe(
    offer: RestOffer, left: Float[np.ndarray, " draw"], none: Float[np.ndarray, " draw"], given: int, day: int
) -> dict[str, Any]:
    gain = float(np.mean(none - left))
    return {
        "offer": offer.name,
        "sessions": len(offer.sessions),
        "in_all": given + len(offer.sessions),
        "interval_days": offer.interval_days if len(offer.sessions) > 1 else None,
        "session_days": [each.day for each in offer.sessions],
        "judge_day": day,
        "left_percent": {name: round_figure(value) for name, value in name_quantiles(left).items()},
        "gain_percent": round_figure(gain),
        "redness_days": None if offer.redness_days is None else round_figure(offer.redness_days),
        "pigment_percent": None if offer.pigment_percent is None else round_figure(offer.pigment_percent),
        "keeps_limits": offer.keeps_limits,
    }


def _neighbours(grid: Grid) -> list[tuple[Offered, TriedCourse]]:
    """Return the best course with one session fewer, one more, and at another interval, of those that were tried."""
    chosen = grid.chosen.schedule
    found: list[tuple[Offered, TriedCourse]] = []
    asked: tuple[tuple[Offered, int, bool], ...] = (
        ("fewer_sessions", chosen.sessions - 1, True),
        ("more_sessions", chosen.sessions + 1, True),
        ("other_interval", chosen.sessions, False),
    )
    for name, sessions, same in asked:
        courses = [
            course
            for course in grid.courses
            if course.schedule.sessions == sessions
            and (sessions == 1 or (course.schedule.interval_days == chosen.interval_days) == same)
            and (same or sessions > 1)
        ]
        if courses:
            found.append((name, min(courses, key=lambda course: (bool(course.broken), course.price))))
    return found


def _of_grid(name: Offered, course: TriedCourse, evaluate: OwnEvaluation) -> RestOffer:
    return RestOffer(
        name=name,
        sessions=evaluate.sessions_of(course),
        interval_days=course.schedule.interval_days,
        keeps_limits=not course.broken,
        redness_days=float(course.outcome.erythema_days.mean()),
        pigment_percent=float(100.0 * course.outcome.pigment_risk.mean()),
    )


def _means(offer: RestOffer) -> tuple[object, ...]:
    return tuple((each.day, *sorted(each.settings, key=lambda row: str(row[0]))) for each in offer.sessions)
