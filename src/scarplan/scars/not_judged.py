"""Skin that is seen but not judged: too steep for the view, or folded; each with its reason and its area.

A height map of skin that turns away shows little of it, and a fold of the face (beside the nose, under the lip) is
bent more sharply than any scar bends its surroundings. Neither can be told from a scar by its relief.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.scarmap import LeftOut
from scarplan.surface.area import seen_area_cm2
from scarplan.surface.bending import find_bending
from scarplan.surface.surface import Surface
from scarplan.surface.unevenness import without

if TYPE_CHECKING:
    from jaxtyping import Bool

#: Reasons in the order in which they count: a place of several is counted for the first.
REASONS = ("steep", "folded", "narrow")


@dataclass(frozen=True)
class NotJudged:
    """What of one surface is not judged.

    by_reason   reason -> pixels left out for it [y x]; no pixel has two
    """

    by_reason: dict[str, Bool[np.ndarray, "y x"]]


def find_not_judged(surface: Surface) -> NotJudged:
    """Return what of a surface is too steep or too sharply bent, or is left as a strip too narrow to have a rim."""
    form = find_bending(surface.relief_mm, surface.valid, pixel_mm=surface.pixel_mm)
    steep = form.slope > np.tan(np.radians(value_of("scar_doubt.steepest_skin_deg")))
    folded = form.per_mm > value_of("scar_doubt.sharpest_bend_per_mm")
    if not (steep.any() or folded.any()):
        return NotJudged({})
    left = form.seen & ~steep & ~folded
    reach = 2 * round(value_of("scar_doubt.narrowest_strip_mm") / 2 / form.step_mm) + 1
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    kept = cv2.morphologyEx(left.astype(np.uint8), cv2.MORPH_OPEN, element) > 0
    # What is narrow as it was scanned is the scan's own shape: only what the reasons above have cut off counts.
    was = cv2.morphologyEx(form.seen.astype(np.uint8), cv2.MORPH_OPEN, element) > 0
    by_reason, taken = {}, np.zeros(surface.shape, bool)
    for reason, cells in zip(REASONS, (steep, folded, left & was & ~kept), strict=True):
        pixels = _spread(cells, surface.shape) & surface.valid & ~taken
        if pixels.any():
            by_reason[reason] = pixels
            taken |= pixels
    return NotJudged(by_reason)


def judged_part(surface: Surface, left_out: NotJudged) -> Surface:
    """Return the surface with what is not judged not seen."""
    if not left_out.by_reason:
        return surface
    return without(surface, np.logical_or.reduce(list(left_out.by_reason.values())))


def areas_cm2(surface: Surface, left_out: NotJudged) -> dict[str, float]:
    """Return the area of skin that is left out, by reason; on a chart only skin that is its own."""
    areas = {}
    for reason, pixels in left_out.by_reason.items():
        own = None if surface.own is None else surface.own & pixels
        areas[reason] = seen_area_cm2(replace(surface, valid=surface.valid & pixels, own=own))
    return areas


def sum_left_out(areas: Sequence[Mapping[str, float]], doubted: Sequence[str]) -> tuple[LeftOut, ...]:
    """Return what was not judged of several surfaces: skin by area (cm2), and finds by what makes them doubtful."""
    skin = {reason: sum(one.get(reason, 0.0) for one in areas) for reason in REASONS}
    finds = Counter(doubted)
    return (
        *(LeftOut(reason, area, None) for reason, area in skin.items() if area > 0),
        *(LeftOut(reason, None, finds[reason]) for reason in sorted(finds)),
    )


def _spread(cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return cv2.resize(cells.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
