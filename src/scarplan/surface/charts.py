"""Charts of a mesh: overlapping square views along the local mean normal that together show the skin.

Deterministic: sample points are spread by area in a fixed low-discrepancy order, and each next view shows about as
much new skin as any could, next to what is shown already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.displacement import Displacement
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.raycast import Cast, View, cast_view
from scarplan.surface.surface import Surface

# Spacing of the points that must be shown, and of the coarse rays that tell what a view shows.
_SAMPLE_SPACING_MM = 3.0
_FEWEST_SAMPLES, _MOST_SAMPLES = 2_000, 200_000
_COARSE_STEPS = 40
# A view that newly shows less than this is not worth a chart.
_SMALLEST_GAIN_CM2 = 2.0
_AS_GOOD_AS_THE_BEST = 0.95
_SEED_SPACING_MM = 10.0
_MOST_PIXELS = 64_000_000


@dataclass(frozen=True)
class Samples:
    """Points spread evenly over a mesh, each standing for the same area."""

    points_mm: np.ndarray  # [n 3]
    normals: np.ndarray  # [n 3]
    triangle: np.ndarray  # [n]
    area_cm2: float


@dataclass(frozen=True)
class ChartSet:
    """The charts of a mesh, and how much of it they leave out."""

    charts: tuple[Surface, ...]
    left_out_cm2: float
    too_coarse_cm2: float


def make_charts(
    mesh: TriangleMesh,
    *,
    pixel_mm: float | None = None,
    displacement: Displacement | None = None,
    zone: str | None = None,
    side: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ChartSet:
    """Return charts that show `mesh`; `pixel_mm` None takes what the mesh or its displacement resolves.

    Where part of the mesh can show a scar, the part that cannot is left out; where none can, all of it is shown.
    """
    tell = progress or (lambda step, done: None)
    sample_mm = mesh.edge_mm
    if displacement is not None:
        rows, columns = displacement.grey.shape
        sample_mm = np.minimum(sample_mm, mesh.texel_mm((rows, columns)))
    samples = spread_samples(mesh)
    wanted = _can_show_scars(sample_mm[samples.triangle])
    pixel_mm = pixel_mm or _choose_pixel(sample_mm[samples.triangle][wanted])
    _check_size(wanted.sum() * samples.area_cm2, pixel_mm)
    views, shown = choose_views(mesh, samples, wanted, tell=tell)
    charts = []
    for number, view in enumerate(views, start=1):
        tell(f"casting rays on chart {number} of {len(views)}", 0.3 + 0.7 * number / len(views))
        cast = cast_view(mesh, view, pixel_mm=pixel_mm, displacement=displacement)
        name = f"chart{number:02d}"
        charts.append(_make_chart(cast, view, name, pixel_mm=pixel_mm, sample_mm=sample_mm, zone=zone, side=side))
    return ChartSet(
        charts=tuple(charts),
        left_out_cm2=float((wanted & ~shown).sum() * samples.area_cm2),
        too_coarse_cm2=float((~wanted).sum() * samples.area_cm2),
    )


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
    whole = _view_of_all(samples)
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


def _view_of_all(samples: Samples) -> View | None:
    """Return one view of the whole mesh when it fits into a chart and faces one way."""
    mean = samples.normals.mean(axis=0)
    if np.linalg.norm(mean) < 0.5:
        return None
    right, down, outward = _axes_along(mean / np.linalg.norm(mean))
    local = samples.points_mm @ np.array([right, down, outward]).T
    low, high = local.min(axis=0), local.max(axis=0)
    steepest = np.cos(np.radians(value_of("surface.steepest_view_deg")))
    faces_viewer = samples.normals @ np.array(outward) >= steepest
    # The samples end a little inside the outline of the mesh.
    half = float((high - low)[:2].max()) / 2 + _SAMPLE_SPACING_MM / 2
    if half > value_of("surface.largest_chart_mm") / 2 or faces_viewer.mean() < 0.95 or high[2] - low[2] > 2 * half:
        return None
    centre = (low + high) / 2 @ np.array([right, down, outward])
    return View(_vector(centre), right, down, outward, half)


def _view_at(samples: Samples, seed: int, half_mm: float) -> View:
    """Return the view of the skin around sample `seed`, along the mean normal of what faces the same way."""
    here, normal = samples.points_mm[seed], samples.normals[seed]
    near = np.linalg.norm(samples.points_mm - here, axis=1) <= half_mm
    alike = near & (samples.normals @ normal >= np.cos(np.radians(value_of("surface.steepest_view_deg"))))
    mean = samples.normals[alike].mean(axis=0) if alike.any() else normal
    length = np.linalg.norm(mean)
    right, down, outward = _axes_along(mean / length if length > 0 else np.array([0.0, 0.0, 1.0]))
    return View(_vector(here), right, down, outward, half_mm)


def _axes_along(outward: np.ndarray) -> tuple[tuple[float, float, float], ...]:
    """Return right, down, outward as seen by someone who looks at the skin with +y of the file upwards."""
    up = np.array([0.0, 1.0, 0.0]) if abs(outward[1]) < 0.99 else np.array([0.0, 0.0, -np.sign(outward[1])])
    right = np.cross(up, outward)
    right /= np.linalg.norm(right)
    down = np.cross(right, outward)
    return _vector(right), _vector(down), _vector(outward)


def _vector(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _can_show_scars(sample_mm: np.ndarray) -> np.ndarray:
    widest = value_of("surface.scar_to_show_width_mm") / (2 * value_of("surface.widths_per_wavelength"))
    enough = sample_mm <= widest
    return enough if enough.mean() >= 0.01 else np.ones(sample_mm.shape, dtype=bool)


def _choose_pixel(sample_mm: np.ndarray) -> float:
    finest, coarsest = value_of("surface.finest_mesh_step_mm"), value_of("surface.coarsest_mesh_step_mm")
    return float(np.clip(np.floor(100 * np.median(sample_mm)) / 100, finest, coarsest))


def _check_size(area_cm2: float, pixel_mm: float) -> None:
    # Charts overlap and stand askew: about twice the area is sampled.
    pixels = 2 * area_cm2 * 100 / pixel_mm**2
    if pixels > _MOST_PIXELS:
        raise BadInput(
            "the mesh is too large for this grid spacing",
            code="E-SURF-050",
            got=f"{area_cm2:.0f} cm2 at {pixel_mm} mm = about {pixels / 1e6:.0f} million pixels",
            allowed=f"at most {_MOST_PIXELS // 1_000_000} million pixels",
            do="crop the mesh to the skin to be treated, or give a coarser --pixel-mm",
        )


def _make_chart(
    cast: Cast,
    view: View,
    name: str,
    *,
    pixel_mm: float,
    sample_mm: np.ndarray,
    zone: str | None,
    side: str | None,
) -> Surface:
    """Return the chart of `cast`, cropped to what was seen, heights around their median."""
    if not cast.valid.any():
        raise BadInput(
            "the mesh shows no skin from outside",
            code="E-SURF-051",
            got="no ray meets a triangle from its outer side",
            do="check that the mesh has an area and that its triangles face outwards",
        )
    rows, columns = (np.nonzero(cast.valid.any(axis=axis))[0] for axis in (1, 0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    heights, valid = cast.heights_mm[window], cast.valid[window]
    middle = float(np.median(heights[valid]))
    frame = view.frame(row=int(rows[0]), column=int(columns[0]), pixel_mm=pixel_mm, height_mm=middle)
    return Surface(
        name=name,
        relief_mm=heights - middle,
        valid=valid,
        pixel_mm=pixel_mm,
        zone=zone,
        side=side,
        frame=frame,
        sample_mm=float(np.median(sample_mm[cast.triangle[window][valid]])),
    )
