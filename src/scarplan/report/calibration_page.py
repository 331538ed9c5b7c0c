"""The page of a calibration: what was fitted, whether the sampler did its work, whether it says what was published."""

from __future__ import annotations

from typing import Any

from scarplan.evidence.library import all_quantities
from scarplan.report.forests import make_forests
from scarplan.report.html import render_page
from scarplan.report.pictures.validation_plots import draw_coverage, draw_pit
from scarplan.report.plot import Plot
from scarplan.report.wording import NOTICE


def render_calibration_page(result: dict[str, Any]) -> str:
    """Return the page of `result` (as `calibrate --json` prints it)."""
    parameters = [{**row, **_prior_of(row["name"])} for row in result["parameters"]]
    told = {key: value for key, value in result.items() if key not in ("folder", "parameters")}
    rows = result["check"]["rows"]
    pits = [row["pit"] for row in rows]
    return render_page(
        "calibration.html",
        title="Calibration",
        notice=NOTICE,
        parameters=parameters,
        pit=Plot(draw_pit(pits), "Histogram of where published figures fell in their predicted distribution"),
        coverage=Plot(draw_coverage(pits), "Share of published figures inside intervals of each width"),
        forests=make_forests(rows),
        missed=[row for row in rows if not row["inside90"]],
        **told,
    )


def _prior_of(name: str) -> dict[str, Any]:
    """Return meaning, unit and prior of a parameter; instruments share one."""
    rows = all_quantities()
    row = rows.get(f"calibration.{name}") or rows["calibration.instrument"]
    prior = row.prior
    return {
        "meaning": row.meaning,
        "unit": row.unit,
        "prior_center": prior.center if prior else None,
        "prior_spread": prior.spread if prior else None,
        "is_log": bool(prior and prior.family == "lognormal"),
    }
