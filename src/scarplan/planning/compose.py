"""Compose the plan from what was offered and chosen: its zones, reasons and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scarplan.aftercare import explain_aftercare, list_reasons_to_call, plan_aftercare
from scarplan.devices import Device
from scarplan.evidence.library import source
from scarplan.planning.alternatives import list_alternatives
from scarplan.planning.anaesthesia import plan_anaesthesia
from scarplan.planning.basis import ScarBasis
from scarplan.planning.describe_settled import settled_in_words
from scarplan.planning.enough import say_too_little
from scarplan.planning.first import plan_first_steps
from scarplan.planning.grid import Grid, ZoneTarget
from scarplan.planning.offer import Offer
from scarplan.planning.other_devices import OtherDevices
from scarplan.planning.prescribe import Setting, prescribe_schedule
from scarplan.planning.protected import list_protected_skin
from scarplan.planning.reach import chance_of
from scarplan.planning.reasons import explain_choice, name_place, name_unlikely_goals
from scarplan.planning.schedule import Schedule, ScheduleOptions
from scarplan.planning.screening import ScreeningForPlan
from scarplan.planning.technique import TECHNIQUE_BASIS, choose_directions
from scarplan.planning.zones import ZoneOptions
from scarplan.records.clinic_protocol import ClinicProtocol
from scarplan.records.goal import Goal, goal_in_words
from scarplan.records.plan import ClinicMark, Plan, PlannedGoal, PlannedZone, Reason


@dataclass(frozen=True)
class PlanParts:
    """Everything that a plan is composed of. Where no zone has a needle length setting `grid` and `offer` are None."""

    device: Device
    clinic: ClinicProtocol | None
    screening: ScreeningForPlan
    zones: tuple[ZoneOptions, ...]
    schedules: ScheduleOptions
    goals: tuple[Goal, ...]
    grid: Grid | None
    offer: Offer | None
    targets: tuple[ZoneTarget, ...]
    basis: ScarBasis
    inputs: Mapping[str, str]
    seed: int
    other_devices: OtherDevices = field(default_factory=OtherDevices)


def compose_plan(parts: PlanParts) -> Plan:
    """Return the plan. Raises BadInput when the clinic's cream must not be used in this patient."""
    schedule = _schedule(parts)
    zones = tuple(_planned_zone(options, parts) for options in parts.zones)
    longest = max((z.needle_length_mm for z in zones if z.needle_length_mm is not None), default=None)
    clinic = parts.clinic
    basis = parts.basis
    return Plan(
        basis=basis.name,
        device=parts.device.id,
        device_name=parts.device.name,
        clinic_protocol=ClinicMark(name=clinic.name, date=clinic.date, example=clinic.example) if clinic else None,
        sessions=schedule.sessions,
        interval_days=schedule.interval_days,
        maintenance_days=parts.schedules.maintenance_days,
        maintenance_note=parts.schedules.maintenance_note,
        review_after_sessions=min(parts.schedules.review_after_sessions, schedule.sessions),
        judge_after_days=parts.schedules.judge_after_days,
        adjuncts=parts.grid.chosen.adjuncts if parts.grid else (),
        skin_type=parts.screening.skin_type,
        scar_list_reviewed=basis.is_reviewed,
        zones=zones,
        first=plan_first_steps(basis.counts, basis.count_words),
        anaesthesia=plan_anaesthesia(parts.screening, clinic, longest_mm=longest),
        aftercare=plan_aftercare(),
        call_the_clinic=list_reasons_to_call(),
        phone=clinic.phone if clinic else None,
        goals=_planned_goals(parts),
        unlikely=name_unlikely_goals(parts.goals, parts.grid),
        not_cleared_because=(*parts.screening.not_cleared_because, *basis.not_cleared_because),
        reasons=(*_reasons(parts, schedule), Reason(text=TECHNIQUE_BASIS), explain_aftercare()),
        alternatives=list_alternatives(),
        warnings=_warnings(parts),
        inputs=dict(parts.inputs),
        seed=parts.seed,
    )


def _schedule(parts: PlanParts) -> Schedule:
    """The chosen schedule; without a grid the published one."""
    return parts.grid.chosen.schedule if parts.grid else prescribe_schedule(parts.schedules.schedules)


