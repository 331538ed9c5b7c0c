"""The relief of one chart with numbered scars, drawn into axes."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from PIL import Image

from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.plots import ACCENT
from scarplan.report.pictures.relief_picture import draw_shaded_relief

_LONGEST = 900


def draw_chart(
    axes: Axes, view: ChartView, *, colours: Mapping[str, str] | None = None, numbered: Collection[int] | None = None
) -> None:
    """Draw one chart under raking light with outlined, numbered scars; low-confidence finds are drawn faintly.

    `colours` gives the outline of each kind its own colour; of many scars only those `numbered` bear their number.
    """
    picture = draw_shaded_relief(view, longest=_LONGEST)
    kinds = {scar["id"]: scar["kind"] for scar in view.scars}
    with Image.open(io.BytesIO(base64.b64decode(picture.png.partition(",")[2]))) as image:
        relief = np.asarray(image.convert("RGB"))
    axes.imshow(relief, extent=(0.0, view.width_mm, view.height_mm, 0.0))
    mm = view.width_mm / picture.width
    for mark in picture.marks:
        style = {"alpha": 0.45, "linestyle": ":"} if mark.faint else {}
        colour = ACCENT if mark.faint else (colours or {}).get(kinds[mark.id], ACCENT)
        if mark.path:
            axes.add_patch(PathPatch(_read_path(mark.path, mm), fill=False, edgecolor=colour, linewidth=1.1, **style))
        if numbered is not None and mark.id not in numbered:
            continue
        box = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6}
        faint = 0.6 if mark.faint else 1.0
        axes.text(mark.x * mm, mark.y * mm, str(mark.id), ha="center", fontsize=10, alpha=faint, bbox=box)
    axes.set(title=view.name, xlabel="x, mm", ylabel="y, mm")


def _read_path(svg: str, mm: float) -> Path:
    """Return the closed outlines of an SVG path made of M, L and Z, scaled to mm."""
    outlines = []
    for part in re.findall(r"M([^Z]*)Z", svg):
        points = mm * np.array([[float(value) for value in point.split()] for point in part.split("L")])
        outlines.append(Path(points, closed=False))
    return Path.make_compound_path(*outlines)
