"""The page of the validation: every trial predicted without itself, hits and misses in plain sight."""

from __future__ import annotations

from typing import Any

from scarplan.report.html import render_page
from scarplan.report.pictures.validation_plots import draw_coverage, draw_forest, draw_pit
from scarplan.report.plot import Plot
from scarplan.report.wording import NOTICE

_FORESTS = {
    "percent": ("Scores and relief", "change, % of the baseline (ratings of improvement: improvement, %)", 1.0),
    "fraction": ("Responders", "patients who reached the threshold, %", 100.0),
    "pih": ("Dark patches", "patients with new dark patches, %", 100.0),
}


def render_validation_page(result: dict[str, Any]) -> str:
    """Return the page of `result` (as `validate --json` prints it)."""
    rows = result["rows"]
    pits = [row["pit"] for row in rows]
    forests = []
    for group, (title, label, scale) in _FORESTS.items():
        members = [row for row in rows if row["group"] == group]
        if members:
            missed = sum(not row["inside90"] for row in members)
            alt = f"{title}: {len(members)} published figures against predicted intervals, {missed} outside 90 %"
            plot = Plot(draw_forest(members, name=f"forest-{group}", label=label, scale=scale), alt)
            forests.append({"title": title, "plot": plot, "rows": len(members), "missed": missed})
    return render_page(
        "validation.html",
        title="Validation on published trials",
        notice=NOTICE,
        pit=Plot(draw_pit(pits), "Histogram of where published figures fell in their predicted distribution"),
        coverage=Plot(draw_coverage(pits), "Share of published figures inside intervals of each width"),
        forests=forests,
        missed=[row for row in rows if not row["inside90"]],
        **{key: value for key, value in result.items() if key != "folder"},
    )
