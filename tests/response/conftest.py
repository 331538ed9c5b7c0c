"""One patient, one zone, one pen and one set of draws, shared by the tests of the response."""

import pytest
from reference_setting import setting

from scarplan.anatomy import SkinLayers
from scarplan.devices import device
from scarplan.response import ResponsePatient, central_parameters, draw_parameters, heal

DRAWS = 128


@pytest.fixture(scope="session")
def layers():
    return SkinLayers("cheek", 0.1, 0.03, 1.5, 0.25, sources=())


@pytest.fixture(scope="session")
def pen():
    return device("generic_pen")


@pytest.fixture(scope="session")
def patient():
    return ResponsePatient(age_years=25, skin_type=4, smoker=False, sun="usual")


@pytest.fixture(scope="session")
def draws(layers, patient):
    return draw_parameters(DRAWS, seed=7, device_class="pen", layers=layers, patient=patient)


@pytest.fixture(scope="session")
def central(layers, patient):
    return central_parameters(device_class="stamp", layers=layers, patient=patient)


@pytest.fixture(scope="session")
def course_of(pen, draws):
    """A function from sessions and days to a course; the reference setting and draws unless told otherwise."""

    def make(session_days, days, *, of=draws, adjuncts=(), **changes):
        return heal(setting(**changes), pen, session_days=session_days, days=days, draws=of, adjuncts=adjuncts)

    return make
