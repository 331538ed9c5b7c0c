"""Replay: a kept forecast comes out the same to the byte; what differs, and why, is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import scarplan
from scarplan.cli.group import main
from scarplan.course import read_course
from scarplan.course.same import Difference, differences, explain_difference
from scarplan.errors import Refused
from scarplan.evidence.lineage import list_unexplained
from scarplan.records import Case
from scarplan.workflow import forecast as forecast_verb
from scarplan.workflow.keep_forecast import KEPT, keep_course_forecast


def replay(root: Path) -> dict[str, Any]:
    """Return the result of replay, also where it is refused."""
    try:
        return scarplan.replay_forecasts(root)
    except Refused as refusal:
        return refusal.result


@pytest.fixture
def begun(small_demo_copy: Path) -> Path:
    """Return a demo whose plan is approved: its forecast is kept with it."""
    scarplan.approve_plan(small_demo_copy, name="A. Doctor", role="dermatologist", date="2026-03-02")
    return small_demo_copy


def test_a_kept_forecast_comes_out_the_same_to_the_byte(begun: Path) -> None:
    (made,) = read_course(Case(begun)).forecasts
    stored = (begun / "results" / "forecast.json").read_bytes()
    assert (begun / KEPT / made.content["result"]).read_bytes() == stored
    (begun / "patient.toml").write_text("changed since", "utf-8")  # the case goes on; what was kept stays
    (begun / "scars.npz").unlink()
    result = scarplan.replay_forecasts(begun)
    assert [row["same"] for row in result["forecasts"]] == [True]
    assert (result["same"], result["different"]) == (1, 0)
    assert result["forecasts"][0]["differences"] == []
    assert list_unexplained("replay", result) == []
    assert (begun / "results" / "forecast.json").read_bytes() == stored


def test_before_the_first_approval_nothing_is_kept(small_demo_copy: Path) -> None:
    case = Case(small_demo_copy)
    assert not keep_course_forecast(case, case.read_result("forecast"))
    assert not case.has("ledger.jsonl")
    assert scarplan.replay_forecasts(small_demo_copy)["forecasts"] == []


def test_the_same_forecast_is_kept_once_and_another_seed_anew(begun: Path) -> None:
    case = Case(begun)
    result = case.read_result("forecast")
    assert keep_course_forecast(case, result)
    assert len(read_course(case).forecasts) == 1
    other = {**result, "manifest": {**result["manifest"], "seed": 5}}
    assert keep_course_forecast(case, other)
    assert [one.content["seed"] for one in read_course(case).forecasts] == [1, 5]


def test_what_differs_is_told_with_the_version_that_changed(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = json.loads((begun / "results" / "forecast.json").read_text("utf-8"))

    def made_by_another_version(*_: object) -> dict[str, Any]:
        changed = json.loads(json.dumps(stored))
        changed["harms"]["pigment_risk"]["median"] += 0.01
        changed["manifest"]["versions"]["scarplan"] = "9.9.9"
        return changed

    monkeypatch.setattr(forecast_verb, "replay_forecast", made_by_another_version)
    with pytest.raises(Refused, match=r"1 of 1 kept forecasts.*scarplan was 0\.1\.0 and is 9\.9\.9") as refusal:
        scarplan.replay_forecasts(begun)
    (row,) = refusal.value.result["forecasts"]
    assert [one["path"] for one in row["differences"]] == ["harms.pigment_risk.median"]
    assert row["leaves_different"] == 2
    assert list_unexplained("replay", refusal.value.result) == []
    typed = CliRunner().invoke(main, ["replay", str(begun), "--json", "-q"])
    assert typed.exit_code == 3
    assert json.loads(typed.stdout)["different"] == 1


def test_what_is_lost_or_changed_is_told(begun: Path) -> None:
    (made,) = read_course(Case(begun)).forecasts
    surface = begun / KEPT / made.content["inputs"]["surface.npz"]
    surface.write_bytes(surface.read_bytes() + b"x")
    (begun / KEPT / made.content["inputs"]["patient.toml"]).unlink()
    (row,) = replay(begun)["forecasts"]
    assert row["same"] is False
    assert [reason.partition(" (")[0] for reason in row["reasons"]] == [
        "patient.toml is missing",
        "surface.npz was changed after it was kept",
    ]


def test_differences_name_the_leaf() -> None:
    kept = {"a": [1, 2.0], "b": {"c": None}, "d": 1, "e": [1]}
    now = {"a": [1, 2.5], "b": {"c": 0}, "d": 1.0, "e": [1, 2]}
    assert list(differences(kept, now)) == [
        Difference("a.1", 2.0, 2.5),
        Difference("b.c", None, 0),
        Difference("d", 1, 1.0),
        Difference("e", [1], [1, 2]),
    ]
    assert list(differences(kept, kept)) == []


def test_a_changed_input_and_version_are_named() -> None:
    before = {"versions": {"jax": "1"}, "inputs": {"patient.toml": "a"}, "quantities": ["x"]}
    after = {"versions": {"jax": "2"}, "inputs": {"patient.toml": "b", "goals.toml": "c"}, "quantities": []}
    assert explain_difference(before, after) == (
        "jax was 1 and is 2",
        "patient.toml is another file than it was",
        "goals.toml is another file than it was",
        "other quantities of the evidence were used",
    )
    assert explain_difference(before, before) == ()
