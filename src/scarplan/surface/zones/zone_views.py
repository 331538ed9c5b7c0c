"""Which way to look at each zone of a face: along its mean normal, in as many parts as its bend needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.raycast import View
from scarplan.surface.surface import as_vector
from scarplan.surface.views import Samples, axes_along
from scarplan.surface.zones.face_map import FaceMap
from scarplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from jaxtyping import Int

# A few samples at the border of a zone may lean further than the limit: the border of a neighbour shows their skin.
_WITHIN_LIMIT = 0.95
_MOST_PARTS = 4
_SMALLEST_ZONE_CM2 = 1.0
# Smaller parts would be more border than skin, and a part more must show this much more of the zone.
_SMALLEST_PART_CM2 = 3.0
_WORTH_A_PART = 0.08


@dataclass(frozen=True)
class ZoneView:
    """A view of one part of an area: `area` is its number in the face map, `samples` are those of the part."""

    area: int
    part: int
    parts: int
    view: View
    samples: Int[np.ndarray, " n"]


def choose_zone_views(face: FaceMap, samples: Samples, area_of: Int[np.ndarray, " n"]) -> list[ZoneView]:
    """Return the views of each zone that is large enough, in the order of the areas of `face`.

    `area_of`: number of the area of each sample.
    """
    views = []
    up = None if face.frame is None else face.frame.axes[1]
    for number, area in enumerate(face.areas):
        mine = np.nonzero(area_of == number)[0]
        if area.zone is None or (face.only and area.zone not in face.only):
            continue
        if mine.size * samples.area_cm2 < _SMALLEST_ZONE_CM2:
            continue
        parts = _split(samples, mine)
        views += [
            ZoneView(number, part, len(parts), _view_of(samples, chosen, up), chosen)
            for part, chosen in enumerate(parts)
        ]
    return views


def _split(samples: Samples, mine: np.ndarray) -> list[np.ndarray]:
    """Return the samples of a zone in the fewest parts that each face one way, or nearly as well as more would."""
    most = max(1, min(_MOST_PARTS, int(mine.size * samples.area_cm2 / _SMALLEST_PART_CM2)))
    choices = [[mine] if count == 1 else _cut(samples, mine, count) for count in range(1, most + 1)]
    seen = [_share_facing(samples, parts) for parts in choices]
    enough = min(_WITHIN_LIMIT, max(seen) - _WORTH_A_PART)
    return next(parts for parts, share in zip(choices, seen, strict=True) if share >= enough)


def _share_facing(samples: Samples, parts: list[np.ndarray]) -> float:
    """Return the share of the samples that lean no further than the limit against the view of their part."""
    steepest = np.cos(np.radians(value_of("surface.steepest_zone_view_deg")))
    facing = 0
    for part in parts:
        normals = samples.normals[part]
        mean = normals.mean(axis=0)
        facing += int((normals @ mean >= steepest * np.linalg.norm(mean)).sum())
    return facing / sum(part.size for part in parts)


def _cut(samples: Samples, mine: np.ndarray, count: int) -> list[np.ndarray]:
    """Return `mine` cut straight into `count` parts of equal area, across the way in which the zone bends most."""
    normals, points = samples.normals[mine], samples.points_mm[mine]
    _, _, axes = np.linalg.svd(normals - normals.mean(axis=0), full_matrices=False)
    turn = (normals - normals.mean(axis=0)) @ axes[0]
    along = (points - points.mean(axis=0)).T @ turn
    order = np.argsort(points @ along, kind="stable")
    return [np.sort(mine[part]) for part in np.array_split(order, count)]


def _view_of(samples: Samples, part: np.ndarray, up: np.ndarray | None) -> View:
    mean = samples.normals[part].mean(axis=0)
    right, down, outward = axes_along(mean / np.linalg.norm(mean), up)
    axes = np.array([right, down, outward])
    local = samples.points_mm[part] @ axes.T
    low, high = local.min(axis=0), local.max(axis=0)
    # The samples stand some way inside the border of what they stand for.
    border = value_of("surface.zone_overlap_mm") + np.sqrt(samples.area_cm2 * MM2_PER_CM2)
    half = float((high - low)[:2].max()) / 2 + border
    half = max(half, float(high[2] - low[2]) / 2 + border)
    return View(as_vector((low + high) / 2 @ axes), right, down, outward, half)
