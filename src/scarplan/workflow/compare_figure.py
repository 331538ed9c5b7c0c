"""The picture of a comparison, `compare.png`: before, after, and the difference, numbered."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scarplan.records import Case
from scarplan.report.case_arrays import read_credits
from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.difference import ChangeView, draw_changes
from scarplan.visits import read_laid_over
from scarplan.workflow.compare import FIGURE, LAID, read_visit
from scarplan.workflow.compare_result import Visit

#: Charts that are drawn at most: those with most scars.
_MOST_CHARTS = 3


def draw_comparison(case_a: str | Path, case_b: str | Path) -> Path:
    """Write `compare.png` into the follow-up and return its path. Raises MissingStep before `compare`."""
    after_case = Case(case_b)
    result = after_case.read_result("compare")
    before = read_visit(Case(case_a))
    views = []
    for chart in before.scan.charts:
        laid = read_laid_over(after_case.path(LAID), chart.name)
        if laid is not None:
            seen = np.isfinite(laid.after_mm)
            views.append(
                ChangeView(_view(before, chart.name), laid.after_mm, laid.after_labels, laid.difference_mm, seen)
            )
    views.sort(key=lambda view: -len(view.before.scars))
    credits = (*read_credits(Case(case_a)), *read_credits(after_case))
    picture = draw_changes(views[:_MOST_CHARTS], result, credits=tuple(dict.fromkeys(credits)))
    after_case.write_files({FIGURE: picture})
    return after_case.path(FIGURE)


def _view(visit: Visit, name: str) -> ChartView:
    chart = next(one for one in visit.scan.charts if one.name == name)
    return ChartView(
        name=name,
        relief_mm=chart.relief_mm,
        valid=chart.valid,
        labels=visit.scars.labels[name],
        pixel_mm=chart.pixel_mm,
        scars=tuple(scar for scar in visit.found["scars"] if scar["chart"] == name),
        faint=frozenset(visit.found.get("low_confidence") or ()),
        level_mm=visit.scars.level_mm.get(name),
    )
