"""How many sessions, how far apart, when to review, when to judge."""

from __future__ import annotations

from dataclasses import dataclass

from scarplan.evidence.library import quantity, source, value_of
from scarplan.records.clinic_protocol import ClinicProtocol
from scarplan.records.plan import Reason


@dataclass(frozen=True)
class Schedule:
    """Sessions of one course and the days between them."""

    sessions: int
    interval_days: int

    @property
    def session_days(self) -> tuple[int, ...]:
        """Day of each session, counted from the first."""
        return tuple(n * self.interval_days for n in range(self.sessions))

    @property
    def last_day(self) -> int:
        """Day of the last session."""
        return max(0, (self.sessions - 1) * self.interval_days)


@dataclass(frozen=True)
class ScheduleOptions:
    """The schedules that are compared, why only these, and what belongs to all of them."""

    schedules: tuple[Schedule, ...]
    reasons: tuple[Reason, ...]
    review_after_sessions: int
    judge_after_days: int
    maintenance_days: int
    maintenance_note: str


def offer_schedules(clinic: ClinicProtocol | None, *, is_strict: bool, longest_mm: float | None) -> ScheduleOptions:
    """Return the schedules that may be compared.

    Never more sessions than `planning.sessions_most`; a clinic may lower that, or set the number itself.
    """
    reasons: list[Reason] = []
    numbers = _session_numbers(clinic, reasons)
    intervals = _intervals(clinic, is_strict, longest_mm, reasons)
    days, note = _maintenance(clinic)
    return ScheduleOptions(
        schedules=tuple(Schedule(n, d) for n in numbers for d in (intervals if n > 1 else intervals[:1])),
        reasons=tuple(reasons),
        review_after_sessions=min(value_of("planning.review_after_sessions"), numbers[-1]),
        judge_after_days=value_of("planning.judge_after_days"),
        maintenance_days=days,
        maintenance_note=note,
    )


def _session_numbers(clinic: ClinicProtocol | None, reasons: list[Reason]) -> tuple[int, ...]:
    most = value_of("planning.sessions_most")
    usual = quantity("planning.sessions_usual")
    if clinic and clinic.sessions:
        reasons.append(Reason(text=f"{clinic.sessions} sessions: set in the {clinic.said_by}"))
        return (clinic.sessions,)
    if clinic and clinic.max_sessions:
        reasons.append(Reason(text=f"at most {clinic.max_sessions} sessions: set in the {clinic.said_by}"))
        return tuple(range(1, min(most, clinic.max_sessions) + 1))
    reasons.append(
        Reason(
            text=f"never more than {most} sessions in one course (assumption; a clinic may lower it); "
            f"the median in published studies of needling alone is {usual.value}",
            sources=(source(usual.source).id,),
        )
    )
    return tuple(range(1, most + 1))


def _intervals(
    clinic: ClinicProtocol | None, is_strict: bool, longest_mm: float | None, reasons: list[Reason]
) -> tuple[int, ...]:
    if clinic and clinic.interval_days:
        return (_clinic_interval(clinic, clinic.interval_days, is_strict, reasons),)
    usual, long = quantity("planning.interval_usual_days"), value_of("planning.interval_long_days")
    if is_strict:
        reasons.append(
            Reason(text=f"{long} days apart: skin type IV to VI or unknown takes the longer interval (assumption)")
        )
        return (long,)
    if longest_mm is not None and longest_mm >= value_of("planning.interval_long_from_mm"):
        reasons.append(
            Reason(text=f"{long} days apart: a setting of {longest_mm:g} mm takes the longer interval (assumption)")
        )
        return (long,)
    reasons.append(
        Reason(
            text=f"{usual.value} or {long} days apart were compared; {usual.value} is the median of the studies",
            sources=(usual.source,),
        )
    )
    return (usual.value, long)


def _clinic_interval(clinic: ClinicProtocol, days: int, is_strict: bool, reasons: list[Reason]) -> int:
    least = value_of("planning.interval_least_strict_days") if is_strict else value_of("planning.interval_least_days")
    if days < least:
        reasons.append(
            Reason(
                text=f"{least} days apart instead of the {days} of the {clinic.said_by}: "
                + ("skin type IV to VI or unknown" if is_strict else "no trial used a shorter interval")
            )
        )
        return least
    reasons.append(Reason(text=f"{days} days apart: set in the {clinic.said_by}"))
    return days


def _maintenance(clinic: ClinicProtocol | None) -> tuple[int, str]:
    if clinic and clinic.maintenance_days:
        return clinic.maintenance_days, f"set in the {clinic.said_by}"
    found = quantity("planning.maintenance_days")
    return found.value, (
        f"one session every {found.low:g} to {found.high:g} days is what practice pages say; no trial of maintenance "
        "in acne scars was found: an assumption, to be discussed after the result was judged"
    )
