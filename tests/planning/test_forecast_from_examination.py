"""The forecast without a scan: percent only, wider than with one, and lawful."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examined_case import CHEEK, count, make_examined

from scarplan.devices import device
from scarplan.evidence import list_unexplained
from scarplan.evidence.lineage import walk_leaves
from scarplan.examination import NOTICE
from scarplan.forecast import ColumnOutcomes, ScarDraws, ZoneHealer, follow_columns
from scarplan.planning import examination_basis
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.records.plan_file import read_plan
from scarplan.response import ResponsePatient
from scarplan.workflow.approve import approve_plan
from scarplan.workflow.forecast import forecast_course
from scarplan.workflow.plan import plan_course

COURSES = ("maintained", "unmaintained")
QUANTILES = ["q05", "q25", "q50", "q75", "q95"]
ZONES = {"cheek left": CHEEK, "cheek right": count(boxcar_shallow=4, rolling=2), "chin": count(rolling=2)}

Forecast = tuple[Case, dict[str, Any]]


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    """A case with a forecast from an examination, made once; read it only."""
    case = make_examined(tmp_path_factory.mktemp("examined"), ZONES)
    plan_course(case.root)
    return case, forecast_course(case.root)


@pytest.fixture(scope="module")
def healer() -> ZoneHealer:
    patient = ResponsePatient(age_years=32, skin_type=2, smoker=False, sun="usual")
    return ZoneHealer(device=device("skinpen"), patient=patient, count=128, seed=0)


@pytest.fixture(scope="module")
def followed(examined: Forecast, healer: ZoneHealer) -> tuple[Plan, ScarDraws, ColumnOutcomes]:
    """The plan of that case, its drawn scars of the cheeks, and what becomes of them."""
    case, result = examined
    plan = read_plan(case, result["plan"])
    scars = examination_basis(case.read_result("assess"), count=healer.count, seed=healer.seed).scars
    scars = scars.pick(scars.is_in("cheek", "left") | scars.is_in("cheek", "right"))
    return plan, scars, follow_columns(plan, scars, healer=healer)


def spread(values: np.ndarray) -> float:
    return float(np.subtract(*np.quantile(values, [0.95, 0.05])))


# --- what is told ----------------------------------------------------------------------------------------------------


def test_everything_is_told_in_percent_and_nothing_in_millimetres(examined: Forecast) -> None:
    case, result = examined
    content = {key: value for key, value in result.items() if key not in ("manifest", "published")}
    names = {part for parts, _ in walk_leaves(content) for part in parts}
    assert not [name for name in names if "mm" in name.split("_") or "volume" in name]
    # What the forecast hangs on has the same names with a scan; its figures are percent here.
    figures = {key: value for key, value in content.items() if key != "sensitivity"}
    assert not [part for parts, _ in walk_leaves(figures) for part in parts if "depth" in part]
    texts = [value for _, value in walk_leaves(content) if isinstance(value, str)]
    # A scan that was not made would read millimetres, and what it is worth may say so.
    assert all(text.startswith("mean depth to ") for text in texts if " mm" in text)
    with np.load(case.path(f"forecast/{result['plan']}.npz")) as arrays:
        assert set(arrays) == {
            "days", "group_ids", "percent_change", "total_percent_change", "maintained_percent_change",
            "total_quantiles_percent",
        }  # fmt: skip


def test_the_forecast_has_what_the_report_needs(examined: Forecast) -> None:
    case, result = examined
    assert (result["basis"], result["examination_notice"], result["scars"]) == ("examination", NOTICE, [])
    assert result["grades"]["status"] == "not forecast"
    assert result["validated"] is False
    assert {"harms", "published", "judge_day", "session_days", "assumption_from_day", "notice"} <= set(result)
    assessed = {row["id"]: row for row in case.read_result("assess")["groups"]}
    for row in result["groups"]:
        assert {key: row[key] for key in ("zone", "side", "kind", "low", "high")} == {
            key: assessed[row["id"]][key] for key in ("zone", "side", "kind", "low", "high")
        }
        assert list(row["percent_change"]) == QUANTILES
    assert [(row["kind"], row["count_words"]) for row in result["kinds"]] == [
        ("icepick", "3"),
        ("boxcar_shallow", "9 to 14"),
        ("boxcar_deep", "1"),
        ("rolling", "13 to 22"),
    ]
    assert result["judged_by"]["rater_disagreement"]["points"] == 4
    assert "two raters" in result["judged_by"]["words"]
    assert list_unexplained("forecast", result) == []


def test_a_group_that_the_clinic_has_not_set_is_named(examined: Forecast) -> None:
    (left,) = examined[1]["not_forecast"]
    assert (left["zone"], left["kind"]) == ("chin", "rolling")
    assert "set by the clinic" in left["why"]


def test_the_course_begins_at_nothing_and_its_quantiles_are_in_order(examined: Forecast) -> None:
    case, result = examined
    for part in (result["total"]["percent_change_by_day"], *(result[k]["percent_change"] for k in COURSES)):
        rows = np.array([part[q] for q in QUANTILES])
        assert rows.shape == (5, len(result["days"]))
        assert (rows[:, 0] == 0).all()
        assert (np.diff(rows, axis=0) >= 0).all()
    judged = result["days"].index(result["judge_day"])
    assert result["total"]["percent_change"]["q50"] == result["total"]["percent_change_by_day"]["q50"][judged]
    with np.load(case.path(f"forecast/{result['plan']}.npz")) as arrays:
        total = arrays["total_percent_change"][:, judged].astype(float)
    assert np.median(total) == pytest.approx(result["total"]["percent_change"]["q50"], abs=1e-3)


def test_maintenance_is_never_worse_in_the_middle(examined: Forecast) -> None:
    result = examined[1]
    kept, left = (np.array(result[name]["percent_change"]["q50"]) for name in COURSES)
    assert (kept <= left + 1e-9).all()
    assert kept[-1] < left[-1]


def test_the_same_seed_gives_the_same_bytes_and_approving_changes_nothing(examined: Forecast, tmp_path: Path) -> None:
    case, result = examined
    again = make_examined(tmp_path, ZONES)
    plan_course(again.root)
    assert forecast_course(again.root) == result
    for name in ("results/forecast.json", f"forecast/{result['plan']}.npz"):
        assert again.path(name).read_bytes() == case.path(name).read_bytes()
    approve_plan(again.root, name="A. Doctor", role="dermatologist", date="2026-03-03")
    assert again.read_result("forecast") == result
    other = forecast_course(again.root, seed=7)
    assert other["total"] != result["total"]


# --- laws ------------------------------------------------------------------------------------------------------------


def spread_of(outcomes: ColumnOutcomes) -> tuple[float, float]:
    """Return the width of the 90 % interval when judged, mean over groups and of all scars together."""
    scars, judge = outcomes.scars, outcomes.timetable.judge_index
    groups = [outcomes.percent_change(scars.ids == group)[:, judge] for group in np.unique(scars.ids)]
    return float(np.mean([spread(change) for change in groups])), spread(outcomes.total_change()[:, judge])


def test_intervals_are_wider_than_those_of_a_scan_of_the_same_scars(
    followed: tuple[Plan, ScarDraws, ColumnOutcomes], healer: ZoneHealer
) -> None:
    """A scan measures one depth for each scar: here the scars are, one after another, those of single draws."""
    plan, drawn, without = followed
    ratios = []
    for number in range(0, healer.count, 16):
        measured = replace(
            drawn,
            **{
                name: np.broadcast_to(getattr(drawn, name)[number], drawn.depth_mm.shape)
                for name in ("depth_mm", "width_mm", "tethered", "present")
            },
        )
        with_scan = follow_columns(plan, measured, healer=healer)
        ratios.append(np.divide(spread_of(without), spread_of(with_scan)))
    by_group, total = np.mean(ratios, axis=0)
    assert by_group > 1.25
    assert total > 1.05


def test_a_count_given_as_a_range_is_drawn_in_it_and_an_exact_one_is_not(
    followed: tuple[Plan, ScarDraws, ColumnOutcomes],
) -> None:
    scars = followed[1]
    there = {
        (scars.kinds[column], scars.places[column][1]): np.unique(scars.present[:, scars.ids == group].sum(axis=1))
        for group in np.unique(scars.ids)
        for column in [int(np.argmax(scars.ids == group))]
    }
    assert there["icepick", "left"].tolist() == [3]
    assert there["boxcar_shallow", "left"].tolist() == list(range(5, 11))
    assert there["rolling", "left"].tolist() == list(range(11, 21))
    assert there["rolling", "right"].tolist() == [2]


@pytest.mark.parametrize("interval", [28, 42])
def test_more_sessions_are_never_worse_in_the_middle(
    followed: tuple[Plan, ScarDraws, ColumnOutcomes], healer: ZoneHealer, interval: int
) -> None:
    plan, scars, _ = followed
    medians = {kind: [] for kind in ("rolling", "boxcar_shallow", "any")}
    for sessions in range(1, 7):
        course = plan.model_copy(update={"sessions": sessions, "interval_days": interval})
        outcomes = follow_columns(course, scars, healer=healer)
        for kind, found in medians.items():
            change = outcomes.percent_change(scars.is_of(kind))[:, outcomes.timetable.judge_index]
            found.append(float(np.median(change)))
    for kind, found in medians.items():
        assert (np.diff(found) <= 1e-9).all(), (kind, found)
    assert medians["rolling"][2] < medians["boxcar_shallow"][2] < 0
