"""Packed waves against NumPy's transforms; middles, filled holes and boxes against SciPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from scarplan.surface.filling import fill_about_middle, fill_enclosed, fill_nearest
from scarplan.surface.robust import (
    median,
    no_less_than_median,
    quantile,
    robust_deviation,
    robust_size,
    spread_out,
    thin_out,
)
from scarplan.surface.waves import (
    fast_length,
    frequencies_per_mm,
    from_waves,
    sum_of_products,
    symmetric_gain,
    times_counted,
    to_waves,
)

SHAPES = [(12, 10), (15, 10), (9, 15), (16, 25)]


def draw(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_gain_by_wavelength_filters_as_the_whole_transform_does(shape: tuple[int, int]) -> None:
    values = draw(shape)
    f = np.hypot(np.fft.fftfreq(shape[0], 0.3)[:, None], np.fft.rfftfreq(shape[1], 0.3)[None])
    expected = np.fft.irfft2(np.fft.rfft2(values) * np.exp(-f), s=shape)
    found = from_waves(to_waves(values) * np.exp(-frequencies_per_mm(shape, 0.3)))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_something_symmetric_convolves_by_its_gain(shape: tuple[int, int]) -> None:
    quarter = draw((5, 5), 1)
    kernel = quarter + quarter[::-1] + quarter[:, ::-1] + quarter[::-1, ::-1]
    whole = np.zeros(shape)
    rows, columns = (np.arange(-2, 3) % length for length in shape)
    np.add.at(whole, (rows[:, None], columns[None]), kernel)
    found = from_waves(symmetric_gain(to_waves(whole)) * to_waves(draw(shape)))
    np.testing.assert_allclose(found, ndimage.convolve(draw(shape), kernel, mode="wrap"), atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_sums_over_waves_are_sums_over_the_map(shape: tuple[int, int]) -> None:
    one, other = draw(shape, 2), draw(shape, 3)
    waves = sum_of_products(to_waves(one) * times_counted(shape), to_waves(other)) / one.size
    assert waves == pytest.approx(float((one * other).sum()))


@given(st.integers(1, 5000))
def test_fast_lengths_are_long_enough_and_hardly_longer(least: int) -> None:
    assert least <= fast_length(least) <= max(1.35 * least, least + 8)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60))
def test_medians_are_those_of_numpy(values: list[float]) -> None:
    numbers = np.array(values)
    middle = np.median(numbers)
    assert median(numbers) == pytest.approx(middle)
    assert robust_deviation(numbers) == pytest.approx(1.4826 * np.median(np.abs(numbers - middle)))
    assert robust_size(numbers) == pytest.approx(1.4826 * np.median(np.abs(numbers)))


@pytest.mark.parametrize("size", [1500, 4001, 30_000])
@pytest.mark.parametrize(
    "shape",
    [lambda x: x, lambda x: x.astype(np.float32), np.sort, np.round, lambda x: np.where(np.arange(x.size) % 2, x, 0)],
)
def test_ranks_of_many_values_are_exact_whatever_a_sample_of_them_shows(
    size: int, shape: Callable[[np.ndarray], np.ndarray]
) -> None:
    values = shape(draw((1, size), size).ravel())
    ordered = np.sort(values).astype(float)
    assert median(values) == 0.5 * (ordered[(size - 1) // 2] + ordered[size // 2])
    for part in (0.0, 0.05, 0.88, 1.0):
        assert quantile(values, part) == pytest.approx(np.quantile(ordered, part), rel=1e-12)
    # Every so manyth value lies far from all others: what the sample tells is wrong.
    misleading = values.copy()
    misleading[:: round(size ** (1 / 3))] = 1e3
    assert median(misleading) == pytest.approx(np.median(misleading.astype(float)), rel=1e-12)


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="no median"):
        median(np.zeros(0))


def test_thinned_values_are_few_and_spread_evenly() -> None:
    assert thin_out(np.arange(10), 5).tolist() == [0, 2, 4, 6, 8]
    assert thin_out(np.arange(10), 20).size == 10
    assert spread_out(np.zeros((100, 200)), 5000).shape == (50, 100)


def test_holes_are_filled_from_the_nearest_seen_pixel() -> None:
    heights, valid = draw((60, 80)), np.ones((60, 80), bool)
    valid[10:13, 20:24] = valid[40, 50] = valid[0, 0] = False
    filled = fill_nearest(heights, valid)
    np.testing.assert_array_equal(filled[valid], heights[valid])
    distance = ndimage.distance_transform_edt(~valid)
    for row, column in np.argwhere(~valid):
        near = np.argwhere(valid & (np.abs(heights - filled[row, column]) < 1e-15))
        assert np.hypot(*(near - (row, column)).T).min() == pytest.approx(distance[row, column])
    middle = np.median(heights[valid])
    np.testing.assert_allclose(fill_about_middle(heights, valid)[valid], heights[valid] - middle, atol=1e-5)
    assert not fill_nearest(heights, np.zeros_like(valid)).any()
    assert not fill_about_middle(heights, np.zeros_like(valid)).any()


@given(st.integers(0, 10_000))
def test_what_a_region_encloses_is_filled(seed: int) -> None:
    region = draw((20, 25), seed) > 0.2
    np.testing.assert_array_equal(fill_enclosed(region), ndimage.binary_fill_holes(region))


@given(st.integers(0, 1000), st.integers(1, 60), st.floats(0, 1))
def test_quantiles_and_limits_are_those_of_numpy(seed: int, count: int, part: float) -> None:
    values = np.abs(draw((1, count), seed))
    assert quantile(values, part) == pytest.approx(np.quantile(values, part), abs=1e-12)
    expected = max(0.3, 2.0 * float(np.median(values)))
    assert no_less_than_median(values, factor=2.0, least=0.3) == pytest.approx(expected)
