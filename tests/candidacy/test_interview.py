"""The interview: one question at a time, why it is asked, not known, stop and go on."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scarplan.candidacy import all_rules, history_rules, interview
from scarplan.errors import BadInput
from scarplan.records.patient import Patient
from scarplan.workflow.new_patient import new_patient

DAY = datetime.date(2026, 3, 2)
PERSON = ["p-1", "1990", "3", "f", "61,5", "usual", "", ""]
#: What else is asked, before the questions on well-being and expectations.
WISHES = ("dcq_total", "worth_it", "least_change")


def typing(typed: list[str], then: str = "stop") -> tuple[Callable[[str], str], list[str]]:
    """Return an `ask` that types `typed` and then `then` for ever, and the list of the texts it was shown."""
    left: Iterator[str] = iter(typed)
    shown: list[str] = []

    def ask(text: str) -> str:
        shown.append(text)
        return next(left, then)

    return ask, shown


def test_all_no_asks_every_question_once_and_ends() -> None:
    ask, shown = typing(PERSON, then="n")
    found = interview(ask, on=DAY)
    assert found.is_finished
    assert found.values["history"] == {rule.id: "no" for rule in history_rules()}
    assert len(shown) == len(PERSON) + len(history_rules()) + len(WISHES)
    assert not set(WISHES) & set(found.values)  # "n" is no wish and no total
    assert (found.values["weight_kg"], found.values["sex"], found.values["skin_type"]) == (61.5, "female", 3)


def test_enter_is_not_known_and_never_no() -> None:
    ask, _ = typing(["p-1", "1990"], then="")
    found = interview(ask, on=DAY)
    assert set(found.values["history"].values()) == {"unknown"}
    assert "skin_type" not in found.values
    assert "fitzpatrick_IV_VI" in found.values["history"]


def test_age_is_asked_only_where_the_year_of_birth_leaves_it_open() -> None:
    ask, shown = typing(["p-1", "2008", *PERSON[2:]], then="n")
    found = interview(ask, on=DAY)
    assert found.values["history"]["age_under_18"] == "no"
    assert "age_18_21" not in found.values["history"]
    assert sum("younger than 18" in text for text in shown) == 1


def test_a_question_mark_tells_why_and_asks_again() -> None:
    rule = history_rules()[0]
    ask, shown = typing([*PERSON, "?", "y"])
    found = interview(ask, on=DAY)
    assert shown[len(PERSON) + 1].startswith(rule.why)
    assert rule.question in shown[len(PERSON) + 1]
    assert found.values["history"][rule.id] == "yes"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["a/b"], "must hold none of"),
        ([""], "This one is needed"),
        (["p", "19x0"], "Please type a whole number"),
        (["p", "1700"], "birth_year gives an age of 326 years"),
        (["p", "1990", "9"], "less than or equal to 6"),
        (["p", "1990", "", "x"], "'female' or 'male'"),
        (["p", "1990", "", "", "heavy"], "Please type a number"),
        ([*PERSON, "perhaps"], "Please type y, n, or Enter"),
    ],
)
def test_what_cannot_be_read_is_asked_again_with_the_reason(typed: list[str], message: str) -> None:
    ask, shown = typing(typed)
    interview(ask, on=DAY)
    assert message in shown[-1]


def answer_of(rule_id: str, *details: str) -> Any:
    """Answer yes to one rule with `details`, no to all others, and return what is written down for it."""
    pending = list(details)
    question = all_rules()[rule_id].question

    def ask(text: str) -> str:
        if text.startswith("A name"):
            return "p"
        if text.startswith("Year"):
            return "1990"
        if text.startswith(question):
            return "y"
        if "Enter = not known]" in text:
            return pending.pop(0)
        return "" if "Enter when" in text or text.endswith(":") else "n"

    found = interview(ask, on=DAY)
    assert not pending
    Patient.model_validate(found.values)
    return found.values["history"][rule_id]


def test_a_yes_asks_for_the_day_the_grade_and_the_number() -> None:
    day = datetime.date(2026, 2, 20)
    assert answer_of("recent_botulinum", "2026-02-20") == {"answer": "yes", "date": day}
    assert answer_of("recent_botulinum", "") == "yes"
    assert answer_of("recent_peel", "2", "2026-02-20") == {"answer": "yes", "grade": "medium_deep", "date": day}
    assert answer_of("acne_active_inflammatory", "3", "few", "") == {"answer": "yes", "count": 3, "grade": "few"}
    assert answer_of("anticoagulant_antiplatelet", "2.4", "") == {"answer": "yes", "value": 2.4}
    assert answer_of("pregnancy") == "yes"


def test_a_day_in_the_future_and_an_unknown_grade_are_asked_again() -> None:
    assert answer_of("recent_botulinum", "2026-03-03", "soon", "2026-03-01") == {
        "answer": "yes",
        "date": datetime.date(2026, 3, 1),
    }
    assert answer_of("keloid_history", "7", "1") == {"answer": "yes", "grade": "in_field_or_several"}


def test_medicines_and_treatments_are_listed_until_enter() -> None:
    ask, _ = typing([*PERSON[:6], "warfarin", "metformin", "", "peels, smoother", ""])
    values = interview(ask, on=DAY).values
    assert values["medicine"] == [{"name": "warfarin"}, {"name": "metformin"}]
    assert values["earlier_treatment"] == [{"what": "peels, smoother"}]


def test_one_can_stop_and_go_on_another_day(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "patient.toml"
    ask, _ = typing([*PERSON, "y", "n", ""])
    first = new_patient(path, ask=ask, date=DAY)
    assert first["finished"] is False
    assert len(first["questions_left"]) == len(history_rules()) - 3
    begun = tomllib.loads(path.read_text("utf-8"))
    assert list(begun["history"].values()) == ["yes", "no", "unknown"]

    ask, shown = typing([], then="n")
    second = new_patient(path, ask=ask, date=DAY)
    assert second["finished"] is True
    assert len(shown) == len(history_rules()) - 3 + len(WISHES)
    ended = tomllib.loads(path.read_text("utf-8"))
    assert list(ended["history"].values())[:3] == ["yes", "no", "unknown"]
    assert ended["weight_kg"] == 61.5
    assert second["manifest"]["inputs"].keys() == {"patient.toml"}


def test_stopping_at_once_writes_nothing(tmp_path: Path) -> None:
    ask, _ = typing([])
    result = new_patient(tmp_path / "patient.toml", ask=ask, date=DAY)
    assert result["file"] is None
    assert not (tmp_path / "patient.toml").exists()


def test_a_file_that_is_no_patient_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "patient.toml"
    path.write_text("goal = 1\n")
    ask, shown = typing([], then="n")
    with pytest.raises(BadInput, match="goal: unknown key"):
        new_patient(path, ask=ask, date=DAY)
    assert path.read_text() == "goal = 1\n"
    assert not shown


def answer_wishes(dcq: str, worth_it: str, least: str, *, then: str = "n") -> tuple[dict[str, Any], list[str]]:
    """Return the record of somebody who says this of wishes and looks and `then` to the rest, and what was asked."""
    shown: list[str] = []

    def ask(text: str) -> str:
        shown.append(text)
        if text.startswith("A name"):
            return "p"
        if text.startswith("Year"):
            return "1990"
        if "DCQ), filled in" in text:
            return dcq
        if text.startswith("What result"):
            return worth_it
        if text.startswith("What is the least"):
            return least
        return "" if text.endswith(":") or "Enter when" in text else then

    found = interview(ask, on=DAY)
    assert found.is_finished
    Patient.model_validate(found.values)
    return found.values, shown


def test_the_wish_and_the_total_stand_in_the_record() -> None:
    values, _ = answer_wishes("4", "smoother cheeks in side light", "2")
    assert values["dcq_total"] == 4
    assert values["worth_it"] == "smoother cheeks in side light"
    assert values["least_change"] == "clearly_shallower"
    assert values["history"]["unrealistic_expectations"] == "no"  # a certain day was still to be asked


@pytest.mark.parametrize("total", ["0", "13", "14", "21"])
def test_a_total_answers_the_question_on_looks_so_that_it_is_not_asked(total: str) -> None:
    values, shown = answer_wishes(total, "", "")
    assert "bdd_screen_positive" not in values["history"]
    assert not [text for text in shown if text.startswith(all_rules()["bdd_screen_positive"].question)]


def test_a_wish_beyond_needling_answers_the_question_on_expectations() -> None:
    values, shown = answer_wishes("", "nobody should notice", "3")
    assert values["least_change"] == "no_one_can_see_them"
    assert "unrealistic_expectations" not in values["history"]
    assert not [text for text in shown if text.startswith(all_rules()["unrealistic_expectations"].question)]


@pytest.mark.parametrize("typed", ["", "n", "No", "u", "unknown"])
def test_nothing_to_say_is_neither_a_wish_nor_a_total(typed: str) -> None:
    values, _ = answer_wishes(typed, typed, typed)
    assert not set(WISHES) & set(values)
    assert values["history"]["bdd_screen_positive"] == "no"


@pytest.mark.parametrize(
    ("typed", "message"),
    [("22", "less than or equal to 21"), ("many", "whole number"), ("-1", "whole number"), ("3.5", "whole number")],
)
def test_a_total_that_cannot_be_is_asked_again(typed: str, message: str) -> None:
    left = iter([typed, "7"])
    shown: list[str] = []

    def ask(text: str) -> str:
        shown.append(text)
        if text.startswith("A name"):
            return "p"
        if text.startswith("Year"):
            return "1990"
        if "DCQ), filled in" in text:
            return next(left)
        return "" if text.endswith(":") or "Enter when" in text else "n"

    values = interview(ask, on=DAY).values
    assert values["dcq_total"] == 7
    assert [text for text in shown if message in text and "DCQ" in text]
