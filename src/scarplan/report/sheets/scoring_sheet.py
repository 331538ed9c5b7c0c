"""The printed scoring sheet: a row for each code, boxes for each scale; nothing that tells whose picture it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scarplan.report.html import render_page
from scarplan.report.wording import NOTICE


def render_scoring_sheet(rows: Sequence[dict[str, Any]], scales: Sequence[Any], *, is_paired: bool = False) -> str:
    """Return the sheet. `rows`: order and code; `scales`: name, lowest, highest, and whether they compare two."""
    return render_page("sheet_scoring.html", rows=rows, scales=scales, is_paired=is_paired, notice=NOTICE)
