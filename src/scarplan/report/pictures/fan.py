"""The forecast fan over two years with 50 % and 90 % bands: mean visible depth in mm, or its change in per cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.report.pictures.plots import ACCENT, INK, MUTED, draw_axes
from scarplan.units import DAYS_PER_MONTH


@dataclass(frozen=True)
class Fan:
    """What one fan shows: quantiles over days, sessions, when to judge, and where assumption begins.

    `bottom` and `top` end the scale; `words` names it. Where it passes 0 below `top`, 0 is today and drawn as a line.
    """

    name: str
    title: str
    days: Sequence[float]
    quantiles: Mapping[str, Sequence[float]]
    session_days: Sequence[float]
    judge_day: float | None
    assumption_from_day: float | None
    top: float
    bottom: float = 0.0
    words: str = "mean visible depth, mm"

    def height(self, share: float) -> float:
        """Return the value at a share of the scale, 0 at the bottom and 1 at the top."""
        return self.bottom + share * (self.top - self.bottom)


def draw_fan(fan: Fan) -> str:
    """Return the fan as SVG text; after the assumption begins the ground is hatched."""
    months = np.asarray(fan.days, dtype=float) / DAYS_PER_MONTH
    with draw_axes(fan.name) as (axes, drawn):
        _draw_bands(axes, months, fan.quantiles)
        end = float(months[-1])
        if fan.assumption_from_day is not None and fan.assumption_from_day / DAYS_PER_MONTH < end:
            start = fan.assumption_from_day / DAYS_PER_MONTH
            axes.axvspan(start, end, facecolor="none", hatch="///", edgecolor="#aab4bb", linewidth=0)
            axes.text(
                end - 0.3,  # a course is judged about where assumption begins: those words stand on the left
                fan.height(0.88),
                "assumption",
                ha="right",
                color=MUTED,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
            )
        _draw_moments(axes, fan)
        if fan.bottom < 0 < fan.top:
            axes.axhline(0, color=INK, linewidth=0.9)
            axes.annotate(
                "today",
                (end, 0),
                (-3, 2),
                textcoords="offset points",
                ha="right",
                va="bottom",
                color=INK,
                fontsize=9.0,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        axes.set_title(fan.title)
        axes.set_xlabel("months since the first session")
        axes.set_ylabel(fan.words)
        axes.set_xlim(0, end)
        axes.set_ylim(fan.bottom, fan.top)
        axes.set_xticks(np.arange(0, end + 0.5, 6 if end > 12 else 3))
    return drawn[0]


def _draw_bands(axes: Any, months: np.ndarray, quantiles: Mapping[str, Sequence[float]]) -> None:
    for low, high, strength, words in (("q05", "q95", 0.16, "90 of 100"), ("q25", "q75", 0.34, "50 of 100")):
        if low in quantiles and high in quantiles:
            axes.fill_between(
                months,
                _series(quantiles[low]),
                _series(quantiles[high]),
                color=ACCENT,
                alpha=strength,
                linewidth=0,
                label=words,
            )
    axes.plot(months, _series(quantiles["q50"]), color=ACCENT, linewidth=1.8, label="middle")
    # On white: the line at the day of judging and the hatched ground run behind it.
    axes.legend(
        loc="lower left", framealpha=1.0, edgecolor="none", ncols=3, fontsize=9.0, handlelength=1.2, columnspacing=1.0
    )


def _draw_moments(axes: Any, fan: Fan) -> None:
    for day in fan.session_days:
        axes.plot(day / DAYS_PER_MONTH, fan.height(0.985), marker="v", color=INK, markersize=5, clip_on=False, zorder=5)
    if fan.judge_day is not None:
        month = fan.judge_day / DAYS_PER_MONTH
        axes.axvline(month, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.text(month + 0.25, fan.height(0.89), "judge here", color=INK, fontsize=9.0)


def _series(values: Sequence[float]) -> np.ndarray:
    return np.asarray(values, dtype=float)
