"""The verb `scan`: what it writes, what it warns of, and when it refuses."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from surface_files import PIXEL_MM, grid_mesh, mesh_bytes, npy_bytes, write_file

from scarplan.errors import BadInput, StaleResult
from scarplan.evidence.lineage import list_unexplained
from scarplan.records.case import Case
from scarplan.surface import load_scan
from scarplan.surface.phantom import make_phantom
from scarplan.workflow.scan import scan_surface

OPTIONS: dict[str, Any] = {"unit": "mm", "pixel_mm": PIXEL_MM}
FULL = OPTIONS | {"zone": "cheek", "side": "right", "date": "2026-03-02"}


@pytest.fixture(scope="module")
def heights() -> np.ndarray:
    heights = make_phantom(1, rows=240, columns=260, pixel_mm=PIXEL_MM, counts={"boxcar": 3}).surface.relief_mm.copy()
    heights[100:110, 50:60] = np.nan
    return heights


@pytest.fixture
def file(heights: np.ndarray, tmp_path: Path) -> Path:
    return write_file(tmp_path, "cheek.npy", npy_bytes(heights))


def test_the_result_says_what_was_seen_and_what_is_resolved(file: Path, tmp_path: Path) -> None:
    result = scan_surface(file, tmp_path / "case", **FULL)
    (chart,) = result["charts"]
    assert (chart["name"], chart["zone"], chart["side"]) == ("map", "cheek", "right")
    assert (chart["rows"], chart["columns"], chart["pixel_mm"]) == (240, 260, PIXEL_MM)
    assert chart["not_seen_cm2"] == pytest.approx(0.01)
    assert chart["holes"] == [pytest.approx({"x_mm": 5.45, "y_mm": 10.45, "area_mm2": 1.0})]
    assert 6.2 < chart["seen_cm2"] < 7.0
    assert (result["unit"], result["scanned_on"], result["days_since_session"]) == ("mm", "2026-03-02", None)
    assert result["resolves"]["shows_scars"] is True
    assert result["warnings"] == []
    assert result["manifest"]["verb"] == "scan"
    assert "surface.scar_to_show_width_mm" in result["manifest"]["quantities"]


def test_what_is_written_is_what_is_returned(file: Path, tmp_path: Path, heights: np.ndarray) -> None:
    result = scan_surface(file, tmp_path / "case", **FULL)
    case = Case(tmp_path / "case")
    assert case.read_result("scan") == result
    assert json.loads((case.root / "results" / "scan.json").read_text("utf-8")) == result
    scan = load_scan(case.path("surface.npz"))
    (chart,) = scan.charts
    np.testing.assert_allclose(np.diff(chart.relief_mm), np.diff(heights), atol=2e-6)
    assert scan.scanner.noise_mm == result["resolves"]["noise_mm"]
    record = tomllib.loads(case.path("scan.toml").read_text("utf-8"))
    assert record["file"]["name"] == "cheek.npy"
    assert record["file"]["sha256"] == result["file"]["sha256"]
    options = OPTIONS | {"zone": "cheek", "side": "right", "scanned_on": "2026-03-02"}
    assert record["options"] == options


def test_every_number_can_be_explained(file: Path, tmp_path: Path) -> None:
    result = scan_surface(file, tmp_path / "case", **OPTIONS, days_since_session=3)
    assert result["warnings"]
    assert list_unexplained("scan", result) == []


def test_the_same_scan_again_changes_nothing(file: Path, tmp_path: Path) -> None:
    first = scan_surface(file, tmp_path / "case", **FULL)
    written = {path.name: path.read_bytes() for path in (tmp_path / "case").rglob("*") if path.is_file()}
    again = file.rename(tmp_path / "renamed.npy")
    second = scan_surface(again, tmp_path / "case", **FULL)
    assert second["charts"] == first["charts"]
    assert (tmp_path / "case" / "surface.npz").read_bytes() == written["surface.npz"]


@pytest.mark.parametrize("changes", [{"zone": "forehead"}, {"pixel_mm": 0.05}, {"days_since_session": 40}])
def test_another_scan_is_refused_unless_it_is_to_replace(file: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    scan_surface(file, tmp_path / "case", **FULL)
    before = (tmp_path / "case" / "scan.toml").read_bytes()
    with pytest.raises(BadInput, match=r"E-SCAN-001.*already holds another scan \(cheek.npy.*--replace"):
        scan_surface(file, tmp_path / "case", **(FULL | changes))
    assert (tmp_path / "case" / "scan.toml").read_bytes() == before
    scan_surface(file, tmp_path / "case", **(FULL | changes), replace=True)
    assert (tmp_path / "case" / "scan.toml").read_bytes() != before


def test_another_file_is_another_scan(file: Path, tmp_path: Path, heights: np.ndarray) -> None:
    scan_surface(file, tmp_path / "case", **FULL)
    other = write_file(tmp_path, "later.npy", npy_bytes(heights * 1.01))
    with pytest.raises(BadInput, match="different: file"):
        scan_surface(other, tmp_path / "case", **FULL)
    (tmp_path / "case" / "scan.toml").unlink()
    with pytest.raises(BadInput, match="an unknown file"):
        scan_surface(file, tmp_path / "case", **FULL)


def test_a_changed_file_of_the_case_makes_the_scan_stale(file: Path, tmp_path: Path) -> None:
    scan_surface(file, tmp_path / "case", **FULL)
    case = Case(tmp_path / "case")
    case.path("surface.npz").write_bytes(b"something else")
    with pytest.raises(StaleResult, match=r"surface.npz has changed"):
        case.read_result("scan")


@pytest.mark.parametrize(("days", "early"), [(0, True), (13, True), (14, False), (400, False), (None, False)])
def test_a_scan_soon_after_a_session_is_marked(file: Path, tmp_path: Path, days: int | None, early: bool) -> None:
    result = scan_surface(file, tmp_path / "case", **FULL, days_since_session=days)
    assert result["swelling_may_hide_depth"] is early
    assert any("swelling hides depth" in warning for warning in result["warnings"]) is early


def test_without_a_zone_no_needle_length_is_promised(file: Path, tmp_path: Path) -> None:
    result = scan_surface(file, tmp_path / "case", **OPTIONS)
    assert result["charts"][0]["zone"] is None
    assert any("no needle length can be planned (add --zone)" in warning for warning in result["warnings"])


def test_a_zone_may_be_called_by_another_name(file: Path, tmp_path: Path) -> None:
    result = scan_surface(file, tmp_path / "case", **(FULL | {"zone": "Cheek"}))
    assert result["charts"][0]["zone"] == "cheek"
    with pytest.raises(BadInput, match="did you mean 'forehead'"):
        scan_surface(file, tmp_path / "case", **(FULL | {"zone": "forhead"}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "02.03.2026"}, "E-SCAN-002.*written year-month-day"),
        ({"date": "2026-02-30"}, "E-SCAN-002"),
        ({"date": "1026-02-03"}, "E-SCAN-002"),
        ({"date": "2199-02-03"}, "E-SCAN-012.*still to come"),
        ({"days_since_session": -1}, "E-SCAN-003.*whole number"),
        ({"days_since_session": 3.5}, "E-SCAN-003"),
        ({"days_since_session": 99999999}, "E-SCAN-003"),
    ],
)
def test_impossible_days_are_refused(file: Path, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        scan_surface(file, tmp_path / "case", **(FULL | changes))
    assert not (tmp_path / "case").exists()


def test_a_scan_that_cannot_show_scars_is_read_and_said_to_be_so(tmp_path: Path, heights: np.ndarray) -> None:
    coarse = grid_mesh(np.nan_to_num(heights[::30, ::30]), 3.0)
    result = scan_surface(write_file(tmp_path, "coarse.ply", mesh_bytes(coarse, "ply")), tmp_path / "case", unit="mm")
    assert result["resolves"]["shows_scars"] is False
    assert any(warning.startswith("This scan cannot show scars") for warning in result["warnings"])


def test_progress_is_told_in_words_and_order(file: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    scan_surface(file, tmp_path / "case", **FULL, progress=lambda step, done: told.append((step, done)))
    assert told[0] == ("reading cheek.npy", 0.0)
    assert told[-1] == ("scan read", 1.0)
    fractions = [done for _, done in told]
    assert fractions == sorted(fractions)
