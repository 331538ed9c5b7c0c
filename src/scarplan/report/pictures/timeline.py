"""The course on one line of time: what was planned and what was done, scans, events, decisions, maintenance.

Planned is hollow, done is filled; every row has its own mark and its name in words, so that it reads in grey.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.transforms import blended_transform_factory

from scarplan.report.pictures.plots import ACCENT, INK, LINE, MUTED, SECOND, draw_axes
from scarplan.units import DAYS_PER_MONTH

_ROW_IN, _FRAME_IN = 0.44, 0.95
_LEAST_MONTHS = 3.0


@dataclass(frozen=True)
class Row:
    """One row: its name, its mark (a matplotlib marker), and the days on which something was done or is planned.

    Days count from the first session. `is_warning` draws it in the second colour.
    """

    words: str
    mark: str
    done: Sequence[float] = ()
    planned: Sequence[float] = ()
    is_warning: bool = False


@dataclass(frozen=True)
class Timeline:
    """Rows from top to bottom; `first` is the date of day 0, `today` the day up to which the ledger tells."""

    name: str
    rows: Sequence[Row]
    first: datetime.date
    today: float | None = None


def draw_timeline(line: Timeline) -> str:
    """Return the timeline as SVG text. Rows without a day are left out."""
    rows = [row for row in line.rows if row.done or row.planned]
    days = [day for row in rows for day in (*row.done, *row.planned)]
    start = min(0.0, *days) / DAYS_PER_MONTH
    end = max(_LEAST_MONTHS, *(day / DAYS_PER_MONTH for day in days))
    margin = 0.04 * (end - start)
    with draw_axes(line.name, height_in=_ROW_IN * len(rows) + _FRAME_IN) as (axes, drawn):
        _draw_today(axes, line, len(rows))
        across = blended_transform_factory(axes.transAxes, axes.transData)
        for place, row in enumerate(rows):
            axes.axhline(place, color=LINE, linewidth=0.9, zorder=1)
            _draw_marks(axes, row, place)
            axes.text(
                0.0,
                place - 0.27,
                row.words,
                transform=across,
                ha="left",
                va="bottom",
                color=INK,
                fontsize=9.0,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
                zorder=2,
            ).set_in_layout(False)
        axes.set_ylim(len(rows) - 0.45, -0.95)
        axes.set_xlim(start - margin, end + margin)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        step = next(step for step in (1, 2, 3, 6, 12) if (end - start) / step <= 8 or step == 12)
        axes.set_xticks(np.arange(np.ceil(start / step) * step, end + margin, step))
        axes.set_xlabel(f"months since the first session ({line.first.day} {line.first:%b %Y})")
    return drawn[0]


def _draw_today(axes: Any, line: Timeline, count: int) -> None:
    if line.today is None:
        return
    month = line.today / DAYS_PER_MONTH
    axes.axvline(month, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
    axes.text(
        month,
        count - 0.5,
        " told up to here",
        ha="left",
        va="bottom",
        color=MUTED,
        fontsize=8.6,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    ).set_in_layout(False)


def _draw_marks(axes: Any, row: Row, place: int) -> None:
    colour = SECOND if row.is_warning else ACCENT
    for days, face, order in ((row.planned, "white", 3), (row.done, colour, 4)):
        if not days:
            continue  # a line without a point has its place at the edge of the picture
        axes.plot(
            [day / DAYS_PER_MONTH for day in days],
            [place] * len(days),
            linestyle="none",
            marker=row.mark,
            markersize=7.5,
            markerfacecolor=face,
            markeredgecolor=colour,
            markeredgewidth=1.3,
            clip_on=False,
            zorder=order,
        )
