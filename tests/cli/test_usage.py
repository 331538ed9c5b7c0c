"""Wrong usage and wrong files: exit code 2, a message in words on standard error, nothing on standard output."""

from __future__ import annotations

import os
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from scarplan.cli.group import COMMANDS, main
from scarplan.workflow.template import print_template


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, made the current one, with a patient, a height map and a case that has been screened."""
    monkeypatch.chdir(tmp_path)
    Path("patient.toml").write_text(print_template("patient"), "utf-8")
    np.save("cheek.npy", np.zeros((60, 60)))
    Path("text.toml").write_bytes("# Grüße\n".encode("latin-1"))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def assert_is_told(result: Result, *, code: int = 2) -> str:
    """Check what every mistake of a user has in common and return what was said."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit | click.exceptions.Exit)
    assert result.stderr.strip()
    return result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_named(name: str) -> None:
    said = assert_is_told(run(name, "--jsno"))
    assert "--jsno" in said
    assert "Usage:" in said


@pytest.mark.parametrize("name", [n for n in COMMANDS if n not in {"demo", "new-patient", "devices", "uses"}])
def test_what_is_missing_is_named(name: str) -> None:
    assert "Missing" in assert_is_told(run(name))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("repotr", "report"), ("forcast", "forecast"), ("new_patient", "new-patient"), ("scar", "scars")],
)
def test_an_unknown_command_names_the_nearest(typed: str, meant: str) -> None:
    assert f"There is no command '{typed}'. Did you mean '{meant}'?" in assert_is_told(run(typed))


def test_a_command_far_from_every_name_points_to_help() -> None:
    said = assert_is_told(run("xylophone"))
    assert "`scarplan --help` lists them" in said
    assert "Did you mean" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("screen case --patient nowhere.toml", ["E-FILE-001", "nowhere.toml", "scarplan template patient"]),
        ("screen case --patient text.toml", ["E-FILE-004", "0xfc", "UTF-8"]),
        ("screen case --patient cheek.npy", ["E-FILE-004", "UTF-8"]),
        ("screen case --patient .", ["E-FILE-002", "folder"]),
        ("screen case --patient patient.toml --date 2026-13-01", ["E-SCREEN-001", "2026-13-01", "Allowed"]),
        ("screen case --patient patient.toml --date 0001-01-01", ["E-SCREEN-001", "Allowed"]),
        ("screen patient.toml --patient patient.toml", ["E-CASE-005", "is a file, not a case folder"]),
        ("screen patient.toml/x --patient patient.toml", ["E-CASE-006", "nothing was changed"]),
        ("scan cheek.npy case", ["E-UNIT-001", "--unit mm"]),
        ("scan cheek.npy case --unit furlong --pixel-mm 0.1", ["E-UNIT-002", "furlong", "Allowed"]),
        ("scan cheek.npy case --unit mm", ["--pixel-mm"]),
        ("scan cheek.npy case --unit mm --pixel-mm nan", ["--pixel-mm"]),
        ("scan cheek.npy case --unit mm --pixel-mm -0.1", ["--pixel-mm"]),
        ("scan cheek.npy case --unit mm --pixel-mm 0.1 --zone knee", ["knee", "cheek"]),
        ("scan cheek.npy case --unit mm --pixel-mm 0.1 --side middle", ["middle", "left", "right"]),
        ("scan cheek.npy case --unit mm --pixel-mm 0.1 --days-since-session -1", ["E-SCAN-003", "-1"]),
        ("scan cheek.npy case --unit mm --pixel-mm 0.1 --attribution '  '", ["E-SCAN-004"]),
        ("scan nowhere.npy case --unit mm --pixel-mm 0.1", ["E-SURF-001", "nowhere.npy"]),
        ("scan . case --unit mm --pixel-mm 0.1", ["E-SURF-002"]),
        ("scan patient.toml case --unit mm --pixel-mm 0.1", ["E-SURF-005", "NPY"]),
        ("scars case", ["E-CASE-001", "scarplan scan"]),
        ("plan case", ["E-CASE-001", "scarplan screen case"]),
        ("plan case --goals nowhere.toml", ["E-FILE-001", "nowhere.toml"]),
        ("plan case --seed -1", ["--seed"]),
        ("forecast case", ["E-CASE-001", "scarplan screen case"]),
        ("report case", ["E-CASE-001"]),
        ("approve case --name A --role B", ["E-CASE-001"]),
        ("explain case scars.0.depth_mm", ["E-CASE-001"]),
        ("cite case", ["E-CASE-001"]),
        ("session case list", ["E-CASE-001"]),
        ("session case add nowhere.toml", ["E-CASE-001"]),
        ("session . add nowhere.toml", ["E-FILE-001", "scarplan template session"]),
        ("session . add patient.toml", ["E-FILE-007", "operator: is missing"]),
        ("session . correct 1 patient.toml --reason x", ["E-FILE-007"]),
        ("session . correct 1 --withdraw --reason x --name A", ["E-SESSION-011", "the ledger is empty"]),
        ("session . list --date 2026-01-01 x", ["scarplan session CASE list"]),
        ("session nowhere lot A", ["E-SESSION-020"]),
        ("replay case", ["E-CASE-001"]),
        ("template trial", ["E-TEMPLATE-001", "patient, goals, assessment, outcomes, protocol"]),
        ("schema trial", ["E-TEMPLATE-001", "patient, goals, assessment, outcomes, protocol"]),
        ("uses tattoos", ["E-USE-001", "stretch_marks"]),
        ("uses pores --region knee", ["E-USE-002", "face, neck"]),
        ("outcomes case", ["E-OUTCOMES-002", "scarplan template outcomes"]),
        ("outcomes case --outcomes none.toml", ["E-FILE-001"]),
        ("demo demo --depth nan", ["E-DEMO-001", "0.2 to 3.0"]),
        ("demo demo --depth 40", ["E-DEMO-001", "40"]),
        ("demo demo --seed -4", ["E-DEMO-002", "-4"]),
        ("demo demo --seed 99999999999", ["E-DEMO-002"]),
        ("demo .", ["E-DEMO-003", "not empty"]),
        ("demo --no-scan .", ["E-DEMO-003", "not empty"]),
        ("demo --no-scan --depth 0.5 demo", ["E-DEMO-004", "no depth is measured"]),
    ],
)
def test_a_mistake_is_told_in_words_and_nothing_is_written(desk: Path, words: str, says: list[str]) -> None:
    before = sorted(desk.rglob("*"))
    arguments = [word.strip("'") for word in words.replace("'  '", "'\t'").split(" ")]
    said = assert_is_told(run(*arguments))
    assert [word for word in says if word not in said] == []
    assert sorted(desk.rglob("*")) == before


