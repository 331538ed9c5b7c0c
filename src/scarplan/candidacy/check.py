"""Check a patient against the rules: ids, grades, policies, numbers and days that cannot be."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterator

from scarplan.candidacy.expectations import warn_of_wishes
from scarplan.candidacy.rule import Rule, all_rules
from scarplan.errors import BadInput
from scarplan.records.patient import Answer, Patient


def check_patient(patient: Patient, *, on: datetime.date) -> tuple[str, ...]:
    """Return warnings about `patient` on the day of screening. Raises BadInput that tells every fault at once."""
    patient.ages_on(on)
    faults = [*_name_faults(patient), *_answer_faults(patient), *_date_faults(patient, on)]
    if faults:
        raise BadInput(
            f"the patient's record is not valid: {'; '.join(faults)}",
            code="E-CAND-001",
            do="correct it; `scarplan template patient` lists every question, its grades and its policies",
        )
    return (
        *_number_warnings(patient),
        *_state_warnings(patient),
        *_medicine_warnings(patient),
        *warn_of_wishes(patient),
    )


def _name_faults(patient: Patient) -> Iterator[str]:
    rules = all_rules()
    for where, names in (
        ("history", patient.history),
        ("policy", patient.policy),
        ("override", [override.rule for override in patient.override]),
        ("protect", [area.rule for area in patient.protect]),
    ):
        for name in names:
            if name not in rules:
                yield f"{where}: no rule is called {name!r}{_nearest(name, rules)}"
    for name, policy in patient.policy.items():
        if name in rules:
            yield from _policy_faults(rules[name], policy)
    for area in patient.protect:
        if area.rule in rules and not rules[area.rule].can_protect:
            allowed = ", ".join(rule.id for rule in rules.values() if rule.can_protect)
            yield f"protect: {area.rule} is not about a place of the skin (allowed: {allowed})"


def _policy_faults(rule: Rule, policy: str) -> Iterator[str]:
    if not rule.policies:
        allowed = ", ".join(other.id for other in all_rules().values() if other.policies)
        yield f"policy.{rule.id}: this rule has no policies (rules that have: {allowed})"
    elif policy not in rule.policies:
        allowed = ", ".join(rule.policies)
        yield f"policy.{rule.id}: no policy is called {policy!r} (allowed: {allowed})"


def _answer_faults(patient: Patient) -> Iterator[str]:
    rules = all_rules()
    for name, answer in patient.history.items():
        if name not in rules:
            continue
        rule = rules[name]
        if answer.grade is not None and rule.grade(answer.grade) is None:
            allowed = ", ".join(grade.id for grade in rule.grades) or "none, this rule has no grades"
            yield f"history.{name}.grade: {answer.grade!r} is not known (allowed: {allowed})"
        if answer.answer == "no" and answer.count:
            yield f"history.{name}: the answer is 'no' and the count is {answer.count}: correct one of them"
        number = _number(rule, answer)
        if rule.threshold and number is not None and not rule.threshold.low <= number <= rule.threshold.high:
            yield (
                f"history.{name}.{rule.threshold.measure}: {number:g} cannot be {rule.threshold.name} "
                f"(allowed: {rule.threshold.low:g} to {rule.threshold.high:g})"
            )


def _date_faults(patient: Patient, on: datetime.date) -> Iterator[str]:
    for where, day in _dates(patient):
        if day > on:
            yield f"{where}: {day.isoformat()} lies after the day of screening, {on.isoformat()}"
        elif day.year < patient.birth_year:
            yield f"{where}: {day.isoformat()} lies before the year of birth, {patient.birth_year}"


def _dates(patient: Patient) -> Iterator[tuple[str, datetime.date]]:
    found = [
        *((f"history.{name}.date", answer.date) for name, answer in patient.history.items()),
        *((f"medicine.{n}.since", medicine.since) for n, medicine in enumerate(patient.medicine)),
        *((f"earlier_treatment.{n}.date", treatment.date) for n, treatment in enumerate(patient.earlier_treatment)),
        *((f"override.{n}.date", override.date) for n, override in enumerate(patient.override)),
    ]
    return ((where, day) for where, day in found if day is not None)


def _number_warnings(patient: Patient) -> Iterator[str]:
    for name, answer in patient.history.items():
        threshold = all_rules()[name].threshold
        for measure in ("count", "value"):
            if getattr(answer, measure) is not None and (threshold is None or threshold.measure != measure):
                yield f"history.{name}.{measure} has no meaning for this rule and is not used"


def _state_warnings(patient: Patient) -> Iterator[str]:
    for name, answer in patient.history.items():
        waits = [part.wait for part in (all_rules()[name], *all_rules()[name].grades) if part.wait]
        if answer.answer == "yes" and answer.date and any(wait.ends_state for wait in waits):
            yield (
                f"history.{name}: the day {answer.date.isoformat()} is read as the one on which this was over "
                f"({waits[0].after}); leave it out while it is still there"
            )


def _medicine_warnings(patient: Patient) -> Iterator[str]:
    for medicine in patient.medicine:
        for rule in all_rules().values():
            hit = any(word in medicine.name.casefold() for word in rule.medicine_words)
            answer = patient.answer_of(rule.id).answer
            if hit and answer != "yes":
                yield f"the medicines name {medicine.name!r}, while {rule.id} is answered {answer!r}: check this answer"


def _number(rule: Rule, answer: Answer) -> float | None:
    return getattr(answer, rule.threshold.measure) if rule.threshold else None


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f" (did you mean {near[0]!r}?)" if near else ""
