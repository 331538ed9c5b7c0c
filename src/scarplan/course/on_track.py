"""On track: is the patient's own course ahead of, on, or behind what was forecast when the plan was approved?

Both are the mean depth of the treated scars by the same columns: what was forecast with the sessions as planned, and
what the patient's own draws say with the sessions as given. Ahead is better than three quarters of the forecast's
draws, behind worse than three quarters.

Sessions late, left out or given otherwise put a course off its forecast as a weak answer does. What the first forecast
says with the sessions as given lies between the two, and tells which of them it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of
from scarplan.forecast.quantiles import round_figure

#: Of depths: measured, or in percent of the present depth where nothing was measured.
Unit: TypeAlias = Literal["mm", "percent"]


@dataclass(frozen=True)
class OnTrack:
    """Chances that sum to 1, on a day; `ahead_mm` and `behind_mm` are the bounds of the mean depth left, mm.

    `planned_mm`, `given_mm` and `own_mm` are middles: of the forecast with the sessions as planned, with those given,
    and of the patient's own draws. Where nothing was measured depths are percent of the present depth, as `unit` says.
    """

    day: int
    ahead: float
    on: float
    behind: float
    ahead_mm: float
    behind_mm: float
    planned_mm: float
    given_mm: float
    own_mm: float
    unit: Unit = "mm"

    def describe(self) -> dict[str, Any]:
        """Return plain values with what they say in words."""
        names = {"ahead": self.ahead, "on": self.on, "behind": self.behind}
        likeliest = max(names, key=lambda name: names[name])
        words = {"ahead": "ahead of the forecast", "on": "on track", "behind": "behind the forecast"}[likeliest]
        return {
            **{name: round_figure(chance) for name, chance in names.items()},
            "day": self.day,
            f"ahead_below_{self.unit}": round_figure(self.ahead_mm),
            f"behind_above_{self.unit}": round_figure(self.behind_mm),
            f"planned_{self.unit}": round_figure(self.planned_mm),
            f"given_{self.unit}": round_figure(self.given_mm),
            f"own_{self.unit}": round_figure(self.own_mm),
            "says": f"{words} ({100 * names[likeliest]:.0f} of 100)" + ("" if likeliest == "on" else self._say_why()),
        }

    def _say_why(self) -> str:
        """Return what more than half of the way off the forecast is owed to; nothing where the two pull apart."""
        by_sessions, by_answer = self.given_mm - self.planned_mm, self.own_mm - self.given_mm
        if by_sessions * by_answer < 0.0:
            return ""
        of_sessions = abs(by_sessions) > abs(by_answer)
        return f", mostly because of {'the sessions as they were given' if of_sessions else 'how the skin answers'}"


def judge_track(
    own_mm: Float[np.ndarray, " draw"],
    forecast_mm: Float[np.ndarray, " draw"],
    given_mm: Float[np.ndarray, " draw"],
    *,
    day: int,
    unit: Unit = "mm",
) -> OnTrack:
    """Return where the own course lies against the forecast: mean depth left on one day, in the draws of each.

    forecast_mm   what was forecast, with the sessions as planned
    given_mm      the same with the sessions as they were given
    """
    low, high = np.quantile(forecast_mm, (value_of("course.ahead_quantile"), value_of("course.behind_quantile")))
    ahead, behind = float((own_mm < low).mean()), float((own_mm > high).mean())
    planned, given, own = (float(np.median(draws)) for draws in (forecast_mm, given_mm, own_mm))
    on = max(0.0, 1.0 - ahead - behind)
    return OnTrack(day, ahead, on, behind, float(low), float(high), planned, given, own, unit)
