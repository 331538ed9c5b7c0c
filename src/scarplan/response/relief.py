"""Relief: how far each pixel of a scar's floor rises, in mm, from what the dermis under it gained.

    z_eff(x) = max(0, dermis - d(x))                          dermis left under the floor
    h(x)     = min( d, G_s * (u(z_eff) - u_normal + K w(d)) + d f_tether (1 - Q) + f_edge (1 - E) s ) - d a(t)

u is the thickness gained down to z_eff, u_normal that of the healthy skin beside the scar, G_s a lateral smoothing
with a standard deviation per draw, a(t) the ageing of the face. Where hardly any dermis is left under the floor the
skin beside it gains more and the scar gets deeper: that is shown, not hidden. Raised scars (d < 0) and skin outside
scars (d = 0) are left as they are.

Energy devices besides: K w(d) is the contraction of the heated part of a wall as high as d, and s the shoulder of the
scar, d less d smoothed over `_SHOULDER_MM`: what stands steep is rounded off, most where floor meets wall.

u(z_eff) - u_normal is a curve over d for each draw and day. It is written on fixed nodes of d, and the nodes' hat
functions are smoothed once per window; then every draw and day costs one product with a small matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.errors import BadInput
from scarplan.injury.layers import DEEPEST_MM
from scarplan.response.course import ZoneCourse
from scarplan.response.lateral import smooth_laterally

# Nodes of depth every 0.05 mm: half a layer, so that interpolation adds nothing to the error of the layers.
_NODE_MM = 0.05
#: Depths at which a course's gain is read.
NODES_MM = np.arange(0.0, DEEPEST_MM + 0.5 * _NODE_MM, _NODE_MM)
# The smoothing is drawn, but only these many values of it are used: equally likely groups of draws share one.
_SMOOTHINGS = 5
# Length over which an edge that is taken off is rounded: the spacing of a few columns.
_SHOULDER_MM = 0.5


@dataclass(frozen=True)
class FloorWindow:
    """A scar's window made ready for any draw and day of courses with the same draws.

    depth_mm   depth below the surrounding skin [y x], mm; 0 outside the scar
    nodes      numbers of the depth nodes that occur in the window [n]
    smoothed   smoothed hat functions of those nodes [smoothing n pixel]
    group      which smoothing each draw has [draw]
    shoulder_mm   what rounding the edges off fills at most [y x], mm
    """

    depth_mm: Float[np.ndarray, "y x"]
    nodes: np.ndarray
    smoothed: Float[np.ndarray, "smoothing n pixel"]
    group: np.ndarray
    shoulder_mm: Float[np.ndarray, "y x"]


def prepare_floor(course: ZoneCourse, depth_mm: Float[np.ndarray, "y x"], *, pixel_mm: float) -> FloorWindow:
    """Return the window of a scar made ready for `relief_change`; do it once per scar, not per day."""
    depth = _checked(depth_mm, pixel_mm)
    sigmas, group = smoothing_groups(np.asarray(course.lateral_sigma_mm))
    inside = depth > 0
    place = np.clip(depth / _NODE_MM, 0, NODES_MM.size - 1)
    lower = np.minimum(place.astype(int), NODES_MM.size - 2)
    above = place - lower
    nodes = np.unique(np.concatenate([lower[inside], lower[inside] + 1]))
    hats = (
        np.stack([inside * ((lower == n) * (1 - above) + (lower + 1 == n) * above) for n in nodes])
        if nodes.size
        else None
    )
    smoothed = np.zeros((sigmas.size, nodes.size, depth.size))
    if hats is not None:
        for number, sigma in enumerate(sigmas / pixel_mm):
            smoothed[number] = smooth_laterally(hats, sigma).reshape(nodes.size, -1)
    return FloorWindow(
        depth_mm=depth, nodes=nodes, smoothed=smoothed, group=group, shoulder_mm=_shoulder(depth, pixel_mm)
    )


def relief_change(
    course: ZoneCourse,
    depth_mm: Float[np.ndarray, "y x"] | FloorWindow,
    tether_fraction: float | np.ndarray,
    pixel_mm: float,
    day_index: int,
    *,
    edge_fraction: float | np.ndarray = 0.0,
) -> Float[np.ndarray, "draw y x"]:
    """Return by how much each pixel rises on `course.days[day_index]` [draw y x], mm; positive fills the scar.

    `depth_mm` is the depth below the surrounding skin, 0 outside the scar, or a window from `prepare_floor`.
    `tether_fraction` is the share of the depth held by tethers: one number, [draw], or [draw y x]; 0 for scars
    that are not tethered, `course.tether_share` for a rolling scar. `edge_fraction`, given alike, is how steep the
    scar's edge is, 0 for scars without one, 1 for a boxcar; only devices that vaporise take an edge off.
    """
    window = depth_mm if isinstance(depth_mm, FloorWindow) else prepare_floor(course, depth_mm, pixel_mm=pixel_mm)
    depth = window.depth_mm
    gain = gain_at_nodes(course, day_index)[:, window.nodes]
    filled = np.empty((gain.shape[0], depth.size))
    for number in range(window.smoothed.shape[0]):
        members = window.group == number
        filled[members] = gain[members] @ window.smoothed[number]
    lifted = _lifted(course, depth, window.shoulder_mm, tether_fraction, edge_fraction, day_index)
    return _risen(course, depth, filled.reshape(-1, *depth.shape) + lifted, day_index)


def relief_of_few(
    course: ZoneCourse,
    depth_mm: Float[np.ndarray, "y x"],
    tether_fraction: float | np.ndarray,
    pixel_mm: float,
    day_index: int,
    *,
    edge_fraction: float | np.ndarray = 0.0,
) -> Float[np.ndarray, "draw y x"]:
    """Return what `relief_change` does for few draws and one day: no nodes, the gain of each draw is smoothed itself.

    Every draw has its own smoothing, as in `relief_change` when there are no more draws than groups.
    """
    depth = _checked(depth_mm, pixel_mm)
    inside = depth > 0
    filled = np.zeros((course.dermis_mm.shape[0], *depth.shape))
    for number, gain in enumerate(gain_at_nodes(course, day_index)):
        filled[number][inside] = np.interp(depth[inside], NODES_MM, gain)
        sigma = float(course.lateral_sigma_mm[number]) / pixel_mm
        filled[number] = smooth_laterally(filled[number][None], sigma)[0]
    filled += _lifted(course, depth, _shoulder(depth, pixel_mm), tether_fraction, edge_fraction, day_index)
    return _risen(course, depth, filled, day_index)


def _checked(depth_mm: Float[np.ndarray, "y x"], pixel_mm: float) -> Float[np.ndarray, "y x"]:
    depth = np.asarray(depth_mm, dtype=float)
    if depth.ndim != 2 or not np.all(np.isfinite(depth)) or pixel_mm <= 0:
        raise BadInput(
            "the depth map of a scar cannot be used",
            code="E-RESP-008",
            got=f"shape {depth.shape}, pixel {pixel_mm} mm, {np.count_nonzero(~np.isfinite(depth))} pixels not finite",
            allowed="a map [y x] of finite depths in mm, pixel above 0 mm",
            do="fill holes first, and give 0 outside the scar",
        )
    return depth


def _lifted(
    course: ZoneCourse,
    depth: Float[np.ndarray, "y x"],
    shoulder: Float[np.ndarray, "y x"],
    tether_fraction: float | np.ndarray,
    edge_fraction: float | np.ndarray,
    day_index: int,
) -> Float[np.ndarray, "draw y x"]:
    """Return what the release of tethers lifts, and what an edge that is taken off fills."""
    tethered, released = np.asarray(tether_fraction, dtype=float), np.asarray(course.tether_release[:, day_index])
    lifted = _per_draw(tethered) * _per_draw(released) * depth
    edge_release = np.asarray(course.edge_release[:, day_index])
    if np.any(edge_release > 0.0):
        lifted = lifted + _per_draw(np.asarray(edge_fraction, dtype=float)) * _per_draw(edge_release) * shoulder
    return lifted


def _risen(
    course: ZoneCourse, depth: Float[np.ndarray, "y x"], moved: Float[np.ndarray, "draw y x"], day_index: int
) -> Float[np.ndarray, "draw y x"]:
    deeper = depth * _per_draw(np.asarray(course.deepening[:, day_index]))
    return np.where(depth > 0, np.minimum(depth, moved) - deeper, 0.0)


def gain_at_nodes(course: ZoneCourse, day_index: int) -> Float[np.ndarray, "draw node"]:
    """Return u(dermis - d) - u_normal, and contraction, on one day for floors of the depths d = 0, 0.05, ... mm."""
    edges = np.asarray(course.edges_mm)
    left = np.maximum(np.asarray(course.dermis_mm)[:, None] - NODES_MM, 0.0)
    summed = np.asarray(course.surplus_mm[:, day_index])
    place = np.clip(left / (edges[1] - edges[0]), 0, edges.size - 1)
    lower = np.minimum(place.astype(int), edges.size - 2)
    share = place - lower
    gained = np.take_along_axis(summed, lower, 1) * (1 - share) + np.take_along_axis(summed, lower + 1, 1) * share
    return (
        gained
        - np.asarray(course.surplus_normal_mm[:, day_index])[:, None]
        + contracted_mm(course, NODES_MM, day_index)
    )


def contracted_mm(
    course: ZoneCourse, depth_mm: Float[np.ndarray, "#draw s"] | Float[np.ndarray, " s"], day_index: int
) -> Float[np.ndarray, "draw s"] | float:
    """Return by how much heated walls of scars of each depth are shortened on one day, mm; 0 for needles."""
    share = np.asarray(course.contraction[:, day_index])
    if not np.any(share > 0.0):
        return 0.0
    walls = np.broadcast_to(depth_mm, (share.size, np.shape(depth_mm)[-1]))
    edges, heated = np.asarray(course.edges_mm), np.asarray(course.heated_mm)
    return share[:, None] * np.stack([np.interp(wall, edges, row) for wall, row in zip(walls, heated, strict=True)])


def _shoulder(depth_mm: Float[np.ndarray, "y x"], pixel_mm: float) -> Float[np.ndarray, "y x"]:
    inside = np.maximum(depth_mm, 0.0)
    rounded = smooth_laterally(inside[None], _SHOULDER_MM / pixel_mm)[0]
    return np.maximum(inside - rounded, 0.0)


def smoothing_groups(sigma_mm: Float[np.ndarray, " draw"]) -> tuple[np.ndarray, np.ndarray]:
    """Return the smoothings that are used, mm [smoothing], and which of them each draw has [draw]."""
    groups = min(_SMOOTHINGS, sigma_mm.size)
    rank = np.argsort(np.argsort(sigma_mm, kind="stable"), kind="stable")
    group = rank * groups // sigma_mm.size
    return np.array([sigma_mm[group == number].mean() for number in range(groups)]), group


def _per_draw(values: np.ndarray) -> np.ndarray:
    return values[:, None, None] if values.ndim == 1 else values
