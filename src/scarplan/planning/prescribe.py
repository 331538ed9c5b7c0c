"""The cited default of a course: published settings on the published schedule, before anything is optimised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scarplan.evidence.library import value_of
from scarplan.planning.schedule import Schedule
from scarplan.planning.zones import ZoneOptions


@dataclass(frozen=True)
class Setting:
    """A needle length setting with a number of passes."""

    needle_length_mm: float
    passes: int


def prescribe_setting(options: ZoneOptions) -> Setting | None:
    """Return the default of a zone: the published (or the clinic's) length and the middle number of passes.

    None where no needle length may be set: the clinic sets it.
    """
    if not options.lengths_mm:
        return None
    passes = sorted(options.passes)
    return Setting(max(options.lengths_mm), passes[len(passes) // 2])


def prescribe_schedule(schedules: Sequence[Schedule]) -> Schedule:
    """Return the default schedule among those allowed: nearest to the published number, the shorter interval."""
    usual = value_of("planning.sessions_usual")
    return min(schedules, key=lambda s: (abs(s.sessions - usual), s.interval_days))
