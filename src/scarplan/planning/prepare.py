"""Prepare a plan: what may be set for the scars of its basis, and the search for the best course."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scarplan.devices import Device
from scarplan.devices import device as find_device
from scarplan.errors import BadInput
from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.additions import offer_additions
from scarplan.planning.basis import ScarBasis
from scarplan.planning.compose import PlanParts
from scarplan.planning.grid import Grid, ZoneTarget
from scarplan.planning.offer import Offer, Planner, make_offer
from scarplan.planning.other_devices import OtherDevices, offer_other_devices
from scarplan.planning.schedule import offer_schedules
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
    pick: str | None = None,
    fine: bool = False,
    progress: Callable[[float], None],
) -> PlanParts:
    """Return everything that a plan is composed of; courses are searched where a needle length can be set.

    `pick` is the name or point of an offered plan to take instead of the program's choice; with `fine` the plan is
    settled among the device's own steps. Raises BadInput for a protocol that the device cannot follow, or a pick that
    is not offered; Refused when no course keeps the limits.
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
    planner = Planner(
        targets=_list_targets(zones, basis),
        schedules=schedules.schedules,
        additions=offer_additions(
            screening,
            not_cleared_because=(*screening.not_cleared_because, *basis.not_cleared_because),
            has_rolling=basis.counts.get("rolling", (0, 0))[1] > 0,
        ),
        goals=tuple(goals),
        judge_after_days=schedules.judge_after_days,
        healer=healer,
        prices=clinic.prices if clinic else None,
        fine=fine,
        detectable_percent=basis.detectable_percent,
    )
    offer, grid = _search(planner, pick, progress)
    other = OtherDevices()
    if offer is not None and grid is not None and clinic is not None and clinic.energy_devices:
        other = offer_other_devices(
            clinic.energy_devices,
            planner,
            usual=offer.named.standard.schedule,
            front=[plan.merits for plan in offer.shown],
            screening=screening,
            not_cleared_because=(*screening.not_cleared_because, *basis.not_cleared_because),
        )
    return PlanParts(
        device=device,
        clinic=clinic,
        screening=screening,
        zones=zones,
        schedules=schedules,
        goals=tuple(goals),
        grid=grid,
        offer=offer,
        targets=tuple(planner.targets),
        basis=basis,
        inputs=inputs,
        seed=seed,
        other_devices=other,
    )


def _list_targets(zones: Sequence[ZoneOptions], basis: ScarBasis) -> tuple[ZoneTarget, ...]:
    return tuple(
        ZoneTarget(options=zone, scars=basis.scars.pick(basis.scars.is_in(zone.zone, zone.side)))
        for zone in zones
        if zone.lengths_mm
    )


def _search(
    planner: Planner, pick: str | None, progress: Callable[[float], None]
) -> tuple[Offer, Grid] | tuple[None, None]:
    if not planner.targets:
        if pick is not None:
            raise BadInput(
                "there is no plan to pick: no zone has a needle length setting",
                code="E-PLAN-033",
                got=pick,
                allowed="nothing, until the clinic sets a needle length",
                do="give the clinic's settings: `scarplan plan CASE --protocol FILE`",
            )
        return None, None
    grid = planner.choose(progress=lambda done: progress(0.4 * done))
    return make_offer(planner, grid, pick=pick, progress=lambda done: progress(0.4 + 0.6 * done))
