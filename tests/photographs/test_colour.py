"""Colour with a chart: a chart and skin painted under coloured light give back the colours they were painted with."""

from __future__ import annotations

import math

import colour
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.evidence import value_of
from scarplan.photographs.chart import PATCH_NAMES, to_linear
from scarplan.photographs.colour import NO_CHART, classify_angle, read_colour, typology_angle
from scarplan.photographs.marks import Marks, SkinPatch

D65 = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"]
CELL, LEFT, TOP = 70, 60, 50
SKIN = {"reference": (66.0, 11.0, 17.0), "patch_1": (45.0, 14.0, 17.0), "patch_2": (62.0, 19.0, 16.0)}
#: Warm, cold and greenish light of one lamp: what it does to linear red, green and blue, with a little mixing.
LIGHTS = {
    "daylight": np.eye(3) * 0.8,
    "lamp": np.array([[0.85, 0.04, 0.0], [0.02, 0.62, 0.02], [0.0, 0.04, 0.36]]),
    "shade": np.array([[0.45, 0.02, 0.0], [0.02, 0.6, 0.03], [0.0, 0.03, 0.75]]),
}


def true_chart_xyz() -> np.ndarray:
    """Return the 24 patches under D65, from the data by another way than the product: by their Lab values."""
    checker = colour.CCS_COLOURCHECKERS["ColorChecker24 - After November 2014"]
    lab = colour.XYZ_to_Lab(colour.xyY_to_XYZ(np.array(list(checker.data.values()))), checker.illuminant)
    given_xyz = colour.Lab_to_XYZ(lab, checker.illuminant)
    bradford = colour.adaptation.matrix_chromatic_adaptation_VonKries(
        colour.xy_to_XYZ(checker.illuminant), colour.xy_to_XYZ(D65), transform="Bradford"
    )
    return given_xyz @ bradford.T


def encode(linear: np.ndarray, *, gamma: float = 1.0) -> np.ndarray:
    """Return linear light as sRGB levels; `gamma` bends the tone as a camera does that beautifies."""
    light = np.clip(linear, 0, 1) ** gamma
    return np.rint(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)).astype(
        np.uint8
    )


def paint(light: np.ndarray, *, gamma: float = 1.0, exposure: float = 1.0, contrast: float = 0.0) -> np.ndarray:
    """Return a photograph of a chart and three patches of skin under a light."""
    skin = colour.Lab_to_XYZ(np.array(list(SKIN.values())), D65)
    to_rgb = colour.models.RGB_COLOURSPACE_sRGB.matrix_XYZ_to_RGB
    linear = exposure * np.vstack([true_chart_xyz(), skin]) @ to_rgb.T @ light.T
    scene = np.full((520, 560, 3), 0.02)
    for i in range(24):
        row, column = divmod(i, 6)
        y, x = TOP + row * CELL, LEFT + column * CELL
        scene[y : y + 60, x : x + 60] = linear[i]
    for i in range(3):
        scene[380:480, 60 + 150 * i : 160 + 150 * i] = linear[24 + i]
    levels = encode(scene, gamma=gamma) / 255
    # The contrast that telephones add: an S-curve on the finished picture.
    return np.rint(255 * ((1 - contrast) * levels + contrast * levels**2 * (3 - 2 * levels))).astype(np.uint8)


def corner(column: int, row: int) -> tuple[float, float]:
    return LEFT + 30.0 + column * CELL, TOP + 30.0 + row * CELL


CHART = {"dark_skin": corner(0, 0), "bluish_green": corner(5, 0), "black": corner(5, 3), "white": corner(0, 3)}
PATCHES = {
    name: SkinPatch((110.0 + 150 * i, 430.0), (140.0 + 150 * i, 430.0) if i else None) for i, name in enumerate(SKIN)
}
MARKS = Marks(chart=CHART, skin=PATCHES)


