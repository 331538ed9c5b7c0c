"""`scarplan assess`: file or questions, what is kept, what is refused, follow-up, what people read."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scarplan.cli.group import main
from scarplan.evidence import list_unexplained
from scarplan.records.assessment import ZONE_NAMES
from scarplan.records.case import Case
from scarplan.workflow.template import print_template


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("first.toml").write_text(print_template("assessment"), "utf-8")
    later = print_template("assessment").replace("2026-03-02", "2026-08-02").replace('rolling = "11-20"', "rolling = 0")
    Path("later.toml").write_text(later, "utf-8")


def run(words: str, *, typed: str = "") -> Result:
    return CliRunner().invoke(main, words.split(), input=typed)


def assert_told(result: Result, *said: str) -> None:
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    for part in said:
        assert part in result.stderr


def test_the_template_is_taken_and_kept() -> None:
    result = run("assess case --assessment first.toml --json -q")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["manifest"]["verb"] == "assess"
    assert found["ready_to_plan"] is True
    assert "as it stands: nobody was examined" in found["doubts"][0]
    assert list_unexplained("assess", found) == []
    assert Path("case/assessment.toml").read_bytes() == Path("first.toml").read_bytes()
    assert Case("case").read_result("assess") == found
    again = run("assess case --assessment first.toml --json -q")
    assert again.stdout == result.stdout


def test_an_example_that_was_filled_in_is_an_examination() -> None:
    Path("own.toml").write_text(print_template("assessment").replace("Dr A. Example", "B. Doctor"), "utf-8")
    doubts = json.loads(run("assess own --assessment own.toml --json -q").stdout)["doubts"]
    assert not any("nobody was examined" in doubt for doubt in doubts)


def test_people_read_counts_grades_and_what_comes_next() -> None:
    said = run("assess case --assessment first.toml -q").stdout
    for part in (
        "Estimated from examination; depth was not measured",
        "- cheek left: 3 ice-pick, 5 to 10 shallow boxcar, 11 to 20 rolling; 5 to 10 flat marks",
        "- chin: 2 shallow boxcar, 1 raised; not known: ice-pick",
        "Not needled: flat dark or red marks (cheek left, cheek right)",
        "Grade (Goodman and Baron): 3 (moderate)",
        "unverified table",
        "Next: scarplan plan CASE",
    ):
        assert part in said
    assert not re.search(r"\d mm\b", said)


def test_over_20_is_said_as_it_was_written() -> None:
    text = print_template("assessment").replace('rolling = "11-20"', 'rolling = "> 20"')
    Path("many.toml").write_text(text, "utf-8")
    assert "over 20 rolling" in run("assess case --assessment many.toml -q").stdout


def test_what_cannot_be_planned_says_why() -> None:
    Path("marks.toml").write_text('examiner = "A"\ndate = 2026-03-02\nflat_marks = "only"\n', "utf-8")
    result = run("assess case --assessment marks.toml -q")
    assert result.exit_code == 0
    assert "Not ready to plan: There are flat marks only" in result.stdout
    assert "Next:" not in result.stdout


def test_another_examination_needs_a_word() -> None:
    assert run("assess case --assessment first.toml").exit_code == 0
    before = Path("case/results/assess.json").read_bytes()
    assert_told(run("assess case --assessment later.toml --json"), "E-EXAM-002", "--follow-up", "--replace")
    assert Path("case/results/assess.json").read_bytes() == before
    assert run("assess case --assessment later.toml --replace").exit_code == 0
    assert json.loads(Path("case/results/assess.json").read_text())["examined_on"] == "2026-08-02"


def test_a_contradiction_leaves_nothing_behind() -> None:
    text = print_template("assessment").replace('flat_marks = "some"', 'flat_marks = "only"', 1)
    Path("odd.toml").write_text(text, "utf-8")
    assert_told(run("assess case --assessment odd.toml --json"), "E-EXAM-001", "odd.toml", 'flat_marks says "only"')
    assert not Path("case").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("examiner = ", "E-FILE-006"), ('examiner = "A"\n', "E-FILE-007"), ("[zone]\n", "E-FILE-007"),
        ('examiner = "A"\ndate = 1200-01-01\n', "E-EXAM-007"), ('examiner = "A"\ndate = 2999-01-01\n', "E-EXAM-0"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_examination_is_told(content: str, code: str) -> None:
    Path("bad.toml").write_text(content, "utf-8")
    assert_told(run("assess case --assessment bad.toml --json"), code)
    assert not Path("case").exists()


def test_a_file_that_is_not_there_is_told() -> None:
    assert_told(run("assess case --assessment nowhere.toml"), "E-FILE-001", "scarplan template assessment")


def test_a_follow_up_is_kept_and_judged() -> None:
    assert run("assess case --assessment first.toml -q").exit_code == 0
    result = run("assess case --follow-up --assessment later.toml --json -q")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["manifest"]["verb"] == "follow_up"
    assert set(found["manifest"]["inputs"]) == {"assessment.toml", "assessments/2026-08-02.toml"}
    assert Case("case").read_result("follow_up") == found
    assert list_unexplained("follow_up", found) == []
    assert [each["examined_on"] for each in found["examinations"]] == ["2026-03-02", "2026-08-02"]
    assert {change["says"] for change in found["changes"]} <= {
        "no change beyond what two raters differ by", "better by more than raters differ",
        "worse by more than raters differ", "cannot be judged",
    }  # fmt: skip
    assert (
        "- ice-pick scars: 4 to 7 -> 4 to 7: no change" in run("assess case --follow-up --assessment later.toml").stdout
    )


def test_a_follow_up_is_compared_anew_when_the_first_is_corrected() -> None:
    run("assess case --assessment first.toml")
    run("assess case --follow-up --assessment later.toml")
    text = print_template("assessment").replace("icepick = 3", "icepick = 30")
    Path("corrected.toml").write_text(text, "utf-8")
    assert run("assess case --assessment corrected.toml --replace").exit_code == 0
    found = Case("case").read_result("follow_up")
    assert next(c for c in found["changes"] if c["id"] == "count.icepick")["first"]["low"] == 31


def test_what_a_follow_up_needs_is_told() -> None:
    assert_told(run("assess case --follow-up --assessment later.toml"), "E-CASE-001")
    run("screen case --patient first.toml")
    Path("case").mkdir(exist_ok=True)
    assert_told(run("assess case --follow-up --assessment later.toml"), "E-EXAM-005", "without --follow-up")
    run("assess case --assessment first.toml")
    assert_told(run("assess case --follow-up"), "E-EXAM-004", "--assessment")
    assert_told(run("assess case --follow-up --assessment first.toml"), "E-EXAM-008", "2026-03-02", "a day after")
    run("assess case --follow-up --assessment later.toml")
    other = Path("later.toml").read_text("utf-8").replace('examiner = "Dr A. Example"', 'examiner = "Dr B"')
    Path("other.toml").write_text(other, "utf-8")
    assert_told(run("assess case --follow-up --assessment other.toml"), "E-EXAM-006", "--replace")
    assert run("assess case --follow-up --replace --assessment other.toml").exit_code == 0
    assert_told(run("assess case --replace --assessment later.toml"), "E-EXAM-008", "assessments/2026-08-02.toml")
    Path("case/assessments/2026-08-02.toml").write_text("damaged", "utf-8")
    assert_told(run("assess case --follow-up --assessment other.toml"), "E-EXAM-006", "--replace")
    assert run("assess case --follow-up --replace --assessment other.toml").exit_code == 0


def test_an_examination_before_the_patient_was_born_is_told() -> None:
    Path("patient.toml").write_text('patient_id = "p"\nbirth_year = 2000\n', "utf-8")
    run("screen case --patient patient.toml")
    early = Path("first.toml").read_text("utf-8").replace("date = 2026-03-02", "date = 1999-12-31")
    Path("early.toml").write_text(early, "utf-8")
    assert_told(run("assess case --assessment early.toml"), "E-EXAM-009", "year of birth, 2000", "1999-12-31")
    assert not Path("case/assessment.toml").exists()


def test_questions_are_asked_on_standard_error_and_kept_half_filled() -> None:
    result = run("assess case --json", typed="s\nDr A\n2026-03-02\nside\np\n24\nn\nn\ny\n3\n1-4\nstop\n")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["counts_at_least"]["icepick"] == 3
    assert found["zones"][0]["counts"]["rolling"] is None
    assert "dark or red marks" in result.stderr
    kept = tomllib.loads(Path("case/assessment.toml").read_text("utf-8"))
    assert kept["zone"] == [{"zone": "forehead", "icepick": 3, "boxcar_shallow": "1-4"}]
    again = run("assess case --json", typed="none\nnone\n0\n0\n" + "n\n" * 40)
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["zones"][0]["counts"]["rolling"] == {"low": 0, "high": 0}
    assert {zone["zone"] for zone in json.loads(again.stdout)["zones"]} == set(ZONE_NAMES)


def test_no_answer_at_all_writes_nothing() -> None:
    assert_told(run("assess case --json", typed=""), "E-EXAM-003", "--assessment", "nothing was written")
    assert not Path("case").exists()


def test_answers_that_contradict_are_kept_to_be_corrected() -> None:
    typed = "none\nDr A\n2026-03-02\nside\nf\n24\nn\nn\n" + "y\n3\nn\nn\nn\nn\nn\n" + "n\n" * 16 + "1\n"
    assert_told(run("assess case --json", typed=typed), "E-EXAM-001", "goodman_baron 1", "assessment.toml")
    kept = Path("case/assessment.toml")
    kept.write_text(kept.read_text("utf-8").replace("goodman_baron = 1", "goodman_baron = 3"), "utf-8")
    assert run("assess case --json").exit_code == 0
