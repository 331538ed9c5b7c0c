"""What may be changed about a plan, one thing at a time, without leaving its limits.

Never a longer needle than what a label evaluated and is published for the zone, more passes or sessions than are
planned anywhere, or sessions closer than the plan's rules allow; where the clinic set its own protocol, nothing more
than it says. What needs a decision of its own (an addition, a procedure) is offered only where screening found nothing
against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from scarplan.anatomy import needle_length_guidance
from scarplan.anatomy import zone as find_zone
from scarplan.devices import Device
from scarplan.evidence.library import value_of
from scarplan.forecast import Change
from scarplan.planning.additions import WORDS, offer_additions
from scarplan.planning.screening import ScreeningForPlan
from scarplan.planning.technique import list_passes
from scarplan.records.plan import Plan, PlannedZone
from scarplan.response import ResponsePatient

_SAME_MM = 1e-6


def possible_changes(
    plan: Plan, *, device: Device, patient: ResponsePatient, screening: ScreeningForPlan, has_rolling: bool
) -> tuple[Change, ...]:
    """Return what may be changed about `plan`; `has_rolling` is whether a scar may be a rolling one."""
    return (
        *_schedules(plan, screening),
        *_settings(plan, device),
        *_additions(plan, screening, has_rolling=has_rolling),
        *_habits(patient),
    )


def _schedules(plan: Plan, screening: ScreeningForPlan) -> Iterator[Change]:
    may_be_more = plan.clinic_protocol is None and not plan.not_cleared_because
    if may_be_more and plan.sessions < value_of("planning.sessions_most"):
        more = plan.sessions + 1
        yield Change("one_session_more", f"{more} sessions instead of {plan.sessions}", _with(plan, sessions=more))
    if plan.sessions > 1:
        fewer = plan.sessions - 1
        yield Change("one_session_fewer", f"{fewer} instead of {plan.sessions} sessions", _with(plan, sessions=fewer))
    usual, long = value_of("planning.interval_usual_days"), value_of("planning.interval_long_days")
    days = plan.interval_days
    if plan.sessions > 1 and days < long:
        yield Change("longer_apart", f"sessions {long} days apart instead of {days}", _with(plan, interval_days=long))
    longest = max((zone.needle_length_mm or 0.0 for zone in plan.zones), default=0.0)
    is_gentle = not screening.is_strict and longest < value_of("planning.interval_long_from_mm")
    if plan.sessions > 1 and days > usual and is_gentle and may_be_more:
        words = f"sessions {usual} days apart instead of {days}"
        yield Change("closer_together", words, _with(plan, interval_days=usual))


def _settings(plan: Plan, device: Device) -> Iterator[Change]:
    for name, words, allowed in (
        ("shorter_needles", "needles one setting shorter", lambda zone: _next_length(zone, device, longer=False)),
        ("longer_needles", "needles one setting longer", lambda zone: _next_length(zone, device, longer=True)),
        ("fewer_passes", "one pass fewer", lambda zone: _next_passes(zone, device, more=False)),
        ("more_passes", "one pass more", lambda zone: _next_passes(zone, device, more=True)),
    ):
        if plan.clinic_protocol is not None and name in ("longer_needles", "more_passes"):
            continue
        changed = _change_zones(plan, allowed)
        if changed is not None:
            yield Change(name, words, changed)


def _additions(plan: Plan, screening: ScreeningForPlan, *, has_rolling: bool) -> Iterator[Change]:
    offered = offer_additions(screening, not_cleared_because=plan.not_cleared_because, has_rolling=has_rolling)
    for adjuncts in offered:
        if len(adjuncts) == 1 and adjuncts[0] not in plan.adjuncts:
            yield Change(adjuncts[0], WORDS[adjuncts[0]], adjuncts=adjuncts)


def _habits(patient: ResponsePatient) -> Iterator[Change]:
    if patient.smoker is not False:
        smoking = replace(patient, smoker=True)
        not_smoking = replace(patient, smoker=False)
        yield Change("no_smoking", "no smoking, set against smoking", patient=not_smoking, from_patient=smoking)
    if patient.sun != "low":
        words = "little sun during the course" + (", set against much" if patient.sun is None else "")
        yield Change("little_sun", words, patient=replace(patient, sun="low"))


def _next_length(zone: PlannedZone, device: Device, *, longer: bool) -> Mapping[str, float] | None:
    """Return the next setting of the device, None where it would leave the limits."""
    length = zone.needle_length_mm
    if length is None or zone.zone is None:
        return None
    if not longer:
        shorter = device.setting_below(length - 2 * _SAME_MM)
        return None if shorter is None or shorter <= 0 else {"needle_length_mm": shorter}
    guidance = needle_length_guidance(zone.zone)
    if not guidance.is_recommendation or zone.ceiling_mm is None:
        return None
    most = min(guidance.typical_mm or guidance.high_mm, guidance.ceiling_mm, zone.ceiling_mm)
    steps = [step for step in device.settings_up_to(most) if step > length + _SAME_MM]
    return {"needle_length_mm": min(steps)} if steps else None


def _next_passes(zone: PlannedZone, device: Device, *, more: bool) -> Mapping[str, float] | None:
    if zone.passes is None or zone.zone is None or not zone.channels_per_cm2:
        return None
    known = list_passes(find_zone(zone.zone), device)
    steps = [passes for passes in known if (passes > zone.passes if more else passes < zone.passes)]
    if not steps:
        return None
    passes = min(steps) if more else max(steps)
    return {"passes": passes, "channels_per_cm2": zone.channels_per_cm2 * passes / zone.passes}


def _change_zones(plan: Plan, change: Callable[[PlannedZone], Mapping[str, float] | None]) -> Plan | None:
    """Return the plan with every zone changed that may be, None where no zone may."""
    changes = [change(zone) for zone in plan.zones]
    if not any(changes):
        return None
    zones = tuple(zone.model_copy(update=dict(new or {})) for zone, new in zip(plan.zones, changes, strict=True))
    return _with(plan, zones=zones)


def _with(plan: Plan, **changed: object) -> Plan:
    return plan.model_copy(update=changed)
