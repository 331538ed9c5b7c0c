"""Every format that is written is read back the same, for maps, points and scars drawn at random."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from scarplan.errors import BadInput
from scarplan.scars.depth_colours import colour_depths
from scarplan.scars.scarmap import SCAR_KINDS, Scar, ScarMap
from scarplan.scars.storage import COLUMNS, scar_as_dict, write_scars_csv
from scarplan.scars.table import write_scars_parquet
from scarplan.surface.io.scan_file import read_scan
from scarplan.surface.io.write_map import write_npy, write_tiff, write_x3p, write_xyz
from scarplan.surface.io.write_ply import write_ply
from scarplan.surface.surface import Surface

# Heights of files are written in single precision, points as text to a tenth of a micrometre.
FORMATS = {
    "npy": (write_npy, {"unit": "mm"}, 1e-6),
    "tif": (write_tiff, {"unit": "mm"}, 1e-6),
    "x3p": (write_x3p, {"unit": None}, 1e-6),
    "xyz": (write_xyz, {"unit": "mm"}, 1.1e-4),
}
KINDS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_NUMBERS = {"float": "f4", "double": "f8"}


@st.composite
def charts(draw: st.DrawFn) -> Surface:
    """Return a map of skin of any size, spacing and slope, with a hole anywhere."""
    rows, columns = draw(st.integers(20, 40)), draw(st.integers(20, 40))
    pixel_mm = draw(st.sampled_from([0.02, 0.05, 0.1, 0.25]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y, x = np.indices((rows, columns)) * pixel_mm
    relief = draw(st.floats(-0.3, 0.3)) * x + draw(st.floats(-0.3, 0.3)) * y
    relief += 2 * pixel_mm * np.sin(x / pixel_mm / 8) * np.cos(y / pixel_mm / 9)
    relief += draw(st.floats(-20, 20)) + 0.02 * pixel_mm * random.standard_normal(relief.shape)
    top, left = draw(st.integers(2, rows - 7)), draw(st.integers(2, columns - 7))
    relief[top : top + 4, left : left + 3] = np.nan
    relief = relief.astype(np.float32).astype(float)
    return Surface("map", relief, np.isfinite(relief), pixel_mm)


def read_back(data: bytes, suffix: str, **options) -> Surface:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"scan.{suffix}")
        path.write_bytes(data)
        (chart,) = read_scan(path, **options).charts
    return chart


def centred(chart: Surface) -> np.ndarray:
    # A scan is read with its median at 0.
    return chart.relief_mm - np.median(chart.relief_mm[chart.valid])


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=20, deadline=None)
@given(chart=charts())
def test_a_height_map(suffix: str, chart: Surface) -> None:
    write, options, within_mm = FORMATS[suffix]
    if suffix in ("npy", "tif"):
        options = options | {"pixel_mm": chart.pixel_mm}
    read = read_back(write(chart), suffix, **options)
    assert read.pixel_mm == pytest.approx(chart.pixel_mm, rel=1e-6)
    np.testing.assert_array_equal(read.valid, chart.valid)
    np.testing.assert_allclose(read.relief_mm, centred(chart), atol=within_mm)


@settings(max_examples=20, deadline=None)
@given(chart=charts())
def test_an_x3p_carries_the_checksum_of_its_own_description_and_heights(chart: Surface) -> None:
    archive = zipfile.ZipFile(io.BytesIO(write_x3p(chart)))
    main, heights = archive.read("main.xml"), archive.read("bindata/data.bin")
    assert archive.read("md5checksum.hex").split() == [hashlib.md5(main).hexdigest().encode(), b"*main.xml"]
    assert hashlib.md5(heights).hexdigest().encode() in main
    np.testing.assert_array_equal(np.frombuffer(heights, "<f8").size, chart.relief_mm.size)


@settings(max_examples=20, deadline=None)
@given(chart=charts(), seed=st.integers(0, 1000))
def test_a_mesh_coloured_by_depth(chart: Surface, seed: int) -> None:
    drop = np.random.default_rng(seed).uniform(-0.5, 0.5, chart.shape)
    colours = colour_depths(drop)
    mesh = trimesh.load_mesh(io.BytesIO(write_ply([chart], {"map": colours})), file_type="ply", process=False)
    np.testing.assert_array_equal(np.asarray(mesh.visual.vertex_colors)[:, :3], colours[chart.valid])
    rows, columns = np.nonzero(chart.valid)
    expected = np.column_stack([columns * chart.pixel_mm, -rows * chart.pixel_mm, chart.relief_mm[chart.valid]])
    np.testing.assert_allclose(mesh.vertices, expected, rtol=1e-6, atol=1e-6)
    squares = chart.valid[:-1, :-1] & chart.valid[1:, :-1] & chart.valid[:-1, 1:] & chart.valid[1:, 1:]
    assert len(mesh.faces) == 2 * squares.sum()
    assert (mesh.face_normals[:, 2] > 0).all()


def ply_points(
    points: np.ndarray, *, kind: str, number: str = "double", extra: bool = False, before: int = 0, tail: bytes = b""
) -> bytes:
    """Return the points as PLY; `extra`: with colours between; `before`: rows of another element before them."""
    endian = KINDS[kind] or "<"
    names = ["x", *(["red"] if extra else []), "y", "z", *(["quality"] if extra else [])]
    types = {"red": ("uchar", "u1"), "quality": ("float32", "f4")}
    told = {name: types.get(name, (number, _NUMBERS[number])) for name in names}
    head = ["ply", f"format {kind} 1.0", "comment made by a test", "obj_info nothing"]
    if before:
        head += [f"element camera {before}", "property short at"]
    head += [f"element vertex {len(points)}", *(f"property {type_} {name}" for name, (type_, _) in told.items())]
    head += ["element face 0", "property list uchar int vertex_indices", "end_header", ""]
    rows = np.zeros(len(points), dtype=[(name, endian + code) for name, (_, code) in told.items()])
    for name, column in zip("xyz", points.T, strict=True):
        rows[name] = column
    cameras = np.arange(before, dtype=endian + "i2")
    if kind == "ascii":
        body = "".join(f"{value}\n" for value in cameras.tolist())
        body += "".join(" ".join(map(repr, row)) + "\n" for row in rows.tolist())
        return "\n".join(head).encode() + body.encode() + tail
    return "\n".join(head).encode() + cameras.tobytes() + rows.tobytes() + tail


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(
    chart=charts(), number=st.sampled_from(list(_NUMBERS)), extra=st.booleans(), before=st.integers(0, 3),
    order=st.integers(0, 100),
)  # fmt: skip
def test_a_ply_without_faces_is_the_same_as_its_points_as_text(kind, chart, number, extra, before, order) -> None:
    rows, columns = np.nonzero(chart.valid)
    points = np.column_stack([columns * chart.pixel_mm, rows * chart.pixel_mm, chart.relief_mm[chart.valid]])
    points = np.random.default_rng(order).permutation(points)
    read = read_back(ply_points(points, kind=kind, number=number, extra=extra, before=before), "ply", unit="mm")
    as_text = read_back(write_xyz(chart), "xyz", unit="mm")
    assert read.pixel_mm == pytest.approx(as_text.pixel_mm, rel=1e-5)
    np.testing.assert_array_equal(read.valid, chart.valid)
    np.testing.assert_allclose(read.relief_mm, centred(chart), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_ply_of_points_that_another_program_wrote(kind: str) -> None:
    y, x = np.indices((30, 40)) * 0.1
    cloud = trimesh.PointCloud(np.column_stack([x.ravel(), y.ravel(), 0.2 * x.ravel()]))
    data = bytes(cloud.export(file_type="ply", encoding="ascii" if kind == "ascii" else "binary"))
    read = read_back(data, "ply", unit="mm")
    assert read.shape == (30, 40)
    np.testing.assert_allclose(np.diff(read.relief_mm, axis=1), 0.02, atol=1e-6)


POINTS = np.column_stack([*(axis.ravel() * 0.1 for axis in np.indices((30, 30))), np.arange(900.0) / 1000])


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (ply_points(POINTS, kind="binary_little_endian")[:-9], "it is truncated"),
        (ply_points(POINTS, kind="ascii")[:-100], "it is truncated"),
        (ply_points(POINTS, kind="ascii").replace(b"double z", b"double height"), "vertices without z"),
        (ply_points(POINTS, kind="ascii").replace(b"double z", b"list uchar int z"), "lists before or among"),
        (ply_points(np.where(POINTS[5, 0] == POINTS, np.inf, POINTS), kind="binary_big_endian"), "infinite"),
        (ply_points(POINTS, kind="ascii").replace(b"0.9", b"nine"), "points of a PLY"),
        (ply_points(POINTS[:20], kind="ascii"), "too few points"),
    ],
    ids=["cut", "cut_text", "no_height", "lists", "infinite", "words", "few"],
)  # fmt: skip
def test_points_that_are_damaged_are_refused_in_words(data: bytes, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        read_back(data, "ply", unit="mm")


def test_the_unit_of_points_is_asked_for_and_options_of_a_mesh_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    path.write_bytes(ply_points(POINTS, kind="ascii"))
    with pytest.raises(BadInput, match="--unit is missing"):
        read_scan(path, unit=None)
    with pytest.raises(BadInput, match="--displacement belongs to a mesh"):
        read_scan(path, unit="mm", displacement=tmp_path / "relief.png")


_SIZES = st.floats(0, 100, allow_nan=False).map(float)
_WORDS = st.sampled_from([None, "cheek", "temple"])


@st.composite
def scar_maps(draw: st.DrawFn) -> ScarMap:
    """Return a list of scars with any values; their images play no part in a table."""
    scars = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        weights = np.array([draw(st.floats(0.01, 1)) for _ in SCAR_KINDS])
        shares = dict(zip(SCAR_KINDS, (weights / weights.sum()).tolist(), strict=True))
        sizes = {
            name: draw(_SIZES)
            for name in ("x_mm", "y_mm", "depth_sd_mm", "width_mm", "area_mm2", "volume_sd_mm3", "wall_angle_deg")
        }
        signed = {name: draw(st.floats(-5, 5)) for name in ("depth_mm", "volume_mm3")}
        scars.append(
            Scar(
                id=number, chart="map", kind=draw(st.sampled_from(SCAR_KINDS)), kind_probability=shares,
                **sizes, **signed, confidence=draw(st.floats(0, 1)),
                zone=draw(_WORDS), side=draw(st.sampled_from([None, "left"])),
                touches_edge=draw(st.booleans()), reviewed=draw(st.booleans()),
            )
        )  # fmt: skip
    return ScarMap(tuple(scars), {"map": np.zeros((4, 4), np.int32)})


def _values(scar: Scar) -> dict[str, object]:
    return scar_as_dict(scar) | {f"probability_{kind}": scar.kind_probability[kind] for kind in SCAR_KINDS}


@settings(max_examples=40, deadline=None)
@given(scar_maps())
def test_a_list_of_scars_as_parquet_is_the_same_to_the_bit(found: ScarMap) -> None:
    rows = parquet.read_table(io.BytesIO(write_scars_parquet(found))).to_pylist()
    assert rows == [{name: _values(scar)[name] for name in COLUMNS} for scar in found.scars]


@settings(max_examples=40, deadline=None)
@given(scar_maps())
def test_a_list_of_scars_as_csv_is_the_same_to_six_digits(found: ScarMap) -> None:
    rows = list(csv.DictReader(io.StringIO(write_scars_csv(found).decode("utf-8"))))
    assert len(rows) == len(found.scars)
    for row, scar in zip(rows, found.scars, strict=True):
        assert tuple(row) == COLUMNS
        for name, value in _values(scar).items():
            if name not in row:
                continue
            if isinstance(value, bool):
                assert row[name] == ("yes" if value else "no")
            elif isinstance(value, float):
                assert float(row[name]) == pytest.approx(value, rel=1e-5)
            else:
                assert row[name] == ("" if value is None else str(value))