class TestReading:
    @pytest.mark.parametrize("light", LIGHTS)
    def test_known_colours_are_found_again_under_any_light(self, light):
        found = read_colour(paint(LIGHTS[light]), MARKS)
        assert found.is_read
        assert found.patches_used == 24
        assert found.residual_mean < 1.0
        for skin in found.skin:
            true = SKIN[skin.name]
            assert skin.lab == pytest.approx(true, abs=1.0)
            angle = math.degrees(math.atan2(true[0] - 50, true[2]))
            assert abs(skin.ita_deg - angle) < skin.give_or_take_deg < 3
            assert classify_angle(angle) in skin.classes_possible

    @pytest.mark.parametrize("contrast", [0.15, 0.3, 0.5])
    @pytest.mark.parametrize("light", LIGHTS)
    def test_what_a_telephone_bends_is_within_the_give_or_take(self, light, contrast):
        found = read_colour(paint(LIGHTS[light], contrast=contrast), MARKS)
        assert found.is_read
        for skin in found.skin:
            lightness, _, b = SKIN[skin.name]
            angle = math.degrees(math.atan2(lightness - 50, b))
            assert abs(skin.ita_deg - angle) < skin.give_or_take_deg
            assert skin.give_or_take_deg < 25
            assert classify_angle(angle) in skin.classes_possible
            if skin.redness_difference is not None:
                true = SKIN[skin.name][1] - SKIN["reference"][1]
                assert abs(skin.redness_difference - true) < skin.redness_give_or_take < 20

    @pytest.mark.parametrize("light", LIGHTS)
    def test_erythema_and_angle_have_a_standard_deviation_by_the_chart(self, light):
        plain, bent = (read_colour(paint(LIGHTS[light], contrast=contrast), MARKS).skin for contrast in (0.0, 0.3))
        for skin, worse in zip(plain, bent, strict=True):
            true = SKIN[skin.name]
            angle = math.degrees(math.atan2(true[0] - 50, true[2]))
            assert skin.erythema == skin.lab[1] == pytest.approx(true[1], abs=1.0)
            assert 0 < skin.erythema_sd < worse.erythema_sd
            assert abs(worse.erythema - true[1]) < 2.6 * worse.erythema_sd
            assert 0 < skin.ita_sd_deg < worse.ita_sd_deg < worse.give_or_take_deg
            assert abs(worse.ita_deg - angle) < 2.6 * worse.ita_sd_deg
            # One sd of the distance from the point (b*, L* - 50) to the origin, seen as an angle.
            radius = math.hypot(worse.lab[0] - 50, worse.lab[2])
            sines = (math.sin(math.radians(turn)) for turn in (worse.ita_sd_deg, worse.give_or_take_deg))
            one, interval = (radius * sine for sine in sines)
            assert interval == pytest.approx(1.959964 * one, rel=1e-6)

    def test_erythema_is_told_where_no_angle_is(self):
        blue = paint(LIGHTS["daylight"])
        blue[380:480, 210:310] = (120, 120, 160)
        patch = read_colour(blue, MARKS).skin[0]
        assert (patch.name, patch.ita_sd_deg) == ("patch_1", None)
        assert patch.erythema == patch.lab[1]
        assert patch.erythema_sd > 0

    def test_every_class_within_the_give_or_take_is_told(self):
        found = read_colour(paint(LIGHTS["daylight"], contrast=0.5), MARKS)
        assert found.is_read
        for skin in found.skin:
            low, high = (skin.ita_deg + sign * skin.give_or_take_deg for sign in (-1, 1))
            within = {classify_angle(angle) for angle in np.linspace(low, high, 500)}
            assert set(skin.classes_possible) == within
        assert max(len(skin.classes_possible) for skin in found.skin) > 1

    def test_redness_is_told_against_the_reference(self):
        by_name = {skin.name: skin for skin in read_colour(paint(LIGHTS["lamp"]), MARKS).skin}
        assert by_name["reference"].redness_difference is None
        assert by_name["reference"].redness_give_or_take is None
        assert by_name["patch_2"].redness_difference == pytest.approx(8, abs=0.5)
        assert 0.5 < by_name["patch_2"].redness_give_or_take < 3
        alone = Marks(chart=CHART, skin={"patch_2": PATCHES["patch_2"]})
        assert read_colour(paint(LIGHTS["lamp"]), alone).skin[0].redness_difference is None

    def test_the_redness_of_skin_without_an_angle_has_its_give_or_take_too(self):
        blue = paint(LIGHTS["daylight"])
        blue[380:480, 210:310] = (120, 120, 160)
        patch = read_colour(blue, MARKS).skin[0]
        assert (patch.name, patch.ita_deg, patch.give_or_take_deg) == ("patch_1", None, None)
        assert patch.redness_give_or_take > 0

    def test_a_better_chart_gives_a_smaller_give_or_take(self):
        plain, bent = (read_colour(paint(LIGHTS["shade"], contrast=c), MARKS).skin[1] for c in (0.0, 0.3))
        assert plain.redness_give_or_take < 0.6 * bent.redness_give_or_take

    def test_it_is_said_that_chart_and_skin_must_share_the_light(self):
        assert read_colour(paint(LIGHTS["daylight"]), MARKS).note.endswith(
            "it holds for the skin only where chart and skin lie in the same light"
        )

    def test_a_chart_seen_from_the_side(self):
        import cv2

        flat = paint(LIGHTS["shade"])
        aslant = np.array([[0.9, 0.1, 20], [-0.05, 0.95, 40], [1e-4, 2e-4, 1.0]])
        seen = cv2.warpPerspective(flat, aslant, (640, 560), flags=cv2.INTER_LINEAR)
        moved = {}
        for name, (x, y) in (*CHART.items(), *((k, p.centre_px) for k, p in PATCHES.items())):
            u, v, w = aslant @ (x, y, 1.0)
            moved[name] = (u / w, v / w)
        marks = Marks(
            chart={name: moved[name] for name in CHART}, skin={name: SkinPatch(moved[name]) for name in PATCHES}
        )
        found = read_colour(seen, marks)
        assert found.residual_mean < 1.0
        assert {s.name: s.lab for s in found.skin}["patch_1"] == pytest.approx(SKIN["patch_1"], abs=1.0)

    def test_the_edition_of_the_chart_matters(self):
        new, old = (read_colour(paint(LIGHTS["daylight"]), MARKS, edition=e) for e in ("after_2014", "before_2014"))
        assert new.residual_mean < old.residual_mean < 4


