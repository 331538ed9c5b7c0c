"""Needle length by zone: what is published, and who has to set it where nothing is.

A needle length that rests only on practice pages, machine-written pages or memory is not a recommendation. For acne
scars of the cheek the median of published studies, the range of a registered trial and the limit that a cleared
labelling evaluated are citable; for every other zone only remembered ranges were found, so the clinic sets it.
"""

from __future__ import annotations

from dataclasses import dataclass

from scarplan.anatomy.zones import zone as find_zone
from scarplan.evidence.library import quantity, source
from scarplan.evidence.quantity import Quantity

#: Zones for which published studies of acne scars carry a needle length.
_PUBLISHED_ZONES = frozenset({"cheek"})


@dataclass(frozen=True)
class NeedleLengthGuidance:
    """Needle length settings of a zone, mm.

    Where `is_recommendation` is False the lengths are remembered only: print "set by the clinic", not the numbers.
    `ceiling_mm` is never passed by a default, whatever the zone.
    """

    zone: str
    low_mm: float
    high_mm: float
    typical_mm: float | None
    ceiling_mm: float
    is_recommendation: bool
    sources: tuple[str, ...]
    quantities: tuple[str, ...]
    note: str


def needle_length_guidance(zone: str) -> NeedleLengthGuidance:
    """Return what is known about the needle length for acne scars of `zone`. Raises BadInput for an unknown zone."""
    place = find_zone(zone)
    ceiling = quantity("anatomy.needle_length_ceiling_mm")
    remembered = quantity(f"anatomy.needle_length_{place.id}_range_mm")
    if place.id in _PUBLISHED_ZONES:
        typical = quantity("anatomy.needle_length_acne_scars_typical_mm")
        trial = quantity("anatomy.needle_length_acne_scars_trial_range_mm")
        carrying = (typical, trial, ceiling)
        if all(_carries(row) for row in carrying):
            return _published(place.id, typical, trial, ceiling)
    low, high = remembered.value
    return NeedleLengthGuidance(
        zone=place.id,
        low_mm=min(low, ceiling.value),
        high_mm=min(high, ceiling.value),
        typical_mm=None,
        ceiling_mm=ceiling.value,
        is_recommendation=False,
        sources=(remembered.source, ceiling.source),
        quantities=(remembered.name, ceiling.name),
        note="no citable needle length for this zone was found: set by the clinic",
    )


def _published(zone: str, typical: Quantity, trial: Quantity, ceiling: Quantity) -> NeedleLengthGuidance:
    low, high = trial.value
    return NeedleLengthGuidance(
        zone=zone,
        low_mm=low,
        high_mm=min(high, ceiling.value),
        typical_mm=min(typical.value, ceiling.value),
        ceiling_mm=ceiling.value,
        is_recommendation=True,
        sources=(typical.source, trial.source, ceiling.source),
        quantities=(typical.name, trial.name, ceiling.name),
        note=(
            f"median of published studies of needling for acne scars; a registered trial of the cleared pen used "
            f"{low:g} to {high:g} mm; settings above {ceiling.value:g} mm were not evaluated by its labelling"
        ),
    )


def _carries(row: Quantity) -> bool:
    """Whether `row` may carry a recommendation: read somewhere, and not from a weak source."""
    return row.verification != "memory" and row.kind != "assumed" and not source(row.source).is_weak
