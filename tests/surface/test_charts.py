"""Meshes to charts: heights against known surfaces, transforms, folds, sharing of skin, displacement images."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageFile
from scipy.spatial.transform import Rotation
from surface_files import grid_mesh, mesh_bytes, write_file

from scarplan.errors import BadInput
from scarplan.surface.area import seen_area_cm2, true_area_mm2
from scarplan.surface.charts import make_charts
from scarplan.surface.displacement import Displacement
from scarplan.surface.holes import find_holes
from scarplan.surface.io import read_scan
from scarplan.surface.io.image import read_displacement
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.storage import save_scan

STEP_MM = 0.2


def known_height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A bent patch with a dent; its mesh of 0.2 mm is true to it within 1 um."""
    dent = 0.3 * np.exp(-((x - 9) ** 2 + (y - 8) ** 2) / (2 * 1.2**2))
    return -((x - 10) ** 2) / 140 - (y - 8) ** 2 / 100 - dent


def known_mesh() -> trimesh.Trimesh:
    rows, columns = 81, 101
    y, x = (rows - 1 - np.arange(rows)) * STEP_MM, np.arange(columns) * STEP_MM
    return grid_mesh(known_height(x[None, :], y[:, None]), STEP_MM)


def positions(chart) -> np.ndarray:
    return chart.form_xyz_mm[chart.valid]


@pytest.mark.parametrize("kind", ["ply", "obj", "stl", "glb"])
def test_a_patch_is_one_chart_with_the_known_heights(kind: str, tmp_path: Path) -> None:
    path = write_file(tmp_path, f"patch.{kind}", mesh_bytes(known_mesh(), kind))
    (chart,) = read_scan(path, unit="mm").charts
    x, y, z = positions(chart).T
    assert np.abs(z - known_height(x, y)).max() < 0.002
    assert chart.name == "chart01"
    assert chart.pixel_mm == pytest.approx(0.2, abs=0.011)
    assert chart.sample_mm == pytest.approx(STEP_MM, rel=0.05)
    assert chart.own is None
    assert seen_area_cm2(chart) == pytest.approx(known_mesh().area / 100, rel=0.03)


def test_a_turned_and_moved_patch_has_the_same_heights() -> None:
    mesh = known_mesh()
    turn, move = Rotation.from_euler("xyz", [40, -130, 75], degrees=True), np.array([120.0, -300.0, 55.0])
    turned = TriangleMesh(turn.apply(mesh.vertices) + move, np.asarray(mesh.faces))
    (chart,) = make_charts(turned, pixel_mm=0.1).charts
    x, y, z = turn.inv().apply(positions(chart) - move).T
    assert np.abs(z - known_height(x, y)).max() < 0.002
    assert (x.min(), x.max()) == pytest.approx((0, 20), abs=0.2)
    assert (y.min(), y.max()) == pytest.approx((0, 16), abs=0.2)