class TestRefusing:
    def test_without_a_chart(self):
        found = read_colour(paint(LIGHTS["daylight"]), Marks(skin=PATCHES))
        assert (found.is_read, found.note, found.skin) == (False, NO_CHART, ())

    def test_a_tone_that_no_linear_fit_follows(self):
        found = read_colour(paint(LIGHTS["daylight"], gamma=2.2), MARKS)
        assert not found.is_read
        assert found.residual_mean > value_of("photographs.chart_residual_most")
        assert "miss their true colours by" in found.note
        assert found.skin == ()

    @pytest.mark.parametrize(
        ("row", "column", "name"), [(0, 1, "light skin (row 1, column 2)"), (2, 3, "yellow (row 3, column 4)"),
                                    (3, 3, "middle grey (row 4, column 4)")],
    )  # fmt: skip
    def test_one_covered_patch_is_named(self, row, column, name):
        covered = paint(LIGHTS["daylight"], contrast=0.15)
        y, x = TOP + row * CELL, LEFT + column * CELL
        covered[y : y + 60, x : x + 60] = (90, 60, 45)
        found = read_colour(covered, MARKS)
        assert found.residual_mean < value_of("photographs.chart_residual_most")
        assert found.residual_max > value_of("photographs.chart_worst_patch_most")
        assert (found.is_read, found.skin) == (False, ())
        assert f"one patch of the chart, {name}, misses its true colour by {found.residual_max:.1f}" in found.note
        assert "check that nothing covers it" in found.note

    def test_the_patch_is_named_by_its_place_when_others_are_left_out(self):
        covered = paint(LIGHTS["daylight"])
        covered[TOP : TOP + 60, LEFT : LEFT + 60] = 255  # the first patch shines: it is left out
        y, x = TOP + 2 * CELL, LEFT + 3 * CELL
        covered[y : y + 60, x : x + 60] = (90, 60, 45)
        found = read_colour(covered, MARKS)
        assert found.patches_used == 23
        assert "yellow (row 3, column 4)" in found.note

    def test_the_names_of_the_patches_are_those_of_the_chart(self):
        names = list(colour.CCS_COLOURCHECKERS["ColorChecker24 - After November 2014"].data)
        assert list(PATCH_NAMES[:18]) == names[:18]
        assert [PATCH_NAMES[18], PATCH_NAMES[23]] == [name.split()[0] for name in (names[18], names[23])]

    def test_corners_exchanged_or_mirrored(self):
        mirrored = {**CHART, "dark_skin": CHART["bluish_green"], "bluish_green": CHART["dark_skin"],
                    "white": CHART["black"], "black": CHART["white"]}  # fmt: skip
        crossed = {**CHART, "white": CHART["black"], "black": CHART["white"]}
        line = {name: (60.0 + 90 * i, 80.0) for i, name in enumerate(CHART)}
        for corners in (mirrored, crossed, line):
            found = read_colour(paint(LIGHTS["daylight"]), Marks(chart=corners, skin=PATCHES))
            assert "exchanged or mirrored, or lie on a line" in found.note

    def test_turned_by_half_is_seen_by_the_misfit(self):
        turned = dict(
            zip(CHART, (CHART["black"], CHART["white"], CHART["dark_skin"], CHART["bluish_green"]), strict=True)
        )
        found = read_colour(paint(LIGHTS["daylight"]), Marks(chart=turned, skin=PATCHES))
        assert not found.is_read

    def test_too_bright(self):
        found = read_colour(paint(LIGHTS["daylight"], exposure=6.0), MARKS)
        assert not found.is_read
        assert "of 24 patches are neither too bright nor too dark" in found.note

    def test_too_small(self):
        tiny = {name: (x / 8, y / 8) for name, (x, y) in CHART.items()}
        assert "too small" in read_colour(paint(LIGHTS["daylight"]), Marks(chart=tiny)).note

    def test_skin_without_light_is_not_read(self):
        dark = paint(LIGHTS["daylight"])
        dark[380:480, 60:160] = 255
        found = {s.name: s for s in read_colour(dark, MARKS).skin}
        assert found["reference"].lab is None
        assert found["reference"].note == "too bright or too dark in the photograph"
        assert found["patch_2"].redness_difference is None


class TestAngle:
    @pytest.mark.parametrize(
        ("lab", "angle"), [((50, 10, 10), 0), ((60, 0, 10), 45), ((40, 0, 10), -45), ((50 + 17.3205, 0, 10), 60)]
    )
    def test_closed_forms(self, lab, angle):
        assert typology_angle(lab) == pytest.approx(angle, abs=1e-3)

    def test_undefined_for_blue_skin(self):
        assert typology_angle((60, 0, 0)) is None
        assert typology_angle((60, 0, -3)) is None

    @pytest.mark.parametrize(
        ("angle", "name"),
        [
            (55.1, "very_light"),
            (55, "light"),
            (41, "intermediate"),
            (28, "tan"),
            (10, "brown"),
            (-29.9, "brown"),
            (-30, "dark"),
        ],
    )
    def test_a_limit_belongs_to_the_darker_class(self, angle, name):
        assert classify_angle(angle) == name


@given(st.integers(0, 255))
def test_linear_light_against_the_colour_library(level):
    assert to_linear(np.array(level)) == pytest.approx(float(colour.models.eotf_sRGB(level / 255)), abs=1e-9)
