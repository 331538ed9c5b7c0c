"""The examination sheet: what a clinician sees and counts, field for field as in `assessment.toml`."""

from __future__ import annotations

from typing import get_args

from scarplan.evidence.library import value_of
from scarplan.examination import list_places
from scarplan.examination.grading.ecca import ECCA_NAMES
from scarplan.examination.grading.goodman_baron import GRADE_NAMES, ROWS
from scarplan.records.assessment import AreaClass, CountClass, RowClass
from scarplan.report.html import render_page
from scarplan.report.pictures.face_map import draw_face_map
from scarplan.report.sheets.texts import read_sheet_texts
from scarplan.report.sheets.zone_names import name_zone_briefly
from scarplan.report.wording import NOTICE

#: The row that is judged by area, not by number.
_BY_AREA = "hypertrophic"
_NONE = "none"


def render_examination_sheet() -> str:
    """Return the sheet of one examination; every field carries the name of its key in the file."""
    texts = read_sheet_texts("examination_sheet")
    few, limited = value_of("scars.ecca_count_limits")
    return render_page(
        "sheet_examination.html",
        kinds=texts["kind"],
        places=[(zone, side, name_zone_briefly(zone, side)) for zone, side in list_places()],
        count_classes=[_NONE, *get_args(CountClass)],
        row_classes=[_NONE, *(name for name in get_args(RowClass) if name not in ("1-4", "5-10"))],
        areas=get_args(AreaClass),
        grades=[{**row, "name": GRADE_NAMES[row["grade"]]} for row in texts["grade"]],
        rows=[(key, name) for key, (name, _) in ROWS.items()],
        by_area=_BY_AREA,
        ecca_items=list(ECCA_NAMES.items()),
        ecca_classes=["none", f"under {few}", f"{few} to {limited}", f"over {limited}"],
        scar_s=[str(category) for category in range(6)],
        face=draw_face_map({}, blank=True),
        notice=NOTICE,
    )
