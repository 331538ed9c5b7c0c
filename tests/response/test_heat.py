"""Heat and ablation: neutral where nothing is heated, lawful where something is, and apart from needles."""

import dataclasses

import equinox as eqx
import independent_model
import jax.numpy as jnp
import numpy as np
import pytest
from law_figures import LAYERS, PATIENT, SETTINGS, Laboratory, percent_left_off

from scarplan.anatomy import layers_of
from scarplan.devices import all_energy_devices, device, energy_device
from scarplan.devices.energy_device import ABLATIVE_CLASSES
from scarplan.errors import BadInput
from scarplan.evidence import recording, value_of
from scarplan.forecast.columns import edge_shares, residual_depth
from scarplan.injury import NeedlingDraws, RfNeedling, dermal_layers, needling_of, usual_injury
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient, central_parameters, draw_parameters, heal, heal_injury, relief_change
from scarplan.response.harms.course import injured_volume_mm
from scarplan.response.relief import contracted_mm, gain_at_nodes
from scarplan.response.spread import spread_over_depth

SESSIONS, DAYS = (0, 28, 56, 84), (0, 1, 30, 84, 90, 174, 365)
CO2 = ZoneSetting(zone="cheek", needle_length_mm=0.8, channels_per_cm2=163, passes=1)
RATES = (
    "clot_clearance_per_day",
    "inflammation_clearance_per_day",
    "signal_clearance_per_day",
    "signal_from_clot_per_day",
    "signal_from_inflammation_per_day",
    "signal_half_activation",
    "fibroblast_activation_per_day",
    "fibroblast_loss_per_day",
)
COURSE = ("surplus_mm", "surplus_normal_mm", "tether_release", "fibroblast_activity", "type_iii_share")


@pytest.fixture(scope="module")
def laboratory():
    return Laboratory()


@pytest.fixture(scope="module")
def courses(laboratory):
    return {kind: laboratory.course(SESSIONS, DAYS, kind=kind) for kind in SETTINGS}


def test_needles_have_no_heat_and_read_no_quantity_of_it():
    with recording() as used:
        draws = draw_parameters(4, seed=1, device_class="pen", layers=LAYERS, patient=PATIENT)
    assert draws.heat is None
    assert draws.harms.heat is None
    assert not {name for name in used.quantities if "energy" in name or "heated" in name or "contraction" in name}


def test_law_15_rf_needles_without_any_heat_heal_as_needles_do(laboratory):
    draws = laboratory.draws("fractional_rf")
    cold = RfNeedling(
        length_mm=jnp.asarray(1.5),
        density_per_mm2=jnp.asarray(2.5),
        needle_diameter_mm=jnp.asarray(0.25),
        bare_mm=jnp.asarray(0.0),
        rim_mm=jnp.asarray(0.0),
    )
    pen = dataclasses.replace(device("generic_pen"), needle_diameter_mm=0.25)
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=250, passes=1)
    skin = NeedlingDraws(**{f.name: getattr(draws.needling, f.name) for f in dataclasses.fields(NeedlingDraws)})
    plain = dataclasses.replace(draws, heat=None, needling=skin, harms=dataclasses.replace(draws.harms, heat=None))
    without = heal_injury(cold, session_days=SESSIONS, days=DAYS, draws=draws)
    needles = heal(setting, pen, session_days=SESSIONS, days=DAYS, draws=plain)
    assert np.abs(without.dose.thermal_fraction).max() < 1e-12
    for name in COURSE:
        assert getattr(without, name) == pytest.approx(getattr(needles, name), rel=1e-9, abs=1e-12), name
    assert np.all(without.edge_release == 0.0)
    assert np.abs(without.contraction * without.heated_mm[:, -1:]).max() < 1e-12


def test_law_1_no_column_has_exactly_no_effect(laboratory):
    draws = laboratory.draws("fractional_co2")
    for changes in ({"channels_per_cm2": 0}, {"passes": 0}):
        none = heal(
            ZoneSetting(**(CO2.model_dump() | changes)), energy_device("co2_fractional"), session_days=SESSIONS,
            days=DAYS, draws=draws,
        )  # fmt: skip
        for values in (none.surplus_mm, none.tether_release, none.edge_release, none.erythema, none.heated_mm):
            assert np.all(values == 0.0)
        for name in ("pigment_risk", "infection_risk", "scarring_index", "barrier_hours", "crust_days", "pain_vas"):
            assert np.all(getattr(none.harms, name) == 0.0), name


