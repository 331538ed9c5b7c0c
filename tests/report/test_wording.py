import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.report import wording


def test_an_unknown_number_is_a_dash_and_never_zero():
    assert wording.write_number(None) == "–"
    assert wording.write_number(0.0) == "0.00"
    assert wording.write_number(-0.001) == "0.00"
    assert wording.write_number(-0.22) == "−0.22"


def test_a_length_nobody_citable_sets_is_set_by_the_clinic():
    assert wording.write_needle_length(None) == "set by the clinic"
    assert wording.write_needle_length(1.5) == "1.5 mm"
    assert wording.write_needle_length(0.25) == "0.25 mm"
    assert wording.write_needle_length(1.0) == "1 mm"


def test_spans_read_as_people_say_them():
    assert wording.write_span(1) == "1 day"
    assert wording.write_span(10) == "10 days"
    assert wording.write_span(42) == "6 weeks"
    assert wording.write_span(91) == "3 months"
    assert wording.write_span(182) == "6 months"
    assert wording.write_span(None) == "–"


def test_dates_are_written_out_and_odd_ones_left_alone():
    assert wording.write_date("2026-03-04") == "4 March 2026"
    assert wording.write_date("in spring") == "in spring"
    assert wording.write_date(None) == "–"


def test_a_range_whose_ends_read_alike_is_one_number():
    assert wording.write_range(1.2, 1.4, 0, "days") == "1 days"
    assert wording.write_range(9, 38, 0, "%") == "9 to 38 %"


def test_a_spread_may_be_one_number_a_pair_or_nothing():
    assert wording.write_spread(4) == "4"
    assert wording.write_spread([3, 4]) == "3 to 4"
    assert wording.write_spread([]) == "–"
    assert wording.write_spread(None) == "–"


@given(st.text(max_size=300), st.integers(min_value=2, max_value=60))
def test_a_shortened_text_keeps_to_its_limit(text: str, limit: int):
    assert len(wording.shorten(text, limit)) <= limit


def test_rule_ids_in_backticks_become_words():
    assert wording.say_rules("the question `hsv_history` is open") == "the question “hsv history” is open"


def test_a_finding_is_named_by_the_start_of_its_condition():
    assert wording.name_finding({"condition": "Cold sores or shingles now, in or near", "rule": "x"}) == (
        "Cold sores or shingles now"
    )
    assert wording.name_finding({"rule": "raised_mole"}) == "Raised mole"


def test_a_sentence_is_not_ended_twice():
    assert wording.start_sentence("cut off…") == "Cut off…"
    assert wording.start_sentence("no scan") == "No scan."


def test_days_inside_a_sentence_are_written_out():
    assert wording.write_dates("examined 2026-01-12, again 2026-03-02; plan 12-34") == (
        "examined 12 January 2026, again 2 March 2026; plan 12-34"
    )
    assert wording.write_dates(None) == ""


@pytest.mark.parametrize(("value", "words"), [(4095.2, "4100"), (180.0, "180"), (96.4, "96"), (7.0, "7"), (None, "–")])
def test_what_is_known_only_about_keeps_two_figures(value, words):
    assert wording.write_about(value) == words


@pytest.mark.parametrize(
    ("chance", "words"), [(1.0, "over 99 of 100"), (0.0, "under 1 of 100"), (0.594, "59 of 100"), (None, "–")]
)
def test_a_chance_of_the_model_is_never_certain(chance, words):
    assert wording.say_chance(chance) == words


def test_reasons_that_say_the_same_are_joined():
    rows = [("cheek left: a label", ["x"]), ("chin: a label", ["x"]), ("temple: a label", ["y"]), ("passes", [])]
    joined = wording.join_alike({"text": text, "sources": sources} for text, sources in rows)
    assert [row["text"] for row in joined] == ["cheek left, chin: a label", "temple: a label", "passes"]
    assert [row["sources"] for row in joined] == [["x"], ["y"], []]


def test_the_clinic_protocol_is_named_once():
    text = "set in the clinic protocol A (B), 2026-01-15, an example only; passes: assumption"
    assert wording.name_protocol_once(text, {"name": "A (B)"}) == "set in the clinic protocol; passes: assumption"
    assert wording.name_protocol_once(text, None) == text
