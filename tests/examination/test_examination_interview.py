"""The interview of an examination: flat marks first, zone by zone, why, not known, stop and go on."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from example_examinations import describe
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.examination import interview_examiner, list_places, write_assessment
from scarplan.records.assessment import KINDS, make_assessment
from scarplan.workflow.template import print_template

TODAY = datetime.date(2026, 3, 2)
FIRST = ["some", "Dr A", "", "side", "partly", "24", "n", "n"]


def typing(typed: list[str], then: str = "stop") -> tuple[Callable[[str], str], list[str]]:
    """Return an `ask` that types `typed` and then `then` for ever, and the list of the texts it was shown."""
    left: Iterator[str] = iter(typed)
    shown: list[str] = []

    def ask(text: str) -> str:
        shown.append(text)
        return next(left, then)

    return ask, shown


def run(typed: list[str], then: str = "stop", **started: Any) -> tuple[Any, list[str]]:
    ask, shown = typing(typed, then)
    return interview_examiner(ask, started=started, today=TODAY), shown


def test_flat_marks_are_asked_first() -> None:
    _, shown = run([])
    assert "dark or red marks rather than dents" in shown[0]
    assert len(shown) == 1


def test_all_no_makes_a_whole_face_without_scars() -> None:
    found, _ = run([*FIRST, *["n"] * len(list_places())])
    assert found.questions_left == ("grades.goodman_baron",)
    result = describe(make_assessment(found.values), today=TODAY)
    assert result["whole_face"] is True
    assert set(result["counts_at_least"].values()) == {0}
    assert result["counts"]["rolling"] == {"low": 0, "high": 0}


def test_enter_is_not_known_and_never_none() -> None:
    found, shown = run(["", "Dr A", "", "", "", "", "", ""], then="")
    assert found.questions_left == ()
    assert len(shown) == 8 + len(list_places()) + 1
    result = describe(make_assessment(found.values), today=TODAY)
    assert all(count is None for count in result["counts"].values())
    assert result["ready_to_plan"] is False
    assert (result["flat_marks"], result["stretch"]) == ("unknown", "unknown")


def test_marks_only_ask_for_no_dents() -> None:
    found, shown = run(["o", "Dr A", "", "side", "", "n", "n"])
    assert not any("how many?" in text or "dents or raised" in text for text in shown)
    assert found.questions_left == ()
    assert "zone" not in found.values
    assert "Stretch the skin" not in " ".join(shown)


def test_a_zone_with_scars_is_counted_before_the_next_one() -> None:
    found, shown = run([*FIRST, "y", "5", "none", "", ">20", "0", "1 - 4", "n"])
    assert found.values["zone"][0] == {
        "zone": "forehead", "icepick": 5, "boxcar_shallow": "none", "boxcar_deep": "unknown", "rolling": ">20",
        "raised": 0, "other": "1 - 4",
    }  # fmt: skip
    assert found.values["zone"][1] == {"zone": "temple", "side": "left", **dict.fromkeys(KINDS, "none")}
    assert [text.split(":")[0] for text in shown[8:10]] == [
        "Forehead",
        "Forehead, ice-pick (narrow and deep, a pin prick)",
    ]
    assert found.questions_left[0] == "zone.temple_right"


def test_a_question_mark_tells_why_and_asks_again() -> None:
    found, shown = run(["?", "only"])
    assert shown[1].startswith("Marks are flat")
    assert "dark or red marks" in shown[1]
    assert found.values["flat_marks"] == "only"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["perhaps"], "Please type one of none, some, only"),
        (["n", ""], "This one is needed"),
        (["n", "A", "2026-02-30"], "is not a day of the calendar"),
        (["n", "A", "2026-03-03"], "lies after today"),
        (["n", "A", "yesterday"], "is not a date"),
        (["n", "A", "", "", "maybe"], "Please type one of flattens, partly, does_not_flatten"),
        (["n", "A", "", "", "f", "old"], "Please type a number of months"),
        (["n", "A", "", "", "f", "9999"], "less than or equal to 1440"),
        ([*FIRST, "y", "many"], "This is no count class"),
        ([*FIRST, "y", "501"], "is no count from 0 to 500"),
    ],
)
def test_what_cannot_be_is_asked_again(typed: list[str], said: str) -> None:
    _, shown = run(typed)
    assert said in shown[-1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.lists(st.sampled_from(("y", "n", "", "3", "1-4", "?", "o", "s")), max_size=60))
def test_stopping_and_going_on_is_the_same_as_going_through(stop_at: int, typed: list[str]) -> None:
    answers = [*FIRST, *typed]
    through, shown = run(answers)
    before, _ = run(answers[:stop_at])
    kept = tomllib.loads(before.text)
    assert kept == before.values
    after, shown_after = run(answers[stop_at:], **kept)
    if "?" not in answers and len(shown) == len(answers) + 1:
        assert after.values == through.values
    assert len(shown_after) >= 1 or not after.questions_left


def test_an_end_before_the_examiner_cannot_be_kept() -> None:
    assert run(["some"])[0].can_be_kept is False
    assert run(["some", "Dr A", ""])[0].can_be_kept is True


def test_the_form_keeps_what_the_questions_do_not_ask() -> None:
    values = tomllib.loads(print_template("assessment"))
    assert tomllib.loads(write_assessment(values)) == values
    found, _ = run([], **values)
    assert tomllib.loads(found.text) == values


def test_a_name_with_quotes_and_newlines_is_kept() -> None:
    values = {"examiner": 'Dr "A"\\ \n x', "date": TODAY}
    assert tomllib.loads(write_assessment(values)) == values
