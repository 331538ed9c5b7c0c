"""Policy: wait, go on, change, stop or maintain, as a function of what was measured, with reasons and numbers.

    g(n)      mean depth that n further sessions take off, on the day on which the longest course would be judged
    price(n)  what so many sessions must bring: `planning.price_of_session` of the present depth each, and
              `planning.price_of_course_month` for the time that they make the course longer
    needed    the n with the greatest g(n) - price(n), of those whose g(n) two scans can tell from error, or 0

No judging before the result of the last session has come. Nothing needed: stop, or maintain where what is lost without
could be seen. As many needed as are still planned: continue; any other number: change. While an adverse event is open,
no further needling is proposed: wait, and say what would come after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.course.on_track import Unit
from scarplan.evidence.library import value_of
from scarplan.forecast.quantiles import round_figure
from scarplan.records.decision import Action
from scarplan.units import DAYS_PER_MONTH


@dataclass(frozen=True, eq=False)
class CourseState:
    """What a decision is made from. Days count from the first session.

    day             of the last follow-up
    given, due      sessions that were given, and that the plan still has
    left_mm         number of further sessions -> mean depth left of the treated scars [draw], mm; from 0 to as many
                    as are allowed
    present_mm      mean depth before treatment
    detectable_mm   change of the mean depth that two scans can tell from error
    behind          chance of being behind what was forecast
    lost_mm         what is lost from the day of judging to the last day of the forecast without maintenance, mm
    regained_mm     what maintenance keeps of it, mm; both None where no forecast tells them
    maintenance_days   days between maintenance sessions; None where none are planned
    interval_days   days from one further session to the next; 0 where the length of the course is not priced
    open_events     adverse events that are not over on the last day that the course tells of, in words
    unit            "percent" where nothing was measured: every depth is percent of the present one, and
                    `detectable_mm` is 0, since examiners differ by more than courses do: only what makes sessions
                    worth it counts
    """

    day: int
    last_session_day: int
    given: int
    due: int
    left_mm: Mapping[int, Float[np.ndarray, " draw"]]
    present_mm: float
    detectable_mm: float
    behind: float
    lost_mm: float | None = None
    regained_mm: float | None = None
    maintenance_days: int | None = None
    interval_days: int = 0
    open_events: tuple[str, ...] = ()
    unit: Unit = "mm"

    def say(self, depth: float) -> str:
        """Return a depth in words."""
        return f"{1000 * depth:.0f} um" if self.unit == "mm" else f"{depth:.1f} % of the present depth"

    def gain(self, sessions: int) -> float:
        """Return the expected mean depth that so many further sessions take off, mm."""
        return float(np.mean(self.left_mm[0] - self.left_mm[sessions]))

    def worth(self, sessions: int) -> float:
        """Return what so many sessions must take off to be worth it, mm: what can be seen, and what they cost."""
        return max(self.detectable_mm, self.price(sessions))

    def price(self, sessions: int) -> float:
        """Return what so many sessions cost, as a depth, mm; the first also costs the time since the last session."""
        months = self._lasts(sessions) / DAYS_PER_MONTH
        asked = value_of("planning.price_of_session") * sessions + value_of("planning.price_of_course_month") * months
        return float(asked) / 100.0 * self.present_mm

    def _lasts(self, sessions: int) -> int:
        """Return the days from the last session so far to the last of so many further ones."""
        if not sessions or not self.interval_days:
            return 0
        return max(self.day - self.last_session_day, self.interval_days) + (sessions - 1) * self.interval_days

    @property
    def most(self) -> int:
        """The largest number of further sessions that is allowed."""
        return max(self.left_mm)


@dataclass(frozen=True)
class Decided:
    """An action with its reasons; `sessions` are the further sessions that it means, `on_days` the days of the course
    that it names: the day of judging of `wait`, the sessions of `maintain`."""

    action: Action
    reasons: tuple[str, ...]
    sessions: int
    expected_gain_mm: float
    detectable_mm: float
    on_days: tuple[int, ...] = ()
    unit: Unit = "mm"

    def describe(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "action": self.action,
            "reasons": list(self.reasons),
            "further_sessions": self.sessions,
            f"expected_gain_{self.unit}": round_figure(self.expected_gain_mm),
            f"detectable_{self.unit}": round_figure(self.detectable_mm) if self.unit == "mm" else None,
            "on_days": list(self.on_days),
        }


def decide(state: CourseState) -> Decided:
    """Return what to do next."""
    return replace(_hold(state, _decide(state)), unit=state.unit)


def _hold(state: CourseState, decided: Decided) -> Decided:
    """Hold back what would needle on while an adverse event is open; a stop stays a stop."""
    if not state.open_events:
        return decided
    told = tuple(
        f"an adverse event is open, so there is no further session yet: {words}" for words in state.open_events
    )
    if decided.action == "stop":
        return replace(decided, reasons=(*told, *decided.reasons))
    after = () if decided.action == "wait" else (f"once it is over, what was measured speaks for: {decided.action}",)
    on_days = decided.on_days if decided.action == "wait" else ()  # not those of maintenance
    return replace(decided, action="wait", reasons=(*told, *after, *decided.reasons), on_days=on_days)


def _decide(state: CourseState) -> Decided:
    since, until = state.day - state.last_session_day, int(value_of("course.no_judging_days"))
    if since < until:
        return _wait(state, since, until)
    needed = sessions_needed(state)
    if needed == 0:
        return _end(state)
    if needed == state.due:
        return _continue(state)
    return _change(state, needed)


def sessions_needed(state: CourseState) -> int:
    """Return the number of further sessions that brings most beyond its price; 0 where none brings what can be seen."""
    seen = [number for number in sorted(state.left_mm) if number and state.gain(number) >= state.detectable_mm]
    return max((0, *seen), key=lambda number: (state.gain(number) - state.price(number), -number))


def _wait(state: CourseState, since: int, until: int) -> Decided:
    reasons = [
        f"the follow-up was made {since} days after the last session; a course is not judged before {until} days, "
        "because new collagen and the surface above it follow over about three months"
    ]
    if state.due:
        reasons.append(f"nothing changes until then: {_still_due(state)}, as planned")
    gain = state.gain(min(state.due, state.most))
    return Decided("wait", tuple(reasons), state.due, gain, state.detectable_mm, (state.last_session_day + until,))


def _end(state: CourseState) -> Decided:
    gain = state.gain(state.most)
    reasons = [
        f"{_sessions(state.most)} more would take off {state.say(gain)} on average, "
        f"{_less_than(state, state.most, gain)}"
        if state.most
        else f"{_sessions(state.given)} were given, and no more are allowed in one course"
    ]
    if state.due:
        reasons.append(f"{_still_due(state)}, and left out")
    least = state.detectable_mm or state.worth(1)
    lost, regained, every = state.lost_mm, state.regained_mm, state.maintenance_days
    if lost is not None and regained is not None and every and min(lost, regained) >= least:
        reasons.append(
            f"without maintenance {state.say(lost)} are expected to be lost over the time that is forecast, of which "
            f"maintenance keeps {state.say(regained)}"
        )
        return Decided("maintain", tuple(reasons), 0, gain, state.detectable_mm, _maintenance(state, every))
    if lost is not None and lost < least:
        why = "which could not be seen" if state.detectable_mm else "less than makes a session worth it"
        reasons.append(f"without maintenance {state.say(max(lost, 0.0))} are expected to be lost, {why}")
    return Decided("stop", tuple(reasons), 0, gain, state.detectable_mm)


def _continue(state: CourseState) -> Decided:
    gain = state.gain(state.due)
    reasons = (
        f"the {_sessions(state.due)} still due are expected to take off {state.say(gain)} on average, more than the "
        f"{state.say(state.worth(state.due))} that make them worth it; nothing changes",
        _say_behind(state),
    )
    return Decided("continue", reasons, state.due, gain, state.detectable_mm)


def _change(state: CourseState, needed: int) -> Decided:
    gain, planned = state.gain(needed), state.gain(min(state.due, state.most))
    words = f"{_sessions(needed)} instead of the {state.due} still due are expected to take off {state.say(gain)}; "
    if needed > state.due:
        more = _sessions(needed - state.due)
        words += f"as planned it would be {state.say(planned)}; the difference makes {more} more worth it"
    else:
        fewer = state.due - needed
        words += (
            f"the other {_sessions(fewer)} would add {state.say(planned - gain)}, "
            f"less than the {state.say(state.price(state.due) - state.price(needed))} that would make "
            f"{'it' if fewer == 1 else 'them'} worth it"
        )
    return Decided("change", (words, _say_behind(state)), needed, gain, state.detectable_mm)


def _less_than(state: CourseState, sessions: int, gain_mm: float) -> str:
    if gain_mm < state.detectable_mm:
        return f"less than the {state.say(state.detectable_mm)} that two scans can tell from error in the mean"
    asked = state.say(state.price(sessions))
    return f"less than the {asked} that would make {'it' if sessions == 1 else 'them'} worth it"


def _say_behind(state: CourseState) -> str:
    if state.behind >= float(value_of("course.behind_chance")):
        return f"the course is behind what was forecast (chance {100 * state.behind:.0f} of 100)"
    return f"the chance of being behind what was forecast is {100 * state.behind:.0f} of 100"


def _maintenance(state: CourseState, every: int) -> tuple[int, ...]:
    """Return the days of maintenance sessions that lie after the last follow-up, within the forecast."""
    days = range(state.last_session_day + every, int(value_of("forecast.horizon_days")) + 1, every)
    return tuple(day for day in days if day > state.day)


def _still_due(state: CourseState) -> str:
    return f"{_sessions(state.due)} of the plan {'is' if state.due == 1 else 'are'} still due"


def _sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"