@pytest.mark.parametrize(
    ("verb", "code", "needs"),
    [
        ("scars", "E-CASE-002", ["scarplan scan FILE case --unit mm"]),
        ("plan", "E-PLAN-017", ["scarplan scars case", "scarplan assess case --assessment"]),
        ("forecast", "E-CASE-002", ["scarplan plan case"]),
        ("approve", "E-CASE-002", ["scarplan plan case"]),
    ],
)
def test_a_missing_step_names_the_command_to_run(desk: Path, verb: str, code: str, needs: list[str]) -> None:
    assert run("screen", "case", "--patient", "patient.toml").exit_code == 0
    options = ["--name", "A", "--role", "B"] if verb == "approve" else []
    said = assert_is_told(run(verb, "case", *options, "--json"))
    assert code in said
    assert [command for command in needs if f"`{command}" not in said] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes, which this system has not")
@pytest.mark.parametrize("words", ["screen case --patient pipe", "scan pipe case --unit mm --pixel-mm 0.1"])
def test_a_pipe_is_not_waited_for(desk: Path, words: str) -> None:
    os.mkfifo("pipe")
    assert_is_told(run(*words.split()))


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_a_file_name_that_is_no_text(desk: Path) -> None:
    name = os.fsdecode(b"cheek-\xff.npy")
    rng = np.random.default_rng(1)
    np.save(name, rng.normal(0, 0.005, (200, 200)).astype(np.float32))
    result = run("scan", name, "case", "--unit", "mm", "--pixel-mm", "0.1", "--json", "-q")
    assert result.exit_code == 0, result.output
    assert r"cheek-\\udcff.npy" in result.stdout
    assert r"cheek-\\udcff.npy" in Path("case/scan.toml").read_text("utf-8")
    again = run("scan", name, "case", "--unit", "mm", "--pixel-mm", "0.1", "--json", "-q")
    assert (again.exit_code, again.stdout) == (0, result.stdout)


def test_help_without_a_command_and_with_it() -> None:
    assert "Commands:" in run("--help").stdout
    assert run("--version").stdout.startswith("scarplan, version ")
    assert "Commands:" in run().output
