"""Draws of the response: common random numbers, the two levels, patients, additions, errors."""

import dataclasses
import hashlib
import subprocess
import sys

import numpy as np
import pytest
from reference_setting import setting

from scarplan.anatomy import layers_of
from scarplan.errors import BadInput
from scarplan.evidence import recording
from scarplan.evidence.library import quantity
from scarplan.response import ADJUNCTS, ResponsePatient, draw_parameters, heal

FIELDS = ("synthesis_per_day", "yield_between_studies", "yield_between_patients", "scar_collagen", "surface_lag_days")


def draw(count=32, *, seed=7, device_class="pen", layers, patient):
    return draw_parameters(count, seed=seed, device_class=device_class, layers=layers, patient=patient)


def test_same_seed_same_draws_whatever_device_patient_and_count(layers, patient):
    one = draw(layers=layers, patient=patient)
    others = (
        draw(64, layers=layers, patient=patient),
        draw(device_class="roller", layers=layers, patient=patient),
        draw(layers=layers, patient=ResponsePatient()),
    )
    for other in others:
        for name in FIELDS:
            assert np.array_equal(getattr(one, name), getattr(other, name)[:32])
    assert not np.array_equal(one.synthesis_per_day, draw(seed=8, layers=layers, patient=patient).synthesis_per_day)


def test_trials_and_patients_spread_widely(layers, patient):
    many = draw(4000, layers=layers, patient=patient)
    before = draw_parameters(4000, seed=7, device_class="pen", layers=layers, patient=patient, fitted=False)
    assert np.std(np.log(before.yield_between_studies)) == pytest.approx(0.5, abs=0.03)
    fitted = quantity("response_fit.yield_between_studies").prior
    assert np.std(np.log(many.yield_between_studies)) == pytest.approx(fitted.spread, abs=0.03)
    assert np.corrcoef(before.yield_between_studies, many.yield_between_studies)[0, 1] > 0.99
    assert np.array_equal(before.scar_collagen, many.scar_collagen)
    assert np.std(np.log(many.yield_between_patients)) == pytest.approx(0.35, abs=0.03)
    assert abs(np.corrcoef(many.yield_between_studies, many.yield_between_patients)[0, 1]) < 0.05


def test_every_drawn_parameter_says_whether_it_varies_between_studies_or_patients():
    assert quantity("response.yield_between_studies").prior.level == "study"
    assert quantity("response.scar_collagen").prior.level == "patient"


def test_a_run_records_the_quantities_it_used(layers, patient):
    with recording() as used:
        draw(2, layers=layers, patient=patient)
    assert {"response.synthesis_per_day", "injury.reached_fraction_pen", "harms.pigment_log_odds"} <= used.quantities
    assert "injury.reached_fraction_roller" not in used.quantities
    assert {"kalluri2011", "scarplan_prototype"} <= used.sources


def test_unknown_age_and_smoking_are_drawn_and_never_taken_as_no(layers, patient):
    unknown = draw(2000, layers=layers, patient=ResponsePatient(skin_type=4, sun="usual")).patient_yield
    assert 0.1 < np.mean(np.asarray(unknown) < 0.9) < 0.5
    assert np.all(draw(layers=layers, patient=ResponsePatient(25, 4, False, "usual")).patient_yield == 1.0)


def test_unknown_sun_is_taken_as_much_sun(layers, patient):
    risks = [
        draw(layers=layers, patient=dataclasses.replace(patient, sun=sun)).harms.pigment_sun for sun in (None, "high")
    ]
    assert np.array_equal(*risks)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"age_years": 300}, r"E-RESP-001: the age is not possible\. Got: 300\."),
        ({"age_years": -1}, "E-RESP-001"),
        ({"skin_type": 7}, r"E-RESP-002: the skin type is not possible\. Got: 7\. Allowed: 1 to 6"),
        ({"sun": "some"}, r"E-RESP-003.*low, usual, high"),
    ],
)
def test_an_impossible_patient_is_told_in_words(fault, message):
    with pytest.raises(BadInput, match=message):
        ResponsePatient(**fault)


def test_no_draws_or_a_negative_seed_is_an_error(layers, patient):
    for count, seed in ((0, 1), (3, -1)):
        with pytest.raises(BadInput, match=f"E-RESP-005.*{count} draws, seed {seed}"):
            draw(count, seed=seed, layers=layers, patient=patient)


@pytest.mark.parametrize("bad", [(0, 0), (28, 0), (-1,), (0.5,), (float("nan"),), (8000,)])
def test_days_must_be_whole_and_in_order(course_of, bad):
    with pytest.raises(BadInput, match="E-RESP-006: session_days must be whole days in rising order"):
        course_of(bad, (10,))
    with pytest.raises(BadInput, match="E-RESP-006: days must be whole"):
        course_of((0,), bad)


def test_no_day_is_an_error(course_of):
    with pytest.raises(BadInput, match="E-RESP-007"):
        course_of((0,), ())


def test_an_unknown_addition_is_an_error_that_names_the_known_ones(course_of):
    with pytest.raises(BadInput, match=r"E-RESP-004.*Got: unicorn.*prp, subcision"):
        course_of((0,), (10,), adjuncts=("unicorn",))


def test_every_known_addition_is_simulated_and_an_unmodelled_one_only_widens(course_of):
    plain = course_of((0,), (120,)).surplus_mm[:, 0, 12]
    for name in ADJUNCTS:
        assert np.all(np.isfinite(course_of((0,), (120,), adjuncts=(name,)).surplus_mm))
    other = course_of((0,), (120,), adjuncts=("insulin",)).surplus_mm[:, 0, 12]
    assert np.median(other / plain) == pytest.approx(1.0, abs=0.1)
    assert np.std(other / plain) > 0.1


def test_the_same_inputs_give_the_same_bytes_in_another_process(pen):
    program = (
        "import hashlib\n"
        "from scarplan.anatomy import layers_of\n"
        "from scarplan.devices import device\n"
        "from scarplan.records.protocol import ZoneSetting\n"
        "from scarplan.response import ResponsePatient, draw_parameters, heal\n"
        "setting = ZoneSetting(zone='cheek', needle_length_mm=1.5, channels_per_cm2=250, passes=4)\n"
        "layers, patient = layers_of('cheek'), ResponsePatient()\n"
        "draws = draw_parameters(128, seed=3, device_class='pen', layers=layers, patient=patient)\n"
        "course = heal(setting, device('generic_pen'), session_days=(0, 28), days=(60,), draws=draws)\n"
        "print(hashlib.sha256(course.surplus_mm.tobytes()).hexdigest())\n"
    )
    draws = draw(128, seed=3, layers=layers_of("cheek"), patient=ResponsePatient())
    course = heal(setting(), pen, session_days=(0, 28), days=(60,), draws=draws)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == hashlib.sha256(course.surplus_mm.tobytes()).hexdigest()


def test_a_plan_of_any_length_and_any_days_reuses_one_compiled_program(pen, draws, course_of):
    from scarplan.response.heal import _integrate

    course_of((0,), (10,))
    before = _integrate._cached._cache_size()
    for sessions in range(1, 7):
        course_of(tuple(28 * k for k in range(sessions)), tuple(range(0, 30 * sessions, 30)))
    course_of((*(28 * k for k in range(6)), 400, 600, 800), (100, 1000))
    assert _integrate._cached._cache_size() == before
