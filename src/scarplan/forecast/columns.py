"""The relief change of a scar's floor as one column each: fast enough to compare plans with.

The same law as `response.relief_change`, for the deepest place of each scar only: no maps, no scanner. A disc as wide
as the scar keeps 1 - exp(-R^2 / (2 sigma^2)) of its gain under the lateral smoothing sigma. A column has no wall, so
what an energy device takes off an edge is a share of the depth by the kind of scar.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from scarplan.response import EDGED_KINDS, ZoneCourse
from scarplan.response.relief import contracted_mm


def gain_at_depths(
    course: ZoneCourse, depth_mm: Float[np.ndarray, "#draw s"] | Float[np.ndarray, " s"], *, day_index: int
) -> Float[np.ndarray, "draw s"]:
    """Return what the floor of a scar of each depth gains over the skin beside it, mm, before any smoothing.

    A depth may be one for all draws [s], or another in each draw [draw s]. The surplus is a straight line inside each
    layer, so this is exact for the model's own layers.
    """
    edges = np.asarray(course.edges_mm)
    left = np.maximum(np.asarray(course.dermis_mm)[:, None] - depth_mm, 0.0)
    summed = np.asarray(course.surplus_mm[:, day_index])
    # The layer that each floor lies in, and the straight line inside it, for all draws at once.
    layer = np.clip(np.searchsorted(edges, left, side="right") - 1, 0, len(edges) - 2)
    above = np.take_along_axis(summed, layer, axis=1)
    slope = (np.take_along_axis(summed, layer + 1, axis=1) - above) / np.diff(edges)[layer]
    gained = above + slope * (np.minimum(left, edges[-1]) - edges[layer])
    gained = gained - np.asarray(course.surplus_normal_mm[:, day_index])[:, None]
    return gained + contracted_mm(course, depth_mm, day_index)


def edge_shares(course: ZoneCourse, kinds: Sequence[str]) -> Float[np.ndarray, "draw s"]:
    """Return the share of the depth of scars of these kinds that their edge holds; boxcars may be told by depth."""
    places = [EDGED_KINDS.index(kind.partition("_")[0]) for kind in kinds]
    return np.asarray(course.edge_share)[:, places]


def residual_depth(
    course: ZoneCourse,
    depth_mm: Float[np.ndarray, "#draw s"] | Float[np.ndarray, " s"],
    width_mm: Float[np.ndarray, "#draw s"] | Float[np.ndarray, " s"],
    tethered: Float[np.ndarray, "draw s"],
    *,
    day_index: int,
    edged: Float[np.ndarray, "draw s"] | None = None,
) -> Float[np.ndarray, "draw s"]:
    """Return the visible depth left of each scar on one day, mm. `tethered` is 0-1 of `course.tether_share`.

    Depth and width may be one for all draws [s], or another in each draw [draw s]. `edged` is the share of the depth
    that the scar's edge holds (`edge_shares`); only devices that vaporise take an edge off.
    """
    sigma = np.asarray(course.lateral_sigma_mm)[:, None]
    kept = -np.expm1(-((0.5 * width_mm) ** 2) / (2 * sigma**2))
    release = np.asarray(course.tether_release[:, day_index])[:, None]
    lifted = tethered * np.asarray(course.tether_share)[:, None] * release * depth_mm
    if edged is not None:
        lifted = lifted + edged * np.asarray(course.edge_release[:, day_index])[:, None] * depth_mm
    risen = np.minimum(depth_mm, kept * gain_at_depths(course, depth_mm, day_index=day_index) + lifted)
    return depth_mm * (1 + np.asarray(course.deepening[:, day_index])[:, None]) - risen


def interpolation_error_mm(course: ZoneCourse, *, node_mm: float, deepest_mm: float, day_index: int) -> float:
    """Return the largest error of reading the gain off straight lines between depths `node_mm` apart, mm."""
    nodes = np.arange(0.0, deepest_mm + node_mm, node_mm)
    middles = 0.5 * (nodes[1:] + nodes[:-1])
    at_nodes = gain_at_depths(course, nodes, day_index=day_index)
    exact = gain_at_depths(course, middles, day_index=day_index)
    return float(np.abs(0.5 * (at_nodes[:, 1:] + at_nodes[:, :-1]) - exact).max())
