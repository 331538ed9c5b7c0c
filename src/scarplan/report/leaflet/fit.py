"""How large the print may be: the largest type with which each side fits one sheet, A4 or Letter.

The texts are broken into lines with the letter widths of Arial (those of Helvetica and Liberation Sans), on the height
of Letter and the width of A4, so that the choice holds on both. Tests print the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

_SIZES_PT = tuple(12.0 - 0.25 * step for step in range(19))
_MM_PER_PT = 25.4 / 72
#: Letter's height less the margins of leaflet.css, and A4's width less its margins.
_HEIGHT_MM, _WIDTH_MM = 279.4 - 2 * 8.0, 210.0 - 2 * 12.0
_GAP_MM = 6.0
#: What is kept free: two programs print, and each rounds in its own way.
_SPARE = 0.015
#: As in leaflet.css, in type sizes: lines of the first and second side, a heading with its margins, a box's padding.
_LINES, _HEADING, _BOX = (1.27, 1.2), 1.22 * 1.25 + 0.85, 1.6
_TITLE, _ICONS, _NAME_LINE, _ROW, _ASKED = 2.7, 3.1, 2.2, 0.45, 0.4
_BULLET, _INSET = 1.15, 3.0
_SMALL, _TABLE, _LARGE = 0.85, 0.95, 1.15
#: Parts of the width that the columns of the day table take, and the space between them.
_COLUMNS, _CELL_GAP = (0.12, 0.25, 0.38, 0.25), 0.7
#: Widths of letters in thousandths of the type size; every other letter is as wide as an a.
_WIDTHS = {
    letter: width
    for letters, width in (
        ("ijl'", 222), (" !,./:;tfI", 278), ("-()r", 333), ("cksvxyzJ", 500), ("FTZ", 611), ("ABEKPSVXY", 667),
        ("CDHNRUw", 722), ("GOQ", 778), ("mM", 833), ("W", 944),
    )
    for letter in letters
}  # fmt: skip
_USUAL_WIDTH, _BOLD = 556, 1.07


class _Ruler:
    """Adds up the height of texts, in type sizes, for one size of type."""

    def __init__(self, size_pt: float, line: float) -> None:
        self.line = line
        self.width = _WIDTH_MM / (size_pt * _MM_PER_PT)
        self.half = (_WIDTH_MM - _GAP_MM) / 2 / (size_pt * _MM_PER_PT)
        self.height = 0.0

    def add(self, height: float) -> None:
        """Add a height in type sizes."""
        self.height += height

    def add_text(self, text: str, *, bold: str = "", scale: float = 1.0, inset: float = 0.0) -> None:
        """Add one paragraph over the whole width, `bold` before `text`; an empty one has no height."""
        if bold or text:
            self.height += count_lines(text, (self.width - inset) / scale, bold=bold) * self.line * scale

    def add_columns(
        self, texts: Iterable[tuple[str, str]], *, inset: float = 0.0, gap: float, scale: float = 1.0
    ) -> None:
        """Add (bold, text) in two columns as equal as can be, in order, none of them broken."""
        width = (self.half - inset) / scale
        heights = [count_lines(text, width, bold=bold) * self.line * scale + gap for bold, text in texts]
        self.height += min(
            (max(sum(heights[:k]), sum(heights[k:])) for k in range(len(heights) + 1)),
            default=0.0,
        )


def choose_sizes(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the type size of each side in points, from the values that the template is given."""
    return {
        name: _choose(measure, values, line)
        for name, measure, line in zip(("one", "two"), (_measure_side_one, _measure_side_two), _LINES, strict=True)
    }


