"""Every command over one small case: what stands on which stream, in strict JSON, with which exit code."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from scarplan.candidacy import history_rules
from scarplan.cli.group import COMMANDS, main
from scarplan.study.tidy import as_columns, write_csv
from scarplan.surface.phantom import make_phantom
from study.made_repeats import write_repeats
from study.made_studies import make_study
from zones.made_head import make_head_with_fine_chin, write_ply

#: A cheek of 1.6 x 1.6 cm with five scars, on the coarsest usual grid: every step is real, none takes long.
SCARS = {"rolling": 1, "boxcar": 2, "icepick": 1, "raised": 1}
SCAN = "scan cheek.npy case --unit mm --pixel-mm 0.1 --zone cheek --side right"

#: One arm of a trial and one row to predict of it.
QUERIES = {
    "studies": [{"id": "mine", "arms": [{"id": "needles", "procedure": "microneedling", "sessions": 4}]}],
    "rows": [
        {"id": "score", "study": "mine", "arm": "needles", "group": "percent", "instrument": "ecca"}
        | {"quantity": "percent_change_mean"}
    ],
    "contrasts": [],
}

#: Command -> the words typed, in working order.
WALK = {
    "new-patient": "new-patient form.toml --template",
    "screen": "screen case --patient patient.toml --date 2026-03-02",
    "scan": SCAN,
    "scars": "scars case --figure",
    "compare": "compare case again",
    "texture": "texture case",
    "export": "export case cheek.x3p",
    "assess": "assess case --assessment assessment.toml",
    "photo": "photo case cheek.png --view cheek_right --date 2026-03-02",
    "plan": "plan case --goals goals.toml --protocol protocol.toml",
    "forecast": "forecast case",
    "approve": "approve case --name A.Doctor --role dermatologist --date 2026-03-02",
    "session": "session case add session.toml --date 2026-11-02",
    "schedule": "schedule case --date 2026-11-02",
    "replay": "replay case",
    "outcomes": "outcomes case --outcomes outcomes.toml",
    "report": "report case",
    "sheets": "sheets paper",
    "commission": "commission scanner --phantom --no-pdf",
    "zones": "zones head.ply --unit mm",
    "repeatability": "repeatability repeats",
    "blind": "blind pictures --seed 1",
    "study": "study trial trial/study.toml --date 2026-11-02",
    "predict": "predict queries.json",
    "explain": "explain case zones.0.needle_length_mm",
    "cite": "cite case",
    "devices": "devices",
    "uses": "uses",
}
#: Fits of minutes: the sampler and leaving a trial out run on a few trials in tests/calibration.
TAKES_MINUTES = {"calibrate", "validate"}
#: Commands that need an approved plan, sessions and a later scan: walked in tests/course.
NEEDS_A_COURSE = {"update", "replan"}
SHOWS_PROGRESS = set(WALK) - {"new-patient", "approve", "session", "explain", "cite", "devices", "uses"}


def run(words: str, **options: Any) -> Result:
    return CliRunner().invoke(main, words.split(), **options)


def read_strictly(text: str) -> dict[str, Any]:
    """Return the one JSON object of `text`; NaN, Infinity or a second value fail."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    found = json.loads(text, parse_constant=refuse)
    assert isinstance(found, dict)
    assert text.count("\n") == 1, "one object on one line and nothing else"
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the current folder of this module: a scan, a patient, goals and a protocol."""
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        relief = make_phantom(3, rows=160, columns=160, pixel_mm=0.1, counts=SCARS).surface.relief_mm
        np.save("cheek.npy", relief.astype(np.float32))
        write_patient(folder / "patient.toml")
        Image.fromarray(np.full((480, 640, 3), 170, dtype=np.uint8)).save("cheek.png")
        for name in ("goals", "protocol", "assessment", "outcomes", "session"):
            (folder / f"{name}.toml").write_text(run(f"template {name}").stdout, "utf-8")
        lay_out_measuring(relief)
        Path("queries.json").write_text(json.dumps(QUERIES), "utf-8")
        yield folder


def lay_out_measuring(relief: np.ndarray) -> None:
    """Write a second scan of the same skin, a head, repeated scans, pictures and a study's data."""
    noise = np.random.default_rng(1).normal(0, 0.004, relief.shape)
    np.save("again.npy", (relief + noise).astype(np.float32))
    write_ply(Path("head.ply"), make_head_with_fine_chin())
    for name in ("repeats", "pictures", "trial"):
        Path(name).mkdir()
    write_repeats(Path("repeats"), subjects=2, repeats=2)
    for name in ("front", "left"):
        shutil.copy("cheek.png", f"pictures/{name}.png")
    rows = [dataclasses.replace(row, arm=row.arm.replace("control", "untreated")) for row in make_study(1, scars=2)]
    for row in rows:
        row.values["volume_mm3"], row.values["grade"] = 2 * row.values["depth_mm"], float(len(row.visit) % 4)
    Path("trial/data.csv").write_bytes(write_csv(as_columns(rows)))
    Path("trial/study.toml").write_text(run("template study").stdout, "utf-8")


