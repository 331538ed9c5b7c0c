"""A course with the clinic's own needling device: planned, forecast, and stale when its description changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planned_case import make_case

from scarplan.errors import BadInput, Refused, StaleResult
from scarplan.evidence import list_unexplained
from scarplan.records import Case
from scarplan.workflow.case_device import OWN_DEVICE, find_case_device
from scarplan.workflow.plan import plan_course
from scarplan.workflow.template import print_template

#: The numbers of the library's pen of no particular make, as a clinic would write them down.
SAME_AS_GENERIC = """\
id = "my_pen"
name = "My pen"
device_class = "pen"
needles = 12
needle_diameter_mm = 0.25
lengths_mm = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0]
strokes_per_s = 100
tip_width_mm = 8
glide_speed_mm_per_s = 20
stated_by = "maker's manual"
"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, dict[str, Any], Path]:
    """A case planned with a device of the clinic's own, made once; read it only."""
    folder = tmp_path_factory.mktemp("own")
    file = folder / "my_pen.toml"
    file.write_text(SAME_AS_GENERIC)
    case = make_case(folder)
    return case, plan_course(case.root, device=str(file)), file


def test_the_plan_keeps_the_device_and_names_it(planned: tuple[Case, dict[str, Any], Path]) -> None:
    case, plan, _ = planned
    assert plan["device"] == {"id": "my_pen", "name": "My pen"}
    assert case.path(OWN_DEVICE).read_text() == SAME_AS_GENERIC
    assert OWN_DEVICE in plan["manifest"]["inputs"]
    assert list_unexplained("plan", plan) == []


def test_the_same_numbers_make_the_same_course_as_the_library(
    planned: tuple[Case, dict[str, Any], Path], tmp_path: Path
) -> None:
    case, plan, _ = planned
    of_library = plan_course(make_case(tmp_path).root, device="generic_pen")
    assert plan["sessions"] == of_library["sessions"]
    assert plan["interval_days"] == of_library["interval_days"]
    assert plan["zones"] == of_library["zones"]
    mine, theirs = find_case_device(case, "my_pen"), find_case_device(case, "generic_pen")
    assert mine.density == theirs.density
    assert (mine.needles, mine.lengths_mm, mine.max_mm) == (theirs.needles, theirs.lengths_mm, theirs.max_mm)


def test_from_then_on_it_goes_by_its_id_and_a_change_makes_the_plan_stale(tmp_path: Path) -> None:
    case = make_case(tmp_path)
    file = tmp_path / "my_pen.toml"
    file.write_text(SAME_AS_GENERIC)
    first = plan_course(case.root, device=str(file))
    assert plan_course(case.root, device="my_pen")["plan"] == first["plan"]
    case.path(OWN_DEVICE).write_text(SAME_AS_GENERIC.replace("needles = 12", "needles = 16"))
    with pytest.raises(StaleResult, match=OWN_DEVICE):
        case.read_result("plan")


def test_a_protocol_for_another_device_and_an_energy_device_are_refused(tmp_path: Path) -> None:
    case = make_case(tmp_path)
    file, protocol = tmp_path / "my_pen.toml", tmp_path / "clinic.toml"
    file.write_text(SAME_AS_GENERIC)
    protocol.write_text(print_template("protocol"))
    with pytest.raises(BadInput, match=r"E-PLAN-008.*written for another device.*my_pen"):
        plan_course(case.root, protocol=protocol, device=str(file))
    laser = SAME_AS_GENERIC.replace('"pen"', '"fractional_co2"') + "column_radius_mm = 0.1\ncoagulated_rim_mm = 0.05\n"
    file.write_text(laser)
    with pytest.raises(Refused, match="energy device: courses are planned with needles only"):
        plan_course(case.root, device=str(file))
    assert not case.has(OWN_DEVICE)
    with pytest.raises(Refused, match="E-DEV-003"):
        plan_course(case.root, device="co2_fractional")
