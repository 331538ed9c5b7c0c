"""Alignment: known shifts are found again, and landmarks that cannot carry one are refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_photos import picture

from scarplan.evidence import value_of
from scarplan.photographs import align_pair, encode_jpeg, judge_alignment

SIZE = (640, 480)
#: Landmarks of a face in the later photograph.
LATER = {
    "outer_eye_left": (420.0, 150.0), "inner_eye_left": (350.0, 155.0), "outer_eye_right": (210.0, 160.0),
    "nose_tip": (310.0, 250.0), "mouth_left": (370.0, 340.0), "mouth_right": (260.0, 345.0), "chin": (315.0, 430.0),
}  # fmt: skip
SQUARE = ((0, 0), (1, 0), (1, 1), (0, 1))
FOUR = ("outer_eye_left", "outer_eye_right", "mouth_left", "mouth_right")


def move(points: dict, matrix: np.ndarray) -> dict:
    """Return landmarks taken through a homography [3 3]."""
    moved = {}
    for name, (x, y) in points.items():
        u, v, w = matrix @ (x, y, 1.0)
        moved[name] = (u / w, v / w)
    return moved


def turned(degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0, 0), tilt: float = 0.0) -> np.ndarray:
    """Return a homography: scale and turn about the middle, shift, and a slight change of perspective."""
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    x, y = SIZE[0] / 2, SIZE[1] / 2
    return np.array([[c, -s, x - c * x + s * y + shift[0]], [s, c, y - s * x - c * y + shift[1]], [tilt, -tilt, 1.0]])


def only(points: dict, *names: str) -> dict:
    return {name: points[name] for name in names}


class TestFinding:
    @settings(max_examples=25, deadline=None)
    @given(st.floats(-20, 20), st.floats(0.7, 1.4), st.floats(-40, 40), st.sampled_from([4, 5, 6, 7]))
    def test_a_similarity_is_found_exactly(self, degrees, scale, shift, count):
        later = dict(list(LATER.items())[:count]) if count > 4 else only(LATER, *FOUR)
        matrix = turned(degrees, scale, (shift, -shift))
        found = judge_alignment(move(later, matrix), later, sizes_px=(SIZE, SIZE))
        assert found.aligned_by == ("tps" if count >= 6 else "homography")
        assert found.residual_px == pytest.approx(0, abs=1e-3)
        where = np.array([[10.0, 20.0], [600.0, 400.0]])
        assert found.to_earlier(where) == pytest.approx((np.c_[where, [1, 1]] @ matrix.T)[:, :2], abs=1e-3)

    def test_a_homography_is_found_exactly_by_four(self):
        matrix = turned(5, 1.1, (10, 5), tilt=2e-4)
        found = judge_alignment(move(only(LATER, *FOUR), matrix), only(LATER, *FOUR), sizes_px=(SIZE, SIZE))
        assert found.aligned_by == "homography"
        middle = np.array([[320.0, 240.0]])
        u, v, w = matrix @ (320.0, 240.0, 1.0)
        assert found.to_earlier(middle) == pytest.approx(np.array([[u / w, v / w]]), abs=1e-6)

    def test_the_residual_is_what_a_left_out_landmark_misses(self):
        # Of four points under a pure shift one is moved by d: the others put it where it was.
        later = only(LATER, *FOUR)
        earlier = dict(later)
        earlier["mouth_left"] = (later["mouth_left"][0] + 12, later["mouth_left"][1])
        found = judge_alignment(earlier, later, sizes_px=(SIZE, SIZE))
        # The moved one misses by 12, the other three by less, each by at least a part of it.
        assert 6 <= found.residual_px <= 18

    def test_landmarks_of_one_photograph_only_are_left_out(self):
        found = judge_alignment({**LATER, "own_1": (1, 1)}, only(LATER, *FOUR), sizes_px=(SIZE, SIZE))
        assert found.landmarks_common == tuple(sorted(FOUR))


class TestDoubt:
    def judge(self, earlier, later, *, earlier_size=SIZE):
        found = judge_alignment(earlier, later, sizes_px=(earlier_size, SIZE))
        assert found.aligned_by is not None
        assert found.residual_px == pytest.approx(0, abs=1e-6)
        return found.doubt

    @pytest.mark.parametrize("side", [100, 120])
    def test_landmarks_in_one_corner_fit_and_are_doubted(self, side):
        # A square in the corner: 100 x 100 of 640 x 480 pixels are 3.3 %, 120 x 120 are 4.7 %.
        corner = {f"own_{i}": (10.0 + side * x, 10.0 + side * y) for i, (x, y) in enumerate(SQUARE, start=1)}
        moved = {name: (x + 200, y + 100) for name, (x, y) in corner.items()}
        for doubt in (self.judge(corner, moved), self.judge(moved, corner)):
            assert f"the common landmarks enclose {100 * side**2 / (640 * 480):.1f} % of the photograph" in doubt
            assert "mark some that lie farther apart" in doubt

    def test_from_the_stated_share_on_nothing_is_said(self):
        side = 1.001 * np.sqrt(value_of("photographs.landmark_hull_least") * 640 * 480)
        wide = {f"own_{i}": (10.0 + side * x, 10.0 + side * y) for i, (x, y) in enumerate(SQUARE, start=1)}
        assert self.judge(wide, wide) == ""
        assert self.judge(LATER, LATER) == ""

    def test_a_landmark_inside_the_others_encloses_no_more(self):
        corner = {f"own_{i}": (10.0 + 100 * x, 10.0 + 100 * y) for i, (x, y) in enumerate(SQUARE, start=1)}
        assert self.judge({**corner, "chin": (60.0, 61.0)}, {**corner, "chin": (60.0, 61.0)}) == self.judge(
            corner, corner
        )

    def test_each_photograph_is_measured_by_its_own_size(self):
        large = {name: (2 * x, 2 * y) for name, (x, y) in LATER.items()}
        assert self.judge(large, LATER, earlier_size=(1280, 960)) == ""
        assert "enclose" in self.judge(large, LATER, earlier_size=(12800, 9600))

    def test_what_is_not_aligned_is_not_doubted_too(self):
        found = judge_alignment(only(LATER, *FOUR[:3]), LATER, sizes_px=(SIZE, SIZE))
        assert (found.aligned_by, found.doubt) == (None, "")


class TestRefusing:
    def refuse(self, earlier, later) -> str:
        found = judge_alignment(earlier, later, sizes_px=(SIZE, SIZE))
        assert found.aligned_by is None
        assert found.to_earlier is None
        return found.note

    def test_too_few(self):
        assert "3 landmarks in common, at least 4" in self.refuse(only(LATER, *FOUR[:3]), LATER)
        assert "0 landmarks in common" in self.refuse({}, {})

    def test_on_one_line(self):
        line = {f"own_{i}": (100.0 * i, 50.0 + 30 * i) for i in range(1, 6)}
        assert "almost on one line in the earlier" in self.refuse(line, {**line, "own_3": (200.0, 400.0)})
        assert "almost on one line in the later" in self.refuse({**line, "own_3": (200.0, 400.0)}, line)

    def test_at_one_place(self):
        twice = {**LATER, "chin": LATER["nose_tip"]}
        assert "two landmarks lie at one place in the later" in self.refuse(LATER, twice)
        same = dict.fromkeys(FOUR, (5.0, 5.0))
        assert "two landmarks lie at one place" in self.refuse(same, same)

    @pytest.mark.parametrize("shrink", [0.001, 0.005])
    def test_huddled_where_a_finger_cannot_tell_them_apart(self, shrink):
        # All within a few pixels: fitted without any misfit, and the rest of the photograph lands anywhere.
        huddled = {name: (300 + shrink * x, 200 + shrink * y) for name, (x, y) in only(LATER, *FOUR).items()}
        assert "two landmarks lie at one place in the earlier" in self.refuse(huddled, LATER)
        assert "two landmarks lie at one place in the later" in self.refuse(LATER, huddled)

    def test_mirrored(self):
        mirrored = {name: (640 - x, y) for name, (x, y) in LATER.items()}
        assert "mirrored, or left and right landmarks are exchanged" in self.refuse(mirrored, LATER)

    def test_two_exchanged(self):
        wrong = {**LATER, "nose_tip": LATER["mouth_left"], "mouth_left": LATER["nose_tip"]}
        assert "not aligned" in self.refuse(wrong, LATER)

    def test_one_far_off(self):
        wrong = {**LATER, "nose_tip": (610.0, 20.0)}
        assert "not aligned: the landmarks" in self.refuse(wrong, LATER)

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 10_000), st.integers(4, 9))
    def test_landmarks_without_relation_are_refused(self, seed, count):
        rng = np.random.default_rng(seed)
        one, other = ({f"p{i}": tuple(p) for i, p in enumerate(rng.uniform(0, 480, (count, 2)))} for _ in range(2))
        found = judge_alignment(one, other, sizes_px=(SIZE, SIZE))
        # By chance four points may be alike; whatever is accepted fits within the limit and folds nothing.
        if found.aligned_by is not None:
            places = np.array(list(other.values()))
            spread = np.sqrt(((places - places.mean(0)) ** 2).sum(1).mean())
            assert found.residual_px <= 0.15 * spread


@pytest.fixture(scope="module")
def pair():
    """Two photographs of one thing, the later one turned, scaled and shifted."""
    matrix = turned(6, 1.15, (14, -9))
    earlier = picture()
    # later(x) = earlier(matrix x), with the middle of the first pixel at (0.5, 0.5)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    later = cv2.warpPerspective(earlier, np.linalg.inv(np.linalg.inv(half) @ matrix @ half), SIZE)
    return earlier, later, move(LATER, matrix), LATER


class TestPictures:
    @pytest.mark.parametrize("names", [FOUR, tuple(LATER)])
    @pytest.mark.parametrize("longest", [640, 320])
    def test_the_earlier_one_comes_to_lie_on_the_later_one(self, pair, names, longest):
        earlier, later, before, after = pair
        found = align_pair(
            earlier,
            later,
            landmarks_earlier=only(before, *names),
            landmarks_later=only(after, *names),
            long_side_px=longest,
        )
        assert found.is_aligned
        assert found.later.shape == (longest * 3 // 4, longest, 3)
        assert found.earlier.shape == found.later.shape
        assert found.seen.mean() > 0.7
        inner = cv2.erode(found.seen.astype(np.uint8), np.ones((5, 5))).astype(bool)
        off = np.abs(found.earlier.astype(int) - found.later)[inner].mean()
        plain = np.abs(cv2.resize(earlier, found.later.shape[1::-1]).astype(int) - found.later)[inner].mean()
        assert off < 2.0
        assert plain > 10 * off

    def test_the_ghost_is_the_mean_where_both_are_seen(self, pair):
        earlier, later, before, after = pair
        found = align_pair(earlier, later, landmarks_earlier=before, landmarks_later=after)
        ghost = found.ghost().astype(float)
        both = (found.earlier.astype(float) + found.later) / 2
        assert np.abs(ghost - both)[found.seen].max() <= 0.5
        assert np.array_equal(found.ghost()[~found.seen], found.later[~found.seen])
        assert np.array_equal(found.ghost(earlier_share=0.0), found.later)

    def test_without_landmarks_they_stand_side_by_side(self, pair):
        earlier, later, _, _ = pair
        found = align_pair(earlier[:, :400], later, landmarks_earlier={}, landmarks_later={}, long_side_px=320)
        assert not found.is_aligned
        assert found.ghost() is None
        assert found.alignment.note == "not aligned: 0 landmarks in common, at least 4 are needed"
        assert found.side_by_side().shape[0] == 240
        assert found.side_by_side().shape[1] == 200 + 12 + 320

    def test_photographs_of_two_sizes(self, pair):
        earlier, later, before, after = pair
        large = cv2.resize(earlier, (1280, 960), interpolation=cv2.INTER_CUBIC)
        before = {name: (2 * x, 2 * y) for name, (x, y) in before.items()}
        found = align_pair(large, later, landmarks_earlier=before, landmarks_later=after)
        inner = cv2.erode(found.seen.astype(np.uint8), np.ones((5, 5))).astype(bool)
        assert np.abs(found.earlier.astype(int) - found.later)[inner].mean() < 2.5

    def test_jpeg_carries_nothing_else(self, pair):
        data = encode_jpeg(pair[1])
        assert data.startswith(b"\xff\xd8\xff\xe0")
        assert b"Exif" not in data


@pytest.mark.shared
def test_a_real_skin_with_unsteady_taps(shared_folder):
    from PIL import Image

    with Image.open(shared_folder / "data" / "LeePerrySmith" / "Map-COL.jpg") as image:
        face = np.asarray(image.convert("RGB").resize((1024, 1024)))[150:850, 180:850]
    matrix = np.array([[1.05, 0.12, -60], [-0.1, 1.02, 50], [4e-5, -3e-5, 1]])
    later = cv2.warpPerspective(face, np.linalg.inv(matrix), (670, 700), borderValue=(255, 255, 255))
    places = {"own_1": (200, 150), "own_2": (470, 160), "own_3": (330, 330), "own_4": (250, 420), "own_5": (420, 410),
              "own_6": (330, 520)}  # fmt: skip
    rng = np.random.default_rng(0)
    unsteady = {name: tuple(np.add(at, rng.normal(0, 1.5, 2))) for name, at in move(places, matrix).items()}
    found = align_pair(face, later, landmarks_earlier=unsteady, landmarks_later=places)
    assert found.alignment.aligned_by == "tps"
    assert found.alignment.residual_px < 15
    # Between the landmarks every place comes to lie where it belongs, as near as the taps.
    inside = np.array([[300.0, 250.0], [350.0, 400.0], [280.0, 300.0]])
    true = np.array(list(move({str(i): p for i, p in enumerate(inside)}, matrix).values()))
    assert np.linalg.norm(found.alignment.to_earlier(inside) - true, axis=1).max() < 4
