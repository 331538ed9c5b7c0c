"""What result would be worth it, and worries over looks: both reach the decision, and the stricter answer wins."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.candidacy import LEAST_CHANGE_WORDS, Screening, all_rules, screen
from scarplan.candidacy.rule import ALSO_FROM
from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.records.patient import HIGHEST_DCQ_TOTAL, Patient
from scarplan.records.record import make_record
from scarplan.workflow.screen import screen_patient

ScreenWith = Callable[..., Screening]
DAY = datetime.date(2026, 3, 2)
CUT_OFF, LOWEST = 14, 9
BDD, WISH = "bdd_screen_positive", "unrealistic_expectations"


def found_in(screening: Screening) -> set[str]:
    return {finding.rule.id for finding in screening.findings}


def screen_record(**record: Any) -> Screening:
    history = dict.fromkeys(set(all_rules()) - {BDD, WISH}, "no") | record.pop("history", {})
    return screen(
        Patient.model_validate({"patient_id": "p", "birth_year": 1990, "skin_type": 2, "history": history, **record}),
        on=DAY,
    )


def test_the_cut_offs_are_the_published_ones() -> None:
    assert (value_of("candidacy.dcq_cut_off"), value_of("candidacy.dcq_lowest_cut_off")) == (CUT_OFF, LOWEST)


def test_every_other_origin_of_an_answer_has_its_rule() -> None:
    assert sorted(rule.also_from for rule in all_rules().values() if rule.also_from) == sorted(ALSO_FROM)


@pytest.mark.parametrize(
    ("total", "said"),
    list(
        itertools.product(
            [None, 0, LOWEST - 1, LOWEST, CUT_OFF - 1, CUT_OFF, HIGHEST_DCQ_TOTAL], [None, "yes", "no", "unknown"]
        )
    ),
)
def test_total_and_answer_together(total: int | None, said: str | None) -> None:
    record = {} if total is None else {"dcq_total": total}
    history = {WISH: "no"} | ({} if said is None else {BDD: said})
    screening = screen_record(**record, history=history)
    positive = said == "yes" or (total is not None and total >= CUT_OFF)
    known = positive or said == "no" or total is not None
    assert (BDD in found_in(screening)) == positive
    assert (BDD in {rule.id for rule in screening.unanswered}) == (not known)
    assert screening.decision == ("wait" if positive else "suitable" if known else "open")
    contradict = total is not None and said in ("yes", "no") and (said == "yes") != (total >= CUT_OFF)
    assert any("the stricter answer, 'yes', is taken" in warning for warning in screening.warnings) == contradict
    between = total is not None and LOWEST <= total < CUT_OFF
    assert any("talk it over before deciding" in warning for warning in screening.warnings) == between


@pytest.mark.parametrize(
    ("least", "said"), list(itertools.product([None, "unknown", *LEAST_CHANGE_WORDS], [None, "yes", "no", "unknown"]))
)
def test_wish_and_answer_together(least: str | None, said: str | None) -> None:
    record = {} if least is None else {"least_change": least}
    screening = screen_record(**record, history={BDD: "no"} | ({} if said is None else {WISH: said}))
    beyond = least == "no_one_can_see_them"
    assert (WISH in found_in(screening)) == (beyond or said == "yes")
    # A smaller wish leaves open whether a result by a certain day is expected.
    open_question = not beyond and said in (None, "unknown")
    assert (WISH in {rule.id for rule in screening.unanswered}) == open_question
    assert bool(screening.warnings) == (beyond and said == "no")
    expectations = screening.describe()["expectations"]
    assert expectations["is_beyond_needling"] is (None if least in (None, "unknown") else beyond)


@given(
    total=st.none() | st.integers(0, HIGHEST_DCQ_TOTAL),
    least=st.sampled_from(["unknown", *LEAST_CHANGE_WORDS]),
    said=st.dictionaries(st.sampled_from([BDD, WISH]), st.sampled_from(["yes", "no", "unknown"])),
)
@settings(deadline=None, max_examples=60)
def test_saying_more_worry_never_makes_the_decision_milder(total: int | None, least: str, said: dict[str, str]) -> None:
    gravity = ["suitable", "with_changes", "open", "wait", "stop"]
    now = screen_record(dcq_total=total, least_change=least, history=said)
    worse = screen_record(dcq_total=HIGHEST_DCQ_TOTAL, least_change="no_one_can_see_them", history=said)
    assert gravity.index(worse.decision) >= gravity.index(now.decision)
    assert found_in(now) <= found_in(worse) == {BDD, WISH}
    told = {each["rule"] for each in now.describe()["expectations"]["findings"]}
    assert told == found_in(now)
    assert all(each["from"] for each in now.describe()["expectations"]["findings"])


def test_the_result_tells_what_was_said_and_where_it_leads(screen_with: ScreenWith) -> None:
    described = screen_with(
        worth_it="that nobody sees them", least_change="no_one_can_see_them", dcq_total=16
    ).describe()
    expectations = described["expectations"]
    assert expectations["worth_it"] == "that nobody sees them"
    assert expectations["least_change_in_words"] == LEAST_CHANGE_WORDS["no_one_can_see_them"]
    assert (expectations["dcq_total"], expectations["dcq_cut_off"], expectations["dcq_is_positive"]) == (16, 14, True)
    assert {(each["rule"], *each["from"]) for each in expectations["findings"]} == {
        (BDD, "dcq_total"),
        (WISH, "least_change"),
    }
    assert described["decision"] == "wait"
    assert described["earliest_date"] is None  # nobody can name the day on which this is over


def test_nothing_said_is_unknown_and_not_no(screen_with: ScreenWith) -> None:
    expectations = screen_with().describe()["expectations"]
    assert expectations["worth_it"] is None
    assert expectations["least_change"] == "unknown"
    assert expectations["dcq_total"] is None
    assert expectations["dcq_is_positive"] is None
    assert expectations["findings"] == []


@pytest.mark.parametrize("wish", ["I want them GONE", "perfect skin", "skin like before"])
def test_a_wish_that_speaks_of_more_asks_for_a_talk_and_answers_nothing(screen_with: ScreenWith, wish: str) -> None:
    screening = screen_with(worth_it=wish)
    assert screening.decision == "suitable"
    assert [warning for warning in screening.warnings if "the wish speaks of" in warning and WISH in warning]
    assert not screen_with({WISH: "yes"}, worth_it=wish).warnings


def test_a_clinician_may_decide_against_a_finding(screen_with: ScreenWith) -> None:
    override = {"rule": BDD, "name": "Dr A", "role": "dermatologist", "reason": "seen twice", "date": "2026-03-01"}
    screening = screen_with(dcq_total=15, override=[override])
    assert screening.decision == "with_changes"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"dcq_total": 22}, "dcq_total: .*less than or equal to 21.*got 22"),
        ({"dcq_total": -1}, "dcq_total: .*greater than or equal to 0"),
        ({"dcq_total": 7.5}, "dcq_total: .*valid integer"),
        ({"dcq_total": True}, "dcq_total: .*valid integer"),
        ({"least_change": "gone"}, "least_change: .*'no_one_can_see_them'"),
        ({"worth_it": "  "}, "worth_it: .*at least 1 character"),
        ({"worthit": "x"}, r"worthit: unknown key \(did you mean 'worth_it'\?\)"),
    ],
)
def test_what_cannot_be_is_told(values: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        make_record({"patient_id": "p", "birth_year": 1990, **values}, Patient, what="it", template="patient")


def test_a_file_reaches_the_screening_result(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        'patient_id = "p"\nbirth_year = 1990\ndcq_total = 17\n[history]\nbdd_screen_positive = "no"\n', "utf-8"
    )
    result = screen_patient(tmp_path / "case", path, date="2026-03-02")
    (finding,) = [finding for finding in result["findings"] if finding["rule"] == BDD]
    assert (finding["answer"], finding["level"], finding["wait_until"]) == ("yes", "defer", None)
    assert any("the history says 'no', dcq_total says 'yes'" in warning for warning in result["warnings"])
    assert "candidacy.dcq_cut_off" in result["manifest"]["quantities"]
    assert {"stangier2003", "mancuso2010"} <= set(result["manifest"]["sources"])
    assert "dcq_total = 17" in (tmp_path / "case" / "screening.toml").read_text("utf-8")
