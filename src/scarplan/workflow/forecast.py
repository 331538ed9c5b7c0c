"""Forecast a plan: every draw's surface measured as the first scan was, beside the range of published trials."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_file, make_plain
from scarplan.devices import device
from scarplan.errors import BadInput, StaleResult
from scarplan.evidence.library import UsedEvidence, recording, value_of
from scarplan.forecast import (
    FinderCheck,
    Outcomes,
    ZoneHealer,
    check_finder,
    choose_outcome_draws,
    describe_forecast,
    draw_surfaces,
    forecast_name,
    model_scanner,
    simulate_outcomes,
    write_forecast,
    zone_setting,
)
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.surfaces import OutcomeSurfaces
from scarplan.manifest import make_manifest
from scarplan.planning import ScreeningForPlan, describe_patient, read_screening, scars_to_treat, status_of
from scarplan.records import Case
from scarplan.records.patient import Patient
from scarplan.records.plan import Plan
from scarplan.records.plan_file import plan_name, read_approval, read_plan
from scarplan.records.record import read_record
from scarplan.scars import MeasuringWindows, prepare_windows, read_scarmap
from scarplan.surface import Surface, load_scan
from scarplan.surface.area import seen_area_cm2
from scarplan.workflow.progress import Progress, report_nothing, take_share

_INPUTS = ("patient.toml", "results/screen.json", "results/scars.json", "scars.npz", "surface.npz")
Charts = dict[str, tuple[Surface, MeasuringWindows]]


def forecast_course(
    case_path: str | Path,
    *,
    plan: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Forecast a plan of a case, the latest one unless `plan` names another by its hash, and write it.

    Writes `forecast/<hash>.npz` and the result. A draft can be forecast; the result says that it is one.
    Raises MissingStep without a plan, StaleResult when what the plan was made from has changed, and BadInput when no
    zone of the plan has a needle length setting.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    progress("reading plan, scan and scars", 0.0)
    course = _read_course(case, plan)
    inputs = case.hashes(*_INPUTS, plan_name(course.content_hash))
    with recording() as used:
        screening, scars = read_screening(case.read_result("screen")), case.read_result("scars")
        treated, left_out = _split_scars(case, course, scars)
        charts = _read_charts(case, treated)
        healer = _make_healer(case, course, screening, seed)
        scanner = model_scanner(scars["resolves"])
        outcomes = simulate_outcomes(
            course,
            charts=charts,
            rows=treated,
            healer=healer,
            scanner=scanner,
            progress=take_share(progress, 0.02, 0.7),
        )
        surfaces, checks = _draw_and_check(outcomes, charts, scanner, seed, take_share(progress, 0.7, 0.97))
        area_cm2 = sum(seen_area_cm2(surface) for surface, _ in charts.values())
        result = {
            "plan": course.content_hash,
            "plan_status": status_of(course, approval=read_approval(case, course)),
            **describe_forecast(outcomes, patient=healer.patient, surfaces=surfaces, checks=checks, area_cm2=area_cm2),
            "not_forecast": left_out,
            "warnings": list(course.warnings),
        }
    result["manifest"] = _manifest(inputs, seed, used)
    progress("writing the forecast", 0.97)
    case.write_result("forecast", result, {forecast_name(course.content_hash): write_forecast(outcomes, surfaces)})
    progress("done", 1.0)
    return result


def _manifest(inputs: dict[str, str], seed: int, used: UsedEvidence) -> dict[str, Any]:
    made = make_manifest(
        "forecast", inputs=inputs, seed=seed, uses_jax=True, quantities=used.quantities, sources=used.sources
    )
    return make_plain(made)


def _make_healer(case: Case, course: Plan, screening: ScreeningForPlan, seed: int) -> ZoneHealer:
    patient = read_record(case.path("patient.toml"), Patient, what="patient file", template="patient")
    return ZoneHealer(
        device=device(course.device),
        patient=describe_patient(patient, screening),
        count=value_of("forecast.draws"),
        seed=seed,
        sex=patient.sex,
    )


def _draw_and_check(
    outcomes: Outcomes, charts: Charts, scanner: ScannerModel, seed: int, progress: Progress
) -> tuple[list[OutcomeSurfaces], list[FinderCheck]]:
    """Draw poor, middle and good outcome of every chart and run the full finder on them."""
    progress("drawing poor, middle and good outcome", 0.0)
    draws = choose_outcome_draws(outcomes)
    surfaces = [draw_surfaces(outcomes, surface, windows.windows, draws) for surface, windows in charts.values()]
    checks: list[FinderCheck] = []
    for number, drawn in enumerate(surfaces):
        progress("finding the scars again on them", 0.15 + 0.85 * number / len(surfaces))
        surface, windows = charts[drawn.chart]
        checks += check_finder(outcomes, surface, windows.windows, drawn, scanner=scanner, seed=seed)
    return surfaces, checks


def _read_course(case: Case, plan: str | None) -> Plan:
    name = case.read_result("plan")["plan"] if plan is None else plan
    course = read_plan(case, name)
    for file, digest in course.inputs.items():
        if not case.has(file) or hash_file(case.path(file)) != digest:
            raise StaleResult(
                f"the plan {course.content_hash} is stale: {file} has changed since it was made",
                code="E-CASE-004",
                do=f"run `scarplan plan {case.root}` again",
            )
    return course


def _split_scars(
    case: Case, course: Plan, scars: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], list[dict[str, Any]]]:
    """Return the scars that are forecast, and the id and reason of those that are not."""
    depressed = {row["id"]: row for row in scars_to_treat(scars)}
    treated, left_out = [], []
    for row in scars["scars"]:
        if row["id"] not in depressed:
            raised = row["kind"] == "raised"
            left_out.append({"id": row["id"], "why": "raised: not needled" if raised else "not sure enough to count"})
        elif zone_setting(course, row["zone"], row["side"]) is None:
            why = "zone not known" if row["zone"] is None else "no needle length setting: set by the clinic"
            left_out.append({"id": row["id"], "why": why})
        else:
            treated.append(row)
    if not treated:
        raise _nothing_to_forecast(case, course)
    return treated, left_out


def _nothing_to_forecast(case: Case, course: Plan) -> BadInput:
    if all(zone.zone is None for zone in course.zones):
        scan = f"scarplan scan FILE {case.root} --unit mm --pixel-mm 0.1 --zone cheek --side right --replace"
        allowed, do = "scars in a zone that has a name", f"name the zone: run `{scan}`, then `scars` and `plan` again"
    else:
        allowed = "a setting from a clinic protocol, with name and date"
        do = f"run `scarplan plan {case.root} --protocol clinic.toml` (`scarplan template protocol`)"
    return BadInput(
        "no zone of the plan has a needle length setting, so there is nothing to forecast",
        code="E-FCST-001",
        got="; ".join(zone.needle_length_basis for zone in course.zones),
        allowed=allowed,
        do=do,
    )


def _read_charts(case: Case, treated: list[Mapping[str, Any]]) -> Charts:
    """Return the charts that hold a treated scar, with their measuring windows."""
    scan, scarmap = load_scan(case.path("surface.npz")), read_scarmap(case.path("scars.npz"))
    wanted = {row["chart"] for row in treated}
    return {chart.name: (chart, prepare_windows(chart, scarmap)) for chart in scan.charts if chart.name in wanted}
