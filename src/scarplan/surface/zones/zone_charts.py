"""Charts of a face by zone: each shows its zone and a border of its neighbours, and owns the zone alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from scarplan.evidence.library import value_of
from scarplan.surface.area import seen_area_cm2
from scarplan.surface.charts import check_charts, check_size, crop, make_chart, resolved_step, workable_step
from scarplan.surface.displacement import Displacement
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.raycast import Cast, View, cast_view, pixel_steps
from scarplan.surface.surface import Surface
from scarplan.surface.unevenness import find_uneven, without
from scarplan.surface.views import Samples
from scarplan.surface.visibility import is_seen_from_outside
from scarplan.surface.zones.face_map import FaceMap
from scarplan.surface.zones.zone_views import ZoneView, choose_zone_views

if TYPE_CHECKING:
    from jaxtyping import Bool, Int

# Grid on which is decided which skin belongs to which zone.
_ZONE_GRID_MM = 1.0
# A piece of a chart with less of its own skin than this is a sliver behind a fold.
_SMALLEST_PIECE_MM2 = 4.0
# So many charts are worked on at once at most, whatever the machine: memory stays bounded.
_MOST_AT_ONCE = 4


@dataclass(frozen=True)
class ZoneChart:
    """The chart of one view of a zone, and how much of the zone it does not show."""

    chart: Surface
    uneven_cm2: float


@dataclass(frozen=True)
class ZoneCharts:
    """The charts of a face by zone, and how much they leave out.

    resolved_mm     grid spacing that all detail of the mesh in the zones would take
    left_out_cm2    skin left out on purpose, by its name (eyes, lips, ...)
    uneven_cm2      skin in zones that is too uneven for skin
    unseen_cm2      skin in zones that no chart shows
    """

    charts: tuple[Surface, ...]
    resolved_mm: float
    left_out_cm2: dict[str, float]
    uneven_cm2: float
    unseen_cm2: float


def make_zone_charts(
    mesh: TriangleMesh,
    face: FaceMap,
    samples: Samples,
    *,
    pixel_mm: float | None = None,
    displacement: Displacement | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ZoneCharts:
    """Return the charts of `mesh`, which `samples` stand for, by the zones of `face`.

    `pixel_mm` None takes what the mesh resolves there.
    Raises BadInput when no zone lies on the mesh, or the grid is too fine for its size.
    """
    tell = progress or (lambda step, done: None)
    tell("placing the zones", 0.0)
    area_of = face.locate(samples.points_mm, samples.normals)
    placed = np.nonzero(area_of)[0]
    seen = is_seen_from_outside(mesh, samples.points_mm[placed], samples.normals[placed])
    area_of[placed[~seen]] = 0
    views = choose_zone_views(face, samples, area_of)
    in_zones = np.concatenate([view.samples for view in views]) if views else np.empty(0, dtype=int)
    sample_mm = mesh.edge_mm
    if displacement is not None:
        sample_mm = np.minimum(sample_mm, mesh.texel_mm(displacement.levels.shape))
    resolved_mm = resolved_step(sample_mm[samples.triangle[in_zones if views else slice(None)]])
    area_cm2 = float(in_zones.size * samples.area_cm2)
    pixel_mm = pixel_mm or max(resolved_mm, workable_step(area_cm2))
    check_size(area_cm2, pixel_mm)
    works = _Works(mesh, face, samples, views, pixel_mm, displacement, sample_mm)
    made = works.run(tell)
    charts = [one.chart for one in made]
    check_charts(charts, pixel_mm)
    uneven_cm2 = sum(one.uneven_cm2 for one in made)
    shown_cm2 = sum(seen_area_cm2(chart) for chart in charts) + uneven_cm2
    return ZoneCharts(
        charts=tuple(charts),
        resolved_mm=resolved_mm,
        left_out_cm2=_left_out(face, area_of, samples),
        uneven_cm2=uneven_cm2,
        unseen_cm2=max(0.0, area_cm2 - shown_cm2),
    )


def _left_out(face: FaceMap, area_of: np.ndarray, samples: Samples) -> dict[str, float]:
    """Return the area of skin left out on purpose, by its name; both sides together."""
    areas: dict[str, float] = {}
    for number, area in enumerate(face.areas):
        if number and area.zone is None:
            areas[area.words] = areas.get(area.words, 0.0) + float((area_of == number).sum()) * samples.area_cm2
    return areas


@dataclass(frozen=True)
class _Works:
    """What all charts of one mesh are made from."""

    mesh: TriangleMesh
    face: FaceMap
    samples: Samples
    views: list[ZoneView]
    pixel_mm: float
    displacement: Displacement | None
    sample_mm: np.ndarray

    def run(self, tell: Callable[[str, float], None]) -> list[ZoneChart]:
        """Return the charts in the order of the views, made some at a time."""
        if self.displacement is not None:
            tell("reading the displacement", 0.05)
            self.displacement.prepare()
        _ = self.mesh.rise_mm  # made once, before threads ask for it
        made = []
        with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
            # Each chart runs in a copy of the context, so that the evidence it asks for is noted in this run.
            works = [pool.submit(copy_context().run, self.make, view) for view in self.views]
            for done, (view, work) in enumerate(zip(self.views, works, strict=True)):
                tell(f"casting rays on {self._name(view)}", 0.1 + 0.9 * done / len(works))
                chart = work.result()
                made += [chart] if chart is not None else []
        return made

    def make(self, zone: ZoneView) -> ZoneChart | None:
        """Return the chart of one view; None when it shows nothing of its own."""
        stride = max(1, round(_ZONE_GRID_MM / self.pixel_mm))
        coarse_mm = stride * self.pixel_mm
        coarse = cast_view(self.mesh, zone.view, pixel_mm=coarse_mm, wanted=_whole(zone.view, coarse_mm))
        area = self._areas_on(coarse, zone.view, coarse_mm)
        own = (area == zone.area) & self._in_part(coarse, zone, coarse_mm)
        if not own.any():
            return None
        is_zone = np.array([each.zone is not None for each in self.face.areas])
        near = ndimage.distance_transform_edt(~own) * coarse_mm <= value_of("surface.zone_overlap_mm")
        wanted, mine = (_refine(mask, zone.view, coarse_mm, self.pixel_mm) for mask in (near & is_zone[area], own))
        cast = cast_view(
            self.mesh, zone.view, pixel_mm=self.pixel_mm, displacement=self.displacement, wanted=wanted | mine
        )
        valid = _pieces_of(cast.valid, mine, least=_SMALLEST_PIECE_MM2 / self.pixel_mm**2)
        if not (valid & mine).any():
            return None
        return self._finish(zone, cast, valid, mine)

    def _finish(self, zone: ZoneView, cast: Cast, valid: np.ndarray, mine: np.ndarray) -> ZoneChart:
        area = self.face.areas[zone.area]
        kept = Cast(np.where(valid, cast.heights_mm, np.nan), valid, cast.triangle)
        chart = crop(
            make_chart(
                kept, zone.view, self._name(zone), pixel_mm=self.pixel_mm, sample_mm=self.sample_mm,
                zone=area.zone, side=area.side, own=mine & valid,
            )
        )  # fmt: skip
        uneven = find_uneven(chart)
        smooth = without(chart, uneven)
        return ZoneChart(smooth, seen_area_cm2(chart) - seen_area_cm2(smooth))

    def _name(self, zone: ZoneView) -> str:
        area = self.face.areas[zone.area]
        return "_".join(filter(None, (area.zone, area.side, str(zone.part + 1) if zone.parts > 1 else None)))

    def _areas_on(self, cast: Cast, view: View, step_mm: float) -> Int[np.ndarray, "y x"]:
        """Return the number of the area of each pixel of a coarse view; 0 where nothing is seen."""
        areas = np.zeros(cast.valid.shape, dtype=np.int16)
        triangle = cast.triangle[cast.valid]
        normals = self.mesh.area_vectors_mm2[triangle] / self.mesh.areas_mm2[triangle, None]
        areas[cast.valid] = self.face.locate(_positions(cast, view, step_mm), normals)
        return areas

    def _in_part(self, cast: Cast, zone: ZoneView, step_mm: float) -> Bool[np.ndarray, "y x"]:
        """Return True [y x] where the nearest sample of the zone is one of this part."""
        if zone.parts == 1:
            return cast.valid
        whole = np.concatenate([view.samples for view in self.views if view.area == zone.area])
        part = np.concatenate([np.full(v.samples.size, v.part) for v in self.views if v.area == zone.area])
        _, nearest = cKDTree(self.samples.points_mm[whole]).query(_positions(cast, zone.view, step_mm))
        mine = np.zeros(cast.valid.shape, dtype=bool)
        mine[cast.valid] = part[nearest] == zone.part
        return mine


def _positions(cast: Cast, view: View, step_mm: float) -> np.ndarray:
    """Return the places [n 3] of the valid pixels of a view."""
    rows, columns = np.nonzero(cast.valid)
    steps = pixel_steps(view.half_mm, step_mm)
    local = np.stack([(columns - steps) * step_mm, (rows - steps) * step_mm, cast.heights_mm[cast.valid]], axis=1)
    return np.array(view.centre_mm) + local @ view.axes


def _whole(view: View, step_mm: float) -> np.ndarray:
    size = 2 * pixel_steps(view.half_mm, step_mm) + 1
    return np.ones((size, size), dtype=bool)


def _refine(coarse: np.ndarray, view: View, coarse_mm: float, pixel_mm: float) -> np.ndarray:
    """Return a mask of the coarse grid of a view on its fine grid, with straight borders instead of steps."""
    before, after = pixel_steps(view.half_mm, coarse_mm), pixel_steps(view.half_mm, pixel_mm)
    scale = pixel_mm / coarse_mm
    place = np.array([[scale, 0.0, before - after * scale], [0.0, scale, before - after * scale]])
    size = (2 * after + 1, 2 * after + 1)
    fine = cv2.warpAffine(coarse.astype(np.float32), place, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(fine) > 0.5


def _pieces_of(valid: np.ndarray, mine: np.ndarray, *, least: float) -> np.ndarray:
    """Return the pieces of `valid` that hold at least `least` pixels of `mine`."""
    count, found = cv2.connectedComponents(valid.astype(np.uint8), connectivity=4)
    labels = np.asarray(found, dtype=np.int32)
    own = np.bincount(labels[mine], minlength=count)
    kept = own >= least
    kept[0] = False
    return kept[labels]
