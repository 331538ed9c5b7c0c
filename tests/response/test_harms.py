"""Harms: anchors of the published figures, the reference injury, and the summary."""

import dataclasses

import numpy as np
import pytest
from reference_setting import setting

from scarplan.evidence import all_sources, value_of
from scarplan.response import ResponsePatient, heal
from scarplan.response.density import density_yield
from scarplan.response.harms import summarise_harms
from scarplan.response.harms.course import injured_volume_mm


def test_the_reference_injury_is_that_of_the_model(central, course_of):
    course = course_of((0,), (0,), of=central)
    assert float(injured_volume_mm(course.dose)[0]) == pytest.approx(value_of("harms.reference_injury_mm"), rel=0.01)


def test_redness_lasts_one_to_three_days_in_the_middle_half(course_of):
    days = course_of((0,), (0,)).harms.erythema_days
    assert np.quantile(days, 0.25) > 1.0
    assert np.quantile(days, 0.75) < 3.0


def test_downtime_is_not_longer_than_redness_or_swelling(course_of):
    harms = course_of((0,), (0,)).harms
    assert np.all(harms.downtime_days <= np.maximum(harms.erythema_days, harms.oedema_days))
    assert np.all(harms.downtime_days >= harms.oedema_days)


def test_the_base_risk_of_dark_patches_is_that_of_the_pooled_trials(course_of):
    """7 of 214 patients (3.3 %), between 0 and 5 of 30 (17 %) from trial to trial."""
    risk = course_of((0, 28, 56, 84), (0,)).harms.pigment_risk
    assert np.median(risk) == pytest.approx(0.03, abs=0.015)
    assert np.mean(risk) == pytest.approx(0.033, abs=0.02)
    assert 0.05 < np.quantile(risk, 0.98) < 0.25


def test_more_sessions_raise_the_risk_of_dark_patches(course_of):
    few, many = (course_of(range(0, 28 * n, 28), (0,)).harms.pigment_risk for n in (1, 6))
    assert np.all(many > few)


def test_deeper_needles_open_the_barrier_for_longer(course_of):
    hours = np.stack([course_of((0,), (0,), needle_length_mm=mm).harms.barrier_hours for mm in (0.5, 1.0, 1.5)])
    assert np.all(np.diff(hours, axis=0) > 0.0)
    assert np.median(hours[2]) > 24.0


def test_the_summary_tells_what_was_assumed_and_has_sources(course_of):
    course = course_of((0,), (0,))
    known = summarise_harms(course, ResponsePatient(30, 2, False, "low"))
    assert known["assumed"] == []
    unknown = summarise_harms(course, ResponsePatient())
    assert len(unknown["assumed"]) == 2
    assert "darkest type" in unknown["assumed"][0]
    assert {rare["event"] for rare in known["rare"]} >= {"tram_track", "granuloma", "infection"}
    for rare in known["rare"]:
        assert rare["words"].endswith(".")
        assert set(rare["sources"]) <= set(all_sources())
    for name in ("erythema_days", "downtime_days", "barrier_hours", "pigment_risk"):
        assert known[name].shape == (128,)


def test_density_response_is_1_at_the_reference_and_never_falls(draws):
    density = np.array([0.0, 0.5, 1.0, 2.5, 5.0, 20.0])
    eps = np.stack([np.asarray(density_yield(np.full(128, rho), draws)) for rho in density])
    assert eps[3] == pytest.approx(np.ones(128))
    assert np.all(np.diff(eps, axis=0) >= 0.0)
    assert np.all(eps[0] > 0.0)


def test_the_well_mixed_cascade_has_its_half_at_the_stated_density(central, course_of):
    one = np.array([value_of("response.well_mixed_half_density_per_cm2")])
    plain = dataclasses.replace(
        central,
        synthesis_per_day=np.array([1e-4]),
        half_effect_density_per_cm2=one * 1e-3,
        signal_reach_mm=np.array([1.0]),
    )
    density = np.array([10.0, 30.0, 100.0, 300.0, 1000.0])
    made = np.array([course_of((0,), (90,), of=plain, channels_per_cm2=rho).surplus_mm[0, 0, 15] for rho in density])
    fitted = density / (one + density)
    assert made / made[2] == pytest.approx(fitted / fitted[2], rel=0.15)


def test_heal_needs_no_patient(pen, central):

    course = heal(setting(), pen, session_days=(), days=(0,), draws=central)
    assert course.harms.erythema_days == pytest.approx([0.0])
