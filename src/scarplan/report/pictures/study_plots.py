"""Plots of studies: Bland-Altman, patients by arm, estimates with intervals; drawn from results, not made here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.report.pictures.plots import ACCENT, INK, LINE, MUTED, SECOND, draw_axes


@dataclass(frozen=True)
class BlandAltmanPlot:
    """Points (mean, difference) with bias and limits, each (value, low, high)."""

    name: str
    title: str
    unit: str
    mean: Sequence[float]
    difference: Sequence[float]
    bias: tuple[float | None, float | None, float | None]
    lower: tuple[float | None, float | None, float | None]
    upper: tuple[float | None, float | None, float | None]


def draw_bland_altman(plot: BlandAltmanPlot) -> str:
    """Return the plot as SVG text: every pair as a point, lines for bias and limits, bands for their intervals."""
    with draw_axes(plot.name, width_in=4.0, height_in=2.5) as (axes, drawn):
        for (value, low, high), colour in ((plot.bias, ACCENT), (plot.lower, SECOND), (plot.upper, SECOND)):
            if value is None:
                continue
            if low is not None and high is not None:
                axes.axhspan(low, high, color=colour, alpha=0.12, linewidth=0)
            axes.axhline(value, color=colour, linewidth=1.3, linestyle="-" if colour == ACCENT else (0, (5, 2)))
        axes.axhline(0.0, color=LINE, linewidth=0.8, zorder=0)
        axes.plot(plot.mean, plot.difference, "o", color=INK, markersize=3.2, alpha=0.55, markeredgewidth=0)
        axes.set_title(plot.title)
        unit = "" if plot.unit == "1" else f", {plot.unit.replace('mm3', 'mm³').replace('mm2', 'mm²')}"
        axes.set_xlabel(f"mean of the two{unit}")
        axes.set_ylabel(f"second less first{unit}")
        axes.margins(x=0.06, y=0.12)
    return drawn[0]


def draw_arms(
    rows: Sequence[dict[str, Any]], *, arms: Sequence[str], title: str, label: str, is_paired: bool, name: str = "arms"
) -> str:
    """Return each patient's mean by arm as SVG text; the two sides of one patient are joined by a line."""
    with draw_axes(name, width_in=4.0, height_in=2.7) as (axes, drawn):
        values = [[row["first"] for row in rows], [row["second"] for row in rows]]
        if is_paired:
            for first, second in zip(*values, strict=True):
                if first is not None and second is not None:
                    axes.plot([0, 1], [first, second], color=MUTED, linewidth=0.7, alpha=0.5, zorder=1)
        for place, (column, colour) in enumerate(zip(values, (ACCENT, SECOND), strict=True)):
            known = np.array([value for value in column if value is not None])
            # Patients side by side where they are not joined: a fixed fan, so that the same data give the same picture.
            spread = np.zeros(len(known)) if is_paired else np.linspace(-0.14, 0.14, len(known))[_scatter(len(known))]
            axes.plot(place + spread, known, "o", color=colour, markersize=4, alpha=0.75, markeredgewidth=0, zorder=2)
            if len(known):
                axes.plot([place - 0.24, place + 0.24], [known.mean()] * 2, color=INK, linewidth=2.0, zorder=3)
        axes.axhline(0.0, color=LINE, linewidth=0.8, zorder=0)
        axes.set_xticks([0, 1], list(arms))
        axes.set_xlim(-0.5, 1.5)
        axes.set_title(title)
        axes.set_ylabel(label)
    return drawn[0]


def draw_estimates(rows: Sequence[dict[str, Any]], *, name: str = "estimates", label: str) -> str:
    """Return estimates (`words`, `value`, `low`, `high`) under each other with their intervals as SVG text."""
    with draw_axes(name, width_in=5.2, height_in=0.9 + 0.34 * len(rows)) as (axes, drawn):
        for place, row in enumerate(reversed(rows)):
            if row["low"] is not None and row["high"] is not None:
                axes.plot([row["low"], row["high"]], [place, place], color=ACCENT, linewidth=1.8)
            axes.plot(row["value"], place, "s", color=ACCENT, markersize=6)
        axes.axvline(0.0, color=MUTED, linewidth=0.9)
        axes.set_yticks(range(len(rows)), [row["words"] for row in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=6)  # labels of more would run into each other
        axes.set_xlabel(label)
    return drawn[0]


def _scatter(count: int) -> np.ndarray:
    return np.argsort((np.arange(count) * 0.618034) % 1.0)
