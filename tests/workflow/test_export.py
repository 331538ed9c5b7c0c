"""`export`: one file of a case for another program; nothing of the patient in it."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import trimesh
from click.testing import CliRunner
from pyarrow import parquet

import scarplan
from scarplan.cli import main
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.surface.storage import load_scan

RELIEFS = ("npy", "tif", "x3p", "xyz", "ply")


@pytest.mark.parametrize("suffix", RELIEFS)
@pytest.mark.parametrize("relief_only", [False, True])
def test_a_relief_carries_no_name_date_or_zone(small_demo, tmp_path, suffix, relief_only) -> None:
    target = tmp_path / f"a.{suffix}"
    result = scarplan.export_case(small_demo, target, relief_only=relief_only)
    data = target.read_bytes()
    assert result["bytes"] == len(data)
    patient = json.loads((Path(small_demo) / "results" / "screen.json").read_text("utf-8"))
    scan = load_scan(Path(small_demo) / "surface.npz")
    words = [
        str(patient.get("patient_id") or "demo"),
        *(part for part in Path(small_demo).parts if len(part) > 4),
        date.today().isoformat(),
        date.today().strftime("%Y:%m:%d"),
        str(scan.charts[0].zone),
    ]
    assert not [word for word in words if word.encode() in data]
    again = tmp_path / f"b.{suffix}"
    scarplan.export_case(small_demo, again, relief_only=relief_only)
    assert again.read_bytes() == data


def test_a_chart_as_large_as_a_face_is_not_called_relief_only(tmp_path) -> None:
    rows, columns = np.indices((330, 210)) * 0.5
    np.save(tmp_path / "face.npy", 8 * np.sin(rows / 40) + 0.05 * np.sin(columns))
    scarplan.scan_surface(tmp_path / "face.npy", tmp_path / "case", unit="mm", pixel_mm=0.5)
    with pytest.raises(Refused, match=r"R-EXPORT-001.*shows 104 x 164 mm.*a face is recognised"):
        scarplan.export_case(tmp_path / "case", tmp_path / "a.x3p", relief_only=True)
    assert not (tmp_path / "a.x3p").exists()
    scarplan.export_case(tmp_path / "case", tmp_path / "a.x3p")


def test_an_exported_relief_gives_the_same_scars(small_demo, tmp_path) -> None:
    scarplan.export_case(small_demo, tmp_path / "a.x3p")
    scarplan.scan_surface(tmp_path / "a.x3p", tmp_path / "case", unit=None)
    again = scarplan.find_scars(tmp_path / "case")["scars"]
    before = json.loads((Path(small_demo) / "results" / "scars.json").read_text("utf-8"))["scars"]
    assert len(again) == len(before)
    for one, other in zip(again, before, strict=True):
        assert one["depth_mm"] == pytest.approx(other["depth_mm"], abs=5e-4)
        assert one["x_mm"] == pytest.approx(other["x_mm"], abs=0.02)


def test_csv_and_parquet_hold_the_same_scars_with_units_in_the_names(small_demo, tmp_path) -> None:
    for suffix in ("csv", "parquet"):
        scarplan.export_case(small_demo, tmp_path / f"a.{suffix}")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8").splitlines()))
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.column_names == list(rows[0])
    assert {"depth_mm", "area_mm2", "volume_mm3", "wall_angle_deg"} <= set(table.column_names)
    assert all(b"meaning" in (table.schema.field(name).metadata or {}) for name in table.column_names)
    for name in ("depth_mm", "x_mm", "volume_sd_mm3", "probability_rolling"):
        np.testing.assert_allclose(table[name].to_pylist(), [float(row[name]) for row in rows], rtol=1e-5)
    assert table["kind"].to_pylist() == [row["kind"] for row in rows]


def test_a_mesh_is_blue_where_the_scars_are(small_demo, tmp_path) -> None:
    scarplan.export_case(small_demo, tmp_path / "a.ply")
    mesh = trimesh.load_mesh(tmp_path / "a.ply", process=False)
    colours = np.asarray(mesh.visual.vertex_colors)[:, :3].astype(int)
    scars = json.loads((Path(small_demo) / "results" / "scars.json").read_text("utf-8"))["scars"]
    deepest = max(scars, key=lambda scar: scar["depth_mm"])
    middle = np.hypot(mesh.vertices[:, 0] - deepest["x_mm"], mesh.vertices[:, 1] + deepest["y_mm"]) < 0.2
    assert (colours[middle, 2] - colours[middle, 0]).mean() > 60
    assert np.median(colours[:, 2] - colours[:, 0]) < 10


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("a.docx", {}, "E-EXPORT-001"),
        ("a", {}, "E-EXPORT-001"),
        ("a.csv", {"relief_only": True}, "E-EXPORT-003"),
        ("a.npy", {"chart": "nose"}, "E-EXPORT-004"),
        ("there.npy/a.npy", {}, "E-EXPORT-006"),
    ],
)
def test_what_cannot_be_written_is_told(small_demo, tmp_path, name, options, code) -> None:
    (tmp_path / "there.npy").write_bytes(b"x")
    with pytest.raises(BadInput) as error:
        scarplan.export_case(small_demo, tmp_path / name, **options)
    assert error.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["there.npy"]


def test_a_file_that_is_there_is_overwritten_only_when_asked(small_demo, tmp_path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("mine")
    with pytest.raises(BadInput, match="is there already"):
        scarplan.export_case(small_demo, target)
    assert target.read_text() == "mine"
    scarplan.export_case(small_demo, target, replace=True)
    assert target.read_text().startswith("id,chart")


def test_before_the_scan_the_missing_step_is_named(tmp_path) -> None:
    with pytest.raises(MissingStep, match="scan"):
        scarplan.export_case(tmp_path / "empty", tmp_path / "a.npy")


def test_the_command_says_what_it_wrote(small_demo, tmp_path) -> None:
    done = CliRunner().invoke(main, ["export", str(small_demo), str(tmp_path / "a.x3p"), "--relief-only"])
    assert done.exit_code == 0
    assert "relief without form, place, date or name" in done.stdout
