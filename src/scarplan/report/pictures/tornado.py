"""The tornado: what a figure hangs on, one bar for each input, the most important on top, words at both ends."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from matplotlib.ticker import MaxNLocator

from scarplan.report.pictures.plots import ACCENT, INK, MUTED, SECOND, draw_axes

# Letters of a line of text above a bar, so that it stays inside the picture.
_LINE_LETTERS = 58
_ROW_IN, _LINE_IN, _FRAME_IN = 0.34, 0.17, 0.95
_BAR_IN = 0.15
# Room beside the longest bar for the words at its ends, as a part of its length.
_MARGIN = 0.42


@dataclass(frozen=True)
class Bar:
    """One input: its share of the spread, the figure at its small and at its large value, and what these are."""

    words: str
    share_percent: float
    at_low: float
    at_high: float
    low_words: str
    high_words: str

    @property
    def lines(self) -> list[str]:
        """What stands above the bar."""
        return textwrap.wrap(f"{self.words}: {self.share_percent:.0f}\N{NO-BREAK SPACE}%", _LINE_LETTERS)


@dataclass(frozen=True)
class Tornado:
    """The bars of one figure, most important first; `mean` is drawn as a line, `words` names the scale."""

    name: str
    title: str
    bars: tuple[Bar, ...]
    mean: float
    words: str


def draw_tornado(tornado: Tornado) -> str:
    """Return the tornado as SVG text. A bar has one colour towards the small value of its input, one to the large."""
    heights = [_ROW_IN + _LINE_IN * len(bar.lines) for bar in tornado.bars]
    ends = [end for bar in tornado.bars for end in (bar.at_low, bar.at_high)] + [tornado.mean]
    low, high = min(ends), max(ends)
    margin = _MARGIN * (high - low) or 1.0
    with draw_axes(tornado.name, height_in=sum(heights) + _FRAME_IN) as (axes, drawn):
        top = 0.0
        for bar, height in zip(tornado.bars, heights, strict=True):
            _draw_bar(axes, bar, top=top, height=height, left=low - margin)
            top += height
        axes.axvline(tornado.mean, color=INK, linewidth=0.9, zorder=1)
        axes.set_title(tornado.title)
        axes.set_xlabel(tornado.words)
        axes.set_xlim(low - margin, high + margin)
        axes.set_ylim(top, 0.0)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    return drawn[0]


def _draw_bar(axes: Any, bar: Bar, *, top: float, height: float, left: float) -> None:
    centre = top + height - _BAR_IN
    axes.text(
        left,
        top + 0.03,
        "\n".join(bar.lines),
        va="top",
        color=INK,
        fontsize=9.0,
        linespacing=1.15,
        zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )
    halfway = 0.5 * (bar.at_low + bar.at_high)
    for end, words, colour in ((bar.at_low, bar.low_words, SECOND), (bar.at_high, bar.high_words, ACCENT)):
        axes.barh(centre, end - halfway, left=halfway, height=_BAR_IN, color=colour, zorder=2)
        is_left = end < halfway or (end == halfway and colour == SECOND)
        axes.annotate(
            words,
            (end, centre),
            (-4 if is_left else 4, 0),
            textcoords="offset points",
            ha="right" if is_left else "left",
            va="center",
            color=MUTED,
            fontsize=8.6,
            zorder=3,
        )
