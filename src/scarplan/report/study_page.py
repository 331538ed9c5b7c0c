"""The page of a study: what was declared, the primary endpoint first, missing values, secondary ones, the patients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scarplan.report.html import render_page
from scarplan.report.pictures.flow_chart import draw_flow
from scarplan.report.pictures.study_plots import draw_arms, draw_estimates
from scarplan.report.plot import Plot
from scarplan.report.wording import NOTICE, name_measure


def render_study_page(result: dict[str, Any]) -> str:
    """Return the page of `result` (as `study --json` prints it)."""
    chart = draw_flow(result["flow"], is_split_face=result["design"] == "split_face")
    return render_page("study.html", plots=_plots(result), flow_chart=chart, notice=NOTICE, **result)


def _plots(result: dict[str, Any]) -> list[Plot]:
    primary, arms = result["primary"], result["primary"]["compared"]
    measure = name_measure(primary["measure"])
    is_change = primary["value"] == "change" and primary["analysis"] != "proportional_odds"
    label = f"change of {measure}" if is_change else measure
    is_paired = result["design"] == "split_face"
    plots = [
        Plot(
            draw_arms(
                result["patient_means"], arms=arms, is_paired=is_paired, label=label, title="Each patient, and the mean"
            ),
            f"{label} of each patient under {arms[0]} and {arms[1]}",
        )
    ]
    endpoints = [primary, *result["secondary"]]
    rows = [
        {"words": f"{name_measure(each['measure'])}: {each['visit']}{_against(each, arms)}", **each["standardised"]}
        for each in endpoints
        if each["standardised"]
    ]
    if rows:
        axis = f"{arms[0]} less {arms[1]}{', or as said' if len(result['arms']) > 2 else ''}, in baseline SDs"
        plots.append(Plot(draw_estimates(rows, label=axis), "Estimates with their intervals in baseline SDs"))
    return plots


def _against(endpoint: dict[str, Any], arms: Sequence[str]) -> str:
    """Return which arms are compared where they are others than those of the primary endpoint."""
    return "" if list(endpoint["compared"]) == list(arms) else f" ({' less '.join(endpoint['compared'])})"
