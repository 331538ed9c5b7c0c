"""The third generator against closed forms and its own words, and the finder on one patch of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import fft, ndimage

from scarplan.scars.find import find_scars_in
from scarplan.surface.surface import Surface

from .matching import match_regions
from .scarred_skin import frequencies, measured_density, visibility
from .third_places import _Ground, place_scars
from .third_relief import (
    LONGEST_LINE_WAVE_MM,
    NOISE_PARTS,
    UNDULATION,
    Transfer,
    draw_device_noise,
    draw_lines,
    draw_undulation,
    undulation_density,
)
from .third_shapes import PRIORS_MM, Outline, draw_shape, draw_tract, equal_width, measure_by_contract
from .third_skin import CHEEK, CONDITIONS, background_density, make_skin, put_scars

STANDARD = CONDITIONS["standard"]
SMALL = replace(
    STANDARD,
    size_mm=(22.0, 22.0),
    counts=(("icepick", 3), ("boxcar", 3), ("rolling", 1), ("raised", 1)),
    touching=1,
    tracts=0,
    at_edge=0,
)
NO_BLUR = Transfer("none")


def rms_in_band(field: np.ndarray, pixel: float, short: float, long: float) -> float:
    """Return the rms of waves between two lengths, by a windowed transform."""
    window = np.outer(np.hanning(len(field)), np.hanning(len(field)))
    f = frequencies((len(field), len(field)), pixel)
    power = np.abs(fft.fft2((field - field.mean()) * window)) ** 2 / (window**2).sum() / field.size
    return float(np.sqrt(power[(f >= 1 / long) & (f < 1 / short)].sum()))


# -- skin and scanner ---------------------------------------------------------------------------------------------


def test_undulation_has_the_stated_rms_in_each_band() -> None:
    fields = [draw_undulation(np.random.default_rng(seed), (300, 300), 0.4) for seed in range(8)]
    for short, long, rms, _ in UNDULATION:
        got = np.sqrt(np.mean([rms_in_band(field, 0.4, short, long) ** 2 for field in fields]))
        assert got == pytest.approx(rms, rel=0.15), (short, long)


def test_the_density_of_undulation_holds_the_power_of_each_band_and_joins() -> None:
    for short, long, rms, _ in UNDULATION:
        f = np.linspace(1 / long, 1 / short, 20_001)[:-1]
        power = np.trapezoid(2 * np.pi * f * undulation_density(f), f)
        assert np.sqrt(power) == pytest.approx(rms, rel=2e-3)
    for border in (4.0, 8.0, 16.0):
        below, above = undulation_density(np.array([0.999, 1.001]) / border)
        assert 0.8 < below / above < 1.25


def test_undulation_is_wilder_in_some_places_than_chance() -> None:
    """The strength of the waves wanders: more large values than a Gaussian field has."""
    fields = [draw_undulation(np.random.default_rng(seed), (300, 300), 0.4) for seed in range(6)]
    f = frequencies((300, 300), 0.4)
    fine = np.concatenate([fft.ifft2(fft.fft2(one) * ((f > 1 / 8) & (f < 1 / 4))).real.ravel() for one in fields])
    assert np.mean(fine**4) / np.mean(fine**2) ** 2 > 3.4


def test_lines_are_furrows_without_long_waves() -> None:
    lines = draw_lines(np.random.default_rng(2), (600, 600), 0.05)
    assert lines.std() == pytest.approx(1)
    assert np.mean((lines - lines.mean()) ** 3) < -0.5, "narrow and deep, between wide fields"
    assert rms_in_band(lines, 0.05, 2 * LONGEST_LINE_WAVE_MM, 16.0) < 0.12


def test_device_noise_has_its_rms_and_its_stripes() -> None:
    assert sum(NOISE_PARTS.values()) == pytest.approx(1)
    fields = [draw_device_noise(np.random.default_rng(seed), (400, 400), 0.05, 0.02) for seed in range(6)]
    assert np.sqrt(np.mean([np.mean(field**2) for field in fields])) == pytest.approx(0.02, rel=0.12)
    power = np.abs(fft.fft2(fields[0] - fields[0].mean())) ** 2
    f = frequencies(power.shape, 0.05)
    band = power[(f > 0.4) & (f < 1.6)]
    assert band.max() > 30 * np.median(band), "one wave stands out"


@pytest.mark.parametrize("form", ["gauss", "disc"])
def test_a_transfer_halves_its_wave_and_keeps_the_volume(form: str) -> None:
    transfer = Transfer(form, 2.5)
    wave = np.tile(np.cos(2 * np.pi * 2.5 * np.arange(400) * 0.05), (400, 1))
    seen = transfer.apply(wave, 0.05)[100:-100, 100:-100]
    assert np.abs(seen).max() == pytest.approx(0.5, abs=0.01)
    pit = np.zeros((200, 200))
    pit[90:110, 90:110] = 0.5
    assert transfer.apply(pit, 0.05).sum() == pytest.approx(pit.sum(), rel=1e-6)


# -- truth --------------------------------------------------------------------------------------------------------


def test_contract_measures_of_a_cylinder_and_a_cone_are_their_closed_forms() -> None:
    y, x = np.meshgrid(*(np.arange(-200, 201) * 0.01,) * 2, indexing="ij")
    r = np.hypot(y, x)
    depth, region = measure_by_contract(0.3 * (r < 1))
    assert depth == pytest.approx(0.3)
    assert equal_width(region.sum() * 0.01**2) == pytest.approx(2.0, rel=2e-3)
    # A cone: its region ends at 0.9 of its radius; the mean of its deepest hundredth lies 0.06 below its tip.
    cone = np.clip(1 - r, 0, None)
    depth, region = measure_by_contract(cone)
    edge = 1 - 0.1 * depth
    assert depth == pytest.approx(1 - 2 / 3 * 0.1 * edge, rel=2e-3)
    assert equal_width(region.sum() * 0.01**2) == pytest.approx(2 * edge, rel=2e-3)


@pytest.mark.parametrize("kind", [*PRIORS_MM, "tract", "between"])
def test_before_the_blur_a_scar_is_as_deep_and_wide_as_drawn(kind: str) -> None:
    for seed in range(5):
        rng = np.random.default_rng([seed, 7])
        if kind == "tract":
            shape = draw_tract(rng, 1.0)
        else:
            shape = draw_shape(rng, "boxcar" if kind == "between" else kind, between=float(kind == "between"))
        placed = _Ground(rng, STANDARD, NO_BLUR).scan(shape, rng.uniform(10, 30, 2), "")
        assert placed.depth_mm == pytest.approx(shape.depth_mm, abs=0.001), (seed, shape.note)
        assert equal_width(placed.region.sum() * 0.05**2) == pytest.approx(shape.width_mm, rel=0.06), shape.note
        assert placed.field_mm.min() >= 0
        border = np.r_[placed.field_mm[[0, -1]].ravel(), placed.field_mm[:, [0, -1]].ravel()]
        assert border.max() < 0.002, "nothing of it lies beyond its grid"
        (narrow, wide), (low, high) = PRIORS_MM[shape.kind]
        if not shape.ambiguous:
            assert narrow <= shape.width_mm <= wide
            assert low <= shape.depth_mm <= high or kind == "icepick"


def test_the_distance_to_a_circle_is_its_closed_form() -> None:
    y, x = np.meshgrid(*(np.linspace(-2, 2, 81),) * 2, indexing="ij")
    circle = Outline(1.0, 0.3, 0.0, ())
    near = np.hypot(y, x) < 1.3
    np.testing.assert_allclose(circle.within(y, x)[near], (1 - np.hypot(y, x))[near], atol=0.003)
    np.testing.assert_allclose(circle.share(y, x), np.hypot(y, x), atol=1e-12)


def test_relief_without_skin_and_noise_is_the_truth_and_regions_do_not_share_pixels() -> None:
    bare = replace(
        STANDARD,
        waves=0.0,
        lines_mm=0.0,
        noise_mm=0.0,
        pores_per_cm2=0,
        blobs=0,
        hairs=0,
        spikes=0,
        stubble=0,
        curved=False,
    )
    skin = make_skin(5, bare)
    told = np.zeros(skin.relief_mm.shape)
    owners = np.zeros(told.shape, int)
    for scar in skin.scars:
        sign = -1 if scar.kind == "raised" else 1
        told[scar.place] = np.where(scar.field_mm > np.abs(told[scar.place]), sign * scar.field_mm, told[scar.place])
        owners += scar.region
        assert np.sign(scar.depth_mm) == np.sign(scar.volume_mm3) == sign
        assert scar.area_mm2 == pytest.approx(np.pi * scar.width_mm**2 / 4)
        if not scar.cut:
            assert abs(scar.volume_mm3) == pytest.approx(scar.field_mm.sum() * 0.05**2)
    assert owners.max() == 1
    shown = told if skin.hidden.sum() == 0 else np.where(ndimage.binary_dilation(skin.hidden, iterations=30), 0, told)
    relief = np.where(shown == told, skin.relief_mm, -shown)
    np.testing.assert_allclose(-relief, shown, atol=0.004)


def test_touching_scars_meet_and_share_little() -> None:
    placed = place_scars(np.random.default_rng(0), STANDARD, NO_BLUR)
    maps = []
    for one in placed:
        region = np.zeros((800, 800), bool)
        where, field = one.on_map(region.shape)
        region[where] = field > 0.1 * one.depth_mm
        maps.append(region)
    met = 0
    for number, one in enumerate(placed):
        around = ndimage.binary_dilation(maps[number], iterations=2)
        near = [k for k in range(len(placed)) if k != number and (around & maps[k]).any()]
        met += one.note == "touching" and len(near) > 0
        for k in near:
            assert (maps[number] & maps[k]).sum() <= 0.15 * min(maps[number].sum(), maps[k].sum())
        assert one.note in ("touching", "tract") or all(placed[k].note in ("touching", "tract") for k in near)
    assert met >= 2


def test_all_difficulties_occur() -> None:
    patch = make_skin(1, STANDARD)
    scars = patch.scars
    assert {scar.kind for scar in scars} == set(PRIORS_MM)
    assert sum(scar.kind == "raised" for scar in scars) == 2
    notes = [scar.note for scar in scars]
    assert {"tract", "touching", "between", "edge"} <= set(notes)
    assert 0.1 < np.mean([scar.ambiguous for scar in scars]) < 0.6
    assert any(scar.cut for scar in scars)
    assert 0.0005 < (~patch.valid).mean() < 0.02
    assert (np.isnan(patch.relief_mm) == ~patch.valid).all()


def test_the_same_seed_gives_the_same_skin_and_a_condition_its_own() -> None:
    first, again, other = make_skin(4, SMALL), make_skin(4, SMALL), make_skin(5, SMALL)
    np.testing.assert_array_equal(first.relief_mm, again.relief_mm)
    assert [scar.depth_mm for scar in first.scars] == [scar.depth_mm for scar in again.scars]
    assert not np.array_equal(first.relief_mm, other.relief_mm)
    shallow = make_skin(4, replace(SMALL, depth=0.5))
    assert [scar.depth_mm for scar in shallow.scars] != [0.5 * scar.depth_mm for scar in first.scars]


def test_scars_put_into_given_skin_change_nothing_else() -> None:
    flat = np.random.default_rng(0).normal(0, 0.01, (300, 300))
    skin = put_scars(np.random.default_rng(1), flat, CHEEK, 3.5)
    near = np.any([scar.region for scar in skin.scars], axis=0) | skin.hidden
    far = ~ndimage.binary_dilation(near, iterations=25)
    np.testing.assert_allclose(skin.relief_mm[far], flat[far], atol=0.012)
    assert skin.valid.all()
    assert len(skin.scars) >= 14


# -- the ideal observer -------------------------------------------------------------------------------------------


def test_on_white_noise_an_ideal_observer_sees_the_energy_of_a_scar() -> None:
    sigma, pixel = 0.02, 0.05
    white = [np.random.default_rng(seed).normal(0, sigma, (400, 400)) for seed in range(3)]
    density = measured_density(white, pixel)
    np.testing.assert_allclose(density.mm4[-20:], sigma**2 * pixel**2, rtol=0.1)
    y, x = np.meshgrid(*(np.arange(-30, 31) * pixel,) * 2, indexing="ij")
    pit = 0.05 * np.exp(-(y**2 + x**2) / 0.1)
    assert visibility(pit, pixel, density, 1e3) == pytest.approx(np.sqrt((pit**2).sum()) / sigma, rel=0.05)


@pytest.mark.parametrize("condition", ["standard", "everything"])
def test_the_known_density_is_that_of_patches_of_skin(condition: str) -> None:
    small = replace(CONDITIONS[condition], size_mm=(24.0, 24.0))
    blank = replace(small, counts=(), tracts=0, curved=False, blobs=0, hairs=0, spikes=0, stubble=0)
    measured = measured_density([make_skin(seed, blank).relief_mm for seed in range(3)], 0.05)
    for low, high in ((0.13, 0.25), (0.3, 0.6), (0.7, 1.4), (1.5, 4.0)):
        inside = (measured.per_mm > low) & (measured.per_mm < high)
        known = background_density(small).at(measured.per_mm[inside])
        ratio = np.exp(np.mean(np.log(measured.mm4[inside] / known)))
        assert 0.45 < ratio < 2.2, (low, high, ratio)


# -- the finder ---------------------------------------------------------------------------------------------------


def test_scars_of_the_third_skin_are_found() -> None:
    skin = make_skin(11, SMALL)
    found = find_scars_in(Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm))
    match = match_regions([scar.region for scar in skin.scars], found.labels["map"], [one.id for one in found.scars])
    assert match.recall >= 0.75
    assert match.precision >= 0.75


@pytest.mark.parametrize("way", ["border not seen", "larger map around", "turned and mirrored"])
def test_the_same_scars_are_found_when_the_third_skin_is_told_differently(way: str) -> None:
    skin = make_skin(11, SMALL)
    plain = find_scars_in(Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm))
    if way == "border not seen":
        told, back = np.pad(skin.relief_mm, 25, constant_values=np.nan), (slice(25, -25), slice(25, -25))
    elif way == "larger map around":
        told, back = np.pad(skin.relief_mm, 60, mode="reflect", reflect_type="odd"), (slice(60, -60), slice(60, -60))
    else:
        told, back = skin.relief_mm.T[::-1], None
    other = find_scars_in(Surface("map", told, np.isfinite(told), skin.pixel_mm))
    labels = other.labels["map"][back] if back else other.labels["map"][::-1].T
    # What lies at the edge of one map is cut there and whole in the larger one.
    inside = [one for one in plain.scars if not _touches_edge(plain.labels["map"] == one.id)]
    match = match_regions([plain.labels["map"] == one.id for one in inside], labels, [one.id for one in other.scars])
    assert len(match.pairs) == len(inside)
    moved = [abs(inside[k].depth_mm - other.scar(number).depth_mm) for k, number in match.pairs]
    assert max(moved) <= {"border not seen": 0.01, "larger map around": 0.03, "turned and mirrored": 0.005}[way]


def _touches_edge(region: np.ndarray) -> bool:
    near = np.zeros(region.shape, bool)
    near[20:-20, 20:-20] = True
    return bool((region & ~near).any())
