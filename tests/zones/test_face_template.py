"""The template face: landmarks, zones and what is left out, both sides alike."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from scarplan.anatomy import all_zones, face_template
from scarplan.evidence.library import all_sources
from scarplan.surface.zones.face_map import LOW_MM, STEP_MM, raster_template
from scarplan.surface.zones.zones_page import PickedMesh, render_zones_page


def test_every_zone_of_the_face_and_the_neck_has_its_place() -> None:
    placed = {region.zone for region in face_template().regions if region.zone}
    assert placed == {zone.id for zone in all_zones() if zone.on_face or zone.id == "neck"}


def test_landmarks_come_in_the_order_of_clicking_with_words_for_each() -> None:
    marks = face_template().landmarks
    needed = [mark.is_needed for mark in marks]
    assert needed == sorted(needed, reverse=True)
    assert len({mark.id for mark in marks}) == len(marks) == 19
    assert len(face_template().needed) == 12
    words = [mark.words for mark in marks]
    assert len(set(words)) == len(words)
    assert "outer corner of the left eye" in words
    assert all("{" not in word for word in words)
    assert all(mark.term and mark.find for mark in marks)


def test_each_landmark_is_defined_and_sourced_and_own_choices_are_shown_as_assumed() -> None:
    page = render_zones_page(PickedMesh("head.obj", "ab" * 32, "mm", "scarplan scan"), [])
    assumed = set()
    for mark in face_template().landmarks:
        assert all_sources()[mark.source]
        assert len(mark.definition) > 20
        assert mark.definition != mark.find
        if mark.is_assumed:
            assumed.add(mark.term)
        else:
            assert mark.term.removeprefix("near the ").split()[-1][:6] in mark.locator.replace("labrale", "labiale")
            assert mark.verification in ("table", "excerpt", "full_text")
            assert all_sources()[mark.source].title.split(",")[0].rstrip(".") in page
    assert assumed == {"near the tragion", "sellion"}
    assert page.count("assumed: our own choice") == 3  # both ears, and the root of the nose


def test_left_and_right_are_mirror_images() -> None:
    marks = {mark.id: mark for mark in face_template().landmarks}
    for mark in marks.values():
        if mark.side == "left":
            other = marks[mark.id.replace("_left", "_right")]
            assert other.at == (-mark.at[0], mark.at[1])
            assert mark.at[0] > 0
        elif mark.side is None:
            assert mark.at[0] == 0


@pytest.mark.parametrize("leave_out", [(), ("beard",)])
def test_the_raster_is_as_even_as_the_template(leave_out: tuple[str, ...]) -> None:
    areas, raster = raster_template(face_template(), leave_out)
    # Borders that both sides share fall to the later one.
    swapped = np.array([_other_side(areas, number) for number in range(len(areas))])[raster[:, ::-1]]
    assert (swapped == raster).mean() > 0.985
    assert {area.words for area in areas} >= {"lips", "nostrils", "eyebrows"}
    assert ("beard" in {area.words for area in areas}) == bool(leave_out)


def _other_side(areas, number: int) -> int:
    area = areas[number]
    if area.side is None:
        return number
    other = {"left": "right", "right": "left"}[area.side]
    return next(
        k for k, each in enumerate(areas) if (each.zone, each.side, each.words) == (area.zone, other, area.words)
    )


def test_zones_cover_the_face_without_a_gap() -> None:
    _, raster = raster_template(face_template(), ())
    holes = (raster == 0).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(holes, connectivity=4)
    outside = labels[0, 0]
    gaps = [stats[k, cv2.CC_STAT_AREA] / 4 for k in range(1, count) if k != outside]  # mm2 at two pixels a mm
    assert sum(gaps) < 60, f"gaps between zones: {gaps} mm2"


def test_eyes_lips_and_nostrils_lie_where_their_landmarks_are() -> None:
    areas, raster = raster_template(face_template(), ())
    marks = {mark.id: mark.at for mark in face_template().landmarks}
    middle_of_eye = ((marks["outer_eye_left"][0] + marks["inner_eye_left"][0]) / 2, 1.0)
    middle_of_lips = (0.0, (marks["lip_top"][1] + marks["lip_bottom"][1]) / 2)
    assert _words_at(areas, raster, middle_of_eye) == "eyelids, inside the orbital rim"
    assert _words_at(areas, raster, middle_of_lips) == "lips"
    assert _words_at(areas, raster, (marks["nose_tip"][0], marks["nose_tip"][1])) == "tip and wings of the nose"
    assert _words_at(areas, raster, (0.0, 50.0)) == "forehead"
    assert _words_at(areas, raster, (60.0, -60.0)) == "cheek"


def _words_at(areas, raster, place) -> str:
    column, row = (round((place[axis] - LOW_MM[axis]) / STEP_MM) for axis in (0, 1))
    return areas[raster[row, column]].words
