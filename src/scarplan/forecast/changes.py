"""What patient and clinician can change, one thing at a time: forecasts of the changed course on the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from scarplan.forecast.headline import Follower
from scarplan.forecast.outcomes import make_timetable
from scarplan.records.plan import Plan
from scarplan.response import ResponsePatient


@dataclass(frozen=True)
class Change:
    """One thing that may be changed, and stays within the limits of the plan. `words` go on after "with ...".

    None is as planned. `from_patient` is who it is set against, where the patient's own habit is not known.
    """

    name: str
    words: str
    plan: Plan | None = None
    patient: ResponsePatient | None = None
    from_patient: ResponsePatient | None = None
    adjuncts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Effect:
    """What a change does, draw by draw: to the figure of the depth left, and to the risk of dark patches (0-1)."""

    change: Change
    figure: Float[np.ndarray, " draw"]
    pigment_risk: Float[np.ndarray, " draw"]


def try_changes(plan: Plan, changes: Sequence[Change], follower: Follower) -> tuple[Effect, ...]:
    """Return the effect of each change against `plan`; each course is judged so long after its own last session."""
    few = follower.first_draws(follower.healer.count)
    as_planned = _judge(plan, few, ())
    found = []
    for change in changes:
        before = as_planned if change.from_patient is None else _judge(plan, _of(few, change.from_patient), ())
        after = _judge(change.plan or plan, _of(few, change.patient), change.adjuncts)
        found.append(Effect(change, after[0] - before[0], after[1] - before[1]))
    return tuple(found)


def _of(follower: Follower, patient: ResponsePatient | None) -> Follower:
    return follower if patient is None else replace(follower, healer=follower.healer.with_patient(patient))


def _judge(
    plan: Plan, follower: Follower, adjuncts: Sequence[str]
) -> tuple[Float[np.ndarray, " draw"], Float[np.ndarray, " draw"]]:
    headline = follower.follow(plan, adjuncts=adjuncts)
    return follower.figure(headline.on_day(make_timetable(plan).judge_day)), headline.pigment_risk
