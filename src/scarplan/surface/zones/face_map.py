"""FaceMap: which zone of the face any point of the mesh belongs to, by landmarks and by drawn outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.anatomy import TEMPLATE_RADIUS_MM, FaceTemplate, face_template
from scarplan.surface.zones.face_frame import FaceFrame, Places
from scarplan.surface.zones.warp import Warp

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    from scarplan.surface.surface import Vector

# Raster of the template face; borders are known to some millimetres.
STEP_MM = 0.5
LOW_MM, _HIGH_MM = np.array([-155.0, -170.0]), np.array([155.0, 80.0])
# Skin further from the axis between the ears than the tip of the nose is a shoulder or the chest.
BEYOND_NOSE_MM = 5.0
# A drawn outline counts for the skin it was drawn on, not for what lies behind it.
_BEHIND_OUTLINE_MM = 15.0
_STEEPEST_DRAWN = 0.1
_POINTS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Area:
    """A zone with its side, or skin to leave out (`zone` None), in words."""

    zone: str | None
    side: str | None
    words: str


@dataclass(frozen=True)
class Drawn:
    """An outline on the mesh [n 3], mm, seen against `seen_from`; it stands for `area`."""

    area: Area
    outline_mm: Float[np.ndarray, "n 3"]
    seen_from: Vector


@dataclass(frozen=True)
class FaceMap:
    """Areas of a face; a number of `locate` is a row of `areas`, which start with what belongs to none.

    frame, to_template, nose_mm   where the face lies, and its warp onto the template; None where all zones are drawn
    only   zones to be measured; empty for all
    """

    areas: tuple[Area, ...]
    raster: Int[np.ndarray, "y x"]
    frame: FaceFrame | None
    to_template: Warp | None
    nose_mm: float
    only: frozenset[str]
    drawn: tuple[tuple[int, Drawn], ...]

    @classmethod
    def of(
        cls,
        landmarks: Places,
        *,
        drawn: Sequence[Drawn] = (),
        leave_out: Sequence[str] = (),
        only: frozenset[str] = frozenset(),
    ) -> FaceMap:
        """Return the map by `landmarks` (all needed ones, or none) and `drawn` outlines, later ones on top.

        `leave_out`: areas of the template that are left out when asked for; `only`: the zones to be measured, all
        where it is empty. Raises BadInput for landmarks of no face.
        """
        template = face_template()
        areas, raster = raster_template(template, tuple(leave_out))
        frame, warp, nose_mm = None, None, 0.0
        if landmarks:
            frame = FaceFrame.of(landmarks)
            warp = warp_to_template(frame, landmarks)
            tip = (np.array(landmarks["nose_tip"]) - frame.ears_mm) @ frame.axes.T
            nose_mm = float(np.hypot(tip[0], tip[2]))
        else:
            raster = np.zeros_like(raster)
        known = list(areas)
        numbered = []
        for each in drawn:
            if each.area not in known:
                known.append(each.area)
            numbered.append((known.index(each.area), each))
        return cls(tuple(known), raster, frame, warp, nose_mm, only, tuple(numbered))

    def locate(
        self, points_mm: Float[np.ndarray, "n 3"], normals: Float[np.ndarray, "n 3"] | None = None
    ) -> Int[np.ndarray, " n"]:
        """Return the number of the area of each point; 0 where it lies in none.

        `normals` (outward) tell skin from what lies behind it where zones are drawn.
        """
        found = np.zeros(len(points_mm), dtype=np.int16)
        if self.frame is not None and self.to_template is not None:
            for start in range(0, len(points_mm), _POINTS_AT_ONCE):
                part = slice(start, start + _POINTS_AT_ONCE)
                found[part] = self._by_landmarks(np.asarray(points_mm[part]), self.frame, self.to_template)
        for number, each in self.drawn:
            found[is_inside(each, points_mm, normals)] = number
        return found

    def _by_landmarks(self, points_mm: np.ndarray, frame: FaceFrame, warp: Warp) -> np.ndarray:
        x, _, z = ((points_mm - frame.ears_mm) @ frame.axes.T).T
        near = np.nonzero((np.hypot(x, z) <= self.nose_mm + BEYOND_NOSE_MM) & (z > -frame.radius_mm / 2))[0]
        place = warp(frame.unroll(points_mm[near]))
        column, row = np.rint((place - LOW_MM) / STEP_MM).astype(np.int64).T
        inside = (column >= 0) & (row >= 0) & (column < self.raster.shape[1]) & (row < self.raster.shape[0])
        found = np.zeros(len(points_mm), dtype=np.int16)
        found[near[inside]] = self.raster[row[inside], column[inside]]
        return found


def warp_to_template(frame: FaceFrame, landmarks: Places) -> Warp:
    """Return the warp from the unrolled face onto the template by the `landmarks` that are there."""
    template = face_template()
    marks = {mark.id: np.array(mark.at) for mark in template.landmarks if mark.id in landmarks}
    places = frame.unroll(np.array([landmarks[name] for name in marks], dtype=float))
    unrolled = dict(zip(marks, places, strict=True))
    size = frame.radius_mm / TEMPLATE_RADIUS_MM
    beyond = [unrolled[name] + size * (np.array(at) - marks[name]) for name, at in template.anchors]
    ends = [*marks.values(), *(np.array(at) for _, at in template.anchors)]
    return Warp.through(np.array([*places, *beyond]), np.array(ends))


@cache
def raster_template(template: FaceTemplate, leave_out: tuple[str, ...]) -> tuple[tuple[Area, ...], np.ndarray]:
    """Return the areas of `template` and its raster of their numbers, row 0 at the lowest y."""
    areas = [Area(None, None, "none")]
    columns, rows = (int(size) for size in np.rint((_HIGH_MM - LOW_MM) / STEP_MM) + 1)
    raster = np.zeros((rows, columns), dtype=np.uint8)
    for region in template.regions:
        if region.when_asked and region.leave_out not in leave_out:
            continue
        area = Area(region.zone, region.side if region.zone else None, region.words)
        if area not in areas:
            areas.append(area)
        corners = np.rint((np.array(region.outline) - LOW_MM) / STEP_MM).astype(np.int32)
        cv2.fillPoly(raster, [corners], areas.index(area))
    return tuple(areas), raster


def is_inside(drawn: Drawn, points_mm: np.ndarray, normals: np.ndarray | None) -> np.ndarray:
    """Return True [n] for each point of the skin on which `drawn` was drawn."""
    axes = _axes_of(drawn)
    outward = axes[2]
    local, corners = points_mm @ axes.T, drawn.outline_mm @ axes.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    reach = np.array([0.0, 0.0, _BEHIND_OUTLINE_MM])
    near = np.nonzero(((local >= low - reach) & (local <= [high[0], high[1], np.inf])).all(axis=1))[0]
    if normals is not None:
        near = near[normals[near] @ outward > _STEEPEST_DRAWN]
    inside = np.zeros(len(points_mm), dtype=bool)
    inside[near] = _crossings(local[near, :2], corners[:, :2]) % 2 == 1
    return inside


def crosses_itself(drawn: Drawn) -> bool:
    """Whether two edges of the outline cross as it was seen: what it encloses is not clear then."""
    corners = (drawn.outline_mm @ _axes_of(drawn).T)[:, :2]
    start, end = corners, np.roll(corners, -1, axis=0)

    def side(of: np.ndarray) -> np.ndarray:
        """Return on which side of each edge (rows) each of the points (columns) lies."""
        along = (end - start)[:, None]
        away = of[None] - start[:, None]
        return np.sign(along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0])

    apart = side(start) * side(end) < 0
    return bool((apart & apart.T).any())


def _axes_of(drawn: Drawn) -> np.ndarray:
    """Return the axes (rows) of the view on which `drawn` was drawn; the last one points to the viewer."""
    outward = np.array(drawn.seen_from) / np.linalg.norm(drawn.seen_from)
    across = np.cross(outward, np.eye(3)[np.argmin(np.abs(outward))])
    across /= np.linalg.norm(across)
    return np.array([across, np.cross(outward, across), outward])


def _crossings(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return how many edges [n] of the outline a line to the right of each point crosses."""
    count = np.zeros(len(points), dtype=int)
    x, y = points.T
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if ay != by:
            spans = (ay > y) != (by > y)
            count += spans & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return count
