"""One scar simulated: windows, averaging, noise, and what the change does to its measures."""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.devices import device
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.simulate import SimulatedScar, prepare_simulation
from scarplan.forecast.window import local_depth, prepare_scar
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient, ZoneCourse
from scarplan.scars import MeasuringWindow, Scar, ScarMap, measure_windows, prepare_windows
from scarplan.surface.surface import Surface

COUNT = 128  # as many as a forecast has: its compiled programs serve here too
DAYS = (0, 147, 365, 730)
SILENT = ScannerModel(0.0, 0.0)


def make_scar(depth_mm: float, width_mm: float, *, pixel_mm: float = 0.1, margin_mm: float = 3.0):
    """Return a paraboloid scar in flat skin: the surface, its one window, and its true volume."""
    side = int((width_mm + 2 * margin_mm) / pixel_mm)
    y, x = (np.indices((side, side)) - (side - 1) / 2) * pixel_mm
    radius = width_mm / 2
    relief = -depth_mm * np.clip(1 - (x**2 + y**2) / radius**2, 0, None)
    surface = Surface("map", relief, np.ones_like(relief, bool), pixel_mm, zone="cheek", side="right")
    labels = (relief < -0.1 * depth_mm).astype(np.int32)
    volume_mm3 = depth_mm * np.pi * radius**2 / 2
    scar = Scar(1, "map", "boxcar", {}, 0, 0, depth_mm, 0.01, width_mm, 1, volume_mm3, 0.1, 30, 1.0)
    scarmap = ScarMap((scar,), {"map": labels}, {"map": np.zeros_like(relief)})
    return surface, prepare_windows(surface, scarmap)[1], volume_mm3


@pytest.fixture(scope="module")
def healer() -> ZoneHealer:
    patient = ResponsePatient(age_years=30, skin_type=3, smoker=False, sun="usual")
    return ZoneHealer(device=device("skinpen"), patient=patient, count=COUNT, seed=0)


def heal(healer: ZoneHealer, *, sessions: tuple[int, ...] = (0, 28, 56), channels: float = 300.0) -> ZoneCourse:
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=channels, passes=3)
    return healer.heal(setting, session_days=sessions, days=DAYS)


def simulate(
    surface: Surface,
    window: MeasuringWindow,
    course: ZoneCourse,
    *,
    tethered: float = 0.0,
    scanner: ScannerModel = SILENT,
    seed: int = 0,
) -> SimulatedScar:
    share = np.full(COUNT, tethered)
    simulator = prepare_simulation(
        surface, window, course, tethered=share, edged=np.zeros_like(share), scanner=scanner, seed=seed
    )
    return simulator.simulate(course, tuple(range(len(DAYS))))


def test_nothing_is_changed_on_the_first_day(healer: ZoneHealer) -> None:
    surface, window, volume = make_scar(0.3, 3.0)
    found = simulate(surface, window, heal(healer))
    np.testing.assert_allclose(found.depth_mm[:, 0], found.present_depth_mm, atol=1e-6)
    np.testing.assert_allclose(found.volume_mm3[:, 0], found.present_volume_mm3, rtol=1e-5)
    assert found.present_volume_mm3 == pytest.approx(volume, rel=0.03)


def test_without_a_channel_only_ageing_is_left(healer: ZoneHealer) -> None:
    surface, window, _ = make_scar(0.3, 3.0)
    course = heal(healer, channels=0.0)
    found = simulate(surface, window, course)
    aged = found.present_depth_mm * (1 + np.asarray(course.deepening))
    np.testing.assert_allclose(found.depth_mm, aged, rtol=2e-3)


def test_a_course_makes_shallow_scars_shallower_and_tethered_ones_more(healer: ZoneHealer) -> None:
    surface, window, _ = make_scar(0.25, 4.0)
    plain, tethered = (simulate(surface, window, heal(healer), tethered=share) for share in (0.0, 1.0))
    assert np.median(plain.depth_mm[:, 1]) < 0.95 * plain.present_depth_mm
    assert np.all(tethered.depth_mm[:, 1] <= plain.depth_mm[:, 1] + 1e-6)
    assert np.median(tethered.depth_mm[:, 1]) < np.median(plain.depth_mm[:, 1])
    assert np.all(tethered.depth_mm >= -1e-6)


def test_deeper_scars_keep_more_of_their_depth(healer: ZoneHealer) -> None:
    course = heal(healer)
    left = []
    for depth in (0.15, 0.3, 0.6, 1.0):
        surface, window, _ = make_scar(depth, 4.0)
        found = simulate(surface, window, course)
        left.append(np.median(found.depth_mm[:, 1]) / found.present_depth_mm)
    assert left == sorted(left)


