"""Effect: the difference between the two arms with its interval, its chance under no difference, and what to doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

from scarplan.photographs.agreement import Interval


@dataclass(frozen=True)
class Effect:
    """First arm less second (a ratio for odds), with an interval of 1 - alpha.

    scale   what the estimate is, in words: `mean difference`, `median difference`, `odds ratio`
    null    the value of no difference: 0, or 1 for a ratio
    p       two-sided chance of such a difference or a larger one where there is none; None: cannot be told
    """

    estimate: Interval
    scale: str
    p: float | None
    df: float | None
    patients: int
    scars: int | None = None
    null: float = 0.0
    test: str = ""
    notes: tuple[str, ...] = field(default=())


def no_effect(scale: str, patients: int, why: str, *, scars: int | None = None, null: float = 0.0) -> Effect:
    """Return an effect that cannot be told, with the reason."""
    return Effect(Interval(None, None, None), scale, None, None, patients, scars, null, "", (why,))
