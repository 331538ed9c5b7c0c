"""Before and forecast: today and three outcomes under the same light, at equal size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.relief_picture import shade_png

#: Which outcome is which, from poor to good, in the order of the page.
OUTCOMES = (("poor", "Poor"), ("middle", "Middle"), ("good", "Good"))


@dataclass(frozen=True)
class Outcome:
    """One forecast surface as a picture."""

    words: str
    png: str


@dataclass(frozen=True)
class Comparison:
    """Today and the outcomes of one chart; width and height in pixels."""

    name: str
    when: str
    before: str
    outcomes: tuple[Outcome, ...]
    width: int
    height: int


def compare_outcomes(
    view: ChartView, reliefs_mm: Mapping[str, Float[np.ndarray, "y x"]], *, when: str, longest: int = 560
) -> Comparison:
    """Return the comparison of `view` with the forecast surfaces (`poor`, `middle`, `good`)."""
    factor = longest / max(view.relief_mm.shape)
    rows, columns = view.relief_mm.shape
    return Comparison(
        name=view.name,
        when=when,
        before=shade_png(view, view.relief_mm, longest=longest),
        outcomes=tuple(
            Outcome(words, shade_png(view, reliefs_mm[key], longest=longest))
            for key, words in OUTCOMES
            if key in reliefs_mm
        ),
        width=round(columns * factor),
        height=round(rows * factor),
    )
