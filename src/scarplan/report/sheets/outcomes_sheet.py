"""The outcomes sheet: what the patient says at one visit, field for field as in `outcomes.toml`."""

from __future__ import annotations

from scarplan.records.outcomes import SCALES
from scarplan.report.html import render_page
from scarplan.report.wording import NOTICE


def render_outcomes_sheet() -> str:
    """Return the sheet: our own questions on a line from 0 to 10, and places for totals of licensed questionnaires."""
    return render_page(
        "sheet_outcomes.html",
        own=[scale for scale in SCALES.values() if not scale.is_licensed],
        licensed=[scale for scale in SCALES.values() if scale.is_licensed],
        notice=NOTICE,
    )
