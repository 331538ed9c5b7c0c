"""From the records of a course to the sessions that the model heals: what each place of the plan was really given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scarplan.course.delivered import CourseSession
from scarplan.course.density import delivered_density
from scarplan.course.read import Session
from scarplan.devices import Device
from scarplan.forecast import zone_setting
from scarplan.forecast.scar_draws import Place
from scarplan.records.plan import Plan
from scarplan.records.protocol import ZoneSetting
from scarplan.records.session import DeliveredZone


def sessions_given(
    sessions: Sequence[Session], plan: Plan, *, plans: Mapping[str, Plan], device: Device
) -> tuple[CourseSession, ...]:
    """Return the sessions that were delivered, with their days and settings, in the zones of `plan`.

    What a record does not tell of a zone that was needled is taken as planned by the plan that was in force on its day
    (`plans`, by their hash). A zone of the plan that a session does not name was not needled in it.
    """
    return tuple(
        CourseSession(each.day, tuple(_settings(each, plan, plans.get(each.plan or "", plan), device)))
        for each in sessions
    )


def sessions_to_come(
    plan: Plan, given: Sequence[CourseSession], *, not_before_day: int = 0
) -> tuple[CourseSession, ...]:
    """Return the sessions of the plan that are still due, as planned, the first not before its interval or that day."""
    left = max(0, plan.sessions - (len(given) - plan.after_sessions))
    due = max(given[-1].day + plan.interval_days, not_before_day) if given else not_before_day
    return tuple(planned_session(plan, due + number * plan.interval_days) for number in range(left))


def sessions_as_planned(plan: Plan) -> tuple[CourseSession, ...]:
    """Return all sessions of a plan on their days, none of them given yet."""
    return tuple(planned_session(plan, number * plan.interval_days) for number in range(plan.sessions))


def planned_session(plan: Plan, day: int) -> CourseSession:
    """Return one session as planned, on a day."""
    places: list[Place] = [(zone.zone, zone.side) for zone in plan.zones]
    settings = tuple((place, made) for place in places if (made := zone_setting(plan, *place)) is not None)
    return CourseSession(day, settings, planned=True)


def adjuncts_given(sessions: Sequence[Session], plan: Plan) -> tuple[str, ...]:
    """Return what was done besides needling, as the model knows it; before any session what is planned.

    Subcision counts from the first session on; plasma counts where most sessions had it.
    """
    if not sessions:
        return tuple(plan.adjuncts)
    had = [each.record.adjuncts for each in sessions]
    subcision = any(each.subcision is not None for each in had)
    plasma = 2 * sum(each.prp is not None for each in had) > len(had)
    return tuple(name for name, was_done in (("prp", plasma), ("subcision", subcision)) if was_done)


def _settings(session: Session, plan: Plan, followed: Plan, device: Device) -> Iterator[tuple[Place, ZoneSetting]]:
    for planned in plan.zones:
        place = planned.zone, planned.side
        rows = [row for row in session.record.zone if _is_of(row, place)]
        setting = zone_setting(followed, *place) or zone_setting(plan, *place)
        found = [made for row in rows if (made := _setting(row, session, setting, device, place))]
        if found:
            # Two settings of one zone: the deeper one is that of the scars.
            yield place, max(found, key=lambda made: made.needle_length_mm)


def _is_of(row: DeliveredZone, place: Place) -> bool:
    return row.zone == place[0] and (row.side == place[1] or row.side is None or place[1] is None)


def _setting(
    row: DeliveredZone, session: Session, planned: ZoneSetting | None, device: Device, place: Place
) -> ZoneSetting | None:
    length = row.set_length_mm if row.set_length_mm is not None else planned and planned.needle_length_mm
    passes = row.passes if row.passes is not None else planned and planned.passes
    if length is None or place[0] is None:
        return None
    told, _ = delivered_density(row, session.record.cartridge)
    if told is None and passes is not None:
        told = passes * device.channels_per_cm2_per_pass
    if told is None:
        return None
    return ZoneSetting(
        zone=place[0],
        needle_length_mm=length,
        channels_per_cm2=told,
        passes=passes or 0,
        mode=row.mode or (planned.mode if planned else "glide"),
    )
