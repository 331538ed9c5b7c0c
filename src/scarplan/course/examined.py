"""What a follow-up examination says of the draws: the change that an examiner saw, with how far two examiners differ.

A figure y lies between a and b, as far as classes of counts tell, and not on a point:

    y = f + x + r_v - r_0,      r ~ N(0, rater^2) of each examination
    P = Phi((b - m) / rater) - Phi((a - m) / rater)

f is the change that the draw expects the scale to show, m its mean given r_0, x that people who know of a treatment see
more of it than there is (`calibration.expectancy`, a share of the figure). r_0 and x are scores, learned and not
foretold. One figure speaks for an examination: total and counts come from the same look. A figure whose disagreement
nobody published says nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import special, stats

from scarplan.course.severity import FigureName
from scarplan.evidence.library import quantity, value_of

#: Scores that examinations need besides those of the model: the first examiner, and what is seen without being there.
LEVELS = 2
_WORDS: dict[FigureName, str] = {
    "points": "Goodman and Baron total (quantitative)",
    "count": "depressed scars of every kind",
}
#: A figure of an examination is a whole number; it stands for all that rounds to it.
_HALF = 0.5
#: Part of a count that is left at least, whatever is seen without being there.
_LEAST_LEFT = 0.05


@dataclass(frozen=True)
class Figure:
    """A figure of two examinations: points, or the logarithm of a count.

    low, high     the change lies between them; infinite where it is open
    first, last   what was written: fewest and most; the most is None where nobody knows
    judgement     none, better, worse or unknown, against how far raters differ
    """

    name: FigureName
    low: float
    high: float
    first: tuple[float, float | None]
    last: tuple[float, float | None]
    judgement: str

    @property
    def words(self) -> str:
        """What the figure is."""
        return _WORDS[self.name]

    @property
    def rater(self) -> float:
        """How far one examiner lies from the mean of all, as a standard deviation."""
        return rater_sd(self.name)

    def bias(self, score: Float[np.ndarray, " draw"]) -> Float[np.ndarray, " draw"]:
        """Return by how much the figure falls without a change of the skin, for scores of `calibration.expectancy`."""
        prior = quantity("calibration.expectancy").prior
        if prior is None or prior.center is None or prior.spread is None:
            raise ValueError("calibration.expectancy has no prior")
        share = (prior.center + prior.spread * score) / 100.0
        if self.name == "count":
            return np.log(np.maximum(1.0 - share, _LEAST_LEFT))
        low, high = self.first
        return -share * 0.5 * (low + (low if high is None else high))

    def log_chance(
        self, expected: Float[np.ndarray, " draw"], levels: Float[np.ndarray, "draw 2"]
    ) -> Float[np.ndarray, " draw"]:
        """Return the logarithm of the chance of what was seen, where the draws expect the change `expected`."""
        middle = expected + self.bias(levels[:, 1]) - self.rater * levels[:, 0]
        return _log_between((self.low - middle) / self.rater, (self.high - middle) / self.rater)


@dataclass(frozen=True)
class ExaminedFollowUp:
    """One follow-up examination on a day of the course; `figure` is None where none can be compared."""

    day: int
    figure: Figure | None


@cache
def _raters_apart(apart: float, share: float, raters: int) -> float:
    """Return the standard deviation of raters of whom so many lie within `apart` of each other with a chance."""
    return float(apart / stats.studentized_range.ppf(share, raters, np.inf))


def rater_sd(name: FigureName) -> float:
    """Return how far one examiner lies from the mean of all: points, or of the logarithm of a count."""
    if name == "points":
        share = value_of("examination.gb_photographs_within") / value_of("examination.gb_photographs")
        return _raters_apart(value_of("examination.gb_points_apart"), share, value_of("examination.gb_observers"))
    fewest, most = value_of("examination.rater_mean_count")
    # One group of raters is known: its range is taken as the middle one of such groups.
    return _raters_apart(float(np.log(most / fewest)), 0.5, value_of("examination.count_raters"))


def figure_of(changes: Sequence[Mapping[str, Any]], *, whole: bool) -> Figure | None:
    """Return the figure that speaks for a follow-up, from the `changes` of a comparison of examinations.

    That is the total where it can be taken for the skin that is followed (`whole`) and is known as closely as
    examiners differ, else the count; None without one.
    """
    rows = {row["id"]: row for row in changes if row["first"] and row["last"]}
    total, count = rows.get("goodman_baron_quantitative"), rows.get("count.depressed")
    if whole and total is not None and (count is None or _is_close(total)):
        first, last = _ends(total["first"]), _ends(total["last"])
        low = -np.inf if first[1] is None else last[0] - first[1] - _HALF
        high = np.inf if last[1] is None else last[1] - first[0] + _HALF
        return Figure("points", low, high, first, last, total["judgement"])
    if count is None:
        return None
    first, last = _ends(count["first"]), _ends(count["last"])
    return Figure("count", _log_ratio(last[0], first[1], 0), _log_ratio(last[1], first[0], 1), first, last,
                  count["judgement"])  # fmt: skip


def _log_ratio(last: float | None, first: float | None, end: int) -> float:
    """Return the lowest (end 0) or highest (1) logarithm of last over first, each of which rounds to what was written.

    As counts are followed with half a scar more, that no scar has a logarithm.
    """
    if end == 0:
        return -np.inf if first is None else float(np.log(max(last or 0.0, _HALF) / (first + 2 * _HALF)))
    return np.inf if last is None else float(np.log((last + 2 * _HALF) / max(first or 0.0, _HALF)))


def _is_close(total: Mapping[str, Any]) -> bool:
    """Whether both totals are known as closely as examiners differ: kinds do not always tell the row of a scar."""
    apart = value_of("examination.gb_points_apart")
    ends = [_ends(total[name]) for name in ("first", "last")]
    return all(high is not None and high - low <= apart for low, high in ends)


def _ends(row: Mapping[str, Any]) -> tuple[float, float | None]:
    return float(row["low"]), None if row["high"] is None else float(row["high"])


def _log_between(low: Float[np.ndarray, " n"], high: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return log(Phi(high) - Phi(low)); exact in the tails."""
    turn = low > 0
    low, high = np.where(turn, -high, low), np.where(turn, -low, high)
    above, below = special.log_ndtr(high), special.log_ndtr(low)
    return above + np.log1p(-np.exp(np.minimum(below - above, -np.finfo(float).eps)))
