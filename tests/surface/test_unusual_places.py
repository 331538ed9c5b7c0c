"""Scans in unusual places: pipes, links, files that change while they are read, names that are no plain letters."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damaged_files import gltf
from surface_files import HEIGHTS, PIXEL_MM, grid_mesh, mesh_bytes, npy_bytes, write_file

from scarplan.errors import BadInput
from scarplan.records.case import Case
from scarplan.surface.io import npy as npy_reader
from scarplan.surface.io import read_scan
from scarplan.surface.io.points import grid_points
from scarplan.surface.io.texture import read_texture
from scarplan.surface.io.unchanged import unchanged_files
from scarplan.workflow import scan as scan_verb
from scarplan.workflow.scan import scan_surface

GOOD: dict[str, Any] = {"unit": "mm", "pixel_mm": PIXEL_MM}


@pytest.mark.parametrize(
    "named", [{"buffers": [{"uri": "pipe", "byteLength": 72}]}, {"buffers": [{"uri": "a/../pipe", "byteLength": 72}]}]
)
def test_a_pipe_beside_a_mesh_is_not_waited_for(named: dict[str, Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match=r"E-SURF-060.*no plain file"):
        read_scan(write_file(tmp_path, "mesh.gltf", gltf(**named)), unit="mm")


def test_data_in_a_file_beside_a_gltf_are_read(tmp_path: Path) -> None:
    mesh = grid_mesh(HEIGHTS[::8, ::8], 0.8)
    files: Any = mesh.export(file_type="gltf")
    for name, data in files.items():
        write_file(tmp_path, name, data)
    scan = read_scan(tmp_path / "model.gltf", unit="mm", pixel_mm=0.4)
    assert scan.charts[0].valid.sum() * 0.4**2 == pytest.approx(8.8 * 10.4, rel=0.12)


def test_a_pipe_as_an_image_or_a_result_is_not_waited_for(tmp_path: Path) -> None:
    pipe, mesh = tmp_path / "pipe.png", tmp_path / "mesh.glb"
    os.mkfifo(pipe)
    mesh.write_bytes(mesh_bytes(grid_mesh(HEIGHTS[::8, ::8], 0.8, with_texture=True), "glb"))
    with pytest.raises(BadInput, match=r"E-SURF-041.*no plain file"):
        read_scan(mesh, unit="mm", displacement=pipe, displacement_unit="0.02mm")
    with pytest.raises(BadInput, match=r"E-SURF-044.*no plain file"):
        read_texture(pipe)
    (tmp_path / "case/results").mkdir(parents=True)
    os.mkfifo(tmp_path / "case/results/scan.json")
    with pytest.raises(BadInput, match=r"E-CASE-007.*no plain file"):
        Case(tmp_path / "case").read_result("scan")


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_file(tmp_path, "map.npy", npy_bytes(HEIGHTS))
    read = scan_verb.read_scan

    def read_while_it_grows(*arguments, **options):
        scan = read(*arguments, **options)
        with path.open("ab") as stream:
            stream.write(b"more")
        return scan

    monkeypatch.setattr(scan_verb, "read_scan", read_while_it_grows)
    with pytest.raises(BadInput, match=r"E-SURF-097.*map\.npy changed while it was read.*wait"):
        scan_surface(path, tmp_path / "case", **GOOD)
    assert not (tmp_path / "case").exists()


def test_a_file_that_is_cut_between_header_and_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_file(tmp_path, "map.npy", npy_bytes(HEIGHTS))
    fromfile = np.fromfile

    def cut_then_read(stream, **options):
        os.truncate(path, 5000)
        return fromfile(stream, **options)

    monkeypatch.setattr(npy_reader.np, "fromfile", cut_then_read)
    with pytest.raises(BadInput, match=r"E-SURF-021.*truncated"):
        read_scan(path, **GOOD)
    path.write_bytes(npy_bytes(HEIGHTS))
    with pytest.raises(BadInput, match=r"E-SURF-097.*changed while it was read"):
        scan_surface(path, tmp_path / "case", **GOOD)


def test_what_happens_to_a_file_within_is_told_and_other_faults_stay_as_they_are(tmp_path: Path) -> None:
    path = write_file(tmp_path, "a", b"1")
    with unchanged_files(path, None, tmp_path / "gone"):
        path.read_bytes()
    with pytest.raises(ZeroDivisionError), unchanged_files(path):
        raise ZeroDivisionError
    with pytest.raises(BadInput, match="E-SURF-097"), unchanged_files(path):
        path.unlink()
    with unchanged_files(path):  # not there before: its reader says so
        path.write_bytes(b"2")
    with pytest.raises(BadInput, match="E-SURF-097"), unchanged_files(path):
        os.replace(write_file(tmp_path, "b", b"3"), path)


@pytest.mark.parametrize("name", ["Gesicht äöü 顔 ✓.npy", "two\nlines.npy", "-unit.npy", " .npy", "a'b\"c$.npy"])
def test_unusual_names_are_read(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "顔 é"
    folder.mkdir()
    result = scan_surface(write_file(folder, name, npy_bytes(HEIGHTS)), folder / "fäll", **GOOD)
    assert result["file"]["name"] == name
    json.dumps(result, allow_nan=False)


def test_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/s\xff\xfe.npy"))
    path.write_bytes(npy_bytes(HEIGHTS))
    result = scan_surface(path, tmp_path / "case", **GOOD)
    json.dumps(result, allow_nan=False).encode()


def test_a_scan_in_a_folder_that_cannot_be_written_is_read_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    path = write_file(folder, "map.npy", npy_bytes(HEIGHTS))
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        scan_surface(path, tmp_path / "case", **GOOD)
        assert [one.name for one in folder.iterdir()] == ["map.npy"]
        assert path.read_bytes() == npy_bytes(HEIGHTS)
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("unit_mm", [0.001, 0.0005, 0.02])
def test_whole_numbers_with_a_length_as_unit_are_heights(unit_mm: float, tmp_path: Path) -> None:
    whole = np.round(HEIGHTS / unit_mm).astype(np.int32)
    (chart,) = read_scan(write_file(tmp_path, "a.npy", npy_bytes(whole)), unit=f"{unit_mm}mm", pixel_mm=PIXEL_MM).charts
    assert np.ptp((chart.relief_mm - HEIGHTS)[chart.valid]) <= unit_mm * 1.001


@pytest.mark.parametrize("border", [1, 7])
def test_a_border_nobody_saw_leaves_the_rest_as_it_is(border: int, tmp_path: Path) -> None:
    plain = read_scan(write_file(tmp_path, "a.npy", npy_bytes(HEIGHTS)), **GOOD).charts[0]
    framed = np.pad(HEIGHTS, ((border, 1), (0, border)), constant_values=np.nan)
    chart = read_scan(write_file(tmp_path, "b.npy", npy_bytes(framed)), **GOOD).charts[0]
    assert chart.shape == framed.shape
    inner = (slice(border, -1), slice(0, -border))
    np.testing.assert_array_equal(chart.valid[inner], plain.valid)
    assert chart.valid.sum() == plain.valid.sum()
    np.testing.assert_allclose(chart.relief_mm[inner][plain.valid], plain.relief_mm[plain.valid], atol=1e-6)


def test_points_told_twice_are_one_map(tmp_path: Path) -> None:
    y, x = np.mgrid[:30, :40] * 0.3
    points = np.column_stack([x.ravel(), y.ravel(), np.sin(x).ravel()])
    once = grid_points(points, path=tmp_path / "a.xyz", unit="mm")
    twice = grid_points(np.r_[points, points[::-1]], path=tmp_path / "a.xyz", unit="mm")
    np.testing.assert_array_equal(once.heights_mm, twice.heights_mm)
    assert twice.notes == ()
