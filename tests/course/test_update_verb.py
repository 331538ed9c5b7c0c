"""A whole course on a phantom: sessions, a follow-up through scan, scars and compare, update, replay, and replan."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import scarplan
from course.killed import Killed
from scarplan.course import OpenLedger, Signer, append_entry, make_course, open_ledger, read_ledger
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.evidence.lineage import list_unexplained
from scarplan.records import Case
from small_demo import make_small_phantom

FIRST = datetime.date(2026, 3, 10)
#: No sooner than any plan allows, and three months later.
SECOND_DAY, FOLLOW_UP_DAY = 44, 150


def _session(case: Path, folder: Path, day: int) -> None:
    zone = json.loads((case / "results/plan.json").read_text())["zones"][0]
    file = folder / f"session-{day}.toml"
    file.write_text(
        f'kind = "session"\ndate = {FIRST + datetime.timedelta(days=day)}\n[operator]\nname = "B. Nurse"\n'
        f'role = "nurse"\n[[zone]]\nzone = "{zone["zone"]}"\nside = "{zone["side"]}"\n'
        f"set_length_mm = {zone['needle_length_mm']}\npasses = {zone['passes']}\n"
    )
    scarplan.add_session(case, file, date="2027-12-01")


def _follow_up(folder: Path, *, left: float, day: int) -> Path:
    """Return the case of a later scan of the small demo's phantom: every scar with so much of its depth left."""
    phantom = make_small_phantom(1, depth_factor=left)
    noise = np.random.default_rng(day).normal(0.0, 0.008, phantom.surface.relief_mm.shape)
    np.save(folder / "later.npy", np.roll(phantom.surface.relief_mm + noise, (3, -2), (0, 1)).astype(np.float32))
    case = folder / f"later-{day}"
    scarplan.scan_surface(
        folder / "later.npy", case, unit="mm", pixel_mm=phantom.surface.pixel_mm, zone="cheek", side="right",
        date=(FIRST + datetime.timedelta(days=day)).isoformat(),
    )  # fmt: skip
    scarplan.find_scars(case)
    return case