def test_columns_run_right_and_rows_run_down_as_seen_from_outside() -> None:
    mesh = known_mesh()
    (chart,) = make_charts(TriangleMesh(np.asarray(mesh.vertices), np.asarray(mesh.faces)), pixel_mm=0.2).charts
    xyz = chart.form_xyz_mm
    rows, columns = chart.shape
    across = xyz[rows // 2, columns - 8] - xyz[rows // 2, 8]
    down = xyz[rows - 8, columns // 2] - xyz[8, columns // 2]
    assert across[0] > 15
    assert down[1] < -10
    deepest = np.unravel_index(np.nanargmin(chart.relief_mm - _bend(chart)), chart.shape)
    np.testing.assert_allclose(xyz[deepest][:2], [9, 8], atol=0.4)


def _bend(chart) -> np.ndarray:
    x, y = chart.form_xyz_mm[..., 0], chart.form_xyz_mm[..., 1]
    return -((x - 10) ** 2) / 140 - (y - 8) ** 2 / 100


def test_a_coarse_mesh_is_curved_between_its_corners() -> None:
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=60.0)  # edges of 4 mm
    cap = sphere.submesh([np.nonzero(sphere.triangles_center[:, 2] > 54.5)[0]], append=True)
    (chart,) = make_charts(TriangleMesh(np.asarray(cap.vertices), np.asarray(cap.faces)), pixel_mm=0.5).charts
    inner = np.linalg.norm(positions(chart)[:, :2], axis=1) < 20
    radius = np.linalg.norm(positions(chart), axis=1)[inner]
    # Flat triangles would lie up to 40 um inside.
    assert np.abs(radius - 60).max() < 0.008


def test_creases_stay_flat() -> None:
    box = trimesh.creation.box(extents=(30, 30, 30))
    charts = make_charts(TriangleMesh(np.asarray(box.vertices, float), np.asarray(box.faces)), pixel_mm=0.5).charts
    for chart in charts:
        corners = np.sort(np.abs(positions(chart)), axis=1)
        assert np.abs(corners[:, 2] - 15).max() < 1e-5  # kept in single precision


def test_the_charts_of_a_sphere_show_all_of_it_once() -> None:
    sphere = trimesh.creation.icosphere(subdivisions=5, radius=50.0)
    found = make_charts(TriangleMesh(np.asarray(sphere.vertices), np.asarray(sphere.faces)), pixel_mm=0.5)
    area = 4 * np.pi * 50.0**2 / 100
    assert len(found.charts) < 2.2 * area / 25  # a chart counts for 25 cm2 at best
    assert sum(seen_area_cm2(chart) for chart in found.charts) == pytest.approx(area, rel=0.03)
    assert sum(true_area_mm2(chart).sum() / 100 for chart in found.charts) > 1.1 * area
    for chart in found.charts:
        assert np.abs(np.linalg.norm(positions(chart), axis=1) - 50).max() < 0.005
        cosine = positions(chart) @ np.array(chart.frame.outward) / 50
        assert cosine.min() > 0.5
        assert max(chart.shape) * chart.pixel_mm <= 61


def test_every_place_lies_well_inside_some_chart() -> None:
    # A scar of 7 mm must lie whole in one chart.
    sphere = trimesh.creation.icosphere(subdivisions=5, radius=50.0)
    charts = make_charts(TriangleMesh(np.asarray(sphere.vertices), np.asarray(sphere.faces)), pixel_mm=0.5).charts
    points = np.random.default_rng(0).standard_normal((60, 3))
    points *= 50 / np.linalg.norm(points, axis=1, keepdims=True)
    whole = 0
    places = [(chart.form_xyz_mm, true_area_mm2(chart)) for chart in charts]
    for point in points:
        seen = [area[np.linalg.norm(xyz - point, axis=2) <= 3.5].sum() for xyz, area in places]
        whole += max(seen) > 0.95 * np.pi * 3.5**2
    assert whole == 60


def test_skin_under_a_fold_is_not_seen_through_it() -> None:
    low = grid_mesh(np.zeros((81, 81)), 0.5)
    high = grid_mesh(np.full((21, 21), 8.0), 0.5)
    high.apply_translation([15, 15, 0])
    both = trimesh.util.concatenate([low, high])
    (chart,) = make_charts(TriangleMesh(np.asarray(both.vertices), np.asarray(both.faces)), pixel_mm=0.5).charts
    assert np.ptp(chart.relief_mm[chart.valid]) < 1e-6
    (hole,) = find_holes(chart)
    assert hole.area_mm2 == pytest.approx(100, rel=0.25)


def test_a_mesh_seen_from_inside_shows_no_skin(tmp_path: Path) -> None:
    mesh = known_mesh()
    mesh.invert()
    scan = read_scan(write_file(tmp_path, "back.ply", mesh_bytes(mesh, "ply")), unit="mm")
    assert np.array(scan.charts[0].frame.outward)[2] < -0.9
    # Two leaves in one place, back to back: neither has an outer side.
    leaves = trimesh.util.concatenate([known_mesh(), mesh])
    with pytest.raises(BadInput, match=r"E-SURF-05[12].*face outwards"):
        read_scan(write_file(tmp_path, "leaves.ply", mesh_bytes(leaves, "ply")), unit="mm")


def test_the_places_of_glb_nodes_are_applied(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    tile = grid_mesh(np.zeros((41, 41)), 0.5)
    scene.add_geometry(tile, transform=trimesh.transformations.translation_matrix([0, 0, 5]))
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    mirror[:3, 3] = [0, 0, 5]
    scene.add_geometry(tile, transform=mirror)
    (chart,) = read_scan(write_file(tmp_path, "two.glb", scene.export(file_type="glb")), unit="mm").charts
    xyz = positions(chart)
    assert np.abs(xyz[:, 2] - 5).max() < 1e-5
    assert (xyz[:, 0].min(), xyz[:, 0].max()) == pytest.approx((-20, 20), abs=0.6)
    assert chart.frame.outward[2] == pytest.approx(1)


def test_the_unit_scales_a_mesh(tmp_path: Path) -> None:
    path = write_file(tmp_path, "patch.ply", mesh_bytes(known_mesh(), "ply"))
    (in_mm,), (in_5mm,) = (
        read_scan(path, unit=unit, pixel_mm=pixel).charts for unit, pixel in (("mm", 0.2), ("2mm", 0.4))
    )
    assert in_5mm.shape == in_mm.shape
    np.testing.assert_allclose(in_5mm.relief_mm, 2 * in_mm.relief_mm, atol=1e-5)


def test_the_same_mesh_gives_the_same_bytes(tmp_path: Path) -> None:
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=50.0)
    path = write_file(tmp_path, "ball.ply", mesh_bytes(sphere, "ply"))
    assert save_scan(read_scan(path, unit="mm")) == save_scan(read_scan(path, unit="mm"))


def test_a_mesh_too_large_for_its_step_is_refused() -> None:
    sphere = trimesh.creation.icosphere(subdivisions=3, radius=400.0)
    with pytest.raises(BadInput, match=r"E-SURF-050.*coarser --pixel-mm"):
        make_charts(TriangleMesh(np.asarray(sphere.vertices), np.asarray(sphere.faces)), pixel_mm=0.1)


# -- displacement ------------------------------------------------------------------------------------------------


def image_bytes(array: np.ndarray, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind)
    return stream.getvalue()


def asymmetric_grey(rows: int = 160, columns: int = 200) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns]
    bump = 8000 * np.exp(-((x - 50) ** 2 + (y - 40) ** 2) / (2 * 12.0**2))
    return (20000 + bump - 3000 * np.exp(-((x - 150) ** 2 + (y - 110) ** 2) / (2 * 15.0**2))).astype(np.uint16)


