"""Energy devices: laws 1 and 2 for each kernel, closed forms, and what a kernel does to removed and heated tissue."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.anatomy import SkinLayers
from scarplan.devices import all_energy_devices, device, energy_device
from scarplan.errors import BadInput
from scarplan.injury import Sampler, deliver, dermal_layers, draw_needling, usual_injury
from scarplan.records.protocol import ZoneSetting

LAYERS = SkinLayers("cheek", 0.1, 0.03, 1.5, 0.3, sources=())
DRAWS = {
    each.device_class: draw_needling(Sampler(64, 3), device_class=each.device_class, layers=LAYERS)
    for each in all_energy_devices()
}
ROUNDING = 1e-13
EVERY = sorted(each.id for each in all_energy_devices())
#: Kernels whose injury starts at the surface; the band of an insulated needle does not.
FROM_THE_SURFACE = [name for name in EVERY if name != "rf_insulated"]

ids = st.sampled_from(EVERY)
shares = st.floats(0.0, 1.0)
densities = st.floats(0.0, 3000.0)


def dose(device_id, length_mm=None, channels=300.0, *, of=None, **changes):
    tool = energy_device(device_id)
    asked = {"zone": "cheek", "needle_length_mm": tool.max_mm / 2 if length_mm is None else length_mm}
    asked |= {"channels_per_cm2": channels, "passes": 1} | changes
    return deliver(ZoneSetting(**asked), tool, dermal_layers(), DRAWS[tool.device_class] if of is None else of)


@given(device_id=ids, share=shares, channels=densities)
@settings(max_examples=40, deadline=None)
def test_law_2_fractions_lie_in_0_to_1_and_parts_in_the_whole(device_id, share, channels):
    found = dose(device_id, share * energy_device(device_id).max_mm, channels)
    whole, heated, removed = (
        np.asarray(values) for values in (found.injured_fraction, found.thermal_fraction, found.removed_fraction)
    )
    assert np.all((whole >= 0.0) & (whole <= 1.0))
    assert np.all((heated >= 0.0) & (removed >= 0.0))
    assert np.all(heated + removed <= whole + ROUNDING)
    assert np.asarray(found.cold_fraction) == pytest.approx(whole - heated)


@given(device_id=st.sampled_from(FROM_THE_SURFACE), share=shares, channels=densities)
@settings(max_examples=30, deadline=None)
def test_law_2_injury_that_starts_at_the_surface_never_rises_with_depth(device_id, share, channels):
    found = dose(device_id, share * energy_device(device_id).max_mm, channels)
    assert np.all(np.diff(np.asarray(found.injured_fraction), axis=1) <= ROUNDING)
    assert np.all(np.diff(np.asarray(found.removed_fraction), axis=1) <= ROUNDING)


def test_the_band_of_insulated_needles_lies_deep_and_its_channel_does_not():
    found = dose("rf_insulated", 2.0)
    heated = np.median(np.asarray(found.thermal_fraction), axis=0)
    deepest = int(np.argmax(heated))
    assert 1.0 < found.depth_mm[deepest] < 1.8
    assert heated[0] < 0.05 * heated[deepest]
    core = np.asarray(found.injured_fraction) - np.asarray(found.thermal_fraction)
    assert np.all(np.diff(core, axis=1) <= ROUNDING)


@given(device_id=ids, share=shares, channels=densities, more=st.floats(0.01, 1000.0), wider=st.floats(1.0, 2.0))
@settings(max_examples=40, deadline=None)
def test_law_2_monotone_in_density_and_width(device_id, share, channels, more, wider):
    length = share * energy_device(device_id).max_mm
    once = np.asarray(dose(device_id, length, channels).injured_fraction)
    assert np.all(np.asarray(dose(device_id, length, channels + more).injured_fraction) >= once - ROUNDING)
    drawn = DRAWS[energy_device(device_id).device_class]
    for name in ("coagulated_rim_mm", "column_radius_mm"):
        wide = dataclasses.replace(drawn, **{name: wider * getattr(drawn, name)})
        assert np.all(np.asarray(dose(device_id, length, channels, of=wide).injured_fraction) >= once - ROUNDING)


@given(device_id=ids, share=st.floats(0.0, 0.5), longer=st.floats(0.0, 0.5))
@settings(max_examples=30, deadline=None)
def test_law_2_a_deeper_setting_injures_more(device_id, share, longer):
    """In every layer; of insulated needles the channel, for their band moves down."""
    deepest = energy_device(device_id).max_mm
    one, other = dose(device_id, share * deepest), dose(device_id, (share + longer) * deepest)
    if device_id == "rf_insulated":
        pairs = [(one.cold_fraction, other.cold_fraction)]
    elif device_id == "rf_bare":
        pairs = [(one.injured_fraction, other.injured_fraction)]
    else:  # the core of a deeper column is wider near its top and narrows along a longer way
        pairs = [(one.mean_depth_mm, other.mean_depth_mm)]
        volumes = [np.asarray(each.injured_fraction).sum(axis=1) for each in (one, other)]
        assert np.all(volumes[1] >= volumes[0] - ROUNDING)
    assert all(np.all(np.asarray(after) >= np.asarray(before) - ROUNDING) for before, after in pairs)


@given(device_id=ids, first=densities, second=densities)
@settings(max_examples=30, deadline=None)
def test_law_2_passes_add_up_in_any_order(device_id, first, second):
    one, other, both = (dose(device_id, channels=rho) for rho in (first, second, first + second))
    for name in ("injured_fraction", "removed_fraction", "cold_fraction"):
        alone, then, whole = (np.asarray(getattr(each, name)) for each in (one, other, both))
        assert 1.0 - (1.0 - alone) * (1.0 - then) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("device_id", EVERY)
def test_law_1_nothing_without_channels_length_or_passes(device_id):
    for nothing in (dose(device_id, channels=0.0), dose(device_id, 0.0), dose(device_id, passes=0)):
        for name in ("injured_fraction", "thermal_fraction", "removed_fraction", "removed_surface", "scar_risk"):
            assert np.all(np.asarray(getattr(nothing, name)) == 0.0), name


def test_a_column_of_one_depth_is_a_cylinder_in_closed_form():
    drawn = DRAWS["fractional_co2"]
    every = np.ones(64)
    sharp = dataclasses.replace(
        drawn,
        epidermis_mm=0.1 * every,
        reached_fraction=every,
        reached_depth_cv=0.01 * every,
        column_taper_share=0.2 * every,
        delivered_density_ratio=every,
        column_radius_mm=0.1 * every,
        coagulated_rim_mm=0.05 * every,
    )
    found = dose("co2_fractional", 1.0, 400.0, of=sharp)
    removed, whole = 1.0 - np.exp(-4.0 * np.pi * 0.01), 1.0 - np.exp(-4.0 * np.pi * 0.0225)
    assert found.removed_fraction[:, 0] == pytest.approx(removed, rel=1e-12)
    assert found.injured_fraction[:, 0] == pytest.approx(whole, rel=1e-12)
    assert found.thermal_fraction[:, 0] == pytest.approx(whole - removed, rel=1e-12)
    assert found.removed_surface == pytest.approx(removed, rel=1e-12)
    assert found.mean_depth_mm == pytest.approx(1.0, rel=1e-9)


def test_what_each_class_removes_and_heats():
    usual = {}
    for each in all_energy_devices():
        drawn = DRAWS[each.device_class]
        usual[each.id] = usual_injury(each, drawn).deliver(dermal_layers(), drawn)
    for name, found in usual.items():
        assert np.any(np.asarray(found.thermal_fraction) > 0.0)
        assert np.all(np.asarray(found.removed_surface) > 0.0) == energy_device(name).ablates
    removed = {name: np.median(np.asarray(found.removed_surface)) for name, found in usual.items()}
    assert 0.01 < removed["co2_fractional"] < 0.15
    heated_share = {
        name: np.median(np.asarray(found.thermal_fraction).sum(axis=1) / np.asarray(found.injured_fraction).sum(axis=1))
        for name, found in usual.items()
    }
    assert heated_share["nonablative"] == pytest.approx(1.0)
    assert heated_share["erbium_yag_fractional"] < heated_share["co2_fractional"] < heated_share["rf_bare"] < 1.0
    depth = {name: np.median(np.asarray(found.mean_depth_mm)) for name, found in usual.items()}
    assert (
        max(depth["microplasma"], depth["picosecond_array"]) < depth["erbium_yag_fractional"] < depth["co2_fractional"]
    )


def test_a_radius_that_the_maker_states_replaces_the_class():
    stated = dataclasses.replace(energy_device("co2_fractional"), column_radius_mm=0.06, coagulated_rim_mm=0.0)
    asked = ZoneSetting(zone="cheek", needle_length_mm=0.8, channels_per_cm2=300, passes=1)
    found = deliver(asked, stated, dermal_layers(), DRAWS["fractional_co2"])
    assert np.max(np.asarray(found.removed_surface)) < 1.0 - np.exp(-3.0 * 1.8 * np.pi * 0.06**2)
    assert not np.any(found.thermal_fraction)


def test_rf_without_a_heated_rim_is_a_needle_of_the_same_reach():
    drawn = dataclasses.replace(DRAWS["fractional_rf"], coagulated_rim_mm=np.zeros(64))
    heated = dose("rf_bare", 1.5, 250.0, of=drawn)
    pen = dataclasses.replace(device("generic_pen"), needle_diameter_mm=0.25)
    asked = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=250, passes=1)
    needled = deliver(asked, pen, dermal_layers(), drawn)
    assert np.asarray(heated.cold_fraction) == pytest.approx(np.asarray(needled.injured_fraction), abs=1e-15)
    # bare needles open the whole width down to the tip, where a needle's channel tapers
    assert np.all(np.asarray(heated.injured_fraction) >= np.asarray(needled.injured_fraction) - ROUNDING)


def test_energy_needs_draws_of_energy():
    asked = ZoneSetting(zone="cheek", needle_length_mm=0.5, channels_per_cm2=300, passes=1)
    needles = draw_needling(Sampler(4, 3), device_class="pen", layers=LAYERS)
    for name in ("co2_fractional", "rf_bare"):
        with pytest.raises(BadInput, match=r"E-INJ-003.*those of needles, not of an energy device"):
            deliver(asked, energy_device(name), dermal_layers(), needles)
    with pytest.raises(BadInput, match=r"E-INJ-002.*beyond what Fractional CO2 laser"):
        dose("co2_fractional", 3.0)
