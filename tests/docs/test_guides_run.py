"""What the README and the guides tell the reader to type works, on real files."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from scipy.ndimage import gaussian_filter

from scarplan.capture import encode_levels, far_light, render_light
from scarplan.cli.group import main
from scarplan.study.tidy import as_columns, write_csv
from scarplan.surface.phantom import make_phantom
from scarplan.workflow.template import NAMES
from small_demo import COUNTS
from study.made_repeats import write_repeats
from study.made_studies import make_study
from zones.made_head import landmarks_of_head, make_head_with_fine_chin, write_ply, write_zones

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
HOW_TO = sorted((DOCS / "how-to").glob("*.md"))
#: These begin with nothing; the others go on with a case.
STARTS_A_CASE = {"no-scanner", "own-scan", "photometric-stereo", "screen", "whole-face"}


def blocks_of(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def commands_of(path: Path) -> list[str]:
    lines = "".join(blocks_of(path, "console")).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@pytest.fixture(scope="module")
def drawer(small_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what a reader has: a scan, a clinic protocol, photographs. `desk` lays copies out."""
    folder = tmp_path_factory.mktemp("drawer")
    shutil.copy(small_demo / "input" / "clinic_protocol.toml", folder)
    cheek = np.load(small_demo / "input" / "phantom_cheek.npy")
    np.save(folder / "cheek.npy", cheek)
    noise = np.random.default_rng(7).normal(0.0, 0.005, (2, *cheek.shape))
    np.save(folder / "followup.npy", np.rot90(cheek + noise[0]))
    np.save(folder / "again.npy", (cheek + noise[1])[8:, 5:])
    for seed, name in enumerate(("front", "left")):
        grain = np.random.default_rng(seed).integers(90, 200, (16, 12, 3), dtype=np.uint8)
        Image.fromarray(grain).resize((900, 1200)).save(folder / f"{name}.jpg")
    finer = make_phantom(1, rows=400, columns=400, pixel_mm=0.05, counts=COUNTS)
    photograph_under_four_lights(finer.surface.relief_mm, folder)
    return folder


