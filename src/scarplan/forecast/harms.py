"""The harms of a forecast: in each draw those of the zone where they are worst."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scarplan.forecast.quantiles import describe_band, name_quantiles, round_figure
from scarplan.response import ResponsePatient, ZoneCourse
from scarplan.response.harms import signs_by_day, summarise_harms
from scarplan.response.harms.summary import FIGURES


def describe_harms(courses: Iterable[ZoneCourse], patient: ResponsePatient) -> dict[str, Any]:
    """Return the harms of a course as plain values, over the courses of all its zones."""
    told = [summarise_harms(course, patient) for course in {id(course): course for course in courses}.values()]

    def worst(name: str) -> np.ndarray:
        return np.max([summary[name] for summary in told], axis=0)

    figures = {name: worst(name) for name in FIGURES}
    pigment = name_quantiles(figures.pop("pigment_risk"))
    infection = figures.pop("infection_risk")
    seen = worst("pigment_seen")
    return {
        **{name: describe_band(values) for name, values in figures.items()},
        "pigment_risk": {
            "median": round_figure(pigment["q50"]),
            "q05": round_figure(pigment["q05"]),
            "q95": round_figure(pigment["q95"]),
        },
        # A mean over draws is the chance for one person; quantiles of a chance as small as this are rounded to nothing.
        "infection_risk": round_figure(infection.mean()),
        "pigment_seen": [round_figure(value) for value in seen.mean(axis=0)],
        "after_session": [
            {name: value if name == "day" else round_figure(value) for name, value in row.items()}
            for row in signs_by_day(figures)
        ],
        "rare": told[0]["rare"],
        "assumed": told[0]["assumed"],
    }
