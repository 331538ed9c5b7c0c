"""The record of outcomes: what was not answered is unknown, an unknown key is an error, the template is valid."""

from __future__ import annotations

import datetime
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.errors import BadInput
from scarplan.records.outcomes import SCALES, Outcomes, OutcomeVisit, read_outcomes
from scarplan.records.record import make_record

TEMPLATE = files("scarplan.records").joinpath("templates", "outcomes.toml").read_text("utf-8")
OWN = [scale for scale in SCALES.values() if not scale.is_licensed]


def make(visits: list[dict[str, Any]], **more: Any) -> Outcomes:
    return make_record({"visit": visits, **more}, Outcomes, what="it", template="outcomes")


def test_the_template_is_valid_and_leaves_questions_open(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.toml"
    path.write_text(TEMPLATE, "utf-8")
    outcomes = read_outcomes(path)
    assert len(outcomes.visit) == 2
    assert outcomes.visit[0].worth_it is None
    assert outcomes.maximum.scars is None


def test_the_template_asks_our_own_questions_in_full() -> None:
    text = " ".join(line.removeprefix("#").strip() for line in TEMPLATE.splitlines())
    for scale in OWN:
        assert f"{scale.question} 0 {scale.lowest}, 10 {scale.highest}" in " ".join(text.split()), scale.key


def test_only_our_own_questions_have_a_text() -> None:
    assert [scale.key for scale in OWN] == ["bother", "avoidance", "worth_it"]
    assert not [scale.key for scale in SCALES.values() if scale.is_licensed and scale.question]


def test_every_scale_is_a_key_of_a_visit() -> None:
    assert set(SCALES) < set(OutcomeVisit.model_fields)


@given(st.dictionaries(st.sampled_from(sorted(SCALES)), st.integers(0, 30) | st.just("unknown")))
def test_an_answer_left_out_or_unknown_is_none_and_never_zero(said: dict[str, int | str]) -> None:
    visit = make([{"date": "2026-03-01", **said}]).visit[0]
    for key in SCALES:
        answer = said.get(key, "unknown")
        assert visit.score(key) == (None if answer == "unknown" else answer)
    assert visit.is_empty == all(answer == "unknown" for answer in said.values())


@pytest.mark.parametrize(
    ("visits", "message"),
    [
        ([], "visit: .*at least 1 item"),
        ([{}], r"visit\.0\.date: is missing"),
        ([{"date": "1 March"}], r"visit\.0\.date: is not a date"),
        ([{"date": datetime.datetime(2026, 3, 1, 9, 0)}], "is a date with a time"),
        ([{"date": "2026-03-01", "dlqi": 7.5}], r"visit\.0\.dlqi: .*valid integer"),
        ([{"date": "2026-03-01", "bother": True}], r"visit\.0\.bother: .*valid integer"),
        ([{"date": "2026-03-01", "bother": "a lot"}], r"visit\.0\.bother: .*valid integer"),
        ([{"date": "2026-03-01", "avoidance": -1}], r"visit\.0\.avoidance: .*greater than or equal to 0"),
        ([{"date": "2026-03-01", "worthit": 5}], r"visit\.0\.worthit: unknown key"),
        ([{"date": "2026-03-01", "note": " "}], r"visit\.0\.note: .*at least 1 character"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(visits: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        make(visits)


def test_a_maximum_of_nothing_else_is_an_error() -> None:
    with pytest.raises(BadInput, match=r"maximum\.dlqi: unknown key"):
        make([{"date": "2026-03-01"}], maximum={"dlqi": 30})


def test_the_template_without_its_comments_is_still_toml() -> None:
    opened = TEMPLATE.replace("# [maximum]", "[maximum]").replace("# scars = 50", "scars = 50")
    assert tomllib.loads(opened)["maximum"] == {"scars": 50}


def test_a_fault_in_a_visit_is_not_told_as_a_missing_visit_too() -> None:
    with pytest.raises(BadInput, match=r"visit\.0\.dlqi: .*greater than or equal to 0, got -1\.") as caught:
        make([{"date": "2026-03-01", "dlqi": -1}])
    assert "at least 1 item" not in str(caught.value)
    with pytest.raises(BadInput, match="at least 1 item"):
        make([])
    with pytest.raises(BadInput, match=r"visit: is one table; write \[\[visit\]\] with two brackets"):
        make_record({"visit": {"date": "2026-03-01"}}, Outcomes, what="it", template="outcomes")
