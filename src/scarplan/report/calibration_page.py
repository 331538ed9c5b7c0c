"""The page of a calibration: what was fitted, and whether the sampler did its work."""

from __future__ import annotations

from typing import Any

from scarplan.evidence.library import all_quantities
from scarplan.report.html import render_page
from scarplan.report.wording import NOTICE


def render_calibration_page(result: dict[str, Any]) -> str:
    """Return the page of `result` (as `calibrate --json` prints it)."""
    parameters = [{**row, **_prior_of(row["name"])} for row in result["parameters"]]
    told = {key: value for key, value in result.items() if key not in ("folder", "parameters")}
    return render_page("calibration.html", title="Calibration", notice=NOTICE, parameters=parameters, **told)


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