def textured_scan(folder: Path, **options: Any):
    # A flat mesh of 20 x 16 mm under an image of 200 x 160 texels: 0.1 mm each.
    flat = grid_mesh(np.zeros((81, 101)), 0.2, with_texture=True)
    mesh = write_file(folder, "flat.glb", mesh_bytes(flat, "glb"))
    image = write_file(folder, "relief.png", image_bytes(asymmetric_grey()))
    return read_scan(mesh, unit="mm", displacement=image, displacement_unit="0.05um", **options)


def test_light_texels_stand_out_where_the_texture_says(tmp_path: Path) -> None:
    (chart,) = textured_scan(tmp_path).charts
    relief = chart.relief_mm
    highest = np.unravel_index(np.nanargmax(relief), relief.shape)
    lowest = np.unravel_index(np.nanargmin(relief), relief.shape)
    # Row 40 of the image is at the top (largest y), column 50 a quarter from the left.
    np.testing.assert_allclose(
        chart.form_xyz_mm[highest][:2], [50.5 / 200 * 20.2 - 0.1, 16.1 - 40.5 / 160 * 16.2], atol=0.3
    )
    np.testing.assert_allclose(chart.form_xyz_mm[lowest][:2], [15.1, 5.0], atol=0.4)
    assert np.nanmax(relief) == pytest.approx(8000 * 0.05e-3, rel=0.01)
    assert np.nanmin(relief) == pytest.approx(-3000 * 0.05e-3, rel=0.01)
    assert chart.sample_mm == pytest.approx(0.1, rel=0.05)


def test_displacement_on_a_slope_stands_along_the_normal() -> None:
    x = np.mgrid[:41, :41][1]
    slope = np.tan(np.radians(40))
    flat, steep = (grid_mesh(k * (x * 0.5), 0.5, with_texture=True) for k in (0.0, slope))
    for mesh in (flat, steep):
        corner_uv = np.asarray(mesh.visual.uv)[mesh.faces]
        moved = TriangleMesh(np.asarray(mesh.vertices), np.asarray(mesh.faces), corner_uv)
        grey = np.full((41, 41), 100, np.uint8)
        grey[:, :20] = 101  # a step of 1 mm along the normal, from the median
        (chart,) = make_charts(moved, pixel_mm=0.5, displacement=Displacement(grey, 1.0)).charts
        inner = chart.relief_mm[8:-8]
        assert np.nanmax(inner) - np.nanmin(inner) == pytest.approx(1.0, abs=0.02)


