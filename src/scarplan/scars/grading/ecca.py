"""ECCA 2007: weight times class of quantity for each shape. Weights and classes are from memory: unverified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scarplan.evidence.library import value_of
from scarplan.scars.grading.scale import (
    FROM_RELIEF,
    NOT_ASSESSED,
    AbstractScale,
    GradeRow,
    GradeTotal,
    ScaleSuggestion,
)
from scarplan.scars.scarmap import Scar

_SHAPES = (
    ("V-shaped, under 2 mm", "icepick"),
    ("U-shaped, 2-4 mm, sheer edges", "boxcar"),
    ("M-shaped, over 4 mm, superficial", "rolling"),
)
ELASTOLYSIS = "Superficial elastolysis"
HYPERTROPHIC = "Hypertrophic (under 2 years) or keloid (over 2 years)"
UNVERIFIED = "weights and quantity classes from memory, not verified; steps at 5 and 20 scars make the total jump"


@dataclass(frozen=True)
class Ecca(AbstractScale):
    """V, U and M shapes and raised scars; elastolysis and the age of a raised scar are not in the relief."""

    def grade(self, scars: Sequence[Scar]) -> ScaleSuggestion:
        """Return counts by item, and the range of totals that fit."""
        weights = value_of("scars.ecca_weights")
        rows, low, high = [], 0.0, 0.0
        items = [item_of(scar) for scar in scars]
        for (name, _), weight in zip(_SHAPES, weights[:3], strict=True):
            count = items.count(name)
            points = weight * quantity_class(count)
            rows.append(GradeRow(name, "atrophic", count, FROM_RELIEF))
            low, high = low + points, high + points
        elastolysis, young, old = weights[3:]
        rows.append(GradeRow(ELASTOLYSIS, "atrophic", None, NOT_ASSESSED, "tissue quality is not in the relief"))
        high += 3 * elastolysis
        raised = items.count(HYPERTROPHIC)
        rows.append(GradeRow(HYPERTROPHIC, "hypertrophic", raised, FROM_RELIEF, "its age is not in the relief"))
        low, high = low + young * quantity_class(raised), high + old * quantity_class(raised)
        return ScaleSuggestion("ecca", tuple(rows), GradeTotal(low, high, False, UNVERIFIED))


def item_of(scar: Scar) -> str:
    """Return the item that a scar of this kind belongs to."""
    return next((name for name, kind in _SHAPES if kind == scar.kind), HYPERTROPHIC)


def quantity_class(count: int) -> int:
    """Return 0 (none), 1 (few), 2 (a limited number) or 3 (many)."""
    few, limited = value_of("scars.ecca_count_limits")
    return 0 if count == 0 else 1 if count < few else 2 if count <= limited else 3
