"""How much narrower a forecast would be if something were measured first, with the error of that measurement.

The draws say what would be read in each of them; the figure is fitted to the reading (a line and a bow in its normal
score), and what is left over is the spread of somebody whose reading is known. No draw is judged by a fit that has
seen it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.forecast.sensitivity import fit_columns, share_spread

_BAND = (0.05, 0.95)


@dataclass(frozen=True)
class Narrowing:
    """What knowing one reading takes off a figure's spread.

    share, low, high   share of the variance (1 is all of it) and its 90 % interval
    narrower           by which share the 90 % band is narrower on average; never below 0
    """

    share: float
    low: float
    high: float
    narrower: float

    @property
    def matters(self) -> bool:
        """Whether the draws tell this reading from one that says nothing."""
        return self.low > 0


def narrow(figure: Float[np.ndarray, " draw"], reading: Float[np.ndarray, " draw"]) -> Narrowing:
    """Return what knowing `reading` takes off the spread of `figure`."""
    figure = np.asarray(figure, dtype=float)
    (told,) = share_spread(figure, {"reading": reading}).inputs
    width = _width(figure)
    narrower = 1.0 - _width(_left_over(figure, reading)) / width if width > 0 else 0.0
    return Narrowing(told.share, told.low, told.high, max(0.0, narrower))


def _left_over(figure: Float[np.ndarray, " draw"], reading: Float[np.ndarray, " draw"]) -> Float[np.ndarray, " draw"]:
    """Return how far each draw lies from a fit to all the others."""
    columns = fit_columns(reading)
    design = np.concatenate([np.ones((figure.size, 1)), columns], axis=1)
    inverse = np.linalg.pinv(design.T @ design)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    return (figure - design @ (inverse @ (design.T @ figure))) / (1.0 - leverage)


def _width(values: Float[np.ndarray, " draw"]) -> float:
    low, high = np.quantile(values, _BAND)
    return float(high - low)