def _planned_zone(options: ZoneOptions, parts: PlanParts) -> PlannedZone:
    setting = _chosen_setting(options, parts.grid)
    length = setting.needle_length_mm if setting else None
    passes = setting.passes if setting else (options.passes[0] if len(options.passes) == 1 else None)
    density = passes * parts.device.channels_per_cm2_per_pass if passes else None
    return PlannedZone(
        zone=options.zone,
        side=options.side,
        **{parts.basis.lists: options.ids},
        needle_length_mm=length,
        needle_length_basis=_length_basis(options, setting),
        passes=passes,
        passes_basis=_say_less(options.passes_basis, passes, options.passes, "fewer passes"),
        directions=choose_directions(passes, options.mode),
        mode=options.mode,
        mode_note=options.mode_note,
        channels_per_cm2=density,
        end_point=options.end_point_at(length),
        ceiling=options.ceiling,
        ceiling_mm=options.ceiling_mm,
        off_label=options.off_label,
        leave_out=list_protected_skin(options, parts.screening.protected, parts.basis.left_out),
        set_by_the_clinic=(*options.set_by_the_clinic, *(("passes",) if passes is None else ())),
        sources=options.sources,
    )


def _length_basis(options: ZoneOptions, setting: Setting | None) -> str:
    length = setting.needle_length_mm if setting else None
    return _say_less(options.length_basis, length, options.lengths_mm, "shorter")


def _say_less(basis: str, value: float | None, compared: Sequence[float], what: str) -> str:
    """Return who says a setting; of one below all that they say, that it is."""
    if value is None or not compared or value >= min(compared):
        return basis
    return f"{basis}; {what} here than that, by the choice of this plan"


def _chosen_setting(options: ZoneOptions, grid: Grid | None) -> Setting | None:
    rows = grid.chosen.settings if grid else ()
    return next(
        (
            row.setting
            for row in rows
            if (row.target.options.zone, row.target.options.side) == (options.zone, options.side)
        ),
        None,
    )


def _planned_goals(parts: PlanParts) -> tuple[PlannedGoal, ...]:
    chosen = parts.grid.chosen if parts.grid else None
    return tuple(
        PlannedGoal(
            goal=goal,
            words=goal_in_words(goal),
            # Two decimals: more would be the noise of the few draws.
            probability=_round(chance_of(goal, chosen.outcome, chosen.schedule)) if chosen else None,
        )
        for goal in parts.goals
    )


def _reasons(parts: PlanParts, schedule: Schedule) -> tuple[Reason, ...]:
    said = [*parts.basis.reasons] + [
        Reason(
            text=f"{name_place(z)}: {_length_basis(z, _chosen_setting(z, parts.grid))}",
            sources=tuple(source(s).id for s in z.sources),
        )
        for z in parts.zones
    ]
    if parts.grid:
        settled = parts.offer.settled if parts.offer else None
        how = () if settled is None else (Reason(text=settled_in_words(settled)),)
        return (*said, *parts.schedules.reasons, *explain_choice(parts.grid), *how)
    start = Reason(
        text=f"{schedule.sessions} sessions as a start: without a needle length setting no courses were compared"
    )
    return (*said, *parts.schedules.reasons, start)


def _warnings(parts: PlanParts) -> tuple[str, ...]:
    found = [*parts.basis.warnings, *(warning for zone in parts.zones for warning in zone.warnings)]
    if parts.grid:
        too_little = say_too_little(parts.grid.chosen, detectable_percent=parts.basis.detectable_percent)
        found += [f"by the model, which is not validated, this plan {too_little}"] if too_little else []
    if parts.clinic and parts.clinic.example:
        found.append("made with an example protocol, which is no clinic's and no recommendation")
    if parts.screening.skin_type_doubt:
        found.append(parts.screening.skin_type_doubt)
    without = [name_place(z) for z in parts.zones if not z.lengths_mm and z.zone is not None]
    if without:
        found.append(
            f"no needle length setting for {', '.join(without)}: set by the clinic "
            "(`scarplan plan CASE --protocol FILE`)"
        )
    return tuple(dict.fromkeys(found))


def _round(chance: float | None) -> float | None:
    return None if chance is None else round(chance, 2)
