"""ECCA from an examination: the classes that were entered or follow from the counts, and the totals that fit."""

from __future__ import annotations

import math
from typing import Any

from scarplan.evidence.library import value_of
from scarplan.examination.grading.pool import ANY_NUMBER, Interval, Pool, PooledRow
from scarplan.examination.groups import CountRange
from scarplan.examination.seen import count_on_face
from scarplan.records.assessment import Assessment, Kind
from scarplan.scars.grading.ecca import UNVERIFIED

#: The kinds that an item of a shape stands for.
ITEM_KINDS: dict[str, tuple[Kind, ...]] = {
    "v_shaped": ("icepick",),
    "u_shaped": ("boxcar_shallow", "boxcar_deep"),
    "m_shaped": ("rolling",),
}
#: Item of the scale -> its words.
ECCA_NAMES = {
    "v_shaped": "V-shaped, under 2 mm",
    "u_shaped": "U-shaped, 2-4 mm, sheer edges",
    "m_shaped": "M-shaped, over 4 mm, superficial",
    "elastolysis": "Superficial elastolysis",
    "hypertrophic": "Hypertrophic, under 2 years old",
    "keloid": "Keloid or hypertrophic, over 2 years old",
}


def ecca_range(item_class: int) -> CountRange:
    """Return how many scars a class stands for: 0 none, 1 few, 2 a limited number, 3 many."""
    few, limited = value_of("scars.ecca_count_limits")
    ends = ((0, 0), (1, few - 1), (few, limited), (limited + 1, value_of("examination.most_over_20")))
    return CountRange(*ends[item_class])


def grade_ecca(assessment: Assessment) -> dict[str, Any]:
    """Return items with their classes and points, and the range of totals that fit."""
    few, limited = value_of("scars.ecca_count_limits")
    classes: tuple[Interval, ...] = ((0, 0), (1, few - 1), (few, limited), (limited + 1, math.inf))
    rows = {}
    for item, weight in zip(ECCA_NAMES, value_of("scars.ecca_weights"), strict=True):
        given = getattr(assessment.grades.ecca, item)
        held = ANY_NUMBER if given is None else classes[given]
        rows[item] = PooledRow(item, classes, tuple(float(weight * index) for index in range(4)), held)
    pools = [
        *(Pool((rows[item],), count_on_face(assessment, kinds)) for item, kinds in ITEM_KINDS.items()),
        Pool((rows["elastolysis"],)),
        Pool((rows["hypertrophic"], rows["keloid"]), count_on_face(assessment, ("raised",))),
    ]
    # The clinician's class is the grade, also where it does not follow from the counts.
    pools = [pool if pool.fits else pool.freed() for pool in pools]
    ends = [pool.points() for pool in pools]
    return {
        "items": [_describe(pool, position) for pool in pools for position in range(len(pool.rows))],
        "total": {
            "low": sum(low for low, _ in ends),
            "high": sum(high for _, high in ends),
            "verified": False,
            "note": UNVERIFIED,
        },
    }


def _describe(pool: Pool, position: int) -> dict[str, Any]:
    row, found = pool.rows[position], pool.classes_of(position)
    return {
        "id": row.id,
        "item": ECCA_NAMES[row.id],
        "class": {"low": found[0], "high": found[-1]} if len(found) < len(row.points) else None,
        "points": {"low": row.points[found[0]], "high": row.points[found[-1]]},
    }
