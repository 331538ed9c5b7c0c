"""The page of repeatability: what can be told apart, limits of agreement, scars found again, human marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scarplan.report.html import render_page
from scarplan.report.pictures.study_plots import BlandAltmanPlot, draw_bland_altman
from scarplan.report.plot import Plot
from scarplan.report.wording import NOTICE, name_measure
from scarplan.study import Comparison, Repeatability
from scarplan.study.dictionary import unit_of

#: More plots than this make a page nobody reads; the numbers of all are in the table.
_MOST_PLOTS = 18


def render_repeatability_page(result: dict[str, Any], found: Sequence[Repeatability]) -> str:
    """Return the page of `result` (as `repeatability --json` prints it); `found` holds the points of the plots."""
    plots = [
        _draw(each, comparison, number)
        for number, (each, comparison) in enumerate(
            (each, comparison) for each in found if each.zone is None for comparison in each.comparisons
        )
        if number < _MOST_PLOTS
    ]
    return render_page("repeatability.html", plots=plots, title="Repeatability", notice=NOTICE, **result)


def _draw(found: Repeatability, comparison: Comparison, number: int) -> Plot:
    agreement = comparison.agreement
    what = f"{'each scar' if found.level == 'scar' else 'each subject'}: {name_measure(found.measure)}"
    against = f"{comparison.what} {comparison.second} less {comparison.first}"
    plot = BlandAltmanPlot(
        name=f"ba{number}",
        title=f"{what}\n{against}",
        unit=unit_of(found.measure),
        mean=agreement.mean.tolist(),
        difference=agreement.difference.tolist(),
        bias=(agreement.bias.value, agreement.bias.low, agreement.bias.high),
        lower=(agreement.lower.value, agreement.lower.low, agreement.lower.high),
        upper=(agreement.upper.value, agreement.upper.low, agreement.upper.high),
    )
    return Plot(draw_bland_altman(plot), f"Bland-Altman plot of {what}, {against}")