@pytest.fixture(scope="module")
def begun(small_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a case with an approved plan and two sessions; copy it before changing it."""
    folder = tmp_path_factory.mktemp("begun")
    case = Path(shutil.copytree(small_demo, folder / "case"))
    scarplan.approve_plan(case, name="A. Doctor", role="dermatologist", date="2026-03-05")
    for day in (0, SECOND_DAY):
        _session(case, folder, day)
    return case


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _follow_up(tmp_path_factory.mktemp("later"), left=0.9, day=FOLLOW_UP_DAY)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """Return the copies of a case in which the update of `updated` was killed, once that is done."""
    return Killed(tmp_path_factory.mktemp("killed"), every=7)


@pytest.fixture(scope="module")
def updated(
    begun: Path, later: Path, killed: Killed, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    case = Path(shutil.copytree(begun, tmp_path_factory.mktemp("updated") / "case"))

    def kill_and_open(opened: Case) -> contextlib.AbstractContextManager[OpenLedger]:
        killed.before_writing(opened)
        return open_ledger(opened)

    with pytest.MonkeyPatch.context() as patched:
        if hasattr(os, "fork"):
            patched.setattr("scarplan.workflow.update.open_ledger", kill_and_open)
        result = killed.run(lambda: scarplan.update_course(case, scan=later))
    return case, cast("dict[str, Any]", result)


def test_the_update_tells_all_that_is_promised(updated: tuple[Path, dict[str, Any]]) -> None:
    case, result = updated
    promised = {"changes", "on_track", "forecast", "decision", "scoreboard", "value_of_another_scan", "manifest"}
    assert promised <= set(result)
    assert result == json.loads((case / "results/update.json").read_text())
    chances = [result["on_track"][name] for name in ("ahead", "on", "behind")]
    assert sum(chances) == pytest.approx(1.0)
    assert result["decision"]["action"] in {"wait", "continue", "change", "stop", "maintain"}
    assert result["decision"]["reasons"]
    plain = json.loads((case / "results/forecast.json").read_text())
    assert set(plain) - {"manifest"} <= set(result["forecast"])
    assert not list(list_unexplained("update", result))


def test_the_arrays_of_its_forecast_are_kept_beside_it(updated: tuple[Path, dict[str, Any]]) -> None:
    case, result = updated
    told, plan = result["forecast"], result["plan"]
    with np.load(case / "forecast/update.npz") as arrays, np.load(case / f"forecast/{plan}.npz") as of_plan:
        assert set(arrays.files) == set(of_plan.files)
        assert arrays["days"].tolist() == told["days"]
        middle = np.median(arrays["depth_mm"].mean(axis=2), axis=0)
        assert middle == pytest.approx(told["total"]["depth_mm"]["q50"], abs=1e-4)
        for about in told["surfaces"].values():
            assert all(arrays[name].shape == of_plan[name].shape for name in about["arrays"].values())


def test_the_band_is_narrower_and_holds_what_was_measured(updated: tuple[Path, dict[str, Any]]) -> None:
    _, result = updated
    assert result["response"]["width_left"] < 0.7
    total, days = result["forecast"]["total"], result["forecast"]["days"]
    low, high = (np.interp(FOLLOW_UP_DAY, days, total["depth_mm"][name]) for name in ("q05", "q95"))
    hollow = [pair for pair in result["changes"]["pairs"] if pair["depth_before_mm"] > 0.0]  # raised scars are left out
    measured = total["present_depth_mm"] + np.mean([pair["depth_change_mm"] for pair in hollow])
    assert low - 0.01 < measured < high + 0.01


def test_ledger_and_scoreboard_are_written_and_the_forecast_comes_out_again(
    updated: tuple[Path, dict[str, Any]],
) -> None:
    case, result = updated
    course = make_course(read_ledger(Case(case)))
    assert [scan.day for scan in course.scans] == [FOLLOW_UP_DAY]
    assert course.scans[0].content["changes"]["pairs"] == result["changes"]["pairs"]
    assert course.decisions[-1].content["action"] == result["decision"]["action"]
    assert course.forecasts[-1].content["verb"] == "update"
    assert result["scoreboard"]["totals"]["judged"] == 1
    assert len((case / "scoreboard.csv").read_text().splitlines()) == 1 + len(result["scoreboard"]["rows"])
    assert scarplan.replay_forecasts(case)["different"] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9, which this system has not")
def test_an_update_that_is_killed_leaves_a_whole_case(
    begun: Path, updated: tuple[Path, dict[str, Any]], killed: Killed
) -> None:
    before = len(read_ledger(Case(begun)).entries)
    added, told = [], []
    for copy in killed.copies:
        case = Case(copy)  # finishes what was ready to be placed
        entries = read_ledger(case).entries[before:]
        assert [entry.kind for entry in entries] == ["scan", "decision", "forecast"][: len(entries)]
        added.append(len(entries))
        result = json.loads(case.path("results/update.json").read_text()) if case.has_result("update") else None
        told.append(result is not None)
        if result is not None:  # no result without its entries, and none without its files
            assert {key: result[key] for key in set(result) - {"manifest"}} == {
                key: updated[1][key] for key in set(result) - {"manifest"}
            }
            assert len(entries) == 3
            assert case.has("forecast/update.npz")
            assert case.has("scoreboard.csv")
        assert len(scarplan.list_sessions(copy)["sessions"]) == 2  # the next command works, and so does the next entry
        append_entry(case, "decision", FIRST, Signer("A. Doctor"), {"action": "continue"})
        assert len(read_ledger(case).entries) == before + len(entries) + 1
    assert added == sorted(added)
    assert {0, 3} <= set(added)
    assert told == sorted(told)
    assert told[-1]  # that update came to its end: what is acknowledged stands there


def test_the_same_follow_up_twice_is_refused_and_writes_nothing(
    updated: tuple[Path, dict[str, Any]], later: Path
) -> None:
    case, _ = updated
    before = {path: path.read_bytes() for path in case.rglob("*") if path.is_file()}
    with pytest.raises(Refused, match="in the ledger"):
        scarplan.update_course(case, scan=later)
    assert {path: path.read_bytes() for path in case.rglob("*") if path.is_file()} == before


def test_other_skin_passes_the_refusal_through_and_writes_nothing(begun: Path, tmp_path: Path) -> None:
    phantom = make_small_phantom(9)
    np.save(tmp_path / "other.npy", phantom.surface.relief_mm.astype(np.float32))
    other = tmp_path / "other"
    pixel = phantom.surface.pixel_mm
    scarplan.scan_surface(tmp_path / "other.npy", other, unit="mm", pixel_mm=pixel, date="2026-08-01")
    scarplan.find_scars(other)
    before = {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()}
    with pytest.raises(Refused, match="registration too poor"):
        scarplan.update_course(begun, scan=other)
    assert {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()} == before


def test_what_is_missing_is_named(small_demo: Path, begun: Path, later: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingStep, match="approved"):
        scarplan.update_course(small_demo, scan=later)
    with pytest.raises(MissingStep, match="no follow-up scan"):
        scarplan.update_course(begun)
    with pytest.raises(MissingStep, match="update"):
        scarplan.replan_course(begun)
    copy = Path(shutil.copytree(later, tmp_path / "early"))
    scanned = json.loads((copy / "results/scan.json").read_text())
    for day, kind, words in (
        ("2026-03-01", BadInput, "does not lie after"),
        ("2026-04-28", Refused, "swelling"),
        ("2199-03-01", BadInput, "still to come"),
    ):
        (copy / "results/scan.json").write_text(json.dumps(scanned | {"scanned_on": day}))
        with pytest.raises(kind, match=words):
            scarplan.update_course(begun, scan=copy)


def test_sessions_without_an_approved_plan_are_told_what_to_do(small_demo: Path, later: Path, tmp_path: Path) -> None:
    case = Path(shutil.copytree(small_demo, tmp_path / "case"))
    _session(case, tmp_path, 0)
    with pytest.raises(MissingStep, match=r"sessions were recorded \(1\).*approve it with the day") as told:
        scarplan.update_course(case, scan=later)
    assert "scarplan plan" not in str(told.value)  # a plan is there: it only has to be approved
    scarplan.approve_plan(case, name="A. Doctor", role="dermatologist", date="2026-03-05")
    with pytest.raises(MissingStep, match="no follow-up scan"):  # which is all that is missing then
        scarplan.update_course(case)


def test_the_rest_is_planned_anew_within_what_is_allowed(updated: tuple[Path, dict[str, Any]]) -> None:
    case, result = updated
    if result["decision"]["action"] in {"wait", "stop", "maintain"}:
        with pytest.raises(Refused, match=result["decision"]["action"]):
            scarplan.replan_course(case)
        return
    plan = scarplan.replan_course(case)
    assert plan["continues"] == result["plan"]
    assert plan["after_sessions"] == 2
    assert 1 <= plan["sessions"] <= 4
    assert plan["status"] == "draft"
    assert any("sessions given: " in reason["text"] for reason in plan["reasons"])
    assert not list(list_unexplained("replan", plan))
    with pytest.raises(BadInput, match="cannot be forecast by itself"):
        scarplan.forecast_course(case)
