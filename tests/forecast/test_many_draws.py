"""The fast path of the simulation against the plain one: each draw's surface in double precision, measured alone."""

from __future__ import annotations

import os

import numpy as np
import pytest

from scarplan.devices import device, energy_device
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.parallel import in_parallel
from scarplan.forecast.quantiles import quantiles_over_draws
from scarplan.forecast.scanner import ScannerModel, draw_noise
from scarplan.forecast.simulate import prepare_simulation
from scarplan.forecast.surfaces import pick_draws
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient, ZoneCourse, prepare_floor, relief_change, relief_of_few
from scarplan.scars import MeasuringWindow, Scar, ScarMap, measure_windows, prepare_windows
from scarplan.surface.surface import Surface

#: Of as many draws as a forecast has (its compiled programs are those of every forecast) not quite whole blocks.
DRAWN, COUNT = 128, 70
SESSIONS, DAYS = (0, 28, 56), (56, 147, 730)
SCANNER = ScannerModel(0.008, 0.04)
CO2 = ZoneSetting(zone="cheek", needle_length_mm=0.8, channels_per_cm2=163, passes=1)


@pytest.fixture(scope="module")
def patient() -> ResponsePatient:
    return ResponsePatient(age_years=30, skin_type=3, smoker=False, sun="usual")


@pytest.fixture(scope="module")
def needled(patient: ResponsePatient) -> ZoneCourse:
    healer = ZoneHealer(device=device("skinpen"), patient=patient, count=DRAWN, seed=0)
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=300.0, passes=3)
    return first_draws(healer.heal(setting, session_days=SESSIONS, days=DAYS))


@pytest.fixture(scope="module")
def lasered(patient: ResponsePatient) -> ZoneCourse:
    healer = ZoneHealer(device=energy_device("co2_fractional"), patient=patient, count=DRAWN, seed=0)
    return first_draws(healer.heal(CO2, session_days=SESSIONS, days=DAYS))


def first_draws(course: ZoneCourse) -> ZoneCourse:
    return pick_draws(SCANNER.blur(course), range(COUNT))


