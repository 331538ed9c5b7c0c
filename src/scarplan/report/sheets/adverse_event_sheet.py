"""The adverse event sheet: what happened, how grave, what was used, what was done and to whom it was reported."""

from __future__ import annotations

from scarplan.report.html import render_page
from scarplan.report.pictures.face_map import draw_face_map
from scarplan.report.sheets.texts import read_sheet_texts
from scarplan.report.wording import NOTICE


def render_adverse_event_sheet() -> str:
    """Return the sheet of one event."""
    texts = read_sheet_texts("adverse_events")
    return render_page(
        "sheet_adverse_event.html",
        events=[row["words"] for row in texts["event"]],
        severity=texts["severity"],
        serious=texts["serious"],
        report_to=texts["report_to"],
        basis=texts["basis"],
        face=draw_face_map({}, blank=True, names=False),
        notice=NOTICE,
    )
