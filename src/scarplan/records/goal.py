"""Goals: what the patient and the clinician want of a course; a limit is hard, a goal is soft.

A limit is never exceeded by a plan that is offered; a goal pulls the choice and is answered with a probability.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from scarplan.records.assessment import ZoneName, place_in_words
from scarplan.records.record import Record, read_record

Strength = Literal["limit", "goal"]
GoalScarKind = Literal["any", "icepick", "boxcar", "rolling"]


class AbstractGoal(Record):
    """What all goals share: `strength`, and the chance asked for (None: the planner's usual one)."""

    strength: Strength = "goal"
    chance: float | None = Field(default=None, gt=0, lt=1)


class AbstractScarGoal(AbstractGoal):
    """What a goal for scars is about: those of one kind, in one zone (None: everywhere) and side (None: both)."""

    scar_kind: GoalScarKind = "any"
    zone: ZoneName | None = None
    side: Literal["left", "right"] | None = None
    percent: float = Field(gt=0, le=100)
    by_day: int = Field(ge=28, le=730)

    @property
    def scars_in_words(self) -> str:
        """The scars that the goal is about: `the rolling scars, cheek left`."""
        scars = "all depressed scars" if self.scar_kind == "any" else f"the {self.scar_kind} scars"
        place = place_in_words(self.zone, self.side) if self.zone else self.side
        return f"{scars}, {place}," if place else scars


class DepthGoal(AbstractScarGoal):
    """The mean depth of the scars falls by `percent` % at `by_day`, days after the first session."""

    kind: Literal["depth"]


class VolumeGoal(AbstractScarGoal):
    """The hollow space of the scars together falls by `percent` % at `by_day`, days after the first session."""

    kind: Literal["volume"]


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


class DowntimeGoal(AbstractGoal):
    """Redness that make-up does not cover, swelling or crusts on at most `days_at_most` days of the whole course."""

    kind: Literal["downtime"]
    days_at_most: float = Field(gt=0, le=180)


class CostGoal(AbstractGoal):
    """The course costs at most `at_most`, in the currency of the clinic's own prices."""

    kind: Literal["cost"]
    at_most: float = Field(gt=0, le=1_000_000)


Goal = Annotated[
    DepthGoal | VolumeGoal | PigmentGoal | SessionsGoal | RednessGoal | DowntimeGoal | CostGoal,
    Field(discriminator="kind"),
]


class Goals(Record):
    """The goals of one course, as in `goals.toml`."""

    goal: tuple[Goal, ...] = Field(default=(), max_length=20)


def read_goals(path: Path) -> Goals:
    """Return the goals in the TOML file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, Goals, what="goals file", template="goals")


def goal_in_words(goal: Goal) -> str:
    """Return a goal as one plain sentence part."""
    match goal:
        case DepthGoal():
            return f"{goal.scars_in_words} on average {goal.percent:g} % shallower by day {goal.by_day}"
        case VolumeGoal():
            return f"{goal.scars_in_words} together {goal.percent:g} % less hollow space by day {goal.by_day}"
        case PigmentGoal():
            return f"a risk of darker patches of at most {goal.percent_at_most:g} % per course"
        case SessionsGoal():
            return f"at most {goal.at_most} session{'s' if goal.at_most > 1 else ''}"
        case RednessGoal():
            return f"redness for at most {goal.days_at_most:g} days after a session"
        case DowntimeGoal():
            return f"at most {goal.days_at_most:g} days of downtime in the whole course"
        case CostGoal():
            return f"a cost of at most {goal.at_most:g} by the clinic's prices"
