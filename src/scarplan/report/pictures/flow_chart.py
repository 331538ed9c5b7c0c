"""The way of the patients as a flow chart: enrolment, allocation, follow-up and analysis of every arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import escape

#: Sizes in units of the drawing.
_COLUMN, _GAP, _LEFT, _LINE, _PAD = 236, 16, 92, 17, 12
_TOP_WIDTH, _STEP = 300, 24
_LONGEST = 30
#: Told in the drawing itself: print leaves the style sheet of the page out of drawings.
_FONT = 'font-family="DejaVu Sans, Arial, sans-serif"'
_BOX, _PATH = 'fill="#f4f6f7" stroke="#52616b"', 'fill="none" stroke="#52616b"'
_FIRST, _REST = 'font-size="13" fill="#1b2a33"', 'font-size="12" fill="#52616b"'
_STAGE = 'font-size="13" font-weight="600" fill="#0b6e75"'
_UNKNOWN = "–"

Lines = Sequence[str]


def draw_flow(flow: dict[str, Any], *, is_split_face: bool) -> str:
    """Return the chart as SVG text; `flow` as in the result of `study`. What was not told is a dash, never 0."""
    arms = flow["arms"]
    centres = [_LEFT + _COLUMN / 2 + number * (_COLUMN + _GAP) for number in range(len(arms))]
    width = _LEFT + len(arms) * (_COLUMN + _GAP)
    middle = (centres[0] + centres[-1]) / 2
    parts: list[str] = []
    y = 4.0
    enrolled = [f"screened: {_say(flow['screened'])}", f"not suitable: {_say(flow['excluded'])}"]
    y = _row(parts, "Enrolment", y, [(middle, _TOP_WIDTH, enrolled)])
    y = _join(parts, y, [middle], [middle])
    allocated = [f"allocated: {_say(flow['allocated'])}", f"in the data: {_say(flow['in_data'])}"]
    y = _row(parts, "", y, [(middle, _TOP_WIDTH, allocated)])
    y = _join(parts, y, [middle], centres)
    for label, tell in (("Allocation", _tell_allocation), ("Follow-up", _tell_visits), ("Analysis", _tell_analysis)):
        y = _row(parts, label, y, [(x, _COLUMN, tell(arm)) for x, arm in zip(centres, arms, strict=True)])
        if tell is not _tell_analysis:
            y = _join(parts, y, centres, centres)
    what = "both arms in each patient" if is_split_face else "one arm for each patient"
    title = f"Flow of the patients from screening to analysis, {what}, {len(arms)} arms"
    size = f'viewBox="0 0 {width:g} {y + 4:g}" style="max-width: {width:g}px"'
    return "\n".join([f'<svg {size} {_FONT} role="img" aria-label="{title}">', *parts, "</svg>"])


def _tell_allocation(arm: dict[str, Any]) -> list[str]:
    return [
        _shorten(arm["arm"]),
        f"allocated: {_say(arm['allocated'])}",
        f"treated: {_say(arm['treated'])}",
        f"not treated as allocated: {_say(arm['not_treated'])}",
    ]


def _tell_visits(arm: dict[str, Any]) -> list[str]:
    seen = [f"{_shorten(visit['visit'])}: {visit['measured']} measured" for visit in arm["visits"]]
    reasons = [f"  {_shorten(reason)}: {count}" for reason, count in arm["reasons"].items()]
    return [f"baseline: {arm['with_baseline']} measured", *seen, f"withdrawn: {_say(arm['withdrawn'])}", *reasons]


def _tell_analysis(arm: dict[str, Any]) -> list[str]:
    lines = [f"analysed: {arm['analysed']}", f"in the data, not analysed: {arm['not_analysed']}"]
    return lines if arm["is_primary"] else [*lines, "(not in the primary comparison)"]


def _row(parts: list[str], label: str, y: float, boxes: Sequence[tuple[float, float, Lines]]) -> float:
    """Draw boxes beside each other, all as high as the highest; return where they end."""
    height = 2 * _PAD - 4 + _LINE * max(len(lines) for *_, lines in boxes)
    if label:
        parts.append(f'<text {_STAGE} x="0" y="{y + _PAD + 9:g}">{label}</text>')
    for middle, width, lines in boxes:
        left = middle - width / 2
        parts.append(f'<rect x="{left:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" {_BOX}/>')
        parts += _text(lines, left + _PAD, y + _PAD + 9)
    return y + height


def _text(lines: Lines, x: float, y: float) -> Iterator[str]:
    for number, line in enumerate(lines):
        indent = 10 * (len(line) - len(line.lstrip())) / 2
        place = f'x="{x + indent:g}" y="{y + number * _LINE:g}"'
        yield f"<text {_REST if number else _FIRST} {place}>{escape(line.strip())}</text>"


def _join(parts: list[str], y: float, above: Sequence[float], below: Sequence[float]) -> float:
    """Draw lines from boxes to those below, over a bar where one goes to several; return where they end."""
    half = y + _STEP / 2
    if len(above) == len(below):
        drawn = " ".join(f"M{x:g} {y:g} V{y + _STEP:g}" for x in below)
    else:
        drawn = f"M{above[0]:g} {y:g} V{half:g} M{below[0]:g} {half:g} H{below[-1]:g} "
        drawn += " ".join(f"M{x:g} {half:g} V{y + _STEP:g}" for x in below)
    parts.append(f'<path d="{drawn}" {_PATH}/>')
    return y + _STEP


def _say(number: int | None) -> str:
    return _UNKNOWN if number is None else str(number)


def _shorten(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
