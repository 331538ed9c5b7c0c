"""Aftercare by day and when to call the clinic."""

from __future__ import annotations

from scarplan.planning.texts import read_texts
from scarplan.records.plan import AftercareDay, Reason


def plan_aftercare() -> tuple[AftercareDay, ...]:
    """Return what to expect, do and avoid, day by day."""
    texts = read_texts("aftercare")
    return tuple(AftercareDay(**day, sources=tuple(texts["sources"])) for day in texts["day"])


def list_reasons_to_call() -> tuple[str, ...]:
    """Return what a patient calls the clinic for."""
    return tuple(read_texts("aftercare")["call_the_clinic"])


def explain_aftercare() -> Reason:
    """Return how far the aftercare is carried by sources."""
    texts = read_texts("aftercare")
    return Reason(text=f"aftercare: {texts['note']}", sources=tuple(texts["sources"]))
