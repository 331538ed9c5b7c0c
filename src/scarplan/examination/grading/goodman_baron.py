"""Goodman and Baron 2006 from an examination: the quantitative rows and total, and the qualitative grade."""

from __future__ import annotations

import math
from typing import Any

from scarplan.evidence.library import value_of
from scarplan.examination.grading.pool import ANY_NUMBER, Interval, Pool, PooledRow
from scarplan.examination.groups import count_range, total_count
from scarplan.examination.seen import common_stretch, count_on_face, is_all_none, list_contours
from scarplan.records.assessment import Assessment, Kind
from scarplan.scars.grading import goodman_baron as scale

GRADE_NAMES = {1: "macular", 2: "mild", 3: "moderate", 4: "severe"}

#: Row of an examination -> its name, and its grade in the published table.
ROWS = {
    "macular": (scale.MACULAR, "A"),
    "dish_mild": (scale.DISH_MILD, "A"),
    "dish_moderate": (scale.DISH_MODERATE, "B"),
    "punched_shallow": (scale.PUNCHED_SHALLOW, "B"),
    "broad_shallow": (scale.BROAD_SHALLOW, "B"),
    "punched_deep_normal": ("Punched out, deep but normal base, under 5 mm", "C"),
    "punched_deep_abnormal": ("Punched out, deep and abnormal base, under 5 mm", "C"),
    "linear": (scale.LINEAR, "C"),
    "broad_deep": (scale.BROAD_DEEP, "C"),
    "papular": (scale.PAPULAR, "D"),
    "hypertrophic": (scale.HYPERTROPHIC, "D"),
}
#: Kinds that are counted together, and the rows between which they do not tell.
_POOLS: tuple[tuple[tuple[Kind, ...], tuple[str, ...]], ...] = (
    (("boxcar_shallow",), ("punched_shallow",)),
    (("icepick", "boxcar_deep"), ("punched_deep_normal", "punched_deep_abnormal")),
    (("rolling",), ("dish_mild", "dish_moderate", "broad_shallow", "broad_deep")),
    (("raised",), ("papular", "hypertrophic")),
)
_AREAS = ("none", "under 5 cm2", "5-20 cm2", "over 20 cm2")


def grade_quantitative(assessment: Assessment, *, is_whole: bool) -> dict[str, Any]:
    """Return rows with counts and points, the range of totals that fit, and what does not fit together (`disputed`).

    `is_whole`: whether the counts are those of the whole face; a row that was entered always is.
    """
    rows = _read_rows(assessment)
    pools = [_pool(assessment, kinds, [rows[name] for name in names], is_whole) for kinds, names in _POOLS]
    pools += [Pool((rows["macular"],), _flat_marks(assessment)), Pool((rows["linear"],), _other(assessment))]
    disputed = [row.id for pool in pools if not pool.fits for row in pool.rows if row.given != ANY_NUMBER]
    # The clinician's row is the grade, also where it does not follow from the counts.
    pools = [pool if pool.fits else pool.freed() for pool in pools]
    found = {row.id: (pool, position) for pool in pools for position, row in enumerate(pool.rows)}
    ends = [pool.points() for pool in pools]
    note = scale.UNVERIFIED if is_whole else f"{scale.UNVERIFIED}; of the zones examined, the face may hold more"
    return {
        "rows": [_describe(name, *found[name]) for name in ROWS],
        "total": {
            "low": sum(low for low, _ in ends), "high": sum(high for _, high in ends), "verified": False, "note": note,
        },
        "disputed": disputed,
    }  # fmt: skip


def grade_qualitative(assessment: Assessment) -> dict[str, Any]:
    """Return the grade that was given, and the grades that the rest of the examination leaves possible."""
    grade = assessment.grades.goodman_baron
    possible, note = ([grade], "as the examiner gave it") if grade else _possible_grades(assessment)
    return {"grade": grade, "name": GRADE_NAMES.get(grade or 0), "possible": possible, "note": note}


def _possible_grades(assessment: Assessment) -> tuple[list[int], str]:
    if assessment.flat_marks == "only":
        return [1], "flat marks only"
    if list_contours(assessment):
        stretch, raised = common_stretch(assessment), total_count(assessment, "raised")
        if raised is not None and raised.high == 0:
            if stretch == "flattens":
                return [2, 3], "dents that stretching flattens are never grade 4"
            if stretch == "does_not_flatten":
                return [2, 4], "dents that stretching does not flatten are never grade 3"
        return [2, 3, 4], "dents or raised scars; the grade is the examiner's"
    if is_all_none(assessment):
        if assessment.flat_marks == "some":
            return [1], "flat marks and no dents in the zones examined"
        if assessment.flat_marks == "none":
            return [], "no scar and no mark in the zones examined"
        return [1], "no dents in the zones examined; whether there are flat marks is not known"
    return [1, 2, 3, 4], "too little is known"


def _read_rows(assessment: Assessment) -> dict[str, PooledRow]:
    few, many = value_of("scars.gb_count_limits")
    weights = dict(zip("ABCD", value_of("scars.gb_row_weights"), strict=True))
    classes: tuple[Interval, ...] = ((0, 0), (1, few), (few + 1, many), (many + 1, math.inf))
    given = assessment.grades.goodman_baron_rows
    rows = {}
    for name, (_, grade) in ROWS.items():
        if name == "hypertrophic":
            rows[name] = _area_row(given.hypertrophic)
            continue
        points = tuple(float(weights[grade] * index) for index in range(4))
        entered = count_range(getattr(given, name))
        rows[name] = PooledRow(name, classes, points, (entered.low, entered.high) if entered else ANY_NUMBER)
    return rows


def _area_row(area: str | None) -> PooledRow:
    """Return the row that goes by area: any number of scars may make up each of its classes."""
    some: Interval = (1, math.inf)
    never: Interval = (1, 0)
    classes = ((0, 0), some, some, some)
    if area is not None:
        classes = tuple(held if _AREAS[index] == area else never for index, held in enumerate(classes))
    return PooledRow("hypertrophic", classes, (0.0, *map(float, value_of("scars.gb_keloid_points"))))


def _pool(assessment: Assessment, kinds: tuple[Kind, ...], rows: list[PooledRow], is_whole: bool) -> Pool:
    low, high = count_on_face(assessment, kinds)
    is_entered = any(row.given != ANY_NUMBER for row in rows)
    return Pool(tuple(rows), (low, math.inf if is_entered and not is_whole else high))


def _flat_marks(assessment: Assessment) -> Interval:
    """Return how many flat marks there are: none where the first question says so."""
    if assessment.flat_marks == "none":
        return 0, 0
    counts = [count_range(findings.flat_marks) for findings in assessment.zone]
    low = sum(count.low for count in counts if count)
    if assessment.flat_marks in ("some", "only"):
        low = max(low, 1)
    if not counts or None in counts:
        return low, math.inf
    return low, max(low, sum(count.high for count in counts if count))


def _other(assessment: Assessment) -> Interval:
    """Return how many linear scars there may be: no kind is a line, so they are among the others."""
    return 0, count_on_face(assessment, ("other",))[1]


def _describe(name: str, pool: Pool, position: int) -> dict[str, Any]:
    row, classes = pool.rows[position], pool.classes_of(position)
    low, high = pool.scars_of(position)
    points = [row.points[index] for index in classes]
    return {
        "id": name,
        "row": ROWS[name][0],
        "grade": ROWS[name][1],
        "count": None if math.isinf(high) else {"low": low, "high": int(high)},
        "points": {"low": min(points), "high": max(points)},
    }
