"""The days of a course: sessions, questions before each, care, the call, follow-ups, judging, maintenance.

Delivered sessions stand on the day they were given and shift the rest; no session comes sooner than the interval of
the plan after the one before, nor before a wait that the screening found is over. Where the clinic keeps weekends,
what it does itself and falls on one moves to the Monday after: later, never sooner.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from scarplan.course.calendar_texts import CalendarTexts, read_calendar_texts
from scarplan.course.open_events import open_events_by_now
from scarplan.course.read import Course, DecisionMade
from scarplan.evidence.library import value_of
from scarplan.records.plan import Plan

AppointmentKind: TypeAlias = Literal[
    "rescreen", "session", "care", "call", "scan_before", "photo", "judge", "scan", "maintenance"
]
#: Days from a Saturday to the Monday after.
_WEEKEND = 2
#: done: the ledger holds it; past: its day is over and nothing tells whether it was done; planned: still to come.
State: TypeAlias = Literal["done", "past", "planned"]


@dataclass(frozen=True)
class Appointment:
    """One entry of the calendar, whole days. `key` names it within its course for as long as the course lasts.

    `end` is the last day that belongs to it. `day` counts from the first session. `is_tentative`: to be decided.
    """

    key: str
    kind: AppointmentKind
    date: datetime.date
    end: datetime.date
    day: int
    title: str
    text: str
    state: State = "planned"
    session: int | None = None
    is_tentative: bool = False


@dataclass(frozen=True)
class Move:
    """Why the next session stands later than its interval says, or than it was asked for."""

    earliest: datetime.date
    because: str


@dataclass(frozen=True)
class Timetable:
    """The calendar of one course: its entries by day, what moved them, and what should be known beside them."""

    appointments: tuple[Appointment, ...]
    delivered: int
    to_come: int
    moves: tuple[Move, ...]
    notes: tuple[str, ...]


def make_timetable(
    plan: Plan,
    course: Course,
    screening: Mapping[str, Any],
    *,
    start: datetime.date,
    today: datetime.date,
    keeps_weekends: bool = False,
) -> Timetable:
    """Return the calendar of a course. `start` is the earliest day for a session that is still to come.

    `keeps_weekends`: no day at the clinic is put on a Saturday or Sunday; those after it count from where it moved to.
    `screening` is a `screen --json` object that says neither wait nor stop. While an adverse event is open, the
    sessions to come and what counts from them are to be decided, and a note tells the event.
    """
    delivered = [session.date for session in course.sessions]
    notes: list[str] = []
    to_come = _sessions_to_come(plan, course, notes)
    week = _Week(keeps_weekends)
    planned, moves = _plan_sessions(plan, delivered, to_come, start=start, screening=screening, week=week)
    dates = [*delivered, *planned]
    if not dates:
        return Timetable((), 0, 0, (), tuple(notes))
    days = _Days(plan, read_calendar_texts(), dates, len(delivered), week)
    entries = [*days.of_sessions(), *days.of_follow_ups(course, notes)]
    if _decided(course) != "stop":
        entries += days.of_maintenance()
    notes += week.notes(today=today)
    clamped = (_not_before(entry, today) if entry.kind == "rescreen" else entry for entry in entries)
    marked = [_mark(entry, today=today) for entry in _match_scans(list(clamped), course)]
    told = list(open_events_by_now(course, today))
    if told and any(entry.kind in ("session", "maintenance") and entry.state == "planned" for entry in marked):
        marked = [_hold(entry, days) for entry in marked]
        notes += [f"an adverse event is open, so every session to come is tentative: {one}" for one in told]
    ordered = sorted(marked, key=lambda entry: (entry.date, entry.end, entry.key))
    return Timetable(tuple(ordered), len(delivered), to_come, moves, tuple(notes))


def _hold(entry: Appointment, days: _Days) -> Appointment:
    """Return the entry as to be decided where it belongs to a session to come, or counts from the last of those."""
    is_later = entry.session > days.delivered if entry.session else len(days.dates) > days.delivered
    return replace(entry, is_tentative=entry.is_tentative or (is_later and entry.state == "planned"))


def _decided(course: Course) -> str | None:
    """Return what a person decided last, unless a plan was approved since: that is then what holds. None for neither.

    What the program proposes is no decision.
    """
    made = [one for one in course.decisions if "record" in one.content]
    if not made or _is_answered(course, made[-1]):
        return None
    return str(made[-1].content["record"]["action"])


def _proposed(course: Course) -> str | None:
    """Return what the program proposes and nobody has answered, by a decision or by approving another plan."""
    made = course.decisions[-1] if course.decisions else None
    if made is None or "record" in made.content or _is_answered(course, made):
        return None
    return str(made.content["action"]) if made.content.get("action") else None


def _is_answered(course: Course, made: DecisionMade) -> bool:
    """Whether a plan was approved after this decision or proposal was written."""
    return any(one.number > made.number for one in course.approvals)


def _sessions_to_come(plan: Plan, course: Course, notes: list[str]) -> int:
    planned = plan.after_sessions + plan.sessions
    left = max(0, planned - len(course.sessions))
    action, proposed = _decided(course), _proposed(course)
    if proposed in ("stop", "maintain", "change"):
        notes.append(f"the program proposes to {proposed}; nobody has decided it, so the calendar follows the plan")
    if action in ("stop", "maintain") and left:
        notes.append(f"it was decided to {action}: {left} planned session{'s' if left > 1 else ''} left out")
        return 0
    if len(course.sessions) > planned:
        notes.append(f"sessions given: {len(course.sessions)}, planned: {planned}")
    return left


def _plan_sessions(
    plan: Plan,
    delivered: Sequence[datetime.date],
    to_come: int,
    *,
    start: datetime.date,
    screening: Mapping[str, Any],
    week: _Week,
) -> tuple[list[datetime.date], tuple[Move, ...]]:
    if not to_come:
        return [], ()
    interval = datetime.timedelta(days=plan.interval_days)
    asked = max(start, delivered[-1] + interval) if delivered else start
    moves = []
    if delivered and asked == start > delivered[-1] + interval:
        moves.append(Move(start, f"the interval of {plan.interval_days} days was over before {start.isoformat()}"))
    if delivered and start < delivered[-1] + interval:
        moves.append(Move(asked, f"{plan.interval_days} days after the session before"))
    for rule, until in _waits(screening):
        if until > asked:
            moves.append(Move(until, f"the screening asks to wait: {rule.replace('_', ' ')}"))
    planned = [week.open_day(max([asked, *(move.earliest for move in moves)]))]
    while len(planned) < to_come:
        planned.append(week.open_day(planned[-1] + interval))
    return planned, tuple(moves)


def _waits(screening: Mapping[str, Any]) -> Iterator[tuple[str, datetime.date]]:
    """Yield each rule of the screening with a wait that nobody has overridden, and the day it is over."""
    for finding in screening["findings"]:
        if finding.get("wait_until") and not finding.get("override"):
            yield finding["rule"], datetime.date.fromisoformat(finding["wait_until"])


@dataclass(frozen=True)
class _Week:
    """On which days the clinic works, and which were moved for it: from the day asked for to the day found."""

    keeps_weekends: bool
    moved: dict[datetime.date, datetime.date] = field(default_factory=dict)

    def open_day(self, date: datetime.date) -> datetime.date:
        """Return `date`, or the Monday after where it falls on a weekend that is kept."""
        late = 7 - date.weekday()
        if not self.keeps_weekends or late > _WEEKEND:
            return date
        self.moved[date] = date + datetime.timedelta(days=late)
        return self.moved[date]

    def notes(self, *, today: datetime.date) -> Iterator[str]:
        """Yield in words how many days to come moved."""
        number = sum(date >= today for date in self.moved.values())
        if number:
            days = "1 day that fell on a weekend is" if number == 1 else f"{number} days that fell on a weekend are"
            yield f"{days} put on the Monday after; what follows counts from there"


@dataclass(frozen=True)
class _Days:
    """The sessions of a course, given and to come, and what belongs to them."""

    plan: Plan
    texts: CalendarTexts
    dates: Sequence[datetime.date]
    delivered: int
    week: _Week

    @property
    def last(self) -> datetime.date:
        return self.dates[-1]

    def of_sessions(self) -> Iterator[Appointment]:
        """Yield the sessions with the questions before them, the care and the call after them."""
        for number, date in enumerate(self.dates, start=1):
            is_given = number <= self.delivered
            if not is_given:
                before = date - datetime.timedelta(days=value_of("schedule.rescreen_days_before"))
                yield self._entry("rescreen", before, session=number)
            yield replace(self._entry("session", date, session=number), state="done" if is_given else "planned")
            yield from self._care(number, date)
            first, last = (round(hours / 24) for hours in value_of("schedule.call_hours"))
            yield self._entry("call", _after(date, first), _after(date, last), session=number)

    def of_follow_ups(self, course: Course, notes: list[str]) -> Iterator[Appointment]:
        """Yield photographs and scans: at the review, and after the last session."""
        review = self.plan.review_after_sessions
        if review < len(self.dates):
            yield from self._review(review, course, notes)
        judge = self.plan.judge_after_days
        photo = value_of("schedule.photo_after_last_days")
        if photo < judge:
            yield self._entry("photo", self._at_clinic(photo), name="photo")
        yield self._entry("judge", self._at_clinic(judge), name="judge")
        for days in value_of("schedule.scan_after_last_days"):
            if days > judge:
                yield self._entry("scan", self._at_clinic(days), name=f"scan-{days}")

    def _at_clinic(self, days: int) -> datetime.date:
        """Return the day so long after the last session on which the clinic works."""
        return self.week.open_day(_after(self.last, days))

    def of_maintenance(self) -> Iterator[Appointment]:
        """Yield maintenance, to be decided, as far as the forecast reaches."""
        every, end = self.plan.maintenance_days, _after(self.dates[0], value_of("schedule.last_day"))
        if not every:
            return
        number, date = 1, self._at_clinic(every)
        while date <= end:
            before = date - datetime.timedelta(days=value_of("schedule.rescreen_days_before"))
            name = f"maintenance-{number}"
            asked = self._entry("rescreen", before, name=f"rescreen-{name}", text="rescreen_maintenance")
            yield replace(asked, is_tentative=True)
            yield replace(self._entry("maintenance", date, name=name), is_tentative=True)
            number, date = number + 1, self.week.open_day(_after(date, every))

    def _review(self, review: int, course: Course, notes: list[str]) -> Iterator[Appointment]:
        """Yield the scan of the first review: before the next session, when nothing is swollen any more."""
        next_date = self.dates[review]
        if review + 1 <= self.delivered and not course.scans:
            notes.append(f"no scan was recorded at the review before session {review + 1}")
            return
        quiet = _after(self.dates[review - 1], value_of("schedule.scan_not_within_days"))
        before = next_date - datetime.timedelta(days=value_of("schedule.rescreen_days_before"))
        asked = max(quiet, before)
        yield self._entry("scan_before", min(self.week.open_day(asked), max(next_date, asked)), session=review + 1)

    def _care(self, number: int, date: datetime.date) -> Iterator[Appointment]:
        next_date = self.dates[number] if number < len(self.dates) else None
        for step in self.plan.aftercare:
            first, _, last = step.day.partition("-")
            start, end = _after(date, int(first)), _after(date, int(last or first))
            if next_date is not None:
                end = min(end, next_date - datetime.timedelta(days=1))
            if start > end:
                continue
            label = f"day {first}" if not last else f"days {first} to {last}"
            title, text = self.texts.care(label=label, day=step.day, number=number)
            yield replace(
                self._entry("care", start, end, session=number, name=f"care-{number}-{step.day}"),
                title=title,
                text=text,
            )

    def _entry(
        self,
        kind: AppointmentKind,
        date: datetime.date,
        end: datetime.date | None = None,
        *,
        session: int | None = None,
        name: str | None = None,
        text: str | None = None,
    ) -> Appointment:
        title, words = self.texts.of(text or kind, number=session, of=len(self.dates))
        return Appointment(
            key=name or f"{kind}-{session}",
            kind=kind,
            date=date,
            end=end or date,
            day=(date - self.dates[0]).days,
            title=title,
            text=words,
            session=session,
        )


def _after(date: datetime.date, days: int) -> datetime.date:
    return date + datetime.timedelta(days=days)


def _not_before(entry: Appointment, today: datetime.date) -> Appointment:
    """Return the entry no earlier than today: what is still to be asked cannot be asked yesterday."""
    if entry.date >= today:
        return entry
    return replace(entry, date=today, end=today, day=entry.day + (today - entry.date).days)


def _match_scans(entries: list[Appointment], course: Course) -> list[Appointment]:
    """Return the entries with each scan of the ledger put in the place of the follow-up that it was taken for."""
    reach = value_of("schedule.scan_belongs_within_days")
    wanted = {entry.key: entry for entry in entries if entry.kind in ("scan_before", "judge", "scan")}
    for taken in course.scans:
        free = [entry for entry in wanted.values() if entry.state != "done"]
        near = min(free, key=lambda entry: abs((entry.date - taken.date).days), default=None)
        if near is not None and abs((near.date - taken.date).days) <= reach:
            shift = (taken.date - near.date).days
            wanted[near.key] = replace(near, date=taken.date, end=taken.date, day=near.day + shift, state="done")
    return [wanted.get(entry.key, entry) for entry in entries]


def _mark(entry: Appointment, *, today: datetime.date) -> Appointment:
    return replace(entry, state="past") if entry.state == "planned" and entry.end < today else entry
