"""`compare`: what it tells and writes, what it refuses, its lineage, its picture, and faces of several charts."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import scarplan
from scarplan.canonical import hash_file
from scarplan.cli.group import main
from scarplan.errors import BadInput, MissingStep, Refused, StaleResult
from scarplan.evidence.library import read_data
from scarplan.records.case import Case
from scarplan.scars.find import find_scars_in_scan
from scarplan.surface.surface import ChartFrame, Scan, Surface
from scarplan.visits import register_scans
from scarplan.workflow.compare_figure import draw_comparison
from scarplan.workflow.compare_result import judge_change
from scars.skin_generator import SkinOptions

from .rescanned_skin import Pose, rescan

SAME = Pose(turn=0.25, shift_mm=(1.0, -0.5))
SKIN = SkinOptions(size_mm=18.0, pixel_mm=0.1, counts=(("icepick", 2), ("boxcar", 4), ("rolling", 1)))


def shallower(random: np.random.Generator, n: int) -> np.ndarray:
    return np.where(np.arange(n) % 2 == 0, 1.0, 0.7)


def put(surface: Surface, case: Path, **options: Any) -> Path:
    case.mkdir(parents=True)
    np.save(case / "heights.npy", surface.relief_mm)
    scarplan.scan_surface(case / "heights.npy", case, unit="mm", pixel_mm=surface.pixel_mm, **options)
    scarplan.find_scars(case)
    return case


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return a baseline, a second scan of its day, and a follow-up with shallower scars."""
    folder = tmp_path_factory.mktemp("visits")
    pair, again = rescan(41, SAME, SKIN, factors=shallower), rescan(41, Pose(shift_mm=(0.5, 0.5)), SKIN)
    return (
        put(pair.before, folder / "baseline", date="2026-03-02"),
        put(again.after, folder / "again", date="2026-03-02"),
        put(pair.after, folder / "followup", date="2026-09-02", days_since_session=5),
    )


def copies(visits: tuple[Path, Path, Path], folder: Path) -> tuple[Path, Path, Path]:
    one, two, three = (Path(shutil.copytree(case, folder / case.name)) for case in visits)
    return one, two, three


@pytest.fixture
def cases(visits: tuple[Path, Path, Path], tmp_path: Path) -> tuple[Path, Path, Path]:
    return copies(visits, tmp_path)


@dataclass(frozen=True)
class Told:
    """Visits that have been compared, and what was told: of one day, of the follow-up, and with the patient's own."""

    visits: tuple[Path, Path, Path]
    own: dict[str, Any]
    plain: dict[str, Any]
    later: dict[str, Any]


