"""Where exactly a scan lies on a template: weighted least squares over all points, in space.

A point p of the scan, with lengths across the plate in error by the factor s, lies at q = R (s px, s py, pz) + t.
There the scan should be g T(q) + form(q) high: T the template, g the depth gain, form a bend of second degree (a
printed plate warps, a scanner has a form error). The differences are made as small as can be over the six numbers of
R and t, over s and g where they are free, and over the form. Outliers weigh nothing (Tukey's weights).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from scarplan.commissioning.points import take_some
from scarplan.commissioning.template import Template
from scarplan.commissioning.turns import turn_by

# Tukey's constant for 95 % efficiency, and a robust standard deviation from a median absolute deviation.
_TUKEY, _MAD_TO_SD = 4.685, 1.4826
# Most of a plate is flat and fits wherever it lies: without a least spread, a very quiet scan would call every feature
# that is not yet in place an outlier. On the way and at the end, mm.
_LEAST_SPREAD_MM = (0.1, 0.02, 0.005)
# A step that moves no point further than this ends a level: (smoothed template, the template itself), mm.
_MOST_STEPS, _STILL_MM = 20, (2e-3, 2e-5)
# Points used while the template is smoothed, and at the end.
_POINTS_ON_THE_WAY, _POINTS_AT_THE_END = 8_000, 40_000
# The bend is counted in these lengths, so that all unknowns have the size of a height.
_FORM_UNIT_MM = 10.0
_FEWEST_POINTS = 100


@dataclass(frozen=True)
class Pose:
    """Where a scan lies on a template; see the module.

    residual_mm   robust standard deviation of what is left
    likeness      correlation of the scan's heights, form removed, with the template
    """

    turn: Float[np.ndarray, "3 3"]
    shift_mm: Float[np.ndarray, " 3"]
    lateral_scale: float = 1.0
    gain: float = 1.0
    form: tuple[float, float, float] = (0.0, 0.0, 0.0)
    centre_mm: tuple[float, float] = (0.0, 0.0)
    residual_mm: float = float("inf")
    likeness: float = 0.0

    def place(self, points_mm: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """Return the points in the template's frame, the form not yet removed."""
        return (points_mm * [self.lateral_scale, self.lateral_scale, 1.0]) @ self.turn.T + self.shift_mm

    def flatten(self, placed_mm: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, " n"]:
        """Return heights of placed points with the form removed."""
        return placed_mm[:, 2] - _bend(placed_mm, self.centre_mm) @ np.array(self.form)


def approach_pose(
    points_mm: Float[np.ndarray, "n 3"], template: Template, starts: Sequence[Pose], *, free_scale: bool
) -> Pose:
    """Return a good pose near one of the rough `starts`, found on a few points and on smoothed templates.

    `free_scale`: lengths and the depth gain are free (a phantom, not skin).
    """
    thin = take_some(points_mm, _POINTS_ON_THE_WAY)
    rows, columns = template.heights_mm.shape
    middle = (columns * template.pixel_mm / 2, rows * template.pixel_mm / 2)
    found = [replace(start, centre_mm=middle) for start in starts]
    for blurred, spread_mm in zip(template.coarse_levels, _LEAST_SPREAD_MM[:-1], strict=True):
        found = [
            _descend(thin, blurred, one, free_scale=free_scale, still_mm=_STILL_MM[0], spread_mm=spread_mm)
            for one in found
        ]
    return max((_judge(thin, template, one) for one in found), key=lambda pose: pose.likeness)


def refine_pose(points_mm: Float[np.ndarray, "n 3"], template: Template, start: Pose, *, free_scale: bool) -> Pose:
    """Return the best pose near a good one, found on many points and the template itself."""
    thin = take_some(points_mm, _POINTS_AT_THE_END)
    pose = _descend(thin, template, start, free_scale=free_scale, still_mm=_STILL_MM[1], spread_mm=_LEAST_SPREAD_MM[2])
    return _judge(thin, template, pose)


def _descend(
    points: np.ndarray, template: Template, pose: Pose, *, free_scale: bool, still_mm: float, spread_mm: float
) -> Pose:
    for _ in range(_MOST_STEPS):
        pose, moved = _step(points, template, pose, free_scale=free_scale, spread_mm=spread_mm)
        if moved < still_mm:
            break
    return pose


