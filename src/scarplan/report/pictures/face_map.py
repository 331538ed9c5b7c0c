"""A calm, schematic map of the face: zones filled by how many dents were counted, with the number in each zone.

Seen from the front, so that the patient's right lies on the left of the picture; both sides say so. Lightness alone
carries the count, so that it reads in greyscale and in every kind of colour blindness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from scarplan.report.pictures.face_shapes import FEATURES, HAIR, ZONE_SHAPES, ZoneShape
from scarplan.report.pictures.plots import INK, MUTED
from scarplan.report.wording import name_zone

ZonePlace = tuple[str, str | None]

#: Lower ends of the classes in which a clinician counts, and the ground of each; the first is none.
_CLASSES = ((0, "none", "#ffffff"), (1, "1–4", "#e3efef"), (5, "5–10", "#bfdcdc"), (11, "11–20", "#93c3c4"))
_MOST = (21, "over 20", "#63a5a8")
_UNLOOKED, _OUTLINE, _FEATURE, _HAIR = "#fafbfb", "#7b8a93", "#a8b3ba", "#eef1f3"
_HALF_WIDTH, _NAMES_WIDTH, _TRUNK_WIDTH = 200.0, 176.0, 156.0
_TOP, _BOTTOM, _LEGEND = -8.0, 544.0, 44.0
_NAME_SIZE, _SETTING_SIZE, _LINE_HEIGHT = 19.0, 16.0, 0.36
_SMALL_ZONE, _ROOMY_SIZE = 0.82, 25.0
FONT = "Inter, Segoe UI, Helvetica Neue, Arial, Liberation Sans, sans-serif"
# Two sides of a midline zone stand beside each other: half a number of five letters, in text sizes.
_HALF_NUMBER = 1.5
_MIRROR = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class ZoneMark:
    """What is printed in one zone: a count as a range (None where it is unknown) and a needle length setting.

    `high` 0 prints 0; `setting` is a short text such as `1.5 mm`, printed under the count. Where `is_open`, nobody
    knows where the range ends, and only its start is printed; `is_partial` says that a kind was not counted.
    """

    low: int | None = None
    high: int | None = None
    setting: str = ""
    is_open: bool = False
    is_partial: bool = False

    @property
    def short(self) -> str:
        """The count as it stands in the zone: `3`, `11–20`, `>20`, `4–7+`, `?` where it is unknown."""
        if self.low is None or self.high is None:
            return "?"
        if self.is_open:
            return f">{self.low - 1}"
        text = str(self.low) if self.low == self.high else f"{self.low}–{self.high}"
        return f"{text}+" if self.is_partial else text

    @property
    def words(self) -> str:
        """The count as it is read aloud."""
        if self.short == "?":
            return "not known"
        aloud = (("–", " to "), (">", "over "), ("+", " or more"))
        words = self.short
        for sign, said in aloud:
            words = words.replace(sign, said)
        return words


def draw_face_map(
    values: Mapping[ZonePlace, ZoneMark], *, blank: bool = False, names: bool = True, counts: bool = True
) -> str:
    """Return the face with `values` by (zone, side) as one SVG element with its alternative text.

    Side None of a paired zone stands for both sides; a side of a midline zone is printed beside the other. `blank`
    leaves every zone empty, to be filled in by hand. `names` writes the zones' names and the legend around the face;
    without them the face alone is drawn, for small pictures, and the trunk only where it has a value. Without `counts`
    only the needle length settings are printed and nothing is filled.
    """
    marks = {} if blank else _collect(values)
    has_trunk = names or "trunk" in marks
    parts = [draw_shape(HAIR, _HAIR, outline="none")]
    for zone in ("neck", *(name for name in ZONE_SHAPES if name != "neck")):
        if zone != "trunk" or has_trunk:
            parts += _draw_zone(ZONE_SHAPES[zone], marks.get(zone, {}), counts=counts)
    parts += [draw_shape(path, "none", outline=_FEATURE) for path in FEATURES]
    for zone, by_side in marks.items():
        parts += _print_marks(ZONE_SHAPES[zone], by_side, counts=counts)
    parts += print_sides(names=names)
    if names:
        parts += [part for zone, shape in ZONE_SHAPES.items() for part in print_name(zone, shape)]
        parts += _draw_legend() if counts and not blank else []
    left = -_HALF_WIDTH - (_NAMES_WIDTH if names else 0)
    right = _HALF_WIDTH + (max(_NAMES_WIDTH, _TRUNK_WIDTH) if names else _TRUNK_WIDTH if has_trunk else 0)
    bottom = _BOTTOM + (_LEGEND if names and counts and not blank else 0)
    box = f"{left:g} {_TOP:g} {right - left:g} {bottom - _TOP:g}"
    label = quoteattr(describe_face_map({} if blank else values, blank=blank, counts=counts))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label={label} '
    return head + f'class="face-map" font-family="{FONT}">{"".join(parts)}</svg>'


def describe_face_map(values: Mapping[ZonePlace, ZoneMark], *, blank: bool = False, counts: bool = True) -> str:
    """Return the map in words, zone by zone, for who cannot see it."""
    start = "Map of the face from the front; the patient's right is on the left of the picture."
    if blank:
        return f"{start} Empty, to be filled in by hand."
    places = sorted(values, key=lambda place: (list(ZONE_SHAPES).index(place[0]), place[1] or ""))
    said = []
    for place in places:
        mark = values[place]
        words = [mark.words] if counts else []
        words += [f"needle length setting {mark.setting}"] if mark.setting else []
        said.append(f"{name_zone(*place)}: {', '.join(words)}")
    return f"{start} {'; '.join(said)}." if said else f"{start} Nothing has been counted."


def _collect(values: Mapping[ZonePlace, ZoneMark]) -> dict[str, dict[str | None, ZoneMark]]:
    """Return the marks by zone and side; a paired zone without a side receives its mark on both."""
    marks: dict[str, dict[str | None, ZoneMark]] = {}
    for (zone, side), mark in values.items():
        sides = ("right", "left") if side is None and ZONE_SHAPES[zone].is_paired else (side,)
        marks.setdefault(zone, {}).update(dict.fromkeys(sides, mark))
    return marks


def _draw_zone(shape: ZoneShape, marks: Mapping[str | None, ZoneMark], *, counts: bool) -> list[str]:
    if shape.is_paired:
        sides = ((-1.0, marks.get("right")), (1.0, marks.get("left")))
        return [draw_shape(shape.path, _ground(mark, counts=counts), mirror=sign) for sign, mark in sides]
    both = list(marks.values())
    fullest = max(both, key=_middle) if both else None
    return [draw_shape(shape.path, _ground(fullest, counts=counts))]


def draw_shape(path: str, fill: str, *, outline: str = _OUTLINE, mirror: float = 1.0) -> str:
    """Return one zone or feature as an SVG path; `mirror` -1 draws it on the other side."""
    turn = ' transform="scale(-1 1)"' if mirror < 0 else ""
    return f'<path d="{path}"{turn} fill="{fill}" fill-rule="evenodd" stroke="{outline}" stroke-width="1.4"/>'


def _middle(mark: ZoneMark) -> float:
    return -1.0 if mark.low is None or mark.high is None else (mark.low + mark.high) / 2


def _ground(mark: ZoneMark | None, *, counts: bool) -> str:
    """Return the ground of a zone: the class of the middle of its count."""
    if mark is None:
        return _UNLOOKED
    if not counts:
        return "#ffffff"
    return next((ground for least, _, ground in (_MOST, *reversed(_CLASSES)) if _middle(mark) >= least), _UNLOOKED)


def _print_marks(shape: ZoneShape, by_side: Mapping[str | None, ZoneMark], *, counts: bool) -> list[str]:
    parts: list[str] = []
    for side, mark in sorted(by_side.items(), key=lambda row: row[0] or ""):
        sign = _MIRROR[side] if side and shape.is_paired else 1.0
        shift = _HALF_NUMBER * shape.size * _MIRROR[side] if side and not shape.is_paired else 0.0
        x, y = shape.x * sign + shift, shape.y
        # In a small zone both have to be smaller to stay inside.
        shrink = _SMALL_ZONE if counts and mark.setting and shape.size < _ROOMY_SIZE else 1.0
        lines = [(mark.short, shrink * shape.size, "600")] if counts else []
        lines += [(mark.setting, shrink * _SETTING_SIZE, "400")] if mark.setting else []
        top = y - sum(size for _, size, _ in lines[1:]) / 2
        for text, size, weight in lines:
            parts.append(print_text(text, x, top + _LINE_HEIGHT * size, size, weight=weight))
            top += size + 1
    return parts


def print_sides(*, names: bool) -> list[str]:
    """Return which side of the picture is which of the patient."""
    x, size = (_HALF_WIDTH + _NAMES_WIDTH - 4, _NAME_SIZE) if names else (_HALF_WIDTH - 4, 22.0)
    words = ("patient's right", "patient's left") if names else ("right", "left")
    anchors = (("start", -x), ("end", x))
    return [
        print_text(text, place, _TOP + size, size, anchor=anchor, weight="600", ink=MUTED)
        for text, (anchor, place) in zip(words, anchors, strict=True)
    ]


def print_name(zone: str, shape: ZoneShape) -> Iterable[str]:
    """Yield the name of a zone beside the face and the line that leads to it: midline zones left, paired ones right."""
    text = _SHORT_NAMES.get(zone, name_zone(zone))
    if zone == "trunk":
        yield print_text(text, shape.x, shape.name_y, _NAME_SIZE, ink=MUTED)
        return
    sign = 1.0 if shape.is_paired else -1.0
    x = sign * (_HALF_WIDTH + 14)
    yield (
        f'<path d="M{x - 5 * sign:g} {shape.name_y:g}H{shape.reach_x:g}" stroke="{_FEATURE}" stroke-width="1" '
        f'fill="none"/><circle cx="{shape.reach_x:g}" cy="{shape.name_y:g}" r="2.4" fill="{_FEATURE}"/>'
    )
    anchor = "start" if shape.is_paired else "end"
    yield print_text(text, x, shape.name_y + _LINE_HEIGHT * _NAME_SIZE, _NAME_SIZE, anchor=anchor, ink=MUTED)


#: Names short enough to stand beside the face.
_SHORT_NAMES = {
    "periorbital": "around the eye",
    "nasal_bridge": "bridge of nose",
    "nose_tip": "tip of nose",
    "upper_lip": "around the mouth",
    "trunk": "back, shoulders",
}


def _draw_legend() -> list[str]:
    x, y, parts = -_HALF_WIDTH - _NAMES_WIDTH + 4, _BOTTOM + 12, []
    parts.append(print_text("dents counted:", x, y + 15, _NAME_SIZE, anchor="start", ink=MUTED))
    x += 142
    for _, words, ground in (*_CLASSES, _MOST):
        parts.append(f'<rect x="{x:g}" y="{y:g}" width="22" height="18" fill="{ground}" stroke="{_OUTLINE}"/>')
        parts.append(print_text(words, x + 29, y + 15, _NAME_SIZE, anchor="start", ink=MUTED))
        x += 50 + 9.6 * len(words)
    parts.append(print_text("? not known", x, y + 15, _NAME_SIZE, anchor="start", ink=MUTED))
    return parts


def print_text(
    text: str, x: float, y: float, size: float, *, anchor: str = "middle", weight: str = "400", ink: str = INK
) -> str:
    """Return one text of the face map."""
    return (
        f'<text x="{x:g}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{ink}">{escape(text)}</text>'
    )
