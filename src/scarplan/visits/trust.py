"""Is a registration good enough to speak of change? Same skin, and no worse than scanner and skin explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.surface import Scanner
from scarplan.visits.register import Registration


@dataclass(frozen=True)
class Trust:
    """What is held against a registration.

    residual_mm     what the two visits differ by on scar-free skin (overlap-weighted over the charts used)
    limit_mm        what scanner and skin explain, times the factor that is let pass
    correlation     of the fine relief on both visits
    reason          why the registration is too poor, in words; empty where it will do
    """

    residual_mm: float | None
    limit_mm: float
    correlation: float | None
    reason: str = ""


def residual_limit_mm(one: Scanner, other: Scanner) -> float:
    """Return the largest residual that passes, from the repeatability of both scanners (assumed where unknown)."""
    assumed = float(value_of("visits.assumed_repeatability_mm"))
    known = [scanner.repeatability_mm for scanner in (one, other)]
    spread = [assumed if value is None else value for value in known]
    unrest = float(value_of("visits.skin_unrest_mm"))
    return float(value_of("visits.residual_factor")) * float(np.linalg.norm([*spread, unrest]))


def is_good(registration: Registration, limit_mm: float) -> bool:
    """Whether one chart shows the same skin within the limit."""
    return bool(_shares_enough(registration) and registration.is_same_skin and registration.residual_mm <= limit_mm)


def _shares_enough(registration: Registration) -> bool:
    shared_cm2 = registration.overlap.sum() * registration.pixel_mm**2 / 100.0
    return bool(shared_cm2 >= float(value_of("visits.least_overlap_cm2")))


def judge_registration(registrations: Mapping[str, Registration | None], *, one: Scanner, other: Scanner) -> Trust:
    """Return what is held against the registration of two visits: over the good charts, else over all."""
    limit = residual_limit_mm(one, other)
    laid = [registration for registration in registrations.values() if registration is not None]
    enough = [registration for registration in laid if _shares_enough(registration)]
    if not enough:
        return Trust(None, limit, None, "the two scans share too little skin")
    good = [registration for registration in enough if is_good(registration, limit)]
    told = good or enough
    weight = np.array([registration.free.sum() for registration in told], float) + 1e-9
    residual = float(np.sqrt(np.average([r.residual_mm**2 for r in told], weights=weight)))
    correlation = float(np.average([r.correlation for r in told], weights=weight))
    if good:
        return Trust(residual, limit, correlation)
    if any(registration.is_same_skin for registration in enough):
        why = (
            f"the residual on scar-free skin is {1000 * residual:.0f} um, more than the {1000 * limit:.0f} um explained"
        )
    else:
        needed = min(registration.likeness.needed for registration in enough)
        why = (
            f"the fine relief does not agree (correlation {correlation:.2f}, needed {needed:.2f} on so much skin): "
            "another person, another place, or a scan too coarse"
        )
    return Trust(residual, limit, correlation, why)
