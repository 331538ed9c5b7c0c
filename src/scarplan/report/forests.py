"""Published figures against predicted intervals, by what was published: for the pages of calibration and validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scarplan.report.pictures.validation_plots import draw_forest
from scarplan.report.plot import Plot

_GROUPS = {
    "percent": ("Scores and relief", "change, % of the baseline (ratings of improvement: improvement, %)", 1.0),
    "fraction": ("Responders", "patients who reached the threshold, %", 100.0),
    "pih": ("Dark patches", "patients with new dark patches, %", 100.0),
}


def make_forests(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a titled plot of each group of `rows` that has any, with how many lie outside 90 %."""
    forests = []
    for group, (title, label, scale) in _GROUPS.items():
        members = [row for row in rows if row["group"] == group]
        if members:
            missed = sum(not row["inside90"] for row in members)
            alt = f"{title}: {len(members)} published figures against predicted intervals, {missed} outside 90 %"
            plot = Plot(draw_forest(members, name=f"forest-{group}", label=label, scale=scale), alt)
            forests.append({"title": title, "plot": plot, "rows": len(members), "missed": missed})
    return forests
