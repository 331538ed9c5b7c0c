"""The real head (Lee Perry-Smith, CC BY 3.0) by zones: from clicked landmarks to scars and the report."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import pytest

import scarplan
from scarplan.workflow.scan import scan_surface

pytestmark = pytest.mark.shared

ZONES = Path(__file__).with_name("lee_perry_smith.toml")
IMAGE = "Infinite-Level_02_Disp_NoSmoothUV-4096.jpg"
ATTRIBUTION = "Infinite, 3D Head Scan by Lee Perry-Smith, CC BY 3.0, based on a work at www.triplegangers.com"
SECONDS, BYTES = 10, 2 * 1024**3


@pytest.fixture(scope="module")
def folder(shared_folder: Path) -> Path:
    return shared_folder / "data" / "LeePerrySmith"


def scan_face(folder: Path, case: Path, *, pixel_mm: float, zones: Path = ZONES) -> dict:
    # The images of this copy stand upside down on the mesh: otherwise the lips lie on the chin.
    return scan_surface(
        folder / "LeePerrySmith.glb", case, unit="50mm", pixel_mm=pixel_mm, displacement=folder / IMAGE,
        displacement_unit="0.0215mm", displacement_flip=True, zones=zones, attribution=ATTRIBUTION,
    )  # fmt: skip


def test_the_bare_mesh_by_zones(folder: Path, tmp_path: Path) -> None:
    result = scan_surface(folder / "LeePerrySmith.glb", tmp_path / "case", unit="50mm", pixel_mm=1.0, zones=ZONES)
    area: dict[tuple[str, str | None], float] = {}
    for chart in result["charts"]:
        place = chart["zone"], chart["side"]
        area[place] = area.get(place, 0.0) + chart["seen_cm2"]
    assert len(area) == 16  # eleven zones, five of them on both sides
    assert len(result["charts"]) <= 22
    assert 380 < sum(area.values()) < 520
    for zone in ("temple", "periorbital", "malar", "cheek", "jawline"):
        assert area[zone, "left"] == pytest.approx(area[zone, "right"], rel=0.12), zone
    assert not any("picked on another file" in warning for warning in result["warnings"])
    assert any("left out on purpose: eyelids" in warning for warning in result["warnings"])
    assert result["resolves"]["shows_scars"] is False


def test_a_cheek_and_the_chin_go_through_to_scars(folder: Path, tmp_path: Path) -> None:
    zones = tmp_path / "zones.toml"
    zones.write_text('only = ["cheek", "chin"]\n' + ZONES.read_text("utf-8"), "utf-8")
    result = scan_face(folder, tmp_path / "case", pixel_mm=0.25, zones=zones)
    assert [chart["name"] for chart in result["charts"]] == ["cheek_right", "cheek_left", "chin"]
    assert result["resolves"]["shows_scars"] is True
    scars = scarplan.find_scars(tmp_path / "case")
    counted = [scar for scar in scars["scars"] if scar["id"] not in scars["low_confidence"]]
    assert {(scar["zone"], scar["side"]) for scar in counted} <= {("cheek", "right"), ("cheek", "left"), ("chin", None)}
    # A man without acne scars: pits, hairs and folds are some finds in a square centimetre at most.
    area = sum(chart["seen_cm2"] for chart in result["charts"])
    assert len(counted) < 1.5 * area


def processor_seconds() -> float:
    """Return what this process and those it has waited for have taken of the processors."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@pytest.mark.slow
def test_the_whole_face_is_measured_and_reported_in_time(folder: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    started = processor_seconds()
    result = scan_face(folder, case, pixel_mm=0.1)
    scars = scarplan.find_scars(case)
    assert sum(chart["seen_cm2"] for chart in result["charts"]) > 380
    # On two cores half of the work of the processor passes.
    assert (processor_seconds() - started) / 2 < SECONDS
    most = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    assert most * 1024 < BYTES
    assert len({(scar["zone"], scar["side"]) for scar in scars["scars"]}) > 5
    patient = tmp_path / "patient.toml"
    patient.write_text(scarplan.print_template("patient"), "utf-8")
    scarplan.screen_patient(case, patient, date="2026-11-21")
    plan = scarplan.plan_course(case)
    assert ("cheek", "left") in {(zone["zone"], zone["side"]) for zone in plan["zones"]}
    scarplan.forecast_course(case)
    scarplan.write_report(case)
    page = (case / "report.html").read_text("utf-8")
    assert "Map of the face from the front" in page
    assert "Lee Perry-Smith" in page
    json.dumps(scars, allow_nan=False)
