"""The face with the settings of a plan: needle length as the ground of a zone, density as dots, both printed in it.

Lightness alone carries the length and the spacing of dots the density, so that it reads in grey. Left and right are
those of the patient, who looks out of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from scarplan.report.pictures.face_map import FONT, ZonePlace, draw_shape, print_name, print_sides, print_text
from scarplan.report.pictures.face_shapes import FEATURES, HAIR, ZONE_SHAPES, ZoneShape
from scarplan.report.pictures.plots import MUTED
from scarplan.report.wording import name_zone, write_about, write_needle_length

#: Lower ends of the classes of needle length (mm), their words and grounds.
_LENGTHS = (
    (0.0, "up to 0.5", "#edf4f4"),
    (0.501, "to 1.0", "#cfe3e3"),
    (1.001, "to 1.5", "#a9cfcf"),
    (1.501, "over 1.5", "#7db6b8"),
)
#: Lower ends of the classes of density (channels per cm2), their words and the distance of their dots.
_DENSITIES = ((0.0, "under 500", 22.0), (500.0, "500 to 1499", 13.0), (1500.0, "1500 and more", 8.0))
_UNSET, _FEATURE = "#ffffff", "#a8b3ba"
_BOX = (-376.0, -8.0, 752.0, 640.0)
_WIDE, _HIGH = 25.0, 19.0
_SIZE, _LEGEND_SIZE, _LEGEND_Y, _LINE = 17.0, 19.0, 560.0, 27.0


@dataclass(frozen=True)
class ZoneSettingMark:
    """What is set in one zone; None where the clinic sets it."""

    needle_length_mm: float | None
    channels_per_cm2: float | None

    @property
    def words(self) -> str:
        """The setting as it is read aloud."""
        length = write_needle_length(self.needle_length_mm)
        if self.channels_per_cm2 is None:
            return f"needle length {length}, density set by the clinic"
        return f"needle length {length}, {write_about(self.channels_per_cm2)} channels per cm²"


def draw_settings_map(settings: Mapping[ZonePlace, ZoneSettingMark], *, name: str) -> str:
    """Return the face with the settings by (zone, side) as one SVG element with its alternative text.

    Side None of a paired zone stands for both sides. `name` salts the ids inside.
    """
    marks = _both_sides(settings)
    parts = [_patterns(name), draw_shape(HAIR, "#eef1f3", outline="none")]
    for zone in ("neck", *(each for each in ZONE_SHAPES if each not in ("neck", "trunk"))):
        parts += _draw_zone(ZONE_SHAPES[zone], marks.get(zone, {}), name)
    parts += [draw_shape(path, "none", outline=_FEATURE) for path in FEATURES]
    for zone, by_side in marks.items():
        parts += _print_settings(ZONE_SHAPES[zone], by_side)
    parts += print_sides(names=True)
    parts += [part for zone, shape in ZONE_SHAPES.items() if zone != "trunk" for part in print_name(zone, shape)]
    parts += _draw_legend()
    box = " ".join(f"{value:g}" for value in _BOX)
    label = quoteattr(describe_settings_map(settings))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label={label} '
    return head + f'class="face-map" font-family="{FONT}">{"".join(parts)}</svg>'


def describe_settings_map(settings: Mapping[ZonePlace, ZoneSettingMark]) -> str:
    """Return the map in words, zone by zone, for who cannot see it."""
    places = sorted(settings, key=lambda place: (list(ZONE_SHAPES).index(place[0]), place[1] or ""))
    said = "; ".join(f"{name_zone(*place)}: {settings[place].words}" for place in places)
    return f"Map of the face with the settings of the plan; the patient's right is on the left. {said}."


def _both_sides(
    settings: Mapping[ZonePlace, ZoneSettingMark],
) -> dict[str, dict[str | None, ZoneSettingMark]]:
    marks: dict[str, dict[str | None, ZoneSettingMark]] = {}
    for (zone, side), mark in settings.items():
        sides = ("right", "left") if side is None and ZONE_SHAPES[zone].is_paired else (side,)
        marks.setdefault(zone, {}).update(dict.fromkeys(sides, mark))
    return marks


def _draw_zone(shape: ZoneShape, marks: Mapping[str | None, ZoneSettingMark], name: str) -> list[str]:
    if not shape.is_paired:
        return _ground_and_dots(shape, next(iter(marks.values()), None), name, mirror=1.0)
    return [
        part
        for sign, side in ((-1.0, "right"), (1.0, "left"))
        for part in _ground_and_dots(shape, marks.get(side), name, mirror=sign)
    ]


def _ground_and_dots(shape: ZoneShape, mark: ZoneSettingMark | None, name: str, *, mirror: float) -> list[str]:
    if mark is None or mark.needle_length_mm is None:
        ground = _UNSET
    else:
        ground = next(ground for least, _, ground in reversed(_LENGTHS) if mark.needle_length_mm >= least)
    parts = [draw_shape(shape.path, ground, mirror=mirror)]
    if mark is not None and mark.channels_per_cm2 is not None:
        number = max(place for place, row in enumerate(_DENSITIES) if mark.channels_per_cm2 >= row[0])
        parts.append(draw_shape(shape.path, f"url(#{name}-dots-{number})", mirror=mirror))
    return parts


def _print_settings(shape: ZoneShape, by_side: Mapping[str | None, ZoneSettingMark]) -> list[str]:
    parts = []
    for side, mark in by_side.items():
        x = shape.x * (-1.0 if side == "right" else 1.0) if shape.is_paired else shape.x
        length = "?" if mark.needle_length_mm is None else f"{mark.needle_length_mm:g} mm"
        density = "?" if mark.channels_per_cm2 is None else f"{write_about(mark.channels_per_cm2)}/cm²"
        # In a small zone the density is left to the dots and the legend: two lines would not stay inside.
        lines = [length, density] if shape.size >= _SIZE + 7 else [length]
        for place, text in enumerate(lines):
            y = shape.y + (place - (len(lines) - 1) / 2) * (_SIZE + 3) + 0.36 * _SIZE
            parts.append(_with_halo(print_text(text, x, y, _SIZE, weight="600" if place == 0 else "400")))
    return parts


def _with_halo(text: str) -> str:
    """Return a text with a white edge, so that dots do not run through its letters."""
    return text.replace("<text ", '<text paint-order="stroke" stroke="#ffffff" stroke-width="4" ', 1)


def _patterns(name: str) -> str:
    dots = "".join(
        f'<pattern id="{name}-dots-{number}" width="{step:g}" height="{step:g}" patternUnits="userSpaceOnUse">'
        f'<circle cx="{step / 2:g}" cy="{step / 2:g}" r="1.5" fill="#1b2a33" fill-opacity="0.55"/></pattern>'
        for number, (_, _, step) in enumerate(_DENSITIES)
    )
    return f"<defs>{dots}</defs>"


def _draw_legend() -> list[str]:
    left = _BOX[0] + 8
    parts = [print_text("needle length setting, mm:", left, _LEGEND_Y + 15, _LEGEND_SIZE, anchor="start", ink=MUTED)]
    x = left + 238
    for _, words, ground in _LENGTHS:
        parts += _legend_box(x, _LEGEND_Y, ground, words)
        x += 48 + 9.4 * len(words)
    low = _LEGEND_Y + _LINE
    parts.append(print_text("channels per cm²:", left, low + 15, _LEGEND_SIZE, anchor="start", ink=MUTED))
    x = left + 238
    for _, words, step in _DENSITIES:
        parts += _legend_box(x, low, _UNSET, words)
        parts += [
            f'<circle cx="{x + across:g}" cy="{low + down:g}" r="1.5" fill="#1b2a33" fill-opacity="0.55"/>'
            for across in _centred(step, _WIDE)
            for down in _centred(step, _HIGH)
        ]
        x += 48 + 9.4 * len(words)
    return parts


def _centred(step: float, length: float) -> list[float]:
    """Return places `step` apart in the middle of a length."""
    count = max(1, round(length / step))
    return [length / 2 + (number - (count - 1) / 2) * step for number in range(count)]


def _legend_box(x: float, y: float, ground: str, words: str) -> list[str]:
    return [
        f'<rect x="{x:g}" y="{y:g}" width="{_WIDE:g}" height="{_HIGH:g}" fill="{ground}" stroke="#7b8a93"/>',
        print_text(words, x + 31, y + 15, _LEGEND_SIZE, anchor="start", ink=MUTED),
    ]
