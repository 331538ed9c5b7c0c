"""Prepare a plan: which scars are treated, what may be set, and the search for the best course."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from scarplan.devices import Device
from scarplan.devices import device as find_device
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import value_of
from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.compose import PlanParts
from scarplan.planning.evaluate import ModelEvaluation
from scarplan.planning.first import plan_first_steps
from scarplan.planning.grid import Grid, ZoneTarget, search_grid
from scarplan.planning.schedule import ScheduleOptions, offer_schedules
from scarplan.planning.screening import ScreeningForPlan
from scarplan.planning.zones import ZoneOptions, offer_zones
from scarplan.records.clinic_protocol import ClinicProtocol
from scarplan.records.goal import Goal
from scarplan.records.patient import Patient
from scarplan.response import ResponsePatient

#: The device of a plan when neither the user nor the clinic names one: the one with a cleared label that could be read.
DEFAULT_DEVICE = "skinpen"

Scar = Mapping[str, Any]


def choose_device(device_id: str | None, clinic: ClinicProtocol | None) -> Device:
    """Return the device of a plan: the one named, else the clinic's, else the default.

    Raises BadInput when the one named is not the one that the clinic protocol is written for.
    """
    written_for = clinic.device if clinic else None
    if clinic and device_id and written_for and device_id != written_for:
        raise BadInput(
            f"the {clinic.said_by} is written for another device",
            code="E-PLAN-008",
            got=device_id,
            allowed=written_for,
            do="leave --device away, or give a protocol for this device",
        )
    return find_device(device_id or written_for or DEFAULT_DEVICE)


def describe_patient(patient: Patient, screening: ScreeningForPlan) -> ResponsePatient:
    """Return what the model takes of a patient; what was not answered stays unknown."""
    smoking = {"yes": True, "no": False}.get(patient.answer_of("smoking").answer)
    return ResponsePatient(
        age_years=screening.age_years, skin_type=screening.skin_type, smoker=smoking, sun=patient.sun
    )


def scars_to_treat(scars: Mapping[str, Any]) -> tuple[Scar, ...]:
    """Return the depressed scars that count: confident or reviewed. Raises Refused when there is none."""
    faint = set(scars["low_confidence"])
    counted = [s for s in scars["scars"] if s["reviewed"] or s["id"] not in faint]
    depressed = tuple(s for s in counted if s["kind"] != "raised" and s["depth_mm"] > 0)
    if not depressed:
        raise Refused(
            "there is no depressed scar to plan for",
            do="review the finds (`scarplan scars CASE --review review.csv`); raised scars are not needled",
            code="E-PLAN-009",
            result={"plan": None, "first": [step.model_dump() for step in plan_first_steps(scars["counts"])]},
        )
    return depressed


def prepare_plan(
    *,
    screening: ScreeningForPlan,
    scars: Mapping[str, Any],
    patient: Patient,
    goals: Sequence[Goal],
    clinic: ClinicProtocol | None,
    device: Device,
    inputs: Mapping[str, str],
    seed: int,
    progress: Callable[[float], None],
) -> PlanParts:
    """Return everything that a plan is composed of; the grid is searched where a needle length can be set.

    Raises BadInput for a protocol that the device cannot follow, Refused when no course keeps the limits.
    """
    treated = scars_to_treat(scars)
    raised = tuple(scar for scar in scars["scars"] if scar["kind"] == "raised")
    zones = offer_zones(treated, device=device, clinic=clinic, is_strict=screening.is_strict)
    longest = max((length for zone in zones for length in zone.lengths_mm), default=None)
    schedules = offer_schedules(clinic, is_strict=screening.is_strict, longest_mm=longest)
    healer = ZoneHealer(
        device=device,
        patient=describe_patient(patient, screening),
        count=value_of("forecast.draws"),
        seed=seed,
        sex=patient.sex,
    )
    return PlanParts(
        device=device,
        clinic=clinic,
        screening=screening,
        zones=zones,
        schedules=schedules,
        goals=tuple(goals),
        grid=_search(zones, treated, schedules, goals, healer, progress),
        counts=scars["counts"],
        raised=raised,
        scar_list_reviewed=scars["review"] is not None,
        inputs=inputs,
        seed=seed,
    )


def _search(
    zones: Sequence[ZoneOptions],
    treated: Sequence[Scar],
    schedules: ScheduleOptions,
    goals: Sequence[Goal],
    healer: ZoneHealer,
    progress: Callable[[float], None],
) -> Grid | None:
    by_id = {scar["id"]: scar for scar in treated}
    targets = [_target(zone, by_id) for zone in zones if zone.lengths_mm]
    if not targets:
        return None
    return search_grid(
        targets,
        schedules.schedules,
        goals,
        evaluate=ModelEvaluation(healer, by_id),
        judge_after_days=schedules.judge_after_days,
        progress=progress,
    )


def _target(zone: ZoneOptions, by_id: Mapping[int, Scar]) -> ZoneTarget:
    rows = [by_id[scar_id] for scar_id in zone.scars]
    return ZoneTarget(
        options=zone,
        kinds=tuple(row["kind"] for row in rows),
        present_mm=np.array([row["depth_mm"] for row in rows], dtype=float),
    )