@pytest.fixture(scope="module")
def told(visits: tuple[Path, Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Return three comparisons, made once; the follow-up holds the plain one."""
    before, again, after = copies(visits, tmp_path_factory.mktemp("told"))
    own = scarplan.compare_cases(before, again)  # the dates agree
    later = scarplan.compare_cases(before, after, repeat=again)
    return Told((before, again, after), own, scarplan.compare_cases(before, after), later)


@pytest.fixture
def compared(told: Told, tmp_path: Path) -> tuple[Path, Path, Path]:
    return copies(told.visits, tmp_path)


def test_the_contract_is_told_and_written(told: Told, compared: tuple[Path, Path, Path]) -> None:
    before, _, after = compared
    result = told.plain
    assert json.loads((after / "results/compare.json").read_text("utf-8")) == result
    assert {"pairs", "new", "vanished", "residual_mm", "manifest"} <= result.keys()
    for pair in result["pairs"]:
        assert pair["detectable"] == (abs(pair["depth_change_mm"]) > 1.96 * pair["sd_mm"])
    assert sum(pair["verdict"] == "shallower" for pair in result["pairs"]) >= 2
    assert any(pair["verdict"] == "no measurable change" for pair in result["pairs"])
    assert result["days_between"] == 184
    assert result["same_day"] is False
    assert any("5 days after a session" in warning for warning in result["warnings"])
    inputs = result["manifest"]["inputs"]
    assert inputs["../baseline/surface.npz"] == hash_file(before / "surface.npz")
    assert inputs["surface.npz"] == hash_file(after / "surface.npz")
    text = (after / "results/compare.json").read_bytes()
    arrays = (after / "compare.npz").read_bytes()
    scarplan.compare_cases(before, after)
    assert (after / "results/compare.json").read_bytes() == text
    assert (after / "compare.npz").read_bytes() == arrays


def test_every_leaf_has_a_lineage(told: Told) -> None:
    patterns = [tuple(path.split(".")) for path in read_data("lineage", "compare.toml")]
    for result in (told.own, told.plain, told.later):
        leaves = [leaf for key, value in result.items() if key != "manifest" for leaf in _leaves(value, (key,))]
        assert [leaf for leaf in leaves if not any(_fits(leaf, pattern) for pattern in patterns)] == []


def _leaves(value: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if isinstance(value, dict) and value:
        return [leaf for key, one in value.items() for leaf in _leaves(one, (*path, key))]
    if isinstance(value, list) and value:
        return [leaf for k, one in enumerate(value) for leaf in _leaves(one, (*path, str(k)))]
    return [path]


def _fits(leaf: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if pattern[-1] == "**":
        head = pattern[:-1]
        return len(leaf) >= len(head) and _fits(leaf[: len(head)], head)
    return len(leaf) == len(pattern) and all(p in ("*", one) for p, one in zip(pattern, leaf, strict=True))


def test_a_repeat_must_have_been_compared(cases: tuple[Path, Path, Path]) -> None:
    before, again, after = cases
    with pytest.raises(MissingStep, match="no result of `compare` yet"):
        scarplan.compare_cases(before, after, repeat=again)


def test_two_scans_of_one_day_give_the_patients_own_repeatability(told: Told) -> None:
    (before, again, after), own, later = told.visits, told.own, told.later
    assert own["same_day"] is True
    assert own["repeatability"]["n"] >= 3
    assert own["repeatability"]["mdc95_mm"] == pytest.approx(1.96 * own["repeatability"]["depth_sd_mm"])
    assert own["repeatability"]["mdc95_mm"] < 0.03
    assert later["repeatability"] == own["repeatability"]
    assert all(pair["sd_mm"] >= own["repeatability"]["depth_sd_mm"] for pair in later["pairs"])
    with pytest.raises(BadInput, match="holds no repeatability of the baseline"):
        scarplan.compare_cases(after, before, repeat=again)


def test_another_person_is_refused_and_old_results_go(compared: tuple[Path, Path, Path], tmp_path: Path) -> None:
    _, _, after = compared
    assert (after / "compare.npz").exists()
    other = put(rescan(77, Pose(), SKIN).before, tmp_path / "other")
    with pytest.raises(Refused, match="registration too poor: the fine relief does not agree") as refused:
        scarplan.compare_cases(other, after)
    assert not (after / "results/compare.json").exists()
    assert not (after / "compare.npz").exists()
    told = refused.value.result
    assert told["pairs"] == []
    assert told["correlation"] < 0.5
    assert "visits.least_correlation" in told["manifest"]["quantities"]
    asked = CliRunner().invoke(main, ["compare", str(other), str(after), "--json", "-q"])
    assert asked.exit_code == 3
    assert json.loads(asked.stdout)["refused"]["reason"].startswith("registration too poor")


def test_mistakes_are_told(compared: tuple[Path, Path, Path], tmp_path: Path) -> None:
    before, _, after = compared
    with pytest.raises(BadInput, match="cannot be compared with itself"):
        scarplan.compare_cases(before, before)
    with pytest.raises(MissingStep, match="does not exist"):
        scarplan.compare_cases(tmp_path / "nowhere", after)
    result = json.loads((before / "results/scars.json").read_text("utf-8"))
    (before / "results/scars.json").write_text(json.dumps(result | {"warnings": ["moved"]}), "utf-8")
    with pytest.raises(StaleResult, match=r"baseline/results/scars\.json has changed"):
        Case(after).read_result("compare")


def test_the_command_draws_for_people_and_is_silent_for_programs(cases: tuple[Path, Path, Path]) -> None:
    before, _, after = cases
    words = ["compare", str(before), str(after), "-q"]
    asked = CliRunner().invoke(main, [*words, "--json"])
    assert asked.exit_code == 0, asked.output
    assert not (after / "compare.png").exists()
    people = CliRunner().invoke(main, words)
    assert people.exit_code == 0, people.output
    assert "no measurable change" in people.output
    assert "shallower" in people.output
    first = (after / "compare.png").read_bytes()
    assert len(first) > 20_000
    assert draw_comparison(before, after).read_bytes() == first
    silent = CliRunner().invoke(main, [*words, "--no-figure"])
    assert silent.exit_code == 0, silent.output
    assert not (after / "compare.png").exists()  # an older picture would show another run


@pytest.mark.parametrize(
    ("before", "change", "detectable", "words"),
    [
        (0.4, -0.1, True, "shallower"),
        (0.4, 0.1, True, "deeper"),
        (-0.3, 0.1, True, "flatter"),
        (-0.3, -0.1, True, "higher"),
        (0.4, -0.1, False, "no measurable change"),
    ],
)
def test_a_change_in_words(before: float, change: float, detectable: bool, words: str) -> None:
    assert judge_change(before, change, detectable=detectable) == words


def test_a_face_of_two_charts_moved_in_space_is_laid_over() -> None:
    pair = rescan(43, Pose(), SKIN)
    n = pair.before.shape[1]
    frame = ChartFrame((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))
    # The follow-up stands elsewhere, turned by 10 degrees about the vertical axis.
    cos, sin = float(np.cos(0.17)), float(np.sin(0.17))
    moved = ChartFrame((30.0, 5.0, -20.0), (cos, 0.0, -sin), (0.0, -1.0, 0.0), (sin, 0.0, cos))
    scans = []
    for surface, where in ((pair.before, frame), (pair.after, moved)):
        charts = []
        for name, columns in (("chart01", slice(0, 2 * n // 3)), ("chart02", slice(n // 3, n))):
            origin = np.array(where.origin_mm) + columns.start * surface.pixel_mm * np.array(where.right)
            part = surface.relief_mm[:, columns]
            own = replace(where, origin_mm=tuple(float(v) for v in origin))
            charts.append(Surface(name, part, np.isfinite(part), surface.pixel_mm, frame=own))
        scans.append(Scan(tuple(charts)))
    labels = [find_scars_in_scan(scan).labels for scan in scans]
    laid = register_scans(*scans, before_labels=labels[0], after_labels=labels[1])
    for registration in laid.values():
        assert registration is not None
        assert registration.is_same_skin
        assert registration.overlap.mean() > 0.95
        assert registration.pixel_residual_mm < 1.2 * np.sqrt(2) * 0.01
