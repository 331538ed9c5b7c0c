"""The way of the patients: screened, allocated, treated, seen, analysed; unknown where the data do not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scarplan.errors import BadInput
from scarplan.records.study_plan import StudyPlan
from scarplan.study.endpoints import PatientMeans, outside_window, place_of
from scarplan.study.tidy import Observation

_ANSWERS = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
_STEPS = ("eligible", "allocated", "treated", "withdrawn")


@dataclass(frozen=True)
class VisitFlow:
    """How many patients of an arm have the measure of the primary endpoint at a visit."""

    visit: str
    measured: int


@dataclass(frozen=True)
class ArmFlow:
    """Of one arm: patients (in a split face: sides). None: not told.

    visits         those with the primary measure at each visit
    analysed       those in the primary analysis; of an arm that it does not compare, those with an outcome
    not_analysed   those in the data without
    reasons        why patients of this arm did not go on (parallel arms)
    """

    arm: str
    is_primary: bool
    allocated: int | None
    treated: int | None
    not_treated: int | None
    withdrawn: int | None
    in_data: int
    with_baseline: int
    visits: tuple[VisitFlow, ...]
    analysed: int
    not_analysed: int
    reasons: Mapping[str, int]


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


def count_flow(
    plan: StudyPlan,
    rows: Sequence[Observation],
    means: PatientMeans,
    roll: Sequence[Mapping[str, str]] | None,
) -> Flow:
    """Return the flow through every arm. `means`: of the primary endpoint, for the two arms that it compares.

    `roll`: rows of the list of patients (patient, and what of its other columns is there). Raises BadInput where the
    list contradicts itself or the data.
    """
    split = plan.design == "split_face"
    outcome = np.isfinite(means.outcome)
    analysed = int((outcome.all(axis=1) if split else outcome.any(axis=1)).sum())
    told = [_read_patient(row, number) for number, row in enumerate(roll or (), start=2)]
    patients = sorted({row.patient for row in rows})
    if roll is not None:
        _check_roll(roll, patients)
    compared = plan.compared(plan.primary)
    arms = []
    for name in plan.arms:
        mine = [(each, row) for each, row in zip(told, roll or (), strict=True) if split or row.get("arm") == name]
        can_tell = bool(told) and (split or any(row.get("arm") for row in roll or ()))
        answers = [each for each, _ in mine] if can_tell else []
        if name in compared:
            number = analysed if split else int(outcome[:, compared.index(name)].sum())
        else:
            number = len(_with_outcome(plan, rows, name))
        here = {row.patient for row in rows if row.arm == name}
        visits = tuple(VisitFlow(visit.name, len(_measured(plan, rows, name, visit.name))) for visit in plan.visit)
        arms.append(
            ArmFlow(
                arm=name,
                is_primary=name in compared,
                allocated=_count(answers, "allocated"),
                treated=_count(answers, "treated"),
                not_treated=_count([each for each in answers if each["allocated"] is not False], "treated", yes=False),
                withdrawn=_count(answers, "withdrawn"),
                in_data=len(here),
                with_baseline=visits[0].measured,
                visits=visits[1:],
                analysed=number,
                not_analysed=len(here) - number,
                reasons={} if split else _reasons([row for _, row in mine]),
            )
        )
    return Flow(
        screened=len(told) if told and any(each["eligible"] is not None for each in told) else None,
        excluded=_count(told, "eligible", yes=False),
        allocated=_count(told, "allocated"),
        in_data=len(patients),
        analysed=analysed,
        arms=tuple(arms),
        reasons=_reasons(roll or ()),
    )


def _measured(plan: StudyPlan, rows: Sequence[Observation], arm: str, visit: str) -> set[str]:
    """Return the patients of an arm who have the primary measure at a visit."""
    return {patient for patient, _, _ in _units(plan, rows, arm, visit)}


def _with_outcome(plan: StudyPlan, rows: Sequence[Observation], arm: str) -> set[str]:
    """Return the patients of an arm with an outcome: a value at the endpoint's visit and, for a change, before."""
    units = _units(plan, rows, arm, plan.primary.visit)
    if plan.primary.value == "change" and plan.primary.analysis != "proportional_odds":
        units &= _units(plan, rows, arm, plan.visit[0].name)
    return {patient for patient, _, _ in units}


def _units(plan: StudyPlan, rows: Sequence[Observation], arm: str, visit: str) -> set[tuple[str, str, str]]:
    dropping = plan.missing.outside_window == "drop"
    return {
        (row.patient, place_of(row, plan), row.scar)
        for row in rows
        if row.arm == arm
        and row.visit == visit
        and row.values.get(plan.primary.measure) is not None
        and not (dropping and outside_window(row, plan.find_visit(row.visit)))
    }


def _reasons(roll: Sequence[Mapping[str, str]]) -> dict[str, int]:
    return dict(sorted(Counter(row["reason"] for row in roll if row.get("reason")).items()))


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


def _check_roll(roll: Sequence[Mapping[str, str]], patients: Sequence[str]) -> None:
    names = [row["patient"] for row in roll]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    unlisted = sorted(set(patients) - set(names))
    if twice or unlisted:
        fault = f"{twice[0]} stands twice" if twice else f"{unlisted[0]} is in the data and not in the list"
        raise BadInput(f"the list of patients: {fault}", code="E-STUDY-006", do="correct the list")


def _count(told: Sequence[Mapping[str, bool | None]], step: str, *, yes: bool = True) -> int | None:
    """Return how many said yes (or no); None where nobody was told of."""
    known = [answer for each in told if (answer := each[step]) is not None]
    return sum(answer is yes for answer in known) if known else None
