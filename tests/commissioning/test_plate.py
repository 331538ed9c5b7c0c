"""The plate against closed forms, and its body as STL."""

from __future__ import annotations

import io
import struct
import tomllib
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.commissioning import build_plate, design_plate, map_plate, plate_height_mm, write_stl, write_truth
from scarplan.commissioning.letters import letter_strokes
from scarplan.commissioning.shapes import closed_volume_mm3, reach_mm, share_of_depth, star_height
from scarplan.errors import BadInput
from scarplan.records.phantom_plate import PhantomPlate, PlateFeature, PlateStar, read_phantom_plate
from scarplan.surface.profiles import PhantomScar

FEATURES = design_plate().feature


@pytest.fixture(scope="module")
def body(plate: PhantomPlate) -> tuple[np.ndarray, np.ndarray]:
    return build_plate(plate)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.id)
def test_the_stated_volume_is_that_of_the_shape(feature: PlateFeature) -> None:
    half_x, half_y = reach_mm(feature)
    step = 0.01
    x, y = np.meshgrid(
        feature.x_mm + np.arange(-half_x, half_x + step, step), feature.y_mm + np.arange(-half_y, half_y + step, step)
    )
    summed = feature.depth_mm * share_of_depth(feature, x, y).sum() * step**2
    assert summed == pytest.approx(feature.volume_mm3, rel=2e-3)


def test_round_features_agree_with_the_phantoms_of_the_room_surface() -> None:
    for feature in FEATURES:
        if feature.shape in ("icepick", "boxcar", "rolling", "raised"):
            half = feature.width_mm / 2
            scar = PhantomScar(
                feature.shape, feature.x_mm, feature.y_mm, (half, half), 0.0, feature.depth_mm, feature.floor, 0.1
            )
            assert scar.volume_mm3 == pytest.approx(feature.volume_mm3, abs=1e-6)


def test_the_design_holds_what_it_is_for() -> None:
    small = [f for f in FEATURES if abs(f.depth_mm) == 0.1]
    assert {f.shape for f in small} == {"well", "rolling", "boxcar", "raised"}
    depths = [abs(f.depth_mm) for f in FEATURES if f.shape != "fiducial"]
    widths = [f.width_mm for f in FEATURES]
    assert (min(depths), max(depths)) == (0.05, 1.0)
    assert (min(widths), max(widths)) == (0.5, 6.0)


def test_no_two_features_share_a_rim(plate: PhantomPlate) -> None:
    for place, one in enumerate(plate.feature):
        for other in plate.feature[place + 1 :]:
            apart = [
                abs(a - b) - h - k
                for a, b, h, k in zip(
                    (one.x_mm, one.y_mm), (other.x_mm, other.y_mm), reach_mm(one), reach_mm(other), strict=True
                )
            ]
            round_gap = np.hypot(one.x_mm - other.x_mm, one.y_mm - other.y_mm) - reach_mm(one)[0] - reach_mm(other)[0]
            assert max(*apart, round_gap if "well" not in (one.shape, other.shape) else -9) >= 0.9, (one.id, other.id)
        half_x, half_y = reach_mm(one)
        assert one.x_mm - half_x >= 1.0
        assert one.y_mm - half_y >= 1.0
        assert one.x_mm + half_x <= plate.width_mm - 1.0
        assert one.y_mm + half_y <= plate.height_mm - 1.0


def test_the_flat_area_is_flat(plate: PhantomPlate) -> None:
    left, top, right, bottom = plate.flat_mm
    x, y = np.meshgrid(np.linspace(left, right, 200), np.linspace(top, bottom, 200))
    assert np.abs(plate_height_mm(plate, x, y)).max() == 0.0


def test_the_fiducials_make_a_triangle_that_no_mirror_image_fits() -> None:
    places = np.array([(f.x_mm, f.y_mm) for f in FEATURES if f.shape == "fiducial"])
    sides = sorted(np.linalg.norm(places - np.roll(places, 1, axis=0), axis=1))
    assert min(np.diff(sides)) > 5.0


@given(radius=st.floats(1.0, 7.4), angle=st.floats(0, 2 * np.pi))
def test_the_star_is_nowhere_steeper_than_its_slope(radius: float, angle: float) -> None:
    star = PlateStar(x_mm=0, y_mm=0, inner_mm=0.8, outer_mm=8.0, periods=16, slope=0.4)
    step = 1e-5 * np.array([-1.0, 1.0])
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    slopes = np.diff(star_height(star, x + step, np.full(2, y))), np.diff(star_height(star, np.full(2, x), y + step))
    assert np.hypot(*slopes)[0] / 2e-5 <= 0.4 * np.hypot(1, 1 / 16) + 1e-3