def write_patient(path: Path, **answers: str) -> None:
    """Write a patient who answers no to everything but `answers`."""
    history = {rule.id: "no" for rule in history_rules()} | answers
    rows = [f'{rule} = "{answer}"' for rule, answer in history.items()]
    path.write_text(
        "\n".join(['patient_id = "P-1"', "birth_year = 1994", "skin_type = 3", "[history]", *rows]), "utf-8"
    )


@pytest.fixture(scope="module")
def walked(desk: Path) -> dict[str, Result]:
    """Return what each command said, one after the other over one case."""
    for words in (SCAN.replace("cheek.npy case", "again.npy again"), "scars again --json"):
        assert run(words).exit_code == 0
    return {name: run(f"{words} --json") for name, words in WALK.items()}


@pytest.fixture
def case(desk: Path, walked: dict[str, Result]) -> Iterator[str]:
    """Return the name of a copy of the finished case."""
    shutil.copytree("case", "copy")
    yield "copy"
    shutil.rmtree("copy")


def test_the_walk_is_every_command_with_a_result() -> None:
    assert set(WALK) == set(COMMANDS) - {"demo", "template", "schema"} - TAKES_MINUTES - NEEDS_A_COURSE


@pytest.mark.parametrize("name", WALK)
def test_a_command_ends_well_with_one_strict_json_object(walked: dict[str, Result], name: str) -> None:
    result = walked[name]
    assert result.exit_code == 0, result.output
    found = read_strictly(result.stdout)
    assert found["manifest"]["verb"] == name
    assert "refused" not in found


@pytest.mark.parametrize("name", WALK)
def test_progress_is_on_standard_error_only_and_only_grows(walked: dict[str, Result], name: str) -> None:
    steps = re.findall(r"^\[ *(\d+)%\] (.+)$", walked[name].stderr, re.MULTILINE)
    assert len(steps) == len(walked[name].stderr.splitlines()), walked[name].stderr
    assert (len(steps) >= 2) == (name in SHOWS_PROGRESS)
    shares = [int(share) for share, _ in steps]
    assert shares == sorted(shares)
    assert all(0 <= share <= 100 for share in shares)


@pytest.mark.parametrize("verb", ["screen", "scan", "scars", "assess", "photo", "forecast", "outcomes", "report"])
def test_the_case_keeps_exactly_what_was_printed(desk: Path, walked: dict[str, Result], verb: str) -> None:
    kept = json.loads((desk / "case/results" / f"{verb}.json").read_text("utf-8"))
    assert kept == read_strictly(walked[verb].stdout)


def test_an_approval_is_all_that_changes_in_a_plan(desk: Path, walked: dict[str, Result]) -> None:
    printed, kept = read_strictly(walked["plan"].stdout), json.loads(Path("case/results/plan.json").read_text("utf-8"))
    assert {key for key in kept if kept[key] != printed.get(key)} == {"status", "approval", "ledger"}
    assert printed["status"] == "draft"
    assert read_strictly(walked["approve"].stdout)["approval"] == kept["approval"]


