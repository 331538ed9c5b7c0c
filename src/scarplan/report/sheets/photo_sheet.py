"""The photograph sheet: views to take, conditions to keep alike, and the order of days."""

from __future__ import annotations

from scarplan.evidence.library import value_of
from scarplan.photographs import VIEWS
from scarplan.photographs.views import STANDARD_CLOSE_UPS, STANDARD_VIEWS
from scarplan.report.html import render_page
from scarplan.report.sheets.texts import read_sheet_texts
from scarplan.report.sheets.views import name_view
from scarplan.report.wording import NOTICE, join_words

#: Columns for days in which every view is ticked.
DAYS = 7


def render_photo_sheet() -> str:
    """Return the sheet of one course of photographs."""
    texts = read_sheet_texts("photo_sheet")
    months = join_words(map(str, value_of("visit.photo_months_after")))
    return render_page(
        "sheet_photo.html",
        views=[(view, name_view(view), VIEWS[view]) for view in (*STANDARD_VIEWS, *STANDARD_CLOSE_UPS)],
        days=DAYS,
        before=texts["before"],
        camera=texts["camera"],
        order=[text.replace("{months}", months) for text in texts["order"]],
        notice=NOTICE,
    )
