"""The fourth generator: closed forms, its own words, and that every difficulty occurs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from .fourth_places import Ground
from .fourth_relief import BANDS, NOISE_PARTS, Lens, draw_noise, noise_density, undulation_density
from .fourth_shapes import BETWEEN_MM, PRIORS_MM, draw_shape, equal_width, measure_by_contract
from .fourth_skin import CHEEK, CONDITIONS, background_density, lay_scars, make_skin, put_scars

STANDARD = CONDITIONS["standard"]
SMALL = replace(
    STANDARD,
    size_mm=(20.0, 20.0),
    pixel_mm=0.1,
    counts=(("icepick", 3), ("boxcar", 3), ("rolling", 1), ("raised", 1)),
    touching=1,
    at_edge=1,
)
BARE = replace(
    SMALL, waves=0.0, lines_mm=0.0, noise_mm=0.0, pores_per_cm2=0, furrows=0, stubble_per_cm2=0, holes=0, spikes=0
)


def test_measures_of_a_spherical_cap_and_a_wedge_are_their_closed_forms() -> None:
    """Cap 1 - r2: region up to r2 = 1 - 0.1 d, its deepest hundredth up to a hundredth of that; means are linear."""
    y, x = np.meshgrid(*(np.arange(-150, 151) * 0.01,) * 2, indexing="ij")
    depth, region = measure_by_contract(np.clip(1 - y**2 - x**2, 0, None))
    assert depth == pytest.approx(0.995 / (1 - 0.0005), rel=1e-3)
    assert equal_width(region.sum() * 1e-4) == pytest.approx(2 * np.sqrt(1 - 0.1 * depth), rel=1e-3)
    # A groove of triangular section: the deepest hundredth of the region is a hundredth of its width.
    depth, region = measure_by_contract(np.clip(1 - np.abs(x), 0, None))
    assert depth == pytest.approx(0.9955, abs=2e-3)
    assert region.mean() * 3.01 == pytest.approx(2 * (1 - 0.1 * depth), abs=0.02)


@pytest.mark.parametrize("kind", PRIORS_MM)
def test_before_the_lens_a_scar_is_as_deep_and_wide_as_asked(kind: str) -> None:
    for seed in range(2):
        rng = np.random.default_rng([seed, 3])
        between = seed == 1 and kind != "raised"
        shape = draw_shape(rng, kind, between=between)
        depth, region = measure_by_contract(shape.draw(0.05, (0.3, -0.2)))
        assert depth == pytest.approx(shape.depth_mm, rel=1e-3)
        assert equal_width(region.sum() * 0.05**2) == pytest.approx(shape.width_mm, rel=0.05), shape
        assert not region[[0, -1]].any()
        assert not region[:, [0, -1]].any()
        (narrow, wide), (low, high) = PRIORS_MM[kind]
        assert narrow <= shape.width_mm <= wide
        assert low <= shape.depth_mm <= high
        assert shape.ambiguous == between


def test_an_ice_pick_scar_tapers_and_a_boxcar_scar_has_a_floor() -> None:
    floors = {}
    for kind in ("icepick", "boxcar", "rolling"):
        fields = [draw_shape(np.random.default_rng([k, 5]), kind).draw(0.1, (0, 0)) for k in range(4)]
        floors[kind] = [(one > 0.7 * one.max()).sum() / (one > 0.1 * one.max()).sum() for one in fields]
    assert max(floors["icepick"] + floors["rolling"]) < 0.4 < min(floors["boxcar"])
    assert {kind for pair in BETWEEN_MM for kind in pair} == {"icepick", "boxcar", "rolling"}


def test_the_density_of_undulation_holds_the_power_of_each_band() -> None:
    for short, long, rms in BANDS:
        f = np.linspace(1 / long, 1 / short, 4001)
        assert np.sqrt(np.trapezoid(2 * np.pi * f * undulation_density(f), f)) == pytest.approx(rms, rel=2e-3)


def test_noise_and_transfer_are_as_told() -> None:
    assert sum(NOISE_PARTS.values()) == pytest.approx(1)
    assert draw_noise(np.random.default_rng(2), (300, 300), 0.02).std() == pytest.approx(0.02, rel=0.05)
    known = noise_density((300, 300), 0.05, 0.02)
    inside = known.per_mm < 10
    power = np.trapezoid((2 * np.pi * known.per_mm * known.mm4)[inside], known.per_mm[inside])
    assert 0.8 < np.sqrt(power) / 0.02 < 1.02, "waves beyond the half of the sampling rate are not counted"
    lens = Lens(2.5, stretch=1.1, halo=0.1)
    wave = np.tile(np.cos(2 * np.pi * 2.5 * 1.1 * np.arange(200) * 0.05), (60, 1))
    assert np.abs(lens.apply(wave, 0.05)[:, 40:-40]).max() == pytest.approx(0.5, abs=0.01)


def test_relief_of_a_bare_patch_is_the_truth_and_no_pixel_has_two_owners() -> None:
    skin = make_skin(3, replace(BARE, curved=False))
    told, owners = np.zeros(skin.relief_mm.shape), np.zeros(skin.relief_mm.shape, int)
    for scar in skin.scars:
        sign = -1 if scar.kind == "raised" else 1
        told[scar.place] += sign * scar.field_mm
        owners += scar.region
        assert np.sign(scar.depth_mm) == np.sign(scar.volume_mm3) == sign
        assert scar.area_mm2 == pytest.approx(np.pi * scar.width_mm**2 / 4)
        if not scar.cut:
            assert scar.volume_mm3 == pytest.approx(sign * scar.field_mm.sum() * 0.1**2)
    assert owners.max() == 1
    off = np.abs(skin.relief_mm + told)[skin.valid]
    assert (off > 0.004).mean() < 0.01, "but for hidden scars at the edge"


def test_touching_scars_touch_and_the_others_keep_away_and_inside() -> None:
    options = replace(
        SMALL,
        size_mm=(30.0, 30.0),
        touching=3,
        at_edge=2,
        counts=(("icepick", 5), ("boxcar", 4), ("rolling", 2), ("raised", 1)),
    )
    laid = lay_scars(np.random.default_rng(1), (300, 300), options)
    ground = Ground(np.random.default_rng(0), (300, 300), 0.1)
    assert [sum(one.shape.kind == kind for one in laid) for kind, _ in options.counts] == [5, 4, 2, 1]
    pairs = 0
    for one in laid:
        own = np.zeros(ground.whole, bool)
        own[one.place] = one.region
        others = [other for other in laid if other is not one]
        met = [(own[other.place] & other.region).sum() / min(one.region.sum(), other.region.sum()) for other in others]
        assert max(met) <= 0.11
        around = ndimage.binary_dilation(own, iterations=2)
        pairs += one.note == "touching" and any((around[other.place] & other.region).any() for other in others)
        inside = own[ground.margin : -ground.margin, ground.margin : -ground.margin].sum()
        assert (inside < own.sum()) == (one.note == "edge")
    assert pairs == sum(one.note == "touching" for one in laid) >= 2


def test_all_difficulties_occur_and_the_same_seed_gives_the_same_skin() -> None:
    first, again, other = make_skin(7, SMALL), make_skin(7, SMALL), make_skin(9, SMALL)
    np.testing.assert_array_equal(first.relief_mm, again.relief_mm)
    assert [scar.depth_mm for scar in first.scars] == [scar.depth_mm for scar in again.scars]
    scars = (*first.scars, *other.scars)
    assert [scar.depth_mm for scar in first.scars] != [scar.depth_mm for scar in other.scars]
    assert {scar.kind for scar in scars} == set(PRIORS_MM)
    assert {"touching", "edge"} <= {scar.note for scar in scars}
    assert any(scar.cut for scar in scars)
    assert any(scar.ambiguous for scar in scars)
    for skin in (first, other):
        assert (np.isnan(skin.relief_mm) == ~skin.valid).all()
        assert 0.0005 < (~skin.valid).mean() < 0.03
    assert CONDITIONS["blank"].counts == ()
    shallow = lay_scars(np.random.default_rng(1), (200, 200), replace(SMALL, depth=0.5))
    assert [one.shape.depth_mm for one in shallow] == [
        0.5 * one.shape.depth_mm for one in lay_scars(np.random.default_rng(1), (200, 200), SMALL)
    ]


def test_scars_put_into_given_skin_change_nothing_else() -> None:
    flat = np.random.default_rng(0).normal(0, 0.01, (200, 200))
    options = replace(CHEEK, counts=(("icepick", 3), ("boxcar", 2), ("rolling", 1)))
    skin = put_scars(np.random.default_rng(1), flat, options, 3.5)
    assert [scar.depth_mm > 0 for scar in skin.scars] == [True] * 6
    far = ~np.any([scar.region for scar in skin.scars], axis=0)
    assert np.median(np.abs(skin.relief_mm - flat)[far]) < 1e-6
    assert skin.valid.all()


def test_the_density_for_the_ideal_observer_falls_from_long_waves_to_short_ones() -> None:
    known = background_density(SMALL)
    assert known.at(np.array([1 / 25]))[0] > 100 * known.at(np.array([1 / 6]))[0] > 100 * known.at(np.array([2.0]))[0]
