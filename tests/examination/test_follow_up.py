"""Follow-up: a change counts only beyond what raters differ by; nothing changes between identical examinations."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from example_examinations import DAY, cheek, chin, examine, half_filled, whole, zone_rows
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scarplan.errors import BadInput
from scarplan.examination import check_assessment, compare_examinations
from scarplan.examination.judge import judge_counts, judge_points, judge_unpublished
from scarplan.records.assessment import Assessment, make_assessment

LATER = DAY + datetime.timedelta(days=200)
TURNED = {"better": "worse", "worse": "better", "none": "none", "unknown": "unknown"}
ranges = st.tuples(st.integers(0, 84), st.integers(0, 84)).map(lambda ends: (min(ends), max(ends)))


def compare(first: Assessment, last: Assessment, *, on: datetime.date = LATER) -> dict[str, Any]:
    return compare_examinations([first, last.model_copy(update={"date": on})])


def judgements(first: Assessment, last: Assessment) -> dict[str, str]:
    return {change["id"]: change["judgement"] for change in compare(first, last)["changes"]}


@given(ranges, ranges)
def test_the_same_range_is_no_change_and_turning_round_turns_the_answer(
    first: tuple[int, int], last: tuple[int, int]
) -> None:
    for judge in (judge_points, judge_counts, judge_unpublished):
        assert judge(first, first) == "none"
        assert judge(last, first) == TURNED[judge(first, last)]


@given(ranges, ranges, st.data())
def test_an_answer_holds_wherever_in_its_range_the_truth_lies(
    first: tuple[int, int], last: tuple[int, int], data: st.DataObject
) -> None:
    assume(first != last)
    for judge in (judge_points, judge_counts):
        a, b = data.draw(st.integers(*first)), data.draw(st.integers(*last))
        if (found := judge(first, last)) != "unknown":
            assert judge((a, a), (b, b)) == found


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [(20, 16, "none"), (20, 15, "better"), (15, 20, "worse"), (16, 20, "none"), (0, 84, "worse")],
)
def test_points_count_beyond_four(first: int, last: int, found: str) -> None:
    assert judge_points((first, first), (last, last)) == found


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (30, 12, "none"), (30, 11, "better"), (11, 30, "worse"), (3, 0, "none"), (4, 0, "none"), (5, 0, "better"),
        (1, 4, "none"), (0, 5, "worse"),
    ],
)  # fmt: skip
def test_counts_count_beyond_the_factor_of_raters_and_a_few_scars(first: int, last: int, found: str) -> None:
    # Three dermatologists came to mean counts of 15.75 to 40.25: a factor of 2.56.
    assert judge_counts((first, first), (last, last)) == found


def test_a_large_fall_is_better_and_a_scale_without_a_figure_cannot_be_judged() -> None:
    first = whole(cheek(boxcar_shallow=30), flat_marks="none", grades={"goodman_baron": 3, "ecca": {"elastolysis": 0}})
    last = whole(cheek(boxcar_shallow=3), flat_marks="none", grades={"goodman_baron": 2, "ecca": {"elastolysis": 0}})
    found = judgements(first, last)
    assert found["count.boxcar_shallow"] == found["count.depressed"] == "better"
    assert found["count.icepick"] == "none"
    assert (found["goodman_baron_qualitative"], found["ecca"]) == ("unknown", "unknown")
    assert found["goodman_baron_quantitative"] == "none"  # 6 points to 2: raters differ by as much
    assert TURNED[found["count.boxcar_shallow"]] == judgements(last, first)["count.boxcar_shallow"]


def test_points_are_judged_when_every_row_is_known() -> None:
    first = whole(
        cheek(boxcar_shallow=30, rolling=0), chin(raised=0, flat_marks=25), cheek("right", flat_marks=0, rolling=30)
    )
    last = whole(cheek(), chin(), flat_marks="none")
    assert judgements(first, whole(*[row.model_dump() for row in last.zone], cheek("right"), flat_marks="none"))[
        "goodman_baron_quantitative"
    ] == "better"  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(half_filled())
def test_identical_examinations_show_no_change(values: dict[str, Any]) -> None:
    assessment = make_assessment(values)
    try:
        check_assessment(assessment, today=DAY)
    except BadInput:
        assume(False)
    found = compare(assessment, assessment)
    assert {change["judgement"] for change in found["changes"]} <= {"none", "unknown"}
    for change in found["changes"]:
        if change["id"].startswith("count.") or change["id"] == "goodman_baron_qualitative":
            assert change["judgement"] == "none"
        assert change["first"] == change["last"]
    assert found["same_examiner"] is True


@settings(max_examples=30, deadline=None)
@given(zone_rows(), zone_rows())
def test_turning_two_examinations_round_turns_every_judgement(first: Any, last: Any) -> None:
    one, two = (whole(*rows, flat_marks="none") for rows in (first, last))
    assert judgements(two, one) == {name: TURNED[found] for name, found in judgements(one, two).items()}


def test_only_zones_that_both_know_are_compared() -> None:
    first = whole(cheek(icepick=30), {"zone": "chin", "icepick": 3})
    last = whole(cheek(icepick="unknown"), {"zone": "chin", "icepick": 3})
    change = next(c for c in compare(first, last)["changes"] if c["id"] == "count.icepick")
    assert (change["first"], change["last"], change["judgement"]) == (
        {"low": 3, "high": 3},
        {"low": 3, "high": 3},
        "none",
    )


def find_change(first: Assessment, last: Assessment, name: str) -> tuple[Any, Any, str]:
    change = next(change for change in compare(first, last)["changes"] if change["id"] == name)
    return change["first"], change["last"], change["judgement"]


def test_a_zone_left_out_with_the_rest_of_the_face_holds_none() -> None:
    first, last = whole(cheek(icepick=12), chin(icepick=1)), whole(chin(icepick=1))
    exact = [{"low": 13, "high": 13}, {"low": 1, "high": 1}]
    assert find_change(first, last, "count.icepick") == (*exact, "better")
    assert find_change(last, first, "count.icepick") == (*reversed(exact), "worse")
    not_looked_at = examine(chin(icepick=1))
    assert find_change(first, not_looked_at, "count.icepick")[:2] == (exact[1], exact[1])
    assert find_change(whole(chin(icepick=9) | {"zone": "neck"}), whole(), "count.icepick")[2] == (
        "none"  # the neck is not of the face, so nothing is known of it the second time
    )


def test_a_zone_in_the_middle_is_compared_whole_where_one_examination_took_it_whole() -> None:
    halves = [chin(icepick=6) | {"side": "left"}, chin(icepick=7) | {"side": "right"}]
    seven = {"low": 7, "high": 7}
    assert find_change(examine(*halves), examine(chin(icepick=1)), "count.icepick") == (
        {"low": 13, "high": 13}, {"low": 1, "high": 1}, "better",
    )  # fmt: skip
    assert find_change(examine(*halves), examine(halves[1]), "count.icepick") == (seven, seven, "none")
    assert "count.icepick" not in judgements(examine(halves[1]), examine(chin(icepick=1)))


def test_totals_of_other_zones_are_not_compared() -> None:
    first = make_assessment({"examiner": "A", "date": DAY, "flat_marks": "none", "zone": [cheek(icepick=30)]})
    last = make_assessment({"examiner": "A", "date": DAY, "flat_marks": "none", "zone": [chin()]})
    found = compare(first, last)
    assert next(c["judgement"] for c in found["changes"] if c["id"] == "goodman_baron_quantitative") == "unknown"
    assert any("Other zones" in doubt for doubt in found["doubts"])


def test_what_makes_them_hard_to_compare_is_told() -> None:
    first = whole(chin(icepick=3), light="side")
    last = whole(chin(icepick=3), examiner="Nurse B", light="front")
    found = compare(first, last, on=DAY + datetime.timedelta(days=30))
    assert found["same_examiner"] is False
    for said in (
        "30 days after the first examination is early",
        "Nurse B looked now and Dr A",
        "light was not the same",
    ):
        assert any(said in doubt for doubt in found["doubts"])
    assert compare(first, first)["doubts"] == []


def test_examiners_are_the_same_whatever_the_case_and_blanks() -> None:
    assert compare(whole(examiner="Dr  a"), whole(examiner="dr A "))["same_examiner"] is True


def test_all_examinations_are_listed_and_the_last_counts() -> None:
    first = whole(chin(icepick=30), flat_marks="none")
    middle = first.model_copy(update={"date": DAY + datetime.timedelta(days=100)})
    last = whole(chin(icepick=2), flat_marks="none", date=LATER)
    found = compare_examinations([first, middle, last])
    assert [each["days_since_first"] for each in found["examinations"]] == [0, 100, 200]
    assert found["says"].startswith("Better by more than raters differ: ")
    assert "untreated" not in found["says"]
    assert "nobody had treated" in found["note"]


def test_the_class_over_20_leaves_a_sum_open_in_words() -> None:
    many = examine(cheek("left", icepick="over 20"), cheek("right", icepick="over 20"))
    few = examine(cheek("left", icepick="1-4"), cheek("right", icepick=2))
    change = next(row for row in compare(many, few)["changes"] if row["id"] == "count.icepick")
    assert (change["first_words"], change["last_words"]) == ("over 41", "3 to 6")
    assert (change["first"], change["change"]) == ({"low": 42, "high": None}, None)
    assert change["judgement"] == "better"


def test_no_judgement_rests_on_the_end_that_is_assumed_for_the_open_class() -> None:
    exact = examine(cheek("left", icepick=400))
    last = examine(cheek("left", icepick="over 20"))
    change = next(row for row in compare(exact, last)["changes"] if row["id"] == "count.icepick")
    assert change["judgement"] == "unknown"
