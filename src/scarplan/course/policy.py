"""Policy: wait, go on, change, stop or maintain, as a function of what was measured, with reasons and numbers.

    g(n)      mean depth that n further sessions take off, on the day on which the longest course would be judged
    needed    the smallest n from which no m > n is worth it: g(m) - g(n) is below the detectable change, or below what
              so many sessions more must bring (`planning.price_of_session` of the present depth each)

No judging before the result of the last session has come. Nothing needed: stop, or maintain where what is lost without
could be seen. As many needed as are still planned: continue; any other number: change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of
from scarplan.forecast.quantiles import round_figure
from scarplan.records.decision import Action


@dataclass(frozen=True, eq=False)
class CourseState:
    """What a decision is made from. Days count from the first session.

    day             of the last follow-up
    given, due      sessions that were given, and that the plan still has
    left_mm         number of further sessions -> mean depth left of the treated scars [draw], mm; from 0 to as many
                    as are allowed
    present_mm      mean depth before treatment
    detectable_mm   change of one scar that two scans can tell from error
    behind          chance of being behind what was forecast
    lost_mm         what is lost from the day of judging to the last day of the forecast without maintenance, mm
    regained_mm     what maintenance keeps of it, mm; both None where no forecast tells them
    maintenance_days   days between maintenance sessions; None where none are planned
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

    def gain(self, sessions: int) -> float:
        """Return the expected mean depth that so many further sessions take off, mm."""
        return float(np.mean(self.left_mm[0] - self.left_mm[sessions]))

    def worth(self, sessions: int) -> float:
        """Return what so many sessions must take off to be worth it, mm: what can be seen, and what they cost."""
        asked = float(value_of("planning.price_of_session")) / 100.0 * self.present_mm * sessions
        return max(self.detectable_mm, asked)

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

    def describe(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "action": self.action,
            "reasons": list(self.reasons),
            "further_sessions": self.sessions,
            "expected_gain_mm": round_figure(self.expected_gain_mm),
            "detectable_mm": round_figure(self.detectable_mm),
            "on_days": list(self.on_days),
        }


def decide(state: CourseState) -> Decided:
    """Return what to do next."""
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
    """Return the smallest number of further sessions beyond which no number is worth it."""
    gains = {number: state.gain(number) for number in sorted(state.left_mm)}

    def is_enough(number: int) -> bool:
        return all(gain - gains[number] < state.worth(more - number) for more, gain in gains.items() if more > number)

    return next(number for number in gains if is_enough(number))


def _wait(state: CourseState, since: int, until: int) -> Decided:
    reasons = [
        f"the scan was made {since} days after the last session; a course is not judged before {until} days, because "
        "new collagen and the surface above it follow over about three months"
    ]
    if state.due:
        reasons.append(f"nothing changes until then: {_sessions(state.due)} of the plan are still due, as planned")
    gain = state.gain(min(state.due, state.most))
    return Decided("wait", tuple(reasons), state.due, gain, state.detectable_mm, (state.last_session_day + until,))


def _end(state: CourseState) -> Decided:
    gain = state.gain(state.most)
    reasons = [
        f"{_sessions(state.most)} more would take off {_um(gain)} on average, {_less_than(state, state.most, gain)}"
        if state.most
        else f"{_sessions(state.given)} were given, and no more are allowed in one course"
    ]
    if state.due:
        reasons.append(f"{_sessions(state.due)} of the plan that are still due are left out")
    lost, regained, every = state.lost_mm, state.regained_mm, state.maintenance_days
    if lost is not None and regained is not None and every and min(lost, regained) >= state.detectable_mm:
        reasons.append(
            f"without maintenance {_um(lost)} are expected to be lost over the time that is forecast, of which "
            f"maintenance keeps {_um(regained)}"
        )
        return Decided("maintain", tuple(reasons), 0, gain, state.detectable_mm, _maintenance(state, every))
    if lost is not None and lost < state.detectable_mm:
        reasons.append(f"without maintenance {_um(max(lost, 0.0))} are expected to be lost, which could not be seen")
    return Decided("stop", tuple(reasons), 0, gain, state.detectable_mm)


def _continue(state: CourseState) -> Decided:
    gain = state.gain(state.due)
    reasons = (
        f"the {_sessions(state.due)} still due are expected to take off {_um(gain)} on average, more than the "
        f"{_um(state.worth(state.due))} that make them worth it; nothing changes",
        _say_behind(state),
    )
    return Decided("continue", reasons, state.due, gain, state.detectable_mm)


def _change(state: CourseState, needed: int) -> Decided:
    gain, planned = state.gain(needed), state.gain(min(state.due, state.most))
    words = f"{_sessions(needed)} instead of the {state.due} still due are expected to take off {_um(gain)}; "
    if needed > state.due:
        words += f"against {_um(planned)} as planned, that is worth {_sessions(needed - state.due)} more"
    else:
        fewer = state.due - needed
        words += (
            f"the other {_sessions(fewer)} would add {_um(planned - gain)}, {_less_than(state, fewer, planned - gain)}"
        )
    return Decided("change", (words, _say_behind(state)), needed, gain, state.detectable_mm)


def _less_than(state: CourseState, sessions: int, gain_mm: float) -> str:
    if gain_mm < state.detectable_mm:
        return f"less than the {_um(state.detectable_mm)} that two scans can tell from error"
    return f"less than the {_um(state.worth(sessions))} that would make {'it' if sessions == 1 else 'them'} worth it"


def _say_behind(state: CourseState) -> str:
    if state.behind >= float(value_of("course.behind_chance")):
        return f"the course is behind what was forecast (chance {100 * state.behind:.0f} of 100)"
    return f"the chance of being behind what was forecast is {100 * state.behind:.0f} of 100"


def _maintenance(state: CourseState, every: int) -> tuple[int, ...]:
    """Return the days of maintenance sessions that lie after the last follow-up, within the forecast."""
    days = range(state.last_session_day + every, int(value_of("forecast.horizon_days")) + 1, every)
    return tuple(day for day in days if day > state.day)


def _sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"


def _um(depth_mm: float) -> str:
    return f"{1000 * depth_mm:.0f} um"
