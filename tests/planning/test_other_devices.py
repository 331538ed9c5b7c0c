"""Courses with the clinic's energy devices beside the front, and TCA CROSS for ice-picks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from planned_case import scar_row

from scarplan.devices import device, energy_device
from scarplan.errors import BadInput
from scarplan.evidence.library import quantity
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.scar_draws import measured_scars
from scarplan.planning.describe_other_devices import SETTINGS, describe_cross, describe_other_devices
from scarplan.planning.grid import ZoneTarget
from scarplan.planning.merits import Merits
from scarplan.planning.offer import Planner
from scarplan.planning.other_devices import OtherDevices, offer_other_devices
from scarplan.planning.schedule import Schedule, offer_schedules
from scarplan.planning.screening import ScreeningForPlan
from scarplan.planning.zones import offer_zones
from scarplan.records.goal import Goal, PigmentGoal
from scarplan.response import ResponsePatient

FEW = 32
NEVER = Merits(1000.0, 6, 500, 1000.0, 100.0, 0, None)
ALWAYS = Merits(0.0, 1, 0, 0.0, 0.0, 0, None)


def make_planner(*, goals: Sequence[Goal] = ()) -> Planner:
    rows = [scar_row(n, kind, depth_mm=0.4) for n, kind in enumerate(("rolling", "boxcar", "icepick"))]
    scars = measured_scars(rows, count=FEW, seed=0)
    (zone,) = offer_zones(scars.ids_by_place(), device=device("skinpen"), clinic=None, is_strict=False)
    schedules = offer_schedules(None, is_strict=False, longest_mm=1.5)
    patient = ResponsePatient(age_years=30, skin_type=2, smoker=False, sun="usual", keloid=False)
    return Planner(
        targets=[ZoneTarget(options=zone, scars=scars)],
        schedules=schedules.schedules,
        additions=((),),
        goals=goals,
        judge_after_days=schedules.judge_after_days,
        healer=ZoneHealer(device("skinpen"), patient, FEW, 0),
    )


def offer(
    *devices: str,
    planner: Planner | None = None,
    front: Sequence[Merits] = (NEVER,),
    skin_type: int | None = 2,
    answers: Mapping[str, str] | None = None,
    open_questions: Sequence[str] = (),
) -> OtherDevices:
    return offer_other_devices(
        devices,
        planner or make_planner(),
        usual=Schedule(3, 28),
        front=front,
        screening=ScreeningForPlan(skin_type, 30.0, tuple(open_questions), answers or {}),
        not_cleared_because=open_questions,
    )


def test_a_clinic_without_such_a_device_is_offered_none() -> None:
    assert offer() == OtherDevices()


def test_courses_of_a_laser_are_told_with_their_harms_and_without_settings() -> None:
    found = offer("co2_fractional")
    assert [course.schedule.sessions for course in found.courses] == [1, 3]
    one, three = found.courses
    assert np.all(three.left_percent <= one.left_percent + 1e-9), "more sessions leave no more"
    assert 0.0 < three.merits.left_percent < one.merits.left_percent < 100.0
    assert three.merits.downtime_days > one.merits.downtime_days > 0.0
    row = describe_other_devices(found)["courses"][1]
    assert SETTINGS in row["words"]
    assert not {"needle_length_mm", "channels_per_cm2", "passes", "energy"} & set(row), "no setting is invented"
    assert row["left_percent"]["q05"] < row["left_percent"]["mean"] < row["left_percent"]["q95"]


def test_a_vaporising_laser_does_more_and_asks_more_than_one_that_heats() -> None:
    found = offer("co2_fractional", "nonablative")
    by_device = {(course.device.id, course.schedule.sessions): course.merits for course in found.courses}
    hot, mild = by_device["co2_fractional", 3], by_device["nonablative", 3]
    assert hot.left_percent < mild.left_percent
    assert hot.downtime_days > mild.downtime_days
    assert hot.pigment_percent > mild.pigment_percent


@pytest.mark.parametrize(("front", "efficient"), [((NEVER,), True), ((ALWAYS,), False), ((NEVER, ALWAYS), False)])
def test_a_course_that_a_plan_is_as_good_as_is_not_efficient(front: Sequence[Merits], efficient: bool) -> None:
    assert {course.is_efficient for course in offer("nonablative", front=front).courses} == {efficient}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("co2_fractional", {"skin_type": 5}, "vaporises"),
        ("co2_fractional", {"skin_type": None}, "vaporises"),
        ("nonablative", {"answers": {"isotretinoin_recent": "unknown"}}, "isotretinoin"),
        ("nonablative", {"answers": {"melasma_pih_present": "yes"}}, "dark patches"),
        ("rf_bare", {"answers": {"pacemaker_icd": "yes"}}, "pacemaker"),
        ("nonablative", {"open_questions": ["not answered: keloids"]}, "open"),
    ],
)
def test_what_speaks_against_a_device_is_never_traded(name: str, given: dict[str, Any], said: str) -> None:
    found = offer(name, **given)
    assert not found.courses
    assert said in describe_other_devices(found)["not_offered"][0]["words"]


def test_a_pacemaker_does_not_speak_against_light() -> None:
    assert offer("nonablative", answers={"pacemaker_icd": "yes"}).courses


def test_a_limit_holds_for_a_laser_too() -> None:
    limit = PigmentGoal(kind="pigment", percent_at_most=0.001, strength="limit")
    found = offer("co2_fractional", planner=make_planner(goals=[limit]))
    assert not found.courses
    assert "break a limit" in found.not_offered[0].why


def test_a_device_that_the_library_does_not_know_is_refused() -> None:
    with pytest.raises(BadInput, match="no energy device"):
        offer("excimer")
    assert energy_device("co2_fractional").ablates


def test_cross_is_told_for_ice_picks_alone_as_the_range_of_its_class() -> None:
    assert describe_cross({"rolling": (3, 3)}, {"rolling": "3"}) is None
    told = describe_cross({"icepick": (12, 12)}, {"icepick": "12"})
    assert told is not None
    level, kind = (quantity(f"calibration.{name}").prior for name in ("procedure_tca_cross", "kind_cross_icepick"))
    drawn = np.random.default_rng(0)
    assert level is not None
    assert kind is not None
    each = sum(drawn.normal(prior.center or 0.0, prior.spread or 0.0, 100_000) for prior in (level, kind))
    figures = told["improvement_percent"]
    assert figures["mean"] == pytest.approx(np.mean(each), abs=1.0)
    assert [figures["q05"], figures["q95"]] == pytest.approx(np.quantile(each, [0.05, 0.95]), abs=1.0)
    assert told["simulated"] is False
    assert told["downtime_days"] is None, "unknown, not none"
    assert "not simulated" in told["words"]
