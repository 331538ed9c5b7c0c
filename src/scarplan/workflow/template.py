"""Templates and schemas of the input files a person fills."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from scarplan.errors import BadInput

NAMES = (
    "patient",
    "goals",
    "assessment",
    "outcomes",
    "protocol",
    "device",
    "capture",
    "study",
    "zones",
    "phantom",
    "scanner",
    "session",
    "adverse-event",
    "decision",
)


def print_template(
    name: str, *, scar_kind: str | None = None, skin_type: int | None = None, zone: str | None = None
) -> str:
    """Return a valid, commented example of the input file `name` that its own verb accepts.

    `scar_kind`, `skin_type` and `zone` choose among the templates of goals. Raises BadInput for a name, or a choice,
    that does not exist.
    """
    checked = _checked(name)
    if (scar_kind, skin_type, zone) != (None, None, None):
        if checked != "goals":
            raise BadInput(
                "only the templates of goals are told by kind of scar, skin type and zone",
                code="E-TEMPLATE-002",
                got=name,
                allowed="goals",
                do="scarplan template goals --kind rolling --skin-type 5",
            )
        from scarplan.planning.goal_templates import write_goal_template

        return write_goal_template(scar_kind=scar_kind or "any", skin_type=skin_type, zone=zone)
    match checked:
        case "patient":
            from scarplan.workflow.new_patient import patient_template

            return patient_template()
        case "device":
            from scarplan.devices.own import EXAMPLE_DEVICE

            return EXAMPLE_DEVICE
        case "phantom":
            from scarplan.commissioning import design_plate, write_truth

            return write_truth(design_plate())
        case other:
            return files("scarplan.records").joinpath("templates", f"{other}.toml").read_text("utf-8")


def describe_schema(name: str) -> dict[str, Any]:
    """Return the JSON schema of the input file `name`."""
    match _checked(name):
        case "patient":
            from scarplan.workflow.new_patient import describe_patient

            return describe_patient()
        case "goals":
            from scarplan.records.goal import Goals

            return Goals.model_json_schema()
        case "assessment":
            from scarplan.records.assessment import Assessment

            return Assessment.model_json_schema()
        case "outcomes":
            from scarplan.records.outcomes import Outcomes

            return Outcomes.model_json_schema()
        case "zones":
            from scarplan.records.face_zones import FaceZones

            return FaceZones.model_json_schema()
        case "capture":
            from scarplan.records.capture import Capture

            return Capture.model_json_schema()
        case "device":
            from scarplan.devices.own import DeviceDescription

            return DeviceDescription.model_json_schema()
        case "study":
            from scarplan.records.study_plan import StudyPlan

            return StudyPlan.model_json_schema()
        case "phantom":
            from scarplan.records.phantom_plate import PhantomPlate

            return PhantomPlate.model_json_schema()
        case "session":
            from scarplan.records.session import SessionRecord

            return SessionRecord.model_json_schema()
        case "adverse-event":
            from scarplan.records.adverse_event import AdverseEventRecord

            return AdverseEventRecord.model_json_schema()
        case "decision":
            from scarplan.records.decision import DecisionRecord

            return DecisionRecord.model_json_schema()
        case "scanner":
            from scarplan.records.scanner_profile import ScannerProfile

            return ScannerProfile.model_json_schema()
        case _:
            from scarplan.records.clinic_protocol import ClinicProtocol

            return ClinicProtocol.model_json_schema()


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
