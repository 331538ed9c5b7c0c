"""X3P, points as text, files of instruments: read right, refused in words, and what we write is read back the same."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
import x3pio
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.errors import BadInput
from scarplan.scars.depth_colours import colour_depths
from scarplan.surface.io.points import grid_points
from scarplan.surface.io.scaled_map import ScaledMap, square_pixels
from scarplan.surface.io.scan_file import read_scan
from scarplan.surface.io.write_map import write_npy, write_tiff, write_x3p, write_xyz
from scarplan.surface.io.write_ply import write_ply
from scarplan.surface.relief_only import keep_relief_only
from scarplan.surface.surface import Surface

PIXEL_MM = 0.05


def make_relief(rows: int = 60, columns: int = 80) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns] * PIXEL_MM
    relief = 0.3 * x - 0.1 * y - 0.2 * np.exp(-((x - 2) ** 2 + (y - 1.5) ** 2) / 0.3)
    relief = relief + 0.01 * np.random.default_rng(1).standard_normal(relief.shape)
    relief[3:9, 5:11] = np.nan
    return relief


def make_chart() -> Surface:
    relief = make_relief().astype(np.float32).astype(float)
    return Surface("map", relief, np.isfinite(relief), PIXEL_MM, zone="cheek", side="left")


def save(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("suffix", "write", "options", "within_mm"),
    [
        ("npy", write_npy, {"unit": "mm", "pixel_mm": PIXEL_MM}, 1e-6),
        ("tif", write_tiff, {"unit": "mm", "pixel_mm": PIXEL_MM}, 1e-6),
        ("x3p", write_x3p, {"unit": None}, 1e-6),
        ("xyz", write_xyz, {"unit": "mm"}, 1e-4),
    ],
)
def test_what_is_written_is_read_back_the_same(tmp_path, suffix, write, options, within_mm) -> None:
    chart = make_chart()
    (read,) = read_scan(save(tmp_path / f"map.{suffix}", write(chart)), **options).charts
    assert read.pixel_mm == pytest.approx(PIXEL_MM, rel=1e-9)
    assert read.shape == chart.shape
    np.testing.assert_array_equal(read.valid, chart.valid)
    # A scan is read with its median at 0.
    centred = chart.relief_mm - np.median(chart.relief_mm[chart.valid])
    np.testing.assert_allclose(read.relief_mm, centred, atol=within_mm)
    assert write(chart) == write(chart)


def test_an_x3p_has_the_checksums_the_standard_asks_for_and_no_date() -> None:
    archive = zipfile.ZipFile(io.BytesIO(write_x3p(make_chart())))
    named, file = archive.read("md5checksum.hex").split()
    assert named.decode() == hashlib.md5(archive.read("main.xml")).hexdigest()
    assert file == b"*main.xml"
    heights = hashlib.md5(archive.read("bindata/data.bin")).hexdigest().encode()
    assert b"<MD5ChecksumPointData>" + heights in archive.read("main.xml")
    assert b"<Date>" not in archive.read("main.xml")


def rewrite(archived: bytes, **members: bytes) -> bytes:
    source, stream = zipfile.ZipFile(io.BytesIO(archived)), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in source.namelist():
            key = name.split("/")[-1].split(".")[0]
            archive.writestr(name, members.get(key, source.read(name)))
    return stream.getvalue()


def test_an_x3p_whose_heights_were_changed_is_refused(tmp_path) -> None:
    data = write_x3p(make_chart())
    heights = bytearray(zipfile.ZipFile(io.BytesIO(data)).read("bindata/data.bin"))
    heights[7] ^= 1
    with pytest.raises(BadInput, match="was changed since it was written") as error:
        read_scan(save(tmp_path / "a.x3p", rewrite(data, data=bytes(heights))), unit=None)
    assert error.value.code == "E-SURF-082"


def test_an_x3p_whose_description_was_changed_is_refused(tmp_path) -> None:
    data = write_x3p(make_chart())
    text = zipfile.ZipFile(io.BytesIO(data)).read("main.xml").replace(b"5e-05", b"5e-06")
    with pytest.raises(BadInput, match="was changed since it was written"):
        read_scan(save(tmp_path / "a.x3p", rewrite(data, main=text)), unit=None)


def test_the_known_slip_of_a_writer_is_told_and_read(tmp_path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that it found no MPI
        from SurfaceTopography import Topography

    relief = make_relief()
    topography = Topography(np.ma.masked_invalid(relief.T), (80 * PIXEL_MM, 60 * PIXEL_MM), unit="mm")
    topography.to_x3p(str(tmp_path / "a.x3p"))
    scan = read_scan(tmp_path / "a.x3p", unit=None)
    assert "known slip of writers" in scan.notes[0]
    assert np.nanmax(np.abs(np.diff(scan.charts[0].relief_mm - relief, axis=0))) < 1e-6


def test_an_x3p_of_ours_opens_in_another_program(tmp_path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that it found no MPI
        from SurfaceTopography.IO.X3P import X3PReader

        topography = X3PReader(str(save(tmp_path / "a.x3p", write_x3p(make_chart())))).topography()
    assert topography.unit == "m"
    assert topography.physical_sizes == pytest.approx((80 * PIXEL_MM / 1000, 60 * PIXEL_MM / 1000))
    heights = np.ma.filled(topography.heights(), np.nan).T * 1000
    np.testing.assert_allclose(heights, make_chart().relief_mm, atol=1e-9)


def test_an_x3p_without_checksum_is_read_and_that_is_said(tmp_path) -> None:
    source, stream = zipfile.ZipFile(io.BytesIO(write_x3p(make_chart()))), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("main.xml", "bindata/data.bin"):
            archive.writestr(name, source.read(name))
    assert "holds no checksum" in read_scan(save(tmp_path / "a.x3p", stream.getvalue()), unit=None).notes[0]
    assert read_scan(save(tmp_path / "b.x3p", write_x3p(make_chart())), unit=None).notes == ()


def test_an_x3p_that_unpacks_to_a_flood_is_refused_before_it_is_unpacked(tmp_path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.xml", b" " * 11_000_000)
    with pytest.raises(BadInput, match="unpacks to far more"):
        read_scan(save(tmp_path / "a.x3p", stream.getvalue()), unit=None)


def test_entities_in_the_description_of_an_x3p_are_refused(tmp_path) -> None:
    data = write_x3p(make_chart())
    text = zipfile.ZipFile(io.BytesIO(data)).read("main.xml").split(b"?>", 1)[1]
    text = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + text
    text = text.replace(b"<FeatureType>SUR", b"<FeatureType>&a;")
    signed = f"{hashlib.md5(text).hexdigest()} *main.xml".encode()
    with pytest.raises(BadInput, match="Entities"):
        read_scan(save(tmp_path / "a.x3p", rewrite(data, main=text, md5checksum=signed)), unit=None)


@pytest.mark.parametrize(
    ("options", "code"), [({"unit": "mm"}, "E-SURF-091"), ({"unit": None, "pixel_mm": 0.1}, "E-SURF-081")]
)
def test_an_option_that_contradicts_an_x3p_is_an_error(tmp_path, options, code) -> None:
    path = save(tmp_path / "a.x3p", write_x3p(make_chart()))
    with pytest.raises(BadInput, match="carries its own") as error:
        read_scan(path, **options)
    assert error.value.code == code


def test_an_option_that_agrees_with_an_x3p_is_taken(tmp_path) -> None:
    path = save(tmp_path / "a.x3p", write_x3p(make_chart()))
    assert read_scan(path, unit="m", pixel_mm=PIXEL_MM).charts[0].pixel_mm == pytest.approx(PIXEL_MM)


def test_a_profile_and_a_layered_x3p_are_refused(tmp_path) -> None:
    x3pio.write(tmp_path / "profile.x3p", np.zeros(100), x_scale=1e-5)
    x3pio.write(tmp_path / "layers.x3p", np.zeros((2, 50, 50)), x_scale=1e-5, y_scale=1e-5)
    for name in ("profile", "layers"):
        with pytest.raises(BadInput, match="not one surface"):
            read_scan(tmp_path / f"{name}.x3p", unit=None)


def test_pixels_that_are_not_square_are_made_square(tmp_path) -> None:
    relief = make_relief()
    x3pio.write(tmp_path / "a.x3p", relief[::2] * 1e-3, x_scale=5e-5, y_scale=1e-4)
    scan = read_scan(tmp_path / "a.x3p", unit=None)
    assert scan.charts[0].shape == (59, 80)
    assert "made square" in scan.notes[0]
    smooth = np.add.outer(np.arange(20.0) * 0.02, np.arange(30.0) * 0.01)
    squared = square_pixels(ScaledMap(smooth, 0.1, 0.2, "mm"))
    np.testing.assert_allclose(squared.heights_mm, np.add.outer(np.arange(39) * 0.01, np.arange(30) * 0.01), atol=1e-6)


def test_points_of_an_x3p_become_a_map(tmp_path) -> None:
    y, x = np.mgrid[:40, :50] * 1e-4
    x3pio.write_points(tmp_path / "a.x3p", np.column_stack([x.ravel(), y.ravel(), (0.1 * x).ravel()]))
    chart = read_scan(tmp_path / "a.x3p", unit=None).charts[0]
    assert chart.shape == (40, 50)
    np.testing.assert_allclose(np.diff(chart.relief_mm, axis=1), 0.01, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), slope_x=st.floats(-0.8, 0.8), slope_y=st.floats(-0.8, 0.8))
def test_scattered_points_of_a_plane_give_that_plane(seed, slope_x, slope_y) -> None:
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, 4, 6000), random.uniform(0, 3, 6000)
    found = grid_points(np.column_stack([x, y, 5 + slope_x * x + slope_y * y]), path=Path("a.xyz"), unit="mm")
    rows, columns = np.indices(found.heights_mm.shape)
    plane = 5 + slope_x * (x.min() + columns * found.column_mm) + slope_y * (y.min() + rows * found.row_mm)
    seen = np.isfinite(found.heights_mm)
    assert seen.mean() > 0.85
    np.testing.assert_allclose(found.heights_mm[seen], plane[seen], atol=1e-9)


@pytest.mark.parametrize("separator", [" ", ";", ",", "\t"])
@pytest.mark.parametrize("head", ["", "x;y;z\n", "# 1200 points\n", "1200\n"])
def test_points_as_text_are_read_however_they_are_separated(tmp_path, separator, head) -> None:
    y, x = np.mgrid[:30, :40] * 0.1
    lines = [
        separator.join([f"{a:.3f}", f"{b:.3f}", f"{0.2 * a:.4f}", "255"]) for a, b in zip(x.flat, y.flat, strict=True)
    ]
    path = save(tmp_path / "a.xyz", (head + "\n".join(lines)).encode())
    assert read_scan(path, unit="mm").charts[0].shape == (30, 40)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (b"hello world\n" * 40, "no line with three numbers"),
        (b"1 2\n" * 400, "no line with three numbers"),
        (b"1 2 3\n1 2 x\n" * 200, "no list of points"),
        (b"1 2 3\n\x00\x00" * 100, "bytes that are no text"),
        (b"1 1 1\n" * 20, "too few points"),
        (b"".join(b"%d 0 1\n" % k for k in range(400)), "lie on a line"),
        (b"1 2 inf\n" * 400, "infinite"),
        (b"1e9 nan 1\n" * 400, "infinite or unknown"),
        (b"1,5 2,0 3,1\n" * 400, "decimal commas: 1,5 2,0 3,1"),
        (b"1,5;2,0;3,1\n" * 400, "decimal commas"),
        (b"1,5,2,0,3,1\n" * 400, "commas that may be decimal ones"),
        (b"1.5D+01 2.0D+00 3.1D-01\n" * 400, "no line with three numbers"),
    ],
)
def test_bad_points_are_refused_in_words(tmp_path, text, match) -> None:
    with pytest.raises(BadInput, match=match):
        read_scan(save(tmp_path / "a.xyz", text), unit="mm")


@pytest.mark.parametrize(
    ("coding", "head"), [("utf-16", ""), ("latin-1", "# H\u00f6he in \u00b5m\n"), ("utf-8-sig", "")]
)
def test_points_are_read_in_the_codings_that_programs_write(tmp_path, coding, head) -> None:
    text = head + write_xyz(make_chart()).decode()
    plain = read_scan(save(tmp_path / "a.xyz", write_xyz(make_chart())), unit="mm").charts[0]
    read = read_scan(save(tmp_path / "b.xyz", text.replace("\n", "\r\n").encode(coding)), unit="mm").charts[0]
    np.testing.assert_array_equal(read.relief_mm, plain.relief_mm)


def test_the_unit_of_points_is_never_guessed(tmp_path) -> None:
    with pytest.raises(BadInput, match="--unit is missing"):
        read_scan(save(tmp_path / "a.xyz", write_xyz(make_chart())), unit=None)


SDF = """aISO-1.0
ManufacID = test
CreateDate = 010120260101
ModDate = 010120260101
NumPoints = 40
NumProfiles = 30
Xscale = 1.0E-04
Yscale = 1.0E-04
Zscale = 1.0E-06
Zresolution = -1
Compression = 0
DataType = 5
CheckType = 0
*
"""


def test_a_file_of_an_instrument_is_read_through_the_extra(tmp_path) -> None:
    heights = np.add.outer(np.arange(30) * 2, np.arange(40) * 10)
    rows = "\n".join(" ".join(str(value) for value in row) for row in heights)
    path = save(tmp_path / "a.sdf", (SDF + rows + "\n*\n").encode())
    chart = read_scan(path, unit=None).charts[0]
    assert chart.shape == (30, 40)
    assert chart.pixel_mm == pytest.approx(0.1)
    np.testing.assert_allclose(np.diff(chart.relief_mm, axis=1), 0.01, atol=1e-6)
    np.testing.assert_allclose(np.diff(chart.relief_mm, axis=0), 0.002, atol=1e-6)


@pytest.mark.parametrize("data", [b"nothing of the kind" * 9, bytes(range(256)) * 20], ids=["text", "bytes"])
def test_a_damaged_file_of_an_instrument_is_refused(tmp_path, capfd, data) -> None:
    with pytest.raises(BadInput, match="damaged, or not what its ending says") as error:
        read_scan(save(tmp_path / "a.plux", data), unit=None)
    # The library prints and quotes what it tried: neither belongs into an answer.
    assert capfd.readouterr().out == ""
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("step", ["0", "nan", "-1.0E-04", "1.0E-20", "1.1E-07"])
def test_an_impossible_spacing_of_an_instrument_is_refused(tmp_path, step) -> None:
    rows = "\n".join(" ".join(str(row + column) for column in range(40)) for row in range(30))
    text = (SDF + rows + "\n*\n").replace("Yscale = 1.0E-04", f"Yscale = {step}")
    with pytest.raises(BadInput, match="not that of a scan of skin"):
        read_scan(save(tmp_path / "a.sdf", text.encode()), unit=None)


def test_a_map_too_long_to_be_made_square_is_refused(tmp_path) -> None:
    x3pio.write(tmp_path / "a.x3p", np.zeros((40, 20)), x_scale=5e-6, y_scale=5e-3)
    with pytest.raises(BadInput, match="too long to be brought onto square pixels") as error:
        read_scan(tmp_path / "a.x3p", unit=None)
    assert error.value.code == "E-SURF-093"


def test_without_the_extra_the_way_out_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "SurfaceTopography", None)
    with pytest.raises(BadInput, match=r"scarplan\[instruments\]"):
        read_scan(save(tmp_path / "a.plux", b"anything"), unit=None)


def test_a_mesh_coloured_by_depth_is_read_back(tmp_path) -> None:
    chart = make_chart()
    drop = np.where(chart.valid, 0.3 * np.exp(-((np.indices(chart.shape)[0] - 30) ** 2) / 50), 0.0)
    data = write_ply([chart], {"map": colour_depths(drop)})
    mesh = trimesh.load_mesh(io.BytesIO(data), file_type="ply", process=False)
    assert len(mesh.vertices) == chart.valid.sum()
    # The front of the mesh is the outside of the skin.
    assert (mesh.face_normals[:, 2] > 0).all()
    assert mesh.area == pytest.approx(3.9 * 2.9, rel=0.3)
    colours = np.asarray(mesh.visual.vertex_colors)[:, :3]
    np.testing.assert_array_equal(colours, colour_depths(drop)[chart.valid])
    read = read_scan(save(tmp_path / "a.ply", data), unit="mm", pixel_mm=0.05)
    assert sum(int(one.valid.sum()) for one in read.charts) > 0.8 * chart.valid.sum()


def test_charts_without_a_place_lie_beside_each_other() -> None:
    charts = [replace(make_chart(), name=name) for name in "ab"]
    data = write_ply(charts, {name: colour_depths(np.zeros(charts[0].shape)) for name in "ab"})
    mesh = trimesh.load_mesh(io.BytesIO(data), file_type="ply", process=False)
    count = int(charts[0].valid.sum())
    first, second = mesh.vertices[:count, 0], mesh.vertices[count:, 0]
    assert first.max() + 4.9 < second.min()
    np.testing.assert_allclose(second - first, 9.0, atol=1e-5)


def test_colours_go_one_way_for_dents_and_the_other_for_raised_places() -> None:
    skin, dent, raised, unseen = colour_depths(np.array([[0.0, 0.4, -0.4, np.nan]]))[0].astype(int)
    assert dent[2] - dent[0] > 40 > skin[2] - skin[0]
    assert raised[0] - raised[2] > 100
    np.testing.assert_array_equal(unseen, skin)


def test_relief_only_leaves_out_form_and_place_and_keeps_scars() -> None:
    y, x = np.mgrid[:600, :800] * 0.1
    scar = 0.3 * np.clip(1 - np.hypot(x - 40, y - 30) / 1.5, 0, None)
    form = 12 * np.exp(-((x - 35) ** 2 + (y - 30) ** 2) / (2 * 20**2)) + 0.4 * x
    relief = form - scar
    relief[:5] = np.nan
    chart = Surface("map", relief, np.isfinite(relief), 0.1, zone="cheek", side="left")
    shown = keep_relief_only(chart)
    assert (shown.zone, shown.side, shown.frame) == (None, None, None)
    inside = shown.relief_mm[60:-60, 60:-60]
    assert np.ptp(form) > 20
    assert np.nanpercentile(inside, 99) - np.nanpercentile(inside, 1) < 1.5
    ring = np.abs(np.hypot(x - 40, y - 30) - 2.0) < 0.2
    depth = float(np.median(shown.relief_mm[ring]) - np.nanmin(shown.relief_mm[250:350, 350:450]))
    assert depth == pytest.approx(0.3, abs=0.02)
