"""One PNG of the relief with numbered scars, for people who want the picture without the report."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from PIL import Image

from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.plots import ACCENT, INK, MUTED
from scarplan.report.pictures.relief_picture import ReliefPicture, draw_shaded_relief

_CHART_INCHES = 6.0
_DOTS_PER_INCH = 150


def draw_scar_figure(views: Sequence[ChartView], *, credits: Sequence[str] = ()) -> bytes:
    """Return a PNG with each chart of `views` under raking light; low-confidence finds are drawn faintly.

    `credits` is printed below, where a licence asks for it. The same views give the same bytes.
    """
    columns = math.ceil(math.sqrt(len(views)))
    rows = math.ceil(len(views) / columns)
    with matplotlib.rc_context({"font.size": 9.2, "text.color": INK}):
        figure = Figure(figsize=(columns * _CHART_INCHES, rows * _CHART_INCHES), layout="constrained")
        FigureCanvasAgg(figure)
        for place, view in enumerate(views, start=1):
            _draw_chart(figure.add_subplot(rows, columns, place), draw_shaded_relief(view, longest=900), view)
        if credits:
            figure.supxlabel("\n".join(credits), fontsize=7, color=MUTED)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    return stream.getvalue()


def _draw_chart(axes: Axes, picture: ReliefPicture, view: ChartView) -> None:
    with Image.open(io.BytesIO(base64.b64decode(picture.png.partition(",")[2]))) as image:
        relief = np.asarray(image.convert("RGB"))
    axes.imshow(relief, extent=(0.0, view.width_mm, view.height_mm, 0.0))
    mm = view.width_mm / picture.width
    for mark in picture.marks:
        style = {"alpha": 0.45, "linestyle": ":"} if mark.faint else {}
        axes.add_patch(PathPatch(_read_path(mark.path, mm), fill=False, edgecolor=ACCENT, linewidth=0.9, **style))
        box = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6}
        faint = 0.6 if mark.faint else 1.0
        axes.text(mark.x * mm, mark.y * mm, str(mark.id), ha="center", fontsize=7, alpha=faint, bbox=box)
    axes.set(title=view.name, xlabel="x, mm", ylabel="y, mm")


def _read_path(svg: str, mm: float) -> Path:
    """Return the closed outlines of an SVG path made of M, L and Z, scaled to mm."""
    outlines = []
    for part in re.findall(r"M([^Z]*)Z", svg):
        points = mm * np.array([[float(value) for value in point.split()] for point in part.split("L")])
        outlines.append(Path(points, closed=False))
    return Path.make_compound_path(*outlines)
