"""Depth-area and depth-volume histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from scarplan.report.pictures.plots import ACCENT, draw_axes

#: Bars tell area or volume per so much depth (mm): bins are not equally wide.
_PER_MM = 0.1


def spread_over_depth(edges_mm: Float[np.ndarray, " k+1"], amount: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Return `amount` per 0.1 mm of depth, so that the area of a bar is what its bin holds."""
    return amount * _PER_MM / np.diff(edges_mm)


def draw_depth_histogram(histogram: Mapping[str, Sequence[float]], measure: str) -> str:
    """Return the histogram of `area_mm2` or `volume_mm3` over visible depth as SVG text."""
    edges = np.asarray(histogram["depth_edges_mm"], dtype=float)
    heights = np.asarray(histogram[measure], dtype=float)
    words, unit = {
        "area_mm2": ("Scar area by visible depth", "mm²"),
        "volume_mm3": ("Scar volume by visible depth", "mm³"),
    }[measure]
    with draw_axes(f"histogram-{measure}") as (axes, drawn):
        axes.bar(edges[:-1], spread_over_depth(edges, heights), width=0.92 * np.diff(edges), align="edge", color=ACCENT)
        axes.set_title(words)
        axes.set_xlabel("visible depth below the surrounding skin, mm")
        axes.set_ylabel(f"{unit} per {_PER_MM} mm of depth")
        axes.margins(x=0.01)
    return drawn[0]
