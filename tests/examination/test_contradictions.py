"""Answers that cannot both hold are refused, each named with its counterpart; half an answer is none."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from example_examinations import DAY, WHO, cheek, chin, describe, examine, whole

from scarplan.errors import BadInput
from scarplan.examination import check_assessment
from scarplan.records.assessment import Assessment


def fault(assessment: Assessment, *, today: datetime.date = DAY) -> str:
    with pytest.raises(BadInput) as caught:
        check_assessment(assessment, today=today)
    assert (caught.value.code, caught.value.exit_code) == ("E-EXAM-001", 2)
    assert caught.value.do
    return caught.value.what


def gb(grade: int, **rows: Any) -> dict[str, Any]:
    return {"goodman_baron": grade, "goodman_baron_rows": rows}


@pytest.mark.parametrize(
    ("assessment", "both"),
    [
        (examine(chin(icepick=1), flat_marks="only"), ['flat_marks says "only"', "ice-pick in chin"]),
        (examine(chin(raised="1-4"), flat_marks="only"), ['flat_marks says "only"', "raised in chin"]),
        (examine(flat_marks="only", grades=gb(3)), ['flat_marks says "only"', "goodman_baron 3"]),
        (examine(flat_marks="only", grades={"ecca": {"m_shaped": 2}}), ["only", "ecca.m_shaped"]),
        (examine(chin(flat_marks=2), flat_marks="none"), ['flat_marks says "none"', "marks were counted in chin"]),
        (examine(flat_marks="none", grades=gb(1)), ['flat_marks says "none"', "goodman_baron 1"]),
        (examine(flat_marks="none", grades={"goodman_baron_rows": {"macular": 4}}), ["none", "macular counts some"]),
        (examine(flat_marks="some", grades={"goodman_baron_rows": {"macular": 0}}), ["some", "macular says none"]),
        (examine(cheek(rolling="5-10"), grades=gb(1)), ["goodman_baron 1", "rolling in cheek left"]),
        (examine(grades={"goodman_baron": 1, "goodman_baron_rows": {"linear": 2}}), ["goodman_baron 1", "linear"]),
        (examine(cheek(rolling=3), stretch="flattens", grades=gb(4)), ["goodman_baron 4", '"flattens" everywhere']),
        (examine(cheek(rolling=3, stretch="flattens"), grades=gb(4)), ["goodman_baron 4", '"flattens" everywhere']),
        (examine(cheek(icepick=3), stretch="does_not_flatten", grades=gb(3)), ["goodman_baron 3", "does_not_flatten"]),
        (examine(chin(), cheek(), grades=gb(2)), ["goodman_baron 2", "every kind of every zone was counted as none"]),
        (whole(grades=gb(4)), ["goodman_baron 4", "counted as none"]),
        (examine({"zone": "cheek"}), ["zone cheek names no side", "left"]),
        (
            examine({"zone": "forehead", "side": "left", "rolling": 1}, {"zone": "forehead", "rolling": 2}),
            ["zone forehead stands whole and by side", "its left and right apart"],
        ),
        (examine(cheek(), cheek()), ["cheek left stands 2 times"]),
        (examine(chin(icepick=2), grades={"ecca": {"v_shaped": 0}}), ["ecca.v_shaped says 0", "ice-pick in chin"]),
        (whole(chin(rolling=4), grades={"ecca": {"m_shaped": 2}}), ["ecca.m_shaped says 2", "at most 4 rolling"]),
        (whole(chin(), grades={"ecca": {"v_shaped": 1}}), ["ecca.v_shaped says 1", "at most 0 ice-pick"]),
        (
            examine(chin(raised=2), grades={"goodman_baron_rows": {"papular": 0, "hypertrophic": "none"}}),
            ["papular and for hypertrophic", "raised in chin"],
        ),
        (whole(chin(), grades={"goodman_baron_rows": {"linear": 3}}), ["linear", "said to hold none"]),
    ],
)  # fmt: skip
def test_a_contradiction_names_both_answers(assessment: Assessment, both: list[str]) -> None:
    said = fault(assessment)
    for part in both:
        assert part in said


def test_a_day_to_come_is_refused_and_today_is_not() -> None:
    tomorrow = DAY + datetime.timedelta(days=1)
    assert "lies after today" in fault(examine(date=tomorrow))
    check_assessment(examine(date=tomorrow), today=tomorrow)


def test_several_contradictions_are_told_at_once() -> None:
    said = fault(examine({"zone": "temple", "rolling": 3}, chin(), chin(), flat_marks="only", grades=gb(1)))
    for part in ("temple names no side", "chin stands 2 times", 'flat_marks says "only"', "goodman_baron 1"):
        assert part in said


@pytest.mark.parametrize(
    "assessment",
    [
        examine(),
        examine(cheek(rolling=3), {"zone": "chin", "rolling": 2}, stretch="flattens", grades=gb(3)),
        # Raised scars may carry the grade: stretching tells nothing about them.
        examine(cheek(rolling=3, raised=1), stretch="flattens", grades=gb(4)),
        examine(cheek(raised=1), stretch="does_not_flatten", grades=gb(3)),
        # One zone answers otherwise, or is not known.
        examine(cheek(rolling=3), chin(rolling=1, stretch="partly"), stretch="flattens", grades=gb(4)),
        examine(cheek(rolling=3, stretch="flattens"), chin(rolling=1), grades=gb(4)),
        # Not known is not none.
        examine({"zone": "chin", "icepick": 0}, grades=gb(3)),
        examine({"zone": "chin"}, flat_marks="only", grades=gb(1)),
        examine(cheek(), flat_marks="only", grades=gb(1)),
        # Zones that were not examined may hold what the scale of the whole face counts.
        examine(chin(rolling=4), grades={"ecca": {"m_shaped": 3}}),
        examine(chin(), grades={"goodman_baron_rows": {"linear": 3}}),
        examine({"zone": "neck", "icepick": 3}, grades={"ecca": {"v_shaped": 0}}),
        examine(chin(other=3), flat_marks="only"),
    ],
)  # fmt: skip
def test_what_can_both_hold_is_taken(assessment: Assessment) -> None:
    check_assessment(assessment, today=DAY)


@pytest.mark.parametrize(
    ("assessment", "said"),
    [
        (examine(cheek(boxcar_deep=1), grades=gb(2)), "Grade 2 is mild, and deep boxcar in cheek left"),
        (examine(cheek(icepick=2), stretch="flattens"), "seldom flatten"),
        (examine(cheek(rolling=2), scar_age_months=6), "6 months old"),
        (examine(cheek(rolling=2), new_acne="yes"), "New spots still come"),
        (examine(cheek(rolling=2), picked="yes"), "picked or squeezed"),
        (examine(cheek(other=2)), "no note says what they are"),
        (examine({"zone": "chin"}), "Chin is listed, and nothing about it is known"),
        (examine(chin(rolling=9), grades={"ecca": {"m_shaped": 1}}), "9 rolling scars were counted"),
        (examine(chin(icepick=1), grades={"scar_s_face": 0}), "scar_s_face 0"),
        (examine(chin(raised=1), grades={"ecca": {"hypertrophic": 0, "keloid": 0}}), "raised in chin"),
        (examine(chin(flat_marks=0), flat_marks="some"), "none was counted"),
        (examine(chin(stretch="partly")), "no dent was counted"),
        (examine(chin(rolling=2), use="surgical_scars", grades=gb(3)), "made for acne scars"),
        (examine(), "not answered"),
        (whole(chin(rolling=2), grades={"goodman_baron_rows": {"linear": 3}}), "The row linear does not follow"),
    ],
)
def test_what_is_milder_is_a_doubt(assessment: Assessment, said: str) -> None:
    assert any(said in doubt for doubt in describe(assessment)["doubts"])


def test_a_use_that_nobody_knows_names_the_nearest() -> None:
    with pytest.raises(BadInput, match="E-USE-001"):
        describe(examine(use="acne_scasr"))


def test_who_is_kept_as_written() -> None:
    assert describe(examine())["examiner"] == WHO["examiner"]


def test_a_zone_in_the_middle_may_be_counted_by_its_halves() -> None:
    halves = [{"zone": "forehead", "side": side, "rolling": 2} for side in ("left", "right")]
    described = describe(whole(*halves))
    assert described["whole_face"]
    assert [(group["zone"], group["side"]) for group in described["groups"]] == [
        ("forehead", "left"),
        ("forehead", "right"),
    ]
    assert not describe(examine(halves[0]))["whole_face"]


def test_a_zone_that_holds_only_marks_is_no_doubt() -> None:
    marked = examine({"zone": "chin", "flat_marks": "11-20"}, flat_marks="only")
    assert not any("nothing about it is known" in doubt for doubt in describe(marked)["doubts"])
