"""Which inputs a figure hangs on: the share of its spread that each one explains alone, read off draws at hand.

    y = mean + sum_i f_i(x_i) + rest,   f_i(x) = b_i1 z + b_i2 (z^2 - 1) / sqrt(2),   S_i = var f_i / var y

z is the normal score of the rank of x_i among the draws. The inputs are drawn independently of each other, so S_i is
the first-order index of x_i wherever its effect is a line or a bow in z. All inputs are fitted at once: what the others
explain is no noise to the one looked at. What chance alone would explain is taken off, b^2 less its error squared, so
an input without influence scatters around 0, and may fall below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import special, stats

# 5 and 95 % of a normal: intervals here hold nine times of ten.
_NORMAL_90 = float(special.ndtri(0.95))
#: The ends of the range of an input over which its bar is drawn: its 10 and 90 % value.
_LOW_SCORE, _HIGH_SCORE = float(special.ndtri(0.1)), float(special.ndtri(0.9))
# A column whose spread is below this part of a normal score holds one value only.
_NO_SPREAD = 1e-9
# Draws for every fitted column: with fewer the rest is known too badly to take chance off.
_DRAWS_PER_COLUMN = 2


@dataclass(frozen=True)
class InputShare:
    """What one input explains of the spread of a figure.

    share, low, high   share of the variance (1 is all of it) and its 90 % interval, which may reach below 0
    at_low, at_high    the figure where this input has its 10 % and its 90 % value, all others as they come
    """

    name: str
    share: float
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def matters(self) -> bool:
        """Whether the draws tell this input from one without influence."""
        return self.low > 0


@dataclass(frozen=True)
class Shares:
    """What all inputs explain of the spread of a figure, the largest share first; `sd` is the figure's."""

    inputs: tuple[InputShare, ...]
    together: float
    together_sd: float
    sd: float

    @property
    def unexplained(self) -> float:
        """Share of the variance that no input explains alone: it comes from several together."""
        return 1.0 - self.together


def share_spread(figure: Float[np.ndarray, " draw"], inputs: Mapping[str, Float[np.ndarray, " draw"]]) -> Shares:
    """Return what each input explains of the spread of `figure`; an input that does not vary explains nothing.

    Raises ValueError with fewer than two draws for each column of the fit.
    """
    figure = np.asarray(figure, dtype=float)
    sd = float(figure.std())
    columns = {name: fit_columns(values) for name, values in inputs.items()}
    if sd <= _NO_SPREAD * max(1.0, abs(float(figure.mean()))):
        flat = tuple(InputShare(name, 0.0, 0.0, 0.0, float(figure.mean()), float(figure.mean())) for name in columns)
        return Shares(flat, together=0.0, together_sd=0.0, sd=0.0)
    design = np.concatenate([np.ones((figure.size, 1)), *columns.values()], axis=1)
    if figure.size < _DRAWS_PER_COLUMN * design.shape[1]:
        raise ValueError(f"{figure.size} draws are too few for {design.shape[1]} columns")
    fit = _fit(design, figure)
    told, place = [], 1
    for name, own in columns.items():
        chosen = np.arange(place, place + own.shape[1])
        place += own.shape[1]
        told.append(_input_share(name, fit, chosen, middle=float(figure.mean())))
    told.sort(key=lambda row: -row.share)
    together, together_sd = _share_of(fit, np.arange(1, place))
    return Shares(tuple(told), together=together, together_sd=together_sd, sd=sd)


def normal_scores(values: Float[np.ndarray, " draw"]) -> Float[np.ndarray, " draw"]:
    """Return the normal score of each value's rank; equal values share the middle of their ranks."""
    return special.ndtri((stats.rankdata(values) - 0.5) / len(values))


