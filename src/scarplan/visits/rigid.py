"""One rigid pose, refined: least squares of the height differences on skin without scars (point to plane).

The skin bends between visits. Smooth bends are fitted along and left out of the pose; large differences count less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float

from scarplan.surface.filling import fill_nearest
from scarplan.surface.surface import Surface
from scarplan.visits.bands import robust_sd, smooth_seen
from scarplan.visits.lay_over import Sheet, follow_rays
from scarplan.visits.poses import Rigid, small_levelling, small_motion

#: Powers of x and y of the bends fitted along with the pose: from the second degree (a rigid pose has the first).
_BENDS = ((2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3))
#: Differences beyond this many robust deviations count less and less (Huber).
_FAR = 2.0
#: Fewer places than this determine nothing.
_FEWEST = 60
#: A pose that moves less than this (mm at the border of the chart) has settled.
_SETTLED_MM = 2e-4


@dataclass(frozen=True)
class Baseline:
    """A thinned baseline to refine against: places, smoothed heights, and which of them are scar-free skin."""

    x_mm: Float[np.ndarray, "y x"]
    y_mm: Float[np.ndarray, "y x"]
    height_mm: Float[np.ndarray, "y x"]
    free: Bool[np.ndarray, "y x"]
    step_mm: float


@dataclass(frozen=True)
class Level:
    """One step of the refinement: how much both maps are smoothed (sigma), and how thinly the baseline is taken."""

    sigma_mm: float
    step_mm: float
    rounds: int


def thin_baseline(surface: Surface, free: Bool[np.ndarray, "y x"], level: Level) -> Baseline:
    """Return the baseline smoothed and thinned; `free` marks the skin that may be used."""
    pixel = surface.pixel_mm
    seen = surface.valid & np.isfinite(surface.relief_mm)
    smooth = smooth_form(surface.relief_mm, seen, sigma=level.sigma_mm / pixel)
    step = max(1, round(level.step_mm / pixel))
    rows, columns = (np.arange(min(step // 2, n - 1), n, step) for n in surface.shape)
    y, x = np.meshgrid(rows * pixel, columns * pixel, indexing="ij")
    return Baseline(x, y, smooth[np.ix_(rows, columns)], (free & seen)[np.ix_(rows, columns)], step * pixel)


def smooth_sheet(surface: Surface, *, sigma_mm: float) -> Sheet:
    """Return the follow-up smoothed by `sigma_mm`, to be laid over."""
    seen = surface.valid & np.isfinite(surface.relief_mm)
    smooth = smooth_form(surface.relief_mm, seen, sigma=sigma_mm / surface.pixel_mm)
    return Sheet(smooth.astype(np.float32), seen.astype(np.float32), surface.pixel_mm)


def smooth_form(height_mm: np.ndarray, seen: np.ndarray, *, sigma: float) -> np.ndarray:
    """Return heights smoothed by `sigma` pixels around their mean plane, so that borders do not lean inwards."""
    height = fill_nearest(np.where(seen, height_mm, 0.0), seen)
    if sigma < 0.2 or not seen.any():
        return height
    plane = _fit_plane(height, seen)
    return plane + smooth_seen(height - plane, seen, sigma=sigma)


def refine_pose(baseline: Baseline, sheet: Sheet, pose: Rigid, *, rounds: int, levelled: bool = False) -> Rigid:
    """Return the pose that makes the height differences on free skin least; unchanged where too little overlaps.

    `levelled` adds a plane where a rigid pose would tilt: for height maps whose tilt was taken off by software.
    """
    reach = 0.5 * max(float(np.ptp(baseline.x_mm)), float(np.ptp(baseline.y_mm)), 1.0)
    for _ in range(rounds):
        height, seen = follow_rays(sheet, pose, x_mm=baseline.x_mm, y_mm=baseline.y_mm, start_mm=baseline.height_mm)
        use = seen & baseline.free & cv2.erode(seen.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        if use.sum() < _FEWEST:
            return pose
        slope_y, slope_x = np.gradient(height, baseline.step_mm)
        centre = np.array([baseline.x_mm[use].mean(), baseline.y_mm[use].mean(), height[use].mean()])
        columns = _columns(baseline, height, use, (slope_x, slope_y), centre, reach, levelled=levelled)
        off = (baseline.height_mm - height)[use]
        solved = _solve(columns, off)
        turns, shift = solved[:3] / reach, solved[3:6]
        pose = (small_levelling if levelled else small_motion)(turns, shift, centre) @ pose
        if max(float(np.abs(solved[:6]).max()), 0.0) < _SETTLED_MM:
            break
    return pose


def _columns(
    baseline: Baseline,
    height: np.ndarray,
    use: np.ndarray,
    slopes: Sequence[np.ndarray],
    centre: np.ndarray,
    reach: float,
    *,
    levelled: bool,
) -> Float[np.ndarray, "n k"]:
    """Return how the laid-over height changes with each turn (per mm at the border), shift and bend."""
    slope_x, slope_y = (slope[use] for slope in slopes)
    x, y, z = baseline.x_mm[use] - centre[0], baseline.y_mm[use] - centre[1], height[use] - centre[2]
    aside = 0.0 if levelled else z  # tilting moves what stands high sideways, levelling does not
    turns = [y + slope_y * aside, -x - slope_x * aside, slope_x * y - slope_y * x]
    shifts = [-slope_x, -slope_y, np.ones_like(x)]
    parts = [turn / reach for turn in turns] + shifts
    parts += [(x / reach) ** i * (y / reach) ** j for i, j in _BENDS]
    return np.stack(parts, axis=1)


def _solve(columns: np.ndarray, off: np.ndarray) -> np.ndarray:
    weight = np.ones_like(off)
    solved = np.zeros(columns.shape[1])
    # A trace of a ridge keeps what the relief does not tell (turns of a ball, shifts of a plane) at rest.
    ridge = 1e-9 * np.trace(columns.T @ columns) * np.eye(columns.shape[1])
    for _ in range(4):
        weighted = columns * weight[:, None]
        solved = np.linalg.solve(weighted.T @ columns + ridge, weighted.T @ off)
        rest = np.abs(off - columns @ solved)
        limit = _FAR * max(robust_sd(off - columns @ solved), 1e-6)
        weight = np.minimum(1.0, limit / np.maximum(rest, 1e-12))
    return solved


def _fit_plane(height: np.ndarray, seen: np.ndarray) -> np.ndarray:
    rows, columns = height.shape
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    thin = (slice(None, None, max(1, rows // 64)), slice(None, None, max(1, columns // 64)))
    use = seen[thin] if seen[thin].any() else np.ones_like(seen[thin])
    terms = np.stack([np.ones(use.sum()), x[thin][use], y[thin][use]], axis=1)
    a, b, c = np.linalg.lstsq(terms, height[thin][use], rcond=None)[0]
    return a + b * x + c * y
