"""The zones of a plan as rows to tick: from the forehead down, equal sides in one row, long texts as notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from scarplan.anatomy import all_zones
from scarplan.candidacy.rule import all_rules
from scarplan.evidence.library import source
from scarplan.report.sheets.zone_names import name_zone_briefly
from scarplan.report.wording import SET_BY_THE_CLINIC, shorten, write_trimmed

#: More passes than these are counted as tally marks: boxes would fill the page.
MOST_BOXES = 8
#: Letters of all notes together where nothing else is asked, and the least of one note.
_NOTE_LETTERS, _LEAST_NOTE_LETTERS = 900, 14
#: Direction of a pass -> the stroke drawn beside its box.
STROKES = {"horizontal": "–", "vertical": "|", "oblique": "/", "oblique the other way": "\\"}
_STRAIGHT_DOWN = "•"
#: Mark behind a setting that no cleared label evaluated.
OFF_LABEL = "†"
_SIDES = ("left", "right")
_ORBITAL_RIM = "orbital rim"


@dataclass(frozen=True)
class TickSet:
    """The boxes of one side: one for each pass, with the stroke of its direction; empty where passes are tallied."""

    side: str
    strokes: tuple[str, ...]


@dataclass(frozen=True)
class VisitZone:
    """One row: `setting` and `ceiling` in words, `sets` one for each side, the letters of its notes."""

    zone: str
    setting: str
    is_set_by_clinic: bool
    ceiling: str
    mode: str
    passes: str
    sets: tuple[TickSet, ...]
    end_point_letter: str
    ceiling_letter: str


@dataclass(frozen=True)
class Note:
    """A long text that several rows share, under its letter."""

    letter: str
    text: str


@dataclass(frozen=True)
class VisitZones:
    """All rows with the notes under them and the skin that is left out."""

    rows: tuple[VisitZone, ...]
    end_points: tuple[Note, ...]
    ceilings: tuple[Note, ...]
    strokes: tuple[tuple[str, str], ...]
    leave_out: tuple[str, ...]
    has_off_label: bool

    @property
    def has_cut_notes(self) -> bool:
        """Whether a note is longer in the plan than there was room for."""
        return any(note.text.endswith("…") for note in (*self.end_points, *self.ceilings))

    @property
    def places(self) -> int:
        """Number of zones, each side counted."""
        return sum(len(row.sets) for row in self.rows)


def describe_zones(zones: Iterable[Mapping[str, Any]], *, note_letters: int = _NOTE_LETTERS) -> VisitZones:
    """Return the rows for `zones`, the planned zones of a `plan --json` object.

    All notes together take about `note_letters`, so that the page stays one page whatever the plan says.
    """
    ordered = sorted(zones, key=_place_on_the_face)
    end_points, ceilings = _letter([z["end_point"] for z in ordered], [z["ceiling"] for z in ordered], note_letters)
    merged: dict[Any, list[Mapping[str, Any]]] = {}
    for number, zone in enumerate(ordered):
        sided = zone.get("side") in _SIDES
        merged.setdefault(_setting_of(zone) if sided else ("", number), []).append(zone)
    strokes = dict.fromkeys(d for zone in ordered for d in zone.get("directions") or ())
    return VisitZones(
        rows=tuple(_row(group, end_points, ceilings) for group in merged.values()),
        end_points=tuple(end_points.values()),
        ceilings=tuple(ceilings.values()),
        strokes=tuple((_stroke(direction), direction) for direction in strokes),
        leave_out=_skin_left_out(ordered),
        has_off_label=any(zone.get("off_label") for zone in ordered),
    )


def _place_on_the_face(zone: Mapping[str, Any]) -> tuple[int, str, str]:
    order = [each.id for each in all_zones()]
    name = zone.get("zone")
    return (order.index(name) if name in order else len(order), name or "", zone.get("side") or "")


def _setting_of(zone: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what two sides of a zone must share to stand in one row."""
    fields = ("zone", "needle_length_mm", "passes", "mode", "end_point", "ceiling", "ceiling_mm", "off_label")
    lists = ("directions", "set_by_the_clinic")
    return (*(zone.get(name) for name in fields), *(tuple(zone.get(name) or ()) for name in lists))


def _row(group: list[Mapping[str, Any]], end_points: dict[str, Note], ceilings: dict[str, Note]) -> VisitZone:
    zone = group[0]
    sides = [each.get("side") or "" for each in group]
    where = "both sides" if len(sides) > 1 else sides[0]
    passes, length, ceiling = zone.get("passes"), zone.get("needle_length_mm"), zone.get("ceiling_mm")
    set_by_clinic = length is None or "needle_length_mm" in (zone.get("set_by_the_clinic") or ())
    return VisitZone(
        zone=name_zone_briefly(zone.get("zone"), where or None),
        setting=SET_BY_THE_CLINIC if set_by_clinic else f"{write_trimmed(length)} mm",
        is_set_by_clinic=set_by_clinic,
        ceiling=f"{write_trimmed(ceiling)} mm{OFF_LABEL * bool(zone.get('off_label'))}" if ceiling else "see note",
        mode=str(zone.get("mode") or ""),
        passes="" if passes is None else str(passes),
        sets=tuple(TickSet(side, _strokes(zone)) for side in sides),
        end_point_letter=end_points[zone["end_point"]].letter if len(end_points) > 1 else "",
        ceiling_letter=ceilings[zone["ceiling"]].letter if len(ceilings) > 1 else "",
    )


def _strokes(zone: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the stroke of each pass in turn; none where there are too many passes for boxes."""
    directions = list(zone.get("directions") or ()) or ["horizontal"]
    passes = zone.get("passes") or len(directions)
    if passes > MOST_BOXES:
        return ()
    return tuple(_stroke(directions[number % len(directions)]) for number in range(passes))


def _stroke(direction: str) -> str:
    return STROKES.get(direction, _STRAIGHT_DOWN)


def _letter(
    end_points: Iterable[str], ceilings: Iterable[str], note_letters: int
) -> tuple[dict[str, Note], dict[str, Note]]:
    """Return each different text under a letter; the more there are, the shorter each is cut."""
    groups = [list(dict.fromkeys(texts)) for texts in (end_points, ceilings)]
    number = sum(map(len, groups))
    limit = max(_LEAST_NOTE_LETTERS, note_letters // max(1, number))
    first, second = (
        {text: Note(_name_letter(n, alphabet), shorten(text, limit)) for n, text in enumerate(group)}
        for group, alphabet in zip(groups, (ascii_uppercase, ascii_lowercase), strict=True)
    )
    return first, second


def _name_letter(number: int, alphabet: str) -> str:
    """Return A, B, …, Z, AA, AB, …"""
    first, last = divmod(number, len(alphabet))
    return (alphabet[first - 1] if first else "") + alphabet[last]


def _skin_left_out(zones: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return what is never needled, then what this plan leaves out."""
    guard = all_rules()["guard_orbital_rim"]
    for source_id in guard.sources:
        source(source_id)
    own = dict.fromkeys(text for zone in zones for text in zone.get("leave_out") or ())
    # The plan of a zone beside the eye says the same in its own words.
    return tuple(own) if any(_ORBITAL_RIM in text for text in own) else (guard.condition, *own)
