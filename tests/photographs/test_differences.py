"""What makes a photograph hard to use, and what differs between two dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scarplan.errors import BadInput
from scarplan.photographs import compare_conditions, list_warnings, missing_views
from scarplan.photographs.differences import say_differences
from scarplan.records.photograph import Camera, Photograph, check_rater, make_conditions

FULL = {
    "light": "ring lamp", "polarisation": "cross", "distance_cm": 60, "lens_mm": 90, "make_up": "no",
    "expression": "neutral",
}  # fmt: skip


def photo(view: str = "front", *, camera: Camera | None = None, width: int = 4000, **conditions: Any) -> Photograph:
    return Photograph(
        id=f"2026-03-02_{view}", view=view, taken_on=date(2026, 3, 2), width_px=width, height_px=3000, sha256="",
        received_sha256="", conditions=make_conditions({**FULL, **conditions}), camera=camera or Camera(),
    )  # fmt: skip


def names(earlier: Photograph, later: Photograph) -> list[str]:
    return [found.condition for found in compare_conditions(earlier, later)]


class TestWarnings:
    def test_a_good_photograph_has_none(self):
        assert list_warnings(photo(), has_ruler=False) == []

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"width": 1000}, "3.0 million pixels, fewer than 5"),
            ({"make_up": "yes"}, "make-up hides scars and colour"),
            ({"expression": "smiling"}, "the face is not at rest"),
            ({"lens_mm": 26}, "a lens of 26 mm bends a face taken from near; 85 to 105 is advised"),
            ({"lens_mm": 200}, "longer than the advised 85 to 105"),
            ({"days_since_session": 3}, "taken 3 days after a session: for about 14 days swelling hides scars"),
            ({"view": "cheek_left"}, "no ruler in this close-up"),
            ({"light": None}, "not recorded: light"),
        ],
    )
    def test_each_fault_is_told(self, changed, said):
        (warning,) = list_warnings(photo(**changed), has_ruler=False)
        assert said in warning

    def test_a_ruler_is_enough_told_or_marked(self):
        assert list_warnings(photo("cheek_left", ruler_mm=50), has_ruler=False) == []
        assert list_warnings(photo("cheek_left"), has_ruler=True) == []

    def test_the_camera_knows_the_lens(self):
        (warning,) = list_warnings(photo(lens_mm=None, camera=Camera(lens_equivalent_mm=26)), has_ruler=False)
        assert warning.startswith("a lens of 26 mm")


class TestTwoDates:
    @pytest.mark.parametrize(
        ("changed", "condition"),
        [
            ({"light": "window"}, "light"),
            ({"polarisation": "none"}, "polarisation"),
            ({"make_up": "yes"}, "make-up"),
            ({"expression": "smiling"}, "expression"),
            ({"distance_cm": 70}, "distance"),
            ({"lens_mm": 50}, "lens"),
        ],
    )
    def test_a_condition_that_differs(self, changed, condition):
        assert names(photo(), photo(**changed)) == [condition]
        assert names(photo(**changed), photo()) == [condition]

    def test_what_is_unknown_does_not_differ(self):
        unknown = photo(light=None, polarisation="unknown", distance_cm=None, lens_mm=None, make_up="unknown")
        assert names(photo(), unknown) == names(unknown, photo()) == []

    def test_small_differences_are_none(self):
        assert names(photo(), photo(distance_cm=64, light="Ring  Lamp")) == []

    def test_what_the_cameras_wrote_is_compared(self):
        one = Camera(exposure_s=0.01, f_number=8, iso=100, flash=True, white_balance="auto")
        other = Camera(exposure_s=0.02, f_number=8, iso=100, flash=False, white_balance="manual")
        assert names(photo(camera=one), photo(camera=other)) == [
            "flash", "white balance", "light by the camera's exposure",
        ]  # fmt: skip

    def test_the_warning_says_why_it_matters(self):
        said = say_differences(compare_conditions(photo(), photo(light="window")))
        assert "light: ring lamp, then window" in said
        assert "makes skin look better or worse" in said
        assert say_differences([]) == ""


def test_missing_views():
    assert missing_views([]) == (
        ["front", "left45", "right45", "left90", "right90"],
        ["cheek_left", "cheek_right", "temple_left", "temple_right"],
    )
    assert missing_views(["front", "front", "chin", "temple_left"])[0] == ["left45", "right45", "left90", "right90"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"distance_cm": 0}, {"distance_cm": float("nan")}, {"lens_mm": -1}, {"ruler_mm": 0.1}, {"light": ""},
        {"light": "a\nb"}, {"light": "x" * 81}, {"polarisation": "round"}, {"flash": True}, {"days_since_session": -1},
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be(wrong):
    with pytest.raises(BadInput, match="conditions of the photograph cannot be: " + next(iter(wrong))):
        make_conditions(wrong)


@pytest.mark.parametrize("name", ["", "  ", "../x", "a/b", "a\nb", "x" * 61, "-x", "<b>"])
def test_a_name_that_cannot_be(name):
    with pytest.raises(BadInput, match="the name of the rater cannot be used"):
        check_rater(name)


@pytest.mark.parametrize("name", ["A. Jansen", "Łukasz", "O'Brien", "李", "Dr-2"])
def test_names_of_people(name):
    assert check_rater(f" {name} ") == name
