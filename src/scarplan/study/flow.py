"""The way of the patients: screened, allocated, treated, seen, analysed; unknown where the data do not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scarplan.errors import BadInput
from scarplan.records.study_plan import StudyPlan
from scarplan.study.endpoints import PatientMeans

_ANSWERS = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
_STEPS = ("eligible", "allocated", "treated", "withdrawn")


@dataclass(frozen=True)
class ArmFlow:
    """Of one arm: patients (in a split face: sides). None: not told."""

    arm: str
    allocated: int | None
    treated: int | None
    withdrawn: int | None
    with_baseline: int
    analysed: int


@dataclass(frozen=True)
class Flow:
    """Of the study: patients. `reasons`: why patients did not go on, with how many."""

    screened: int | None
    excluded: int | None
    allocated: int | None
    in_data: int
    analysed: int
    arms: tuple[ArmFlow, ...]
    reasons: Mapping[str, int]


def count_flow(plan: StudyPlan, means: PatientMeans, roll: Sequence[Mapping[str, str]] | None) -> Flow:
    """Return the flow. `roll`: rows of the list of patients (patient, and what of its other columns is there).

    Raises BadInput where the list contradicts itself or the data.
    """
    split = plan.design == "split_face"
    outcome = np.isfinite(means.outcome)
    analysed = int((outcome.all(axis=1) if split else outcome.any(axis=1)).sum())
    told = [_read_patient(row, number) for number, row in enumerate(roll or (), start=2)]
    if roll is not None:
        _check_roll(roll, means)
    arms = []
    for number, name in enumerate(plan.arms):
        mine = told if split else [each for each, row in zip(told, roll or (), strict=True) if row.get("arm") == name]
        can_tell = bool(told) and (split or any(row.get("arm") for row in roll or ()))
        arms.append(
            ArmFlow(
                arm=name,
                allocated=_count(mine, "allocated") if can_tell else None,
                treated=_count(mine, "treated") if can_tell else None,
                withdrawn=_count(mine, "withdrawn") if can_tell else None,
                with_baseline=int(np.isfinite(means.baseline[:, number]).sum()),
                analysed=analysed if split else int(outcome[:, number].sum()),
            )
        )
    reasons = Counter(row["reason"] for row in roll or () if row.get("reason"))
    return Flow(
        screened=len(told) if told and any(each["eligible"] is not None for each in told) else None,
        excluded=sum(each["eligible"] is False for each in told) if told else None,
        allocated=_count(told, "allocated") if told else None,
        in_data=len(means.patients),
        analysed=analysed,
        arms=tuple(arms),
        reasons=dict(sorted(reasons.items())),
    )


def _read_patient(row: Mapping[str, str], number: int) -> dict[str, bool | None]:
    answers = {}
    for step in _STEPS:
        text = row.get(step, "").lower()
        if text not in _ANSWERS and text not in ("", "unknown"):
            raise BadInput(
                f"row {number} of the list of patients: {step} is {text!r}",
                code="E-STUDY-006",
                allowed="yes, no, unknown, or nothing",
                do="correct the row",
            )
        answers[step] = _ANSWERS.get(text)
    return answers


def _check_roll(roll: Sequence[Mapping[str, str]], means: PatientMeans) -> None:
    names = [row["patient"] for row in roll]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    unlisted = sorted(set(means.patients) - set(names))
    if twice or unlisted:
        fault = f"{twice[0]} stands twice" if twice else f"{unlisted[0]} is in the data and not in the list"
        raise BadInput(f"the list of patients: {fault}", code="E-STUDY-006", do="correct the list")


def _count(told: Sequence[Mapping[str, bool | None]], step: str) -> int | None:
    """Return how many said yes; None where nobody was told of."""
    known = [answer for each in told if (answer := each[step]) is not None]
    return sum(known) if known else None
