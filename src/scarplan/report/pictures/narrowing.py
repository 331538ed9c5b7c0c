"""The forecast band after each scan, one panel below the other on one scale: how it narrows, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.report.pictures.plots import ACCENT, INK, MUTED, draw_panels
from scarplan.units import DAYS_PER_MONTH

_PANEL_IN, _FRAME_IN = 1.45, 0.55
#: Months of the scale that the words of a width take up, on two years.
_WORDS_MONTHS = 5.5


@dataclass(frozen=True)
class Measured:
    """One scan: its day and the mean depth of the scars that it measured, mm."""

    day: float
    depth_mm: float


@dataclass(frozen=True)
class Band:
    """One forecast: quantiles of the mean depth (mm) over days, and how many of the scans it knew."""

    words: str
    days: Sequence[float]
    quantiles: Mapping[str, Sequence[float]]
    scans_known: int

    def width_on(self, day: float) -> float:
        """Return the width of the 90 % band on a day, mm."""
        low, high = (float(np.interp(day, self.days, self.quantiles[name])) for name in ("q05", "q95"))
        return high - low


def draw_narrowing(name: str, bands: Sequence[Band], scans: Sequence[Measured], *, judge_day: float) -> str:
    """Return the panels as SVG text: a filled dot is a scan that the forecast knew, a hollow one came after it."""
    end = max(float(band.days[-1]) for band in bands) / DAYS_PER_MONTH
    shown = [value for band in bands for key in ("q05", "q95") for value in band.quantiles[key]]
    shown += [scan.depth_mm for scan in scans]
    # From the least that is shown, not from 0: it is the width that is read. Below are widths and legend.
    room = 0.1 * (max(shown) - min(shown))
    bottom, top = max(0.0, min(shown) - 3.0 * room), max(shown) + room
    height = _PANEL_IN * len(bands) + _FRAME_IN
    with draw_panels(name, count=len(bands), height_in=height) as (panels, drawn):
        for axes, band in zip(panels, bands, strict=True):
            _draw_band(axes, band, scans, judge_day=judge_day)
            axes.set_xlim(0, end)
            axes.set_ylim(bottom, top)
            axes.set_xticks(np.arange(0, end + 0.5, 6 if end > 12 else 3))
        panels[-1].legend(loc="lower right", framealpha=0.9, edgecolor="none", ncols=2, fontsize=8.6, handlelength=1.2)
        panels[-1].set_xlabel("months since the first session")
        panels[len(panels) // 2].set_ylabel("mean visible depth, mm")
    return drawn[0]


def _draw_band(axes: Any, band: Band, scans: Sequence[Measured], *, judge_day: float) -> None:
    months = np.asarray(band.days, dtype=float) / DAYS_PER_MONTH
    low, middle, high = (np.asarray(band.quantiles[key], dtype=float) for key in ("q05", "q50", "q95"))
    axes.fill_between(months, low, high, color=ACCENT, alpha=0.2, linewidth=0, label="90 of 100")
    axes.plot(months, low, color=ACCENT, linewidth=0.8)
    axes.plot(months, high, color=ACCENT, linewidth=0.8)
    axes.plot(months, middle, color=ACCENT, linewidth=1.8, label="middle")
    for number, scan in enumerate(scans, start=1):
        is_known = number <= band.scans_known
        axes.plot(
            scan.day / DAYS_PER_MONTH,
            scan.depth_mm,
            marker="o",
            markersize=6,
            color=INK,
            markerfacecolor=INK if is_known else "white",
            linestyle="none",
            zorder=5,
        )
    month = judge_day / DAYS_PER_MONTH
    axes.plot([month, month], [np.interp(month, months, low), np.interp(month, months, high)], color=INK, linewidth=1.4)
    under = np.interp(np.linspace(month, month + _WORDS_MONTHS, 13), months, low).min()  # below all of the band there
    axes.annotate(
        f"{1000 * band.width_on(judge_day):.0f} µm wide",
        (month, float(under)),
        (5, -4),
        textcoords="offset points",
        ha="left",
        va="top",
        color=MUTED,
        fontsize=8.8,
    )
    axes.set_title(band.words, fontsize=9.4)
