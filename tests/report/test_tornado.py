"""The tornado: words and shares stand in it, the ends of the bars where the figures are."""

from __future__ import annotations

import re

import pytest

from scarplan.report.pictures.tornado import Bar, Tornado, draw_tornado

BARS = (
    Bar("how thick the skin is under the scars", 64.6, 0.65, 0.54, "thinner", "thicker"),
    Bar("how much signal it takes to wake the cells that build collagen", 7.0, 0.60, 0.63, "little", "much"),
)


def picture(bars: tuple[Bar, ...] = BARS) -> str:
    return draw_tornado(Tornado("t", "How deep", bars, mean=0.61, words="mean visible depth left, mm"))


def test_every_word_is_text() -> None:
    svg = picture()
    for words in (
        "thinner",
        "thicker",
        "little",
        "much",
        "under the scars: 65\N{NO-BREAK SPACE}%",
        "mean visible depth left, mm",
    ):
        assert words in svg


def test_long_words_are_broken_into_lines() -> None:
    assert BARS[0].lines == ["how thick the skin is under the scars: 65\N{NO-BREAK SPACE}%"]
    assert len(BARS[1].lines) == 2
    assert " ".join(BARS[1].lines).endswith(": 7\N{NO-BREAK SPACE}%")


def test_both_ends_have_their_colour() -> None:
    svg = picture(BARS[:1])
    found = re.findall(r'<path d="M ([\d.]+) [\d.]+ \nL ([\d.]+) [^"]*"[^>]*style="fill: (#\w+)', svg)
    by_colour = {colour: sorted((float(start), float(end))) for start, end, colour in found if colour != "#ffffff"}
    small, large = by_colour["#a8541a"], by_colour["#0b6e75"]
    # The small value is forecast deeper here: its half lies right of the other, which it meets.
    assert small[0] == large[1]
    ratio = (small[1] - small[0]) / (large[1] - large[0])
    assert ratio == pytest.approx(1.0, rel=1e-3)


def test_the_same_bars_are_the_same_bytes() -> None:
    assert picture() == picture()
    assert picture() != picture(BARS[:1])
