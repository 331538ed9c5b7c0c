"""Charts of a mesh: what each view shows, cut so that neighbours share a border and all skin has one owner."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.area import seen_area_cm2
from scarplan.surface.displacement import Displacement
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.raycast import Cast, View, cast_view
from scarplan.surface.surface import FEWEST_ACROSS, Surface, as_vector
from scarplan.surface.unevenness import find_uneven, without
from scarplan.surface.views import choose_views, spread_samples
from scarplan.units import MM2_PER_CM2

_MOST_PIXELS = 64_000_000
# A whole head stays workable (minutes, not hours) up to about this size; --pixel-mm asks for more.
_WORKABLE_PIXELS = 10_000_000
# Grid on which is decided which chart owns which skin.
_OWNER_GRID_MM = 1.0
# Two charts show the same skin where their heights agree within this; folds of skin lie further apart.
_SAME_SKIN_MM = 1.5
# A chart that owns less than this is left out.
_SMALLEST_OWN_CM2 = 0.5


@dataclass(frozen=True)
class ChartSet:
    """The charts of a mesh, how much of it they leave out, and the grid spacing that all of its detail would take.

    left_out_cm2, too_coarse_cm2, uneven_cm2   skin that no chart shows, that could show no scar, that is no skin
    """

    charts: tuple[Surface, ...]
    resolved_mm: float
    left_out_cm2: float
    too_coarse_cm2: float
    uneven_cm2: float = 0.0


def make_charts(
    mesh: TriangleMesh,
    *,
    pixel_mm: float | None = None,
    displacement: Displacement | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ChartSet:
    """Return charts that show `mesh`; `pixel_mm` None takes what the mesh or its displacement resolves.

    Where part of the mesh can show a scar, the part that cannot is left out; where none can, all of it is shown.
    """
    tell = progress or (lambda step, done: None)
    sample_mm = mesh.edge_mm
    if displacement is not None:
        sample_mm = np.minimum(sample_mm, mesh.texel_mm(displacement.levels.shape))
    samples = spread_samples(mesh)
    wanted = _can_show_scars(sample_mm[samples.triangle])
    area_cm2 = float(wanted.sum() * samples.area_cm2)
    resolved_mm = resolved_step(sample_mm[samples.triangle][wanted])
    pixel_mm = pixel_mm or max(resolved_mm, workable_step(area_cm2))
    check_size(area_cm2, pixel_mm)
    views, shown = choose_views(mesh, samples, wanted, tell=tell)
    charts: list[Surface] = []
    for number, view in enumerate(views, start=1):
        tell(f"casting rays on chart {number} of {len(views)}", 0.3 + 0.7 * number / len(views))
        cast = cast_view(mesh, view, pixel_mm=pixel_mm, displacement=displacement)
        chart = make_chart(cast, view, f"chart{len(charts) + 1:02d}", pixel_mm=pixel_mm, sample_mm=sample_mm)
        chart = share_skin(chart, charts)
        if chart is not None:
            charts.append(chart)
    whole_cm2 = sum(seen_area_cm2(chart) for chart in charts)
    charts = [without(chart, find_uneven(chart)) for chart in charts]
    charts = [chart for chart in charts if chart.valid.any()]
    check_charts(charts, pixel_mm)
    return ChartSet(
        charts=tuple(charts),
        resolved_mm=resolved_mm,
        left_out_cm2=float((wanted & ~shown).sum() * samples.area_cm2),
        too_coarse_cm2=float((~wanted).sum() * samples.area_cm2),
        uneven_cm2=whole_cm2 - sum(seen_area_cm2(chart) for chart in charts),
    )


def share_skin(chart: Surface, earlier: Sequence[Surface]) -> Surface | None:
    """Return `chart` without the skin deep inside `earlier` charts, and with its own skin marked; None without any.

    What no earlier chart shows is its own; a border of the others' skin stays, so that a scar at the limit lies whole
    in one of them.
    """
    if not chart.valid.any():
        return None
    if not earlier:
        return crop(chart)
    stride = max(1, round(_OWNER_GRID_MM / chart.pixel_mm))
    seen = chart.valid[::stride, ::stride]
    thin = dataclasses.replace(
        chart, relief_mm=chart.relief_mm[::stride, ::stride], valid=seen, pixel_mm=stride * chart.pixel_mm
    )
    points = np.asarray(thin.form_xyz_mm)[seen]  # charts cut from a mesh always know their place
    claimed = np.zeros(len(points), dtype=bool)
    for other in earlier:
        claimed |= _shows(other, points)
    own = np.zeros(seen.shape, dtype=bool)
    own[seen] = ~claimed
    if own.sum() * (stride * chart.pixel_mm) ** 2 < _SMALLEST_OWN_CM2 * 100:
        return None
    near = ndimage.distance_transform_edt(~own) * stride * chart.pixel_mm <= value_of("surface.chart_overlap_mm")
    kept = chart.valid & _refine(near, stride, chart.shape)
    return crop(
        dataclasses.replace(
            chart,
            valid=kept,
            relief_mm=np.where(kept, chart.relief_mm, np.nan),
            own=kept & _refine(own, stride, chart.shape),
        )
    )


def _shows(chart: Surface, points_mm: np.ndarray) -> np.ndarray:
    """Return True [n] for each point that `chart` shows."""
    frame = chart.frame
    if frame is None:
        return np.zeros(len(points_mm), dtype=bool)
    axes = np.array([frame.right, frame.down, frame.outward])
    x, y, z = ((points_mm - np.array(frame.origin_mm)) @ axes.T).T
    row, column = np.rint(y / chart.pixel_mm).astype(int), np.rint(x / chart.pixel_mm).astype(int)
    rows, columns = chart.shape
    inside = np.nonzero((row >= 0) & (row < rows) & (column >= 0) & (column < columns))[0]
    shown = np.zeros(len(points_mm), dtype=bool)
    # Where nothing was seen the height is NaN and no comparison holds.
    shown[inside] = np.abs(chart.relief_mm[row[inside], column[inside]] - z[inside]) <= _SAME_SKIN_MM
    return shown


def _refine(coarse: np.ndarray, stride: int, shape: tuple[int, int]) -> np.ndarray:
    """Return a mask of every `stride`-th pixel on the full grid: each pixel like the nearest of them."""
    rows = np.minimum((np.arange(shape[0]) + stride // 2) // stride, coarse.shape[0] - 1)
    columns = np.minimum((np.arange(shape[1]) + stride // 2) // stride, coarse.shape[1] - 1)
    return coarse[np.ix_(rows, columns)]


def _can_show_scars(sample_mm: np.ndarray) -> np.ndarray:
    widest = value_of("surface.scar_to_show_width_mm") / (2 * value_of("surface.widths_per_wavelength"))
    enough = sample_mm <= widest
    return enough if enough.mean() >= 0.01 else np.ones(sample_mm.shape, dtype=bool)


def resolved_step(sample_mm: np.ndarray) -> float:
    """Return the grid spacing that triangles or texels of these sizes resolve, mm."""
    finest, coarsest = value_of("surface.finest_mesh_step_mm"), value_of("surface.coarsest_mesh_step_mm")
    return float(np.clip(np.floor(100 * np.median(sample_mm)) / 100, finest, coarsest))


def workable_step(area_cm2: float) -> float:
    """Return the finest grid spacing, mm, that keeps so much skin workable in minutes."""
    step = float(np.ceil(100 * np.sqrt(_sampled_mm2(area_cm2) / _WORKABLE_PIXELS)) / 100)
    return min(step, value_of("surface.coarsest_mesh_step_mm"))


def _sampled_mm2(area_cm2: float) -> float:
    # Charts overlap and stand askew: about twice the area is sampled.
    return 2 * area_cm2 * MM2_PER_CM2


def check_size(area_cm2: float, pixel_mm: float) -> None:
    """Raise BadInput when the grid would be larger than any scan."""
    pixels = _sampled_mm2(area_cm2) / pixel_mm**2
    if pixels > _MOST_PIXELS:
        raise BadInput(
            "the mesh is too large for this grid spacing",
            code="E-SURF-050",
            got=f"{area_cm2:.0f} cm2 at {pixel_mm} mm = about {pixels / 1e6:.0f} million pixels",
            allowed=f"at most {_MOST_PIXELS // 1_000_000} million pixels",
            do="crop the mesh to the skin to be treated, or give a coarser --pixel-mm",
        )


def make_chart(
    cast: Cast,
    view: View,
    name: str,
    *,
    pixel_mm: float,
    sample_mm: np.ndarray,
    zone: str | None = None,
    side: str | None = None,
    own: np.ndarray | None = None,
) -> Surface:
    """Return the chart of all that `cast` shows, heights around their median."""
    heights = cast.heights_mm[cast.valid]
    middle = float(np.median(heights)) if heights.size else 0.0
    return Surface(
        name=name,
        relief_mm=cast.heights_mm - middle,
        valid=cast.valid,
        pixel_mm=pixel_mm,
        zone=zone,
        side=side,
        frame=view.frame(pixel_mm=pixel_mm, height_mm=middle),
        sample_mm=float(np.median(sample_mm[cast.triangle[cast.valid]])) if heights.size else None,
        own=own,
    )


def crop(chart: Surface) -> Surface:
    """Return `chart` cut to the rows and columns that show something."""
    rows, columns = (np.nonzero(chart.valid.any(axis=axis))[0] for axis in (1, 0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    frame = chart.frame
    if frame is not None:
        shift = columns[0] * chart.pixel_mm * np.array(frame.right) + rows[0] * chart.pixel_mm * np.array(frame.down)
        frame = dataclasses.replace(frame, origin_mm=as_vector(np.array(frame.origin_mm) + shift))
    return dataclasses.replace(
        chart,
        relief_mm=chart.relief_mm[window],
        valid=chart.valid[window],
        own=None if chart.own is None else chart.own[window],
        frame=frame,
    )


def check_charts(charts: list[Surface], pixel_mm: float) -> None:
    """Raise BadInput when no chart, or none large enough, shows skin."""
    if not charts:
        raise BadInput(
            "the mesh shows no skin from outside",
            code="E-SURF-051",
            got="no ray meets a triangle from its outer side",
            do="check that the mesh has an area and that its triangles face outwards",
        )
    largest = max(int(chart.valid.sum()) for chart in charts)
    if largest < FEWEST_ACROSS**2:
        raise BadInput(
            "the mesh is too small for this grid spacing",
            code="E-SURF-052",
            got=f"{largest} pixels of {pixel_mm} mm show skin",
            allowed=f"at least {FEWEST_ACROSS**2} pixels",
            do="give a finer --pixel-mm, check --unit, and that the triangles face outwards",
        )
