"""All charts of a follow-up over all charts of its baseline: one pose for the whole, then chart by chart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from scarplan.evidence.library import value_of
from scarplan.surface.surface import Scan, Surface
from scarplan.visits.lay_over import follow_rays, make_sheet
from scarplan.visits.poses import Rigid, chart_to_space, invert
from scarplan.visits.register import Registration, find_pose, free_skin, lay_over, register_surfaces

#: Points of a head for the first alignment, mm apart; pairs of points farther apart than this do not pull.
_POINT_STEP_MM, _PAIRS_MM = 1.0, 8.0
#: Charts that are tried one by one where the alignment of the whole does not show the same skin.
_MOST_TRIED = 3
#: A chart of the baseline takes its heights from so many charts of the follow-up at most.
_MOST_LAID = 4
#: A chart shared to less than this part of a square centimetre has nothing to compare.
_THIN_MM = 1.0

Labels = Mapping[str, Int[np.ndarray, "y x"]]


def register_scans(
    before: Scan, after: Scan, *, before_labels: Labels, after_labels: Labels
) -> dict[str, Registration | None]:
    """Return the follow-up laid over each chart of the baseline; None for charts that it does not show.

    Charts are registered one by one from a common pose, because a face changes its expression between visits.
    """
    if len(before.charts) == 1 and len(after.charts) == 1:
        one, two = before.charts[0], after.charts[0]
        labels = before_labels.get(one.name), after_labels.get(two.name)
        return {one.name: register_surfaces(one, two, before_labels=labels[0], after_labels=labels[1])}
    pose = _find_common_pose(before, after, before_labels)
    found: dict[str, Registration | None] = {}
    for chart in before.charts:
        found[chart.name] = _register_chart(chart, after, pose, before_labels=before_labels, after_labels=after_labels)
    return found


def _register_chart(
    chart: Surface, after: Scan, pose: Rigid, *, before_labels: Labels, after_labels: Labels
) -> Registration | None:
    shared = sorted(((_shared_cm2(chart, other, pose), k) for k, other in enumerate(after.charts)), reverse=True)
    others = [after.charts[k] for cm2, k in shared if cm2 > 0][:_MOST_LAID]
    if not others or shared[0][0] < float(value_of("visits.least_overlap_cm2")):
        return None
    free = free_skin(chart, before_labels.get(chart.name))
    own_pose = find_pose(chart, others[0], free=free, start=pose)
    laid = [(other, after_labels.get(other.name)) for other in others]
    return lay_over(chart, laid, own_pose, before_labels=before_labels.get(chart.name))


def _find_common_pose(before: Scan, after: Scan, labels: Labels) -> Rigid:
    """Return the pose of the whole: from where the scans stand, else from the relief of single charts."""
    tried: list[tuple[float, Rigid]] = []
    largest = max(before.charts, key=lambda chart: int(chart.valid.sum()))
    for start in _starts(before, after):
        pose = _align(before, after, start, labels)
        found = _register_largest(largest, after, pose, labels)
        if found is not None and found.is_same_skin:
            return pose
        tried.append((-1.0 if found is None else found.correlation, pose))
    order = sorted(after.charts, key=lambda chart: -int(chart.valid.sum()))[:_MOST_TRIED]
    for other in order:
        registration = register_surfaces(largest, other, before_labels=labels.get(largest.name))
        if registration.is_same_skin:
            return _align(before, after, registration.pose, labels)
        tried.append((registration.correlation, registration.pose))
    return max(tried, key=lambda one: one[0])[1]


def _starts(before: Scan, after: Scan) -> list[Rigid]:
    """Return where to set out from: as the scans stand, and with their middles laid over each other."""
    middles = [_points(scan, {}).mean(axis=0) for scan in (before, after)]
    moved = np.eye(4)
    moved[:3, 3] = middles[0] - middles[1]
    return [np.eye(4), moved]


def _align(before: Scan, after: Scan, start: Rigid, labels: Labels) -> Rigid:
    """Return the pose of all scar-free points refined by generalised ICP."""
    import small_gicp

    result = small_gicp.align(
        _points(before, labels), _points(after, {}), init_T_target_source=start, registration_type="GICP",
        downsampling_resolution=_POINT_STEP_MM, max_correspondence_distance=_PAIRS_MM, num_threads=1,
        max_iterations=40,
    )  # fmt: skip
    return np.asarray(result.T_target_source, np.float64)


def _points(scan: Scan, labels: Labels) -> Float[np.ndarray, "n 3"]:
    """Return points of the scar-free skin of a scan in space, thinned."""
    parts = []
    for chart in scan.charts:
        step = max(1, round(_POINT_STEP_MM / chart.pixel_mm))
        free = free_skin(chart, labels.get(chart.name))[::step, ::step]
        row, column = np.nonzero(free)
        points = np.stack([column, row, np.zeros(row.size)], axis=1) * (step * chart.pixel_mm)
        points[:, 2] = chart.relief_mm[::step, ::step][free]
        pose = chart_to_space(chart)
        parts.append(points @ pose[:3, :3].T + pose[:3, 3])
    return np.concatenate(parts)


def _register_largest(chart: Surface, after: Scan, pose: Rigid, labels: Labels) -> Registration | None:
    """Return the chart that shares most with `chart` under a pose, laid over it; None where that is too little."""
    cm2, k = max((_shared_cm2(chart, other, pose), k) for k, other in enumerate(after.charts))
    if cm2 < float(value_of("visits.least_overlap_cm2")):
        return None
    return register_surfaces(chart, after.charts[k], before_labels=labels.get(chart.name), start=pose)


def _shared_cm2(chart: Surface, other: Surface, pose: Rigid) -> float:
    """Return how much of `chart` the other shows under a pose, facing the same way, cm2."""
    chart_pose = invert(chart_to_space(chart)) @ pose @ chart_to_space(other)
    if chart_pose[2, 2] < float(np.cos(np.radians(_WIDEST_TILT_DEG))):
        return 0.0
    step = max(1, round(_THIN_MM / chart.pixel_mm))
    seen = chart.valid & np.isfinite(chart.relief_mm)
    row, column = np.nonzero(seen[::step, ::step])
    start = chart.relief_mm[::step, ::step][row, column]
    scale = step * chart.pixel_mm
    height, there = follow_rays(
        make_sheet(other, exact=False), chart_pose, x_mm=column * scale, y_mm=row * scale, start_mm=start
    )
    near = there & (np.abs(height - start) < _SAME_SKIN_MM)
    return float(near.sum()) * scale**2 / 100.0


#: Charts that look at the skin from directions farther apart than this show each other's skin too askew.
_WIDEST_TILT_DEG = 50.0
#: Farther apart than this after the common pose, two charts show different skin.
_SAME_SKIN_MM = 5.0
