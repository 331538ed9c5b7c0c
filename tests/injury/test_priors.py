"""Priors: quantiles against SciPy, truncation, and draws that depend on nothing but seed, name and number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scarplan.evidence import Prior, all_quantities
from scarplan.evidence.library import quantity
from scarplan.injury.priors import Sampler, quantile_of

SHARE = np.array([1e-6, 0.05, 0.5, 0.95, 1 - 1e-6])
ANY = quantity("injury.recoil_ratio")
ROOMS = ("injury", "response", "harms")
DRAWN = sorted(n for n, q in all_quantities().items() if q.prior is not None and n.split(".")[0] in ROOMS)


@pytest.mark.parametrize(
    ("prior", "expected"),
    [
        (Prior("normal", 2.0, 0.5), stats.norm(2.0, 0.5).ppf(SHARE)),
        (Prior("lognormal", 2.0, 0.5), stats.lognorm(0.5, scale=2.0).ppf(SHARE)),
        (Prior("uniform", low=1.0, high=3.0), stats.uniform(1.0, 2.0).ppf(SHARE)),
        (Prior("truncated_normal", 0.0, 1.0, -1.0, 2.0), stats.truncnorm(-1.0, 2.0).ppf(SHARE)),
        (Prior("beta", 0.5, 0.2, 0.0, 1.0), stats.beta(2.625, 2.625).ppf(SHARE)),
    ],
)
def test_quantiles_agree_with_scipy(prior, expected):
    assert quantile_of(ANY, prior, SHARE) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", DRAWN)
def test_every_prior_of_these_rooms_can_be_drawn_and_holds_its_value(name):
    row = quantity(name)
    draws = Sampler(2000, 5).draw(name)
    assert np.all(np.isfinite(draws))
    if row.prior.low is not None:
        assert draws.min() >= row.prior.low
        assert draws.max() <= row.prior.high
    assert np.quantile(draws, 0.05) <= row.value <= np.quantile(draws, 0.95)
    assert draws.std() > 0.0


@given(seed=st.integers(0, 2**31), count=st.integers(1, 40))
def test_first_draws_stay_when_more_are_asked_for(seed, count):
    name = "response.synthesis_per_day"
    assert np.array_equal(Sampler(50, seed).draw(name)[:count], Sampler(count, seed).draw(name))


def test_draws_differ_between_names_and_seeds():
    one = Sampler(100, 1)
    assert not np.array_equal(one.uniform("a"), one.uniform("b"))
    assert not np.array_equal(one.uniform("a"), Sampler(100, 2).uniform("a"))
    assert not np.array_equal(one.uniform("a", level="study"), one.uniform("a", level="patient"))
    assert abs(np.corrcoef(Sampler(5000, 1).uniform("a"), Sampler(5000, 1).uniform("b"))[0, 1]) < 0.05


def test_central_draws_are_the_values():
    assert Sampler(3, 0, central=True).draw("injury.reached_fraction_pen") == pytest.approx([0.85] * 3)


def test_an_impossible_beta_prior_is_an_error():
    with pytest.raises(ValueError, match=r"cannot have mean 0\.5 and sd 0\.6"):
        quantile_of(ANY, Prior("beta", 0.5, 0.6, 0.0, 1.0), SHARE)
