"""Charts by zone on a made head: each zone once, true heights and areas, borders shared, nothing left unsaid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_head import landmarks_of_head, make_head, surface_at, write_obj, write_zones, zones_of_head

from scarplan.errors import BadInput
from scarplan.surface.area import seen_area_cm2
from scarplan.surface.displacement import Displacement
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.views import spread_samples
from scarplan.surface.visibility import is_seen_from_outside
from scarplan.surface.zones.face_map import FaceMap
from scarplan.surface.zones.from_record import check_on_mesh, make_face_map
from scarplan.surface.zones.zone_charts import ZoneCharts, make_zone_charts
from scarplan.workflow.scan import scan_surface

PIXEL_MM = 0.4


@pytest.fixture(scope="module")
def head() -> TriangleMesh:
    return make_head()


@pytest.fixture(scope="module")
def face() -> FaceMap:
    return make_face_map(zones_of_head())


@pytest.fixture(scope="module")
def made(head: TriangleMesh, face: FaceMap) -> ZoneCharts:
    return make_zone_charts(head, face, spread_samples(head), pixel_mm=PIXEL_MM)


def places_of(chart, mask: np.ndarray) -> np.ndarray:
    return np.asarray(chart.form_xyz_mm)[mask]


def test_every_zone_and_side_has_its_chart(made: ZoneCharts, face: FaceMap) -> None:
    wanted = {(area.zone, area.side) for area in face.areas if area.zone}
    assert {(chart.zone, chart.side) for chart in made.charts} == wanted
    assert len({chart.name for chart in made.charts}) == len(made.charts) <= 24
    assert {"cheek_left", "cheek_right", "chin"} <= {chart.name for chart in made.charts}


def test_each_chart_owns_its_zone_and_nothing_else(made: ZoneCharts, face: FaceMap) -> None:
    for chart in made.charts:
        areas = [face.areas[number] for number in face.locate(places_of(chart, chart.own)[::7])]
        share = np.mean([(area.zone, area.side) == (chart.zone, chart.side) for area in areas])
        assert share > 0.96, f"{chart.name} owns {share:.2f} of its own zone"  # the border is cut on a grid of 1 mm
        assert not (chart.own & ~chart.valid).any()


def test_what_is_left_out_is_in_no_chart(made: ZoneCharts, face: FaceMap) -> None:
    for chart in made.charts:
        areas = [face.areas[number] for number in face.locate(places_of(chart, chart.valid)[::5])]
        assert np.mean([area.zone is None for area in areas]) < 0.03, chart.name
    assert set(made.left_out_cm2) == {"eyelids, inside the orbital rim", "eyebrows", "lips", "nostrils"}
    assert all(area > 1 for area in made.left_out_cm2.values())


def test_borders_are_shared_and_no_wider_than_the_overlap(made: ZoneCharts) -> None:
    from scipy import ndimage

    for chart in made.charts:
        away = ndimage.distance_transform_edt(~chart.own) * chart.pixel_mm
        border = chart.valid & ~chart.own
        assert away[border].max() < 9, chart.name
        assert border.sum() > 0.1 * chart.own.sum(), chart.name


def test_heights_are_those_of_the_head(made: ZoneCharts) -> None:
    for chart in made.charts:
        places = places_of(chart, chart.valid)[::11]
        x, y = 71.0 * np.arctan2(places[:, 0], places[:, 2]), places[:, 1]
        off = np.linalg.norm(places, axis=1) - np.linalg.norm(surface_at(x, y), axis=1)
        assert np.abs(off).max() < 0.12, f"{chart.name}: {np.abs(off).max():.3f} mm"
        assert np.abs(off).mean() < 0.01, chart.name


def test_areas_of_the_zones_are_true_and_counted_once(made: ZoneCharts, face: FaceMap) -> None:
    step = 0.5
    x, y = np.meshgrid(np.arange(-160, 160, step), np.arange(-169, 85, step))
    places = surface_at(x, y)
    area = np.linalg.norm(np.cross(np.gradient(places, step, axis=1), np.gradient(places, step, axis=0)), axis=-1)
    number = face.locate(places.reshape(-1, 3)).reshape(x.shape)
    for zone, side in {(chart.zone, chart.side) for chart in made.charts}:
        (index,) = (k for k, each in enumerate(face.areas) if (each.zone, each.side) == (zone, side))
        true = float(area[number == index].sum()) * step**2 / 100
        seen = sum(seen_area_cm2(chart) for chart in made.charts if (chart.zone, chart.side) == (zone, side))
        assert seen == pytest.approx(true, rel=0.09, abs=0.6), f"{zone} {side}"


def test_views_keep_distortion_small(made: ZoneCharts) -> None:
    for chart in made.charts:
        flat = chart.own.sum() * chart.pixel_mm**2 / 100
        assert seen_area_cm2(chart) / flat < 1.5, chart.name


def test_only_some_zones(head: TriangleMesh) -> None:
    face = make_face_map(zones_of_head(only=["cheek"]))
    made = make_zone_charts(head, face, spread_samples(head), pixel_mm=0.8)
    assert {chart.name for chart in made.charts} == {"cheek_left", "cheek_right"}


def test_the_same_charts_each_time(head: TriangleMesh) -> None:
    few = make_face_map(zones_of_head(only=["cheek", "chin"]))
    first, second = (make_zone_charts(head, few, spread_samples(head), pixel_mm=1.0) for _ in range(2))
    assert [chart.name for chart in first.charts] == [chart.name for chart in second.charts]
    for one, two in zip(first.charts, second.charts, strict=True):
        assert np.array_equal(one.relief_mm, two.relief_mm, equal_nan=True)


def test_displacement_stands_on_the_skin_of_each_chart(head: TriangleMesh) -> None:
    """A dent of the image, at the border of two zones, has its depth in both charts."""
    grey = np.full((520, 760), 100, np.uint8)  # 0.5 mm a texel of the unrolled head
    rows, columns = np.mgrid[0:520, 0:760]
    x, y = (columns + 0.5) / 2 - 190, 90 - (rows + 0.5) / 2
    grey[np.hypot(x - 60, y + 39) < 2.5] = 60
    face = make_face_map(zones_of_head(only=["cheek", "malar"]))
    made = make_zone_charts(head, face, spread_samples(head), pixel_mm=0.3, displacement=Displacement(grey, 0.01))
    middle = surface_at(np.array(60.0), np.array(-39.0))
    for name in ("cheek_left", "malar_left"):
        (chart,) = (chart for chart in made.charts if chart.name == name)
        away = np.linalg.norm(np.asarray(chart.form_xyz_mm) - middle, axis=-1)
        places = np.asarray(chart.form_xyz_mm)
        beyond = np.linalg.norm(places - [0, 1, 0] * places, axis=-1) - np.linalg.norm(
            surface_at(71.0 * np.arctan2(places[..., 0], places[..., 2]), places[..., 1]) * [1, 0, 1], axis=-1
        )
        assert np.nanmedian(beyond[away < 1.5]) == pytest.approx(-0.4, abs=0.06), name
        assert np.nanmedian(beyond[(away > 5) & (away < 9)]) == pytest.approx(0.0, abs=0.06), name


def test_the_inside_of_a_closed_shell_is_not_seen_from_outside() -> None:
    head = make_head(6.0)
    inner = TriangleMesh(head.vertices_mm * 0.5, head.faces)
    both = TriangleMesh(
        np.concatenate([head.vertices_mm, inner.vertices_mm]),
        np.concatenate([head.faces, inner.faces + len(head.vertices_mm)]),
    )
    middle = both.corners_mm.mean(axis=1)
    normals = both.area_vectors_mm2 / both.areas_mm2[:, None]
    seen = is_seen_from_outside(both, middle, normals)
    outer, count = seen[: len(head.faces)], len(head.faces)
    assert outer.mean() > 0.99
    # The shell is open above, below and behind: only what looks out there is seen.
    front = np.abs(middle[count:, 1]) < 30
    assert seen[count:][front].mean() < 0.35


def test_landmarks_beside_the_mesh_are_named(head: TriangleMesh) -> None:
    far = {name: tuple(10 * value for value in place) for name, place in landmarks_of_head().items()}
    with pytest.raises(BadInput, match=r"19 of 19 picked places do not lie on this mesh.*outer_eye_right \d+ mm away"):
        check_on_mesh(zones_of_head(landmarks=far), spread_samples(head))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, head: TriangleMesh) -> Path:
    folder = tmp_path_factory.mktemp("head")
    write_obj(folder / "head.obj", head)
    write_zones(folder / "zones.toml", landmarks_of_head(), 'only = ["cheek", "chin"]')
    return folder


class TestScan:
    """`scan --zones` on a file."""

    def test_rows_of_charts_and_what_is_left_out(self, folder: Path, tmp_path: Path) -> None:
        result = scan_surface(
            folder / "head.obj", tmp_path / "case", unit="mm", pixel_mm=0.5, zones=folder / "zones.toml"
        )
        assert [(c["name"], c["zone"], c["side"]) for c in result["charts"]] == [
            ("cheek_right", "cheek", "right"), ("cheek_left", "cheek", "left"), ("chin", "chin", None),
        ]  # fmt: skip
        told = " ".join(result["warnings"])
        assert "left out on purpose: eyelids" in told
        assert "no zone is given" not in told
        assert (tmp_path / "case" / "zones.toml").read_bytes() == (folder / "zones.toml").read_bytes()

    def test_other_zones_are_another_scan(self, folder: Path, tmp_path: Path) -> None:
        options = {"unit": "mm", "pixel_mm": 2.0}
        for _ in range(2):
            scan_surface(folder / "head.obj", tmp_path / "case", zones=folder / "zones.toml", **options)
        other = write_zones(tmp_path / "other.toml", landmarks_of_head(), 'only = ["cheek"]')
        with pytest.raises(BadInput, match=r"already holds another scan .*different: zones"):
            scan_surface(folder / "head.obj", tmp_path / "case", zones=other, **options)

    def test_without_zones_the_way_to_them_is_told(self, tmp_path: Path) -> None:
        write_obj(tmp_path / "head.obj", make_head(8.0))
        result = scan_surface(tmp_path / "head.obj", tmp_path / "case", unit="mm", pixel_mm=2.0)
        assert any("scarplan zones FILE" in warning for warning in result["warnings"])

    def test_zones_picked_on_another_file_are_noted(self, folder: Path, tmp_path: Path) -> None:
        zones = write_zones(tmp_path / "z.toml", landmarks_of_head(), f'only = ["chin"]\nmesh_sha256 = "{"ab" * 32}"')
        result = scan_surface(folder / "head.obj", tmp_path / "case", unit="mm", pixel_mm=2.0, zones=zones)
        assert any("picked on another file" in warning for warning in result["warnings"])

    def test_options_that_contradict(self, folder: Path, tmp_path: Path) -> None:
        zones = folder / "zones.toml"
        with pytest.raises(BadInput, match="--zone or --side one alone"):
            scan_surface(folder / "head.obj", tmp_path / "a", unit="mm", zones=zones, zone="cheek")
        with pytest.raises(BadInput, match="do not lie on this mesh"):
            scan_surface(folder / "head.obj", tmp_path / "b", unit="cm", zones=zones)
        np.save(tmp_path / "map.npy", np.zeros((64, 64)))
        with pytest.raises(BadInput, match="--zones belongs to a mesh"):
            scan_surface(tmp_path / "map.npy", tmp_path / "c", unit="mm", pixel_mm=0.1, zones=zones)
        with pytest.raises(BadInput, match="--displacement-flip is given without"):
            scan_surface(folder / "head.obj", tmp_path / "d", unit="mm", displacement_flip=True)

    @pytest.mark.parametrize(
        ("text", "match"),
        [
            ("[landmarks]\nnose_tip = [1, 2]\n", "nose_tip"),
            ("[landmarks]\n", "neither landmarks nor drawn zones"),
            ("landmarks = 3\n", "landmarks"),
            ("picked = 1\n", "unknown key"),
            ("[landmarks]\nnose_tip = [1.0, 2.0, nan]\n", "nose_tip"),
            ("not toml", "not valid TOML"),
        ],
    )  # fmt: skip
    def test_faulty_files_are_refused_in_words(self, folder: Path, tmp_path: Path, text: str, match: str) -> None:
        (tmp_path / "zones.toml").write_text(text, "utf-8")
        with pytest.raises(BadInput, match=match):
            scan_surface(folder / "head.obj", tmp_path / "case", unit="mm", zones=tmp_path / "zones.toml")
        assert not (tmp_path / "case" / "surface.npz").exists()
