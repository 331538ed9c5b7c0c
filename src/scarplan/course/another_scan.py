"""What another follow-up scan would be worth: how much narrower the forecast would be on average if it were made.

The draws say what the scan would read in each of them, with its errors; the figure is fitted to that reading.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of
from scarplan.forecast.quantiles import round_figure
from scarplan.forecast.value_of_knowing import narrow

#: Purpose of a random stream, so that no two parts of an update share one.
_STREAM = 53


def value_another_scan(
    left_mm: Float[np.ndarray, "draw s"],
    judged_mm: Float[np.ndarray, " draw"],
    *,
    day: int,
    mean_sd_mm: float,
    seed: int,
) -> dict[str, Any]:
    """Return what a scan on `day` would take off the band of `judged_mm`, the mean depth when the result is judged.

    left_mm      depth left of each scar on that day
    mean_sd_mm   error of the mean change of the scars, as the last follow-up had it
    """
    rng = np.random.default_rng([seed, _STREAM, day])
    error = np.hypot(mean_sd_mm, float(value_of("course.shared_error_mm")))
    reading = left_mm.mean(axis=1) + error * rng.standard_normal(len(left_mm))
    found = narrow(judged_mm, reading)
    return {
        "day": day,
        "narrower_percent": round_figure(100.0 * found.narrower) if found.matters else 0.0,
        "error_mm": round_figure(error),
        "says": _say(found.narrower if found.matters else 0.0),
    }


def _say(narrower: float) -> str:
    if narrower < float(value_of("course.worth_a_scan")):
        return "it would hardly narrow the forecast"
    return f"it would make the 90 % band about {100 * narrower:.0f} % narrower"
