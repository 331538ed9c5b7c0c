"""The page of the validation: every trial predicted without itself, hits and misses in plain sight."""

from __future__ import annotations

from typing import Any

from scarplan.report.forests import make_forests
from scarplan.report.html import render_page
from scarplan.report.pictures.validation_plots import draw_coverage, draw_pit
from scarplan.report.plot import Plot
from scarplan.report.wording import NOTICE


def render_validation_page(result: dict[str, Any]) -> str:
    """Return the page of `result` (as `validate --json` prints it)."""
    rows = result["rows"]
    pits = [row["pit"] for row in rows]
    return render_page(
        "validation.html",
        title="Validation on published trials",
        notice=NOTICE,
        pit=Plot(draw_pit(pits), "Histogram of where published figures fell in their predicted distribution"),
        coverage=Plot(draw_coverage(pits), "Share of published figures inside intervals of each width"),
        forests=make_forests(rows),
        missed=[row for row in rows if not row["inside90"]],
        **{key: value for key, value in result.items() if key != "folder"},
    )
