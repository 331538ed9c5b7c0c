"""Goals: what the patient and the clinician want of a course; a limit is hard, a goal is soft.

A limit is never exceeded by a plan that is offered; a goal pulls the choice and is answered with a probability.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from scarplan.records.record import Record, read_record

Strength = Literal["limit", "goal"]
GoalScarKind = Literal["any", "icepick", "boxcar", "rolling"]


class AbstractGoal(Record):
    """What all goals share: `strength`, and the chance asked for (None: the planner's usual one)."""

    strength: Strength = "goal"
    chance: float | None = Field(default=None, gt=0, lt=1)


class DepthGoal(AbstractGoal):
    """The mean depth of the scars of one kind falls by `percent` % at `by_day`, days after the first session."""

    kind: Literal["depth"]
    scar_kind: GoalScarKind = "any"
    percent: float = Field(gt=0, le=100)
    by_day: int = Field(ge=28, le=730)


class PigmentGoal(AbstractGoal):
    """The risk of darker patches after a session stays under `percent_at_most` %."""

    kind: Literal["pigment"]
    percent_at_most: float = Field(gt=0, le=100)


class SessionsGoal(AbstractGoal):
    """At most `at_most` sessions."""

    kind: Literal["sessions"]
    at_most: int = Field(ge=1, le=6)


class RednessGoal(AbstractGoal):
    """Redness after a session lasts at most `days_at_most` days."""

    kind: Literal["redness"]
    days_at_most: float = Field(gt=0, le=60)


Goal = Annotated[DepthGoal | PigmentGoal | SessionsGoal | RednessGoal, Field(discriminator="kind")]


class Goals(Record):
    """The goals of one course, as in `goals.toml`."""

    goal: tuple[Goal, ...] = Field(default=(), max_length=20)


def read_goals(path: Path) -> Goals:
    """Return the goals in the TOML file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, Goals, what="goals file", template="goals")


def goal_in_words(goal: Goal) -> str:
    """Return a goal as one plain sentence part."""
    if isinstance(goal, DepthGoal):
        scars = "all depressed scars" if goal.scar_kind == "any" else f"the {goal.scar_kind} scars"
        return f"{scars} on average {goal.percent:g} % shallower by day {goal.by_day}"
    if isinstance(goal, PigmentGoal):
        return f"a risk of darker patches of at most {goal.percent_at_most:g} % per course"
    if isinstance(goal, SessionsGoal):
        return f"at most {goal.at_most} session{'s' if goal.at_most > 1 else ''}"
    return f"redness for at most {goal.days_at_most:g} days after a session"