def test_the_release_of_tethers_is_a_needles_own(courses, laboratory):
    assert np.all(courses["needles"].tether_release[:, -1] > 0.0)
    assert np.all(courses["CO2 laser"].tether_release == 0.0)
    assert np.all(courses["non-ablative laser"].tether_release == 0.0)
    rf = laboratory.draws("fractional_rf")
    needles = usual_injury(energy_device("rf_insulated"), rf.needling)
    assert np.all(heal_injury(needles, session_days=(0,), days=(90,), draws=rf).tether_release > 0.0)


def test_only_what_vaporises_takes_an_edge_off_and_it_does_not_come_back(courses):
    laser = courses["CO2 laser"]
    assert np.all(courses["needles"].edge_release == 0.0)
    assert np.all(courses["non-ablative laser"].edge_release == 0.0)
    assert np.all(np.diff(laser.edge_release, axis=1) >= 0.0)
    assert np.all((laser.edge_release[:, 0] == 0.0) & (laser.edge_release[:, -1] > 0.0))
    assert np.all(laser.edge_release < 1.0)
    # Four sessions are four times the exponent of one.
    one = -np.log1p(-laser.edge_release[:, 1])
    assert -np.log1p(-laser.edge_release[:, -1]) == pytest.approx(4.0 * one, rel=1e-9)


def test_contraction_is_there_at_once_and_lets_go(courses, laboratory):
    laser, heat = courses["CO2 laser"], laboratory.draws("fractional_co2").heat
    half = np.asarray(heat.contraction_half_days)
    first = np.asarray(heat.contraction_per_heated) * 0.5 ** (1.0 / half)
    assert laser.contraction[:, 1] == pytest.approx(first, rel=1e-12)
    assert np.all(laser.contraction[:, 0] == 0.0)
    assert np.all(laser.contraction[:, -1] < laser.contraction[:, 4])
    wall = contracted_mm(laser, np.array([0.1, 0.3, 1.0]), 4)
    assert np.all(np.diff(wall, axis=1) >= 0.0)
    assert np.all(np.diff(wall / [0.1, 0.3, 1.0], axis=1) <= 1e-12)
    assert contracted_mm(courses["needles"], np.array([0.3]), 4) == 0.0


def test_heated_tissue_acts_later_and_longer_than_a_channel(laboratory):
    """The same injured volume, once as cold channels and once all heated: fibroblasts rise later and stay longer."""
    draws = laboratory.draws("nonablative_fractional")
    injury = needling_of(CO2, energy_device("nonablative"))
    hot = heal_injury(injury, session_days=(0,), days=tuple(range(0, 93, 3)), draws=draws)
    cold = laboratory.course((0,), tuple(range(0, 93, 3)))

    def middle_day(course):
        activity = np.cumsum(course.fibroblast_activity, axis=1)
        return np.argmax(activity >= 0.5 * activity[:, -1:], axis=1)

    assert np.median(middle_day(hot)) > np.median(middle_day(cold))


def test_a_second_implementation_of_the_heated_cascade_agrees(laboratory):
    """W, I, T and F of one heated and one cold source with SciPy, against the package's fibroblasts."""
    draws, number = laboratory.draws("fractional_co2"), 11
    days = (2, 7, 14, 30, 60)
    course = laboratory.course((0,), days, kind="CO2 laser")
    p = {name: float(getattr(draws, name)[number]) for name in RATES}
    slow = float(draws.heat.heated_clearance_per_day[number])
    parts = [
        np.asarray(spread_over_depth(jnp.asarray(part), course.edges_mm, draws.signal_reach_mm))[number]
        for part in (course.dose.cold_fraction, course.dose.thermal_fraction)
    ]
    found = [
        independent_model.fibroblasts_of_heat(p, cold=cold, hot=hot, heated_clearance_per_day=slow, days=days)
        for cold, hot in zip(*parts, strict=True)
    ]
    assert course.fibroblast_activity[number] == pytest.approx(np.mean(found, axis=0), rel=2e-3)


def test_any_device_heals_with_its_usual_setting(laboratory):
    for each in all_energy_devices():
        draws = laboratory.draws(each.device_class)
        course = heal_injury(usual_injury(each, draws.needling), session_days=(0, 28), days=(60,), draws=draws)
        assert np.all(np.isfinite(course.surplus_mm)), each.id
        assert np.all(course.surplus_mm >= 0.0), each.id
        is_ablative = each.device_class in ABLATIVE_CLASSES
        assert np.all((course.harms.crust_days > 0.0) == is_ablative), each.id


def test_draws_of_needles_do_not_heal_a_laser(laboratory):
    with pytest.raises(BadInput, match="E-INJ-003"):
        heal(CO2, energy_device("co2_fractional"), session_days=(0,), days=(30,), draws=laboratory.draws())


