"""Length and density as smooth numbers: the value that plans are chosen by, its exact slopes, and where they lead."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from planned_case import scar_row

from scarplan.devices import device
from scarplan.evidence.library import value_of
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.scar_draws import measured_scars
from scarplan.planning.evaluate import ModelEvaluation
from scarplan.planning.grid import Look, ZoneTarget
from scarplan.planning.prescribe import Setting
from scarplan.planning.schedule import Schedule
from scarplan.planning.smooth import SmoothZone, follow_slope, smooth_zone, value_and_slopes
from scarplan.planning.zones import offer_zones
from scarplan.response import ResponsePatient

# As many draws as a search has, so that the whole room shares compiled programs.
FEW = 32
PEN = device("skinpen")
PER_PASS = PEN.channels_per_cm2_per_pass
COURSE = Schedule(3, 28)


@cache
def healer() -> ZoneHealer:
    patient = ResponsePatient(age_years=30, skin_type=4, smoker=False, sun="usual", keloid=False)
    return ZoneHealer(PEN, patient, FEW, 0)


@cache
def target() -> ZoneTarget:
    scars = measured_scars([scar_row(n, kind) for n, kind in enumerate(("rolling", "boxcar"))], count=FEW, seed=0)
    (zone,) = offer_zones(scars.ids_by_place(), device=PEN, clinic=None, is_strict=False)
    return ZoneTarget(options=zone, scars=scars)


@cache
def zone() -> SmoothZone:
    return smooth_zone(
        healer().draw("cheek", count=FEW),
        target().scars.pick(target().counted),
        session_days=COURSE.session_days,
        day=COURSE.last_day + 91,
        needle_diameter_mm=PEN.needle_diameter_mm or value_of("injury.needle_diameter_mm"),
        glides=target().options.mode == "glide",
    )


@pytest.mark.parametrize("setting", [Setting(0.5, 2), Setting(1.5, 4)])
def test_the_smooth_value_is_the_one_that_plans_are_chosen_by(setting: Setting) -> None:
    tried = Look((), ModelEvaluation(healer()), 91).try_setting(target(), setting, COURSE)
    worth, _ = value_and_slopes(zone().worth, setting.needle_length_mm, setting.passes * PER_PASS)
    assert worth == pytest.approx(tried.price, rel=1e-9)


@pytest.mark.parametrize(("length", "density"), [(0.63, 900.0), (1.27, 3300.0)])
def test_slopes_are_those_of_small_differences(length: float, density: float) -> None:
    _, slopes = value_and_slopes(zone().worth, length, density)

    def at(one: float, other: float) -> float:
        return value_and_slopes(zone().worth, one, other)[0]

    by_length = (at(length + 1e-5, density) - at(length - 1e-5, density)) / 2e-5
    by_density = (at(length, density + 1e-1) - at(length, density - 1e-1)) / 2e-1
    np.testing.assert_allclose(slopes, [by_length, by_density], rtol=1e-4)
    assert np.all(slopes != 0.0)


def test_the_slope_leads_to_the_best_point_between_the_bounds() -> None:
    low, high = (0.25, PER_PASS), (1.5, 12 * PER_PASS)
    best = follow_slope(zone(), (0.5, 2 * PER_PASS), low=low, high=high)
    every = [
        value_and_slopes(zone().worth, float(length), float(density))[0]
        for length in np.linspace(low[0], high[0], 9)
        for density in np.linspace(low[1], high[1], 12)
    ]
    assert low[0] <= best.length_mm <= high[0]
    assert low[1] <= best.channels_per_cm2 <= high[1]
    assert best.worth <= min(every) + 0.02
    assert best.slopes < len(every) / 3
