"""The page for picking zones, in Chromium: by mouse and keyboard; what it saves and shows is what the command reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from made_head import landmarks_of_head, make_head, zones_of_head

from scarplan.anatomy import face_template
from scarplan.records.face_zones import FaceZones
from scarplan.surface.zones.face_map import FaceMap
from scarplan.surface.zones.from_record import make_face_map
from scarplan.surface.zones.portrait import Portrait, make_portraits
from scarplan.surface.zones.zones_page import PickedMesh, render_zones_page

pytestmark = pytest.mark.browser

MESH = PickedMesh("head <b>.obj", "ab" * 32, "mm", "scarplan scan head.obj CASE --unit mm --zones zones.toml")
MARKS = {mark.id: mark for mark in face_template().landmarks}


@pytest.fixture(scope="module")
def portraits() -> list[Portrait]:
    return list(make_portraits(make_head(3.0), up=(0.0, 1.0, 0.0), front=(0.0, 0.0, 1.0)))


class ZonesPage:
    """The page as a clinician uses it: places are points on the head, mm."""

    def __init__(self, page, portraits: list[Portrait]) -> None:
        self.page, self.portraits = page, {portrait.name: portrait for portrait in portraits}

    @property
    def view(self) -> Portrait:
        return self.portraits[self.page.evaluate("document.querySelector('input[name=view]:checked').value")]

    def on_screen(self, place: tuple[float, float, float]) -> tuple[float, float]:
        seen = self.page.evaluate("document.getElementById('picture').getBoundingClientRect().toJSON()")
        column, row = pixel_of(self.view, np.array(place))
        rows, columns = self.view.depth_mm.shape
        return seen["x"] + column / columns * seen["width"], seen["y"] + row / rows * seen["height"]

    def click(self, place: tuple[float, float, float]) -> None:
        self.page.mouse.click(*self.on_screen(place))

    def choose(self, group: str, value: str) -> None:
        self.page.locator(f"input[name={group}][value={value}]").check(force=True)

    @property
    def said(self) -> str:
        return self.page.inner_text("#said")

    @property
    def asked(self) -> str:
        return self.page.locator("#landmark").input_value()

    def text(self) -> FaceZones:
        return FaceZones.model_validate(tomllib.loads(self.page.locator("#text").input_value()))

    def save(self, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.click("#save")
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path


def pixel_of(view: Portrait, place: np.ndarray) -> tuple[float, float]:
    right, down, from_corner = np.array(view.right), np.array(view.down), place - np.array(view.corner_mm)
    return float(from_corner @ right / (right @ right)), float(from_corner @ down / (down @ down))


@pytest.fixture
def opened(page, portraits, tmp_path):
    def start(given: FaceZones | None = None) -> ZonesPage:
        (tmp_path / "zones.html").write_text(render_zones_page(MESH, portraits, given=given), "utf-8")
        page.goto((tmp_path / "zones.html").as_uri())
        return ZonesPage(page, portraits)

    return start


def test_landmarks_are_asked_for_in_turn_and_saved_where_they_were_clicked(opened, tmp_path) -> None:
    zones = opened()
    assert zones.said.startswith("12 needed, now: outer corner of the right eye")
    truth, asked = landmarks_of_head(), []
    while MARKS[zones.asked].is_needed and zones.asked not in asked:
        asked.append(zones.asked)
        assert zones.view.name == MARKS[zones.asked].view
        zones.click(truth[zones.asked])
    assert asked == list(face_template().needed)
    assert zones.said.startswith("Marked: front of the right ear. The zones are shown")
    zones.page.fill("#who", "N. Example")
    zones.page.locator("#who").blur()
    saved = zones.save(tmp_path)
    assert saved.name == "zones.toml"
    record = FaceZones.model_validate(tomllib.loads(saved.read_text("utf-8")))
    assert record.picked_by == "N. Example"
    assert record.mesh_sha256 == MESH.sha256
    for name, place in record.landmarks.items():
        assert place == pytest.approx(truth[name], abs=1.6), name  # a pixel on screen and one of the depth
    assert isinstance(make_face_map(record), FaceMap)


def test_the_zones_shown_are_those_of_the_command(opened, portraits) -> None:
    given = zones_of_head()
    zones, face = opened(given), make_face_map(given)
    for name in ("front", "left45", "right90"):
        zones.choose("view", name)
        shown = np.array(
            zones.page.evaluate(
                """() => { const c = document.getElementById('areas');
                const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                return [c.width, c.height, ...Array.from(d).filter((_, i) => i % 4 === 3)]; }"""
            )
        )
        width, height, painted = shown[0], shown[1], shown[2:].reshape(shown[1], shown[0]) > 0
        view = zones.view
        depth = view.depth_mm[::4, ::4][:height, :width]
        rows, columns = np.nonzero(np.isfinite(depth))
        places = (
            np.array(view.corner_mm)
            + 4 * columns[:, None] * np.array(view.right)
            + 4 * rows[:, None] * np.array(view.down)
            + depth[rows, columns][:, None] * np.array(view.outward)
        )
        truth = face.locate(places) > 0
        assert (painted[rows, columns] == truth).mean() > 0.99, name
        assert 0.1 < truth.mean() < 0.95


def test_a_landmark_is_mended_by_dragging_and_undone(opened) -> None:
    zones = opened(zones_of_head())
    before = zones.text().landmarks["nose_tip"]
    start = zones.on_screen(before)
    zones.page.mouse.move(*start)
    zones.page.mouse.down()
    zones.page.mouse.move(start[0] + 20, start[1] + 20, steps=4)
    zones.page.mouse.up()
    assert zones.said == "Moved: tip of the nose."
    after = zones.text().landmarks["nose_tip"]
    assert after[0] > before[0] + 3
    assert after[1] < before[1] - 3
    zones.page.click("#undo")
    assert zones.text().landmarks["nose_tip"] == before


def test_a_click_beside_the_face_marks_nothing(opened) -> None:
    zones = opened()
    box = zones.page.locator("#stage").bounding_box()
    zones.page.mouse.click(box["x"] + 20, box["y"] + box["height"] - 20)
    assert zones.said == "That is beside the face."
    assert "0 landmarks" in zones.page.inner_text("#sum")


def test_a_zone_is_drawn_corner_by_corner(opened) -> None:
    zones = opened(zones_of_head())
    zones.choose("what", "draw")
    zones.page.select_option("#zone", "cheek")
    zones.choose("side", "left")
    zones.choose("view", "left45")
    marks = landmarks_of_head()
    corners = [np.array(marks[name]) for name in ("outer_eye_left", "ear_front_left", "jaw_angle_left", "mouth_left")]
    middle = np.mean(corners, axis=0)
    wanted = []
    for corner in corners:
        place = 0.6 * corner + 0.4 * middle  # seen as a pixel; the skin there is what counts
        wanted.append(place)
    for number in (0, 2, 1, 3):
        zones.click(tuple(wanted[number]))
    zones.page.click("#close")
    assert zones.said == "The lines of the outline cross. Undo corners until they do not."
    for _ in range(3):
        zones.page.click("#undo")
    for place in wanted[1:]:
        zones.click(tuple(place))
    assert zones.said == "Tap the next corner, or close the outline."
    zones.page.click("#close")
    (drawn,) = zones.text().drawn
    assert (drawn.zone, drawn.side, len(drawn.outline_mm)) == ("cheek", "left", 4)
    assert drawn.seen_from == pytest.approx(zones.view.outward, abs=1e-3)
    for place, corner in zip(wanted, drawn.outline_mm, strict=True):
        assert np.hypot(*np.subtract(pixel_of(zones.view, np.array(corner)), pixel_of(zones.view, place))) < 4
    zones.page.click("#undo")
    assert not zones.text().drawn


def test_too_few_corners_and_no_landmarks_are_told(opened) -> None:
    zones = opened()
    zones.page.click("#save")
    assert zones.said == "Nothing is marked yet."
    zones.click(landmarks_of_head()["outer_eye_right"])
    zones.page.click("#save")
    assert zones.said.startswith("Still needed: outer corner of the left eye")


def test_left_and_right_exchanged_are_told_at_once(opened) -> None:
    swapped = landmarks_of_head()
    for name in ("outer_eye", "inner_eye", "nose_wing", "mouth", "ear_front", "jaw_angle"):
        swapped[f"{name}_left"], swapped[f"{name}_right"] = swapped[f"{name}_right"], swapped[f"{name}_left"]
    zones = opened(zones_of_head(landmarks=swapped))
    assert "left and right exchanged" in zones.said
    zones.page.click("#save")
    assert "left and right exchanged" in zones.said


def test_by_keyboard_alone(opened) -> None:
    zones = opened()
    zones.page.focus("#stage")
    zones.page.keyboard.press("Enter")
    zones.page.keyboard.press("ArrowLeft")
    zones.page.keyboard.press("Enter")
    assert list(zones.text().landmarks) == ["outer_eye_right"]
    zones.page.keyboard.press("2")
    assert zones.view.name == "left45"
    zones.page.keyboard.press("u")
    assert "0 landmarks" in zones.page.inner_text("#sum")


def test_unsaved_work_comes_back(opened) -> None:
    zones = opened()
    zones.click(landmarks_of_head()["outer_eye_right"])
    kept = zones.text().landmarks
    zones.page.reload()
    assert zones.text().landmarks == kept
    assert zones.said.startswith("Your unsaved work is back.")


def test_the_beard_is_left_out_when_asked(opened) -> None:
    zones = opened(zones_of_head())
    zones.page.locator("#beard").check()
    assert zones.text().leave_out == ("beard",)


def test_a_name_of_a_file_is_shown_as_text(opened) -> None:
    assert "head <b>.obj" in opened().page.inner_text("header")
