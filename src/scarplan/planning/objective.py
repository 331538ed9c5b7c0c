"""What is preferred among the courses that are allowed, in one unit: percent of the present depth.

    worth = depth left + price of redness + price of pigment risk + price of visits + price of time + missed goals

Each price is a quantity of the evidence library, all assumptions: `planning.price_*`. Lower is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of
from scarplan.planning.schedule import Schedule
from scarplan.units import DAYS_PER_MONTH


@dataclass(frozen=True)
class ZoneOutcome:
    """What one setting on one schedule does in one zone, draw by draw.

    residual_mm       visible depth of each scar on each day asked for [draw t scar], mm
    erythema_days     days of redness after a session [draw]
    pigment_risk      chance of darker patches in the course [draw], 0-1
    downtime_days     days of downtime after a session [draw]; None where nothing tells them
    """

    residual_mm: Float[np.ndarray, "draw t scar"]
    erythema_days: Float[np.ndarray, " draw"]
    pigment_risk: Float[np.ndarray, " draw"]
    downtime_days: Float[np.ndarray, " draw"] | None = None


def price_zone(outcome: ZoneOutcome, left_percent: float) -> float:
    """Return the worth of one setting for its own zone, percent of the present depth."""
    redness = value_of("planning.price_of_redness_day") * float(outcome.erythema_days.mean())
    pigment = value_of("planning.price_of_pigment_percent") * 100 * float(outcome.pigment_risk.mean())
    return left_percent + redness + pigment


def price_course(
    zone_prices: Sequence[float], zone_weights: Sequence[float], schedule: Schedule, goal_chances: Sequence[float]
) -> float:
    """Return the worth of a course. `zone_weights` are the expected numbers of scars that count in each zone."""
    zones = float(np.dot(zone_prices, zone_weights) / np.sum(zone_weights))
    visits = value_of("planning.price_of_session") * schedule.sessions
    months = value_of("planning.price_of_course_month") * schedule.last_day / DAYS_PER_MONTH
    missed = value_of("planning.price_of_missed_goal") * sum(1 - chance for chance in goal_chances)
    return zones + visits + months + missed


def describe_objective(default_is: str) -> str:
    """Return in words what is preferred; `default_is` says what stays unless another is better by a margin."""

    def price(of: str) -> str:
        return f"{value_of(f'planning.{of}'):g} %"

    return (
        "preferred is the course that leaves the least visible depth when it is judged (each scar counts alike; "
        "ice-picks do not count, something else comes first for them); to be worth it, one more session must make the "
        f"scars {price('price_of_session')} of their present depth shallower, one more day of redness per session "
        f"{price('price_of_redness_day')}, one more percent of pigment risk {price('price_of_pigment_percent')}, one "
        f"more month {price('price_of_course_month')}; {default_is} stays unless another course is better by "
        f"{price('margin_over_default')} (preferences of this program, assumptions)"
    )
