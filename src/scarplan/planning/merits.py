"""What plans of the front are compared by; lower is better in every figure.

left_percent      expected visible depth left when it is judged, percent of the present depth; ice-picks not counted
sessions          visits for needling
course_days       days from the first session to the last
downtime_days     expected days of redness that make-up does not cover, swelling or crusts, in the whole course
pigment_percent   expected risk of darker patches in the course
procedures        additions done: plasma at every session, subcision once
cost              by the clinic's own prices; not compared without them
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from jaxtyping import Float

from scarplan.planning.reach import downtime_of_course
from scarplan.planning.schedule import Schedule
from scarplan.records.clinic_protocol import ClinicPrices


@dataclass(frozen=True)
class Merits:
    """The figures of one plan; `cost` is None without prices, or where an addition has none."""

    left_percent: float
    sessions: int
    course_days: int
    downtime_days: float
    pigment_percent: float
    procedures: int
    cost: float | None


#: Names of the figures in their order.
NAMES = tuple(Merits.__dataclass_fields__)


def as_rows(merits: Sequence[Merits]) -> Float[np.ndarray, "n m"]:
    """Return the figures as rows, without cost where nothing was priced; a plan that cannot be priced costs most."""
    rows = np.array([[np.inf if value is None else value for value in astuple(one)] for one in merits], dtype=float)
    cost = rows[:, -1]
    if not np.isfinite(cost).any():
        return rows[:, :-1]
    cost[~np.isfinite(cost)] = 1.0 + 2.0 * cost[np.isfinite(cost)].max()
    return rows


def count_procedures(adjuncts: Sequence[str], schedule: Schedule) -> int:
    """Return how many procedures beside needling a course holds."""
    return schedule.sessions * ("prp" in adjuncts) + ("subcision" in adjuncts)


def price_of(schedule: Schedule, adjuncts: Sequence[str], prices: ClinicPrices | None) -> float | None:
    """Return what a course costs by the clinic's own prices, None where one of them is not named."""
    if prices is None:
        return None
    each = [prices.session]
    once = 0.0
    if "prp" in adjuncts:
        if prices.prp is None:
            return None
        each.append(prices.prp)
    if "subcision" in adjuncts:
        if prices.subcision is None:
            return None
        once = prices.subcision
    return schedule.sessions * sum(each) + once


def merits_of(
    left_percent: float,
    *,
    downtime_days: Float[np.ndarray, " draw"],
    pigment_percent: Float[np.ndarray, " draw"],
    schedule: Schedule,
    adjuncts: Sequence[str],
    prices: ClinicPrices | None,
) -> Merits:
    """Return the figures of one plan; downtime (after one session) and risk are those of its worst zone."""
    return Merits(
        left_percent=left_percent,
        sessions=schedule.sessions,
        course_days=schedule.last_day,
        downtime_days=float(downtime_of_course(downtime_days, schedule).mean()),
        pigment_percent=float(pigment_percent.mean()),
        procedures=count_procedures(adjuncts, schedule),
        cost=price_of(schedule, adjuncts, prices),
    )
