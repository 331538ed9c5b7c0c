"""The parts of a forecast that need no scan: quantiles, days, change, noise, columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scarplan.devices import device
from scarplan.forecast.change import DEEPER, NO_CHANGE, SHALLOWER, expect_change
from scarplan.forecast.columns import gain_at_depths, interpolation_error_mm, residual_depth
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.days import choose_days, maintained_session_days
from scarplan.forecast.kinds import draw_tethered
from scarplan.forecast.parallel import in_parallel
from scarplan.forecast.quantiles import LEVELS, name_quantiles, nearest_draw, quantiles_over_draws
from scarplan.forecast.scanner import ScannerModel, draw_noise, model_scanner
from scarplan.forecast.surfaces import pick_draws
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient, ZoneCourse, relief_change

PATIENT = ResponsePatient(age_years=30, skin_type=3, smoker=False, sun="usual")
DAYS = (0, 90, 147, 365)
#: As many as a forecast has: its compiled programs serve here too.
DRAWN = 128


@pytest.fixture(scope="module")
def healer() -> ZoneHealer:
    return ZoneHealer(device=device("skinpen"), patient=PATIENT, count=DRAWN, seed=0)


@pytest.fixture(scope="module")
def course(healer: ZoneHealer) -> ZoneCourse:
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=300, passes=3)
    return healer.heal(setting, session_days=(0, 28, 56), days=DAYS)


def own_quantile(values: np.ndarray, level: float) -> np.ndarray:
    """A quantile by hand: sort, then a straight line between the two order statistics around (n - 1) level."""
    ordered = np.sort(values, axis=0)
    place = (len(values) - 1) * level
    below = int(np.floor(place))
    above = min(below + 1, len(values) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=st.floats(-10, 10)))
def test_quantiles_agree_with_a_computation_by_hand(values: np.ndarray) -> None:
    found = quantiles_over_draws(values)
    for row, level in zip(found, LEVELS.values(), strict=True):
        np.testing.assert_allclose(row, own_quantile(values, level), atol=1e-12)
    assert np.all(np.diff(found, axis=0) >= -1e-12)
    assert list(name_quantiles(values)) == ["q05", "q25", "q50", "q75", "q95"]


def test_the_nearest_draw_is_a_draw() -> None:
    values = np.array([5.0, 1.0, 3.0, 2.0, 4.0])
    assert [nearest_draw(values, level) for level in (0.0, 0.5, 1.0)] == [1, 2, 0]


@given(last=st.integers(0, 600), after=st.integers(28, 180))
def test_days_hold_start_sessions_and_judge_day(last: int, after: int) -> None:
    judge = last + after
    days = choose_days(last, judge_day=judge, horizon_days=730)
    assert list(days) == sorted(set(days))
    assert days[0] == 0
    assert days[-1] == 730 if judge <= 730 else days[-1] <= 730
    assert {last, min(judge, 730)} <= set(days)
    assert len(days) <= 13


def test_maintenance_goes_on_to_the_horizon() -> None:
    assert maintained_session_days((0, 28, 56), every_days=274, horizon_days=730) == (0, 28, 56, 330, 604)
    assert maintained_session_days((0, 28), every_days=731, horizon_days=730) == (0, 28)
    assert maintained_session_days((), every_days=100, horizon_days=730) == ()


def test_a_change_within_the_error_of_two_scans_is_no_change() -> None:
    draws = np.linspace(-0.02, 0.02, 41)
    small = expect_change(0.3 + draws - 0.01, present_mm=0.3, depth_sd_mm=0.02)
    assert small.words == NO_CHANGE
    assert small.detectable_mm == pytest.approx(1.96 * np.sqrt(2) * 0.02)
    assert small.chance_shallower == 0.0
    large = expect_change(0.2 + draws, present_mm=0.3, depth_sd_mm=0.02)
    assert (large.words, large.chance_shallower) == (SHALLOWER, 1.0)
    assert expect_change(0.4 + draws, present_mm=0.3, depth_sd_mm=0.02).words == DEEPER


def test_a_kind_is_drawn_with_its_probability_and_whatever_the_order() -> None:
    rows = [{"id": n, "kind_probability": {"rolling": p}} for n, p in enumerate((0.0, 0.3, 1.0), start=1)]
    drawn = draw_tethered(rows, count=4000, seed=5)
    np.testing.assert_allclose(drawn.mean(axis=0), [0.0, 0.3, 1.0], atol=0.03)
    np.testing.assert_array_equal(draw_tethered(rows[::-1], count=4000, seed=5), drawn[:, ::-1])
    assert not np.array_equal(draw_tethered(rows, count=4000, seed=6), drawn)
    assert draw_tethered([], count=3, seed=0).shape == (3, 0)


def test_noise_has_the_size_of_the_scanner_and_is_another_each_day() -> None:
    scanner = ScannerModel(noise_mm=0.02, transfer_mm=0.0)
    noise = draw_noise(scanner, (40, 40), count=16, pixels_averaged=1, seed=1, scar_id=3)
    assert noise.fields_mm.std() == pytest.approx(0.02, rel=0.02)
    assert not np.array_equal(noise.on_day(0), noise.on_day(1))
    averaged = draw_noise(scanner, (40, 40), count=16, pixels_averaged=4, seed=1, scar_id=3)
    assert averaged.fields_mm.std() == pytest.approx(0.005, rel=0.02)
    again = draw_noise(scanner, (40, 40), count=16, pixels_averaged=1, seed=1, scar_id=3)
    np.testing.assert_array_equal(noise.fields_mm, again.fields_mm)


def test_a_scanner_that_does_not_tell_adds_nothing(course: ZoneCourse) -> None:
    silent = model_scanner({"noise_mm": None, "lateral_mm": None})
    assert (silent.noise_mm, silent.transfer_mm) == (0.0, 0.0)
    assert silent.blur(course) is course
    blurred = model_scanner({"noise_mm": 0.01, "lateral_mm": 0.5}).blur(course)
    assert np.all(np.asarray(blurred.lateral_sigma_mm) > np.asarray(course.lateral_sigma_mm))
    # Half of the smallest wavelength passes.
    sigma = model_scanner({"lateral_mm": 0.5}).transfer_mm
    assert np.exp(-2 * (np.pi * sigma / 0.5) ** 2) == pytest.approx(0.5)


def test_columns_follow_the_same_law_as_the_maps(course: ZoneCourse) -> None:
    depths = (0.1, 0.3, 0.7)
    pixel = 0.25
    for index in range(1, len(DAYS)):
        for depth in depths:
            # A scar so wide that its middle does not feel its rim.
            wide = np.zeros((61, 61))
            wide[8:-8, 8:-8] = depth
            mapped = depth - relief_change(course, wide, 0.5 * np.asarray(course.tether_share), pixel, index)[:, 30, 30]
            column = residual_depth(
                course, np.array([depth]), np.array([12.0]), np.full((DRAWN, 1), 0.5), day_index=index
            )[:, 0]
            np.testing.assert_allclose(column, mapped, atol=2e-3)


@given(depth=st.floats(0.05, 1.2))
@settings(max_examples=25, deadline=None)
def test_a_narrow_scar_gains_less_than_a_wide_one(course: ZoneCourse, depth: float) -> None:
    widths = np.array([0.3, 1.0, 3.0, 8.0])
    left = residual_depth(course, np.full(4, depth), widths, np.zeros((DRAWN, 4)), day_index=2)
    gains = gain_at_depths(course, np.array([depth]), day_index=2)[:, 0]
    rising = left[gains > 0]
    assert np.all(np.diff(rising, axis=1) <= 1e-12)


def test_interpolating_in_depth_errs_by_micrometres(course: ZoneCourse) -> None:
    error = interpolation_error_mm(course, node_mm=0.05, deepest_mm=1.0, day_index=2)
    assert 0 < error < 0.01
    finer = interpolation_error_mm(course, node_mm=0.0125, deepest_mm=1.0, day_index=2)
    assert finer < error


def test_picking_draws_picks_the_same_change(course: ZoneCourse) -> None:
    scar = np.zeros((30, 30))
    scar[8:-8, 8:-8] = 0.3
    picked = pick_draws(course, [3, 17])
    every = relief_change(course, scar, 0.0, 0.2, 2)
    some = relief_change(picked, scar, 0.0, 0.2, 2)
    # Alone, a draw keeps its own lateral smoothing; in a crowd it shares that of its group.
    np.testing.assert_allclose(some, every[[3, 17]], atol=0.02)
    assert np.abs(some - every[[3, 17]])[:, 15, 15].max() < 1e-3


def test_a_healer_heals_every_distinct_course_once(healer: ZoneHealer) -> None:
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.25, channels_per_cm2=300, passes=3)
    first = healer.heal(setting, session_days=(0,), days=(91,))
    assert healer.heal(setting, session_days=(0,), days=(91,)) is first
    assert healer.heal(setting, session_days=(0, 28), days=(91,)) is not first


def test_maintained_scars_are_never_deeper_where_the_floor_gains(healer: ZoneHealer) -> None:
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=300, passes=3)
    days = (147, 365, 455, 545, 730)
    plain = healer.heal(setting, session_days=(0, 28, 56), days=days)
    kept = healer.heal(setting, session_days=(0, 28, 56, 330, 604), days=days)
    depth, width = np.array([0.1, 0.2, 0.4]), np.full(3, 4.0)
    gaining = np.all([gain_at_depths(plain, depth, day_index=n) >= 0 for n in range(5)], axis=0)
    gaining &= np.all([gain_at_depths(kept, depth, day_index=n) >= 0 for n in range(5)], axis=0)
    assert gaining.sum() > 30
    for number, day in enumerate(days):
        for share in (0.0, 1.0):
            tethered = np.full((DRAWN, 3), share)
            left, held = (residual_depth(c, depth, width, tethered, day_index=number) for c in (plain, kept))
            assert np.all(held[gaining] <= left[gaining] + 1e-9)
            assert day <= 330 or np.median(held[gaining]) < np.median(left[gaining])


def test_work_in_parallel_keeps_its_order_and_its_evidence() -> None:
    from scarplan.evidence.library import recording, value_of

    with recording() as used:
        assert in_parallel(lambda n: n * value_of("forecast.draws"), list(range(6))) == [128 * n for n in range(6)]
    assert "forecast.draws" in used.quantities
