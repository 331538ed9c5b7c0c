"""Grades are suggestions: rows by our cut-offs, unseen rows "not assessed", totals a range, a patch has no total."""

from __future__ import annotations

import pytest

from scarplan.scars.grading import Ecca, GoodmanBaronQualitative, GoodmanBaronQuantitative, suggest_grades
from scarplan.scars.grading.ecca import quantity_class
from scarplan.scars.grading.goodman_baron import row_of
from scarplan.scars.kind import counted_kind

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
def test_each_scar_has_one_row(kind: str, depth: float, width: float, row: str) -> None:
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