def test_the_figure_is_written_beside_the_result(walked: dict[str, Result], case: str) -> None:
    assert Path(case, "scars.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["screen", "scan", "explain", "cite", "devices", "uses", "report", "approve"])
def test_without_json_people_read_text_and_quiet_says_nothing_else(case: str, name: str) -> None:
    result = run(WALK[name].replace("case", case) + " --quiet")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert len(result.stdout.strip()) > 10
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(result.stdout)
    assert "None" not in result.stdout
    assert "nan" not in result.stdout.split()


def test_the_report_says_where_every_page_lies(case: str) -> None:
    for line in run(f"report {case} -q").stdout.splitlines():
        assert Path(line.removeprefix("Wrote ")).is_file()


@pytest.mark.parametrize("name", ["plan", "forecast", "scars"])
def test_the_text_of_a_result_holds_its_numbers(walked: dict[str, Result], name: str) -> None:
    from importlib import import_module

    shown = getattr(import_module(f"scarplan.cli.{name}"), f"show_{name}")
    result = read_strictly(walked[name].stdout)
    text = shown(result)
    if name == "plan":
        assert f"{result['sessions']} sessions, {result['interval_days']} days apart" in text
        assert str(result["zones"][0]["needle_length_mm"]) in text
        assert text.endswith("Next: scarplan forecast CASE")
        unset = result | {"zones": [zone | {"needle_length_mm": None} for zone in result["zones"]]}
        assert "scarplan plan CASE --protocol" in shown(unset).splitlines()[-1]
    elif name == "forecast":
        assert text.startswith(result["published"]["sentence"])
        assert "not yet validated, not for deciding treatment" in text
    else:
        assert all(f"{scar['depth_mm']:.3f}" in text for scar in result["scars"])
        assert "Not reviewed: these are proposals." in text


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "answer", "decision"),
    [("infection_bacterial_active", "yes", "stop"), ("tan_or_sunburn", "yes", "wait")],
)
def test_a_patient_who_must_not_be_needled_is_refused(case: str, rule: str, answer: str, decision: str) -> None:
    write_patient(Path("other.toml"), **{rule: answer})
    screened = read_strictly(run(f"screen {case} --patient other.toml --date 2026-03-02 --json").stdout)
    assert screened["decision"] == decision
    result = run(f"plan {case} --json")
    assert result.exit_code == 3
    refused = read_strictly(result.stdout)["refused"]
    assert refused["reason"]
    assert refused["do"]
    assert "Traceback" not in result.stderr
    assert refused["reason"] in result.stderr
    told = run(f"plan {case}")
    assert (told.exit_code, told.stdout) == (3, "")
    # What an older run left is no result now, and the report is not held up by it.
    assert not Path(case, "results/plan.json").exists()
    assert not Path(case, "results/forecast.json").exists()
    assert run(f"report {case}").exit_code == 0


def test_a_scan_that_cannot_show_scars_is_refused(case: str) -> None:
    rng = np.random.default_rng(5)
    np.save("blind.npy", rng.normal(0, 0.4, (120, 120)))
    scanned = run(f"scan blind.npy {case} --unit mm --pixel-mm 0.25 --zone cheek --replace --json")
    assert read_strictly(scanned.stdout)["resolves"]["shows_scars"] is False
    result = run(f"scars {case} --json --figure")
    assert result.exit_code == 3
    found = read_strictly(result.stdout)
    assert "this scan cannot show scars" in found["refused"]["reason"]
    assert found["manifest"]["verb"] == "scars"
    assert found["scars"] is None
    for name in ("results/scars.json", "scars.npz", "scars.csv", "scars.png", "results/plan.json"):
        assert not Path(case, name).exists(), name
    assert run(f"report {case}").exit_code == 0


def test_a_plan_that_is_not_cleared_is_a_draft_that_nobody_can_approve(case: str) -> None:
    write_patient(Path("open.toml"), infection_bacterial_active="unknown")
    screened = read_strictly(run(f"screen {case} --patient open.toml --date 2026-03-02 --json").stdout)
    assert screened["decision"] == "open"
    planned = run(f"plan {case} --json")
    assert planned.exit_code == 0
    assert read_strictly(planned.stdout)["status"] == "not_cleared"
    result = run(f"approve {case} --name A.Doctor --role dermatologist --json")
    assert result.exit_code == 3
    found = read_strictly(result.stdout)
    assert "not cleared" in found["refused"]["reason"]
    assert found["manifest"]["verb"] == "approve"
    assert json.loads(Path(case, "results/plan.json").read_text("utf-8"))["status"] == "not_cleared"


