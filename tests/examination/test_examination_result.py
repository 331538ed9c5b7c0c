"""What an examination says: half-filled ones too; unknown never becomes none, and every range is one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from example_examinations import DAY, NOTHING, cheek, chin, describe, examine, half_filled, whole
from hypothesis import given, settings

from scarplan.canonical import dump_json
from scarplan.errors import BadInput
from scarplan.evidence import list_unexplained
from scarplan.examination import NOTICE, compare_examinations, list_places
from scarplan.records.assessment import KINDS, make_assessment


def walk_ranges(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"low", "high"} <= set(value):
            yield value
        for inner in value.values():
            yield from walk_ranges(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk_ranges(inner)


@settings(max_examples=120, deadline=None)
@given(half_filled())
def test_a_half_filled_examination_is_told_or_refused_in_words(values: dict[str, Any]) -> None:
    assessment = make_assessment(values)
    try:
        found = describe(assessment)
    except BadInput as error:
        refused = error
    else:
        check_result(found, values)
        return
    assert (refused.code, refused.exit_code) == ("E-EXAM-001", 2)


def check_result(found: dict[str, Any], values: dict[str, Any]) -> None:
    dump_json(found)
    assert all(row["low"] <= row["high"] for row in walk_ranges(found))
    assert list_unexplained("assess", found) == []
    assert found["ready_to_plan"] == bool(found["groups"]) == (not found["not_ready_because"])
    for zone, given_zone in zip(found["zones"], values["zone"], strict=True):
        for kind in KINDS:
            written = given_zone.get(kind, "unknown")
            assert (zone["counts"][kind] is None) == (written == "unknown")
    for kind in KINDS:
        unknown = any(zone["counts"][kind] is None for zone in found["zones"])
        assert found["counts"][kind] is None or not unknown


@settings(max_examples=30, deadline=None)
@given(half_filled())
def test_every_leaf_of_a_follow_up_is_explained(values: dict[str, Any]) -> None:
    assessment = make_assessment(values)
    later = assessment.model_copy(update={"date": DAY + datetime.timedelta(days=9)})
    try:
        found = compare_examinations([assessment, later])
    except BadInput:
        return
    dump_json(found)
    assert list_unexplained("follow_up", found) == []


def test_groups_are_the_depressed_kinds_that_may_be_there() -> None:
    found = describe(
        examine(cheek(icepick="1-4", rolling=0, raised=3, other=2, boxcar_deep="unknown"), chin(rolling=7))
    )
    assert [(g["zone"], g["side"], g["kind"], g["low"], g["high"]) for g in found["groups"]] == [
        ("cheek", "left", "icepick", 1, 4),
        ("chin", None, "rolling", 7, 7),
    ]
    assert found["counts"]["boxcar_deep"] is None
    assert found["counts_at_least"] == {
        "icepick": 1, "boxcar_shallow": 0, "boxcar_deep": 0, "rolling": 7, "raised": 3, "other": 2,
    }  # fmt: skip
    assert found["basis"] == "examination"
    assert found["notice"] == NOTICE == "estimated from examination; depth was not measured"


def test_flat_marks_are_routed_out_first_with_what_to_do() -> None:
    found = describe(examine(chin(rolling=3, flat_marks="1-4", raised=1, other=2), scar_age_months=3))
    what = [routed["what"] for routed in found["routed_out"]]
    assert what == [
        "flat dark or red marks", "fresh marks and young scars", "raised scars", "scars of another kind",
    ]  # fmt: skip
    assert found["routed_out"][0]["where"] == ["chin"]
    assert "sun protection" in found["routed_out"][0]["do"]
    assert all(routed["sources"] and routed["why"] and routed["do"] for routed in found["routed_out"])
    assert [group["kind"] for group in found["groups"]] == ["rolling"]


def test_flat_marks_only_are_nothing_to_plan() -> None:
    found = describe(examine(flat_marks="only", grades={"goodman_baron": 1}))
    assert found["ready_to_plan"] is False
    assert "flat marks only" in found["not_ready_because"][0]
    assert found["routed_out"][0]["what"] == "flat dark or red marks"
    assert "stretch" not in found["unanswered"]


@pytest.mark.parametrize(
    ("assessment", "said"),
    [
        (examine(), "No zone was examined"),
        (examine(chin()), "No depressed scar was counted: there is nothing to plan"),
        (whole(), "No depressed scar was counted: there is nothing to plan"),
        (examine({"zone": "chin", "raised": 2}), "some kinds are not known"),
        (examine(chin(rolling=3), use="stretch_marks"), "Stretch marks: documented only"),
        (examine(chin(raised=3), use="raised scars"), "not for this product"),
        (examine({"zone": "trunk", **NOTHING, "rolling": 9}), "where nothing is forecast"),
    ],
)
def test_why_nothing_can_be_planned_is_told(assessment: Any, said: str) -> None:
    found = describe(assessment)
    assert found["groups"] == []
    assert found["ready_to_plan"] is False
    assert said in found["not_ready_because"][0]


def test_a_use_is_found_by_any_of_its_names() -> None:
    assert describe(examine(chin(rolling=3), use="ice-pick scars"))["use"] == "acne_scars"


def test_scars_where_nothing_is_forecast_are_left_out_of_the_plan() -> None:
    found = describe(examine(chin(rolling=3), {"zone": "neck", **NOTHING, "rolling": 9}))
    assert [group["zone"] for group in found["groups"]] == ["chin"]
    (routed,) = [row for row in found["routed_out"] if "neck" in row["what"]]
    assert routed["where"] == ["neck"]
    assert found["counts"]["rolling"] == {"low": 12, "high": 12}


def test_what_is_not_known_is_listed_by_its_place() -> None:
    found = describe(examine({"zone": "cheek", "side": "left", "icepick": 3}, {"zone": "chin"}))
    assert found["unanswered"] == [
        "light", "flat_marks", "scar_age_months", "picked", "new_acne", "stretch", "grades.goodman_baron",
        "rest_of_face", *(f"zone.cheek_left.{kind}" for kind in KINDS[1:]), "zone.chin",
    ]  # fmt: skip


def test_a_face_is_whole_when_every_zone_was_counted() -> None:
    face = [(zone, side) for zone, side in list_places() if zone not in ("neck", "trunk")]
    rows = [{"zone": zone, "icepick": 0} | ({"side": side} if side else {}) for zone, side in face]
    assert describe(examine(*rows))["whole_face"] is True
    assert describe(examine(*rows[1:]))["whole_face"] is False
    del rows[0]["icepick"]
    assert describe(examine(*rows))["whole_face"] is False
    assert describe(whole(rows[0]))["whole_face"] is False  # the forehead is listed and nothing about it is known
