"""The face map: every zone drawn, counts printed on the right side of the picture, words for who cannot see it."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from scarplan.anatomy import all_zones
from scarplan.report.pictures.face_map import ZoneMark, describe_face_map, draw_face_map
from scarplan.report.pictures.face_shapes import ZONE_SHAPES

_SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    """Return each text of the map with its place."""
    found = ElementTree.fromstring(svg).iter(f"{_SVG}text")
    return [(part.text, float(part.get("x")), float(part.get("y"))) for part in found]


def grounds(svg):
    return re.findall(r'fill="(#[0-9a-f]{6})" fill-rule', svg)


def test_every_zone_of_the_atlas_has_a_shape():
    assert set(ZONE_SHAPES) == {zone.id for zone in all_zones()}


def test_the_patients_left_is_on_the_right_of_the_picture():
    svg = draw_face_map({("cheek", "left"): ZoneMark(7, 7), ("cheek", "right"): ZoneMark(2, 2)}, names=False)
    place = {text: x for text, x, _ in texts(svg)}
    assert place["7"] > 0 > place["2"]
    assert place["left"] > 0 > place["right"]


def test_a_count_is_printed_as_a_range_a_number_or_not_known():
    assert (ZoneMark(11, 20).short, ZoneMark(3, 3).short, ZoneMark().short) == ("11–20", "3", "?")
    assert (ZoneMark(11, 20).words, ZoneMark(0, 0).words, ZoneMark().words) == ("11 to 20", "0", "not known")


def test_more_dents_are_never_lighter():
    levels = []
    for low, high in ((0, 0), (1, 4), (5, 10), (11, 20), (21, 60)):
        fresh = draw_face_map({("chin", None): ZoneMark(low, high)}, names=False)
        empty = draw_face_map({}, names=False)
        (ground,) = [one for one, other in zip(grounds(fresh), grounds(empty), strict=True) if one != other]
        levels.append(sum(bytes.fromhex(ground[1:])))
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == 5


def test_a_paired_zone_without_a_side_stands_on_both():
    svg = draw_face_map({("malar", None): ZoneMark(5, 10)}, names=False)
    assert sorted(x for text, x, _ in texts(svg) if text == "5–10") == [-110.0, 110.0]


def test_two_sides_of_a_midline_zone_stand_beside_each_other():
    svg = draw_face_map({("forehead", "left"): ZoneMark(1, 4), ("forehead", "right"): ZoneMark(8, 8)}, names=False)
    place = {text: x for text, x, _ in texts(svg)}
    assert place["8"] < 0 < place["1–4"]


def test_a_needle_length_setting_stands_under_the_count():
    svg = draw_face_map({("cheek", "left"): ZoneMark(5, 10, "1.5 mm")}, names=False)
    at = {text: (x, y) for text, x, y in texts(svg)}
    assert at["1.5 mm"][0] == at["5–10"][0]
    assert at["1.5 mm"][1] > at["5–10"][1]
    alone = draw_face_map({("cheek", "left"): ZoneMark(5, 10, "1.5 mm")}, counts=False)
    assert "5–10" not in [text for text, _, _ in texts(alone) if text]
    assert "1.5 mm" in alone


def test_a_blank_map_has_names_and_nothing_else():
    svg = draw_face_map({("cheek", "left"): ZoneMark(5, 10, "1.5 mm")}, blank=True)
    assert "5–10" not in svg
    assert "1.5 mm" not in svg
    assert set(grounds(svg)) == set(grounds(draw_face_map({}, blank=True)))
    assert "around the mouth" in svg
    assert "to be filled in by hand" in svg


def test_it_is_said_in_words_from_the_forehead_down():
    marks = {("chin", None): ZoneMark(), ("cheek", "left"): ZoneMark(11, 20), ("forehead", None): ZoneMark(0, 0)}
    words = describe_face_map(marks)
    assert words.endswith("forehead: 0; cheek, left: 11 to 20; chin: not known.")
    assert "patient's right is on the left" in words


def test_a_map_without_names_is_the_face_alone_and_the_trunk_only_where_it_counts():
    face = draw_face_map({("cheek", "left"): ZoneMark(1, 4)}, names=False)
    both = draw_face_map({("trunk", None): ZoneMark(1, 4)}, names=False)
    widths = [float(re.search(r'viewBox="\S+ \S+ (\S+)', svg)[1]) for svg in (face, both)]
    assert widths[0] < widths[1]


def test_texts_are_escaped_and_bytes_repeat():
    svg = draw_face_map({("cheek", "left"): ZoneMark(1, 4, "<b>&")})
    assert "<b>" not in svg
    ElementTree.fromstring(svg)
    assert svg == draw_face_map({("cheek", "left"): ZoneMark(1, 4, "<b>&")})


def test_a_zone_that_does_not_exist_is_no_place():
    with pytest.raises(KeyError, match="elbow"):
        draw_face_map({("elbow", None): ZoneMark(1, 4)})
