"""Where a point of the mesh lies on the face: frame, warp, landmarks and drawn outlines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_head import RADIUS, landmarks_of_head, surface_at, zones_of_head
from scipy.interpolate import RBFInterpolator
from scipy.spatial.transform import Rotation

from scarplan.errors import BadInput
from scarplan.records.face_zones import FaceZones
from scarplan.surface.zones.face_frame import FaceFrame
from scarplan.surface.zones.face_map import FaceMap
from scarplan.surface.zones.from_record import make_face_map
from scarplan.surface.zones.warp import Warp

PLACES = {
    (0.0, 50.0): ("forehead", None),
    (80.0, 25.0): ("temple", "left"),
    (-80.0, 25.0): ("temple", "right"),
    (40.0, -15.0): ("periorbital", "left"),
    (0.0, -8.0): ("nasal_bridge", None),
    (0.0, -25.0): ("nose_tip", None),
    (70.0, -25.0): ("malar", "left"),
    (-60.0, -60.0): ("cheek", "right"),
    (0.0, -47.0): ("upper_lip", None),
    (0.0, -95.0): ("chin", None),
    (70.0, -90.0): ("jawline", "left"),
    (0.0, -140.0): ("neck", None),
    (30.0, 3.0): (None, None),
    (0.0, -62.0): (None, None),
}


def area_names(face: FaceMap, points: np.ndarray) -> list[tuple[str | None, str | None]]:
    return [(face.areas[number].zone, face.areas[number].side) for number in face.locate(points)]


def places_on_head() -> np.ndarray:
    return np.array([surface_at(np.array(x), np.array(y)) for x, y in PLACES])


def test_each_place_of_the_made_head_is_in_its_zone() -> None:
    assert area_names(make_face_map(zones_of_head()), places_on_head()) == list(PLACES.values())


def test_the_needed_landmarks_alone_place_the_zones() -> None:
    face = make_face_map(FaceZones(landmarks=landmarks_of_head(only_needed=True)))
    assert area_names(face, places_on_head()) == list(PLACES.values())


@settings(max_examples=15, deadline=None)
@given(
    turn=st.tuples(*[st.floats(-3, 3) for _ in range(3)]),
    shift=st.tuples(*[st.floats(-500, 500) for _ in range(3)]),
    size=st.floats(0.8, 1.25),
)
def test_zones_do_not_depend_on_where_the_head_lies_or_how_large_it_is(turn, shift, size) -> None:
    move = Rotation.from_rotvec(turn)
    landmarks = {k: tuple(size * move.apply(v) + shift) for k, v in landmarks_of_head().items()}
    face = FaceMap.of(landmarks)
    assert area_names(face, size * move.apply(places_on_head()) + np.array(shift)) == list(PLACES.values())


def test_the_frame_of_the_made_head_is_known() -> None:
    frame = FaceFrame.of(landmarks_of_head())
    assert frame.axes @ frame.axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert frame.axes[0] == pytest.approx([1, 0, 0], abs=1e-9)
    assert frame.axes[1, 1] > 0.98
    assert frame.radius_mm == pytest.approx(RADIUS, rel=0.02)


def test_a_face_seen_in_a_mirror_is_refused() -> None:
    swapped = {
        name.replace("left", "?").replace("right", "left").replace("?", "right"): place
        for name, place in landmarks_of_head().items()
    }
    with pytest.raises(BadInput, match="not those of a face"):
        FaceFrame.of(swapped)


def test_a_landmark_in_the_wrong_place_is_refused() -> None:
    with pytest.raises(BadInput, match="not those of a face"):
        FaceFrame.of(landmarks_of_head() | {"chin_low": (0.0, 40.0, 90.0)})


@pytest.mark.parametrize("size", [0.1, 0.4, 2.0, 10.0])
def test_a_face_told_in_a_wrong_unit_is_refused(size: float) -> None:
    with pytest.raises(BadInput, match=r"E-ZONE-014.*corners of the eyes \d+ mm apart.*--unit"):
        FaceFrame.of({name: tuple(size * np.array(place)) for name, place in landmarks_of_head().items()})


class TestWarp:
    """The thin-plate spline against another implementation."""

    def test_agrees_with_scipy(self) -> None:
        rng = np.random.default_rng(1)
        start, end, others = rng.normal(size=(12, 2)) * 40, rng.normal(size=(12, 2)) * 40, rng.normal(size=(50, 2)) * 60
        ours = Warp.through(start, end)
        theirs = RBFInterpolator(start, end, kernel="thin_plate_spline", degree=1)
        assert ours(start) == pytest.approx(end, abs=1e-7)
        assert ours(others) == pytest.approx(theirs(others), abs=1e-6)

    def test_an_even_map_stays_even_everywhere(self) -> None:
        rng = np.random.default_rng(2)
        start, turn = rng.normal(size=(6, 2)) * 30, np.array([[1.2, 0.3], [-0.2, 0.9]])
        others = rng.normal(size=(20, 2)) * 500
        assert Warp.through(start, start @ turn + [3, 4])(others) == pytest.approx(others @ turn + [3, 4], abs=1e-6)


class TestDrawn:
    """Outlines drawn on a view."""

    OUTLINE = tuple(
        tuple(surface_at(np.array(x), np.array(y)).tolist()) for x, y in ((50, -45), (80, -45), (80, -70), (50, -70))
    )
    SEEN_FROM = (float(np.sin(65 / RADIUS)), 0.0, float(np.cos(65 / RADIUS)))

    def record(self, **more) -> FaceZones:
        drawn = {"zone": "chin", "seen_from": self.SEEN_FROM, "outline_mm": self.OUTLINE} | more
        return zones_of_head(drawn=[drawn])

    def test_a_drawn_zone_lies_over_those_by_landmarks(self) -> None:
        face = make_face_map(self.record())
        inside, beside, behind = surface_at(np.array([65.0, 40.0, -65.0]), np.array([-57.0, -57.0, -57.0]))
        assert area_names(face, np.array([inside, beside, behind])) == [
            ("chin", None), ("cheek", "left"), ("cheek", "right"),
        ]  # fmt: skip

    def test_skin_drawn_to_be_left_out_is_in_no_zone(self) -> None:
        face = make_face_map(self.record(zone="leave_out"))
        (number,) = face.locate(surface_at(np.array([65.0]), np.array([-57.0])))
        assert face.areas[number].zone is None
        assert number > 0

    def test_drawn_zones_do_without_landmarks(self) -> None:
        drawn = {"zone": "cheek", "side": "left", "seen_from": self.SEEN_FROM, "outline_mm": self.OUTLINE}
        face = make_face_map(FaceZones.model_validate({"drawn": [drawn]}))
        points = surface_at(np.array([65.0, 0.0]), np.array([-57.0, 50.0]))
        assert area_names(face, points) == [("cheek", "left"), (None, None)]

    def test_skin_that_faces_away_is_not_drawn_on(self) -> None:
        face = make_face_map(self.record())
        point = surface_at(np.array([65.0]), np.array([-57.0]))
        away = -np.array([self.SEEN_FROM])
        assert face.areas[face.locate(point, away)[0]].zone == "cheek"

    def test_an_outline_on_one_line_is_refused(self) -> None:
        with pytest.raises(BadInput, match="encloses no skin"):
            make_face_map(self.record(outline_mm=[(0, 0, 0), (10, 0, 0), (20, 0, 0)]))

    def test_an_outline_that_crosses_itself_is_refused(self) -> None:
        one, two, three, four = self.OUTLINE
        with pytest.raises(BadInput, match="drawn zone 1 crosses itself"):
            make_face_map(self.record(outline_mm=(one, three, two, four)))
        # Going round the other way, a corner twice, or a notch is no crossing.
        inner = tuple(np.mean([one, two, three, four], axis=0).tolist())
        for outline in ((four, three, two, one), (one, two, two, three, four), (one, two, inner, three, four)):
            make_face_map(self.record(outline_mm=outline))


class TestNames:
    """Names that a person may have typed."""

    def test_a_misspelt_landmark_is_named_with_the_nearest(self) -> None:
        with pytest.raises(BadInput, match="did you mean 'nose_tip'"):
            make_face_map(FaceZones(landmarks=landmarks_of_head() | {"nosetip": (0.0, 0.0, 0.0)}))

    def test_missing_landmarks_are_listed(self) -> None:
        marks = landmarks_of_head()
        del marks["mouth_left"], marks["ear_front_right"]
        with pytest.raises(BadInput, match="mouth_left, ear_front_right"):
            make_face_map(FaceZones(landmarks=marks))

    def test_only_takes_names_and_aliases(self) -> None:
        assert make_face_map(zones_of_head(only=["cheeks", "chin"])).only == {"cheek", "chin"}
        with pytest.raises(BadInput, match="no zone is called so"):
            make_face_map(zones_of_head(only=["elbow"]))

    def test_only_zones_that_are_there_can_be_asked_for(self) -> None:
        with pytest.raises(BadInput, match=r"neither on the face nor drawn\. Got: trunk"):
            make_face_map(zones_of_head(only=["cheeks", "trunk"]))

    def test_two_landmarks_in_one_place_are_refused(self) -> None:
        marks = landmarks_of_head()
        with pytest.raises(BadInput, match=r"two landmarks lie in one place\. Got: mouth_(left|right) and mouth_"):
            make_face_map(FaceZones(landmarks=marks | {"mouth_left": marks["mouth_right"]}))

    def test_nothing_at_all_is_refused(self) -> None:
        with pytest.raises(ValueError, match="neither landmarks nor drawn zones"):
            FaceZones()
