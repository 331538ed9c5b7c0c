"""The harms of a course in one place, for reports: numbers per draw, and the rare harms in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarplan.evidence.library import quantity
from scarplan.response.patient import ResponsePatient

if TYPE_CHECKING:
    from scarplan.response.course import ZoneCourse

_RARE = ("tram_track", "granuloma", "infection", "serious", "acne_flare")


def summarise_harms(course: ZoneCourse, patient: ResponsePatient) -> dict[str, Any]:
    """Return the harms of `course` for `patient`.

    Keys: `erythema_days`, `oedema_days`, `downtime_days`, `barrier_hours`, `closure_hours`, `pigment_risk`,
    `pigment_half_weeks` (arrays [draw]); `rare` (event, words, sources); `assumed` (what was taken as the stricter).
    """
    harms = course.harms
    assumed = []
    if patient.skin_type is None:
        assumed.append("skin type not known: the risk of dark patches is that of the darkest type")
    if patient.sun is None:
        assumed.append("amount of sun not known: the risk of dark patches is that with much sun")
    return {
        "erythema_days": np.asarray(harms.erythema_days),
        "oedema_days": np.asarray(harms.oedema_days),
        "downtime_days": np.asarray(harms.downtime_days),
        "barrier_hours": np.asarray(harms.barrier_hours),
        "closure_hours": np.asarray(harms.closure_hours),
        "pigment_risk": np.asarray(harms.pigment_risk),
        "pigment_half_weeks": np.asarray(harms.pigment_half_weeks),
        "rare": rare_harms(),
        "assumed": assumed,
    }


def rare_harms() -> list[dict[str, Any]]:
    """Return the rare harms in words, each with its sources."""
    found = []
    for event in _RARE:
        told = quantity(f"harms.rare_{event}")
        found.append({"event": event, "words": told.value, "sources": [told.source]})
    return found