def test_the_body_is_closed_and_has_the_volume_of_the_plate_less_its_scars(
    plate: PhantomPlate, body: tuple[np.ndarray, np.ndarray]
) -> None:
    mesh = trimesh.load(io.BytesIO(write_stl(*body)), file_type="stl")
    assert isinstance(mesh, trimesh.Trimesh)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.bounds.ravel() == pytest.approx([0, 0, 0, 60, 45, 6.2], abs=1e-3)
    step = 0.02
    x, y = np.meshgrid(np.arange(9.5, 26, step), np.arange(37, 41.5, step))
    mark = -plate_height_mm(plate, x, y).sum() * step**2
    block = plate.width_mm * plate.height_mm * plate.thickness_mm
    assert mesh.volume == pytest.approx(block - mark - sum(f.volume_mm3 for f in plate.feature), abs=0.15)


def test_the_upper_side_follows_the_closed_form(plate: PhantomPlate, body: tuple[np.ndarray, np.ndarray]) -> None:
    vertices, faces = body
    top = vertices[faces].reshape(-1, 3, 3)
    top = top[(top[:, :, 2] > plate.thickness_mm - 1.5).all(axis=1)]
    middle = top.mean(axis=1)
    left = middle[:, 2] - plate.thickness_mm
    left -= plate_height_mm(plate, middle[:, 0], plate.height_mm - middle[:, 1])
    inside = (middle[:, 0] > 0.01) & (middle[:, 0] < 59.99) & (middle[:, 1] > 0.01) & (middle[:, 1] < 44.99)
    # The sharp edges of wells and id run through the finest squares of 0.08 mm.
    assert np.percentile(np.abs(left[inside]), 80) < 0.002
    assert np.sqrt(np.mean(left[inside] ** 2)) < 0.004
    assert np.abs(left[inside]).max() < 0.05


def test_the_same_plate_gives_the_same_bytes(plate: PhantomPlate, body: tuple[np.ndarray, np.ndarray]) -> None:
    data = write_stl(*body)
    assert data == write_stl(*build_plate(design_plate()))
    assert struct.unpack("<I", data[80:84])[0] == len(body[1])
    assert len(data) == 84 + 50 * len(body[1])
    assert len(data) < 20e6
    assert not data.startswith(b"solid")  # programs take such a file for text


def test_the_map_lies_on_the_plate(plate: PhantomPlate) -> None:
    surface = map_plate(plate, pixel_mm=0.5)
    assert surface.shape == (91, 121)
    assert surface.relief_mm[39 * 2 + 1, 55 * 2] == pytest.approx(-1.0)


def test_the_truth_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    plate, path = design_plate(), tmp_path / "phantom.toml"
    path.write_text(write_truth(plate), "utf-8")
    assert read_phantom_plate(path) == plate
    assert tomllib.loads(path.read_text("utf-8"))["mark"]["text"] == plate.id


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("depth_mm = 0.05", "depth_mm = 0.05\nmeasured_depth_mm = 0.049", "needs measured_sd_mm"),
        ("depth_mm = 0.05", "depth_mm = 0.05\nmeasured_depth_mm = -0.05\nmeasured_sd_mm = 0.01", "sign of depth_mm"),
        ('id = "well-0.10"', 'id = "well-0.05"', "the same id: well-0.05"),
        ("wall_mm = 0.2\n", "", "a well needs length_mm and wall_mm"),
        ("periods = 16", "periods = 16\nwaves = 3", "waves: unknown key"),
    ],
)
def test_a_mistake_in_the_truth_is_told(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "phantom.toml"
    text = write_truth(design_plate())
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadInput, match=says):
        read_phantom_plate(path)


def test_a_measured_depth_takes_the_place_of_the_nominal_one(plate: PhantomPlate) -> None:
    first = next(f for f in plate.feature if f.id == "well-1.00")
    measured = first.model_copy(update={"measured_depth_mm": 0.95, "measured_sd_mm": 0.002})
    changed = plate.model_copy(update={"feature": (measured,)})
    assert plate_height_mm(changed, np.array([first.x_mm]), np.array([first.y_mm])) == pytest.approx([-0.95])


@settings(max_examples=30)
@given(text=st.text("0123456789ABCDEF", min_size=1, max_size=6))
def test_strokes_stay_on_their_squares(text: str) -> None:
    strokes = list(letter_strokes(text))
    assert all(0 <= a < c <= 4 * len(text) - 1 and 0 <= b < d <= 5 for a, b, c, d in strokes)


def test_a_letter_that_is_not_carved_is_told() -> None:
    with pytest.raises(BadInput, match=r"E-COMM-001.*digits and the letters A to F"):
        list(letter_strokes("12G"))


@given(width=st.floats(1, 8), length=st.floats(1, 8), depth=st.floats(0.05, 1), share=st.floats(0.05, 0.45))
def test_the_volume_of_a_well_lies_between_its_floor_and_its_mouth(
    width: float, length: float, depth: float, share: float
) -> None:
    wall = share * min(width, length)
    well = PlateFeature(
        id="w",
        shape="well",
        x_mm=5,
        y_mm=5,
        width_mm=width,
        length_mm=length,
        depth_mm=depth,
        wall_mm=wall,
        volume_mm3=0,
    )
    floor = (width - 2 * wall) * (length - 2 * wall)
    assert depth * floor < closed_volume_mm3(well) < depth * width * length
