"""The harms of a course in one place, for reports: numbers per draw, and the rare harms in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from scarplan.evidence.library import quantity
from scarplan.response.patient import ResponsePatient
from scarplan.units import HOURS_PER_DAY

if TYPE_CHECKING:
    from scarplan.response.course import ZoneCourse

#: Figures of harms, one number a draw.
FIGURES = (
    "erythema_days",
    "oedema_days",
    "downtime_days",
    "barrier_hours",
    "closure_hours",
    "crust_days",
    "pain_vas",
    "pain_vas_without_cream",
    "pain_hours",
    "pigment_risk",
    "pigment_half_weeks",
    "infection_risk",
    "scarring_index",
)
#: Days after a session on which the course of its signs is told.
COURSE_DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 28)
_RARE = ("tram_track", "granuloma", "infection", "serious", "acne_flare")


def summarise_harms(course: ZoneCourse, patient: ResponsePatient) -> dict[str, Any]:
    """Return the harms of `course` for `patient`.

    Keys: each of FIGURES (arrays [draw]); `pigment_seen` [draw t]; `rare` (event, words, sources); `assumed` (what was
    taken as the stricter).
    """
    harms = course.harms
    assumed = []
    if patient.skin_type is None:
        assumed.append("skin type not known: the risk of dark patches is that of the darkest type")
    if patient.sun is None:
        assumed.append("amount of sun not known: the risk of dark patches is that with much sun")
    if patient.keloid is None:
        assumed.append("keloids in patient or family not known: the index of scars is that with a history of keloids")
    return {
        **{name: np.asarray(getattr(harms, name)) for name in FIGURES},
        "pigment_seen": np.asarray(harms.pigment_seen),
        "rare": rare_harms(),
        "assumed": assumed,
    }


def signs_by_day(figures: Mapping[str, np.ndarray]) -> list[dict[str, float]]:
    """Return in which share of people redness, swelling and an open barrier are there, day by day after a session.

    `figures` holds arrays [draw] by the names of FIGURES. On day 0 it is the moment after the session.
    """

    def share(values: np.ndarray, day: int) -> float:
        return float(np.mean(values > day))

    return [
        {
            "day": day,
            "redness": share(figures["erythema_days"], day),
            "swelling": share(figures["oedema_days"], day),
            "crusts": share(figures["crust_days"], day),
            "barrier_open": share(figures["barrier_hours"] / HOURS_PER_DAY, day),
        }
        for day in COURSE_DAYS
    ]


def rare_harms() -> list[dict[str, Any]]:
    """Return the rare harms in words, each with its sources."""
    found = []
    for event in _RARE:
        told = quantity(f"harms.rare_{event}")
        found.append({"event": event, "words": told.value, "sources": [told.source]})
    return found