def make_scar(depth_mm: float, width_mm: float, *, hole: bool) -> tuple[Surface, MeasuringWindow]:
    """Return a pit with steep walls in rough skin, a part of its floor and of the skin beside it not seen."""
    pixel_mm = 0.1
    side = int((width_mm + 4.0) / pixel_mm)
    y, x = (np.indices((side, side)) - (side - 1) / 2) * pixel_mm
    rough = 0.006 * np.random.default_rng(2).standard_normal((side, side))
    relief = rough - depth_mm / (1 + (np.hypot(x, y) / (width_mm / 2)) ** 8)
    valid = np.ones((side, side), bool)
    if hole:
        valid[side // 2 : side // 2 + 3, side // 2 - 6 : side // 2 - 3] = False
        relief[~valid] = np.nan
    labels = (np.hypot(x, y) < width_mm / 2).astype(np.int32)
    scar = Scar(1, "map", "boxcar", {}, 0, 0, depth_mm, 0.01, width_mm, 1, 1.0, 0.1, 30, 1.0)
    surface = Surface("map", relief, valid, pixel_mm, zone="cheek", side="right")
    scarmap = ScarMap((scar,), {"map": labels}, {"map": np.zeros_like(relief)})
    return surface, prepare_windows(surface, scarmap)[1]


def measured_plainly(surface, window, course, *, tethered, edged, seed):
    """Depth and volume [draw t]: no tables, no columns side by side; every surface is made and measured by itself."""
    simulator = prepare_simulation(surface, window, course, tethered=tethered, edged=edged, scanner=SCANNER, seed=seed)
    ready = simulator.window
    noise = draw_noise(
        SCANNER, ready.relief_mm.shape, count=COUNT, pixels_averaged=ready.pixels_averaged, seed=seed, scar_id=1
    )
    floor = prepare_floor(course, ready.depth_mm, pixel_mm=ready.measuring.pixel_mm)
    share = np.asarray(course.tether_share) * tethered
    found = []
    for index in range(len(DAYS)):
        change = relief_change(course, floor, share, ready.measuring.pixel_mm, index, edge_fraction=edged)
        seen = ready.relief_mm + change + noise.on_day(index)
        found.append([measure_windows(one[None], simulator.seen_as) for one in seen])
    return np.moveaxis(np.array(found)[..., 0], 0, -1).transpose(1, 0, 2)


@pytest.mark.parametrize("hole", [False, True])
@pytest.mark.parametrize(("depth_mm", "width_mm"), [(0.15, 3.0), (0.6, 2.0)])
def test_every_draw_and_day_is_what_a_surface_measured_alone_gives(
    needled: ZoneCourse, lasered: ZoneCourse, depth_mm: float, width_mm: float, hole: bool
) -> None:
    surface, window = make_scar(depth_mm, width_mm, hole=hole)
    random = np.random.default_rng(0)
    tethered, edged = (random.integers(0, 2, COUNT).astype(float) for _ in range(2))
    for course in (needled, lasered):
        simulator = prepare_simulation(surface, window, course, tethered=tethered, edged=edged, scanner=SCANNER, seed=4)
        found = simulator.simulate(course, tuple(range(len(DAYS))))
        depth, volume = measured_plainly(surface, window, course, tethered=tethered, edged=edged, seed=4)
        assert found.depth_mm == pytest.approx(depth, abs=2e-6)
        assert found.volume_mm3 == pytest.approx(volume, abs=2e-5 * found.present_volume_mm3)
        # Far below a thousandth of the depth, in every quantile that is told.
        told, exact = quantiles_over_draws(found.depth_mm), quantiles_over_draws(depth)
        assert np.abs(told - exact).max() < 1e-4 * found.present_depth_mm


def test_the_draws_differ_by_much_more_than_the_fast_path_errs(needled: ZoneCourse) -> None:
    surface, window = make_scar(0.15, 3.0, hole=False)
    none = np.zeros(COUNT)
    simulator = prepare_simulation(surface, window, needled, tethered=none, edged=none, scanner=SCANNER, seed=4)
    low, *_, high = quantiles_over_draws(simulator.simulate(needled, (1,)).depth_mm)
    assert high[0] - low[0] > 0.01


def test_the_result_does_not_depend_on_the_number_of_threads(
    needled: ZoneCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    scars = [make_scar(depth, 2.0, hole=depth > 0.3) for depth in (0.1, 0.2, 0.3, 0.4, 0.5)]
    none = np.zeros(COUNT)

    def forecast(part: tuple[Surface, MeasuringWindow]) -> np.ndarray:
        simulator = prepare_simulation(*part, needled, tethered=none, edged=none, scanner=SCANNER, seed=1)
        return simulator.simulate(needled, (0, 1, 2)).depth_mm

    results = []
    for cores in (1, 4):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        results.append(np.stack(in_parallel(forecast, scars)))
    assert np.array_equal(*results)


@pytest.mark.parametrize("shape", [(41, 37), (90, 50)])
@pytest.mark.parametrize("which", ["needled", "lasered"])
def test_few_draws_are_smoothed_one_by_one_and_rise_alike(
    which: str, shape: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    course = pick_draws(request.getfixturevalue(which), [3, 17, 40])
    y, x = np.indices(shape) * 0.1
    depth = np.clip(0.7 - 0.5 * np.hypot(y - 2.0, x - 1.8), 0.0, None)
    share = np.asarray(course.tether_share)
    few, many = (make(course, depth, share, 0.1, 1, edge_fraction=share) for make in (relief_of_few, relief_change))
    assert few == pytest.approx(many, abs=1e-12)
    assert np.ptp(few[:, 20, 18]) > 1e-3


def test_picked_draws_of_a_laser_keep_their_walls_and_edges(lasered: ZoneCourse) -> None:
    depth = np.zeros((30, 30))
    depth[8:-8, 8:-8] = 0.3
    picked = relief_of_few(pick_draws(lasered, [5]), depth, 0.0, 0.1, 1, edge_fraction=1.0)
    every = relief_change(lasered, depth, 0.0, 0.1, 1, edge_fraction=1.0)
    assert np.abs(picked[0] - every[5]).max() < 0.03
    assert np.asarray(lasered.contraction[:, 1]).min() > 0
    assert np.asarray(lasered.edge_release[:, 1]).max() > 0
