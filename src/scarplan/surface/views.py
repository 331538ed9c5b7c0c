"""Which way to look at a mesh: overlapping square views along the local mean normal that together show the skin.

Deterministic: sample points are spread by area in a fixed low-discrepancy order, and each next view shows about as
much new skin as any could, next to what is shown already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from scarplan.evidence.library import value_of
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.raycast import View, cast_view
from scarplan.surface.surface import Vector, as_vector

# Spacing of the points that must be shown, and of the coarse rays that tell what a view shows.
_SAMPLE_SPACING_MM = 3.0
_FEWEST_SAMPLES, _MOST_SAMPLES = 2_000, 200_000
_COARSE_STEPS = 40
# A view that newly shows less than this is not worth a chart.
_SMALLEST_GAIN_CM2 = 2.0
_AS_GOOD_AS_THE_BEST = 0.95
_SEED_SPACING_MM = 10.0


@dataclass(frozen=True)
class Samples:
    """Points spread evenly over a mesh, each standing for the same area."""

    points_mm: np.ndarray  # [n 3]
    normals: np.ndarray  # [n 3]
    triangle: np.ndarray  # [n]
    area_cm2: float


def spread_samples(mesh: TriangleMesh) -> Samples:
    """Return points spread evenly over the area of `mesh` (the same ones each time)."""
    total = float(mesh.areas_mm2.sum())
    count = int(np.clip(total / _SAMPLE_SPACING_MM**2, _FEWEST_SAMPLES, _MOST_SAMPLES))
    along = (np.arange(count) + 0.5) / count * total
    triangle = np.minimum(np.searchsorted(np.cumsum(mesh.areas_mm2), along), len(mesh.faces) - 1)
    # Roberts' R2 sequence: even in the square, folded into the triangle.
    first, second = (0.5 + np.arange(count)[:, None] * np.array([0.7548776662466927, 0.5698402909980532])).T % 1
    outside = first + second > 1
    first, second = np.where(outside, 1 - first, first), np.where(outside, 1 - second, second)
    weights = np.stack([1 - first - second, first, second], axis=1)
    normals = np.einsum("nk,nkc->nc", weights, mesh.corner_normals[triangle])
    return Samples(
        points_mm=np.einsum("nk,nkc->nc", weights, mesh.corners_mm[triangle]),
        normals=normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.finfo(float).tiny),
        triangle=triangle,
        area_cm2=total / count / 100.0,
    )


def choose_views(
    mesh: TriangleMesh, samples: Samples, wanted: np.ndarray, *, tell: Callable[[str, float], None]
) -> tuple[list[View], np.ndarray]:
    """Return the views that show the `wanted` samples, and True [n] for each sample that one of them shows."""
    whole = _view_of_all(mesh, samples)
    if whole is not None:
        return [whole], shows(mesh, whole, samples, inner=False)
    half_mm = value_of("surface.largest_chart_mm") / 2
    reach = _reach_of_seeds(samples, half_mm - value_of("surface.chart_overlap_mm") / 2)
    smallest_gain = _SMALLEST_GAIN_CM2 / samples.area_cm2
    open_, shown = wanted.copy(), np.zeros(wanted.size, dtype=bool)
    views: list[View] = []
    distance = np.full(reach.seeds.size, np.inf)
    alive = np.ones(reach.seeds.size, dtype=bool)
    while True:
        gain = np.where(alive, reach.neighbours @ open_.astype(np.float32), 0.0)
        if views and gain.max() < smallest_gain:
            return views, shown
        # Among the views that would show about as much new skin, the one next to what is shown wastes the least.
        good = np.nonzero(gain >= _AS_GOOD_AS_THE_BEST * gain.max())[0]
        best = int(good[np.argmin(distance[good])])
        view = _view_at(samples, int(reach.seeds[best]), half_mm)
        seen = shows(mesh, view, samples, inner=True)
        away = np.linalg.norm(reach.points_mm - reach.points_mm[best], axis=1)
        if (seen & open_).sum() < smallest_gain and (views or alive.sum() > 1):
            alive[(away < _SEED_SPACING_MM) & (reach.normals @ reach.normals[best] > 0)] = False
            continue
        views.append(view)
        shown |= seen
        open_ &= ~seen
        alive[best] = False
        distance = np.minimum(distance, away)
        tell("choosing charts", 0.3 * (1 - open_.sum() / wanted.sum()))


@dataclass(frozen=True)
class _Reach:
    """Candidate middles of views, and which samples lie around each and face the same way."""

    seeds: np.ndarray  # [s] sample numbers
    points_mm: np.ndarray  # [s 3]
    normals: np.ndarray  # [s 3]
    neighbours: sparse.csr_array  # [s n]


def _reach_of_seeds(samples: Samples, half_mm: float) -> _Reach:
    count = len(samples.points_mm)
    every = max(1, round(_SEED_SPACING_MM**2 / 100.0 / samples.area_cm2))
    seeds = np.arange(every // 2, count, every) if count > every else np.array([0])
    points, normals = samples.points_mm[seeds], samples.normals[seeds]
    # A disc of the same area as the square that a view shows.
    pairs = cKDTree(points).sparse_distance_matrix(
        cKDTree(samples.points_mm), 2 * half_mm / np.sqrt(np.pi), output_type="ndarray"
    )
    steepest = np.cos(np.radians(value_of("surface.steepest_view_deg")))
    alike = np.einsum("nc,nc->n", normals[pairs["i"]], samples.normals[pairs["j"]]) >= steepest
    row, column = pairs["i"][alike], pairs["j"][alike]
    weight = np.ones(row.size, dtype=np.float32)
    return _Reach(seeds, points, normals, sparse.csr_array((weight, (row, column)), shape=(seeds.size, count)))


def shows(mesh: TriangleMesh, view: View, samples: Samples, *, inner: bool) -> np.ndarray:
    """Return True [n] for each sample that `view` shows (`inner`: not in the border shared with the next chart)."""
    step = view.half_mm / _COARSE_STEPS
    cast = cast_view(mesh, view, pixel_mm=step)
    local = (samples.points_mm - np.array(view.centre_mm)) @ view.axes.T
    reach = view.half_mm - (value_of("surface.chart_overlap_mm") / 2 if inner else 0.0)
    x, y, z = np.abs(local).T
    inside = np.nonzero((x <= reach) & (y <= reach) & (z <= view.half_mm))[0]
    column, row = (np.rint(local[inside, axis] / step).astype(int) + _COARSE_STEPS for axis in (0, 1))
    height = np.where(cast.valid[row, column], cast.heights_mm[row, column], np.inf)
    # Half a pixel of shift on the steepest view moves the height by about one pixel.
    near = np.abs(height - local[inside, 2]) <= 2 * step
    seen = np.zeros(len(local), dtype=bool)
    seen[inside[near]] = True
    return seen


def _view_of_all(mesh: TriangleMesh, samples: Samples) -> View | None:
    """Return one view of the whole mesh when it fits into a chart and faces one way."""
    mean = samples.normals.mean(axis=0)
    if np.linalg.norm(mean) < 0.5:
        return None
    right, down, outward = axes_along(mean / np.linalg.norm(mean))
    local = mesh.vertices_mm[np.unique(mesh.faces)] @ np.array([right, down, outward]).T
    low, high = local.min(axis=0), local.max(axis=0)
    steepest = np.cos(np.radians(value_of("surface.steepest_view_deg")))
    faces_viewer = samples.normals @ np.array(outward) >= steepest
    half = float((high - low)[:2].max()) / 2
    if half > value_of("surface.largest_chart_mm") / 2 or faces_viewer.mean() < 0.95 or high[2] - low[2] > 2 * half:
        return None
    centre = (low + high) / 2 @ np.array([right, down, outward])
    return View(as_vector(centre), right, down, outward, half)


def _view_at(samples: Samples, seed: int, half_mm: float) -> View:
    """Return the view of the skin around sample `seed`, along the mean normal of what faces the same way."""
    here, normal = samples.points_mm[seed], samples.normals[seed]
    near = np.linalg.norm(samples.points_mm - here, axis=1) <= half_mm
    alike = near & (samples.normals @ normal >= np.cos(np.radians(value_of("surface.steepest_view_deg"))))
    mean = samples.normals[alike].mean(axis=0) if alike.any() else normal
    length = np.linalg.norm(mean)
    right, down, outward = axes_along(mean / length if length > 0 else np.array([0.0, 0.0, 1.0]))
    return View(as_vector(here), right, down, outward, half_mm)


def axes_along(outward: np.ndarray, upward: np.ndarray | None = None) -> tuple[Vector, Vector, Vector]:
    """Return right, down, outward as seen by someone who looks at the skin with `upward` (+y of the file) upwards."""
    up = np.array([0.0, 1.0, 0.0]) if upward is None else upward
    if abs(outward @ up) >= 0.99:  # seen from straight above or below
        up = np.roll(up, 1) * -np.sign(outward @ up)
    right = np.cross(up, outward)
    right /= np.linalg.norm(right)
    down = np.cross(right, outward)
    return as_vector(right), as_vector(down), as_vector(outward)
