"""The page of a picture: tall and narrow, in large type, so that it reads on a telephone and prints on one page."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scarplan.report.pictures.plots import INK, LINE, MUTED

WIDTH_INCHES, TYPE, SMALL_TYPE = 5.0, 11.5, 10.0
_DOTS_PER_INCH, _CREDIT_TYPE, _WRAPPED = 220, 7.0, 70


@contextmanager
def open_tall_page(height_inches: float, *, credits: Sequence[str] = ()) -> Iterator[tuple[Figure, list[bytes]]]:
    """Yield a page to draw on and a list that receives its PNG when the block ends; `credits` is printed below."""
    drawn: list[bytes] = []
    with matplotlib.rc_context({"font.size": TYPE, "text.color": INK, "axes.edgecolor": LINE}):
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, drawn
        if credits:
            words = "\n".join(line for one in credits for line in textwrap.wrap(one, _WRAPPED))
            figure.supxlabel(words, fontsize=_CREDIT_TYPE, color=MUTED)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    drawn.append(stream.getvalue())
