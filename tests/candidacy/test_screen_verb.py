"""The verb screen: what it writes, what it records, and that every part can be explained."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scarplan.candidacy import all_rules
from scarplan.canonical import dump_json, hash_file
from scarplan.errors import BadInput, StaleResult
from scarplan.evidence.lineage import list_unexplained
from scarplan.records.case import Case
from scarplan.workflow.screen import screen_patient

FULL = """# kept as it is, with this comment
patient_id = "A-17"
birth_year = 1990
weight_kg = 61.5

[history]
recent_filler = {answer = "yes", date = 2026-02-20}
pregnancy = "yes"
infection_bacterial_active = "yes"
diabetes = {answer = "yes", value = 9.1, note = "since 2010"}
tattoo_permanent_makeup = "yes"
recent_botulinum = {answer = "yes", date = 2025-02-20}
isotretinoin_recent = {answer = "yes", date = "2026-01-02"}
bdd_screen_positive = "yes"

[policy]
isotretinoin_recent = "practice_2_months"

[[override]]
rule = "pregnancy"
name = "A. Doctor"
role = "dermatologist"
reason = "seen"
date = 2026-03-01

[[override]]
rule = "infection_bacterial_active"
name = "A. Doctor"
role = "dermatologist"
reason = "seen"
date = 2026-03-01

[[protect]]
rule = "raised_mole_vascular_lesion"
x_mm = 12.5
y_mm = 20.0
radius_mm = 2.0
"""


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    path = tmp_path / "someone.toml"
    path.write_text(FULL, "utf-8")
    return path


@pytest.fixture
def screened(tmp_path: Path, patient: Path) -> dict[str, Any]:
    return screen_patient(tmp_path / "case", patient, date="2026-03-02")


def test_the_case_holds_the_file_the_reading_and_the_result(
    tmp_path: Path, patient: Path, screened: dict[str, Any]
) -> None:
    case = Case(tmp_path / "case")
    assert case.path("patient.toml").read_bytes() == patient.read_bytes()
    assert case.read_result("screen") == json.loads(dump_json(screened))
    assert screened["manifest"]["inputs"] == {"patient.toml": hash_file(patient)}
    readable = tomllib.loads(case.path("screening.toml").read_text("utf-8"))
    assert readable["decision"] == screened["decision"] == "stop"
    assert [row["rule"] for row in readable["finding"]] == [row["rule"] for row in screened["findings"]]
    first = readable["finding"][0]
    assert first["rule"] == "infection_bacterial_active"
    assert first["citations"][0].startswith("ifu_skinpen_intl: ")


def test_a_changed_patient_makes_the_screening_stale(tmp_path: Path, screened: dict[str, Any]) -> None:
    case = Case(tmp_path / "case")
    case.path("patient.toml").write_text(FULL + "\n# changed\n", "utf-8")
    with pytest.raises(StaleResult, match=r"patient\.toml has changed.*scarplan screen"):
        case.read_result("screen")


def test_the_contract_of_screen(screened: dict[str, Any]) -> None:
    assert list(screened)[:4] == ["decision", "earliest_date", "findings", "unanswered"]
    keys = {"patient_id", "age_years", "skin_type", "questions_open", "summary", "passed", "protected", "policies"}
    assert keys <= set(screened)
    assert screened["passed"] == ["recent_botulinum"]
    assert screened["screened_on"] == "2026-03-02"
    assert (screened["patient_id"], screened["age_years"], screened["skin_type"]) == ("A-17", 36, None)
    places = {row["rule"]: row["x_mm"] for row in screened["protected"]}
    assert places == {"raised_mole_vascular_lesion": 12.5, "tattoo_permanent_makeup": None}
    json.loads(json.dumps(screened, allow_nan=False))


def test_every_part_of_the_result_is_explained(tmp_path: Path, patient: Path, screened: dict[str, Any]) -> None:
    assert list_unexplained("screen", screened) == []
    patient.write_text('patient_id = "p"\nbirth_year = 1990\nskin_type = 2\n[history]\n', "utf-8")
    with patient.open("a", encoding="utf-8") as stream:
        stream.writelines(f'{rule_id} = "no"\n' for rule_id in all_rules())
    healthy = screen_patient(tmp_path / "healthy", patient, date="2026-03-02")
    assert healthy["decision"] == "suitable"
    assert list_unexplained("screen", healthy) == []


def test_the_manifest_names_the_evidence_that_was_used(screened: dict[str, Any]) -> None:
    used = screened["manifest"]
    assert {"candidacy.recent_filler_wait_days", "candidacy.hba1c_max_percent"} <= set(used["quantities"])
    assert {"waldman2017", "emla_label", "ifu_skinpen_us"} <= set(used["sources"])
    assert "candidacy.chemotherapy_wait_days" not in used["quantities"]


def test_the_same_file_and_day_give_the_same_bytes(tmp_path: Path, patient: Path, screened: dict[str, Any]) -> None:
    screen_patient(tmp_path / "again", patient, date=datetime.date(2026, 3, 2))
    for name in ("results/screen.json", "screening.toml", "patient.toml"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "case" / name).read_bytes()


def test_the_day_is_today_unless_it_is_given(tmp_path: Path, patient: Path) -> None:
    before = datetime.datetime.now().date()
    result = screen_patient(tmp_path / "case", patient)
    assert before.isoformat() <= result["screened_on"] <= datetime.datetime.now().date().isoformat()


def test_progress_is_told_in_words(tmp_path: Path, patient: Path) -> None:
    steps: list[tuple[str, float]] = []
    screen_patient(
        tmp_path / "case", patient, date="2026-03-02", progress=lambda text, done: steps.append((text, done))
    )
    assert [done for _, done in steps] == sorted(done for _, done in steps)
    assert steps[-1][1] == 1.0


@pytest.mark.parametrize("date", ["2026-02-30", "2.3.2026", "yesterday", "", "0026-03-02", "9999-12-31"])
def test_a_day_of_screening_that_cannot_be_is_an_error(tmp_path: Path, patient: Path, date: str) -> None:
    with pytest.raises(BadInput, match=r"E-SCREEN-001.*year-month-day"):
        screen_patient(tmp_path / "case", patient, date=date)
    assert not (tmp_path / "case").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b'patient_id = "p"\nbirth_year = 1726\n', "an age of 300 years"),
        (b'patient_id = "p"\nbirth_year = 1990\n[history]\npregnanci = "no"\n', "did you mean 'pregnancy'"),
        (b'patient_id = "p"\nbirth_year = 1990\nage = 36\n', "age: unknown key"),
    ],
)
def test_a_bad_file_leaves_no_case_behind(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(text)
    with pytest.raises(BadInput, match=message) as caught:
        screen_patient(tmp_path / "case", path, date="2026-03-02")
    assert caught.value.exit_code == 2
    assert not (tmp_path / "case").exists()


def test_a_missing_file_names_the_template(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"does not exist.*scarplan template patient"):
        screen_patient(tmp_path / "case", tmp_path / "none.toml")