def test_a_fine_scan_is_averaged_without_changing_the_measures() -> None:
    coarse_surface, coarse_window, _ = make_scar(0.3, 2.0, pixel_mm=0.1)
    fine_surface, fine_window, volume = make_scar(0.3, 5.0, pixel_mm=0.025)
    ready = prepare_scar(fine_surface, fine_window)
    assert ready.pixels_averaged > 1
    assert ready.relief_mm.size < 0.2 * fine_window.region.size
    depth, found = measure_windows(ready.relief_mm[None], ready.measuring)
    native = measure_windows(fine_surface.relief_mm[None, fine_window.rows, fine_window.columns], fine_window)
    assert depth[0] == pytest.approx(native[0][0], abs=2e-3)
    assert found[0] == pytest.approx(native[1][0], rel=0.01)
    assert found[0] == pytest.approx(volume, rel=0.02)
    assert prepare_scar(coarse_surface, coarse_window).pixels_averaged == 1


def test_averaging_changes_the_forecast_by_little(healer: ZoneHealer) -> None:
    course = heal(healer)
    coarse = simulate(*make_scar(0.3, 4.0, pixel_mm=0.1)[:2], course, tethered=0.5)
    fine = simulate(*make_scar(0.3, 4.0, pixel_mm=0.025)[:2], course, tethered=0.5)
    np.testing.assert_allclose(fine.depth_mm, coarse.depth_mm, atol=0.01)


def test_the_local_depth_is_zero_outside_the_scar() -> None:
    surface, window, _ = make_scar(0.3, 3.0)
    depth = local_depth(surface.relief_mm[window.rows, window.columns], window)
    assert depth[~window.support].max(initial=0.0) == 0.0
    assert depth.max() == pytest.approx(0.3, abs=0.01)
    assert depth.min() == 0.0


def test_noise_widens_the_draws_and_hardly_moves_them(healer: ZoneHealer) -> None:
    surface, window, _ = make_scar(0.3, 3.0)
    course = heal(healer)
    rng = np.random.default_rng(0)
    noisy = Surface("map", surface.relief_mm + 0.01 * rng.standard_normal(surface.shape), surface.valid, 0.1)
    scarmap = ScarMap(
        (Scar(1, "map", "boxcar", {}, 0, 0, 0.3, 0.01, 3.0, 1, 1, 0.1, 30, 1.0),),
        {"map": (surface.relief_mm < -0.03).astype(np.int32)},
        {"map": np.zeros(surface.shape)},
    )
    found = simulate(noisy, prepare_windows(noisy, scarmap)[1], course, scanner=ScannerModel(0.01, 0.05))
    assert found.depth_mm[:, 0].std() > 1e-4
    assert np.median(found.depth_mm[:, 0]) == pytest.approx(found.present_depth_mm, abs=0.01)
    clean = simulate(surface, window, course)
    assert np.median(found.depth_mm[:, 1]) == pytest.approx(np.median(clean.depth_mm[:, 1]), abs=0.02)


def test_a_seed_repeats_itself_and_another_does_not(healer: ZoneHealer) -> None:
    surface, window, _ = make_scar(0.3, 3.0)
    course, scanner = heal(healer), ScannerModel(0.01, 0.0)
    first, again, other = (simulate(surface, window, course, scanner=scanner, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.depth_mm, again.depth_mm)
    assert not np.array_equal(first.depth_mm, other.depth_mm)


def test_what_was_not_seen_changes_nothing(healer: ZoneHealer) -> None:
    surface, window, _ = make_scar(0.3, 3.0)
    relief, valid = surface.relief_mm.copy(), surface.valid.copy()
    valid[:5, :5] = False
    relief[:5, :5] = np.nan
    scarmap = ScarMap(
        (Scar(1, "map", "boxcar", {}, 0, 0, 0.3, 0.01, 3.0, 1, 1, 0.1, 30, 1.0),),
        {"map": (surface.relief_mm < -0.03).astype(np.int32)},
        {"map": np.zeros(surface.shape)},
    )
    holed = Surface("map", relief, valid, 0.1)
    found = simulate(holed, prepare_windows(holed, scarmap)[1], heal(healer))
    assert np.isfinite(found.depth_mm).all()
    np.testing.assert_allclose(found.depth_mm, simulate(surface, window, heal(healer)).depth_mm, atol=0.01)
