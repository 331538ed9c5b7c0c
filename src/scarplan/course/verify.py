"""Planned against delivered: every session beside the plan that was approved then, zone by zone, with the cause told.

A deviation is no reproach: what counts for the forecast and for the next session is what was done, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from scarplan.course.density import delivered_density
from scarplan.course.read import Session
from scarplan.evidence.library import value_of
from scarplan.records.plan import Plan, PlannedZone
from scarplan.records.session import INTERVAL, DeliveredZone, SessionRecord

What: TypeAlias = Literal[
    "needle_length",
    "ceiling",
    "passes",
    "density",
    "mode",
    "device",
    "interval",
    "missing_zone",
    "extra_zone",
    "skipped_session",
    "more_sessions",
]
NOT_STATED = "not stated"
#: Two settings of one dial are further apart than this, mm.
_SAME_LENGTH_MM = 1e-6


@dataclass(frozen=True)
class Deviation:
    """One difference from the plan. `cause` is what the record says, or "not stated"; `is_loud`: told first.

    `planned` and `delivered` are numbers in `unit` or words; None where there is none. `session` is the order by date.
    """

    session: int
    what: What
    words: str
    planned: float | str | None = None
    delivered: float | str | None = None
    unit: str = ""
    cause: str = NOT_STATED
    zone: str | None = None
    side: str | None = None
    part: str | None = None
    is_loud: bool = False


@dataclass(frozen=True)
class ZoneRow:
    """One row of the table: what a zone should have had and what it had. None is not planned, or not told.

    `density_basis` says how the delivered density was known. `status`: done, missing (planned only), extra.
    """

    session: int
    zone: str
    side: str | None
    part: str | None
    status: Literal["done", "missing", "extra", "no plan"]
    planned_length_mm: float | None
    delivered_length_mm: float | None
    ceiling_mm: float | None
    planned_passes: int | None
    delivered_passes: int | None
    planned_channels_per_cm2: float | None
    delivered_channels_per_cm2: float | None
    density_basis: str | None
    planned_mode: str | None
    delivered_mode: str | None
    end_point_planned: str | None
    end_point_seen: str
    over_ceiling: bool | None
    cause: str | None


@dataclass(frozen=True)
class VerifiedSession:
    """One session beside its plan. The interval is counted from the session before; None for the first."""

    session: Session
    plan: str | None
    planned_interval_days: int | None
    delivered_interval_days: int | None
    rows: tuple[ZoneRow, ...]
    deviations: tuple[Deviation, ...]


def verify_sessions(sessions: Sequence[Session], plans: Mapping[str, Plan]) -> tuple[VerifiedSession, ...]:
    """Return every session beside its plan; `plans` holds the approved plans that the sessions name, by their hash."""
    found: list[VerifiedSession] = []
    for place, session in enumerate(sessions):
        plan = plans.get(session.plan) if session.plan else None
        before = sessions[place - 1] if place else None
        found.append(_verify(session, plan, before))
    return tuple(found)


def _verify(session: Session, plan: Plan | None, before: Session | None) -> VerifiedSession:
    record = session.record
    waited = None if before is None else (session.date - before.date).days
    rows = tuple(_rows(session, plan))
    deviations: list[Deviation] = []
    if plan is not None:
        deviations += [*_device(session, plan), *_interval(session, plan, before), *_number(session, plan)]
        for zone in record.zone:
            deviations += _zone(session, zone, find_planned(plan, zone.zone, zone.side))
        deviations += _missing(session, plan)
    return VerifiedSession(
        session=session,
        plan=session.plan,
        planned_interval_days=plan.interval_days if plan and before else None,
        delivered_interval_days=waited,
        rows=rows,
        deviations=tuple(sorted(deviations, key=lambda one: not one.is_loud)),
    )


def _rows(session: Session, plan: Plan | None) -> Iterator[ZoneRow]:
    for zone in session.record.zone:
        planned = find_planned(plan, zone.zone, zone.side) if plan else None
        status = "no plan" if plan is None else "done" if planned else "extra"
        yield _row(session, zone, planned, status)
    for planned, _ in _not_needled(session.record, plan):
        yield ZoneRow(
            session=session.order,
            zone=planned.zone or "",
            side=planned.side,
            part=None,
            status="missing",
            planned_length_mm=planned.needle_length_mm,
            delivered_length_mm=None,
            ceiling_mm=planned.ceiling_mm,
            planned_passes=planned.passes,
            delivered_passes=None,
            planned_channels_per_cm2=planned.channels_per_cm2,
            delivered_channels_per_cm2=None,
            density_basis=None,
            planned_mode=planned.mode,
            delivered_mode=None,
            end_point_planned=planned.end_point,
            end_point_seen="unknown",
            over_ceiling=None,
            cause=_cause_left_out(session.record, planned),
        )


def _row(
    session: Session, zone: DeliveredZone, planned: PlannedZone | None, status: Literal["done", "extra", "no plan"]
) -> ZoneRow:
    density, basis = delivered_density(zone, session.record.cartridge)
    return ZoneRow(
        session=session.order,
        zone=zone.zone,
        side=zone.side,
        part=zone.part,
        status=status,
        planned_length_mm=planned.needle_length_mm if planned else None,
        delivered_length_mm=zone.set_length_mm,
        ceiling_mm=planned.ceiling_mm if planned else None,
        planned_passes=planned.passes if planned else None,
        delivered_passes=zone.passes,
        planned_channels_per_cm2=planned.channels_per_cm2 if planned else None,
        delivered_channels_per_cm2=density,
        density_basis=basis,
        planned_mode=planned.mode if planned else None,
        delivered_mode=zone.mode,
        end_point_planned=planned.end_point if planned else None,
        end_point_seen=zone.end_point_seen,
        over_ceiling=_is_over(zone, planned),
        cause=zone.because,
    )


def _is_over(zone: DeliveredZone, planned: PlannedZone | None) -> bool | None:
    if planned is None or planned.ceiling_mm is None or zone.set_length_mm is None:
        return None
    return zone.set_length_mm > planned.ceiling_mm + _SAME_LENGTH_MM


def _zone(session: Session, zone: DeliveredZone, planned: PlannedZone | None) -> Iterator[Deviation]:
    def tell(
        what: What, words: str, planned: float | str | None = None, delivered: float | str | None = None, unit: str = ""
    ) -> Deviation:
        return Deviation(
            session=session.order,
            what=what,
            words=words,
            planned=planned,
            delivered=delivered,
            unit=unit,
            cause=zone.because or NOT_STATED,
            zone=zone.zone,
            side=zone.side,
            part=zone.part,
            is_loud=what == "ceiling",
        )

    if planned is None:
        yield tell("extra_zone", "needled, and not in the plan")
        return
    set_mm, length_mm, ceiling_mm = zone.set_length_mm, planned.needle_length_mm, planned.ceiling_mm
    if set_mm is not None and ceiling_mm is not None and _is_over(zone, planned):
        words = f"set to {set_mm:g} mm, above the ceiling of {ceiling_mm:g} mm ({planned.ceiling})"
        yield tell("ceiling", words, ceiling_mm, set_mm, "mm")
    if set_mm is not None and length_mm is not None and abs(set_mm - length_mm) > _SAME_LENGTH_MM:
        words = f"set to {set_mm:g} mm instead of {length_mm:g} mm"
        yield tell("needle_length", words, length_mm, set_mm, "mm")
    if zone.passes is not None and planned.passes is not None and zone.passes != planned.passes:
        words = f"{zone.passes} passes instead of {planned.passes}"
        yield tell("passes", words, planned.passes, zone.passes, "passes")
    density, basis = delivered_density(zone, session.record.cartridge)
    if density is not None and planned.channels_per_cm2:
        percent = 100 * (density / planned.channels_per_cm2 - 1)
        if abs(percent) > value_of("session.density_tolerance_percent"):
            words = (
                f"{density:.0f} channels per cm2 ({basis}) instead of {planned.channels_per_cm2:.0f} ({percent:+.0f} %)"
            )
            yield tell("density", words, planned.channels_per_cm2, density, "1/cm2")
    if zone.mode is not None and planned.mode is not None and zone.mode != planned.mode:
        yield tell("mode", f"{zone.mode} instead of {planned.mode}", planned.mode, zone.mode)


def _missing(session: Session, plan: Plan) -> Iterator[Deviation]:
    for planned, cause in _not_needled(session.record, plan):
        words = "planned, and not needled"
        yield Deviation(
            session.order, "missing_zone", words, cause=cause or NOT_STATED, zone=planned.zone, side=planned.side
        )


def _not_needled(record: SessionRecord, plan: Plan | None) -> Iterator[tuple[PlannedZone, str | None]]:
    """Return the zones with a setting in the plan that were not needled, with the cause that is told."""
    for planned in plan.zones if plan else ():
        has_setting = planned.needle_length_mm is not None or planned.passes is not None
        done = any(_is_place(planned, zone.zone, zone.side) for zone in record.zone)
        if planned.zone is not None and has_setting and not done:
            yield planned, _cause_left_out(record, planned)


def _cause_left_out(record: SessionRecord, planned: PlannedZone) -> str | None:
    return next((one.because for one in record.left_out if _is_place(planned, one.zone, one.side)), None)


def find_planned(plan: Plan, zone: str, side: str | None) -> PlannedZone | None:
    """Return what the plan says for a zone; a side that the record or the plan does not tell fits either."""
    exact = plan.zone_of(zone, side)
    return exact or next((planned for planned in plan.zones if _is_place(planned, zone, side)), None)


def _is_place(planned: PlannedZone, zone: str, side: str | None) -> bool:
    return planned.zone == zone and (planned.side == side or planned.side is None or side is None)


def _device(session: Session, plan: Plan) -> Iterator[Deviation]:
    used = session.record.device
    if used is not None and used.id is not None and used.id != plan.device:
        words = f"{used.id} was used, the plan is for {plan.device}"
        yield Deviation(session.order, "device", words, planned=plan.device, delivered=used.id)


def _interval(session: Session, plan: Plan, before: Session | None) -> Iterator[Deviation]:
    if before is None:
        return
    waited, asked = (session.date - before.date).days, plan.interval_days
    cause = session.record.interval_because
    what: What = "interval"
    words = f"{waited} days after the session before, {asked} are planned"
    # The rest of a course begins when its follow-up was judged: no session was skipped before that.
    begins_rest = plan.continues is not None and session.order == plan.after_sessions + 1
    skipped = 0 if begins_rest else _skipped(session, before, waited, asked)
    if skipped:
        what = "skipped_session"
        words = f"{skipped} session{'s' if skipped > 1 else ''} skipped: {waited} days after the one before"
    elif waited < asked:
        given = session.record.override_of(INTERVAL)
        cause = cause or (given.reason if given else None)
    elif begins_rest or waited <= asked + value_of("session.interval_tolerance_days"):
        return
    yield Deviation(
        session=session.order,
        what=what,
        words=words,
        planned=asked,
        delivered=waited,
        unit="d",
        cause=cause or NOT_STATED,
        is_loud=waited < asked,
    )


def _skipped(session: Session, before: Session, waited: int, asked: int) -> int:
    """Return how many sessions were skipped since the one before: as numbered, else as the days say."""
    if session.record.number is not None and before.record.number is not None:
        return max(0, session.record.number - before.record.number - 1)
    return max(0, round(waited / asked) - 1)


def _number(session: Session, plan: Plan) -> Iterator[Deviation]:
    # A plan for the rest of a course counts its sessions after those that were given before it.
    most = plan.after_sessions + plan.sessions
    if session.order > most:
        words = f"session {session.order} of a course of {most}"
        yield Deviation(session.order, "more_sessions", words, planned=most, delivered=session.order)
