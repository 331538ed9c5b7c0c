"""Uses of needling: every row has an answer with its evidence; a name is found as people write it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.anatomy import all_zones
from scarplan.errors import BadInput
from scarplan.evidence.library import all_sources
from scarplan.indications import (
    ANSWER_WORDS,
    ANSWERS,
    REGIONS,
    Place,
    Use,
    all_places,
    all_uses,
    answer_of_region,
    find_region,
    find_use,
    is_region,
)

ASKED = {
    "surgical_scars": "surgical scars",
    "injury_scars": "injury scars",
    "stretch_marks": "stretch marks",
    "fine_lines": "fine lines",
    "enlarged_pores": "pores",
    "uneven_tone": "uneven tone",
    "open_wounds": "open wounds, ulcers and burns",
}


def all_texts(use: Use) -> list[str]:
    own = [use.why, use.what_to_do, use.unknown, *(each.text for each in use.evidence)]
    return own + [use.in_region(region).why for region in REGIONS]


@pytest.mark.parametrize("use", all_uses(), ids=lambda use: use.id)
def test_a_use_has_an_answer_with_its_evidence(use: Use) -> None:
    assert use.answer in ANSWERS
    assert set(use.regions) <= set(REGIONS)
    assert use.regions
    assert use.evidence
    for statement in use.evidence:
        assert statement.sources, statement.text
        assert set(statement.sources) <= set(all_sources()), statement.text
    for text in all_texts(use):
        assert text.strip()
        assert text.rstrip()[-1] in ".!?", text


@pytest.mark.parametrize("use", all_uses(), ids=lambda use: use.id)
def test_a_use_promises_nothing(use: Use) -> None:
    for text in all_texts(use):
        assert not re.search(r"\b(remov\w*|eras\w*|permanent\w*|cure[sd]?|doses?|targets?)\b", text, re.IGNORECASE), (
            text
        )


@pytest.mark.parametrize("use", all_uses(), ids=lambda use: use.id)
def test_what_is_not_forecast_names_no_setting(use: Use) -> None:
    if use.answer != "forecast":
        for text in all_texts(use):
            assert not re.search(r"\d\s*mm\b", text), text


def test_no_name_stands_for_two_uses() -> None:
    owners: dict[str, str] = {}
    for use in all_uses():
        for name in (use.id, use.name, *use.aliases):
            assert owners.setdefault(name.casefold(), use.id) == use.id, name
            assert find_use(name) is use


@pytest.mark.parametrize(("use_id", "words"), ASKED.items())
def test_what_people_ask_for_is_there(use_id: str, words: str) -> None:
    assert find_use(words.split(",")[0]).id == use_id


def test_only_depressed_acne_scars_of_the_face_are_forecast() -> None:
    forecast = {(use.id, region) for use in all_uses() for region in REGIONS if use.answer_in(region) == "forecast"}
    assert forecast == {("acne_scars", "face")}


def test_open_wounds_are_for_no_region() -> None:
    assert {find_use("ulcers").answer_in(region) for region in REGIONS} == {"not_for_this_product"}


def test_every_answer_has_words() -> None:
    assert set(ANSWER_WORDS) == set(ANSWERS)


@given(st.sampled_from([name for use in all_uses() for name in (use.id, use.name, *use.aliases)]), st.data())
def test_case_spaces_and_hyphens_do_not_matter(name: str, data: st.DataObject) -> None:
    letters = [data.draw(st.sampled_from([c.upper(), c.lower()])) if c.isascii() else c for c in name]
    mark = data.draw(st.sampled_from([" ", "-", "_", "  "]))
    written = re.sub(r"[ _-]", lambda _: mark, "".join(letters))
    assert find_use(f" {written} ") is find_use(name)


@given(st.text(max_size=30))
def test_any_text_finds_a_use_or_is_told(text: str) -> None:
    try:
        found = find_use(text)
    except BadInput:
        return
    assert found in all_uses()


def test_a_name_that_fits_several_lists_them() -> None:
    with pytest.raises(BadInput, match="say which") as told:
        find_use("scars")
    assert "acne_scars" in told.value.allowed
    assert "stretch_marks" not in told.value.allowed


@pytest.mark.parametrize(("written", "meant"), [("strech mark", "stretch_marks"), ("melasmaa", "uneven_tone")])
def test_a_mistyped_use_names_the_nearest(written: str, meant: str) -> None:
    with pytest.raises(BadInput, match=f"did you mean '{meant}'"):
        find_use(written)


def test_every_zone_of_a_plan_lies_in_a_region() -> None:
    for zone in all_zones():
        region = find_region(zone.id)
        assert (region == "face") == zone.on_face, zone.id


@pytest.mark.parametrize("place", all_places(), ids=lambda place: place.region)
def test_a_region_has_its_evidence_and_no_name_of_a_use(place: Place) -> None:
    assert place.evidence
    assert {source for each in place.evidence for source in each.sources} <= set(all_sources())
    uses = {name.casefold() for use in all_uses() for name in (use.id, use.name, *use.aliases)}
    for name in (place.region, *place.aliases):
        assert is_region(name)
        assert name not in uses
    assert not is_region("knee")


def test_a_region_does_as_much_as_its_uses() -> None:
    assert {region: answer_of_region(region) for region in REGIONS} == {
        "face": "forecast",
        "neck": "documented_only",
        "scalp": "not_for_this_product",
        "hands": "documented_only",
        "body": "documented_only",
    }


def test_a_mistyped_region_names_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'hands'"):
        find_region("handss")


def test_where_a_use_was_not_looked_for_nothing_is_forecast() -> None:
    answer = find_use("acne scars").in_region("hands")
    assert answer.answer == "documented_only"
    assert "looked for" in answer.why
