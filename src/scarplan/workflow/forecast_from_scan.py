"""The forecast of a case with a scan: every draw's surface measured as the first scan was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarplan.forecast import (
    FinderCheck,
    Outcomes,
    ZoneHealer,
    check_finder,
    choose_outcome_draws,
    describe_forecast,
    describe_new_scars,
    describe_sensitivity,
    draw_surfaces,
    draws_to_explain,
    follow_measured,
    look_into,
    measured_scars,
    model_scanner,
    simulate_outcomes,
    write_forecast,
    zone_setting,
)
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.surfaces import OutcomeSurfaces
from scarplan.planning import scars_to_treat
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.scars import MeasuringWindows, prepare_windows, read_scarmap
from scarplan.surface import Surface, load_scan
from scarplan.surface.area import seen_area_cm2
from scarplan.workflow.changes import read_changes
from scarplan.workflow.new_acne import read_acne
from scarplan.workflow.progress import Progress, take_share

#: Case files that such a forecast is made from, besides the plan.
INPUTS = ("patient.toml", "results/screen.json", "results/scars.json", "scars.npz", "surface.npz")
Charts = dict[str, tuple[Surface, MeasuringWindows]]


def forecast_from_scan(
    case: Case, course: Plan, healer: ZoneHealer, progress: Progress
) -> tuple[dict[str, Any], bytes] | None:
    """Return the forecast as plain values, and its arrays; None where no scar lies in a zone with a setting."""
    scars = case.read_result("scars")
    treated, left_out = split_scars(course, scars)
    if not treated:
        return None
    charts = read_charts(case, treated)
    scanner = model_scanner(scars["resolves"])
    outcomes = simulate_outcomes(
        course,
        charts=charts,
        rows=treated,
        healer=healer,
        scanner=scanner,
        progress=take_share(progress, 0.0, 0.72),
    )
    surfaces, checks = draw_and_check(outcomes, charts, scanner, healer.seed, take_share(progress, 0.72, 0.95))
    area_cm2 = sum(seen_area_cm2(surface) for surface, _ in charts.values())
    described = describe_forecast(outcomes, patient=healer.patient, surfaces=surfaces, checks=checks, area_cm2=area_cm2)
    progress("looking for what it hangs on", 0.95)
    sensitivity = _explain_spread(case, course, healer, treated, scanner)
    own = measured_scars(treated, count=healer.count, seed=healer.seed)
    new = describe_new_scars(read_acne(case), own, days=outcomes.timetable.days, seed=healer.seed)
    told = {**described, "sensitivity": sensitivity, "new_scars": new, "not_forecast": left_out}
    return told, write_forecast(outcomes, surfaces)


def _explain_spread(
    case: Case, course: Plan, healer: ZoneHealer, treated: list[Mapping[str, Any]], scanner: ScannerModel
) -> dict[str, Any]:
    """Return what the forecast hangs on, by columns in more draws than the forecast itself has."""
    scars = measured_scars(treated, count=draws_to_explain(healer), seed=healer.seed)
    follower, error = follow_measured(scars, treated, healer=healer, scanner=scanner)
    changes = read_changes(case, course, healer, has_rolling=bool(scars.tethered.any()))
    return describe_sensitivity(look_into(course, follower, changes=changes, depth_error_mm=error))


def draw_and_check(
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


def split_scars(course: Plan, scars: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], list[dict[str, Any]]]:
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
    return treated, left_out


def read_charts(case: Case, treated: list[Mapping[str, Any]]) -> Charts:
    """Return the charts that hold a treated scar, with their measuring windows."""
    scan, scarmap = load_scan(case.path("surface.npz")), read_scarmap(case.path("scars.npz"))
    wanted = {row["chart"] for row in treated}
    return {chart.name: (chart, prepare_windows(chart, scarmap)) for chart in scan.charts if chart.name in wanted}
