"""The verb on a real small case: what it prints and writes, and that it agrees with the full finder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scarplan.errors import BadInput, MissingStep, StaleResult
from scarplan.evidence import list_unexplained
from scarplan.evidence.lineage import find_row
from scarplan.records import Case
from scarplan.workflow.approve import approve_plan
from scarplan.workflow.forecast import forecast_course
from scarplan.workflow.plan import plan_course
from scarplan.workflow.template import print_template

Forecast = tuple[Case, dict[str, Any]]
QUANTILES = ["q05", "q25", "q50", "q75", "q95"]


def arrays_of(case: Case, result: dict[str, Any]) -> dict[str, np.ndarray]:
    with np.load(case.path(f"forecast/{result['plan']}.npz")) as archive:
        return {name: archive[name] for name in archive.files}


def test_the_result_keeps_the_contract(forecast_case: Forecast) -> None:
    case, result = forecast_case
    assert {"plan", "days", "scars", "grades", "harms", "published", "manifest"} <= set(result)
    for scar in result["scars"]:
        for measure in ("depth_mm", "volume_mm3"):
            assert list(scar[measure]) == QUANTILES
            assert all(len(values) == len(result["days"]) for values in scar[measure].values())
    assert result["validated"] is False
    assert result["notice"] == "not yet validated, not for deciding treatment"
    assert result["days"][-1] == 730
    assert result["judge_day"] in result["days"]
    assert json.loads(case.path("results/forecast.json").read_text("utf-8")) == result
    assert result["manifest"]["seed"] == 0
    assert "jax" in result["manifest"]["versions"]


def test_every_number_is_explained(forecast_case: Forecast) -> None:
    assert list_unexplained("forecast", forecast_case[1]) == []
    row = find_row("forecast", ("scars", "0", "depth_mm", "q50", "3"))
    assert row is not None
    assert row.made_by == "forecast.with_baseline_error"


def test_intervals_are_in_order(forecast_case: Forecast) -> None:
    result = forecast_case[1]
    bands = [
        row[m] for row in (*result["scars"], *result["kinds"], result["total"]) for m in ("depth_mm", "volume_mm3")
    ]
    bands += [result["maintained"]["depth_mm"], result["unmaintained"]["depth_mm"]]
    for band in bands:
        stacked = np.array([band[name] for name in QUANTILES])
        assert np.all(np.diff(stacked, axis=0) >= 0)


def test_the_quantiles_are_those_of_the_stored_draws(forecast_case: Forecast) -> None:
    case, result = forecast_case
    stored = arrays_of(case, result)
    assert stored["scar_ids"].tolist() == [row["id"] for row in result["scars"]]
    for number, row in enumerate(result["scars"]):
        ordered = np.sort(stored["depth_mm"][:, :, number].astype(float), axis=0)
        for name, level in zip(QUANTILES, (0.05, 0.25, 0.5, 0.75, 0.95), strict=True):
            place = (len(ordered) - 1) * level
            low = int(place)
            by_hand = ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])
            np.testing.assert_allclose(row["scanned_depth_mm"][name], by_hand, atol=1e-4)
    mean = stored["depth_mm"].mean(axis=2)
    np.testing.assert_allclose(result["total"]["depth_mm"]["q50"], np.median(mean, axis=0), atol=1e-4)


def test_the_first_day_is_the_first_scan(forecast_case: Forecast) -> None:
    scars = json.loads(forecast_case[0].path("results/scars.json").read_text("utf-8"))
    measured = {row["id"]: row for row in scars["scars"]}
    for row in forecast_case[1]["scars"]:
        assert row["depth_mm"]["q50"][0] == pytest.approx(measured[row["id"]]["depth_mm"], abs=0.02)
        assert row["present_depth_mm"] == pytest.approx(measured[row["id"]]["depth_mm"], abs=0.02)


def test_the_course_helps_and_the_help_fades(forecast_case: Forecast) -> None:
    result = forecast_case[1]
    middle = dict(zip(result["days"], result["total"]["depth_mm"]["q50"], strict=True))
    assert middle[result["judge_day"]] < 0.97 * middle[0]
    assert middle[730] > middle[result["judge_day"]]
    assert middle[730] < middle[0]


def test_maintenance_holds_the_middle_outcome(forecast_case: Forecast) -> None:
    case, result = forecast_case
    late = np.array(result["days"]) >= 365
    plain, kept = (np.array(result[name]["depth_mm"]["q50"])[late] for name in ("unmaintained", "maintained"))
    assert np.all(kept <= plain)
    assert kept[-1] < plain[-1] - 0.005
    assert result["maintained"]["session_days"][: len(result["session_days"])] == result["session_days"]
    before = result["days"].index(result["judge_day"]) + 1
    stored = arrays_of(case, result)
    np.testing.assert_array_equal(stored["maintained_depth_mm"][:, :before], stored["depth_mm"][:, :before])


def test_needling_does_most_for_rolling_and_least_for_ice_picks(forecast_case: Forecast) -> None:
    change = {row["kind"]: row["percent_change"]["q50"] for row in forecast_case[1]["kinds"]}
    assert change["rolling"] < change["icepick"]
    assert sum(row["count"] for row in forecast_case[1]["kinds"]) == len(forecast_case[1]["scars"])


def test_the_published_range_is_the_headline(forecast_case: Forecast) -> None:
    published = forecast_case[1]["published"]
    assert published["low_percent"] <= published["median_percent"] <= published["high_percent"]
    assert "published trials" in published["sentence"]
    assert all(
        {"id", "percent", "n", "rater", "sessions", "days_after_last"} <= set(row) for row in published["studies"]
    )


def test_the_full_finder_agrees_with_the_first_windows(forecast_case: Forecast) -> None:
    check = forecast_case[1]["finder_check"]
    assert [row["outcome"] for row in check["surfaces"]] == ["poor", "middle", "good"]
    for row in check["surfaces"]:
        assert row["refound"] >= 0.6 * row["treated"]
        assert row["typical_difference_mm"] < 0.03
        # What is not found again is shallow by then.
        assert row["deepest_not_refound_mm"] is None or row["deepest_not_refound_mm"] < 0.15
    assert "found" in check["words"]


def test_the_outcome_surfaces_measure_as_their_draws(forecast_case: Forecast) -> None:
    from scarplan.scars import measure_windows, prepare_windows, read_scarmap
    from scarplan.surface import load_scan

    case, result = forecast_case
    stored = arrays_of(case, result)
    surface = load_scan(case.path("surface.npz")).charts[0]
    windows = prepare_windows(surface, read_scarmap(case.path("scars.npz")))
    judged = result["days"].index(result["judge_day"])
    left = {}
    for outcome, about in result["surfaces"].items():
        relief = stored[about["arrays"]["map"]].astype(float)
        assert relief.shape == surface.shape
        depths = []
        for number, scar_id in enumerate(stored["scar_ids"].tolist()):
            window = windows[scar_id]
            (depth,), _ = measure_windows(relief[None, window.rows, window.columns], window)
            depths.append(depth)
            assert depth == pytest.approx(stored["depth_mm"][about["draw"], judged, number], abs=0.05)
        left[outcome] = np.mean(depths)
    assert left["good"] < left["middle"] < left["poor"]


def test_small_changes_are_said_to_be_no_change(forecast_case: Forecast) -> None:
    result = forecast_case[1]
    judged = result["days"].index(result["judge_day"])
    for row in result["scars"]:
        change = row["depth_mm"]["q50"][judged] - row["present_depth_mm"]
        is_small = abs(change) <= row["detectable_change_mm"] + 1e-4
        assert is_small or row["says"] != "no measurable change"
        assert 0 <= row["chance_shallower"] + row["chance_deeper"] <= 1


def test_raised_scars_are_not_forecast(forecast_case: Forecast) -> None:
    whys = [row["why"] for row in forecast_case[1]["not_forecast"]]
    assert any(why.startswith("raised") for why in whys)


def test_a_named_plan_with_the_same_seed_gives_the_same_bytes_and_stays_fresh_when_approved(
    forecast_case: Forecast, case_copy: Case
) -> None:
    case, result = forecast_case
    assert result["basis"] == "scan"
    assert "plan_status" not in result, "approving would leave it behind: the status stands in the plan"
    assert forecast_course(case_copy.root, plan=result["plan"][:8]) == result
    for name in ("results/forecast.json", f"forecast/{result['plan']}.npz"):
        assert case_copy.path(name).read_bytes() == case.path(name).read_bytes()
    approve_plan(case_copy.root, name="A. Doctor", role="dermatologist", date="2026-03-03")
    assert case_copy.read_result("forecast") == result


def test_another_seed_gives_other_figures(forecast_case: Forecast, case_copy: Case) -> None:
    other = forecast_course(case_copy.root, seed=7)
    assert other["total"] != forecast_case[1]["total"]
    assert other["manifest"]["seed"] == 7


def test_without_a_plan_there_is_no_forecast(case_copy: Case) -> None:
    case_copy.path("results/plan.json").unlink()
    with pytest.raises(MissingStep, match="no result of `plan`"):
        forecast_course(case_copy.root)


def test_an_unknown_plan_is_told(planned_case: Case) -> None:
    with pytest.raises(BadInput, match="no plan with this hash"):
        forecast_course(planned_case.root, plan="ffff0000")


def test_a_plan_without_a_needle_length_cannot_be_forecast_until_the_clinic_sets_one(
    case_copy: Case, tmp_path: Path
) -> None:
    scars = case_copy.read_result("scars")
    case_copy.write_result("scars", scars | {"scars": [row | {"zone": "chin"} for row in scars["scars"]]})
    plan_course(case_copy.root)
    with pytest.raises(BadInput, match=r"nothing to forecast.*--protocol"):
        forecast_course(case_copy.root)
    assert not case_copy.has("results/forecast.json")
    (tmp_path / "clinic.toml").write_text(print_template("protocol"), encoding="utf-8")
    plan_course(case_copy.root, protocol=tmp_path / "clinic.toml")
    result = forecast_course(case_copy.root)
    assert {row["zone"] for row in result["scars"]} == {"chin"}
    assert any("example protocol" in warning for warning in result["warnings"])


def test_a_plan_of_other_scars_is_stale(case_copy: Case) -> None:
    path = case_copy.path("results/scars.json")
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(StaleResult, match=r"scarplan plan"):
        forecast_course(case_copy.root)
