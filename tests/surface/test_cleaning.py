"""Spikes and specks are left out, scars are not; holes are listed; areas follow the slope."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from surface_files import HEIGHTS, PIXEL_MM

from scarplan.surface.area import seen_area_cm2, smooth_slopes, true_area_mm2
from scarplan.surface.cleaning import clean_heights, find_spikes
from scarplan.surface.holes import find_holes, not_seen_cm2
from scarplan.surface.phantom import make_phantom
from scarplan.surface.profiles import PhantomScar
from scarplan.surface.surface import Surface


def as_map(heights: np.ndarray, pixel_mm: float = PIXEL_MM) -> Surface:
    return Surface("map", heights, np.isfinite(heights), pixel_mm)


@settings(max_examples=40, deadline=None)
@given(
    row=st.integers(3, HEIGHTS.shape[0] - 5),
    column=st.integers(3, HEIGHTS.shape[1] - 5),
    height_mm=st.sampled_from([-5.0, -0.4, 0.4, 1.0, 40.0]),
    size=st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2)]),
)
def test_a_spike_is_left_out_wherever_it_stands(row: int, column: int, height_mm: float, size: tuple[int, int]) -> None:
    heights = HEIGHTS.copy()
    place = slice(row, row + size[0]), slice(column, column + size[1])
    heights[place] += height_mm
    cleaned = clean_heights(heights, pixel_mm=PIXEL_MM)
    assert not cleaned.valid[place].any()
    assert cleaned.spikes == size[0] * size[1]
    assert np.isnan(cleaned.relief_mm[place]).all()


@pytest.mark.parametrize("pixel_mm", [0.025, 0.05, 0.1])
@pytest.mark.parametrize("noise_mm", [0.0, 0.008])
def test_the_narrowest_ice_pick_is_no_spike(pixel_mm: float, noise_mm: float) -> None:
    size = int(6 / pixel_mm)
    y, x = np.mgrid[:size, :size] * pixel_mm
    heights = noise_mm * np.random.default_rng(1).standard_normal((size, size))
    for shift in np.linspace(0, 1, 6) * pixel_mm:
        scar = PhantomScar("icepick", 3 + shift, 3 + shift / 2, (0.2, 0.2), 0.0, 1.2, 0.0, pixel_mm)
        spikes = find_spikes(heights - scar.depth_at(x, y), np.ones((size, size), bool), pixel_mm=pixel_mm)
        assert not spikes.any()


@pytest.mark.parametrize("seed", range(3))
def test_nothing_of_a_phantom_is_cleaned_away(seed: int) -> None:
    phantom = make_phantom(seed, depth_factor=1.5)
    cleaned = clean_heights(phantom.surface.relief_mm, pixel_mm=phantom.surface.pixel_mm)
    assert cleaned.valid.all()


def test_small_spikes_and_coarse_grids_are_left_alone() -> None:
    heights = np.zeros((40, 40))
    heights[20, 20] = 0.04
    assert clean_heights(heights, pixel_mm=0.1).spikes == 0
    heights[20, 20] = 0.4
    assert clean_heights(heights, pixel_mm=0.1).spikes == 1
    assert clean_heights(heights, pixel_mm=0.5).spikes == 0


def test_specks_are_left_out_and_the_largest_patch_stays() -> None:
    heights = np.full((80, 80), np.nan)
    heights[5:60, 5:60] = HEIGHTS[:55, :55]
    heights[70:75, 70:75] = 0.0  # 0.25 mm2
    heights[64:78, 5:19] = 0.01 * HEIGHTS[:14, :14]  # 1.96 mm2
    cleaned = clean_heights(heights, pixel_mm=PIXEL_MM)
    assert cleaned.specks == 25
    assert cleaned.valid.sum() == 55 * 55 + 14 * 14


def test_holes_are_listed_with_place_and_area() -> None:
    heights = HEIGHTS.copy()
    heights[10:20, 30:50] = np.nan
    heights[60:64, 10:14] = np.nan
    heights[80, 80] = np.nan
    first, second = find_holes(as_map(heights))
    assert (first.x_mm, first.y_mm) == pytest.approx((3.95, 1.45))
    assert first.area_mm2 == pytest.approx(2.0)
    assert second.area_mm2 == pytest.approx(0.16)
    assert not_seen_cm2(as_map(heights)) == pytest.approx((200 + 16 + 1) * 1e-4)


@pytest.mark.parametrize("angle_deg", [0.0, 20.0, 45.0])
def test_the_true_area_of_a_slope_is_that_of_the_slope(angle_deg: float) -> None:
    y, x = np.mgrid[:80, :90] * PIXEL_MM
    surface = as_map(np.tan(np.radians(angle_deg)) * (0.6 * x + 0.8 * y))
    inner = true_area_mm2(surface)[12:-12, 12:-12]
    np.testing.assert_allclose(inner, PIXEL_MM**2 / np.cos(np.radians(angle_deg)), rtol=1e-5)


def test_the_true_area_of_a_dome_is_that_of_the_cap() -> None:
    radius, half = 60.0, 20.0
    y, x = np.mgrid[:401, :401] * 0.1 - half
    surface = as_map(np.sqrt(radius**2 - x**2 - y**2))
    inside = np.hypot(x, y) <= 15.0
    cap_mm2 = 2 * np.pi * radius * (radius - np.sqrt(radius**2 - 15.0**2))
    assert true_area_mm2(surface)[inside].sum() == pytest.approx(cap_mm2, rel=2e-3)


def test_noise_adds_no_area_and_unseen_skin_has_none() -> None:
    noise = 0.02 * np.random.default_rng(0).standard_normal((200, 200))
    noise[:50] = np.nan
    assert seen_area_cm2(as_map(noise)) == pytest.approx(150 * 200 * 1e-4, rel=0.01)
    assert not true_area_mm2(as_map(noise))[:50].any()


def test_a_line_of_pixels_has_no_slope() -> None:
    slopes = smooth_slopes(as_map(np.arange(9.0)[None]))
    assert not np.any(slopes)


def test_area_is_counted_once_where_charts_share_skin() -> None:
    own = np.zeros((60, 60), bool)
    own[:, :20] = True
    flat = ndimage.gaussian_filter(np.zeros((60, 60)), 1)
    shared = Surface("chart02", flat, np.ones((60, 60), bool), PIXEL_MM, own=own)
    assert seen_area_cm2(shared) == pytest.approx(60 * 20 * 1e-4)
