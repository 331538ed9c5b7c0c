"""Length and density as smooth numbers: the value that plans are chosen by, exact slopes, and the best setting."""

from __future__ import annotations

from functools import cache

import jax.numpy as jnp
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
from scarplan.planning.smooth import SettingSearch, SmoothZone, value_and_slopes
from scarplan.planning.zones import offer_zones
from scarplan.response import ResponsePatient

FEW = 16
PEN = device("skinpen")
COURSE = Schedule(3, 28)
FINE = tuple(round(0.2 + 0.1 * n, 1) for n in range(14))


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
    return SmoothZone(
        draws=healer().draw("cheek", count=FEW),
        scars=target().scars.pick(target().counted),
        session_days=COURSE.session_days,
        day=COURSE.last_day + 91,
        needle_diameter_mm=PEN.needle_diameter_mm or value_of("injury.needle_diameter_mm"),
        glides=target().options.mode == "glide",
    )


@pytest.mark.parametrize("setting", [Setting(0.5, 2), Setting(1.5, 4)])
def test_the_smooth_value_is_the_one_that_plans_are_chosen_by(setting: Setting) -> None:
    tried = Look((), ModelEvaluation(healer()), 91).try_setting(target(), setting, COURSE)
    density = setting.passes * PEN.channels_per_cm2_per_pass
    found = zone().outcome(jnp.asarray(setting.needle_length_mm), jnp.asarray(density))
    assert float(found.left_percent) == pytest.approx(tried.left_percent, rel=1e-9)
    assert float(found.pigment_percent) == pytest.approx(100 * tried.outcome.pigment_risk.mean(), rel=1e-9)
    assert tried.outcome.downtime_days is not None
    assert float(found.downtime_days) == pytest.approx(tried.outcome.downtime_days.mean(), rel=1e-9)
    worth = float(zone().worth(jnp.asarray(setting.needle_length_mm), jnp.asarray(density)))
    assert worth == pytest.approx(tried.price, rel=1e-9)


@pytest.mark.parametrize(("length", "density"), [(0.63, 900.0), (1.27, 3300.0)])
def test_slopes_are_those_of_small_differences(length: float, density: float) -> None:
    value, slopes = value_and_slopes(zone().worth, length, density)

    def at(one: float, other: float) -> float:
        return float(zone().worth(jnp.asarray(one), jnp.asarray(other)))

    assert value == pytest.approx(at(length, density), rel=1e-12)
    by_length = (at(length + 1e-5, density) - at(length - 1e-5, density)) / 2e-5
    by_density = (at(length, density + 1e-1) - at(length, density - 1e-1)) / 2e-1
    np.testing.assert_allclose(slopes, [by_length, by_density], rtol=1e-4)
    assert np.all(slopes != 0.0)


@pytest.mark.slow
def test_the_slope_finds_the_best_of_a_fine_scale_with_fewer_looks() -> None:
    def search() -> SettingSearch:
        return SettingSearch(zone(), FINE, most_passes=8, channels_per_cm2_per_pass=PEN.channels_per_cm2_per_pass)

    exact, found = search().enumerate(), search().follow_slope()
    assert found.worth - exact.worth <= 1e-9, "the same setting, or one as good"
    # A value with both slopes counts as three looks.
    assert 3 * found.slopes + found.exact < exact.exact
    assert found.setting.needle_length_mm in FINE
    assert 1 <= found.setting.passes <= 8
