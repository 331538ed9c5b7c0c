"""The emulator: from a protocol and the population's parameters to how much shallower each kind of scar gets.

A Gaussian process (Matern 5/2 with a linear mean, one length for each coordinate) through blocks of simulated virtual
patients (`population.simulate`). It replaces the simulation inside the sampler and in predictions; its error on blocks
left out of the fit is kept beside it. Outside the simulated range a coordinate is held at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from scipy.stats import qmc

from scarplan.evidence.library import value_of
from scarplan.examination import DrawnScars
from scarplan.population import GRADED, KINDS, draw_faces, mean_scores, volume_shares, volumes

#: Coordinates with the ends of their simulated range. Logarithms of factors have the mean 0.
COORDINATES: dict[str, tuple[float, float]] = {
    "log2_sessions": (0.0, np.log2(13.0)),
    "log_interval": (np.log(7.0), np.log(84.0)),
    "log_days_after_last": (0.0, np.log1p(365.0 / 30.0)),
    "log_reach_mm": (np.log(0.35), np.log(2.4)),
    "log_density": (np.log(40.0), np.log(1500.0)),
    "log_yield": (-1.2, 2.2),
    "log_lag": (-0.7, 0.7),
    "log_tether": (-0.7, 0.7),
}
DAYS = (0, 14, 30, 61, 91, 183, 365)
_BLOCKS, _FACES, _SEED = 256, 96, 20
# The linear part is all but free; outputs are shares, so a variance of 10 is wide.
_LINEAR_VARIANCE = 10.0
# Lengths are fitted on some of the points: the fit is of third order in their number.
_POINTS_FOR_LENGTHS, _ITERATIONS = 350, 15
_GRADED_BLOCKS, _GRADED_FACES = 24, 48
_FOLDS = 8


@dataclass(frozen=True, eq=False)
class Emulator:
    """Coefficients and errors.

    points       where was simulated, scaled coordinates [point c]
    weights      weight of each point for each kind [point kind]
    lengths      length of each coordinate over which the process varies [c]
    error        root mean square error on blocks left out, share of the volume, each kind [kind]
    shares       which share of the volume of all scars each kind has on the virtual faces [kind]
    scale_slopes for each graded scale: score improvement = a x + b x^2 of the improvement of relief x
    scale_error  root mean square error of that
    """

    points: Float[np.ndarray, "point c"]
    weights: Float[np.ndarray, "point kind"]
    lengths: Float[np.ndarray, " c"]
    error: Float[np.ndarray, " kind"]
    shares: Float[np.ndarray, " kind"]
    scale_slopes: dict[str, tuple[float, float]]
    scale_error: dict[str, float]

    def improvement(self, coordinates: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n kind"]:
        """Return by which share the volume of each kind falls, at scaled coordinates (-1 to 1)."""
        return _covariance(np.clip(coordinates, -1.0, 1.0), self.points, self.lengths) @ self.weights

    def score_improvement(self, relief: Float[np.ndarray, " n"], instrument: str) -> Float[np.ndarray, " n"]:
        """Return by which share the score of an instrument falls when relief falls by the share `relief`."""
        if instrument not in self.scale_slopes:
            return relief
        first, second = self.scale_slopes[instrument]
        return first * relief + second * relief**2

    def to_arrays(self) -> dict[str, Any]:
        """Return the emulator as arrays, for a file."""
        scales = list(self.scale_slopes)
        return {
            "points": self.points,
            "weights": self.weights,
            "lengths": self.lengths,
            "error": self.error,
            "shares": self.shares,
            "scale_names": np.array(scales),
            "scale_slopes": np.array([self.scale_slopes[name] for name in scales]),
            "scale_error": np.array([self.scale_error[name] for name in scales]),
        }


def read_emulator(arrays: dict[str, Any]) -> Emulator:
    """Return the emulator that `to_arrays` gave."""
    names = [str(name) for name in arrays["scale_names"]]
    slopes = {name: (float(a), float(b)) for name, (a, b) in zip(names, arrays["scale_slopes"], strict=True)}
    errors = {name: float(error) for name, error in zip(names, arrays["scale_error"], strict=True)}
    plain = {name: arrays[name] for name in ("points", "weights", "lengths", "error", "shares")}
    return Emulator(**plain, scale_slopes=slopes, scale_error=errors)


def scale_coordinates(values: dict[str, Float[np.ndarray, " n"]]) -> Float[np.ndarray, "n c"]:
    """Return coordinates as numbers from -1 to 1 over the simulated range."""
    columns = []
    for name, (low, high) in COORDINATES.items():
        columns.append(2.0 * (np.asarray(values[name], dtype=float) - low) / (high - low) - 1.0)
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def mean_reach(device_class: str) -> float:
    """Return the mean share of the set length that needles of a class reach."""
    return float(value_of(f"injury.reached_fraction_{device_class}"))


def build_emulator(*, progress: Callable[[str, float], None] | None = None) -> Emulator:
    """Simulate the blocks and fit the emulator to them. The same each time: its design and its patients are fixed."""
    from scarplan.population.simulate import Block, follow_block

    faces = draw_faces(_FACES, seed=_SEED)
    design = qmc.Sobol(len(COORDINATES), seed=_SEED).random(_BLOCKS)
    classes = ("pen", "roller", "stamp")
    coordinates, relief, graded = [], [], []
    for number, place in enumerate(design):
        if progress is not None:
            progress("simulating virtual patients", number / _BLOCKS)
        at = {n: low + share * (high - low) for (n, (low, high)), share in zip(COORDINATES.items(), place, strict=True)}
        device_class = classes[number % len(classes)]
        sessions = max(1, round(2 ** at["log2_sessions"]))
        interval = round(float(np.exp(at["log_interval"])))
        length = float(np.clip(np.exp(at["log_reach_mm"]) / mean_reach(device_class), 0.3, 4.0))
        block = Block(
            device_class, sessions, interval, length, float(np.exp(at["log_density"])),
            yield_factor=float(np.exp(at["log_yield"])), lag_factor=float(np.exp(at["log_lag"])),
            tether_factor=float(np.exp(at["log_tether"])),
        )  # fmt: skip
        followed = follow_block(block, faces, days_after_last=DAYS, seed=_SEED)
        relief.append(followed.improvement_by_kind(faces))
        # What was simulated, after rounding, is what the fit is made at.
        at |= {
            "log2_sessions": np.log2(sessions),
            "log_interval": np.log(interval),
            "log_reach_mm": np.log(length * mean_reach(device_class)),
        }
        coordinates.append(_of_days(at))
        if number < _GRADED_BLOCKS:
            graded.append(followed.residual_mm[[1, -3]])
    slopes, scale_error = _fit_scales(faces, np.concatenate(graded))
    points = np.stack(coordinates)
    weights, lengths, error = _fit(points, np.stack(relief))
    return Emulator(_rows(points), weights, lengths, error, volume_shares(faces), slopes, scale_error)


def _of_days(at: dict[str, float]) -> Float[np.ndarray, "t c"]:
    days = np.log1p(np.array(DAYS) / 30.0)
    columns = {name: np.full(len(DAYS), at[name]) for name in COORDINATES}
    return scale_coordinates(columns | {"log_days_after_last": days})


def _fit(
    coordinates: Float[np.ndarray, "block t c"], relief: Float[np.ndarray, "block t kind"]
) -> tuple[Float[np.ndarray, "point kind"], Float[np.ndarray, " c"], Float[np.ndarray, " kind"]]:
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
    return weigh(_rows(coordinates), _rows(relief)), lengths, error


def _fit_lengths(
    points: Float[np.ndarray, "n c"], values: Float[np.ndarray, "n kind"]
) -> tuple[Float[np.ndarray, " c"], float]:
    """Return the most likely lengths and noise (relative to the process), the scale of each output integrated out."""
    chosen = np.random.default_rng(_SEED).choice(len(points), min(_POINTS_FOR_LENGTHS, len(points)), replace=False)
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


def _fit_scales(
    faces: DrawnScars, residual_mm: Float[np.ndarray, "n draw s"]
) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """Grade some faces before and after, and fit how a score falls with relief; through 0: no change is no change."""
    chosen = np.arange(len(faces.depth_mm)) < _GRADED_FACES
    before = mean_scores(faces, faces.depth_mm, chosen)
    volume = volumes(faces, faces.depth_mm)[chosen].sum()
    relief = np.array([1.0 - volumes(faces, left)[chosen].sum() / volume for left in residual_mm])
    after = [mean_scores(faces, left, chosen) for left in residual_mm]
    slopes, errors = {}, {}
    for name in GRADED:
        if name == "goodman_baron_qualitative":
            # Relief cannot tell grade 3 from grade 4: this grade is read as change of relief.
            continue
        score = np.array([1.0 - scores[name] / before[name] for scores in after])
        basis = np.stack([relief, relief**2], axis=1)
        fitted, *_ = np.linalg.lstsq(basis, score, rcond=None)
        slopes[name] = (float(fitted[0]), float(fitted[1]))
        errors[name] = float(np.sqrt(np.mean((basis @ fitted - score) ** 2)))
    return slopes, errors


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


def shares_of_kinds(emulator: Emulator, kinds: Sequence[str]) -> Float[np.ndarray, " kind"]:
    """Return how much each kind weighs in what was rated: all of the faces, or only `kinds` of KINDS."""
    weight = emulator.shares * np.array([not kinds or kind in kinds for kind in KINDS])
    return weight / weight.sum()
