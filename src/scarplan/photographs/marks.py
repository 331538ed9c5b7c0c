"""Marks: what a rater has tapped on one photograph (scars, landmarks, ruler, chart corners, patches of skin).

Positions are pixels of the kept photograph from its upper left corner, x to the right, y downwards; the middle of
the first pixel is (0.5, 0.5). A scar has a kind always, a width only with a ruler in the frame, and never a depth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Kind of scar -> its name for people.
SCAR_KINDS = {
    "icepick": "ice-pick",
    "boxcar": "boxcar",
    "rolling": "rolling",
    "raised": "raised",
    "flat_mark": "flat mark",
    "other": "other",
}
#: Landmark -> its name for people. Left and right are the patient's own.
LANDMARKS = {
    "outer_eye_left": "outer corner of the left eye",
    "inner_eye_left": "inner corner of the left eye",
    "inner_eye_right": "inner corner of the right eye",
    "outer_eye_right": "outer corner of the right eye",
    "nose_tip": "tip of the nose",
    "nose_wing_left": "left wing of the nose, where it meets the cheek",
    "nose_wing_right": "right wing of the nose, where it meets the cheek",
    "mouth_left": "left corner of the mouth",
    "mouth_right": "right corner of the mouth",
    "chin": "middle of the chin",
    "ear_lobe_left": "lowest point of the left ear lobe",
    "ear_lobe_right": "lowest point of the right ear lobe",
    "own_1": "fixed point 1, such as a mole",
    "own_2": "fixed point 2, such as a mole",
    "own_3": "fixed point 3, such as a mole",
    "own_4": "fixed point 4, such as a mole",
    "own_5": "fixed point 5, such as a mole",
    "own_6": "fixed point 6, such as a mole",
}
#: Corner patch of the 24-patch chart -> its name for people, in the order of tapping: round the chart.
CHART_CORNERS = {
    "dark_skin": "middle of the dark brown corner patch",
    "bluish_green": "middle of the bluish green corner patch",
    "black": "middle of the black corner patch",
    "white": "middle of the white corner patch",
}
#: Patch of skin -> its name for people. Redness is told against `reference`.
SKIN_PATCHES = {
    "reference": "reference: skin without scars or redness",
    **{f"patch_{i}": f"patch {i}" for i in range(1, 7)},
}
#: What can be marked -> the names it may bear.
NAMES: Mapping[str, Mapping[str, str]] = {
    "scar": SCAR_KINDS,
    "landmark": LANDMARKS,
    "ruler": {"ruler": "ruler"},
    "chart": CHART_CORNERS,
    "skin": SKIN_PATCHES,
}

Position = tuple[float, float]


@dataclass(frozen=True)
class MarkedScar:
    """One scar as one rater tapped it: `edge_px` is its other edge, None where no width was marked."""

    kind: str
    tap_px: Position
    edge_px: Position | None = None

    @property
    def centre_px(self) -> Position:
        """The middle of the scar: between its edges, or where it was tapped."""
        if self.edge_px is None:
            return self.tap_px
        return ((self.tap_px[0] + self.edge_px[0]) / 2, (self.tap_px[1] + self.edge_px[1]) / 2)


@dataclass(frozen=True)
class Ruler:
    """A ruler in the frame: two of its marks and the length between them."""

    ends_px: tuple[Position, Position]
    length_mm: float

    @property
    def length_px(self) -> float:
        """Length on the photograph, pixels."""
        return math.dist(*self.ends_px)

    @property
    def px_per_mm(self) -> float:
        """Pixels per millimetre where the ruler lies."""
        return self.length_px / self.length_mm


@dataclass(frozen=True)
class SkinPatch:
    """A round patch of skin to read colour from; without a point on its border a small disc is taken."""

    centre_px: Position
    border_px: Position | None = None

    @property
    def radius_px(self) -> float | None:
        """Radius in pixels; None where no border was marked."""
        return None if self.border_px is None else math.dist(self.centre_px, self.border_px)


@dataclass(frozen=True)
class Marks:
    """All marks of one rater on one photograph. Landmarks, chart corners and patches go by name."""

    scars: tuple[MarkedScar, ...] = ()
    landmarks: Mapping[str, Position] = field(default_factory=dict)
    ruler: Ruler | None = None
    chart: Mapping[str, Position] = field(default_factory=dict)
    skin: Mapping[str, SkinPatch] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Number of scars of every kind, 0 where none was marked."""
        found = Counter(scar.kind for scar in self.scars)
        return {kind: found[kind] for kind in SCAR_KINDS}

    @property
    def has_chart(self) -> bool:
        """Whether all four corners of the colour chart are marked."""
        return set(self.chart) == set(CHART_CORNERS)
