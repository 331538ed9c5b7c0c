"""An examination as it is written: counts as people write them, unknown kept unknown, faults by zone and kind."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.anatomy import all_zones
from scarplan.errors import BadInput
from scarplan.records.assessment import (
    COUNT_CLASSES,
    KINDS,
    MOST_COUNTED,
    ZONE_NAMES,
    Assessment,
    make_assessment,
    read_assessment,
)
from scarplan.workflow.template import print_template

WHO = {"examiner": "Dr A", "date": datetime.date(2026, 3, 2)}


def chin(**counts: Any) -> Assessment:
    return make_assessment({**WHO, "zone": [{"zone": "chin", **counts}]})


def message(**values: Any) -> str:
    with pytest.raises(BadInput) as caught:
        make_assessment({**WHO, **values})
    assert caught.value.code == "E-FILE-007"
    return str(caught.value)


def test_zones_are_those_of_anatomy() -> None:
    assert tuple(zone.id for zone in all_zones()) == ZONE_NAMES


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (0, 0), (7, 7), ("7", 7), ("none", 0), ("None", 0), ("no", 0), ("0", 0),
        ("1-4", "1-4"), ("1 - 4", "1-4"), ("1–4", "1-4"), ("1 to 4", "1-4"), ("5 TO 10", "5-10"), (" 11-20 ", "11-20"),
        ("over 20", "over 20"), (">20", "over 20"), ("> 20", "over 20"), ("more than 20", "over 20"),
        ("above 20", "over 20"), ("21+", "over 20"), ("21 or more", "over 20"), ("Over 20", "over 20"),
        ("unknown", None), ("Unknown", None), ("", None), ("?", None), ("not known", None),
    ],
)  # fmt: skip
def test_a_count_is_read_as_people_write_it(written: int | str, read: int | str | None) -> None:
    assert chin(icepick=written).zone[0].icepick == read


@pytest.mark.parametrize("written", ["lots", "3-7", "5-20", "20+", "1-10", "-3", "4-1", "1.5", "a few", "٣٤٥٦٧٨٩"])
def test_a_class_that_is_none_is_told_with_zone_and_kind(written: str) -> None:
    said = message(zone=[{"zone": "cheek", "side": "left", "rolling": written}])
    assert "zone 1 (cheek left), rolling: is no count" in said
    assert '"5-10"' in said or f"0 to {MOST_COUNTED}" in said


@pytest.mark.parametrize("written", [True, False, 3.0, 2.5, -1, MOST_COUNTED + 1, [3], {"low": 1}, 10**30])
def test_a_count_that_is_no_whole_number_is_told(written: Any) -> None:
    assert "zone 1 (chin), boxcar_deep: is no count" in message(zone=[{"zone": "chin", "boxcar_deep": written}])


def test_what_is_left_out_is_unknown_and_never_none() -> None:
    found = make_assessment({**WHO, "zone": [{"zone": "chin"}]})
    assert all(found.zone[0].count_of(kind) is None for kind in KINDS)
    assert (found.flat_marks, found.stretch, found.scar_age_months, found.rest_of_face) == (None,) * 4
    assert (found.picked, found.new_acne) == ("unknown", "unknown")
    assert (found.grades.goodman_baron, found.grades.scar_s_face) == (None, None)
    assert found.use == "acne_scars"


@pytest.mark.parametrize(
    "key", ["flat_marks", "stretch", "scar_age_months", "picked", "new_acne", "rest_of_face", "light", "role"]
)
def test_unknown_may_be_written_everywhere(key: str) -> None:
    assert make_assessment({**WHO, key: "unknown"}) == make_assessment(WHO)


def test_unknown_may_be_written_for_grades() -> None:
    grades = {"goodman_baron": "unknown", "scar_s_face": "unknown", "ecca": {"v_shaped": "unknown"}}
    rows = {"goodman_baron_rows": {"linear": "unknown", "hypertrophic": "unknown"}}
    assert make_assessment({**WHO, "grades": {**grades, **rows}}) == make_assessment(WHO)


@pytest.mark.parametrize(
    ("written", "read"),
    [("Does not flatten", "does_not_flatten"), ("does-not-flatten", "does_not_flatten"), ("FLATTENS", "flattens")],
)
def test_words_are_read_whatever_their_case_and_hyphens(written: str, read: str) -> None:
    assert make_assessment({**WHO, "stretch": written}).stretch == read


def test_rows_of_the_scale_take_the_classes_of_the_scale() -> None:
    rows = {"dish_mild": "1-10", "linear": ">20", "papular": 3, "hypertrophic": "<5 cm²"}
    found = make_assessment({**WHO, "grades": {"goodman_baron_rows": rows}}).grades.goodman_baron_rows
    assert (found.dish_mild, found.linear, found.papular, found.hypertrophic) == ("1-10", "over 20", 3, "under 5 cm2")
    assert "grades.goodman_baron_rows.hypertrophic: is no class of area" in message(
        grades={"goodman_baron_rows": {"hypertrophic": "large"}}
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"grades": {"goodman_baron": 5}}, "grades.goodman_baron"),
        ({"grades": {"goodman_baron": 0}}, "grades.goodman_baron"),
        ({"grades": {"goodman_baron": True}}, "grades.goodman_baron"),
        ({"grades": {"scar_s_face": 6}}, "grades.scar_s_face"),
        ({"grades": {"ecca": {"v_shaped": 4}}}, "grades.ecca.v_shaped"),
        ({"grades": {"ecca": {"v_shape": 1}}}, "unknown key (did you mean 'v_shaped'?)"),
        ({"flat_marks": "many"}, "flat_marks"),
        ({"stretch": True}, "stretch"),
        ({"scar_age_months": -1}, "scar_age_months"),
        ({"date": "2026-13-01"}, "date: is not a day of the calendar"),
        ({"date": datetime.datetime(2026, 3, 2, 10)}, "date: is a date with a time"),
        ({"examiner": " "}, "examiner"),
        ({"zone": [{"zone": "nose"}]}, "zone 1 (nose), zone"),
        ({"zone": [{"zone": "chin", "boxcar": 2}]}, "zone 1 (chin), boxcar: unknown key (did you mean 'boxcar_deep'?)"),
        ({"zone": [{"side": "left"}]}, "zone 1 (left), zone: is missing"),
        ({"zone": [3]}, "zone 1"),
        ({"zone": {"zone": "chin"}}, "zone: is one table; write [[zone]]"),
        ({"examinr": "x"}, "did you mean 'examiner'?"),
    ],
)
def test_a_value_that_cannot_be_is_named(values: dict[str, Any], said: str) -> None:
    assert said in message(**values)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        'flat_marks = "x"\n[[zone]]\nzone = "chin"\nicepick = "lots"\n[[zone]]\nzone = "neck"\nraised = -2\n'
    )
    with pytest.raises(BadInput) as caught:
        read_assessment(path)
    said = str(caught.value)
    for part in ("examiner: is missing", "date: is missing", "flat_marks", "(chin), icepick", "zone 2 (neck), raised"):
        assert part in said
    assert "scarplan template assessment" in said


def test_the_template_is_an_examination_and_the_schema_takes_it() -> None:
    values = tomllib.loads(print_template("assessment"))
    found = make_assessment(values)
    assert {row.place for row in found.zone} == {"cheek left", "cheek right", "chin"}
    assert found.zone[2].icepick is None
    assert set(values) <= set(Assessment.model_json_schema()["properties"])


@given(st.sampled_from(KINDS), st.one_of(st.integers(0, MOST_COUNTED), st.sampled_from(COUNT_CLASSES), st.none()))
def test_reading_what_was_read_changes_nothing(kind: str, count: int | str | None) -> None:
    once = chin(**{kind: count})
    assert make_assessment(once.model_dump()) == once
