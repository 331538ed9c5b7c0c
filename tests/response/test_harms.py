"""Harms: anchors of the published figures, the reference injury, and the summary."""

import dataclasses

import numpy as np
import pytest
from reference_setting import setting

from scarplan.evidence import all_sources, value_of
from scarplan.response import ResponsePatient, draw_parameters, heal
from scarplan.response.harms import signs_by_day, summarise_harms
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
    known = summarise_harms(course, ResponsePatient(30, 2, False, "low", keloid=False))
    assert known["assumed"] == []
    unknown = summarise_harms(course, ResponsePatient())
    assert len(unknown["assumed"]) == 3
    assert "darkest type" in unknown["assumed"][0]
    assert {rare["event"] for rare in known["rare"]} >= {"tram_track", "granuloma", "infection"}
    for rare in known["rare"]:
        assert rare["words"].endswith(".")
        assert set(rare["sources"]) <= set(all_sources())
    for name in ("erythema_days", "downtime_days", "barrier_hours", "pigment_risk"):
        assert known[name].shape == (128,)


def test_heal_needs_no_patient(pen, central):

    course = heal(setting(), pen, session_days=(), days=(0,), draws=central)
    assert course.harms.erythema_days == pytest.approx([0.0])


def test_law_14_dark_patches_fade_and_few_are_left_after_a_year(course_of, draws):
    days = (85, 84 + 7 * 5, 84 + 7 * 12, 84 + 365)
    course = course_of((0, 28, 56, 84), days)
    seen = course.harms.pigment_seen
    assert np.all(np.diff(seen, axis=1) < 0.0)
    assert np.all(seen <= course.harms.pigment_risk[:, None])
    dermal = np.asarray(draws.harms.pigment_dermal_share) * course.harms.pigment_risk
    epidermal = seen[:, -1] - dermal * 2.0 ** (-52.0 / np.asarray(draws.harms.pigment_dermal_half_weeks))
    assert np.mean(epidermal / course.harms.pigment_risk < 0.1) >= 0.9
    assert np.all(course_of((), (0, 30)).harms.pigment_seen == 0.0)


def test_law_16_scarring_rises_with_depth_density_drag_and_keloids(pen, layers, patient, course_of):
    def index(of=None, **changes):
        return course_of((0,), (0,), **({} if of is None else {"of": of}), **changes).harms.scarring_index

    for name, values in {"needle_length_mm": (0.5, 1.0, 1.5, 2.0), "channels_per_cm2": (100, 250, 800)}.items():
        rising = np.stack([index(**{name: value}) for value in values])
        assert np.all(np.diff(rising, axis=0) >= 0.0), name
        assert np.all(rising[-1] > rising[0]), name
    assert np.all(index(mode="glide") >= index(mode="stamp"))

    def of_keloids(keloid):
        known = dataclasses.replace(patient, keloid=keloid)
        return draw_parameters(128, seed=7, device_class="pen", layers=layers, patient=known)

    none, some, unknown = (index(of=of_keloids(keloid)) for keloid in (False, True, None))
    assert np.all(some > none)
    assert np.array_equal(unknown, some)
    assert np.all((some >= 0.0) & (some <= 1.0))


def test_pain_rises_with_length_and_falls_with_cream(course_of):
    short, long = (course_of((0,), (0,), needle_length_mm=length).harms for length in (0.5, 1.5))
    assert np.all(long.pain_vas >= short.pain_vas)
    assert np.all(long.pain_vas_without_cream >= long.pain_vas)
    assert np.all((long.pain_vas >= 0.0) & (long.pain_vas_without_cream <= 10.0))
    assert np.median(long.pain_vas) == pytest.approx(value_of("harms.pain_vas"), abs=0.3)


def test_infection_rises_with_sessions_and_with_the_hours_of_open_skin(course_of):
    one, four = (course_of(tuple(range(0, 28 * n, 28)), (0,)).harms for n in (1, 4))
    assert np.all(four.infection_risk > one.infection_risk)
    assert 1.0 - (1.0 - one.infection_risk) ** 4 == pytest.approx(four.infection_risk, rel=1e-9)
    shallow = course_of((0,), (0,), needle_length_mm=0.5).harms
    assert np.all(shallow.infection_risk < one.infection_risk)


def test_signs_are_told_day_by_day_and_only_fall(course_of):
    figures = summarise_harms(course_of((0,), (0,)), ResponsePatient())
    rows = signs_by_day(figures)
    for name in ("redness", "swelling", "crusts", "barrier_open"):
        shares = [row[name] for row in rows]
        assert shares == sorted(shares, reverse=True), name
    assert rows[0]["redness"] == 1.0
    assert rows[-1] == {"day": 28, "redness": 0.0, "swelling": 0.0, "crusts": 0.0, "barrier_open": 0.0}