def test_goals_that_no_course_keeps_leave_the_older_plan(case: str) -> None:
    before = Path(case, "results/plan.json").read_bytes()
    Path("strict.toml").write_text(
        '[[goal]]\nkind = "redness"\ndays_at_most = 0.01\nstrength = "limit"\n', encoding="utf-8"
    )
    result = run(f"plan {case} --goals strict.toml --json")
    assert result.exit_code == 3
    assert read_strictly(result.stdout)["refused"]["do"]
    assert Path(case, "results/plan.json").read_bytes() == before
    assert run(f"report {case}").exit_code == 0
    # The same goals laid into the case make the older plan stale: it goes.
    shutil.copy("strict.toml", Path(case, "goals.toml"))
    assert run(f"plan {case}").exit_code == 3
    assert not Path(case, "results/plan.json").exists()


# --- staleness and other scans ---------------------------------------------------------------------------------------


def assert_is_stale(words: str, renew: str) -> None:
    result = run(f"{words} --json")
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "E-CASE-004" in result.stderr
    assert f"run `{renew}" in result.stderr


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("patient.toml", dict.fromkeys(("plan", "forecast", "report", "approve"), "screen")),
        ("surface.npz", dict.fromkeys(("scars", "plan", "forecast", "report", "approve"), "scan")),
        ("goals.toml", dict.fromkeys(("forecast", "report", "approve"), "plan")),
        ("scars.npz", dict.fromkeys(("plan", "forecast", "report", "approve"), "scars")),
    ],
)
def test_what_no_longer_holds_is_refused_with_the_command_that_renews_it(
    case: str, changed: str, stale: dict[str, str]
) -> None:
    path = Path(case, changed)
    path.write_bytes(path.read_bytes() + b"\n# changed by hand\n")
    for verb, renewed_by in stale.items():
        options = " --name A --role B" if verb == "approve" else ""
        assert_is_stale(f"{verb} {case}{options}", f"scarplan {renewed_by}")


def test_another_scan_needs_replace_and_makes_the_rest_stale(case: str) -> None:
    np.save("other.npy", np.load("cheek.npy")[::-1].copy())
    words = SCAN.replace("cheek.npy", "other.npy").replace(" case ", f" {case} ")
    before = Path(case, "surface.npz").read_bytes()
    refused = run(f"{words} --json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "E-SCAN-001" in refused.stderr
    assert "--replace" in refused.stderr
    assert Path(case, "surface.npz").read_bytes() == before
    assert run(f"{words} --replace").exit_code == 0
    assert_is_stale(f"plan {case}", "scarplan scars")
    assert_is_stale(f"approve {case} --name A --role B", "scarplan scars")


def test_the_same_scan_again_is_no_other_scan(case: str) -> None:
    shutil.copy("cheek.npy", "same.npy")
    again = run(SCAN.replace("cheek.npy", "same.npy").replace(" case ", f" {case} "))
    assert again.exit_code == 0, again.output


def test_the_attribution_of_a_scan_stands_in_the_case_and_in_the_report(case: str) -> None:
    words = [*SCAN.replace(" case ", f" {case} ").split(), "--attribution", "A. Maker & Co, CC BY 4.0", "--json"]
    result = CliRunner().invoke(main, words)
    assert read_strictly(result.stdout)["attribution"] == "A. Maker & Co, CC BY 4.0"
    assert 'attribution = "A. Maker & Co, CC BY 4.0"' in Path(case, "scan.toml").read_text("utf-8")
    assert run(f"scars {case}").exit_code == 0
    for name in ("plan", "forecast"):
        Path(case, "results", f"{name}.json").unlink()
    assert run(f"report {case}").exit_code == 0
    assert "A. Maker &amp; Co, CC BY 4.0" in Path(case, "report.html").read_text("utf-8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes, which this system has not")
@pytest.mark.parametrize("make", [lambda path: None, os.mkdir, os.mkfifo, lambda path: Path(path).write_bytes(b"\xff")])
def test_a_review_that_is_no_file_is_told_and_changes_nothing(case: str, tmp_path: Path, make: Any) -> None:
    before = Path(case, "results/scars.json").read_bytes()
    make(tmp_path / "review.csv")
    result = run(f"scars {case} --review {tmp_path / 'review.csv'} --json -q")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "review" in result.stderr
    assert Path(case, "results/scars.json").read_bytes() == before


def test_a_damaged_case_is_told_in_words(case: str) -> None:
    Path(case, "results/scars.json").write_bytes(b'{"scars": [')
    for verb in ("plan", "forecast", "report", "cite"):
        result = run(f"{verb} {case} --json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "E-CASE-003" in result.stderr
        assert "scarplan scars" in result.stderr
