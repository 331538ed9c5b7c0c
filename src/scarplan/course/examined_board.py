"""Scoreboard without a scanner: what forecasts expected an examiner to see, and whether it was seen.

A forecast is that of the draws after so many examinations, judged by the later ones. Its band holds what an examiner
differs by and what is seen without being there; a hit is a range written by the examiner that reaches into the band.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.course.examined import Figure
from scarplan.course.scoreboard import crps
from scarplan.forecast.quantiles import LEVELS, round_figure

_COLUMNS = (
    "forecast", "made_on", "examination", "day", "figure", "low", "middle", "high", "seen_low", "seen_high", "hit",
    "crps",
)  # fmt: skip
#: Purpose of a random stream, so that no two parts of an update share one.
_STREAM = 61


@dataclass(frozen=True)
class JudgedFigure:
    """A figure that was forecast, against what was seen; None where nobody knows the end of what was seen.

    Points are told as a change of points, counts as the share that is left of them.
    """

    forecast: str
    made_on: str
    examination: str
    day: int
    figure: str
    low: float
    middle: float
    high: float
    seen_low: float | None
    seen_high: float | None
    crps: float | None

    @property
    def hit(self) -> bool:
        """Whether what was seen reaches into the 90 % band."""
        above = self.seen_low is None or self.seen_low <= self.high
        return above and (self.seen_high is None or self.seen_high >= self.low)

    def describe(self) -> dict[str, Any]:
        """Return plain values."""
        told = {name: getattr(self, name) for name in _COLUMNS}
        return {name: round_figure(value) if isinstance(value, float) else value for name, value in told.items()}


def read_by_an_examiner(
    figure: Figure, expected: Float[np.ndarray, " draw"], *, seed: int, day: int
) -> Float[np.ndarray, " draw"]:
    """Return the change of a figure as two examiners would read it, in every draw."""
    rng = np.random.default_rng([seed, _STREAM, day])
    biased, first, last = rng.standard_normal((3, expected.size))
    return expected + figure.bias(biased) + figure.rater * (last - first)


def judge_figure(
    figure: Figure,
    expected: Float[np.ndarray, " draw"],
    *,
    forecast: str,
    made_on: str,
    examination: str,
    day: int,
    seed: int,
) -> JudgedFigure:
    """Return one forecast of a figure, as the draws expect it on `day`, against one examination."""
    read = _as_told(figure, read_by_an_examiner(figure, expected, seed=seed, day=day))
    low, middle, high = (float(np.quantile(read, LEVELS[name])) for name in ("q05", "q50", "q95"))
    ends = [float(_as_told(figure, np.array(end))) if np.isfinite(end) else None for end in (figure.low, figure.high)]
    known = [end for end in ends if end is not None]
    score = crps(read, float(np.mean(known))) if len(known) == 2 else None
    words = "change of points" if figure.name == "points" else "share of the count left"
    return JudgedFigure(
        forecast, made_on, examination, day, f"{figure.words}: {words}", low, middle, high, ends[0], ends[1], score
    )


def describe_board(rows: Sequence[JudgedFigure]) -> dict[str, Any]:
    """Return the scoreboard as plain values; shares are None where there was nothing to judge."""
    hits = sum(row.hit for row in rows)
    says = f"{hits} of {len(rows)} 90 % bands held what examiners saw; 9 of 10 are expected"
    return {
        "rows": [row.describe() for row in rows],
        "totals": {"judged": len(rows), "hits": hits, "coverage": round_figure(hits / len(rows)) if rows else None},
        "says": says if rows else "no forecast has met a later examination yet",
    }


def write_board(rows: Sequence[JudgedFigure]) -> bytes:
    """Return `scoreboard.csv`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list[str](_COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.describe() for row in rows)
    return text.getvalue().encode()


def _as_told(figure: Figure, change: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    return change if figure.name == "points" else np.exp(change)
