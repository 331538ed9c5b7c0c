"""What maintenance is worth: its benefit against what is lost all the while, with it and without."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.forecast.outcomes import Timetable
from scarplan.forecast.quantiles import describe_band

_WORDS = (
    "points of the present depth; negative is shallower. What is lost goes on being lost: maintenance adds to a result "
    "that keeps wearing off, and how fast it wears off nobody has followed beyond about a year"
)


def describe_benefit(
    plain: Float[np.ndarray, "draw t"], maintained: Float[np.ndarray, "draw t"], table: Timetable
) -> dict[str, Any]:
    """Return the benefit of maintenance on the last day, and what is lost from the day of judging until then.

    `plain` and `maintained` are the change of the depth of all scars together, percent of the present depth.
    """
    extra = len(table.maintained_days) - len(table.session_days)
    judged = table.judge_index
    return {
        "day": table.days[-1],
        "extra_sessions": extra,
        "benefit_points": describe_band(maintained[:, -1] - plain[:, -1]),
        "lost_without_points": describe_band(plain[:, -1] - plain[:, judged]),
        "lost_with_points": describe_band(maintained[:, -1] - maintained[:, judged]),
        "benefit_points_per_session": describe_band((maintained[:, -1] - plain[:, -1]) / extra) if extra else None,
        "words": _WORDS,
    }
