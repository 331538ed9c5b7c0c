"""Shares of the spread and values of knowing, against toys whose answers are written down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.forecast.sensitivity import normal_scores, share_spread
from scarplan.forecast.value_of_knowing import narrow

DRAWS = 512
WEIGHTS = np.array([3.0, 2.0, 1.0, 0.0, 0.0])


def linear_toy(seed: int, *, noise: float = 0.0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((len(WEIGHTS), DRAWS))
    figure = 5.0 + WEIGHTS @ inputs + noise * rng.standard_normal(DRAWS)
    return figure, {f"x{number}": values for number, values in enumerate(inputs)}


def test_a_linear_gaussian_toy_has_its_closed_form() -> None:
    found = []
    for seed in range(100):
        figure, inputs = linear_toy(seed, noise=2.0)
        shares = share_spread(figure, inputs)
        found.append([next(row.share for row in shares.inputs if row.name == name) for name in inputs])
    exact = WEIGHTS**2 / (np.sum(WEIGHTS**2) + 2.0**2)
    np.testing.assert_allclose(np.mean(found, axis=0), exact, atol=0.015)


def test_the_intervals_hold_as_often_as_they_say() -> None:
    exact = WEIGHTS**2 / (np.sum(WEIGHTS**2) + 2.0**2)
    held = np.zeros(len(WEIGHTS))
    for seed in range(150):
        figure, inputs = linear_toy(seed, noise=2.0)
        rows = {row.name: row for row in share_spread(figure, inputs).inputs}
        held += [rows[name].low <= share <= rows[name].high for name, share in zip(inputs, exact, strict=True)]
    # 90 % are promised; chance alone may take 7 points off with so many trials.
    assert np.all(held / 150 >= 0.83), held / 150


def test_a_bow_is_an_effect_too() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, DRAWS))
    rows = {row.name: row for row in share_spread(x**2 + y, {"x": x, "y": y}).inputs}
    assert rows["x"].share == pytest.approx(2 / 3, abs=0.12)
    assert rows["y"].share == pytest.approx(1 / 3, abs=0.12)


def test_what_several_inputs_do_together_is_left_unexplained() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((2, DRAWS))
    shares = share_spread(x * y, {"x": x, "y": y})
    assert shares.unexplained == pytest.approx(1.0, abs=0.15)
    assert not any(row.matters for row in shares.inputs)


def test_only_the_order_of_an_input_counts() -> None:
    figure, inputs = linear_toy(3)
    bent = {name: np.exp(2 * values) for name, values in inputs.items()}
    assert share_spread(figure, bent) == share_spread(figure, inputs)


def test_the_bars_end_at_the_ten_and_ninety_per_cent_values() -> None:
    figure, inputs = linear_toy(4)
    row = share_spread(figure, inputs).inputs[0]
    assert row.name == "x0"
    assert row.at_high - row.at_low == pytest.approx(2 * 1.2816 * 3.0, rel=0.05)


def test_an_input_that_does_not_vary_explains_nothing() -> None:
    figure, inputs = linear_toy(5)
    row = next(row for row in share_spread(figure, inputs | {"flat": np.full(DRAWS, 0.3)}).inputs if row.name == "flat")
    assert (row.share, row.low, row.high) == (0.0, 0.0, 0.0)
    assert row.at_low == row.at_high


def test_a_figure_without_spread_hangs_on_nothing() -> None:
    shares = share_spread(np.full(DRAWS, 0.4), linear_toy(6)[1])
    assert shares.sd == 0
    assert all(row.share == 0 and not row.matters for row in shares.inputs)


def test_too_few_draws_are_told() -> None:
    with pytest.raises(ValueError, match="20 draws are too few for 11 columns"):
        share_spread(np.arange(20.0), {name: values[:20] for name, values in linear_toy(7)[1].items()})


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), noise=st.floats(0.0, 6.0))
def test_the_shares_together_are_no_more_than_everything(seed: int, noise: float) -> None:
    shares = share_spread(*linear_toy(seed, noise=noise))
    assert shares.together <= 1.0 + 3 * shares.together_sd
    assert shares.unexplained == pytest.approx(1.0 - shares.together)
    assert [row.share for row in shares.inputs] == sorted((row.share for row in shares.inputs), reverse=True)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_knowing_an_input_exactly_takes_off_its_share(seed: int) -> None:
    figure, inputs = linear_toy(seed, noise=1.0)
    rows = {row.name: row for row in share_spread(figure, inputs).inputs}
    known = narrow(figure, inputs["x0"])
    # One fit holds the other inputs, one does not: they agree within the error of the wider one.
    assert known.low - 0.02 <= rows["x0"].share <= known.high + 0.02
    exact = 9 / 15
    assert known.share == pytest.approx(exact, abs=0.12)
    assert known.narrower == pytest.approx(1 - np.sqrt(1 - exact), abs=0.13)


def test_knowing_less_exactly_is_worth_less() -> None:
    figure, inputs = linear_toy(8)
    noise = np.random.default_rng([8, 1]).standard_normal(DRAWS)
    values = [narrow(figure, inputs["x0"] + error * noise) for error in (0.0, 0.5, 1.0, 2.0, 4.0, 50.0)]
    assert np.all(np.diff([value.share for value in values]) < 0)
    assert np.all(np.diff([value.narrower for value in values]) <= 0.02)
    for value, error in zip(values, (0.0, 0.5, 1.0, 2.0, 4.0, 50.0), strict=True):
        assert value.share == pytest.approx(9 / 14 / (1 + error**2), abs=0.07)
    assert not values[-1].matters


def test_a_reading_of_yes_or_no_can_be_worth_something() -> None:
    figure, inputs = linear_toy(9)
    told = narrow(figure, inputs["x0"] > 0)
    assert told.share == pytest.approx(9 / 14 * 2 / np.pi, abs=0.07)
    assert narrow(figure, np.zeros(DRAWS)).share == 0.0


def test_equal_values_share_a_score() -> None:
    scores = normal_scores(np.array([1.0, 2.0, 2.0, 3.0]))
    assert scores[1] == scores[2] == 0.0
    assert scores[0] == -scores[3]
