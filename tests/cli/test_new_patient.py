"""`scarplan new-patient`: the interview through standard input, and the form to fill."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scarplan.candidacy import history_rules
from scarplan.cli.group import main


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(words: str, *, typed: str = "") -> Result:
    return CliRunner().invoke(main, words.split(), input=typed)


def read() -> dict:
    return tomllib.loads(Path("patient.toml").read_text("utf-8"))


def test_the_answers_typed_stand_in_the_file_and_are_screened() -> None:
    result = run("new-patient patient.toml --json", typed="P-7\n1994\nstop\n")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["file"] == "patient.toml"
    assert found["finished"] is False
    assert (read()["patient_id"], read()["birth_year"]) == ("P-7", 1994)
    assert run("screen case --patient patient.toml --date 2026-03-02").exit_code == 0


def test_questions_are_asked_on_standard_error_only() -> None:
    result = run("new-patient patient.toml --json", typed="P-7\n1994\n" + "\n" * 8 + "?\nno\nstop\n")
    assert json.loads(result.stdout)
    assert "Year of birth:" in result.stderr
    assert result.stderr.count("?") > 3


def test_the_same_command_goes_on_where_it_stopped() -> None:
    first = json.loads(run("new-patient patient.toml --json", typed="P-7\n1994\n" + "\n" * 30).stdout)
    again = run("new-patient patient.toml --json", typed="no\n" * 5 + "stop\n")
    assert again.exit_code == 0, again.output
    assert read()["patient_id"] == "P-7"
    assert len(json.loads(again.stdout)["questions_left"]) < len(first["questions_left"])


def test_an_end_of_input_before_the_birth_year_writes_nothing() -> None:
    result = run("new-patient patient.toml", typed="P-7\n")
    assert result.exit_code == 0, result.output
    assert "Nothing was written" in result.stdout
    assert not Path("patient.toml").exists()


def test_a_mistyped_birth_year_is_asked_again() -> None:
    result = run("new-patient patient.toml", typed="P-7\n300\nninety\n1994\nstop\n")
    assert result.exit_code == 0, result.output
    assert read()["birth_year"] == 1994


def test_the_form_holds_every_question_and_is_not_overwritten() -> None:
    assert run("new-patient patient.toml --template").exit_code == 0
    assert set(read()["history"]) == {rule.id for rule in history_rules()}
    Path("patient.toml").write_text('patient_id = "mine"\nbirth_year = 1990\n', "utf-8")
    refused = run("new-patient patient.toml --template --json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "E-PATIENT-010" in refused.stderr
    assert read()["patient_id"] == "mine"
    assert run("new-patient patient.toml --template --replace").exit_code == 0
    assert read()["patient_id"] == "example-1"


@pytest.mark.parametrize(
    ("content", "code"),
    [("patient_id = ", "E-FILE-006"), ('patient_id = "P"\nbirth_year = 1700\n', "E-PAT-001"), ("x = 1", "E-FILE-007")],
)
def test_a_file_that_is_no_patient_is_told_and_kept(content: str, code: str) -> None:
    Path("patient.toml").write_text(content, "utf-8")
    result = run("new-patient patient.toml --json", typed="P-7\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert code in result.stderr
    assert Path("patient.toml").read_text("utf-8") == content


def test_a_place_that_cannot_be_written_is_told() -> None:
    Path("taken").write_text("", "utf-8")
    result = run("new-patient taken/patient.toml --template")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "E-CASE-00" in result.stderr
