"""`scarplan outcomes`: a file becomes a result of the case; faults are told; nothing unknown is printed as a number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scarplan.cli.group import main


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(words: str) -> Result:
    return CliRunner().invoke(main, words.split())


def test_the_template_is_kept_and_printed_as_a_table() -> None:
    Path("outcomes.toml").write_text(run("template outcomes").stdout, "utf-8")
    result = run("outcomes case --outcomes outcomes.toml -q")
    assert result.exit_code == 0, result.output
    head, first, last = result.stdout.splitlines()[:3]
    assert head.split()[:3] == ["visit", "day", "DLQI"]
    assert "SCARS" not in head  # never asked
    assert first.split()[:6] == ["2026-01-12", "0", "9", "7", "5", "-"]
    assert last.split()[1] == "77"
    assert "less than the 4 points" in result.stdout


def test_json_on_standard_output_is_what_the_case_keeps() -> None:
    Path("outcomes.toml").write_text("[[visit]]\ndate = 2026-01-12\nbother = 3\n", "utf-8")
    result = run("outcomes case --outcomes outcomes.toml --json -q")
    assert json.loads(result.stdout) == json.loads(Path("case/results/outcomes.json").read_text("utf-8"))
    assert Path("case/outcomes.toml").read_bytes() == Path("outcomes.toml").read_bytes()
    assert "One visit so far" in run("outcomes case -q").stdout


@pytest.mark.parametrize(
    ("words", "content", "code"),
    [
        ("outcomes case", None, "E-OUTCOMES-002"),
        ("outcomes case --outcomes none.toml", None, "E-FILE-001"),
        ("outcomes case --outcomes o.toml", "visit = 3", "E-FILE-007"),
        ("outcomes case --outcomes o.toml", "[[visit]]\ndate = 2026-01-12\ndlqi = 40", "E-OUTCOMES-003"),
        ("outcomes case --outcomes o.toml --date soon", "[[visit]]\ndate = 2026-01-12", "E-OUTCOMES-001"),
    ],
)
def test_what_cannot_be_is_told(words: str, content: str | None, code: str) -> None:
    if content is not None:
        Path("o.toml").write_text(content, "utf-8")
    result = run(f"{words} --json -q")
    assert (result.exit_code, result.stdout) == (2, "")
    assert code in result.stderr
    assert "Do:" in result.stderr
    assert not Path("case").exists()


def test_a_file_changed_by_hand_makes_the_result_stale() -> None:
    Path("outcomes.toml").write_text("[[visit]]\ndate = 2026-01-12\nbother = 3\n", "utf-8")
    assert run("outcomes case --outcomes outcomes.toml -q").exit_code == 0
    Path("case/outcomes.toml").write_text("[[visit]]\ndate = 2026-01-12\nbother = 4\n", "utf-8")
    from scarplan.errors import StaleResult
    from scarplan.records.case import Case

    with pytest.raises(StaleResult, match="scarplan outcomes case"):
        Case("case").read_result("outcomes")
    assert run("outcomes case -q").exit_code == 0
    assert Case("case").read_result("outcomes")["visits"][0]["bother"] == 4


def test_a_number_can_be_walked_back_to_its_source() -> None:
    Path("outcomes.toml").write_text(run("template outcomes").stdout, "utf-8")
    run("outcomes case --outcomes outcomes.toml -q")
    told = run("explain case changes.0.smallest_change -q")
    assert told.exit_code == 0, told.output
    assert "outcomes.dlqi_smallest_change" in told.stdout
    assert "Basra" in run("cite case -q").stdout
