"""The form of a patient: every question in words; what is written is what is read."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.candidacy import all_rules, history_rules, screen, write_form
from scarplan.records.patient import Patient
from scarplan.workflow.new_patient import describe_patient, example_patient, patient_template
from scarplan.workflow.screen import screen_patient

DAY = datetime.date(2026, 3, 2)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(lambda t: t.strip())
days = st.dates(datetime.date(1995, 1, 1), DAY)
given_answers = st.one_of(
    st.sampled_from(["yes", "no", "unknown"]),
    st.fixed_dictionaries(
        {"answer": st.sampled_from(["yes", "no", "unknown"])}, optional={"date": days, "note": words}
    ),
)
patients = st.fixed_dictionaries(
    {
        "patient_id": st.just("p-1"),
        "birth_year": st.integers(1940, 1994),
        "history": st.dictionaries(st.sampled_from(sorted(all_rules())), given_answers, max_size=12),
    },
    optional={
        "skin_type": st.integers(1, 6),
        "weight_kg": st.floats(30, 200),
        "medicine": st.lists(st.fixed_dictionaries({"name": words}, optional={"since": days}), max_size=3),
        "policy": st.just({"breastfeeding": "clinician"}),
        "protect": st.just([{"rule": "piercing_jewellery", "x_mm": 1.5, "y_mm": -2.0, "radius_mm": 3.0}]),
    },
)


def test_the_template_asks_everything_and_is_accepted_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "patient.toml"
    path.write_text(patient_template(), "utf-8")
    values = tomllib.loads(patient_template())
    assert values["history"] == {rule.id: "unknown" for rule in history_rules()}
    result = screen_patient(tmp_path / "case", path, date="2026-03-02")
    assert result["decision"] == "open"
    assert {rule.id for rule in history_rules()} <= set(result["unanswered"])


def test_the_template_shows_every_question_grade_and_policy_in_words() -> None:
    text = " ".join(line.removeprefix("#").strip() for line in patient_template().splitlines())
    for rule in all_rules().values():
        if rule.is_asked:
            assert rule.question in text, rule.id
        for name in (*(grade.id for grade in rule.grades), *(rule.policies or {})):
            assert name in text, (rule.id, name)


def test_the_commented_examples_of_the_template_are_valid_when_uncommented() -> None:
    lines = patient_template().splitlines()
    start = lines.index("# Medicines, also those put on the skin; one table each.")
    opened = [re.sub(r"^# (?=\[|\w+ = )", "", line) for line in lines[start:]]
    text = "\n".join([*lines[:start], *opened])
    values = tomllib.loads(text)
    assert {"medicine", "earlier_treatment", "policy", "override", "protect"} <= set(values)
    screening = screen(Patient.model_validate(values), on=DAY)
    assert screening.policies["breastfeeding"] == "label_strict"


def test_the_example_of_the_demo_may_be_needled() -> None:
    screening = screen(Patient.model_validate(tomllib.loads(example_patient())), on=DAY)
    assert screening.decision == "with_changes"
    assert screening.unanswered == ()
    assert screening.warnings == ()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(patients)
def test_what_is_written_is_what_is_read(values: dict) -> None:
    read = tomllib.loads(write_form(values))
    assert Patient.model_validate(read) == Patient.model_validate(values)


@pytest.mark.parametrize("rule_id", ["pregnancy", "pacemaker_icd", "guard_single_use"])
def test_the_schema_knows_the_rules_and_policies(rule_id: str) -> None:
    schema = describe_patient()
    assert rule_id in schema["properties"]["history"]["propertyNames"]["enum"]
    assert schema["properties"]["policy"]["properties"]["breastfeeding"]["enum"] == ["label_strict", "clinician"]
    assert set(schema["required"]) == {"patient_id", "birth_year"}
