"""The answer to every rule: from the patient's history, or read off the record (age, skin type, DCQ total, wish,
class of device).

Where history and record contradict each other, a "yes" of either counts and a warning says so: the stricter wins.
"""

from __future__ import annotations

import datetime

from scarplan.candidacy.expectations import read_dcq, read_wish
from scarplan.candidacy.rule import Rule
from scarplan.evidence.library import value_of
from scarplan.records.patient import Answer, Patient, YesNo


def find_answer(rule: Rule, patient: Patient, *, on: datetime.date, device_class: str) -> tuple[Answer, str | None]:
    """Return the answer that counts for `rule` on the day `on`, and a warning where two answers contradict."""
    given = patient.answer_of(rule.id)
    read_off = _read_off(rule, patient, on=on, device_class=device_class)
    if read_off == "unknown" or read_off == given.answer:
        return given, None
    if given.answer == "unknown":
        return given.model_copy(update={"answer": read_off}), None
    source = rule.also_from or {"device": "the chosen device"}.get(rule.answered_by, rule.answered_by)
    warning = (
        f"{rule.id}: the history says {given.answer!r}, {source} says {read_off!r}; "
        "the stricter answer, 'yes', is taken: correct one of them"
    )
    return given.model_copy(update={"answer": "yes"}), warning


def _read_off(rule: Rule, patient: Patient, *, on: datetime.date, device_class: str) -> YesNo:
    match rule.also_from or rule.answered_by:
        case "dcq_total":
            return read_dcq(patient)
        case "least_change":
            return read_wish(patient)
        case "birth_year":
            return _read_age(rule, patient, on=on)
        case "skin_type":
            if patient.skin_type is None:
                return "unknown"
            return "yes" if patient.skin_type >= value_of("candidacy.pigment_prone_skin_type") else "no"
        case "device":
            return "yes" if device_class in rule.devices else "no"
        case _:
            return "unknown"


def _read_age(rule: Rule, patient: Patient, *, on: datetime.date) -> YesNo:
    adult, cleared = value_of("candidacy.adult_age_years"), value_of("candidacy.cleared_age_years")
    ages = patient.ages_on(on)
    if rule.id == "age_under_18":
        return _all_or_unknown([age < adult for age in ages])
    said = patient.answer_of("age_under_18").answer  # decides between the two ages that a year of birth leaves open
    if said != "unknown":
        ages = tuple(age for age in ages if (age < adult) == (said == "yes")) or ages
    return _all_or_unknown([adult <= age < cleared for age in ages])


def _all_or_unknown(hits: list[bool]) -> YesNo:
    if all(hits):
        return "yes"
    return "unknown" if any(hits) else "no"
