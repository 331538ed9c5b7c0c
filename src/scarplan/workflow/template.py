"""Templates and schemas of the input files a person fills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scarplan.errors import BadInput

#: Name -> how to get the commented example; each verb's own file holds it. Loaded when asked for.
NAMES = ("patient", "goals", "protocol")


def print_template(name: str) -> str:
    """Return a valid, commented example of the input file `name` that its own verb accepts."""
    return _templates()[_checked(name)]()


def describe_schema(name: str) -> dict[str, Any]:
    """Return the JSON schema of the input file `name`."""
    from scarplan.planning import ClinicProtocol, Goals
    from scarplan.records.patient import Patient

    models = {"patient": Patient, "goals": Goals, "protocol": ClinicProtocol}
    return models[_checked(name)].model_json_schema()


def _checked(name: str) -> str:
    if name not in NAMES:
        raise BadInput(
            f"there is no input file called {name!r}",
            code="E-TEMPLATE-001",
            got=name,
            allowed=", ".join(NAMES),
            do="scarplan template patient",
        )
    return name


def _templates() -> dict[str, Callable[[], str]]:
    from scarplan.planning import goals_template, protocol_template
    from scarplan.workflow.new_patient import patient_template

    return {"patient": patient_template, "goals": goals_template, "protocol": protocol_template}
