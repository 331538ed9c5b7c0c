"""Grades are suggestions: rows by our cut-offs, unseen rows "not assessed", totals a range, a patch has no total."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.scars.grading import (
    Ecca,
    GoodmanBaronQualitative,
    GoodmanBaronQuantitative,
    grade_sensitivity,
    suggest_grades,
)
from scarplan.scars.grading.ecca import quantity_class
from scarplan.scars.grading.goodman_baron import row_of
from scarplan.scars.grading.sensitivity import count_interval
from scarplan.scars.kind import counted_kind
from scarplan.scars.scarmap import ScarKind

from .example_scars import example_scar


@pytest.mark.parametrize(
    ("kind", "depth", "width", "row"),
    [
        ("rolling", 0.1, 4.0, "Mildly atrophic, dish-like"),
        ("rolling", 0.3, 4.5, "Moderately atrophic, dish-like"),
        ("rolling", 0.3, 6.0, "Shallow but broad atrophy"),
        ("rolling", 0.4, 6.0, "Deep, broad atrophy"),
        ("boxcar", 0.3, 2.5, "Punched out, shallow base, under 5 mm"),
        ("boxcar", 0.6, 2.5, "Punched out, deep base, under 5 mm"),
        ("icepick", 0.6, 1.0, "Punched out, deep base, under 5 mm"),
        ("raised", -0.3, 2.0, "Papular"),
        ("raised", -0.3, 8.0, "Keloidal or hypertrophic"),
    ],
)
def test_each_scar_has_one_row(kind: ScarKind, depth: float, width: float, row: str) -> None:
    assert row_of(example_scar(1, kind=kind, depth_mm=depth, width_mm=width)) == row


def test_a_boxcar_is_deep_from_half_a_millimetre_on() -> None:
    assert counted_kind(example_scar(1, depth_mm=0.49)) == "boxcar_shallow"
    assert counted_kind(example_scar(1, depth_mm=0.5)) == "boxcar_deep"
    assert counted_kind(example_scar(1, kind="rolling", depth_mm=0.9)) == "rolling"


@pytest.mark.parametrize(("count", "points"), [(0, 0), (1, 2), (10, 2), (11, 4), (20, 4), (21, 6)])
def test_quantitative_points_follow_the_count_classes(count: int, points: float) -> None:
    scars = [example_scar(i, depth_mm=0.3) for i in range(count)]
    total = GoodmanBaronQuantitative().grade(scars).total
    # Colour (at most 3) and linear scars (at most 9) are not seen: they widen the range upwards.
    assert (total.low, total.high) == (points, points + 12)
    assert not total.verified


def test_deep_punched_out_scars_may_stand_in_two_rows() -> None:
    total = GoodmanBaronQuantitative().grade([example_scar(i, depth_mm=0.7) for i in range(2)]).total
    assert (total.low, total.high) == (3, 6 + 12)


def test_rows_that_relief_cannot_see_have_no_count() -> None:
    rows = {row.row: row for row in GoodmanBaronQuantitative().grade([]).rows}
    for name in ("Macular: red or pigmented", "Linear or troughed"):
        assert (rows[name].count, rows[name].status) == (None, "not assessed")
    assert rows["Papular"].count == 0


def test_ecca_weighs_shapes_and_leaves_age_and_tissue_open() -> None:
    scars = [example_scar(1, kind="icepick"), example_scar(2), example_scar(3, kind="raised", depth_mm=-0.3)]
    total = Ecca().grade(scars).total
    assert (total.low, total.high) == (15 + 20 + 40, 15 + 20 + 50 + 90)


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (4, 1), (5, 2), (20, 2), (21, 3)])
def test_ecca_quantity_classes(count: int, expected: int) -> None:
    assert quantity_class(count) == expected


@pytest.mark.parametrize(("depths", "grades"), [([], []), ([0.1], [2]), ([0.1, 0.5], [3, 4])])
def test_the_qualitative_grade_leaves_stretching_open(depths: list[float], grades: list[int]) -> None:
    scars = [example_scar(i, depth_mm=depth) for i, depth in enumerate(depths)]
    assert GoodmanBaronQualitative().suggest(scars)["suggested"] == grades


def test_a_patch_gets_no_total() -> None:
    patch = suggest_grades([example_scar(1)], area_cm2=16.0)
    face = suggest_grades([example_scar(1)], area_cm2=300.0)
    assert patch["whole_face"] is None
    assert patch["goodman_baron_quantitative"]["total"]["low"] is None
    assert "never a whole-face grade" in patch["note"]
    assert face["whole_face"] == {"area_cm2": 300.0}
    assert face["ecca"]["total"]["low"] == 20


def test_moved_limits_and_likely_kinds_move_the_counts_told() -> None:
    near = [example_scar(i, kind="boxcar", depth_mm=0.45, width_mm=2.5) for i in range(3)]
    doubtful = replace(
        example_scar(9, kind="boxcar", depth_mm=0.3, width_mm=2.5),
        kind_probability={"icepick": 0.0, "boxcar": 0.6, "rolling": 0.4, "raised": 0.0},
    )
    told = suggest_grades([*near, doubtful], area_cm2=5.0)["sensitivity"]
    rows = {row["row"]: row for row in told["goodman_baron_quantitative"]}
    deep, shallow = rows["Punched out, deep base, under 5 mm"], rows["Punched out, shallow base, under 5 mm"]
    assert (deep["count"], deep["with_depth_limits"]) == (0, [3, 0]), "0.45 mm is deep where the limit is 0.4 mm"
    assert (shallow["count"], shallow["with_depth_limits"]) == (4, [1, 4])
    assert shallow["with_likely_kinds"] == [3, 4]
    assert rows["Moderately atrophic, dish-like"]["with_likely_kinds"] == [0, 1]
    assert told["goodman_baron_qualitative"]["with_depth_limits"] == [[3, 4], [3, 4]]


def test_a_kind_seen_by_a_clinician_is_no_chance() -> None:
    scar = replace(
        example_scar(1, kind="boxcar", depth_mm=0.3, width_mm=2.5),
        kind_probability={"icepick": 0.5, "boxcar": 0.5, "rolling": 0.0, "raised": 0.0}, reviewed=True,
    )  # fmt: skip
    rows = {row["row"]: row["with_likely_kinds"] for row in grade_sensitivity([scar])["ecca"]}
    assert rows == {"U-shaped, 2-4 mm, sheer edges": [1, 1]}


@given(st.lists(st.floats(0, 1), max_size=7))
def test_the_interval_of_a_count_is_that_of_all_outcomes(chances: list[float]) -> None:
    outcomes = [
        (sum(which), np.prod([p if yes else 1 - p for p, yes in zip(chances, which, strict=True)]))
        for which in itertools.product((0, 1), repeat=len(chances))
    ]
    low, high = count_interval(chances)
    assert sum(p for n, p in outcomes if n <= low) >= 0.05 - 1e-9
    assert sum(p for n, p in outcomes if n < low) < 0.05 + 1e-9
    assert sum(p for n, p in outcomes if n <= high) >= 0.95 - 1e-9
    assert sum(p for n, p in outcomes if n < high) < 0.95 + 1e-9
