"""What a real forecast hangs on: figures that fit together, the forecast's own draws, changes within the limits."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from scarplan.evidence.lineage import find_row
from scarplan.forecast import (
    Change,
    Follower,
    ZoneHealer,
    follow_measured,
    look_into,
    make_timetable,
    measured_scars,
    model_scanner,
)
from scarplan.forecast.changes import try_changes
from scarplan.forecast.describe_sensitivity import describe_sensitivity
from scarplan.forecast.inputs import ELSEWHERE, INPUTS, inputs_of_depth, inputs_of_pigment
from scarplan.injury.draws import NeedlingDraws
from scarplan.planning import possible_changes, read_screening
from scarplan.records import Case
from scarplan.records.plan import ClinicMark, Plan
from scarplan.records.plan_file import read_plan
from scarplan.response import ResponseDraws, ResponsePatient
from scarplan.workflow.case_device import find_case_device
from scarplan.workflow.explain import explain_number

Forecast = tuple[Case, dict[str, Any]]


@pytest.fixture(scope="module")
def plan(forecast_case: Forecast) -> Plan:
    case, result = forecast_case
    return read_plan(case, result["plan"])


@pytest.fixture(scope="module")
def healer(forecast_case: Forecast, plan: Plan) -> ZoneHealer:
    patient = ResponsePatient(age_years=30.0, skin_type=3, smoker=None, sun=None, keloid=False)
    return ZoneHealer(device=find_case_device(forecast_case[0], plan.device), patient=patient, count=128, seed=0)


@pytest.fixture(scope="module")
def treated(forecast_case: Forecast) -> list[dict[str, Any]]:
    case, result = forecast_case
    ids = [row["id"] for row in result["scars"]]
    return [row for row in case.read_result("scars")["scars"] if row["id"] in ids]


def changes_of(case: Case, plan: Plan, patient: ResponsePatient) -> dict[str, Change]:
    found = possible_changes(
        plan,
        device=find_case_device(case, plan.device),
        patient=patient,
        screening=read_screening(case.read_result("screen")),
        has_rolling=True,
    )
    return {change.name: change for change in found}


def settings_of(plan: Plan) -> list[tuple[float, int, float]]:
    found = [(zone.needle_length_mm, zone.passes, zone.channels_per_cm2) for zone in plan.zones]
    return [(length, passes, density) for length, passes, density in found if length and passes and density]


def test_the_figures_fit_together(forecast_case: Forecast) -> None:
    told = forecast_case[1]["sensitivity"]
    for name in ("depth", "pigment"):
        of = told[name]
        rows = of["inputs"]
        assert rows
        shares = [row["share_percent"] for row in rows]
        assert shares == sorted(shares, reverse=True)
        whole = sum(shares) + of["other_inputs"]["share_percent"] + of["unexplained_percent"]
        assert whole == pytest.approx(100.0, abs=0.6)
        assert of["q05"] < of["mean"] < of["q95"]
        for row in rows:
            assert 0 < row["share_low_percent"] <= row["share_percent"] <= row["share_high_percent"] <= 100
            assert row["words"] == INPUTS[row["name"]].words
    assert told["draws"] == 4 * forecast_case[1]["draws"]


def test_it_is_about_the_forecast_beside_it(forecast_case: Forecast) -> None:
    result = forecast_case[1]
    judged = result["days"].index(result["judge_day"])
    band = {name: values[judged] for name, values in result["total"]["depth_mm"].items()}
    told = result["sensitivity"]["depth"]
    assert told["day"] == result["judge_day"]
    # Columns without walls, and scars as they may really be: close, not the same.
    assert told["q50"] == pytest.approx(band["q50"], abs=0.06)
    assert (told["q95"] - told["q05"]) == pytest.approx(band["q95"] - band["q05"], rel=0.5)
    risk = result["harms"]["pigment_risk"]
    assert result["sensitivity"]["pigment"]["q50"] == pytest.approx(100 * risk["median"], rel=0.2)


def test_the_first_draws_are_the_forecasts_own(
    forecast_case: Forecast, plan: Plan, healer: ZoneHealer, treated: list[dict[str, Any]]
) -> None:
    case = forecast_case[0]
    scanner = model_scanner(case.read_result("scars")["resolves"])
    own = Follower(healer, measured_scars(treated, count=128, seed=0), scanner).follow(plan)
    more = Follower(healer, measured_scars(treated, count=256, seed=0), scanner).follow(plan)
    np.testing.assert_allclose(more.left_mm[:128], own.left_mm, rtol=0, atol=1e-12)
    np.testing.assert_allclose(more.pigment_risk[:128], own.pigment_risk, rtol=0, atol=1e-12)
    assert not np.allclose(more.left_mm[128:], own.left_mm)
    with np.load(case.path(f"forecast/{plan.content_hash}.npz")) as stored:
        judged = list(stored["days"]).index(make_timetable(plan).judge_day)
        simulated = stored["depth_mm"][:, judged].mean(axis=1)
    assert np.corrcoef(simulated, own.left_mm[:, 0].mean(axis=1))[0, 1] > 0.9


def test_every_field_of_the_draws_has_words_or_acts_elsewhere() -> None:
    known = set(INPUTS) | set(ELSEWHERE["response"]) | set(ELSEWHERE["needling"]) | {"needling", "harms", "heat"}
    for module in (ResponseDraws, NeedlingDraws):
        assert {field.name for field in fields(module)} <= known


def test_nothing_outside_the_list_moves_the_headline(healer: ZoneHealer, plan: Plan) -> None:
    draws = healer.draw(str(plan.zones[0].zone), count=128)
    told = inputs_of_depth(draws) | inputs_of_pigment(draws)
    assert set(told) <= set(INPUTS)
    for name in (*ELSEWHERE["response"], *ELSEWHERE["needling"]):
        assert name not in told
    assert "patient_yield" in told, "smoking is unknown here"


def test_changes_stay_within_the_limits(forecast_case: Forecast, plan: Plan) -> None:
    case = forecast_case[0]
    patient = ResponsePatient(age_years=30.0, skin_type=3, smoker=True, sun="high", keloid=False)
    found = changes_of(case, plan, patient)
    assert {"one_session_more", "one_session_fewer", "shorter_needles", "no_smoking", "little_sun"} <= set(found)
    for change in found.values():
        varied = change.plan or plan
        assert 1 <= varied.sessions <= 6
        assert varied.interval_days >= min(28, plan.interval_days)
        for (length, passes, density), before in zip(settings_of(varied), settings_of(plan), strict=True):
            assert length <= min(zone.ceiling_mm or 0.0 for zone in plan.zones)
            assert change.name != "shorter_needles" or length < before[0]
            assert density / passes == pytest.approx(before[2] / before[1])
    assert "longer_needles" not in found, "the plan has the longest published setting already"


def test_a_clinic_protocol_is_never_exceeded(forecast_case: Forecast, plan: Plan) -> None:
    mark = ClinicMark(name="own", date=date(2026, 3, 2))
    found = changes_of(forecast_case[0], plan.model_copy(update={"clinic_protocol": mark}), ResponsePatient())
    assert found.keys().isdisjoint({"one_session_more", "closer_together", "longer_needles", "more_passes"})
    assert {"one_session_fewer", "fewer_passes"} <= set(found)


def test_a_doubt_about_bleeding_takes_the_additions_away(forecast_case: Forecast, plan: Plan) -> None:
    assert {"prp", "subcision"} <= set(changes_of(forecast_case[0], plan, ResponsePatient()))
    open_plan = plan.model_copy(update={"not_cleared_because": ("not answered: bleeding disorder",)})
    found = changes_of(forecast_case[0], open_plan, ResponsePatient())
    assert found.keys().isdisjoint({"prp", "subcision", "one_session_more"})


def test_changes_have_the_signs_of_the_model(
    forecast_case: Forecast, plan: Plan, healer: ZoneHealer, treated: list[dict[str, Any]]
) -> None:
    patient = replace(healer.patient, smoker=True, sun="high")
    follower = Follower(
        healer.with_patient(patient),
        measured_scars(treated, count=128, seed=0),
        depth_sd_mm=np.array([row["depth_sd_mm"] for row in treated]),
    )
    changes = changes_of(forecast_case[0], plan, patient)
    effects = {row.change.name: row for row in try_changes(plan, list(changes.values()), follower)}
    assert np.all(effects["subcision"].figure <= 1e-12)
    assert np.all(effects["little_sun"].figure == 0)
    assert np.all(effects["little_sun"].pigment_risk < 0)
    assert np.all(effects["one_session_more"].pigment_risk > 0)
    assert np.all(effects["no_smoking"].pigment_risk == 0)
    assert effects["no_smoking"].figure.any()


def test_a_worse_scanner_is_worth_less(
    forecast_case: Forecast, plan: Plan, healer: ZoneHealer, treated: list[dict[str, Any]]
) -> None:
    scanner = model_scanner(forecast_case[0].read_result("scars")["resolves"])
    found = []
    for worse in (1.0, 3.0, 9.0):
        rows = [row | {"depth_sd_mm": worse * row["depth_sd_mm"]} for row in treated]
        scars = measured_scars(rows, count=256, seed=0)
        follower, error = follow_measured(scars, rows, healer=healer, scanner=scanner)
        hanging = look_into(plan, replace(follower, scars=scars), changes=(), depth_error_mm=error)
        found.append({row.name: told.share for row, told in hanging.readings})
    assert found[0]["follow_up_scan"] > found[1]["follow_up_scan"] > found[2]["follow_up_scan"]


def test_the_scanners_error_widens_the_spread(
    plan: Plan, healer: ZoneHealer, treated: list[dict[str, Any]], forecast_case: Forecast
) -> None:
    scanner = model_scanner(forecast_case[0].read_result("scars")["resolves"])
    rows = [row | {"depth_sd_mm": 0.2} for row in treated]
    follower, error = follow_measured(measured_scars(rows, count=256, seed=0), rows, healer=healer, scanner=scanner)
    told = describe_sensitivity(look_into(plan, follower, changes=(), depth_error_mm=error))
    shares = {row["name"]: row["share_percent"] for row in told["depth"]["inputs"]}
    assert shares["depth_error"] > 10
    second = next(row for row in told["knowing"] if row["name"] == "second_scan")
    # Half of the error is left after a second scan as good as the first.
    assert second["share_percent"] == pytest.approx(shares["depth_error"] / 2, abs=8)
    assert told["changes"] == []
    assert "Nothing that may be changed" in told["words"]["depth_changes"]


def test_sentences_are_plain(forecast_case: Forecast) -> None:
    words = forecast_case[1]["sensitivity"]["words"]
    assert {"depth", "depth_knowing", "depth_changes", "pigment"} <= set(words)
    for sentence in words.values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "_" not in sentence
    assert "% of the spread" in words["depth"]


def test_explain_walks_to_it(forecast_case: Forecast) -> None:
    told = explain_number(forecast_case[0].root, "forecast.sensitivity.depth.inputs.0.share_percent")
    assert "share of the variance" in told["text"]
    assert "response.scar_collagen" in str(told)
    assert find_row("forecast", ("sensitivity", "knowing", "0", "narrower_percent")) is not None