def _judge(points: np.ndarray, template: Template, pose: Pose) -> Pose:
    """Return the pose with what is left and how like the scan is there."""
    placed = pose.place(points)
    heights, _, _, inside = template.sample(placed[:, 0], placed[:, 1])
    if inside.sum() < _FEWEST_POINTS:
        return pose
    measured, true = pose.flatten(placed)[inside], heights[inside]
    left = measured - pose.gain * true
    spread = _spread(left)
    kept = np.abs(left - np.median(left)) < 3 * _TUKEY * max(spread, _LEAST_SPREAD_MM[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        likeness = float(np.nan_to_num(np.corrcoef(measured[kept], true[kept])[0, 1]))
    return replace(pose, residual_mm=spread, likeness=likeness)


def _step(
    points: np.ndarray, template: Template, pose: Pose, *, free_scale: bool, spread_mm: float
) -> tuple[Pose, float]:
    """Return the pose after one step, and how far the step moved anything, mm."""
    placed = pose.place(points)
    heights, slope_x, slope_y, inside = template.sample(placed[:, 0], placed[:, 1])
    if inside.sum() < _FEWEST_POINTS:
        return pose, 0.0
    placed, heights = placed[inside], heights[inside]
    bend = _bend(placed, pose.centre_mm)
    left = placed[:, 2] - bend @ np.array(pose.form) - pose.gain * heights
    weight = _tukey(left, spread_mm)
    slope_x, slope_y = -pose.gain * slope_x[inside], -pose.gain * slope_y[inside]
    middle = np.array([*pose.centre_mm, 0.0])
    across, down, up = (placed - middle).T
    # What is left, differentiated by turns, shifts, form, scale and gain: one row for each unknown.
    rows = [down - up * slope_y, up * slope_x - across, across * slope_y - down * slope_x]
    rows += [slope_x, slope_y, np.ones(len(left)), *-bend.T]
    if free_scale:
        scaled = points[inside, :2] @ pose.turn[:, :2].T
        rows += [scaled[:, 0] * slope_x + scaled[:, 1] * slope_y + scaled[:, 2], -heights]
    jacobian = np.stack(rows)
    weighted = jacobian * weight
    normal = weighted @ jacobian.T
    normal += np.diag(1e-9 * np.maximum(np.diag(normal), 1e-12))
    change = -np.linalg.solve(normal, weighted @ left)
    turn = turn_by(change[:3])
    # Turned about the middle of the template, not about its corner.
    shift = turn @ (pose.shift_mm - middle) + middle + change[3:6]
    scale, gain = (change[9], change[10]) if free_scale else (0.0, 0.0)
    moved = float(np.abs([*(change[:3] * 30), *change[3:6], scale * 30]).max())
    return replace(
        pose,
        turn=turn @ pose.turn,
        shift_mm=shift,
        lateral_scale=pose.lateral_scale + scale,
        gain=pose.gain + gain,
        form=tuple(np.array(pose.form) + change[6:9]),
    ), moved


def _bend(placed: np.ndarray, centre_mm: tuple[float, float]) -> np.ndarray:
    x, y = ((placed[:, k] - centre_mm[k]) / _FORM_UNIT_MM for k in (0, 1))
    return np.column_stack([x * x, x * y, y * y])


def _tukey(left: np.ndarray, least_spread: float) -> np.ndarray:
    off = left - np.median(left)
    reach = _TUKEY * max(float(_MAD_TO_SD * np.median(np.abs(off))), least_spread)
    return np.clip(1 - (off / reach) ** 2, 0.0, None) ** 2


def _spread(values: np.ndarray) -> float:
    return float(_MAD_TO_SD * np.median(np.abs(values - np.median(values))))


def covers(pose: Pose, points_mm: np.ndarray, template: Template, *, cell_mm: float) -> float:
    """Return the share of the template's seen cells (`cell_mm` wide, whole ones) that hold a point of the scan."""
    placed = pose.place(points_mm)
    _, _, _, inside = template.sample(placed[:, 0], placed[:, 1])
    pixels = max(1, round(cell_mm / template.pixel_mm))
    rows, columns = (n // pixels for n in template.heights_mm.shape)
    hit = np.zeros((rows + 1, columns + 1), dtype=bool)
    side = pixels * template.pixel_mm
    hit[(placed[inside, 1] / side).astype(int), (placed[inside, 0] / side).astype(int)] = True
    seen = template.seen[: rows * pixels, : columns * pixels].reshape(rows, pixels, columns, pixels).all(axis=(1, 3))
    return float((hit[:rows, :columns] & seen).sum() / max(1, seen.sum()))
