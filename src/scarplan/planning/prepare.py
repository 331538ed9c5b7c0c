"""Prepare a plan: what may be set for the scars of its basis, and the search for the best course."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scarplan.devices import Device
from scarplan.devices import device as find_device
from scarplan.errors import BadInput
from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.basis import ScarBasis
from scarplan.planning.compose import PlanParts
from scarplan.planning.evaluate import ModelEvaluation
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


def choose_device(device_id: str | None, clinic: ClinicProtocol | None, *, own: Device | None = None) -> Device:
    """Return the device of a plan: the one named, else the clinic's, else the default.

    `own` is the clinic's own device, chosen where it is called so.
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
    wanted = device_id or written_for or DEFAULT_DEVICE
    return own if own is not None and own.id == wanted else find_device(wanted)


def describe_patient(patient: Patient, screening: ScreeningForPlan) -> ResponsePatient:
    """Return what the model takes of a patient; what was not answered stays unknown."""
    known = {"yes": True, "no": False}
    return ResponsePatient(
        age_years=screening.age_years,
        skin_type=screening.skin_type,
        smoker=known.get(patient.answer_of("smoking").answer),
        sun=patient.sun,
        keloid=known.get(patient.answer_of("keloid_history").answer),
    )


def prepare_plan(
    *,
    screening: ScreeningForPlan,
    basis: ScarBasis,
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
    zones = offer_zones(basis.scars.ids_by_place(), device=device, clinic=clinic, is_strict=screening.is_strict)
    longest = max((length for zone in zones for length in zone.lengths_mm), default=None)
    schedules = offer_schedules(clinic, is_strict=screening.is_strict, longest_mm=longest)
    healer = ZoneHealer(
        device=device,
        patient=describe_patient(patient, screening),
        count=basis.scars.depth_mm.shape[0],
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
        grid=_search(zones, basis, schedules, goals, healer, progress),
        basis=basis,
        inputs=inputs,
        seed=seed,
    )


def _search(
    zones: Sequence[ZoneOptions],
    basis: ScarBasis,
    schedules: ScheduleOptions,
    goals: Sequence[Goal],
    healer: ZoneHealer,
    progress: Callable[[float], None],
) -> Grid | None:
    targets = [
        ZoneTarget(options=zone, scars=basis.scars.pick(basis.scars.is_in(zone.zone, zone.side)))
        for zone in zones
        if zone.lengths_mm
    ]
    if not targets:
        return None
    return search_grid(
        targets,
        schedules.schedules,
        goals,
        evaluate=ModelEvaluation(healer),
        judge_after_days=schedules.judge_after_days,
        progress=progress,
    )
