"""Figure: numbered scars, the cut through each and their depths as a picture of its own, `scars.png`."""

from __future__ import annotations

from pathlib import Path

from scarplan.records import Case
from scarplan.report import CaseResults, read_chart_views
from scarplan.report.case_arrays import read_credits
from scarplan.report.pictures.scar_page import draw_scar_page


def draw_scars(case_path: str | Path) -> Path:
    """Write `scars.png` into the case and return its path. Raises MissingStep where no scars were looked for."""
    case = Case(case_path)
    scars = case.read_result("scars")
    views = read_chart_views(case, CaseResults(scan=case.read_result("scan"), scars=scars))
    case.write_files({"scars.png": draw_scar_page(views, scars["histogram"], credits=read_credits(case))})
    return case.path("scars.png")
