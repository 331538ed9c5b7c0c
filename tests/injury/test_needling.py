"""Needling: laws of the injured fraction, closed forms, end point, scar risk, and errors."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scarplan.anatomy import SkinLayers
from scarplan.devices import device
from scarplan.errors import BadInput
from scarplan.injury import Sampler, channels_per_cm2, deliver, dermal_layers, draw_needling, injured_fraction
from scarplan.records.protocol import ZoneSetting

LAYERS = SkinLayers("cheek", 0.1, 0.03, 1.5, 0.3, sources=())
PEN = device("generic_pen")
DRAWS = draw_needling(Sampler(64, 3), device_class="pen", layers=LAYERS)
CENTRAL = draw_needling(Sampler(1, 0, central=True), device_class="pen", layers=LAYERS)
ROUNDING = 1e-14

lengths = st.floats(0.0, 2.4)
densities = st.floats(0.0, 3000.0)


def dose(length_mm=1.5, channels=250.0, *, of=DRAWS, needle_mm=None, **changes):
    pen = dataclasses.replace(PEN, needle_diameter_mm=needle_mm) if needle_mm else PEN
    asked = {"zone": "cheek", "needle_length_mm": length_mm, "channels_per_cm2": channels, "passes": 4} | changes
    return deliver(ZoneSetting(**asked), pen, dermal_layers(), of)


@given(length_mm=lengths, channels=densities)
@settings(max_examples=30, deadline=None)
def test_law_2_a_fraction_that_never_rises_with_depth(length_mm, channels):
    v = np.asarray(dose(length_mm, channels).injured_fraction)
    assert np.all((v >= 0.0) & (v <= 1.0))
    assert np.all(np.diff(v, axis=1) <= ROUNDING)


@given(length_mm=lengths, channels=densities, more=st.floats(0.01, 1000.0), longer=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_law_2_monotone_in_density_length_and_needle(length_mm, channels, more, longer):
    v = np.asarray(dose(length_mm, channels).injured_fraction)
    assert np.all(np.asarray(dose(length_mm, channels + more).injured_fraction) >= v - ROUNDING)
    assert np.all(np.asarray(dose(min(length_mm + longer, 2.4), channels).injured_fraction) >= v - ROUNDING)
    assert np.all(np.asarray(dose(length_mm, channels, needle_mm=0.4).injured_fraction) >= v - ROUNDING)


@given(first=densities, second=densities)
@settings(max_examples=30, deadline=None)
def test_law_2_passes_add_up_and_their_order_does_not_matter(first, second):
    one, other, both = (np.asarray(dose(1.5, rho).injured_fraction) for rho in (first, second, first + second))
    assert 1.0 - (1.0 - one) * (1.0 - other) == pytest.approx(both, abs=1e-12)


def test_law_1_nothing_without_channels_length_or_passes():
    for nothing in (dose(channels=0.0), dose(length_mm=0.0), dose(passes=0)):
        assert np.all(np.asarray(nothing.injured_fraction) == 0.0)
        assert np.all(np.asarray(nothing.scar_risk) == 0.0)


def test_the_injured_fraction_of_the_boolean_model_in_closed_form():
    assert np.asarray(injured_fraction(np.array([2.5]), np.array([[0.04, 0.0]])))[0] == pytest.approx(
        [1 - np.exp(-0.1), 0]
    )


def test_needles_of_one_depth_injure_as_a_cylinder_with_a_cone():
    """Without spread of depth and far above the taper, v = 1 - exp(-rho pi (R + m)^2); below the reach nothing."""
    sharp = dataclasses.replace(CENTRAL, reached_depth_cv=np.array([0.02]), reached_fraction=np.array([0.75]))
    found = dose(2.0, 250.0, of=sharp, needle_mm=0.25)
    radius = 0.5 * 0.25 * 0.505 + 0.05
    assert found.injured_fraction[0, 0] == pytest.approx(1 - np.exp(-2.5 * np.pi * radius**2), rel=1e-6)
    assert np.all(np.asarray(found.injured_fraction)[0, np.asarray(found.depth_mm) > 1.8] < 1e-12)


def test_the_prototype_reference_at_a_reach_of_0_7():
    """1.5 mm, 250 channels per cm2: 8.4 % injured at 0.5 mm and 3.8 % at 0.9 mm below the surface."""
    shallow_skin = dataclasses.replace(CENTRAL, epidermis_mm=np.array([0.0]), reached_fraction=np.array([0.7]))
    found = dose(of=shallow_skin, needle_mm=0.25)
    at = np.interp([0.5, 0.9], np.asarray(found.depth_mm), np.asarray(found.injured_fraction)[0])
    assert at == pytest.approx([0.084, 0.038], abs=0.001)


def test_the_mean_depth_is_that_of_the_truncated_normal():
    found = dose(1.5, of=CENTRAL)
    fraction, cv = CENTRAL.reached_fraction[0], CENTRAL.reached_depth_cv[0]
    spread = cv * fraction
    expected = 1.5 * stats.truncnorm(-1 / cv, (1 - fraction) / spread, loc=fraction, scale=spread).mean()
    assert found.mean_depth_mm[0] == pytest.approx(float(expected), rel=1e-5)


def test_no_channel_is_deeper_than_the_needle_is_long():
    for length_mm in (0.25, 1.0, 1.5):
        found = dose(length_mm)
        assert np.all(np.asarray(found.mean_depth_mm) < length_mm)
        below = np.asarray(found.depth_mm) - 0.05 > length_mm
        assert np.all(np.asarray(found.injured_fraction)[:, below] < ROUNDING)


def test_bleeding_and_passing_the_dermis_rise_with_length():
    shares = [dose(length_mm) for length_mm in (0.25, 0.5, 1.0, 1.5, 2.4)]
    for name in ("bleeding_share", "beyond_dermis"):
        values = np.stack([np.asarray(getattr(found, name)) for found in shares])
        assert np.all(np.diff(values, axis=0) >= -ROUNDING)
    assert np.median(np.asarray(shares[3].bleeding_share)) > 0.9
    thin = dataclasses.replace(DRAWS, dermis_mm=np.full(64, 0.5))
    assert np.all(np.asarray(dose(1.5, of=thin).beyond_dermis) > np.asarray(dose(1.5).beyond_dermis) - ROUNDING)


def test_scar_risk_needs_width_overlap_or_drag_and_not_depth_alone():
    usual = np.asarray(dose().scar_risk)
    assert np.all(np.asarray(dose(0.25).scar_risk) <= usual)
    assert np.all(np.asarray(dose(channels=1000.0).scar_risk) > usual)
    assert np.all(np.asarray(dose(mode="stamp").scar_risk) < usual)
    assert np.all(np.asarray(dose(2.4, 5.0).scar_risk) < 0.01)
    roller = draw_needling(Sampler(64, 3), device_class="roller", layers=LAYERS)
    assert np.median(np.asarray(dose(of=roller).scar_risk)) > np.median(usual)


def test_16_passes_of_the_192_needle_roller_make_about_245_channels():
    assert channels_per_cm2(device("roller_192"), 16) == pytest.approx(245, abs=1)


def test_devices_share_their_draws_of_skin_and_hand():
    roller = draw_needling(Sampler(64, 3), device_class="roller", layers=LAYERS)
    assert np.array_equal(roller.dermis_mm, DRAWS.dermis_mm)
    assert np.array_equal(roller.recoil_ratio, DRAWS.recoil_ratio)
    order = np.argsort(np.asarray(DRAWS.reached_fraction))
    assert np.all(np.diff(np.asarray(roller.reached_fraction)[order]) > 0.0)


def test_the_drawn_dermis_has_the_mean_and_spread_of_the_zone():
    many = draw_needling(Sampler(20000, 1), device_class="pen", layers=LAYERS)
    assert np.mean(many.dermis_mm) == pytest.approx(1.5, abs=0.02)
    assert np.std(many.dermis_mm) == pytest.approx(0.3, abs=0.02)
    assert np.min(many.dermis_mm) > 0.0


def test_a_class_of_device_that_nobody_modelled_is_refused_in_words():
    with pytest.raises(
        BadInput, match=r"E-INJ-001: the injury of this class of device is not modelled.*roller, pen, stamp"
    ):
        draw_needling(Sampler(2, 0), device_class="cryotherapy", layers=LAYERS)


def test_a_length_beyond_the_device_is_an_error():
    with pytest.raises(BadInput, match=r"E-INJ-002.*Got: 4.0 mm.*Allowed: 0 to"):
        dose(4.0)
