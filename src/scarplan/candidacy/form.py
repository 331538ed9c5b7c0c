"""The form of a patient: patient.toml with every question in words, answered or not."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Mapping
from typing import Any

import tomlkit

from scarplan.candidacy.expectations import LEAST_CHANGE_WORDS
from scarplan.candidacy.rule import GROUPS, Rule, all_rules
from scarplan.records.patient import HIGHEST_DCQ_TOTAL

_WIDTH = 110
_PERSON = {
    "patient_id": "A name of your own for this patient, such as a number; no / or other characters of file paths.",
    "birth_year": "Year of birth.",
    "skin_type": "Fitzpatrick skin type 1 (always burns) to 6 (never burns). Left out: unknown, the gentler plan.",
    "sex": '"female" or "male".',
    "weight_kg": "Weight in kg, for the limits of a numbing cream.",
    "sun": 'Time in the sun: "low", "usual" or "high".',
}
_WISHES = {
    "worth_it": "What result would be worth it, in the patient's own words.",
    "least_change": "The least such result: "
    + ", ".join(f'"{choice}"' for choice in LEAST_CHANGE_WORDS)
    + '. Left out or "unknown": not asked. Needling does not make scars that no one can see.',
    "dcq_total": f"Worries over looks: total (0 to {HIGHEST_DCQ_TOTAL}) of the Dysmorphic Concern Questionnaire (DCQ), "
    "filled in on paper by everybody. It answers bdd_screen_positive below.",
}
#: An invented person, for the commented lines of the form and the patient of the demo.
EXAMPLE_PERSON = {
    "skin_type": 3,
    "sex": "female",
    "weight_kg": 64.0,
    "sun": "usual",
    "worth_it": "that my cheeks look smoother in side light",
    "least_change": "clearly_shallower",
    "dcq_total": 4,
}
_LISTS = """
# Medicines, also those put on the skin; one table each.
# [[medicine]]
# name = "warfarin"
# since = 2024-01-15
# note = "last INR 2.4"

# Earlier treatments of the scars, and what came of them.
# [[earlier_treatment]]
# what = "fractional laser"
# date = 2023-05-10
# result = "a little shallower"
"""
_DECISIONS = """
# What the clinic chooses where sources disagree. Left out: the first one named.
# [policy]
{policies}

# A clinician decides against a finding. Never possible for infection, suspected skin cancer,
# skin inside the orbital rim and reused needles.
# [[override]]
# rule = "recent_botulinum"
# name = "Dr A. Example"
# role = "dermatologist"
# reason = "toxin was in the forehead, the field is the cheek"
# date = 2026-03-02

# A place that is not needled: its centre and radius on the scan, and the margin around it.
# [[protect]]
# rule = "raised_mole_vascular_lesion"
# chart = "map"
# x_mm = 12.5
# y_mm = 20.0
# radius_mm = 2.0
# margin_mm = 5.0
"""


def write_form(values: Mapping[str, Any]) -> str:
    """Return a patient.toml with `values` and every question in words.

    A question without an answer in `values["history"]` stands as a comment: it has not been asked yet.
    Lists and decisions that `values` does not hold stand as commented examples.
    """
    lines = ["# A patient: who, what they answered, and what the clinic decided. Dates are year-month-day.", ""]
    for key, words in (_PERSON | _WISHES).items():
        lines += _comment(words)
        lines += [_pair(key, values[key])] if key in values else [f"# {_pair(key, EXAMPLE_PERSON[key])}"]
    lines += [""]
    lines += _write_tables("medicine", values) + _write_tables("earlier_treatment", values)
    lines += _write_history(values.get("history", {}))
    if values.get("policy"):
        lines += ["", "[policy]", *(_pair(key, value) for key, value in values["policy"].items())]
    lines += ["", *_write_tables("override", values), *_write_tables("protect", values)]
    if not values.get("medicine") and not values.get("earlier_treatment"):
        lines += _LISTS.strip("\n").splitlines()
    lines += _DECISIONS.format(policies=_policies_in_words()).splitlines()
    return "\n".join(lines).rstrip() + "\n"


def history_rules() -> tuple[Rule, ...]:
    """Return the rules asked of everybody, in the order in which they are asked."""
    asked = [rule for rule in all_rules().values() if rule.answered_by == "history" and not rule.devices]
    return tuple(sorted(asked, key=lambda rule: list(GROUPS).index(rule.group)))


def _write_history(history: Mapping[str, Any]) -> list[str]:
    lines = [
        '# Each answer is "yes", "no" or "unknown"; a question left out is unknown, never no. More can be said:',
        '# rule = {answer = "yes", date = 2026-01-20, grade = "few", count = 3, value = 2.4, note = "left cheek"}',
        "# date: the day of the event named there, from which a wait counts; leave it out while that is still to come.",
        "[history]",
    ]
    for group, heading in GROUPS.items():
        rules = [rule for rule in history_rules() if rule.group == group]
        if rules:
            lines += ["", f"# ---- {heading}"]
        for rule in rules:
            lines += [*_describe(rule), _answer(rule, history)]
    others = [rule for rule in all_rules().values() if rule not in history_rules()]
    lines += ["", "# ---- Read off the year of birth and the skin type; only asked where these leave it open, and"]
    lines += ["# ---- questions for radiofrequency needling, which mechanical needling does not need"]
    for rule in others:
        if rule.is_asked or rule.id in history:
            lines += [*_describe(rule), _answer(rule, history)]
    return lines


def _describe(rule: Rule) -> list[str]:
    lines = _comment(rule.question or rule.condition)
    if rule.grades:
        lines += _comment("grade: " + "; ".join(f"{grade.id} = {grade.words}" for grade in rule.grades))
    waits = [part.wait for part in (rule, *rule.grades) if part.wait]
    if waits and rule.scope != "product":
        lines += _comment(f"date{' (with the answer no)' if rule.level == 'contraindicated' else ''}: {waits[0].after}")
    if rule.threshold:
        lines += _comment(f"{rule.threshold.measure}: {rule.threshold.name}")
    return lines


def _answer(rule: Rule, history: Mapping[str, Any]) -> str:
    return _pair(rule.id, history[rule.id]) if rule.id in history else f'# {rule.id} = "unknown"'


def _pair(key: str, value: Any) -> str:
    return f"{key} = {_text(value)}"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(_pair(k, v) for k, v in value.items()) + "}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return tomlkit.item(value).as_string()


def _write_tables(name: str, values: Mapping[str, Any]) -> list[str]:
    lines = []
    for row in values.get(name, ()):
        lines += [f"[[{name}]]", *(_pair(key, value) for key, value in row.items()), ""]
    return lines


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ")


def _policies_in_words() -> str:
    lines = []
    for rule in all_rules().values():
        if rule.policies:
            names = sorted(rule.policies, key=lambda name: name != rule.default_policy)
            lines += _comment(f"{rule.id}: " + "; ".join(f"{name} = {rule.policies[name].words}" for name in names))
            lines.append(f'# {rule.id} = "{rule.default_policy}"')
    return "\n".join(lines)
