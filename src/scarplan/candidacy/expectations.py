"""Expectations: what result would be worth it, and how much looks weigh on the mind; what follows from either.

Both can answer a rule: a total of the Dysmorphic Concern Questionnaire (DCQ) the one on body dysmorphic disorder,
the least change that would be worth it the one on expectations. Words of a wish answer nothing; they ask for a talk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scarplan.candidacy.rule import all_rules
from scarplan.evidence.library import value_of
from scarplan.records.patient import LeastChange, Patient, YesNo

if TYPE_CHECKING:
    from scarplan.candidacy.finding import Finding

#: The choices of the least change that would be worth it, in words, in the order in which they are shown.
LEAST_CHANGE_WORDS: Mapping[LeastChange, str] = {
    "any_visible_change": "any change that can be seen",
    "clearly_shallower": "clearly shallower scars",
    "no_one_can_see_them": "scars that no one can see",
}
#: The one that needling does not bring about.
BEYOND_NEEDLING: LeastChange = "no_one_can_see_them"


def read_dcq(patient: Patient) -> YesNo:
    """Return whether the DCQ total reaches the cut-off; unknown where there is no total."""
    if patient.dcq_total is None:
        return "unknown"
    return "yes" if patient.dcq_total >= value_of("candidacy.dcq_cut_off") else "no"


def read_wish(patient: Patient) -> YesNo:
    """Return whether the least change that would be worth it is more than needling brings about.

    A smaller wish is no "no": whether a result by a certain day is expected is still open.
    """
    return "yes" if patient.least_change == BEYOND_NEEDLING else "unknown"


def warn_of_wishes(patient: Patient) -> Iterator[str]:
    """Yield what about the wish and the total asks for a talk, though it answers no rule."""
    lowest, cut_off = value_of("candidacy.dcq_lowest_cut_off"), value_of("candidacy.dcq_cut_off")
    if patient.dcq_total is not None and lowest <= patient.dcq_total < cut_off:
        yield (
            f"dcq_total: {patient.dcq_total} is below the cut-off used here, {cut_off}, and not below the lowest "
            f"published one, {lowest}: talk it over before deciding"
        )
    if patient.worth_it is None:
        return
    wish = patient.worth_it.casefold()
    for rule in all_rules().values():
        words = [word for word in rule.wish_words if word in wish]
        if words and read_wish(patient) != "yes" and patient.answer_of(rule.id).answer != "yes":
            yield (
                f"the wish speaks of {words[0]!r}, while {rule.id} is answered "
                f"{patient.answer_of(rule.id).answer!r}: talk it over and check this answer"
            )


def describe_expectations(patient: Patient, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what the patient said, what it says by its rule, and the findings that it leads to."""
    answered = {rule.id: rule.also_from for rule in all_rules().values() if rule.also_from}
    dcq = read_dcq(patient)
    return {
        "worth_it": patient.worth_it,
        "least_change": patient.least_change,
        "least_change_in_words": LEAST_CHANGE_WORDS.get(patient.least_change),
        "is_beyond_needling": None if patient.least_change == "unknown" else read_wish(patient) == "yes",
        "dcq_total": patient.dcq_total,
        "dcq_cut_off": value_of("candidacy.dcq_cut_off"),
        "dcq_is_positive": None if dcq == "unknown" else dcq == "yes",
        "findings": [
            {"rule": finding.rule.id, "level": finding.level, "from": _tell_origin(finding, patient)}
            for finding in findings
            if finding.rule.id in answered
        ],
    }


def _tell_origin(finding: Finding, patient: Patient) -> list[str]:
    """Return the keys of the record that say yes to this rule."""
    by_record = read_dcq(patient) if finding.rule.also_from == "dcq_total" else read_wish(patient)
    keys = [str(finding.rule.also_from)] if by_record == "yes" else []
    said_yes = patient.answer_of(finding.rule.id).answer == "yes"
    return [*keys, *([f"history.{finding.rule.id}"] if said_yes else [])]
