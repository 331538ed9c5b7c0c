"""The laws of the response in draws of the shipped posterior: what the trials made of yield, lag and tethers."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "response"))

from law_figures import FOUR_MONTHLY, Laboratory, floor_gain, law_figures, of_posterior
from test_law_figures import SLACK

from scarplan.calibration.posterior import read_posterior


@pytest.fixture(scope="module")
def laboratory():
    return Laboratory(change=of_posterior(read_posterior()))


def test_the_posterior_moves_the_draws(laboratory):
    prior, fitted = Laboratory().draws(), laboratory.draws()
    for name in ("yield_between_studies", "surface_lag_days", "tether_release_per_injury"):
        assert not np.allclose(getattr(prior, name), getattr(fitted, name)), name
    assert np.array_equal(prior.scar_collagen, fitted.scar_collagen)


def test_figures_hold_in_most_draws(laboratory):
    for figure in law_figures(laboratory):
        assert figure.share >= figure.asked_of - SLACK, f"law {figure.law}, {figure.what}: {figure.share:.0%} of draws"


def test_laws_1_7_8_9_11_hold_in_every_draw(laboratory):
    nothing = laboratory.course((), (365,))
    assert np.all(nothing.surplus_mm == 0.0)
    assert np.all(nothing.tether_release == 0.0)
    by_number = [laboratory.course(tuple(28 * k for k in range(count)), (300,)) for count in range(1, 6)]
    made = np.stack([course.surplus_mm[:, 0] for course in by_number])
    assert np.all(np.diff(made, axis=0) >= 0.0)
    apart = [laboratory.course((0, gap, 2 * gap), (2 * gap + 180,)) for gap in (3, 7, 14, 28)]
    effect = np.stack([floor_gain(course, 0.3, 0) for course in apart])
    assert np.all(np.diff(effect[:, effect.min(axis=0) > 0.0], axis=0) >= 0.0)
    plain, kept = (laboratory.course(FOUR_MONTHLY + extra, (300, 400, 700)) for extra in ((), (264,)))
    for day in range(3):
        gains = floor_gain(plain, 0.3, day) >= 0.0
        assert np.all((floor_gain(kept, 0.3, day) - floor_gain(plain, 0.3, day))[gains] >= -1e-12)
    percent = [floor_gain(by_number[3], depth, 0) / depth for depth in (0.1, 0.2, 0.3, 0.5, 0.8)]
    rises = np.min(percent, axis=0) > 0.0
    for shallow, deep in itertools.pairwise(percent):
        assert np.all((shallow >= deep - 1e-12)[rises])
