"""One plate for all tests of the room: designing and mapping it takes a second."""

from __future__ import annotations

import pytest

from scarplan.commissioning import design_plate, plate_template
from scarplan.commissioning.template import Template
from scarplan.records.phantom_plate import PhantomPlate, PlatePrint


@pytest.fixture(scope="session")
def plate() -> PhantomPlate:
    """Return the plate, printed by a printer that is known to a micrometre."""
    return design_plate().model_copy(update={"print": PlatePrint(depth_sd_mm=0.001)})


@pytest.fixture(scope="session")
def template(plate: PhantomPlate) -> Template:
    return plate_template(plate)