def count_lines(text: str, width: float, *, bold: str = "", bold_scale: float = 1.0) -> int:
    """Return on how many lines of `width` (in type sizes) a text stands that begins with the words `bold`."""
    words = [_measure(word) * _BOLD * bold_scale for word in bold.split()] + [_measure(word) for word in text.split()]
    lines, used = 1, 0.0
    for word in words:
        if used and used + word > width:
            lines, used = lines + 1, 0.0
        lines += int(word // width)  # a word wider than the line is broken
        used += word + _measure(" ")
    return lines


@lru_cache(maxsize=4096)
def _measure(word: str) -> float:
    return sum(_WIDTHS.get(letter, _USUAL_WIDTH) for letter in word) / 1000


def _choose(measure: Callable[[_Ruler, Mapping[str, Any]], None], values: Mapping[str, Any], line: float) -> str:
    size = _SIZES_PT[0]
    for size in _SIZES_PT:
        ruler = _Ruler(size, line)
        measure(ruler, values)
        if ruler.height * size * _MM_PER_PT <= (1 - _SPARE) * _HEIGHT_MM:
            break
    return f"{size:g}pt"


def _measure_side_one(ruler: _Ruler, values: Mapping[str, Any]) -> None:
    say, situation, chance, call = (values[key] for key in ("say", "situation", "chance", "call"))
    has_status = bool(situation.first) and not values["is_blank"]
    ruler.add(_TITLE + 5 * _HEADING + 2 * _BOX)
    ruler.add((_HEADING + _BOX if has_status else 0.0) + (_NAME_LINE if values["is_blank"] else 0.0))
    ruler.add(0.0 if chance.of_ten is None else _ICONS)
    ruler.add_text(f"{say('page.for_patient', patient=values['patient'])} {situation.signature}")
    ruler.add_text(_say_notice(values), scale=_SMALL)
    ruler.add_text(" ".join(situation.more) if has_status else "", inset=_INSET)
    answer, more = say("remove.answer"), say("remove.more")
    ruler.add(count_lines(more, ruler.width - _INSET, bold=answer, bold_scale=_LARGE) * ruler.line * _LARGE)
    for paragraph in (chance.facts, (chance.found,), chance.notes, values["visits"]):
        ruler.add_text(" ".join(paragraph))
    for kind in chance.kinds:
        ruler.add_text(f"{kind.what} {kind.hope}", inset=_BULLET)
    for harm in values["harms"]:
        ruler.add_text(" ".join(harm.sentences), bold=f"{harm.name}.")
    ruler.add_columns((("", line) for line in values["week"]), inset=_BULLET, gap=_ROW / 9)
    ruler.add_columns((("", sign) for sign in call.signs), inset=_INSET, gap=_ROW / 9)
    ruler.add_text("", bold=call.phone, scale=1.2, inset=_INSET)
    ruler.add_text(say("call.example") if call.is_example else "", inset=_INSET)


def _measure_side_two(ruler: _Ruler, values: Mapping[str, Any]) -> None:
    say, points = values["say"], values["points"]
    ruler.add(2 * _HEADING + ruler.line * _TABLE - _ROW)
    for day in values["days"]:
        cells = (("", day.expect), ("", day.do), ("", day.avoid))
        lines = [
            count_lines(text, part * ruler.width / _TABLE - _CELL_GAP, bold=bold)
            for (bold, text), part in zip(((day.day, ""), *cells), _COLUMNS, strict=True)
        ]
        ruler.add(max(lines) * ruler.line * _TABLE + _ROW)
    if points:
        ruler.add(_HEADING)
        told = [(f"{point.label}.", " ".join(point.sentences)) for point in points]
        ruler.add_columns(told, inset=_BULLET, gap=_ROW / 9)
        ruler.add_text(values["more_points"])
    ruler.add_columns(((asked.question, asked.answer) for asked in values["answers"]), gap=_ASKED)
    ruler.add_text(f"{_say_notice(values)} {say('page.talk')}", scale=_SMALL)
    ruler.add(_ROW + _ASKED)


def _say_notice(values: Mapping[str, Any]) -> str:
    notice = values["say"]("page.notice")
    return f"{notice} {values['say']('page.examination')}" if values["situation"].is_examined else notice
