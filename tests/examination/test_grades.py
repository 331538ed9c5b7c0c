"""Grades by the scales' own rows: every total that can be true lies in the range, and nothing wider is said."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from example_examinations import DAY, cheek, chin, describe, examine, known_counts, whole
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.examination.grading import grade_assessment
from scarplan.examination.grading.pool import Pool, PooledRow
from scarplan.examination.groups import count_range
from scarplan.records.assessment import KINDS

GB_WEIGHTS = {
    "macular": 1, "dish_mild": 1, "dish_moderate": 2, "punched_shallow": 2, "broad_shallow": 2, "broad_deep": 3,
    "punched_deep_normal": 3, "punched_deep_abnormal": 3, "linear": 3, "papular": 2,
}  # fmt: skip
GB_ROWS_OF = {
    "icepick": ("punched_deep_normal", "punched_deep_abnormal"),
    "boxcar_deep": ("punched_deep_normal", "punched_deep_abnormal"),
    "boxcar_shallow": ("punched_shallow",),
    "rolling": ("dish_mild", "dish_moderate", "broad_shallow", "broad_deep"),
    "raised": ("papular",),
}
ECCA_WEIGHTS = {"icepick": 15, "boxcar": 20, "rolling": 25}


def gb_class(count: int) -> int:
    """Return the class of a count as the table has it: 1-10, 11-20, more."""
    return 0 if count == 0 else 1 if count <= 10 else 2 if count <= 20 else 3


def ecca_class(count: int) -> int:
    return 0 if count == 0 else 1 if count < 5 else 2 if count <= 20 else 3


def total(assessment: Any, scale: str = "goodman_baron_quantitative") -> tuple[float, float]:
    found = grade_assessment(assessment)[scale]["total"]
    return found["low"], found["high"]


def row(assessment: Any, name: str) -> dict[str, Any]:
    rows = describe(assessment)["grades"]["goodman_baron_quantitative"]["rows"]
    return next(each for each in rows if each["id"] == name)


scars = st.lists(st.sampled_from(sorted(GB_ROWS_OF)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sampled_from(GB_ROWS_OF[kind]))), max_size=60)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(scars, st.integers(0, 25), st.integers(0, 3))
def test_the_true_total_lies_in_the_range_when_counts_are_exact(
    seen: list[tuple[str, str]], marks: int, elastolysis: int
) -> None:
    counted = {kind: sum(each == kind for each, _ in seen) for kind in GB_ROWS_OF}
    exam = whole(chin(**counted, flat_marks=marks), grades={"ecca": {"elastolysis": elastolysis}})
    in_row = {name: sum(each == name for _, each in seen) for name in GB_WEIGHTS} | {"macular": marks}
    truth = sum(weight * gb_class(in_row[name]) for name, weight in GB_WEIGHTS.items())
    low, high = total(exam)
    assert low <= truth <= high
    shapes = {"icepick": counted["icepick"], "rolling": counted["rolling"]}
    shapes["boxcar"] = counted["boxcar_shallow"] + counted["boxcar_deep"]
    ecca_truth = sum(ECCA_WEIGHTS[kind] * ecca_class(n) for kind, n in shapes.items()) + 30 * elastolysis
    ecca_low, ecca_high = total(exam, "ecca")
    assert ecca_low <= ecca_truth + 40 * ecca_class(counted["raised"]) <= ecca_high


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(KINDS), st.tuples(st.integers(0, 40), st.booleans())))
def test_not_knowing_a_kind_only_widens_the_range(counted: dict[str, tuple[int, bool]]) -> None:
    exact = {kind: count for kind, (count, _) in counted.items()}
    hidden = {kind: "unknown" for kind, (_, is_hidden) in counted.items() if is_hidden}
    for scale in ("goodman_baron_quantitative", "ecca"):
        low, high = total(whole(chin(**exact)), scale)
        wider_low, wider_high = total(whole(chin(**exact | hidden)), scale)
        assert wider_low <= low <= high <= wider_high


@settings(max_examples=40, deadline=None)
@given(known_counts, known_counts)
def test_a_class_gives_the_range_over_its_numbers(left: int | str, right: int | str) -> None:
    ends = [found for written in (left, right) if (found := count_range(written))]
    numbers = itertools.product(*({end.low, min(end.high, end.low + 12), end.high} for end in ends))
    low, high = total(whole(cheek(rolling=left), cheek("right", rolling=right)))
    inside = [total(whole(cheek(rolling=a), cheek("right", rolling=b))) for a, b in numbers]
    assert low == min(each for each, _ in inside)
    assert high == max(each for _, each in inside)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 11, 13, 20, 21, 24, 33])
def test_a_pool_is_exact(count: int) -> None:
    classes = ((0, 0), (1, 10), (11, 20), (21, math.inf))
    weights = (1, 2, 3)
    rows = tuple(PooledRow(str(w), classes, tuple(float(w * k) for k in range(4))) for w in weights)
    splits = [s for s in itertools.product(range(count + 1), repeat=3) if sum(s) == count]
    points = [sum(w * gb_class(n) for w, n in zip(weights, split, strict=True)) for split in splits]
    pool = Pool(rows, (count, count))
    assert pool.points() == (min(points), max(points))
    for position in range(3):
        held = [split[position] for split in splits]
        assert pool.scars_of(position) == (min(held), max(held))
        assert pool.classes_of(position) == sorted({gb_class(n) for n in held})


def test_nothing_known_leaves_the_whole_scale_open() -> None:
    assert total(examine()) == (0, 84)
    assert total(examine(), "ecca") == (0, 540)
    assert all(each["count"] is None for each in describe(examine())["grades"]["goodman_baron_quantitative"]["rows"])


def test_a_face_without_scars_and_marks_has_no_points() -> None:
    exam = whole(flat_marks="none", grades={"ecca": {"elastolysis": 0}})
    assert total(exam) == (0, 0)
    assert total(exam, "ecca") == (0, 0)
    assert describe(exam)["grades"]["goodman_baron_qualitative"]["possible"] == []


def test_neck_and_trunk_do_not_count_in_scales_of_the_face() -> None:
    exam = whole(chin(), {"zone": "neck", "icepick": 30}, flat_marks="none")
    assert total(exam) == (0, 0)
    assert describe(exam)["counts"]["icepick"] == {"low": 30, "high": 30}


def test_an_entered_row_wins_over_the_counts() -> None:
    rows = {"dish_mild": 3, "dish_moderate": 0, "broad_shallow": 0, "broad_deep": 0}
    assert total(whole(chin(rolling=3), flat_marks="none", grades={"goodman_baron_rows": rows})) == (1, 1)
    disputed = whole(chin(rolling=3), flat_marks="none", grades={"goodman_baron_rows": rows | {"dish_mild": 15}})
    found = describe(disputed)["grades"]["goodman_baron_quantitative"]
    assert found["disputed"] == ["dish_mild", "dish_moderate", "broad_shallow", "broad_deep"]
    assert row(disputed, "dish_mild")["points"] == {"low": 2, "high": 2}


def test_raised_scars_by_area_when_it_is_known() -> None:
    assert row(whole(chin(raised=1)), "hypertrophic")["points"] == {"low": 0, "high": 18}
    known = whole(chin(raised=1), grades={"goodman_baron_rows": {"hypertrophic": "5-20 cm2", "papular": 0}})
    assert row(known, "hypertrophic")["points"] == {"low": 12, "high": 12}


def test_a_patch_says_that_the_face_may_hold_more() -> None:
    found = describe(examine(chin(icepick=2)))
    assert found["whole_face"] is False
    assert "Not every zone" in found["grades"]["note"]
    assert "may hold more" in found["grades"]["goodman_baron_quantitative"]["total"]["note"]
    assert describe(whole(chin(icepick=2)))["whole_face"] is True


@pytest.mark.parametrize(
    ("assessment", "possible"),
    [
        (examine(), [1, 2, 3, 4]),
        (examine(flat_marks="only"), [1]),
        (examine(chin(rolling=2)), [2, 3, 4]),
        (examine(chin(rolling=2), stretch="flattens"), [2, 3]),
        (examine(chin(rolling=2), stretch="does_not_flatten"), [2, 4]),
        (examine(chin(rolling=2, raised="unknown"), stretch="flattens"), [2, 3, 4]),
        (examine(chin(), flat_marks="some"), [1]),
        (examine(chin(), flat_marks="none"), []),
        (examine(chin(rolling=1), grades={"goodman_baron": 4}), [4]),
    ],
)
def test_grades_that_remain_possible(assessment: Any, possible: list[int]) -> None:
    found = describe(assessment)["grades"]["goodman_baron_qualitative"]
    assert found["possible"] == possible
    assert found["grade"] in (None, *possible)


def test_tables_from_memory_are_never_called_verified() -> None:
    grades = describe(whole(chin(rolling=3), grades={"scar_s_face": 3}))["grades"]
    for scale in ("goodman_baron_quantitative", "ecca"):
        assert grades[scale]["total"]["verified"] is False
        assert "not verified" in grades[scale]["total"]["note"]
    assert grades["scar_s"]["verified"] is False
    assert grades["goodman_baron_quantitative"]["rater_disagreement"]["points"] == 4
    assert "19 of 21" in grades["goodman_baron_quantitative"]["rater_disagreement"]["words"]
    assert "no figure" in grades["ecca"]["rater_disagreement"]["words"]
    assert "No figure was found" in grades["goodman_baron_qualitative"]["rater_disagreement"]


def test_the_day_of_examples_is_a_day() -> None:
    assert describe(examine())["examined_on"] == DAY.isoformat()
