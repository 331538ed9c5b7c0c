"""The harms of a forecast: in each draw those of the zone where they are worst."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scarplan.forecast.quantiles import describe_band, name_quantiles, round_figure
from scarplan.response import ResponsePatient, ZoneCourse
from scarplan.response.harms import summarise_harms


def describe_harms(courses: Iterable[ZoneCourse], patient: ResponsePatient) -> dict[str, Any]:
    """Return the harms of a course as plain values, over the courses of all its zones."""
    told = [summarise_harms(course, patient) for course in {id(course): course for course in courses}.values()]

    def worst(name: str) -> np.ndarray:
        return np.max([summary[name] for summary in told], axis=0)

    pigment = name_quantiles(worst("pigment_risk"))
    names = ("erythema_days", "downtime_days", "oedema_days", "barrier_hours")
    return {
        **{name: describe_band(worst(name)) for name in names},
        "pigment_risk": {
            "median": round_figure(pigment["q50"]),
            "q05": round_figure(pigment["q05"]),
            "q95": round_figure(pigment["q95"]),
        },
        "rare": told[0]["rare"],
        "assumed": told[0]["assumed"],
    }