def fit_columns(values: Float[np.ndarray, " draw"]) -> Float[np.ndarray, "draw k"]:
    """Return the line and the bow of the normal scores of `values`, mean 0, variance 1, without correlation.

    No column for values that are all the same, one for values of which there are only two.
    """
    values = np.asarray(values, dtype=float)
    if np.ptp(values) <= _NO_SPREAD * max(1.0, float(np.abs(values).max())):
        return np.zeros((values.size, 0))
    score = normal_scores(values)
    line = (score - score.mean()) / score.std()
    bow = line**2 - 1.0
    bow = bow - (bow @ line) / (line @ line) * line
    bow = bow - bow.mean()
    if bow.std() <= 1e-6:
        return line[:, None]
    return np.stack([line, bow / bow.std()], axis=1)


@dataclass(frozen=True)
class _Fit:
    """Coefficients of the fit, their errors, and what it leaves over: the variance of it and the error of that."""

    design: Float[np.ndarray, "draw k"]
    coefficients: Float[np.ndarray, " k"]
    covariance: Float[np.ndarray, "k k"]
    rest: float
    rest_error: float

    def explained(self, columns: Int[np.ndarray, " c"]) -> tuple[float, float]:
        """Return the variance that some columns explain, less what chance adds, and the error of it."""
        own, errors = self.coefficients[columns], self.covariance[np.ix_(columns, columns)]
        variance = float(own @ own - np.trace(errors))
        of_fit = max(4.0 * float(own @ errors @ own) + 2.0 * float(np.sum(errors**2)), 0.0)
        # So many draws tell the variance of anything only so well, be it fitted without an error.
        of_draws = variance * _error_of_variance(self.design[:, columns] @ own)
        return variance, float(np.hypot(np.sqrt(of_fit), of_draws))


def _fit(design: Float[np.ndarray, "draw k"], figure: Float[np.ndarray, " draw"]) -> _Fit:
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ (design.T @ figure)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    rest = figure - design @ coefficients
    # Errors that hold where the rest is larger in some draws than in others, as interactions make it (HC3).
    weighted = design * (rest / np.maximum(1.0 - leverage, _NO_SPREAD))[:, None]
    variance = float(rest @ rest) / (figure.size - design.shape[1])
    return _Fit(
        design,
        coefficients,
        inverse @ (weighted.T @ weighted) @ inverse,
        rest=variance,
        rest_error=variance * _error_of_variance(rest),
    )


def _error_of_variance(values: Float[np.ndarray, " draw"]) -> float:
    """Return the error of a variance told by draws, relative to it; 0 where nothing varies."""
    squares = values**2
    mean = float(squares.mean())
    return float(squares.std() / mean / np.sqrt(values.size)) if mean > 0 else 0.0


def _share_of(fit: _Fit, columns: Int[np.ndarray, " c"]) -> tuple[float, float]:
    """Return the share of the variance that some columns explain, and the error of it.

    The whole is what all columns explain and what is left over: unlike the variance of the draws at hand it does not
    hang on how these inputs happen to go together, so that the shares and the rest sum to 1.
    """
    others = np.setdiff1d(np.arange(1, fit.coefficients.size), columns)
    (own, own_error), (other, other_error) = fit.explained(columns), fit.explained(others)
    whole = own + other + fit.rest
    share = own / whole
    error = np.hypot((1.0 - share) * own_error, share * np.hypot(other_error, fit.rest_error)) / whole
    return share, float(error)


def _input_share(name: str, fit: _Fit, columns: Int[np.ndarray, " c"], *, middle: float) -> InputShare:
    share, error = _share_of(fit, columns) if columns.size else (0.0, 0.0)
    ends = []
    for score in (_LOW_SCORE, _HIGH_SCORE):
        basis = np.array([score, (score**2 - 1.0) / np.sqrt(2.0)])[: columns.size]
        ends.append(float(middle + basis @ fit.coefficients[columns]))
    reach = _NORMAL_90 * error
    return InputShare(name, share, share - reach, share + reach, ends[0], ends[1])