def test_whole_grey_levels_are_made_smooth_within_half_a_level() -> None:
    ramp = np.tile(np.round(np.arange(400) / 8).astype(np.uint8), (50, 1))
    levels = Displacement(ramp, 1.0).levels + np.median(ramp)
    assert np.abs(levels - ramp).max() <= 0.5
    assert np.abs(np.diff(levels, axis=1)).max() < 0.6
    exact = Displacement(ramp.astype(np.float32), 1.0)
    np.testing.assert_array_equal(exact.levels + np.median(ramp), ramp)


MALFORMED_IMAGES = {
    "colour.png": (
        np.dstack([np.arange(256, dtype=np.uint8).reshape(16, 16)] * 2 + [np.zeros((16, 16), np.uint8)]),
        "colour",
    ),
    "even.png": (np.full((16, 16), 9, np.uint8), "one grey level everywhere"),
    "thin.png": (np.arange(16, dtype=np.uint8)[None], "is no grey image"),
    "mask.png": (np.eye(16, dtype=bool), "is no grey image"),
}


@pytest.mark.parametrize("name", MALFORMED_IMAGES)
def test_an_image_that_is_no_displacement_is_refused(name: str, tmp_path: Path) -> None:
    array, words = MALFORMED_IMAGES[name]
    with pytest.raises(BadInput, match=f"E-SURF-041.*{words}"):
        read_displacement(write_file(tmp_path, name, image_bytes(array)))


def test_other_images_are_refused_or_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as a PDF printed before in this process leaves it
    grey = asymmetric_grey()
    with pytest.raises(BadInput, match=r"E-SURF-041.*cannot be read"):
        read_displacement(write_file(tmp_path, "cut.png", image_bytes(grey)[:200]))
    with pytest.raises(BadInput, match=r"E-SURF-041.*an ending that is not an image"):
        read_displacement(write_file(tmp_path, "relief.exr", b"v/1\x01"))
    with pytest.raises(BadInput, match=r"E-SURF-041.*cannot be read"):
        read_displacement(write_file(tmp_path, "words.jpg", b"not a picture"))
    eight = (grey // 256).astype(np.uint8)
    read = read_displacement(write_file(tmp_path, "threefold.jpg", image_bytes(np.dstack([eight] * 3), "JPEG")))
    assert read.shape == grey.shape
    assert np.abs(read.astype(int) - eight).max() <= 3


def test_a_displacement_needs_texture_coordinates_and_a_sensible_unit(tmp_path: Path) -> None:
    image = write_file(tmp_path, "relief.png", image_bytes(asymmetric_grey()))
    bare = write_file(tmp_path, "bare.ply", mesh_bytes(known_mesh(), "ply"))
    with pytest.raises(BadInput, match=r"E-SURF-062.*no texture coordinates"):
        read_scan(bare, unit="mm", displacement=image, displacement_unit="0.05um")
    with pytest.raises(BadInput, match=r"E-SURF-072: wrong unit.*--displacement-unit"):
        read_scan(bare, unit="mm", displacement=image, displacement_unit="1mm")


def _pit_mesh(*, depth: float, width: float, wall: float) -> TriangleMesh:
    x, y = np.meshgrid(np.arange(0, 12.01, 0.05), np.arange(0, 12.01, 0.05))
    mesh = grid_mesh(-depth * np.clip((width / 2 - np.hypot(x - 6, y - 6)) / wall, 0, 1), 0.05)
    return TriangleMesh(np.asarray(mesh.vertices), np.asarray(mesh.faces))


def test_the_steep_wall_of_a_scar_is_seen_to_the_ground() -> None:
    chart = make_charts(_pit_mesh(depth=0.9, width=2.0, wall=0.12), pixel_mm=0.1).charts[0]
    assert chart.valid[2:-2, 2:-2].all()
    assert float(np.nanmax(chart.relief_mm) - np.nanmin(chart.relief_mm)) == pytest.approx(0.9, abs=0.01)


def test_a_deep_hole_such_as_a_nostril_is_not_seen() -> None:
    chart = make_charts(_pit_mesh(depth=6.0, width=5.0, wall=0.12), pixel_mm=0.1).charts[0]
    middle = tuple(side // 2 for side in chart.shape)
    assert not chart.valid[middle]
