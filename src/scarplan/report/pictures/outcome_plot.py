"""What the patient says, over the course: totals or own questions at each visit, with the planned sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from scarplan.report.pictures.plots import ACCENT, INK, MUTED, SECOND, draw_axes
from scarplan.units import DAYS_PER_MONTH

#: Lines differ by mark and stroke as well as by colour, for print in grey.
_LINES: tuple[tuple[str, str, Any], ...] = ((ACCENT, "o", "-"), (SECOND, "s", (0, (5, 2))), (INK, "^", (0, (1, 1.6))))
_LEAST_MONTHS = 3.0


@dataclass(frozen=True)
class OutcomePlot:
    """Lines (name -> value at each visit, None where not asked) over days since the first visit.

    `most` ends the scale; None where its end is not known, then the largest value does.
    """

    name: str
    title: str
    days: Sequence[float]
    lines: Mapping[str, Sequence[float | None]]
    session_days: Sequence[float] = ()
    most: float | None = None
    end_day: float | None = None


def draw_outcomes(plot: OutcomePlot) -> str:
    """Return the plot as SVG text."""
    months = np.asarray(plot.days, dtype=float) / DAYS_PER_MONTH
    end = max([_LEAST_MONTHS, *months, (plot.end_day or 0.0) / DAYS_PER_MONTH]) * 1.03
    values = [value for line in plot.lines.values() for value in line if value is not None]
    top = plot.most if plot.most is not None else max([1.0, *values])
    with draw_axes(plot.name, height_in=2.3) as (axes, drawn):
        for (words, line), (colour, marker, stroke) in zip(plot.lines.items(), _LINES, strict=False):
            known = [(month, value) for month, value in zip(months, line, strict=True) if value is not None]
            axes.plot(
                [month for month, _ in known],
                [value for _, value in known],
                color=colour,
                marker=marker,
                linestyle=stroke,
                linewidth=1.6,
                markersize=5,
                label=words,
                clip_on=False,
            )
        for day in plot.session_days:
            axes.plot(day / DAYS_PER_MONTH, 1.06 * top, marker="v", color=MUTED, markersize=5, clip_on=False)
        axes.set_title(plot.title, pad=14)
        axes.set_xlabel("months since the first visit")
        axes.set_xlim(0, end)
        axes.set_ylim(0, 1.06 * top)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        if len(plot.lines) > 1:
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9.0)
    return drawn[0]
