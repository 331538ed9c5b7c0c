"""What a scan resolves: noise, blur, sampling and upsampling are recognised; the verdict is said in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from scarplan.surface.phantom import make_phantom
from scarplan.surface.resolution import cheek_power, state_resolution
from scarplan.surface.spectrum import height_step_mm, measure_spectrum, pixel_noise_mm, upsampling_period
from scarplan.surface.surface import Scan, Surface


def resolve(heights: np.ndarray, pixel_mm: float, **more):
    return state_resolution(Scan((Surface("map", heights, np.isfinite(heights), pixel_mm, **more),)))


@pytest.fixture(scope="module")
def phantom() -> np.ndarray:
    return make_phantom(0, rows=400, columns=400, pixel_mm=0.1).surface.relief_mm


@pytest.fixture(scope="module")
def quiet() -> np.ndarray:
    return make_phantom(1, rows=400, columns=400, pixel_mm=0.1, noise_mm=0.0).surface.relief_mm


def white(shape: tuple[int, int], sd: float) -> np.ndarray:
    return sd * np.random.default_rng(0).standard_normal(shape)


def test_a_good_scan_shows_scars_and_says_from_which_size(phantom: np.ndarray) -> None:
    found = resolve(phantom, 0.1)
    assert found.shows_scars
    assert found.lateral_mm == pytest.approx(0.2)
    assert found.smallest_width_mm == pytest.approx(0.4)
    assert found.statement.startswith("This scan can show scars that are at least 0.4 mm wide and 0.06 mm deep")


@pytest.mark.parametrize("noise_mm", [0.005, 0.01, 0.03, 0.1, 0.3])
def test_noise_is_estimated(quiet: np.ndarray, noise_mm: float) -> None:
    noise = pixel_noise_mm(quiet + white(quiet.shape, noise_mm), np.ones(quiet.shape, bool))
    # The finest furrows pass for 3-4 um of noise at 0.1 mm pixels.
    assert noise == pytest.approx(noise_mm, rel=0.05, abs=0.0015)


@pytest.mark.parametrize(("noise_mm", "shows"), [(0.03, True), (0.05, True), (0.1, False), (0.3, False)])
def test_noise_hides_scars(quiet: np.ndarray, noise_mm: float, shows: bool) -> None:
    found = resolve(quiet + white(quiet.shape, noise_mm), 0.1)
    assert found.shows_scars is shows
    assert found.smallest_depth_mm == pytest.approx(3 * np.hypot(noise_mm, 0.018), rel=0.15)
    assert ("noise and texture hide every depth below" in found.statement) is not shows


@pytest.mark.parametrize("rms_um", [0, 10, 18, 35])
def test_skin_of_any_roughness_shows_scars(rms_um: float) -> None:
    heights = make_phantom(2, rows=400, columns=400, pixel_mm=0.1, microrelief_mm=rms_um / 1000).surface.relief_mm
    assert resolve(heights, 0.1).shows_scars


@pytest.mark.parametrize("pixel_mm", [0.1, 0.2, 0.5])
def test_a_fine_grid_shows_scars(quiet: np.ndarray, pixel_mm: float) -> None:
    step = round(pixel_mm / 0.1)
    assert resolve(quiet[::step, ::step], pixel_mm).shows_scars


@pytest.mark.parametrize("pixel_mm", [1.0, 2.0])
def test_a_coarse_grid_does_not(quiet: np.ndarray, pixel_mm: float) -> None:
    step = round(pixel_mm / 0.1)
    found = resolve(quiet[::step, ::step], pixel_mm)
    assert not found.shows_scars
    assert found.lateral_mm >= 2 * pixel_mm
    assert "cannot show scars: it shows nothing narrower than" in found.statement


@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("factor", [10, 20, 17.5])
def test_an_upsampled_coarse_map_is_recognised(quiet: np.ndarray, factor: float, order: int) -> None:
    coarse = ndimage.zoom(quiet, 1 / factor, order=1, grid_mode=True, mode="nearest")
    fine = ndimage.zoom(coarse, factor, order=order, grid_mode=True, mode="nearest")
    found = resolve(fine, 0.1)
    assert not found.shows_scars
    assert found.lateral_mm > 1.7 * factor * 0.1


@pytest.mark.parametrize("order", [1, 3])
def test_noise_on_top_of_upsampling_deceives_nobody(quiet: np.ndarray, order: int) -> None:
    coarse = quiet.reshape(20, 20, 20, 20).mean(axis=(1, 3))
    fine = ndimage.zoom(coarse, 20, order=order, grid_mode=True, mode="nearest")
    assert not resolve(fine + white(fine.shape, 0.005), 0.1).shows_scars


@pytest.mark.parametrize("noise_mm", [0.0, 0.01])
@pytest.mark.parametrize("blur_mm", [0.5, 1.0, 2.0])
def test_a_blurred_scan_is_recognised(quiet: np.ndarray, blur_mm: float, noise_mm: float) -> None:
    blurred = ndimage.gaussian_filter(quiet, blur_mm / 0.1) + white(quiet.shape, noise_mm)
    assert not resolve(blurred, 0.1).shows_scars


def test_the_transfer_of_a_good_scanner_does_no_harm(quiet: np.ndarray) -> None:
    assert resolve(ndimage.gaussian_filter(quiet, 1.2) + white(quiet.shape, 0.008), 0.1).shows_scars


@pytest.mark.parametrize("heights_of", ["phantom", "quiet"])
def test_a_scan_of_its_own_grid_shows_no_upsampling(heights_of: str, request: pytest.FixtureRequest) -> None:
    heights = request.getfixturevalue(heights_of)
    assert upsampling_period(heights, np.ones(heights.shape, bool)) == 1.0


def test_the_samples_of_a_mesh_limit_its_charts(phantom: np.ndarray) -> None:
    assert resolve(phantom, 0.1, sample_mm=0.3).lateral_mm == pytest.approx(0.6)
    assert not resolve(phantom, 0.1, sample_mm=3.2).shows_scars


def test_rounded_heights_are_recognised(quiet: np.ndarray) -> None:
    rounded = np.round(quiet / 0.05) * 0.05
    whole = np.ones(quiet.shape, bool)
    assert height_step_mm(rounded, whole) == pytest.approx(0.05)
    assert height_step_mm(quiet, whole) == 0.0
    assert resolve(rounded, 0.1).smallest_depth_mm == pytest.approx(0.1)
    assert not resolve(np.round(quiet / 0.25) * 0.25, 0.1).shows_scars


def test_a_small_field_cannot_show_a_scar_with_its_rim(phantom: np.ndarray) -> None:
    assert "only 3.0 x 3.0 mm of skin" in resolve(phantom[:30, :30], 0.1).statement
    mostly_hidden = phantom.copy()
    mostly_hidden[:, 35:] = np.nan
    mostly_hidden[35:] = np.nan
    assert not resolve(mostly_hidden, 0.1).shows_scars


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_holes_change_little(phantom: np.ndarray, share: float) -> None:
    whole = resolve(phantom, 0.1)
    heights = phantom.copy()
    heights[np.random.default_rng(0).random(phantom.shape) < share] = np.nan
    heights[100:180, 50:140] = np.nan
    found = resolve(heights, 0.1)
    assert found.shows_scars
    assert found.smallest_depth_mm == pytest.approx(whole.smallest_depth_mm, rel=0.15)


def test_a_scan_of_many_charts_is_judged_by_its_middle(phantom: np.ndarray) -> None:
    good = Surface("chart01", phantom, np.ones(phantom.shape, bool), 0.1)
    blind = replace(good, name="chart02", sample_mm=5.0)
    assert state_resolution(Scan((good, good, blind))).shows_scars
    assert not state_resolution(Scan((good, blind, blind))).shows_scars


def test_the_spectrum_holds_the_variance_of_a_wave() -> None:
    x = np.mgrid[:400, :400][1] * 0.1
    wave = 0.1 * np.sin(2 * np.pi * x / 2.5)
    spectrum = measure_spectrum(wave, np.ones(wave.shape, bool), pixel_mm=0.1)
    assert spectrum.band_variance(2, 3) == pytest.approx(0.1**2 / 2, rel=0.02)
    assert spectrum.band_variance(0.3, 1.5) < 1e-6


def test_the_power_of_a_cheek_falls_with_the_wavelength() -> None:
    powers = [cheek_power(wavelength) for wavelength in (0.2, 0.5, 1.4, 2.8, 5.6, 11.0, 30.0)]
    assert powers[:-1] == sorted(set(powers[:-1]))
    assert powers[-1] == pytest.approx(powers[-2], rel=0.2)
