"""A Gaussian process through simulated blocks: from coordinates to how much shallower each kind of scar gets, and to
how much more collagen the papillary dermis holds.

Matern 5/2 with a linear mean, one length for each coordinate. Its error on blocks left out of the fit is kept beside
it. Outside the simulated range a coordinate is held at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from scarplan.population import KINDS

#: Coordinates with the ends of their simulated range. Logarithms of factors have the mean 0.
COORDINATES: dict[str, tuple[float, float]] = {
    "log2_sessions": (0.0, np.log2(13.0)),
    "log_interval": (np.log(7.0), np.log(84.0)),
    "log_days_after_last": (0.0, np.log1p(365.0 / 30.0)),
    "log_reach_mm": (np.log(0.35), np.log(2.4)),
    "log_density": (np.log(40.0), np.log(4500.0)),
    "log_yield": (-1.2, 2.2),
    "log_lag": (-0.7, 0.7),
    "log_tether": (-0.7, 0.7),
}
# The linear part is all but free; outputs are shares, so a variance of 10 is wide.
_LINEAR_VARIANCE = 10.0
# Lengths are fitted on some of the points: the fit is of third order in their number.
_POINTS_FOR_LENGTHS, _ITERATIONS = 350, 15
_FOLDS = 8


@dataclass(frozen=True, eq=False)
class ReliefProcess:
    """Coefficients and errors of one way of injuring.

    names    coordinates that it varies with, of COORDINATES [c]
    points   where was simulated, scaled coordinates [point c]
    weights  weight of each point for each output: the kinds, then the rise of collagen [point output]
    lengths  length of each coordinate over which the process varies [c]
    error    root mean square error on blocks left out, share of the volume or of the collagen, each output [output]
    """

    names: tuple[str, ...]
    points: Float[np.ndarray, "point c"]
    weights: Float[np.ndarray, "point output"]
    lengths: Float[np.ndarray, " c"]
    error: Float[np.ndarray, " output"]

    def improvement(self, values: Mapping[str, Float[np.ndarray, "*n"]]) -> Float[np.ndarray, "n kind"]:
        """Return by which share the volume of each kind falls; coordinates that it does not vary with are left out."""
        return self._outputs(values)[..., : len(KINDS)]

    def collagen_rise(self, values: Mapping[str, Float[np.ndarray, "*n"]]) -> Float[np.ndarray, " n"]:
        """Return by which share of what it held the papillary dermis of a scar holds more collagen."""
        return self._outputs(values)[..., len(KINDS)]

    def _outputs(self, values: Mapping[str, Float[np.ndarray, "*n"]]) -> Float[np.ndarray, "n output"]:
        scaled = np.clip(scale_coordinates(values, self.names), -1.0, 1.0)
        return _covariance(scaled, self.points, self.lengths) @ self.weights

    def to_arrays(self) -> dict[str, Any]:
        """Return the process as arrays, for a file."""
        plain = {name: getattr(self, name) for name in ("points", "weights", "lengths", "error")}
        return plain | {"names": np.array(self.names)}


def read_process(arrays: Mapping[str, Any]) -> ReliefProcess:
    """Return the process that `to_arrays` gave."""
    plain = {name: arrays[name] for name in ("points", "weights", "lengths", "error")}
    return ReliefProcess(tuple(str(name) for name in arrays["names"]), **plain)


def scale_coordinates(
    values: Mapping[str, Float[np.ndarray, "*n"]], names: tuple[str, ...]
) -> Float[np.ndarray, "n c"]:
    """Return coordinates as numbers from -1 to 1 over the simulated range."""
    columns = []
    for name in names:
        low, high = COORDINATES[name]
        columns.append(2.0 * (np.asarray(values[name], dtype=float) - low) / (high - low) - 1.0)
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def fit_process(
    names: tuple[str, ...], coordinates: Float[np.ndarray, "block t c"], relief: Float[np.ndarray, "block t output"]
) -> ReliefProcess:
    """Return the process through `relief` at scaled `coordinates`; blocks, each of some days, are left out by turns."""
    lengths, noise = _fit_lengths(_rows(coordinates), _rows(relief))

    def weigh(points: Float[np.ndarray, "n c"], values: Float[np.ndarray, "n kind"]) -> Float[np.ndarray, "n kind"]:
        return np.linalg.solve(_covariance(points, points, lengths) + noise**2 * np.eye(len(points)), values)

    fold = np.arange(len(coordinates)) % _FOLDS
    missed = np.empty_like(relief)
    for left_out in range(_FOLDS):
        out = fold == left_out
        points = _rows(coordinates[~out])
        found = _covariance(_rows(coordinates[out]), points, lengths) @ weigh(points, _rows(relief[~out]))
        missed[out] = found.reshape(relief[out].shape) - relief[out]
    error = np.sqrt((missed**2).mean(axis=(0, 1)))
    points = _rows(coordinates)
    weights = weigh(points, _rows(relief))
    # Single precision costs .0003 of the share at most, far below the error, and halves the file.
    return ReliefProcess(names, points.astype(np.float32), weights.astype(np.float32), lengths, error)


def _fit_lengths(
    points: Float[np.ndarray, "n c"], values: Float[np.ndarray, "n kind"]
) -> tuple[Float[np.ndarray, " c"], float]:
    """Return the most likely lengths and noise (relative to the process), the scale of each output integrated out."""
    chosen = np.random.default_rng(0).choice(len(points), min(_POINTS_FOR_LENGTHS, len(points)), replace=False)
    here, seen = points[chosen], values[chosen]

    def badness(logs: Float[np.ndarray, " k"]) -> float:
        covariance = _covariance(here, here, np.exp(logs[:-1])) + np.exp(2 * logs[-1]) * np.eye(len(here))
        lower = np.linalg.cholesky(covariance)
        variance = (np.linalg.solve(lower, seen) ** 2).mean(axis=0)
        return float(0.5 * len(here) * np.log(variance).sum() + len(variance) * np.log(np.diag(lower)).sum())

    start = np.append(np.full(points.shape[1], 0.8), -4.0)
    bounds = [(-2.0, 4.0)] * points.shape[1] + [(-7.0, -1.0)]
    best = minimize(badness, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": _ITERATIONS}).x
    return np.exp(best[:-1]), float(np.exp(best[-1]))


def _rows(values: Float[np.ndarray, "block t k"]) -> Float[np.ndarray, "n k"]:
    return values.reshape(-1, values.shape[-1])


def _covariance(
    first: Float[np.ndarray, "n c"], second: Float[np.ndarray, "m c"], lengths: Float[np.ndarray, " c"]
) -> Float[np.ndarray, "n m"]:
    squared = sum(
        (first[:, index, None] - second[None, :, index]) ** 2 / length**2 for index, length in enumerate(lengths)
    )
    distance = np.sqrt(5.0 * np.asarray(squared))
    matern = (1.0 + distance + distance**2 / 3.0) * np.exp(-distance)
    return matern + _LINEAR_VARIANCE * (1.0 + first @ second.T)
