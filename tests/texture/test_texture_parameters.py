"""Parameters of ISO 25178-2 against closed forms, against definitions written anew, and as laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, ndimage, stats

from scarplan.texture import (
    PARAMETERS,
    correlate,
    feature_parameters,
    functional_parameters,
    height_parameters,
    hybrid_parameters,
    material_height,
    material_ratio,
    spatial_parameters,
    volume_parameters,
)
from scarplan.texture.feature import find_peaks
from scarplan.texture.parameters import area_parameters
from texture.made_surfaces import egg_box, grooves, random_relief, wave

WHOLE = np.ones((300, 300), dtype=bool)


class TestHeight:
    def test_an_egg_box(self):
        told = height_parameters(egg_box(400, waves=5, amplitude=8.0).ravel())
        assert told["Sq"] == pytest.approx(4.0, rel=1e-12)
        assert told["Sa"] == pytest.approx(8.0 * (2 / np.pi) ** 2, rel=1e-3)
        assert told["Ssk"] == pytest.approx(0.0, abs=1e-12)
        assert told["Sku"] == pytest.approx((3 / 8) ** 2 / (1 / 4) ** 2, rel=1e-12)
        assert told["Sz"] == told["Sp"] + told["Sv"] == pytest.approx(16.0 * np.cos(np.pi / 80) ** 2, rel=1e-9)

    def test_a_sine(self):
        told = height_parameters(wave((100, 1000), across=10, down=0, amplitude=3.0).ravel())
        assert told["Sq"] == pytest.approx(3 / np.sqrt(2), rel=1e-12)
        assert told["Sku"] == pytest.approx(1.5, rel=1e-12)

    def test_pits_make_the_skewness_negative(self):
        heights = np.zeros(1000)
        heights[:10] = -5
        share = 0.01
        told = height_parameters(heights)
        assert told["Ssk"] == pytest.approx(-(1 - 2 * share) / np.sqrt(share * (1 - share)), rel=1e-12)

    def test_an_even_area_has_no_shape(self):
        told = height_parameters(np.full(50, 7.0))
        assert told["Sq"] == told["Sz"] == 0
        assert np.isnan(told["Ssk"])
        assert np.isnan(told["Sku"])


class TestVolume:
    def test_a_ramp(self):
        # Heights evenly from 0 to 1: 10 % exceed 0.9, 80 % exceed 0.2.
        told = volume_parameters(np.linspace(0, 1, 100_001))
        assert told["Vmp"] == pytest.approx(0.1**2 / 2, rel=1e-3)
        assert told["Vmc"] == pytest.approx(0.8**2 / 2 - 0.1**2 / 2, rel=1e-3)
        assert told["Vvc"] == pytest.approx(0.9**2 / 2 - 0.2**2 / 2, rel=1e-3)
        assert told["Vvv"] == pytest.approx(0.2**2 / 2, rel=1e-3)

    def test_the_material_ratio_runs_from_the_lowest_to_the_highest(self):
        ordered = np.array([-3.0, 0.0, 1.0, 5.0])
        assert material_height(ordered, np.array([0.0, 100.0])).tolist() == [5.0, -3.0]


class TestFunction:
    def test_a_ramp_is_all_core(self):
        told = functional_parameters(np.linspace(0, 7, 5001))
        assert told["Sk"] == pytest.approx(7)
        assert (told["Spk"], told["Svk"]) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
        assert (told["Smr1"], told["Smr2"]) == (pytest.approx(0, abs=1e-9), pytest.approx(100))
        assert told["Sxp"] == pytest.approx(7 * 0.475)
        assert told["Sdc"] == pytest.approx(7 * 0.7)
        assert told["Smr"] == pytest.approx(50)

    @pytest.mark.parametrize(("peaks", "valleys"), [(8.0, 12.0), (3.0, 25.0), (20.0, 5.0)])
    def test_a_curve_of_three_straight_parts(self, peaks, valleys):
        # Peaks 4 high on so many percent, a core 2 high, valleys 6 deep: of a triangle the reduced height is its own.
        ratio = np.linspace(0, 100, 20_001)
        core_up, core_low = 6.0 + 2.0, 6.0
        heights = np.interp(ratio, [0, peaks, 100 - valleys, 100], [core_up + 4, core_up, core_low, 0.0])
        told = functional_parameters(np.random.default_rng(1).permutation(heights))
        slope = 2.0 / (100 - peaks - valleys)
        assert told["Sk"] == pytest.approx(100 * slope, rel=1e-6)
        # The line of the core goes on to 0 % and 100 %, a little beyond where the peaks and valleys begin.
        rise = 4.0 / peaks
        base = peaks - peaks * slope / rise
        assert told["Smr1"] == pytest.approx(base, abs=0.01)
        assert told["Spk"] == pytest.approx(rise * base, rel=1e-3)
        fall = 6.0 / valleys
        base = valleys - valleys * slope / fall
        assert told["Smr2"] == pytest.approx(100 - base, abs=0.01)
        assert told["Svk"] == pytest.approx(fall * base, rel=1e-3)

    def test_heights_of_a_normal_distribution(self):
        quantile = stats.norm.isf
        # The line through the middle 40 % by least squares, by integrals of the quantiles.
        moment, _ = integrate.quad(lambda share: (share - 0.5) * quantile(share), 0.3, 0.7)
        slope = moment / (0.4**3 / 12)
        top = -slope / 2
        share = stats.norm.sf(top)
        area = stats.norm.pdf(top) - top * share
        shares = (np.arange(200_000) + 0.5) / 200_000
        told = functional_parameters(3.0 * quantile(shares))
        assert told["Sk"] == pytest.approx(-3 * slope, rel=1e-3)
        assert told["Smr1"] == pytest.approx(100 * share, abs=0.02)
        assert told["Smr2"] == pytest.approx(100 * (1 - share), abs=0.02)
        assert told["Spk"] == pytest.approx(3 * 2 * area / share, rel=2e-3)
        assert told["Svk"] == pytest.approx(told["Spk"], rel=2e-3)

    def test_even_and_few_heights(self):
        told = functional_parameters(np.full(100, 3.0))
        assert {name: told[name] for name in ("Sk", "Spk", "Svk", "Sxp")} == dict.fromkeys(
            ("Sk", "Spk", "Svk", "Sxp"), 0
        )
        assert all(np.isnan(value) for value in functional_parameters(np.array([1.0, 2.0])).values())

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.integers(-20, 20), min_size=5, max_size=60), st.floats(-25, 25))
    def test_the_ratio_is_the_inverse_of_the_height(self, heights, at):
        ordered = np.sort(np.array(heights, dtype=float))
        ratio = material_ratio(ordered, at)
        assert 0 <= ratio <= 100
        assert (ratio == 100) == (at <= ordered[0])
        if ordered[0] < at <= ordered[-1]:
            assert float(material_height(ordered, ratio)) == pytest.approx(at, abs=1e-9)
            exceeding = 100 * (ordered >= at).mean()
            assert ratio == pytest.approx(exceeding, abs=100 / (ordered.size - 1) + 1e-9)

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 10_000), st.floats(0.2, 5), st.floats(-50, 50))
    def test_laws(self, seed, scale, offset):
        heights = np.random.default_rng(seed).gamma(2.0, size=300)
        told, moved, turned = (functional_parameters(one) for one in (heights, scale * heights + offset, -heights))
        for name in ("Sk", "Spk", "Svk", "Sxp", "Sdc"):
            assert moved[name] == pytest.approx(scale * told[name], rel=1e-6, abs=1e-9), name
        for name in ("Smr1", "Smr2", "Smr"):
            assert moved[name] == pytest.approx(told[name], abs=1e-6), name
        assert turned["Sk"] == pytest.approx(told["Sk"], rel=1e-9)
        assert turned["Spk"] == pytest.approx(told["Svk"], rel=1e-9)
        assert turned["Smr1"] == pytest.approx(100 - told["Smr2"], abs=1e-9)
        assert 0 <= told["Smr1"] <= told["Smr2"] <= 100


class TestHybrid:
    def test_a_tilted_plane(self):
        y, x = np.mgrid[:40, :50]
        plane = np.tan(np.radians(20)) * x * 0.5 + np.tan(np.radians(5)) * y * 0.5
        told = hybrid_parameters(plane, np.ones(plane.shape, bool), pixel=0.5)
        steep = np.hypot(np.tan(np.radians(20)), np.tan(np.radians(5)))
        assert told["Sdq"] == pytest.approx(steep, rel=1e-12)
        assert told["Sdr"] == pytest.approx(100 * (np.sqrt(1 + steep**2) - 1), rel=1e-10)

    def test_a_fine_sine(self):
        told = hybrid_parameters(wave((20, 4000), across=4, down=0), np.ones((20, 4000), bool), pixel=0.01)
        assert told["Sdq"] == pytest.approx(2 * np.pi * 4 / 40 / np.sqrt(2), rel=3e-4)

    def test_pairs_across_a_hole_do_not_count(self):
        stairs = np.repeat([[0.0, 0.0, 100.0, 100.0]], 4, axis=0)
        valid = np.ones((4, 4), bool)
        valid[:, 2] = False
        assert hybrid_parameters(stairs, valid, pixel=1.0) == {"Sdq": 0.0, "Sdr": 0.0}
        assert np.isnan(hybrid_parameters(stairs, np.eye(4, dtype=bool), pixel=1.0)["Sdq"])


class TestSpatial:
    @pytest.mark.parametrize("sigma", [2.0, 4.0])
    def test_a_known_autocorrelation(self, sigma):
        relief = np.stack([random_relief(seed, (400, 400), sigma_px=(sigma, sigma)) for seed in range(3)])
        found = [correlate(one, np.ones(one.shape, bool), longest_lag=40) for one in relief]
        lengths = [spatial_parameters(one, pixel=0.05) for one in found]
        expected = 0.05 * 2 * sigma * np.sqrt(np.log(5))
        assert np.mean([one["Sal"] for one in lengths]) == pytest.approx(expected, rel=0.05)
        assert np.mean([one["Str"] for one in lengths]) > 0.9

    def test_an_elongated_autocorrelation(self):
        relief = random_relief(4, (600, 600), sigma_px=(2.0, 8.0))
        told = spatial_parameters(correlate(relief, np.ones(relief.shape, bool), longest_lag=120), pixel=1.0)
        assert told["Sal"] == pytest.approx(4 * np.sqrt(np.log(5)), rel=0.05)
        assert told["Str"] == pytest.approx(0.25, rel=0.15)
        assert told["Std"] == pytest.approx(0.0, abs=4.0) or told["Std"] > 176

    @pytest.mark.parametrize("direction", [0.0, 20.0, 45.0, 90.0, 133.0])
    def test_the_direction_of_grooves(self, direction):
        relief = grooves(160, direction_deg=direction, wave_px=9.0, roughness=0.3)
        told = spatial_parameters(correlate(relief, np.ones(relief.shape, bool), longest_lag=60), pixel=1.0)
        turn = (told["Std"] - direction + 90) % 180 - 90
        assert abs(turn) <= 1.5
        assert not told["Str"] > 0.3

    def test_the_autocorrelation_against_sums_written_out(self):
        rng = np.random.default_rng(3)
        heights, valid = rng.standard_normal((13, 11)), rng.random((13, 11)) > 0.2
        found = correlate(heights, valid, longest_lag=4)
        level = heights - heights[valid].mean()
        for down in range(-4, 5):
            for across in range(-4, 5):
                pairs = [
                    level[y, x] * level[y + down, x + across]
                    for y in range(13)
                    for x in range(11)
                    if 0 <= y + down < 13 and 0 <= x + across < 11 and valid[y, x] and valid[y + down, x + across]
                ]
                assert found.pairs[4 + down, 4 + across] == len(pairs)
                assert found.products[4 + down, 4 + across] == pytest.approx(sum(pairs), abs=1e-10)

    def test_what_does_not_decay_is_unknown(self):
        # Grooves without an end: along them nothing decays within the lags.
        told = spatial_parameters(correlate(wave((80, 80), across=8, down=0), WHOLE[:80, :80], longest_lag=40), pixel=1)
        assert told["Sal"] == pytest.approx(10 * np.arccos(0.2) / (2 * np.pi), rel=0.02)
        assert np.isnan(told["Str"])
        assert told["Std"] == pytest.approx(90.0, abs=1.0)

    def test_an_even_area_tells_nothing(self):
        told = spatial_parameters(correlate(np.zeros((30, 30)), WHOLE[:30, :30], longest_lag=10), pixel=1.0)
        assert all(np.isnan(value) for value in told.values())


def peaks_by_flooding(heights: np.ndarray, least: float) -> set[tuple[int, int]]:
    """Return the significant peaks by another way: lower the water level pixel by pixel, join islands."""
    _rows, columns = heights.shape
    island: dict[tuple[int, int], tuple[int, int]] = {}

    def top(pixel: tuple[int, int]) -> tuple[int, int]:
        while island[pixel] != pixel:
            pixel = island[pixel]
        return pixel

    kept = set()
    for flat in np.argsort(-heights, axis=None, kind="stable"):
        here = (int(flat) // columns, int(flat) % columns)
        island[here] = here
        around = {
            top((here[0] + dy, here[1] + dx))
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
            if (dy or dx) and (here[0] + dy, here[1] + dx) in island
        }
        around.discard(here)
        if not around:
            continue
        highest = max(around, key=lambda peak: heights[peak])
        for other in (*around - {highest}, here):
            island[other] = highest
            if other != here and heights[other] - heights[here] >= least:
                kept.add(other)
    return kept | {max(island, key=lambda pixel: heights[pixel])}


def local_part_by_lowering(
    heights: np.ndarray, peak: tuple[int, int], significant: set[tuple[int, int]]
) -> tuple[int, float] | None:
    """Return area and volume of a hill above the level at which it first meets another significant hill."""
    if significant == {peak}:
        return None
    # The lower the level, the more is one: the highest level at which another peak is reached is found by halving.
    levels = np.unique(heights)
    low, high = 0, levels.size
    while high - low > 1:
        middle = (low + high) // 2
        parts, _ = ndimage.label(heights >= levels[middle], structure=np.ones((3, 3)))
        reached = parts[peak] and any(parts[other] == parts[peak] for other in significant - {peak})
        low, high = (middle, high) if reached else (low, middle)
    level = levels[low]
    parts, _ = ndimage.label(heights > level, structure=np.ones((3, 3)))
    part = parts == parts[peak]
    if part[[0, -1]].any() or part[:, [0, -1]].any():
        return None
    return int(part.sum()), float((heights[part] - level).sum())


class TestFeatures:
    def test_an_egg_box_has_two_peaks_and_two_pits_a_wave(self):
        side, waves, amplitude = 240, 6, 5.0
        box = egg_box(side, waves=waves, amplitude=amplitude)
        told = feature_parameters(box, np.ones(box.shape, bool), pixel=0.1)
        assert told["Spd"] * ((side - 2) * 0.1) ** 2 == pytest.approx(2 * waves**2)
        crest = amplitude * np.cos(np.pi / 40) ** 2  # half a pixel beside it, 40 pixels to a wave
        assert told["S5p"] == pytest.approx(crest, rel=1e-9)
        assert told["S10z"] == pytest.approx(2 * crest, rel=1e-9)
        assert told["Spc"] == pytest.approx(amplitude * (2 * np.pi * waves / (side * 0.1)) ** 2, rel=0.01)

    @pytest.mark.parametrize("share", [0.0, 0.02, 0.05, 0.2])
    def test_pruning_against_rising_islands(self, share):
        relief = random_relief(7, (50, 60), sigma_px=(1.5, 1.5))
        least = share * np.ptp(relief)
        found = find_peaks(relief, np.ones(relief.shape, bool), least=least)
        assert set(zip(found.rows.tolist(), found.columns.tolist(), strict=True)) == peaks_by_flooding(relief, least)

    @pytest.mark.parametrize("share", [0.02, 0.05, 0.2])
    def test_local_areas_and_volumes_by_lowering_a_level(self, share):
        relief = random_relief(11, (45, 50), sigma_px=(2.0, 2.0))
        least = share * np.ptp(relief)
        found = find_peaks(relief, np.ones(relief.shape, bool), least=least)
        significant = peaks_by_flooding(relief, least)
        for row, column, area, volume in zip(found.rows, found.columns, found.area_px, found.volume, strict=True):
            expected = local_part_by_lowering(relief, (int(row), int(column)), significant)
            if expected is None:
                assert np.isnan(area)
                assert np.isnan(volume)
            else:
                assert (area, volume) == (expected[0], pytest.approx(expected[1], rel=1e-9))
        assert np.isfinite(found.area_px).sum() >= 2

    def test_dales_of_an_egg_box_are_squares_on_edge(self):
        # Saddles lie at height 0, where the lines between hills and dales cross: a hill is its whole square.
        side, waves, amplitude = 480, 4, 5.0
        told = feature_parameters(
            egg_box(side, waves=waves, amplitude=amplitude), np.ones((side, side), bool), pixel=0.1
        )
        square = (side * 0.1 / waves / 2) ** 2
        assert told["Sha"] == pytest.approx(square, rel=0.04)
        assert told["Sda"] == pytest.approx(told["Sha"], rel=0.01)
        assert told["Shv"] == pytest.approx(amplitude * (2 / np.pi) ** 2 * square, rel=0.02)
        assert told["Svd"] == pytest.approx(told["Spd"])
        assert told["Svc"] == pytest.approx(-told["Spc"])

    def test_a_small_peak_on_a_hill_is_pruned(self):
        y, x = np.mgrid[:41, :41]
        hill = 10 * np.exp(-((x - 20) ** 2 + (y - 20) ** 2) / 60)
        hill[20, 30] += 1.0
        for share, peaks in ((0.001, 2), (0.05, 1)):
            found = find_peaks(hill, np.ones(hill.shape, bool), least=share * np.ptp(hill))
            assert found.rows.size == peaks

    def test_a_plateau_is_one_peak(self):
        flat = np.zeros((12, 12))
        flat[4:8, 3:9] = 1.0
        assert find_peaks(flat, np.ones(flat.shape, bool), least=0.5).rows.size == 1

    def test_a_hill_at_the_border_is_not_whole(self):
        y, x = np.mgrid[:40, :40]
        hills = np.exp(-((x - 2) ** 2 + (y - 20) ** 2) / 20) + np.exp(-((x - 22) ** 2 + (y - 20) ** 2) / 8)
        hills -= 0.02 * np.hypot(x - 22, y - 20)
        found = find_peaks(hills, np.ones(hills.shape, bool), least=0.1)
        assert sorted(found.columns.tolist()) == [2, 22]
        assert not found.is_whole[found.columns.tolist().index(2)]

    def test_an_area_without_a_peak_inside_has_no_curvature(self):
        told = feature_parameters(np.add.outer(np.arange(9.0), np.arange(9.0)), np.ones((9, 9), bool), pixel=1.0)
        assert told["Spd"] == 0
        assert np.isnan(told["Spc"])
        assert np.isnan(told["S5p"])


SCALES = {"um": 1, "um3/um2": 1, "1/mm": 1, "1": 0, "%": 0, "1/mm2": 0, "mm": 0, "mm2": 0, "um mm2": 1, "deg": 0}


class TestLaws:
    @settings(max_examples=12, deadline=None)
    @given(
        seed=st.integers(0, 1000),
        offset=st.floats(-500, 500),
        factor=st.floats(0.2, 5),
        flip=st.sampled_from([(0,), (1,), (0, 1)]),
    )
    def test_offset_flip_and_height_unit(self, seed, offset, factor, flip):
        relief = random_relief(seed, (64, 72), sigma_px=(2.0, 2.5))
        whole = np.ones(relief.shape, bool)
        told = area_parameters(relief, whole, pixel_mm=0.05)
        moved = area_parameters(np.flip(relief, flip) + offset, whole, pixel_mm=0.05)
        scaled = area_parameters(relief * factor, whole, pixel_mm=0.05)
        for name, value in told.items():
            assert moved[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name
            power = {"Sdq": 1, "Sdr": None, "Spc": 1}.get(name, SCALES[PARAMETERS[name][0]])
            if power is not None:
                assert scaled[name] == pytest.approx(value * factor**power, rel=1e-9), name

    @settings(max_examples=8, deadline=None)
    @given(seed=st.integers(0, 1000))
    def test_turned_upside_down_peaks_are_pits(self, seed):
        relief = random_relief(seed, (64, 64))
        whole = np.ones(relief.shape, bool)
        told, turned = (area_parameters(sign * relief, whole, pixel_mm=0.05) for sign in (1, -1))
        for name, other in (
            ("Sp", "Sv"), ("S5p", "S5v"), ("Sq", "Sq"), ("S10z", "S10z"), ("Spd", "Svd"), ("Sha", "Sda"),
            ("Shv", "Sdv"), ("Sk", "Sk"), ("Spk", "Svk"),
        ):  # fmt: skip
            assert told[name] == pytest.approx(turned[other])
        assert told["Ssk"] == pytest.approx(-turned["Ssk"])
        assert told["Spc"] == pytest.approx(-turned["Svc"])

    @settings(max_examples=6, deadline=None)
    @given(seed=st.integers(0, 1000))
    def test_a_quarter_turn_turns_the_direction_only(self, seed):
        relief = random_relief(seed, (120, 120), sigma_px=(1.5, 6.0))
        whole = np.ones(relief.shape, bool)
        told, turned = (
            spatial_parameters(correlate(one, whole, longest_lag=50), pixel=1.0) for one in (relief, np.rot90(relief))
        )
        assert turned["Sal"] == pytest.approx(told["Sal"], rel=0.01)
        assert abs((turned["Std"] - told["Std"]) % 180 - 90) <= 1.0

    @pytest.mark.parametrize("seed", range(3))
    def test_a_tenth_less_seen_changes_little(self, seed):
        relief = random_relief(seed, (300, 300))
        rng = np.random.default_rng(seed)
        valid = np.ones(relief.shape, bool)
        while valid.mean() > 0.9:
            y, x = rng.integers(0, 300, 2)
            valid[y : y + 25, x : x + 25] = False
        told, less = (area_parameters(relief, seen, pixel_mm=0.05) for seen in (valid | True, valid))
        for name, tolerance in (
            ("Sq", 0.02), ("Sa", 0.02), ("Sdq", 0.02), ("Sdr", 0.03), ("Spd", 0.05), ("Spc", 0.05), ("Vmc", 0.03),
        ):  # fmt: skip
            assert less[name] == pytest.approx(told[name], rel=tolerance), name
        spatial = [
            spatial_parameters(correlate(relief, seen, longest_lag=60), pixel=1.0) for seen in (valid | True, valid)
        ]
        assert spatial[1]["Sal"] == pytest.approx(spatial[0]["Sal"], rel=0.03)
