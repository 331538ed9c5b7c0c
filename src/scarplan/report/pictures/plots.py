"""The house style of the plots, and a figure as an SVG text that is the same for the same data."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, MUTED, LINE, ACCENT, SECOND = "#1b2a33", "#52616b", "#d5dce1", "#0b6e75", "#a8541a"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9.4,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "hatch.color": "#aab4bb",
    "hatch.linewidth": 0.6,
}


@contextmanager
def draw_axes(name: str, *, width_in: float = 4.2, height_in: float = 2.6) -> Iterator[tuple[Axes, list[str]]]:
    """Yield axes to draw on and a list that receives the SVG text when the block ends.

    `name` salts the ids inside the SVG, so that two plots on one page never share one.
    """
    with draw_panels(name, count=1, width_in=width_in, height_in=height_in) as (panels, drawn):
        yield panels[0], drawn


@contextmanager
def draw_panels(
    name: str, *, count: int, width_in: float = 4.2, height_in: float = 2.6
) -> Iterator[tuple[list[Axes], list[str]]]:
    """Yield `count` axes below each other on one scale across, and a list that receives the SVG text; see draw_axes."""
    drawn: list[str] = []
    style: dict[Any, Any] = {**_STYLE, "svg.hashsalt": name}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasSVG(figure)
        panels = figure.subplots(count, 1, sharex=True, squeeze=False)
        yield [panels[number, 0] for number in range(count)], drawn
        stream = io.StringIO()
        figure.savefig(
            stream, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    drawn.append(_embed(stream.getvalue(), name))


def _embed(svg: str, name: str) -> str:
    """Return the `<svg>` element alone: no prolog, no document type, the size left to the page, ids of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r'<svg([^>]*?) width="[^"]*"', r"<svg\1", re.sub(r' height="[^"]*pt"', "", svg, count=1), count=1)
