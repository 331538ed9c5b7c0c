"""Goodman & Baron 2006: the quantitative point table and the qualitative grade, as far as relief shows them.

The point table is unverified (its rows add up to the maximum, but both are from memory). Where a dish-like scar
turns from mild to moderate, and what counts as broad, the scale does not say in numbers: those limits are ours.
"""

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
from scarplan.scars.kind import counted_kind
from scarplan.scars.scarmap import Scar

MACULAR = "Macular: red or pigmented"
DISH_MILD = "Mildly atrophic, dish-like"
DISH_MODERATE = "Moderately atrophic, dish-like"
PUNCHED_SHALLOW = "Punched out, shallow base, under 5 mm"
BROAD_SHALLOW = "Shallow but broad atrophy"
PUNCHED_DEEP = "Punched out, deep base, under 5 mm"
LINEAR = "Linear or troughed"
BROAD_DEEP = "Deep, broad atrophy"
PAPULAR = "Papular"
HYPERTROPHIC = "Keloidal or hypertrophic"

_GRADES = {
    MACULAR: "A", DISH_MILD: "A", DISH_MODERATE: "B", PUNCHED_SHALLOW: "B", BROAD_SHALLOW: "B",
    PUNCHED_DEEP: "C", LINEAR: "C", BROAD_DEEP: "C", PAPULAR: "D", HYPERTROPHIC: "D",
}  # fmt: skip
_UNSEEN = {MACULAR: "colour is not in the relief", LINEAR: "lines are not told from round scars yet"}
UNVERIFIED = "point table from memory, not verified: rows and counts are what can be used"


@dataclass(frozen=True)
class GoodmanBaronQuantitative(AbstractScale):
    """Rows by kind, depth and width; each row gives its multiplier times the class of its count."""

    def grade(self, scars: Sequence[Scar]) -> ScaleSuggestion:
        """Return counts by row, and the range of totals that fit."""
        counts = dict.fromkeys(_GRADES, 0)
        for scar in scars:
            counts[row_of(scar)] += 1
        rows = tuple(_row(name, counts[name]) for name in _GRADES)
        area_cm2 = sum(s.area_mm2 for s in scars if row_of(s) == HYPERTROPHIC) / 100
        low = high = 0.0
        for name in _GRADES:
            least, most = _points(name, counts[name], area_cm2)
            low, high = low + least, high + most
        return ScaleSuggestion("goodman_baron_quantitative", rows, GradeTotal(low, high, False, UNVERIFIED))


def row_of(scar: Scar) -> str:
    """Return the row that the relief of one scar belongs to."""
    kind, small = counted_kind(scar), scar.width_mm < value_of("scars.gb_small_mm")
    if kind == "raised":
        return PAPULAR if small else HYPERTROPHIC
    if kind in ("icepick", "boxcar_deep") and small:
        return PUNCHED_DEEP
    if kind == "boxcar_shallow" and small:
        return PUNCHED_SHALLOW
    if not small:
        return BROAD_DEEP if scar.depth_mm >= value_of("scars.gb_deep_broad_mm") else BROAD_SHALLOW
    return DISH_MODERATE if scar.depth_mm >= value_of("scars.gb_dish_moderate_mm") else DISH_MILD


def _row(name: str, count: int) -> GradeRow:
    if name in _UNSEEN:
        return GradeRow(name, _GRADES[name], None, NOT_ASSESSED, _UNSEEN[name])
    note = "whether the base is normal is not assessed: this row stands for two" if name == PUNCHED_DEEP else ""
    return GradeRow(name, _GRADES[name], count, FROM_RELIEF, note)


def _points(name: str, count: int, area_cm2: float) -> tuple[float, float]:
    """Return lowest and highest points of a row."""
    weight = dict(zip("ABCD", value_of("scars.gb_row_weights"), strict=True))[_GRADES[name]]
    if name in _UNSEEN:
        return 0.0, 3.0 * weight
    if name == HYPERTROPHIC:
        limits, points = value_of("scars.gb_keloid_area_limits_cm2"), value_of("scars.gb_keloid_points")
        value = float(points[sum(area_cm2 >= limit for limit in limits)]) if count else 0.0
        return value, value
    if name == PUNCHED_DEEP:
        split = [weight * (_count_class(k) + _count_class(count - k)) for k in range(count + 1)]
        return min(split), max(split)
    value = float(weight * _count_class(count))
    return value, value


def _count_class(count: int) -> int:
    few, many = value_of("scars.gb_count_limits")
    return 0 if count == 0 else 1 if count <= few else 2 if count <= many else 3


@dataclass(frozen=True)
class GoodmanBaronQualitative:
    """Grades 1-4. Relief sees neither colour (grade 1) nor the stretch test (grade 3 against 4)."""

    def suggest(self, scars: Sequence[Scar]) -> dict[str, object]:
        """Return the grades that remain possible, and what is not assessed."""
        deepest = max((abs(scar.depth_mm) for scar in scars), default=0.0)
        mild = value_of("scars.gb_mild_depth_mm")
        if not scars:
            suggested, note = [], "no scar in the relief: grade 1 (colour only) or no scarring"
        elif deepest < mild:
            suggested, note = [2], f"no scar deeper than {mild:g} mm"
        else:
            suggested, note = [3, 4], "grade 3 and 4 differ by stretching the skin by hand, which relief cannot see"
        return {"suggested": suggested, "status": FROM_RELIEF if scars else NOT_ASSESSED, "note": note}
