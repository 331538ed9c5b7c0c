"""The demo of a clinic without a scanner: whole, the same each time, and alone in its folder."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import scarplan
from scarplan.cli.group import main
from scarplan.errors import BadInput
from scarplan.evidence import list_unexplained
from scarplan.examination import NOTICE, describe_assessment
from scarplan.records import Case
from scarplan.records.assessment import read_assessment
from scarplan.workflow.demo_folder import start_again
from scarplan.workflow.demo_patient import SECOND_VISIT, count_again, invent_zones, write_examination

FOLDER = "scarplan-demo-no-scan"
VERBS = ("screen", "assess", "follow_up", "photo", "outcomes", "plan", "forecast", "report")


@pytest.fixture(scope="module")
def demo(demo_without_scan: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return the same demo run again by Python over one that was typed, approved and left untidy, with its result."""
    again = Path(shutil.copytree(demo_without_scan / FOLDER, tmp_path_factory.mktemp("demos") / "again"))
    scarplan.approve_plan(again, name="A. Doctor", role="dermatologist", date="2026-03-03")
    for left in ("plans/0123456789abcdef.toml", "forecast/0123456789abcdef.npz", "results/scars.json"):
        (again / left).write_text("of another run", "utf-8")
    return again, scarplan.run_demo(again, no_scan=True)


def contents(case: Path) -> dict[str, bytes]:
    return {str(path.relative_to(case)): path.read_bytes() for path in sorted(case.rglob("*")) if path.is_file()}


def read_result(case: Path, verb: str) -> dict[str, Any]:
    return json.loads((case / "results" / f"{verb}.json").read_text("utf-8"))


def test_every_step_of_the_way_is_there_and_says_what_it_rests_on(demo: tuple[Path, dict[str, Any]]) -> None:
    folder, result = demo
    assert (result["basis"], result["examination_notice"]) == ("examination", NOTICE)
    assert sorted(path.stem for path in (folder / "results").iterdir()) == sorted(VERBS)
    assert read_result(folder, "plan")["basis"] == read_result(folder, "forecast")["basis"] == "examination"
    for verb in ("plan", "forecast"):
        assert list_unexplained(verb, read_result(folder, verb)) == []
    assert {"report.html", "leaflet.html", "leaflet_nl.html", "visit_sheet.html"} <= set(result["files"])
    for name in ("report.html", "leaflet.html", "visit_sheet.html"):
        page = " ".join((folder / name).read_text("utf-8").split()).lower()
        assert NOTICE in page, name
    assert result["manifest"].verb == "demo"


def test_nothing_was_done_between_the_two_visits_and_nothing_is_said_to_have_changed(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = demo
    says = {row["says"] for row in read_result(folder, "follow_up")["changes"]}
    assert says <= {"no change beyond what two raters differ by", "cannot be judged"}
    (pair,) = read_result(folder, "photo")["pairs"]
    assert pair["aligned_by"] == "homography"
    assert pair["residual_px"] < 10


def test_the_same_seed_gives_the_same_bytes_also_over_an_earlier_run(
    demo: tuple[Path, dict[str, Any]], demo_without_scan: Path
) -> None:
    again, told = demo
    one, two = contents(demo_without_scan / FOLDER), contents(again)
    assert list(one) == list(two)
    assert [name for name in one if one[name] != two[name]] == []
    assert [path.stem for path in (again / "forecast").iterdir()] == [told["plan"]["plan"]]


def test_another_seed_is_another_patient(demo: tuple[Path, dict[str, Any]]) -> None:
    patients = [invent_zones(seed) for seed in range(8)]
    assert len({str(patient) for patient in patients}) == 8
    assert invent_zones(3) == invent_zones(3)
    for seed, zones in enumerate(patients):
        again = count_again(zones, seed)
        assert [zone.zone for zone in again] == [zone.zone for zone in zones]
        for before, after in zip(zones, again, strict=True):
            for kind, number in before.counts.items():
                assert number == after.counts[kind] or abs(int(number) - int(after.counts[kind])) <= 1


@pytest.mark.parametrize("seed", [0, 5])
def test_every_patient_can_be_examined_twice(seed: int, tmp_path: Path) -> None:
    zones = invent_zones(seed)
    for number, counted in enumerate((zones, count_again(zones, seed))):
        path = tmp_path / f"{number}.toml"
        path.write_text(write_examination(counted, examiner="Dr A", day="2026-01-12"), "utf-8")
        found = describe_assessment(read_assessment(path), today=datetime.date.fromisoformat(SECOND_VISIT))
        assert found["ready_to_plan"]


# --- its folder, and the command line --------------------------------------------------------------------------------


def make_folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine", "utf-8")
    return root


@pytest.mark.parametrize(
    ("left", "options", "words"),
    [
        ("input/phantom_truth.csv", {"no_scan": True}, r"E-DEMO-005: .* holds the demo with a scan"),
        ("input/assessment.toml", {}, r"E-DEMO-005: .* holds the demo without a scan"),
        ("notes.txt", {"no_scan": True}, r"E-DEMO-003: .* is not empty and is not a demo"),
        ("notes.txt", {}, "E-DEMO-003"),
    ],
)
def test_a_folder_that_holds_something_else_is_left_alone(
    tmp_path: Path, left: str, options: dict[str, Any], words: str
) -> None:
    folder = make_folder(tmp_path / "folder", left, "plans/mine.toml")
    with pytest.raises(BadInput, match=words):
        scarplan.run_demo(folder, **options)
    assert contents(folder) == {left: b"mine", "plans/mine.toml": b"mine"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"no_scan": True, "depth": 0.5}, "E-DEMO-004: .*no depth is measured"),
        ({"no_scan": True, "seed": -1}, "E-DEMO-002"),
        ({"depth": 9.0}, "E-DEMO-001"),
    ],
)
def test_an_option_that_cannot_be_is_told(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        scarplan.run_demo(tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


def test_starting_again_takes_away_what_verbs_wrote_and_nothing_else(tmp_path: Path) -> None:
    mine = ("input/assessment.toml", "notes.txt")
    theirs = ("results/plan.json", "plans/a.toml", "plans/a.approval.toml", "forecast/a.npz", "photos/marks/b.csv")
    theirs += ("ledger.jsonl", "ledger.torn", "schedule.ics", "scoreboard.csv", "kept/a")
    start_again(Case(make_folder(tmp_path, *mine, *theirs)))
    assert set(contents(tmp_path)) == set(mine)


def test_the_command_tells_a_clinician_what_it_rests_on(demo_without_scan: Path) -> None:
    said = (demo_without_scan / "said.txt").read_text("utf-8")
    assert said.startswith("An invented patient (an example): estimated from examination; depth was not measured")
    assert "ice-pick" in said
    assert " um" not in said
    assert (demo_without_scan / FOLDER / "report.html").is_file()
    wrong = CliRunner().invoke(main, ["demo", "--json", str(demo_without_scan / FOLDER)])
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "holds the demo without a scan" in wrong.stderr
