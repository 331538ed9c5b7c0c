"""Where channels go on the skin, seen from above: at random, or in the patterns that devices leave.

Every pattern covers a field and a margin around it, and is placed at random as a whole: offset, phase of the drum or of
the strokes, direction of a grid. `jitter_mm` is how far the hand sets each channel off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Places = Float[np.ndarray, "channel 2"]


@dataclass(frozen=True)
class Field:
    """The rectangle of skin that is looked at, mm; channels are placed on a margin around it too."""

    width_mm: float
    height_mm: float
    margin_mm: float = 0.6

    @property
    def reach_mm(self) -> float:
        """Radius of the circle around the middle that holds field and margin."""
        return 0.5 * math.hypot(self.width_mm, self.height_mm) + self.margin_mm

    def crop(self, places: Places) -> Places:
        """Return those of `places` (counted from the middle) on field and margin, counted from its corner."""
        moved = places + 0.5 * np.array([self.width_mm, self.height_mm])
        inside = np.all(
            (moved >= -self.margin_mm) & (moved <= np.array([self.width_mm, self.height_mm]) + self.margin_mm), axis=1
        )
        return moved[inside]


def uniform_places(rng: np.random.Generator, field: Field, *, per_mm2: float) -> Places:
    """Return places of a Poisson process, as the expected field assumes."""
    size = np.array([field.width_mm, field.height_mm]) + 2.0 * field.margin_mm
    count = rng.poisson(per_mm2 * size.prod())
    return rng.random((count, 2)) * size - field.margin_mm


def roller_tracks(
    rng: np.random.Generator,
    field: Field,
    *,
    needles: int,
    needles_a_row: int,
    drum_diameter_mm: float,
    drum_width_mm: float,
    directions_deg: Sequence[float],
    jitter_mm: float = 0.0,
) -> Places:
    """Return the tracks of one pass in each of `directions_deg`: lanes of rows of needles, every second row offset."""
    row_mm = math.pi * drum_diameter_mm / (needles / needles_a_row)
    step_mm = drum_width_mm / needles_a_row
    made = []
    for direction in directions_deg:
        for start_mm in _lanes(rng, field, drum_width_mm):
            along = np.arange(-field.reach_mm - row_mm, field.reach_mm + row_mm, row_mm) + rng.random() * row_mm
            across = start_mm + step_mm * np.arange(needles_a_row)
            x, y = np.meshgrid(along, across)
            y = y + 0.5 * step_mm * (np.arange(along.size) % 2)
            made.append(_turned(np.stack([x.ravel(), y.ravel()], axis=1), direction))
    return field.crop(_jittered(rng, np.concatenate(made), jitter_mm))


def pen_strokes(
    rng: np.random.Generator,
    field: Field,
    *,
    needles: int,
    tip_width_mm: float,
    strokes_per_s: float,
    speed_mm_per_s: float,
    directions_deg: Sequence[float],
    overlap_share: float = 0.0,
    jitter_mm: float = 0.0,
) -> Places:
    """Return the dots of one gliding pass in each of `directions_deg`: a round tip that strikes along its lane."""
    tip = _disc(needles, 0.5 * tip_width_mm)
    step_mm = speed_mm_per_s / strokes_per_s
    made = []
    for direction in directions_deg:
        for start_mm in _lanes(rng, field, tip_width_mm * (1.0 - overlap_share)):
            reach = field.reach_mm + tip_width_mm
            along = np.arange(-reach, reach, step_mm) + rng.random() * step_mm
            centres = np.stack([along, np.full(along.size, start_mm)], axis=1)
            turned = _turned(tip, rng.random() * 360.0)
            made.append(_turned((centres[:, None, :] + turned).reshape(-1, 2), direction))
    return field.crop(_jittered(rng, np.concatenate(made), jitter_mm))


def stamp_presses(
    rng: np.random.Generator,
    field: Field,
    *,
    needles: int,
    head_diameter_mm: float,
    passes: int,
    jitter_mm: float = 0.0,
) -> Places:
    """Return presses of a round head, side by side so that each pass leaves needles over the head's area on average."""
    head = _disc(needles, 0.5 * head_diameter_mm)
    pitch_mm = 0.5 * math.sqrt(math.pi) * head_diameter_mm
    made = []
    for _ in range(passes):
        centres = _grid(rng, field.reach_mm + head_diameter_mm, pitch_mm)
        turns = rng.random(len(centres)) * 360.0
        made += [centre + _turned(head, turn) for centre, turn in zip(centres, turns, strict=True)]
    return field.crop(_jittered(rng, np.concatenate(made), jitter_mm))


def laser_grid(
    rng: np.random.Generator, field: Field, *, per_mm2: float, passes: int = 1, jitter_share: float = 0.0
) -> Places:
    """Return the square grid of a scanner, turned and offset at random for each pass; `jitter_share` of its pitch."""
    pitch_mm = 1.0 / math.sqrt(per_mm2)
    made = [_grid(rng, field.reach_mm + pitch_mm, pitch_mm) for _ in range(passes)]
    return field.crop(_jittered(rng, np.concatenate(made), jitter_share * pitch_mm))


def _lanes(rng: np.random.Generator, field: Field, width_mm: float) -> np.ndarray:
    first = -field.reach_mm - width_mm * (1.0 + rng.random())
    return np.arange(first, field.reach_mm + width_mm, width_mm)


def _grid(rng: np.random.Generator, reach_mm: float, pitch_mm: float) -> Places:
    line = np.arange(-reach_mm - pitch_mm, reach_mm + pitch_mm, pitch_mm)
    x, y = np.meshgrid(line, line)
    return _turned(np.stack([x.ravel(), y.ravel()], axis=1) + pitch_mm * rng.random(2), rng.random() * 360.0)


def _disc(count: int, radius_mm: float) -> Places:
    # Needles spread evenly over a disc: each next one a golden angle on, at a radius that gives equal areas.
    number = np.arange(count) + 0.5
    angle = number * math.pi * (3.0 - math.sqrt(5.0))
    radius = radius_mm * np.sqrt(number / count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _turned(places: Places, degrees: float) -> Places:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return places @ np.array([[cos, sin], [-sin, cos]])


def _jittered(rng: np.random.Generator, places: Places, jitter_mm: float) -> Places:
    return places + jitter_mm * rng.standard_normal(places.shape) if jitter_mm > 0.0 else places
