"""Whatever is handed in: refused in words, nothing written; or read."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from damaged_files import DAMAGED, DAMAGED_IMAGES, mesh_text_ply, pillow_tiff
from deceptive_files import DECEPTIVE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from surface_files import HEIGHTS, MALFORMED, PIXEL_MM, grid_mesh, mesh_bytes, npy_bytes, tiff_bytes, write_file

from scarplan.errors import BadInput
from scarplan.surface.io import read_scan
from scarplan.workflow.scan import scan_surface

GOOD: dict[str, Any] = {"unit": "mm", "pixel_mm": PIXEL_MM}


ALL_MALFORMED = MALFORMED | DAMAGED | DECEPTIVE


def test_the_table_is_long_and_names_each_file_once() -> None:
    assert len(ALL_MALFORMED) == len(MALFORMED) + len(DAMAGED) + len(DECEPTIVE)
    assert len(ALL_MALFORMED) + len(DAMAGED_IMAGES) >= 270


@pytest.mark.parametrize("name", ALL_MALFORMED)
def test_a_malformed_file_is_refused_in_words(name: str, tmp_path: Path) -> None:
    make, words, changes = ALL_MALFORMED[name]
    path = write_file(tmp_path, name, make())
    with pytest.raises(BadInput, match=f"(?s){words}") as caught:
        scan_surface(path, tmp_path / "case", **(GOOD | changes))
    assert caught.value.code.startswith("E-")
    assert "Do:" in str(caught.value)
    assert not (tmp_path / "case").exists(), "nothing may be written"


@pytest.mark.parametrize("name", DAMAGED_IMAGES)
def test_a_damaged_displacement_image_is_refused_in_words(name: str, tmp_path: Path) -> None:
    make, words = DAMAGED_IMAGES[name]
    mesh = write_file(tmp_path, "mesh.glb", mesh_bytes(grid_mesh(HEIGHTS[::8, ::8], 0.8, with_texture=True), "glb"))
    image = write_file(tmp_path, name, make())
    with pytest.raises(BadInput, match=f"(?s){words}") as caught:
        scan_surface(mesh, tmp_path / "case", unit="mm", displacement=image, displacement_unit="0.02mm")
    assert caught.value.code.startswith("E-SURF-")
    assert not (tmp_path / "case").exists(), "nothing may be written"


@pytest.mark.parametrize("name", ["chequered.npy", "loop.tif", "fewer.stl", "cut_text.ply"])
def test_a_refused_scan_leaves_the_scan_of_the_case_as_it_was(name: str, tmp_path: Path) -> None:
    case = tmp_path / "case"
    scan_surface(write_file(tmp_path, "good.npy", npy_bytes(HEIGHTS)), case, **GOOD)
    before = {path.name: path.read_bytes() for path in case.rglob("*") if path.is_file()}
    make, _, changes = ALL_MALFORMED[name]
    with pytest.raises(BadInput):
        scan_surface(write_file(tmp_path, name, make()), case, replace=True, **(GOOD | changes))
    assert {path.name: path.read_bytes() for path in case.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("kind", ["npy", "tif", "ply", "stl", "glb"])
def test_a_file_cut_anywhere_is_refused(kind: str, tmp_path: Path) -> None:
    whole = GOOD_FILES[kind]
    for part in (*np.linspace(0, 1, 14)[:-1], 1 - 1 / len(whole)):
        path = write_file(tmp_path, f"cut.{kind}", whole[: int(part * len(whole))])
        with pytest.raises(BadInput, match="E-SURF"):
            read_scan(path, **GOOD)


def test_what_is_no_plain_file_is_named(tmp_path: Path) -> None:
    circle = tmp_path / "circle.npy"
    circle.symlink_to(circle)
    with pytest.raises(BadInput, match=r"E-SURF-003.*cannot be opened"):
        read_scan(circle, **GOOD)
    lost = tmp_path / "lost.tif"
    lost.symlink_to(tmp_path / "nowhere.tif")
    with pytest.raises(BadInput, match=r"E-SURF-001.*does not exist"):
        read_scan(lost, **GOOD)
    pipe = tmp_path / "pipe.npy"
    os.mkfifo(pipe)
    with pytest.raises(BadInput, match=r"E-SURF-003.*a pipe or a device"):
        read_scan(pipe, **GOOD)
    with pytest.raises(BadInput, match=r"E-SURF-00\d"):
        read_scan(tmp_path / ("x" * 300 + ".npy"), **GOOD)
    inside = tmp_path / "good.npy"
    inside.write_bytes(npy_bytes(HEIGHTS))
    with pytest.raises(BadInput, match=r"E-SURF-00\d"):
        read_scan(inside / "map.npy", **GOOD)


def test_a_link_to_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "real.npy").write_bytes(npy_bytes(HEIGHTS))
    (tmp_path / "link.npy").symlink_to(tmp_path / "real.npy")
    assert read_scan(tmp_path / "link.npy", **GOOD).charts[0].valid.all()


@pytest.mark.parametrize("value", [1e5, 1e30, -1.7e308])
def test_a_few_impossible_heights_are_holes(value: float, tmp_path: Path) -> None:
    heights = HEIGHTS.copy()
    heights[40:43, 50:60] = value
    scan = read_scan(write_file(tmp_path, "few.npy", npy_bytes(heights)), **GOOD)
    (chart,) = scan.charts
    assert not chart.valid[40:43, 50:60].any()
    assert chart.valid.sum() == heights.size - 30
    assert any("30 pixels lie absurdly far" in note for note in scan.notes)
    assert np.nanmax(np.abs(chart.relief_mm)) < 10


def test_a_missing_file_a_folder_and_a_closed_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"E-SURF-001.*gone.npy does not exist"):
        read_scan(tmp_path / "gone.npy", **GOOD)
    folder = tmp_path / "folder.npy"
    folder.mkdir()
    with pytest.raises(BadInput, match=r"E-SURF-002.*is a folder"):
        read_scan(folder, **GOOD)
    with pytest.raises(BadInput, match=r"E-SURF-003.*cannot be opened"):
        read_scan("a\x00b.npy", **GOOD)


def test_a_huge_file_is_refused_before_its_data_are_read(tmp_path: Path) -> None:
    # A sparse file: 40 GB by its length, nothing on the disk.
    path = tmp_path / "huge.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (70000, 71000), }\n"
    with path.open("wb") as stream:
        stream.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        stream.truncate(10 + len(header) + 70000 * 71000 * 8)
    with pytest.raises(BadInput, match=r"E-SURF-015.*4970 million pixels.*crop it"):
        read_scan(path, **GOOD)


def _with_version(array: np.ndarray, version: tuple[int, int]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    return stream.getvalue()


def _pyramid(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        writer.write(array)
        writer.write(array[::2, ::2], subfiletype=1)
    return stream.getvalue()


ODD_BUT_GOOD: dict[str, Any] = {
    "big_endian.npy": lambda: npy_bytes(HEIGHTS.astype(">f8")),
    "fortran.npy": lambda: npy_bytes(np.asfortranarray(HEIGHTS)),
    "half.npy": lambda: npy_bytes((HEIGHTS * 1000).astype(np.float16)),
    "long.npy": lambda: npy_bytes(HEIGHTS.astype(np.longdouble)),
    "int16.npy": lambda: npy_bytes(np.round(HEIGHTS * 1000).astype(np.int16)),
    "int32_big.npy": lambda: npy_bytes(np.round(HEIGHTS * 1000).astype(">i4")),
    "int64.npy": lambda: npy_bytes(np.round(HEIGHTS * 1000).astype(np.int64)),
    "uint16.npy": lambda: npy_bytes(np.round(HEIGHTS * 1000 + 9000).astype(np.uint16)),
    "one_plane.npy": lambda: npy_bytes(HEIGHTS[None]),
    "one_channel.npy": lambda: npy_bytes(HEIGHTS[..., None]),
    "upper.NPY": lambda: npy_bytes(HEIGHTS),
    "version2.npy": lambda: _with_version(HEIGHTS, (2, 0)),
    "version3.npy": lambda: _with_version(HEIGHTS, (3, 0)),
    "float32.tiff": lambda: tiff_bytes(HEIGHTS.astype(np.float32)),
    "float64.tif": lambda: tiff_bytes(HEIGHTS),
    "big.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), bigtiff=True),
    "motorola.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), byteorder=">"),
    "deflate.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), compression="zlib"),
    "tiled.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), tile=(32, 32)),
    "strips.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), rowsperstrip=7),
    "lzw.tif": lambda: pillow_tiff(HEIGHTS.astype(np.float32), compression="tiff_lzw"),
    "lzw_predicted.tif": lambda: pillow_tiff(HEIGHTS.astype(np.float32), compression="tiff_lzw", tiffinfo={317: 3}),
    "deflate_predicted.tif": lambda: pillow_tiff(
        HEIGHTS.astype(np.float32), compression="tiff_adobe_deflate", tiffinfo={317: 3}
    ),
    "packbits.tif": lambda: pillow_tiff(HEIGHTS.astype(np.float32), compression="packbits"),
    "uint16_lzw.tif": lambda: pillow_tiff(np.round(HEIGHTS * 1000 + 9000).astype(np.uint16), compression="tiff_lzw"),
    "imagej.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), imagej=True),
    "named.ome.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), metadata={"axes": "YX"}),
    "pyramid.tif": lambda: _pyramid(HEIGHTS.astype(np.float32)),
    "uint16.tif": lambda: tiff_bytes(np.round(HEIGHTS * 1000 + 9000).astype(np.uint16)),
    "int32.tif": lambda: tiff_bytes(np.round(HEIGHTS * 1000).astype(np.int32)),
}
IN_UM = ("half", "int", "uint")


@pytest.mark.parametrize("name", ODD_BUT_GOOD)
def test_an_odd_but_good_file_gives_the_same_relief(name: str, tmp_path: Path) -> None:
    in_um = name.startswith(IN_UM)
    path = write_file(tmp_path, name, ODD_BUT_GOOD[name]())
    (chart,) = read_scan(path, unit="um" if in_um else "mm", pixel_mm=PIXEL_MM).charts
    assert chart.valid.mean() > 0.999
    seen = chart.valid
    # Half precision and whole micrometres round; everything else is exact to single precision.
    tolerance = 0.001 if name.startswith(("int", "uint")) else 0.0005 if name.startswith("half") else 2e-6
    difference = (chart.relief_mm - HEIGHTS)[seen]
    assert np.ptp(difference) < (2 * tolerance if in_um else tolerance) * (4 if name.startswith("half") else 1)


def test_the_no_data_value_of_a_tiff_is_a_hole(tmp_path: Path) -> None:
    heights = HEIGHTS.astype(np.float32)
    heights[10:20, 30:40] = -9999.0
    path = tmp_path / "nodata.tif"
    tifffile.imwrite(path, heights, extratags=[(42113, "s", 0, "-9999", True)])
    (chart,) = read_scan(path, **GOOD).charts
    assert not chart.valid[10:20, 30:40].any()
    assert chart.valid.sum() == heights.size - 100


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.floats(0, 1),
    at=st.floats(0, 1),
    value=st.integers(0, 255),
    kind=st.sampled_from(["npy", "tif", "ply", "stl", "glb", "obj"]),
)
def test_a_damaged_file_is_read_or_refused_but_never_crashes(
    tmp_path: Path, cut: float, at: float, value: int, kind: str
) -> None:
    whole = GOOD_FILES[kind]
    data = bytearray(whole[: max(1, int(len(whole) * max(cut, 0.2)))])
    data[min(len(data) - 1, int(at * 400))] = value
    path = write_file(tmp_path, f"damaged.{kind}", bytes(data))
    try:
        scan = read_scan(path, **GOOD)
    except BadInput:
        return
    assert all(np.isfinite(chart.relief_mm[chart.valid]).all() for chart in scan.charts)


ODD_MESHES: dict[str, Any] = {
    "text.ply": mesh_text_ply,
    "dos.ply": lambda: mesh_text_ply().replace(b"\n", b"\r\n"),
    "commented.ply": lambda: mesh_text_ply().replace(b"element vertex", b"comment by a scanner\nelement vertex", 1),
    "text.stl": lambda: _MESH.export(file_type="stl_ascii").encode(),
    "solid_binary.stl": lambda: b"solid scan".ljust(80) + mesh_bytes(_MESH, "stl")[80:],
    "accents.obj": lambda: "# visage c\xf4t\xe9\n".encode("latin-1") + mesh_bytes(_MESH, "obj"),
    "no_material.obj": lambda: b"mtllib gone.mtl\nusemtl skin\n" + mesh_bytes(_MESH, "obj"),
    "plain.obj": lambda: mesh_bytes(_MESH, "obj"),
    "upper.STL": lambda: mesh_bytes(_MESH, "stl"),
}


@pytest.mark.parametrize("name", ODD_MESHES)
def test_an_odd_but_good_mesh_is_read(name: str, tmp_path: Path) -> None:
    path = write_file(tmp_path, name, ODD_MESHES[name]())
    (chart,) = read_scan(path, unit="mm", pixel_mm=0.4).charts
    assert chart.valid.sum() * 0.4**2 == pytest.approx(8.8 * 10.4, rel=0.12)


def test_a_header_that_opens_a_second_brace_is_damaged(tmp_path: Path) -> None:
    data = GOOD_FILES["npy"].replace(b" ", b"{", 60).replace(b"}{", b"} {")
    path = write_file(tmp_path, "brace.npy", data)
    with pytest.raises(BadInput, match=r"E-SURF-022.*header of brace\.npy is damaged"):
        read_scan(path, **GOOD)


_MESH = grid_mesh(HEIGHTS[::8, ::8], 8 * PIXEL_MM)
GOOD_FILES = {
    "npy": npy_bytes(HEIGHTS),
    "tif": tiff_bytes(HEIGHTS.astype(np.float32)),
    **{kind: mesh_bytes(_MESH, kind) for kind in ("ply", "stl", "glb", "obj")},
}
