"""How large the print may be: the largest type with which each side fits one sheet, A4 or Letter.

The height of a side is estimated from the letters of its texts with the widths of Arial, on the height of Letter and
the width of A4, so that it holds on both. The estimate errs to the high side; tests print the pages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_SIZES_PT = tuple(12.0 - 0.25 * step for step in range(19))
_MM_PER_PT = 25.4 / 72
#: Letter's height less the margins of leaflet.css, and A4's width less its margins.
_HEIGHT_MM, _WIDTH_MM = 279.4 - 2 * 9.0, 210.0 - 2 * 13.0
_GAP_MM = 6.0
#: What is kept free, since words break unevenly.
_SPARE = 0.04
#: As in leaflet.css, in type sizes: lines of the first and second side, a heading with its margins, a box's padding.
_LINES, _HEADING, _BOX = (1.27, 1.2), 1.22 * 1.25 + 0.85, 1.6
_TITLE, _ICONS, _NAME_LINE, _ROW, _ASKED = 2.0, 2.7, 2.2, 0.45, 0.4
#: The part of its last line that a short text leaves empty, on average, with what words leave at the ends of lines.
_PART_LINE = 0.4
_BULLET, _INSET = 1.15, 3.0
_SMALL, _TABLE, _LARGE = 0.85, 0.95, 1.15
#: Parts of the width that the columns of the day table take.
_COLUMNS = (0.1, 0.25, 0.4, 0.25)
#: Mean width of a letter of Arial in running text, in type sizes.
_LETTER = 0.47


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

    def add_text(self, text: str, *, scale: float = 1.0, inset: float = 0.0) -> None:
        """Add one paragraph over the whole width; an empty one has no height."""
        if text:
            self.height += _count_lines(text, self.width - inset, scale) * self.line * scale

    def add_columns(self, texts: Iterable[str], *, inset: float = 1.15, gap: float = 0.05) -> None:
        """Add texts in two columns of equal height, none of them broken."""
        width = self.half - inset
        heights = [(len(text) * _LETTER / width + _PART_LINE) * self.line + gap for text in texts]
        self.height += sum(heights) / 2 + max(heights, default=0.0) / 4


def choose_sizes(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the type size of each side in points, from the values that the template is given."""
    return {
        name: _choose(measure, values, line)
        for name, measure, line in zip(("one", "two"), (_measure_side_one, _measure_side_two), _LINES, strict=True)
    }


def _choose(measure: Callable[[_Ruler, Mapping[str, Any]], None], values: Mapping[str, Any], line: float) -> str:
    size = _SIZES_PT[0]
    for size in _SIZES_PT:
        ruler = _Ruler(size, line)
        measure(ruler, values)
        if ruler.height * size * _MM_PER_PT <= (1 - _SPARE) * _HEIGHT_MM:
            break
    return f"{size:g}pt"


def _count_lines(text: str, width: float, scale: float) -> int:
    return max(1, math.ceil(len(text) * _LETTER * scale / width))


def _measure_side_one(ruler: _Ruler, values: Mapping[str, Any]) -> None:
    say, situation, chance, call = (values[key] for key in ("say", "situation", "chance", "call"))
    has_status = bool(situation.first) and not values["is_blank"]
    ruler.add(_TITLE + 5 * _HEADING + 2 * _BOX)
    ruler.add((_HEADING + _BOX if has_status else 0.0) + (_NAME_LINE if values["is_blank"] else 0.0))
    ruler.add(0.0 if chance.of_ten is None else _ICONS)
    ruler.add_text(say("page.for_patient", patient=values["patient"]) + situation.signature)
    ruler.add_text(say("page.notice") + say("page.examination"), scale=_SMALL)
    ruler.add_text(" ".join(situation.more) if has_status else "", inset=_INSET)
    ruler.add_text(say("remove.answer") + say("remove.more"), scale=_LARGE, inset=_INSET)
    for paragraph in (chance.facts, (chance.found,), chance.notes, values["visits"]):
        ruler.add_text(" ".join(paragraph))
    for kind in chance.kinds:
        ruler.add_text(f"{kind.what} {kind.hope}", inset=_BULLET)
    for harm in values["harms"]:
        ruler.add_text(f"{harm.name}. {' '.join(harm.sentences)}")
    ruler.add_columns(values["week"])
    ruler.add_columns(call.signs, inset=_INSET)
    ruler.add_text(call.phone + (say("call.example") if call.is_example else ""), scale=_LARGE, inset=_INSET)


def _measure_side_two(ruler: _Ruler, values: Mapping[str, Any]) -> None:
    say, points = values["say"], values["points"]
    ruler.add(2 * _HEADING + ruler.line + 2 * _ROW)
    for day in values["days"]:
        cells = zip((day.day, day.expect, day.do, day.avoid), _COLUMNS, strict=True)
        ruler.add(max(_count_lines(text, part * ruler.width, _TABLE) for text, part in cells) * ruler.line * _TABLE + _ROW)
    if points:
        ruler.add(_HEADING)
        ruler.add_columns([f"{point.label}. {' '.join(point.sentences)}" for point in points])
        ruler.add_text(values["more_points"])
    ruler.add_columns([f"{asked.question} {asked.answer}" for asked in values["answers"]], inset=0.0, gap=_ASKED)
    ruler.add_text(say("page.notice") + say("page.examination") + say("page.talk"), scale=_SMALL)
    ruler.add(_BOX)
