"""What is integrated out equals what it stands for; diagnostics find chains that do not mix."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from scarplan.calibration.data_of_fit import hold, make_fit_data
from scarplan.calibration.design import UNCERTAIN, monomials
from scarplan.calibration.diagnostics import effective_size, judge_draws, split_r_hat
from scarplan.calibration.effects import effect_names
from scarplan.calibration.marginal import (
    SHARED,
    draw_coefficients,
    effect_priors,
    joint_normal,
    linearise,
    pseudo_figures,
    shared_priors,
    split_rows,
)
from scarplan.calibration.posterior import read_posterior
from scarplan.evidence.trials import all_trials

TRIALS = ("dogra2014", "leheta2014", "idoj2024", "lotfi2013", "krithika2025", "sharma_jpad")
YIELD, SLOPE = 0.2, 0.6
SPREADS = {
    "log_yield_study_sd": 0.3, "study_sd": 9.0, "arm_sd": 8.0, "cell_sd": 6.0, "definition_sd": 9.0, "patient_sd": 20.0,
    "response_scale_sd": 7.0, "rating_slope": SLOPE,
}  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return make_fit_data([all_trials()[name] for name in TRIALS], read_posterior().emulator)


def test_the_slopes_are_those_of_the_quadratic(data):
    linear, step = linearise(data.design, YIELD, SLOPE), 1e-5

    def at(place, by):
        values = np.zeros((len(data.design.rows), len(UNCERTAIN)))
        values[:, 0] = YIELD
        values[:, place] += by
        follows = np.where(data.design.rated, SLOPE, 1.0)
        return follows * (monomials(values) * data.design.quadratic).sum(axis=1)

    np.testing.assert_allclose(linear.constant, at(0, 0.0), atol=1e-9)
    slopes = [(at(place, step) - at(place, -step)) / (2 * step) for place in range(len(UNCERTAIN))]
    np.testing.assert_allclose(linear.log_yield, slopes[0], atol=1e-5)
    np.testing.assert_allclose(np.column_stack([linear.shared, linear.untold]), np.transpose(slopes[1:]), atol=1e-5)


def test_mean_and_covariance_are_those_of_drawn_studies(data):
    design, stream, count = data.design, np.random.default_rng(0), 40_000
    linear = linearise(design, YIELD, SLOPE)
    means, sds = effect_priors(SPREADS["response_scale_sd"])
    shared_means, shared_sds = shared_priors()
    drawn = linear.constant + (means + sds * stream.standard_normal((count, len(means)))) @ design.effects.T
    drawn += (shared_means + shared_sds * stream.standard_normal((count, len(SHARED)))) @ linear.shared.T

    def spread(group, sd):
        normal = np.column_stack([stream.standard_normal((count, group.max() + 1)), np.zeros(count)])
        return sd * normal[:, group]

    drawn += linear.log_yield * spread(design.study, SPREADS["log_yield_study_sd"])
    for column in linear.untold.T:
        drawn += column * spread(design.study, 1.0)
    for name in ("study", "arm", "cell", "definition"):
        drawn += spread(getattr(design, name), SPREADS[f"{name}_sd"])
    mean, covariance = (np.asarray(part) for part in joint_normal(design, YIELD, SPREADS))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.7)
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.abs(np.cov(drawn.T) - covariance).max() < 0.04 * scale.max()


def test_counts_on_one_scale_share_what_it_calls_a_response(data):
    without, with_it = (
        np.asarray(joint_normal(data.design, YIELD, SPREADS | {"response_scale_sd": sd})[1]) for sd in (0.0, 7.0)
    )
    scale = np.array([row.instrument if row.group == "fraction" else "" for row in data.design.rows])
    same = (scale[:, None] == scale) & (scale != "")
    assert len(set(scale)) >= 3
    np.testing.assert_allclose(with_it - without, 49.0 * same, atol=1e-9)


def split(data, held, figures=None):
    mean, covariance = joint_normal(data.design, YIELD, SPREADS)
    return split_rows(
        data,
        data.figures if figures is None else figures,
        mean,
        covariance,
        patient_sd=20.0,
        held=held.percent,
        counted=held.fraction,
    )


def test_the_density_is_the_multivariate_normal_one(data):
    mean, covariance = (np.asarray(part) for part in joint_normal(data.design, YIELD, SPREADS))
    rows = np.concatenate([data.percent, data.fraction])
    probit, sd = (np.asarray(part) for part in pseudo_figures(data.count, data.of))
    error = np.concatenate([data.error, 20.0 * sd])
    seen = np.concatenate([data.improvement, 20.0 * probit])
    expected = multivariate_normal(mean[rows], covariance[np.ix_(rows, rows)] + np.diag(error**2)).logpdf(seen)
    constant = -0.5 * len(rows) * np.log(2 * np.pi)
    assert float(split(data, hold(data)).log_density) + constant == pytest.approx(expected, abs=1e-6)


def test_a_study_that_is_not_held_tells_nothing(data):
    without = hold(data, without="idoj2024")
    assert 0 < (~without.percent).sum() < len(without.percent)
    changed = data.figures._replace(improvement=np.where(without.percent, data.improvement, 99.0))
    np.testing.assert_array_equal(split(data, without).mean, split(data, without, changed).mean)
    assert np.abs(np.asarray(split(data, hold(data)).mean - split(data, hold(data), changed).mean)).max() > 0.1


def test_effects_drawn_back_follow_the_regression_that_they_came_from(data):
    stream, count = np.random.default_rng(1), 4000
    size = len(effect_names()) + len(SHARED)
    latent = np.full((count, len(data.fraction)), 45.0)
    found = {name: np.full(count, value) for name, value in SPREADS.items()}
    found |= {"log_yield_mean": np.full(count, YIELD), "latent": latent}
    normal = stream.standard_normal((count, size))
    drawn = np.asarray(draw_coefficients(data, found, normal, held=hold(data).percent, improvement=data.improvement))
    # The same by the weights of ridge regression: prior precision and whitened rows.
    mean, covariance = (np.asarray(part) for part in joint_normal(data.design, YIELD, SPREADS))
    means, sds = (np.concatenate(parts) for parts in zip(effect_priors(7.0), shared_priors(), strict=True))
    slopes = np.concatenate([data.design.effects, np.asarray(linearise(data.design, YIELD, SLOPE).shared)], axis=1)
    rest = covariance - (slopes * sds**2) @ slopes.T
    noise = np.full(len(mean), 1e-6)
    noise[data.percent] = data.error**2
    seen = mean.copy()
    seen[data.percent], seen[data.fraction] = data.improvement, 45.0
    weight = slopes.T @ np.linalg.inv(rest + np.diag(noise))
    precision = weight @ slopes + np.diag(1 / sds**2)
    expected = means + np.linalg.solve(precision, weight @ (seen - mean))
    spread = np.sqrt(np.diag(np.linalg.inv(precision)))
    # Means of so many draws scatter by their spread over the root of the number; 4.5 of that is chance nowhere.
    np.testing.assert_array_less(np.abs(drawn.mean(axis=0) - expected), 4.5 * spread / np.sqrt(count))
    np.testing.assert_allclose(drawn.std(axis=0), spread, rtol=0.08)


def test_diagnostics_of_independent_draws_and_of_chains_that_do_not_mix():
    stream = np.random.default_rng(2)
    good = stream.standard_normal((4, 1000))
    assert split_r_hat(good) == pytest.approx(1.0, abs=0.005)
    assert effective_size(good) == pytest.approx(4000, rel=0.15)
    slow = np.zeros((4, 4000))
    for step in range(1, 4000):
        slow[:, step] = 0.9 * slow[:, step - 1] + stream.standard_normal(4)
    assert effective_size(slow) == pytest.approx(16_000 * (1 - 0.9) / (1 + 0.9), rel=0.25)
    apart = good + np.arange(4)[:, None]
    assert split_r_hat(apart) > 1.3
    row = {"name": "x", "r_hat": split_r_hat(apart), "effective_size": 4000.0}
    assert judge_draws([row], divergences=0)["passes"] is False
    fine = {"name": "x", "r_hat": 1.001, "effective_size": 900.0}
    assert judge_draws([fine], divergences=0)["passes"] is True
    assert judge_draws([fine], divergences=1)["passes"] is False


def test_pseudo_figures_are_near_the_probit_of_the_share(data):
    probit, sd = (np.asarray(part) for part in pseudo_figures(data.count, data.of))
    inner = (data.count > 3) & (data.count < data.of - 3)
    np.testing.assert_allclose(probit[inner], norm.ppf(data.count[inner] / data.of[inner]), atol=0.12)
    assert (sd > 0).all()
