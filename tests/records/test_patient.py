"""The record of a patient: what may stand in patient.toml, and how a fault is told."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scarplan.errors import BadInput
from scarplan.records.patient import Patient
from scarplan.records.record import read_record

WHOLE = """
patient_id = "A-17"
birth_year = 1990
skin_type = 4
sex = "female"
weight_kg = 61
sun = "low"

[history]
smoking = "no"
recent_filler = {answer = "yes", date = 2026-01-20, note = "left cheek"}
acne_active_inflammatory = {answer = "yes", count = 3}
anticoagulant_antiplatelet = {answer = "yes", date = "2026-02-01", value = 2.4}

[[medicine]]
name = "warfarin"
since = 2024-01-15

[[earlier_treatment]]
what = "peels"
date = "2023-05-10"
result = "smoother"

[policy]
isotretinoin_current = "consensus_2017"

[[override]]
rule = "recent_filler"
name = "A. Doctor"
role = "dermatologist"
reason = "other side"
date = 2026-03-01

[[protect]]
rule = "raised_mole_vascular_lesion"
x_mm = 1.0
y_mm = 2.0
radius_mm = 3.0
"""


def read(tmp_path: Path, text: str | bytes) -> Patient:
    path = tmp_path / "patient.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_record(path, Patient, what="patient file", template="patient")


def minimal(**more: Any) -> dict[str, Any]:
    return {"patient_id": "p", "birth_year": 1990} | more


def test_a_whole_record_is_read_with_dates_of_both_kinds(tmp_path: Path) -> None:
    patient = read(tmp_path, WHOLE)
    assert patient.history["recent_filler"].date == datetime.date(2026, 1, 20)
    assert patient.history["anticoagulant_antiplatelet"].date == datetime.date(2026, 2, 1)
    assert patient.history["acne_active_inflammatory"].count == 3
    assert patient.medicine[0].name == "warfarin"
    assert patient.earlier_treatment[0].result == "smoother"
    assert patient.override[0].date == datetime.date(2026, 3, 1)
    assert patient.protect[0].margin_mm is None
    assert patient.weight_kg == 61.0


def test_what_is_not_given_is_unknown_and_never_no() -> None:
    patient = Patient.model_validate(minimal())
    assert (patient.skin_type, patient.sex, patient.weight_kg, patient.sun) == (None, None, None, None)
    assert patient.answer_of("pregnancy").answer == "unknown"


def test_a_record_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Patient.model_validate(minimal()).birth_year = 1980


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("skintype = 3", r"skintype: unknown key \(did you mean 'skin_type'\?\)"),
        ("skin_type = 7", "skin_type: .*less than or equal to 6, got 7"),
        ("skin_type = 0", "skin_type: .*greater than or equal to 1"),
        ("skin_type = true", "skin_type: .*valid integer, got True"),
        ('skin_type = "IV"', "skin_type: .*valid integer, got 'IV'"),
        ('sex = "f"', "sex: .*'female' or 'male'"),
        ('sun = "much"', "sun: .*'low', 'usual' or 'high'"),
        ("weight_kg = 0.5", "weight_kg: .*greater than or equal to 2"),
        ("weight_kg = 900", "weight_kg: .*less than or equal to 400"),
        ("weight_kg = nan", "weight_kg: "),
        ('weight_kg = "60 kg"', "weight_kg: .*valid number"),
        ("history.smoking = true", 'history.smoking: true and false are no answers; write "yes", "no" or "unknown"'),
        ('history.smoking = "maybe"', "history.smoking.answer: .*'yes', 'no' or 'unknown'"),
        ('history.smoking = "Yes"', "history.smoking.answer: .*'yes', 'no' or 'unknown'"),
        ("history.smoking = 1", 'history.smoking: must be "yes", "no" or "unknown", or a table'),
        ("history.smoking = {date = 2026-01-01}", "history.smoking.answer: is missing"),
        ('history.smoking = {answer = "yes", packs = 3}', "history.smoking.packs: unknown key"),
        ('history.smoking = {answer = "yes", count = -1}', "history.smoking.count: .*greater than or equal to 0"),
        ('history.smoking = {answer = "yes", count = 2.5}', "history.smoking.count: .*valid integer"),
        (
            'history.smoking = {answer = "yes", date = "2026-02-30"}',
            "history.smoking.date: is not a day of the calendar",
        ),
        ('history.smoking = {answer = "yes", date = "12.1.2026"}', "history.smoking.date: .*write year-month-day"),
        ('history.smoking = {answer = "yes", date = "20260112"}', "history.smoking.date: .*write year-month-day"),
        ('history.smoking = {answer = "yes", date = 2026}', "history.smoking.date: is not a date"),
        (
            'history.smoking = {answer = "yes", date = 2026-01-01T10:00:00}',
            "history.smoking.date: is a date with a time",
        ),
        ('history = "no"', "history: .*valid dictionary"),
        ('policy.breastfeeding = ["a"]', "policy.breastfeeding: .*valid string"),
        (
            'override = [{rule = "pregnancy", name = "A", role = "R", date = 2026-01-01}]',
            "override.0.reason: is missing",
        ),
        ('override = [{rule = "x", name = "", role = "R", reason = "y", date = 2026-01-01}]', "override.0.name: "),
        ('protect = [{rule = "x", x_mm = 1.0, y_mm = 2.0, radius_mm = 0}]', "protect.0.radius_mm: .*greater than 0"),
        ('medicine = ["aspirin"]', "medicine.0: "),
        ("earlier_treatment = [{date = 2020-01-01}]", "earlier_treatment.0.what: is missing"),
    ],
)
def test_a_fault_names_its_place_and_what_is_allowed(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        read(tmp_path, f'patient_id = "p"\nbirth_year = 1990\n{line}\n')
    assert caught.value.exit_code == 2
    assert "scarplan template patient" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("birth_year = 1990", "patient_id: is missing"),
        ('patient_id = "p"', "birth_year: is missing"),
        ('patient_id = "p"\nbirth_year = "1990"', "birth_year: .*valid integer"),
        ('patient_id = "p"\nbirth_year = 90', "birth_year: .*greater than or equal to 1000"),
        ('patient_id = "p"\nbirth_year = true', "birth_year: .*valid integer"),
        ("", "patient_id: is missing; birth_year: is missing"),
        ("patient_id = ", "not valid TOML"),
        ('patient_id = "p"\npatient_id = "q"', "not valid TOML"),
        ('patient_id = "p"\nbirth_year = 1990\nx = 2026-02-30', "not valid TOML"),
        (b'patient_id = "\xff"', "not UTF-8 text.*byte 0xff at position 14"),
        (b"\x00\x01\x02", "not valid TOML"),
        ("birth_year = " + "9" * 5000, "not valid TOML"),
        ("x = " + "[" * 50_000, "not valid TOML"),
    ],
)
def test_a_malformed_file_is_told_in_words(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize("name", ["", "  ", " a", "a ", "a/b", "a\\b", "..", ".", "a\nb", "a\x00", "a:b", "a" * 65, 7])
def test_an_id_that_cannot_name_a_file_is_refused(name: object) -> None:
    with pytest.raises(ValidationError, match="patient_id"):
        Patient.model_validate({"patient_id": name, "birth_year": 1990})


@pytest.mark.parametrize("name", ["a", "A-17", "Ärztin 3", "0001_b", "a" * 64])
def test_a_plain_id_is_kept_as_it_is(name: str) -> None:
    assert Patient.model_validate({"patient_id": name, "birth_year": 1990}).patient_id == name


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(1850, 2100), st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)), st.data())
def test_the_true_age_is_among_the_ages_that_a_year_of_birth_allows(
    birth_year: int, day: datetime.date, data: st.DataObject
) -> None:
    patient = Patient.model_validate({"patient_id": "p", "birth_year": birth_year})
    if not 0 <= day.year - birth_year <= 120:
        with pytest.raises(BadInput, match="E-PAT-001"):
            patient.ages_on(day)
        return
    born = data.draw(st.dates(datetime.date(birth_year, 1, 1), datetime.date(birth_year, 12, 31)))
    if born <= day:
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        assert age in patient.ages_on(day)
