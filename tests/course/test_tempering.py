"""The ensemble against closed forms: Gaussian posteriors, evidence of calibration, and what must not be touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float

from scarplan.course.tempering import effective_number, resample, temper

DIMENSION, COUNT = 12, 600


class Line:
    """Measurements y = A z + noise of a few directions of the scores; posterior in closed form."""

    def __init__(self, seed: int, *, sd: float, rows: int = 2) -> None:
        rng = np.random.default_rng(seed)
        self.matrix = rng.standard_normal((rows, DIMENSION)) / np.sqrt(DIMENSION)
        self.truth = rng.standard_normal(DIMENSION)
        self.sd = sd
        self.read = self.matrix @ self.truth + sd * rng.standard_normal(rows)

    def __call__(self, scores: Float[np.ndarray, "draw k"]) -> tuple[np.ndarray, np.ndarray]:
        readings = scores @ self.matrix.T
        return -0.5 * np.sum(((self.read - readings) / self.sd) ** 2, axis=1), readings

    def posterior(self) -> tuple[np.ndarray, np.ndarray]:
        covariance = np.linalg.inv(np.eye(DIMENSION) + self.matrix.T @ self.matrix / self.sd**2)
        return covariance @ self.matrix.T @ self.read / self.sd**2, covariance


def _run(line: Line, seed: int, count: int = COUNT) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return temper(line, rng.standard_normal((count, DIMENSION)), moves=2, last_moves=6, rng=rng).scores


@pytest.mark.parametrize("sd", [0.5, 0.05, 0.01])
def test_mean_and_spread_are_those_of_the_closed_form(sd: float) -> None:
    line = Line(3, sd=sd)
    mean, covariance = line.posterior()
    found = _run(line, 11, 2000)
    spread = np.sqrt(np.diag(covariance))
    assert np.abs((found.mean(axis=0) - mean) / spread).max() < 0.15
    assert np.std(found, axis=0) == pytest.approx(spread, rel=0.15)
    told = found @ line.matrix.T
    assert told.std(axis=0) == pytest.approx(np.sqrt(np.diag(line.matrix @ covariance @ line.matrix.T)), rel=0.15)


def test_ranks_of_the_truth_are_even() -> None:
    """Truths of the prior, measured and found again: the rank of each among its posterior is uniform (99 %)."""
    ranks = []
    for seed in range(120):
        line = Line(seed, sd=0.1, rows=1)
        found = _run(line, 1000 + seed, 200) @ line.matrix[0]
        ranks.append(float((found < line.matrix[0] @ line.truth).mean()))
    gap = np.max(np.abs(np.sort(ranks) - (np.arange(120) + 0.5) / 120))
    assert gap < 1.63 / np.sqrt(120)


def test_what_is_not_measured_keeps_its_prior() -> None:
    line = Line(5, sd=0.02)
    found = _run(line, 4, 2000)
    aside = np.linalg.svd(line.matrix)[2][2:]
    along = found @ aside.T
    assert np.abs(along.mean(axis=0)).max() < 0.12
    assert along.std(axis=0) == pytest.approx(np.ones(len(aside)), abs=0.1)


def test_a_likelihood_that_says_nothing_leaves_one_step_and_all_draws() -> None:
    rng = np.random.default_rng(0)
    start = rng.standard_normal((100, 3))
    told = temper(lambda z: (np.zeros(len(z)), z[:, :1]), start, moves=1, last_moves=1, rng=rng)
    assert told.powers == (1.0,)
    assert told.effective == pytest.approx(100)
    assert np.array_equal(np.sort(told.ancestors), np.arange(100))


def test_a_likelihood_without_a_finite_particle_is_told() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="none of the particles"):
        temper(
            lambda z: (np.full(len(z), -np.inf), z),
            rng.standard_normal((10, 2)),
            moves=1,
            last_moves=1,
            rng=rng,
        )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-30, 30), min_size=1, max_size=40))
def test_effective_number_lies_between_one_and_all(weights: list[float]) -> None:
    number = effective_number(np.array(weights))
    assert 1.0 - 1e-9 <= number <= len(weights) + 1e-9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 5.0), min_size=2, max_size=30), st.integers(0, 1000))
def test_each_particle_goes_on_as_often_as_its_weight_says(weights: list[float], seed: int) -> None:
    share = np.array(weights) / np.sum(weights)
    counts = np.bincount(resample(np.log(share), np.random.default_rng(seed)), minlength=len(weights))
    assert counts.sum() == len(weights)
    assert np.all(np.abs(counts - len(weights) * share) < 1.0 + 1e-9)
