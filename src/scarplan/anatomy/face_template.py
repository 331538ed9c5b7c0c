"""The template face: landmarks to click and the borders of zones, on a face unrolled from a cylinder.

Patient's left is x > 0, y runs upwards from the outer corners of the eyes, mm; see `data/face_template.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from scarplan.anatomy.zones import zone

Side = Literal["left", "right"]
Point = tuple[float, float]
# The template is drawn for the patient's left.
_BOTH_SIDES: tuple[tuple[Side, float], ...] = (("right", -1.0), ("left", 1.0))


@dataclass(frozen=True)
class Landmark:
    """A place on the face that a person can click: how to find it, and where it lies on the template.

    `is_needed`: no zone is placed without it. `view`: from where it is best seen. `definition`: what it is, after
    `source` at `locator`; `verification` tells how that was read.
    """

    id: str
    words: str
    find: str
    term: str
    side: Side | None
    at: Point
    is_needed: bool
    view: Literal["front", "left90", "right90"]
    definition: str
    source: str
    locator: str
    verification: str

    @property
    def is_assumed(self) -> bool:
        """Whether the place is the project's own choice, and no source defines it so."""
        return self.source == "assumption"


@dataclass(frozen=True)
class Region:
    """An area of the template: a zone with its side, or skin to `leave_out`; outline [x, y], mm."""

    zone: str | None
    side: Side | None
    leave_out: str | None
    words: str
    outline: tuple[Point, ...]
    when_asked: bool = False


#: Half the distance between the fronts of the ears of the template, mm: the radius of its cylinder.
TEMPLATE_RADIUS_MM = 71.0


@dataclass(frozen=True)
class FaceTemplate:
    """Landmarks in the order of clicking, and regions of which a later one lies over the earlier ones.

    `anchors`: points that lie beyond all landmarks, each as far from the landmark named as on the template.
    """

    landmarks: tuple[Landmark, ...]
    regions: tuple[Region, ...]
    anchors: tuple[tuple[str, Point], ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of the landmarks that are needed."""
        return tuple(mark.id for mark in self.landmarks if mark.is_needed)


@cache
def face_template() -> FaceTemplate:
    """Return the template face."""
    data = tomllib.loads(files("scarplan.anatomy").joinpath("data", "face_template.toml").read_text("utf-8"))
    marks = [mark for name, row in data["landmark"].items() for mark in _read_landmark(name, row)]
    anchors = tuple((row["from"], (x, y)) for row in data["anchor"] for x, y in row["at"])
    regions = [region for row in data["region"] for region in _read_region(row)]
    return FaceTemplate(tuple(sorted(marks, key=_order)), tuple(regions), anchors)


def _order(mark: Landmark) -> tuple[bool, str]:
    # What is needed first; what is seen from the same side together.
    return not mark.is_needed, mark.view


def _read_landmark(name: str, row: dict[str, Any]) -> list[Landmark]:
    from_side, (x, y) = row.get("view") == "side", row["at"]
    shared = (row["find"], row["term"])
    needed = row.get("needed", False)
    origin = tuple(row[key] for key in ("definition", "source", "locator", "verification"))
    if not row.get("paired", False):
        return [Landmark(name, row["words"], *shared, None, (x, y), needed, "front", *origin)]
    return [
        Landmark(
            f"{name}_{side}",
            row["words"].format(side=side),
            *shared,
            side,
            (sign * x, y),
            needed,
            ("left90" if side == "left" else "right90") if from_side else "front",
            *origin,
        )
        for side, sign in _BOTH_SIDES
    ]


def _read_region(row: dict[str, Any]) -> list[Region]:
    found = zone(row["zone"]) if "zone" in row else None
    words = found.name if found else row["words"]
    named = (found.id if found else None, row.get("leave_out"), words, row.get("when_asked", False))
    if not row.get("paired", False):
        return [_make_region(named, None, row["outline"], 1.0)]
    return [_make_region(named, side, row["outline"], sign) for side, sign in _BOTH_SIDES]


def _make_region(
    named: tuple[str | None, str | None, str, bool], side: Side | None, outline: list[list[float]], sign: float
) -> Region:
    zone_id, leave_out, words, when_asked = named
    return Region(zone_id, side, leave_out, words, tuple((sign * x, float(y)) for x, y in outline), when_asked)