@pytest.fixture
def desk(small_demo: Path, drawer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of copies of what a reader has, and of the demo."""
    shutil.copytree(drawer, tmp_path, dirs_exist_ok=True)
    shutil.copytree(small_demo, tmp_path / "scarplan-demo")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def photograph_under_four_lights(heights: np.ndarray, folder: Path) -> None:
    """Write the photographs that the template of a capture names."""
    directions = {"right": (1.0, 0.0, 1.0), "up": (0.0, 1.0, 1.0), "left": (-1.0, 0.0, 1.0), "down": (0.0, -1.0, 1.0)}
    calm = gaussian_filter(heights.astype(float), 1.0)  # the lens
    for name, direction in directions.items():
        light = render_light(calm, far_light(direction), pixel_mm=0.05, albedo=0.6)
        Image.fromarray(encode_levels(light, encoding="srgb", bits=8)).save(folder / f"{name}.png")


def review_of(case: Path) -> str:
    """Return the review that the guide prints, with ids of this case: what is retyped must lie below the skin."""
    scars = json.loads((case / "results" / "scars.json").read_text("utf-8"))["scars"]
    depressed = [scar["id"] for scar in scars if scar["depth_mm"] > 0][:3]
    (printed,) = blocks_of(DOCS / "how-to" / "review-scars.md", "csv")
    for printed_id, action, scar_id in zip((1, 2, 3), ("accept", "reject", "retype"), depressed, strict=True):
        assert f",{action},{printed_id}," in printed
        printed = printed.replace(f",{action},{printed_id},", f",{action},{scar_id},")
    return printed


def lay_out_study(folder: Path, what: str) -> None:
    """Write what the guide on this command starts from into `folder`, unless it is there."""
    if folder.exists():
        return
    folder.mkdir()
    if what == "repeatability":
        write_repeats(folder, subjects=2, repeats=2)
    elif what == "blind":
        for name in ("front.jpg", "left.jpg"):
            shutil.copy(name, folder)
    else:
        rows = [dataclasses.replace(row, arm=row.arm.replace("control", "untreated")) for row in make_study(1, scars=2)]
        for row in rows:
            row.values["volume_mm3"], row.values["grade"] = 2 * row.values["depth_mm"], float(len(row.visit) % 4)
        (folder / "data.csv").write_bytes(write_csv(as_columns(rows)))


def type_in(line: str) -> None:
    """Run one line of a guide; `> FILE` takes the output, `# exit N` tells another exit code than 0."""
    told, _, comment = line.partition(" #")
    words, _, into = told.partition(" > ")
    name, *arguments = shlex.split(words)
    assert name == "scarplan"
    if arguments[0] in ("repeatability", "blind", "study"):  # the reader has the data of a study
        lay_out_study(Path(arguments[1]), arguments[0])
    if "head.ply" in arguments and not Path("head.ply").exists():  # the reader has a scan of a head, and clicks on it
        write_ply(Path("head.ply"), make_head_with_fine_chin())
        write_zones(Path("zones.toml"), landmarks_of_head(), 'only = ["chin"]')
    if "--review" in arguments:  # the reader looks at the scars of the case first
        Path("review.csv").write_text(review_of(Path(arguments[1])), "utf-8")
    if arguments[0] == "predict":  # the reader has written what the guide prints
        (printed,) = blocks_of(DOCS / "how-to" / "predict-trials.md", "json")
        Path(arguments[1]).write_text(printed, "utf-8")
    if "--marks" in arguments:  # the reader has tapped the marks that the guide prints
        (printed,) = blocks_of(DOCS / "how-to" / "photographs.md", "csv")
        Path(arguments[arguments.index("--marks") + 1]).write_text(printed, "utf-8")
    if "--follow-up" in arguments:  # the reader examines again, on a later day
        form = Path(arguments[arguments.index("--assessment") + 1])
        form.write_text(form.read_text("utf-8").replace("date = 2026-03-02", "date = 2026-06-15"), "utf-8")
    if "correct" in arguments and "session.toml" in arguments:  # the reader has mended the record
        record = Path("session.toml")
        record.write_text(record.read_text("utf-8").replace("passes = 4", "passes = 3"), "utf-8")
    result = CliRunner().invoke(main, arguments)
    expected = int(comment.split()[-1]) if comment else 0
    assert result.exit_code == expected, f"{line}\n{result.output}"
    if into:
        Path(into.strip()).write_text(result.stdout, "utf-8")
    if arguments[:1] == ["new-patient"]:  # the reader fills the form, here with the answers of the demo
        assert Path(arguments[1]).is_file()
        shutil.copy(Path("scarplan-demo", "input", "patient.toml"), arguments[1])


def test_the_readme_walk_through(desk: Path, demo_without_scan: Path) -> None:
    blocks = blocks_of(PROJECT / "README.md", "console")
    assert len(blocks) == 3
    lines = [line.removeprefix("$ ") for line in "".join(blocks).splitlines()]
    lines.remove("scarplan demo --no-scan")  # typed for all tests that read it
    for line in lines:
        type_in(line)
    assert (desk / "mycase" / "report.html").stat().st_size > 10_000
    assert "A. Doctor" in (desk / "mycase" / "results" / "scars.json").read_text("utf-8")
    assert json.loads((desk / "myface" / "results" / "plan.json").read_text("utf-8"))["basis"] == "examination"
    assert untold_files(demo_without_scan / "scarplan-demo-no-scan") == []


def test_the_readme_python(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks_of(PROJECT / "README.md", "python")
    assert len([line for line in code.splitlines() if line.strip()]) == 10
    exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.count("mm deep") == 3
    assert "days apart" in said


def test_the_first_course(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks_of(DOCS / "start.md", "python")
    exec(compile(code, "start.md", "exec"), {})
    assert "sessions" in capsys.readouterr().out
    for line in commands_of(DOCS / "start.md"):
        type_in(line)


@pytest.mark.parametrize("guide", HOW_TO, ids=lambda path: path.stem)
def test_a_how_to(guide: Path, desk: Path) -> None:
    if guide.stem not in STARTS_A_CASE:
        shutil.copytree(desk / "scarplan-demo", desk / "mycase")
    for line in commands_of(guide):
        type_in(line)
    for code in blocks_of(guide, "python"):
        exec(compile(code, guide.name, "exec"), {})
    for case in ("mycase", "myface"):
        assert untold_files(desk / case) == []


def test_the_override_of_the_guide_counts(desk: Path) -> None:
    (override,) = blocks_of(DOCS / "how-to" / "screen.md", "toml")
    rule = re.search(r'rule = "(\w+)"', override)[1]
    form = Path("scarplan-demo", "input", "patient.toml").read_text("utf-8")
    answered, count = re.subn(rf'^{rule} = "no"', f'{rule} = "yes"', form, flags=re.MULTILINE)
    assert count == 1
    decisions = []
    for text in (answered, f"{answered}\n{override}"):
        Path("patient.toml").write_text(text, "utf-8")
        type_in("scarplan screen mycase --patient patient.toml --date 2026-03-02")
        decisions.append(json.loads(Path("mycase/results/screen.json").read_text("utf-8"))["decision"])
    assert decisions == ["wait", "with_changes"]


def test_every_file_of_a_case_is_told(desk: Path) -> None:
    assert len(files_of(desk / "scarplan-demo")) > 10
    assert untold_files(desk / "scarplan-demo") == []


def files_of(case: Path) -> list[Path]:
    """Return the files of a case, without what the demo puts in front of it."""
    files = [path.relative_to(case) for path in case.rglob("*") if path.is_file()]
    return [file for file in files if file.parts[0] != "input"]


def untold_files(case: Path) -> list[Path]:
    """Return the files of a case that the page on the case folder does not name."""
    page = (DOCS / "reference" / "case-folder.md").read_text("utf-8")
    cells = re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE)
    patterns = [re.sub(r"<\w+>", "*", name) for cell in cells for name in re.findall(r"`(.+?)`", cell)]
    return [file for file in files_of(case) if not any(file.match(pattern) for pattern in patterns)]


@pytest.mark.parametrize("name", NAMES)
def test_every_template_is_told(name: str) -> None:
    assert f"`{name}`" in (DOCS / "reference" / "case-folder.md").read_text("utf-8")
