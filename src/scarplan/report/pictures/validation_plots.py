"""Plots of the validation: published figures against what was predicted without them, and where they fell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scarplan.report.pictures.plots import ACCENT, LINE, MUTED, SECOND, draw_axes

_BINS = 10
_LETTERS = 54


def draw_forest(rows: Sequence[dict[str, Any]], *, name: str, label: str, scale: float = 1.0) -> str:
    """Return predicted intervals (50 and 90 %) and the published figure of each row under each other, as SVG text."""
    with draw_axes(name, width_in=7.4, height_in=0.8 + 0.185 * len(rows)) as (axes, drawn):
        for place, row in enumerate(reversed(rows)):
            colour = ACCENT if row["inside90"] else SECOND
            axes.plot([scale * row["q05"], scale * row["q95"]], [place, place], color=colour, linewidth=1.1, alpha=0.75)
            axes.plot([scale * row["q25"], scale * row["q75"]], [place, place], color=colour, linewidth=3.4, alpha=0.45)
            axes.plot(scale * row["q50"], place, "|", color=colour, markersize=6)
            marker = "o" if row["inside90"] else "D"
            axes.plot(scale * row["observed"], place, marker, color=colour, markersize=4.2, markeredgewidth=0)
        axes.set_yticks(range(len(rows)), [_words(row) for row in reversed(rows)], fontsize=7)
        axes.set_ylim(-0.8, len(rows) - 0.2)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=LINE, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel(label)
    return drawn[0]


def draw_pit(values: Sequence[float], *, name: str = "pit") -> str:
    """Return the histogram of where published figures fell in their predicted distribution, with its 90 % band."""
    with draw_axes(name, width_in=3.9, height_in=2.6) as (axes, drawn):
        counts, edges = np.histogram(values, bins=_BINS, range=(0.0, 1.0))
        low, high = _band(len(values))
        axes.axhspan(low, high, color=MUTED, alpha=0.16, linewidth=0)
        axes.axhline(len(values) / _BINS, color=MUTED, linewidth=0.9, linestyle=(0, (5, 2)))
        axes.bar(edges[:-1], counts, width=0.94 / _BINS, align="edge", color=ACCENT, alpha=0.8)
        axes.set_title("Where the published figures fell")
        axes.set_xlabel("0: below all that was predicted, 1: above")
        axes.set_ylabel("figures")
    return drawn[0]


def draw_coverage(values: Sequence[float], *, name: str = "coverage") -> str:
    """Return, for each width of interval, how many published figures lay inside it."""
    with draw_axes(name, width_in=3.9, height_in=2.6) as (axes, drawn):
        nominal = np.linspace(0.0, 1.0, 101)
        distance = np.abs(np.asarray(values) - 0.5) * 2.0
        axes.plot(
            100 * nominal, [100 * float(np.mean(distance <= share)) for share in nominal], color=ACCENT, linewidth=2
        )
        axes.plot([0, 100], [0, 100], color=MUTED, linewidth=0.9, linestyle=(0, (5, 2)))
        axes.set_title("How often an interval was right")
        axes.set_xlabel("interval, %")
        axes.set_ylabel("figures inside, %")
    return drawn[0]


def _band(count: int) -> tuple[float, float]:
    """Return between which counts a bar lies with 90 % probability when predictions are right."""
    from scipy.stats import binom

    low, high = binom.interval(0.90, count, 1.0 / _BINS)
    return float(low), float(high)


def _words(row: dict[str, Any]) -> str:
    parts = [row["study"], row["arm"] or "all", row["instrument"].replace("_", " ")]
    words = ", ".join(parts)
    return words if len(words) <= _LETTERS else words[: _LETTERS - 1] + "…"
