"""Pictures of a course alone: key words, both sides of the face, empty rows, the same bytes."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pytest

from scarplan.report.pictures.front import FrontPoint, draw_front
from scarplan.report.pictures.narrowing import Band, Measured, draw_narrowing
from scarplan.report.pictures.on_track import draw_on_track
from scarplan.report.pictures.settings_map import ZoneSettingMark, describe_settings_map, draw_settings_map
from scarplan.report.pictures.timeline import Row, Timeline, draw_timeline

FIRST = datetime.date(2026, 3, 2)


def texts_of(svg: str) -> list[str]:
    return [text.strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_settings_are_printed_on_their_side_with_length_and_density() -> None:
    settings = {("cheek", "left"): ZoneSettingMark(1.5, 450.0), ("temple", None): ZoneSettingMark(0.75, 180.0)}
    svg = draw_settings_map(settings, name="map")
    texts = texts_of(svg)
    assert texts.count("0.75 mm") == 2  # a paired zone without a side stands for both
    assert texts.count("1.5 mm") == 1
    assert "450/cm²" in texts
    assert "patient's left" in texts
    words = describe_settings_map(settings)
    assert "cheek, left: needle length 1.5 mm, 450 channels per cm²" in words
    place = re.search(r'<text[^>]*?x="([-\d.]+)"[^>]*>1.5 mm</text>', svg)
    assert place is not None
    assert float(place[1]) > 0  # the patient's left is on the right


def test_what_the_clinic_sets_is_a_question_mark_and_no_ground() -> None:
    svg = draw_settings_map({("chin", None): ZoneSettingMark(None, None)}, name="map")
    assert texts_of(svg).count("?") == 2
    assert "density set by the clinic" in svg


def test_the_ground_gets_darker_with_the_needle_length() -> None:
    def ground(length: float) -> float:
        svg = draw_settings_map({("chin", None): ZoneSettingMark(length, None)}, name="map").partition("<rect")[0]
        found = set(re.findall(r'fill="#([0-9a-f]{6})" fill-rule', svg)) - {"ffffff", "eef1f3"}
        (colour,) = found
        return sum(int(colour[place : place + 2], 16) for place in (0, 2, 4))

    grounds = [ground(length) for length in (0.5, 1.0, 1.5, 2.0)]
    assert grounds == sorted(grounds, reverse=True)
    assert len(set(grounds)) == 4


def test_a_timeline_leaves_empty_rows_out_and_marks_what_is_told() -> None:
    rows = (Row("sessions", "v", (0.0, 28.0), (56.0,)), Row("adverse events", "X", is_warning=True))
    svg = draw_timeline(Timeline("line", rows, FIRST, today=28.0))
    assert "sessions" in texts_of(svg)
    assert "adverse events" not in texts_of(svg)
    assert "months since the first session (2 Mar 2026)" in texts_of(svg)
    assert svg == draw_timeline(Timeline("line", rows, FIRST, today=28.0))


def test_planned_marks_are_hollow_and_given_ones_filled() -> None:
    def fills(*, done: tuple[float, ...], planned: tuple[float, ...]) -> set[str]:
        svg = draw_timeline(Timeline("line", (Row("sessions", "v", done, planned),), FIRST))
        return {fill.lower() for fill in re.findall(r"<use [^>]*fill: ?(#\w+)", svg)}

    assert "#ffffff" not in fills(done=(0.0,), planned=())
    assert "#ffffff" in fills(done=(), planned=(0.0,))


def test_the_width_of_a_band_is_read_on_the_day_of_judging() -> None:
    days = (0.0, 100.0, 200.0)
    wide = Band("first", days, {"q05": (0.1, 0.1, 0.2), "q50": (0.2,) * 3, "q95": (0.3, 0.5, 0.4)}, 0)
    assert wide.width_on(50.0) == pytest.approx(0.3)
    svg = draw_narrowing("n", [wide], [Measured(40.0, 0.25)], judge_day=50.0)
    assert "300 µm wide" in texts_of(svg)
    assert "first" in texts_of(svg)


@pytest.mark.parametrize("chances", [(1.0, 0.0, 0.0), (0.05, 0.9, 0.05), (0.0, 0.0, 1.0), (0.33, 0.33, 0.34)])
def test_on_track_prints_every_chance_that_is_not_nought(chances: tuple[float, float, float]) -> None:
    svg = draw_on_track(dict(zip(("ahead", "on", "behind"), chances, strict=True)), name="track")
    printed = " ".join(texts_of(svg))
    for words, chance in zip(("ahead", "on track", "behind"), chances, strict=True):
        assert (words in printed) == (chance > 0)
        assert chance == 0 or f"{100 * chance:.0f}" in printed


def test_the_front_prints_sessions_names_and_the_chosen_plan() -> None:
    rng = np.random.default_rng(1)
    points = [
        FrontPoint(
            90.0 - 5 * n, n, {"d": 3.0 * n + float(rng.random())}, named="gentle" if n == 1 else "", is_chosen=n == 3
        )
        for n in range(1, 7)
    ]
    texts = texts_of(draw_front("front", points, key="d", words="days", title="Depth left"))
    assert {"1", "3"} <= set(texts), "a named or the chosen plan lacks its sessions"
    assert not {"2", "5"} & set(texts), "plans without a name would write over each other"
    assert {"gentle", "needling", "chosen", "depth left when judged, %"} <= set(texts)
