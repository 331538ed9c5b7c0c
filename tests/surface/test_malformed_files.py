"""Whatever is handed in: refused in words, nothing written; or read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from surface_files import HEIGHTS, MALFORMED, PIXEL_MM, grid_mesh, mesh_bytes, npy_bytes, tiff_bytes, write_file

from scarplan.errors import BadInput
from scarplan.surface.io import read_scan
from scarplan.workflow.scan import scan_surface

GOOD: dict[str, Any] = {"unit": "mm", "pixel_mm": PIXEL_MM}


def test_the_table_is_long() -> None:
    assert len(MALFORMED) >= 60


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused_in_words(name: str, tmp_path: Path) -> None:
    make, words, changes = MALFORMED[name]
    path = write_file(tmp_path, name, make())
    with pytest.raises(BadInput, match=f"(?s){words}") as caught:
        scan_surface(path, tmp_path / "case", **(GOOD | changes))
    assert caught.value.code.startswith("E-")
    assert "Do:" in str(caught.value)
    assert not (tmp_path / "case").exists(), "nothing may be written"


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
    "float32.tiff": lambda: tiff_bytes(HEIGHTS.astype(np.float32)),
    "float64.tif": lambda: tiff_bytes(HEIGHTS),
    "big.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), bigtiff=True),
    "motorola.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), byteorder=">"),
    "deflate.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), compression="zlib"),
    "tiled.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), tile=(32, 32)),
    "strips.tif": lambda: tiff_bytes(HEIGHTS.astype(np.float32), rowsperstrip=7),
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
