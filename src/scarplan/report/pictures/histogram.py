"""Depth-area and depth-volume histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scarplan.report.pictures.plots import ACCENT, draw_axes


def draw_depth_histogram(histogram: Mapping[str, Sequence[float]], measure: str) -> str:
    """Return the histogram of `area_mm2` or `volume_mm3` over visible depth as SVG text."""
    edges = np.asarray(histogram["depth_edges_mm"], dtype=float)
    heights = np.asarray(histogram[measure], dtype=float)
    words, unit = {
        "area_mm2": ("Scar area by visible depth", "mm²"),
        "volume_mm3": ("Scar volume by visible depth", "mm³"),
    }[measure]
    with draw_axes(f"histogram-{measure}") as (axes, drawn):
        axes.bar(edges[:-1], heights, width=0.92 * np.diff(edges), align="edge", color=ACCENT)
        axes.set_title(words)
        axes.set_xlabel("visible depth below the surrounding skin, mm")
        axes.set_ylabel(unit)
        axes.margins(x=0.01)
    return drawn[0]