# The class of RF needles is told by its insulated ones.
_TELLING = [each for each in all_energy_devices() if each.id != "rf_bare"]


@pytest.mark.parametrize("each", _TELLING, ids=lambda each: each.id)
def test_the_reference_injury_of_a_class_is_that_of_the_model(each):
    patient = ResponsePatient()
    draws = central_parameters(device_class=each.device_class, layers=layers_of("cheek"), patient=patient)
    dose = usual_injury(each, draws.needling).deliver(dermal_layers(), draws.needling)
    told = value_of(f"harms.reference_injury_mm_{each.device_class}")
    assert float(injured_volume_mm(dose)[0]) == pytest.approx(told, rel=0.15)


# ---- columns and surfaces -----------------------------------------------------------------------------------------


def test_a_surface_rises_by_contraction_and_by_its_rounded_shoulder(courses):
    laser = courses["CO2 laser"]
    x = np.arange(-3.0, 3.05, 0.1)
    floor = np.where(np.hypot(x[:, None], x[None, :]) < 1.5, 0.3, 0.0)
    plain, edged = (relief_change(laser, floor, 0.0, 0.1, 4, edge_fraction=share) for share in (0.0, 1.0))
    assert np.all(edged >= plain)
    assert np.all(edged[:, floor == 0.0] == 0.0)
    gained = edged - plain
    middle, wall = gained[:, 30, 30].mean(), gained[:, 30, 16].mean()
    assert wall > 10 * middle
    with_none = eqx.tree_at(lambda c: c.contraction, laser, np.zeros_like(laser.contraction))
    assert np.all(gain_at_nodes(laser, 4)[:, 2:10] >= gain_at_nodes(with_none, 4)[:, 2:10])
    needles = courses["needles"]
    same = [relief_change(needles, floor, 0.5, 0.1, 4, edge_fraction=share) for share in (0.0, 1.0)]
    assert np.array_equal(*same)


def test_an_edge_lifts_boxcars_most_and_never_beyond_the_skin(courses):
    laser = courses["CO2 laser"]
    kinds = ("rolling", "boxcar_shallow", "boxcar_deep", "icepick")
    shares = edge_shares(laser, kinds)
    assert np.all(shares[:, 0] == 0.0)
    assert np.array_equal(shares[:, 1], shares[:, 2])
    assert np.mean(shares[:, 1] > shares[:, 3]) > 0.95
    depth, width, none = np.full(4, 0.3), np.full(4, 3.0), np.zeros((len(shares), 4))
    without = residual_depth(laser, depth, width, none, day_index=4)
    left = residual_depth(laser, depth, width, none, day_index=4, edged=shares)
    assert np.all(left <= without)
    assert np.all(left >= depth * laser.deepening[:, 4, None] - 1e-12)
    needles = courses["needles"]
    assert np.all(edge_shares(needles, kinds) == 0.0)


def test_law_13_lasers_in_every_draw(courses):
    risk = {kind: course.harms.pigment_risk for kind, course in courses.items()}
    assert np.median(risk["needles"]) < np.median(risk["non-ablative laser"]) < np.median(risk["CO2 laser"])
    down = [np.median(course.harms.downtime_days) for course in courses.values()]
    assert down == sorted(down)
    assert np.all(courses["CO2 laser"].harms.downtime_days > courses["needles"].harms.downtime_days)
    at_once = {kind: percent_left_off(course, 2) for kind, course in courses.items()}
    assert np.median(at_once["CO2 laser"]["boxcar_shallow"]) > np.median(at_once["needles"]["boxcar_shallow"])


def test_law_14_dark_patches_never_fall_with_the_thermal_dose(laboratory):
    draws = laboratory.draws("fractional_co2")
    for name, values in {"channels_per_cm2": (80, 163, 400), "needle_length_mm": (0.4, 0.8, 1.2)}.items():
        risks = [
            heal(
                ZoneSetting(**(CO2.model_dump() | {name: value})), energy_device("co2_fractional"),
                session_days=SESSIONS, days=(0,), draws=draws,
            ).harms.pigment_risk
            for value in values
        ]  # fmt: skip
        assert np.all(np.diff(np.stack(risks), axis=0) > 0.0), name
    injury = needling_of(CO2, energy_device("co2_fractional"))
    risks = [
        heal_injury(
            eqx.tree_at(lambda c: c.rim_mm, injury, jnp.asarray(rim), is_leaf=lambda leaf: leaf is None),
            session_days=SESSIONS,
            days=(0,),
            draws=draws,
        ).harms.pigment_risk
        for rim in (0.02, 0.05, 0.1)
    ]
    assert np.all(np.diff(np.stack(risks), axis=0) > 0.0)
