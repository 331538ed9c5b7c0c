"""Register a follow-up to its baseline: place found by the relief, pose refined on scar-free skin, stretch followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.evidence.library import value_of
from scarplan.surface.surface import Surface
from scarplan.visits.bands import band_of, remove_form, robust_sd, smooth_seen
from scarplan.visits.coarse import search_places
from scarplan.visits.expression import follow_expression
from scarplan.visits.lateral import estimate_shift
from scarplan.visits.lay_over import Sheet, follow_rays, look_up_labels, make_sheet
from scarplan.visits.likeness import Likeness, compare_relief, correlate, cut_far
from scarplan.visits.local import align_scars
from scarplan.visits.poses import Rigid, chart_to_space, invert, tilt_rad, without_tilt
from scarplan.visits.rigid import Baseline, Level, refine_pose, smooth_sheet, thin_baseline

#: From broad to fine: each step starts within reach of the one before.
_LEVELS = (Level(0.8, 0.8, 8), Level(0.4, 0.4, 6), Level(0.2, 0.3, 5))
#: Rounds in which the sideways shift is followed; the last ones move by a micrometre or less.
_SHIFT_ROUNDS, _SCAR_ROUNDS = 3, 2
#: Rounds in which an expression is followed, where there is one.
_SLIDE_ROUNDS = 3
#: A smaller overlap tells nothing of where skin went.
_FEWEST_PIXELS = 100
#: A correlation that chance never reaches on so much skin: other ways to lie need not be tried.
_CONVINCING = 0.8
#: A tilt below this moves nothing sideways by a micrometre: it makes no difference how it came about.
_TILT_RAD = 0.002
#: Differences beyond this count alike where two ways to lie are compared.
_LARGEST_MISFIT_MM = 0.1


@dataclass(frozen=True)
class Registration:
    """A follow-up laid over one chart of the baseline.

    pose                 moves points of the follow-up's space into the baseline's [4 4], mm; rigid, or for height maps
                         that were levelled by software a turn and a plane
    after_on_before_mm   height of the follow-up at each pixel of the baseline [y x], mm; NaN where not seen
    overlap              pixels that both scans show [y x]
    free                 of these, skin that is a scar on neither visit [y x]
    after_labels         label of the follow-up's scar at each pixel of the baseline [y x]; 0 = skin
    shift_mm             how far the skin has moved sideways beyond the rigid pose [y x 2] (right, down), mm
    difference_mm        follow-up less baseline without what is smooth (posture, swelling) [y x], mm; NaN outside
    residual_mm          robust standard deviation of `difference_mm` on free skin at the scale of scars: what taking
                         a second scan costs; `pixel_residual_mm` the same of single pixels, with their noise
    likeness             of the fine relief of free skin on both visits
    pixel_mm             grid spacing of the baseline, on which all of this lies
    """

    pose: Rigid
    after_on_before_mm: Float[np.ndarray, "y x"]
    overlap: Bool[np.ndarray, "y x"]
    free: Bool[np.ndarray, "y x"]
    after_labels: Int[np.ndarray, "y x"]
    shift_mm: Float[np.ndarray, "y x 2"]
    difference_mm: Float[np.ndarray, "y x"]
    residual_mm: float
    pixel_residual_mm: float
    likeness: Likeness
    pixel_mm: float

    @property
    def is_same_skin(self) -> bool:
        """Whether the fine relief agrees better than chance does on so much skin."""
        return self.likeness.is_same

    @property
    def correlation(self) -> float:
        """Correlation of the fine relief: near 1 on the same skin, near 0 on another."""
        return self.likeness.correlation


def register_surfaces(
    before: Surface,
    after: Surface,
    *,
    before_labels: Int[np.ndarray, "y x"] | None = None,
    after_labels: Int[np.ndarray, "y x"] | None = None,
    start: Rigid | None = None,
) -> Registration:
    """Return `after` laid over `before`; labels mark the scars, which do not pull.

    `start` is a pose to set out from (follow-up's space to the baseline's); without it every turn and shift is tried.
    A pair that does not match is returned too: look at `is_same_skin` and `residual_mm`. The surfaces must hold seen
    skin.
    """
    free = free_skin(before, before_labels)
    pose = find_pose(before, after, free=free, start=start)
    found = lay_over(before, [(after, after_labels)], pose, before_labels=before_labels)
    if before.frame is not None or after.frame is not None or tilt_rad(pose) < _TILT_RAD:
        return found
    levelled = level_pose(before, after, pose, free=free)
    other = lay_over(before, [(after, after_labels)], levelled, before_labels=before_labels)
    # Tilting moves the floor of a scar sideways against its rim, levelling does not: the scars tell which it was.
    return min(found, other, key=_misfit)


def find_pose(before: Surface, after: Surface, *, free: Bool[np.ndarray, "y x"], start: Rigid | None = None) -> Rigid:
    """Return the best rigid pose of `after` on `before`, in the coordinates of space."""
    to_before, to_after = chart_to_space(before), chart_to_space(after)
    sheets = [smooth_sheet(after, sigma_mm=level.sigma_mm) for level in _LEVELS]
    bases = [thin_baseline(before, free, level) for level in _LEVELS]
    if start is not None:
        starts = [invert(to_before) @ start @ to_after]
    else:
        starts = [place.pose for place in search_places(before, after)] or [np.eye(4)]
    tried = []
    for pose in starts:
        pose = _level_height(bases[0], sheets[0], pose)
        for base, sheet, level in zip(bases[:2], sheets[:2], _LEVELS[:2], strict=True):
            pose = refine_pose(base, sheet, pose, rounds=level.rounds)
        tried.append((_agreement(bases[1], sheets[1], pose), pose))
        if tried[-1][0] > _CONVINCING:
            break
    pose = max(tried, key=lambda one: one[0])[1]
    pose = refine_pose(bases[2], sheets[2], pose, rounds=_LEVELS[2].rounds)
    return to_before @ pose @ invert(to_after)


def level_pose(before: Surface, after: Surface, pose: Rigid, *, free: Bool[np.ndarray, "y x"]) -> Rigid:
    """Return the pose near `pose` that adds a plane instead of tilting, for height maps levelled by software."""
    levelled = without_tilt(pose)
    for level in _LEVELS:
        base, sheet = thin_baseline(before, free, level), smooth_sheet(after, sigma_mm=level.sigma_mm)
        levelled = refine_pose(base, sheet, levelled, rounds=level.rounds, levelled=True)
    return levelled


def _misfit(registration: Registration) -> float:
    """Return the mean squared difference, scars included, each counted up to a limit (a scar may have changed)."""
    difference = registration.difference_mm[registration.overlap]
    return float(np.minimum(difference**2, _LARGEST_MISFIT_MM**2).mean()) if difference.size else np.inf


@dataclass(frozen=True)
class _Laid:
    """One chart of the follow-up over a chart of the baseline, before it is judged; arrays [y x] of the baseline."""

    height_mm: Float[np.ndarray, "y x"]
    seen: Bool[np.ndarray, "y x"]
    labels: Int[np.ndarray, "y x"]
    shift_mm: Float[np.ndarray, "y x 2"]


def lay_over(
    before: Surface,
    afters: Sequence[tuple[Surface, Int[np.ndarray, "y x"] | None]],
    pose: Rigid,
    *,
    before_labels: Int[np.ndarray, "y x"] | None = None,
) -> Registration:
    """Return the charts `afters` (each with its labels) laid over `before` by `pose`, their stretch followed.

    Where several show the same skin, the first one counts.
    """
    free = free_skin(before, before_labels)
    scars = np.zeros(before.shape, np.int32) if before_labels is None else before_labels
    merged: _Laid | None = None
    for after, labels in afters:
        laid = _lay_one(before, after, pose, labels=labels, before_labels=scars)
        merged = laid if merged is None else _fill(merged, laid)
    if merged is None:
        raise ValueError("at least one chart is needed to lay over another")
    return _judge(before, merged, pose, free=free)


def _lay_one(
    before: Surface, after: Surface, pose: Rigid, *, labels: np.ndarray | None, before_labels: np.ndarray
) -> _Laid:
    chart_pose = invert(chart_to_space(before)) @ pose @ chart_to_space(after)
    sheet, quick = make_sheet(after, exact=True), make_sheet(after, exact=False)
    base = make_sheet(before, exact=False).height_mm.astype(np.float64)
    seen_before = before.valid & np.isfinite(before.relief_mm)
    rows, columns = before.shape
    y, x = np.meshgrid(np.arange(rows) * before.pixel_mm, np.arange(columns) * before.pixel_mm, indexing="ij")
    scars = np.zeros(after.shape, np.int32) if labels is None else labels
    right, down = _follow_slides(quick, chart_pose, base, (x, y), seen_before, pixel_mm=before.pixel_mm)
    for number in range(_SHIFT_ROUNDS + _SCAR_ROUNDS):
        height, seen = follow_rays(quick, chart_pose, x_mm=x + right, y_mm=y + down, start_mm=base)
        both = seen & seen_before
        if both.sum() < _FEWEST_PIXELS:
            break
        place = {"x_mm": x + right, "y_mm": y + down, "height_mm": height}
        walls = _walls(look_up_labels(scars, after.pixel_mm, chart_pose, **place) > 0, before.pixel_mm)
        if number < _SHIFT_ROUNDS:
            use = both & ~_walls(before_labels > 0, before.pixel_mm) & ~walls
            more_right, more_down = estimate_shift(base, height, use, pixel_mm=before.pixel_mm)
        else:
            more_right, more_down = align_scars(base, height, before_labels, both, pixel_mm=before.pixel_mm)
        right, down = right + more_right, down + more_down
    height, seen = follow_rays(sheet, chart_pose, x_mm=x + right, y_mm=y + down, start_mm=base)
    on_before = look_up_labels(scars, after.pixel_mm, chart_pose, x_mm=x + right, y_mm=y + down, height_mm=height)
    return _Laid(height, seen, np.where(seen, on_before, 0), np.stack([right, down], axis=-1))


def _follow_slides(
    quick: Sheet,
    pose: Rigid,
    base: np.ndarray,
    place: tuple[np.ndarray, np.ndarray],
    seen_before: np.ndarray,
    *,
    pixel_mm: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the follow-up must be looked up (right, down; mm) because a face changed its expression."""
    right, down = np.zeros(base.shape), np.zeros(base.shape)
    for _ in range(_SLIDE_ROUNDS):
        height, seen = follow_rays(quick, pose, x_mm=place[0] + right, y_mm=place[1] + down, start_mm=base)
        both = seen & seen_before
        more = follow_expression(base, height, both, pixel_mm=pixel_mm) if both.sum() >= _FEWEST_PIXELS else None
        if more is None:
            break
        right, down = right + more[0], down + more[1]
    return right, down


def _fill(first: _Laid, second: _Laid) -> _Laid:
    more = second.seen & ~first.seen
    return _Laid(
        np.where(more, second.height_mm, first.height_mm),
        first.seen | more,
        np.where(more, second.labels, first.labels),
        np.where(more[..., None], second.shift_mm, first.shift_mm),
    )


def _judge(before: Surface, laid: _Laid, pose: Rigid, *, free: np.ndarray) -> Registration:
    pixel = before.pixel_mm
    overlap = laid.seen & before.valid & np.isfinite(before.relief_mm)
    free = free & overlap & ~_grown(laid.labels > 0, pixel)
    raw = np.where(overlap, laid.height_mm - np.where(overlap, before.relief_mm, 0.0), 0.0)
    difference = raw - _smooth_part(raw, free, sigma=float(value_of("visits.trend_mm")) / pixel)
    fine = float(value_of("visits.match_fine_mm")) / pixel
    return Registration(
        pose=pose,
        after_on_before_mm=np.where(overlap, laid.height_mm, np.nan),
        overlap=overlap,
        free=free,
        after_labels=np.where(overlap, laid.labels, 0),
        shift_mm=laid.shift_mm,
        difference_mm=np.where(overlap, difference, np.nan),
        residual_mm=robust_sd(smooth_seen(difference, free, sigma=fine)[free]),
        pixel_residual_mm=robust_sd(difference[free]),
        likeness=compare_relief(before.relief_mm, laid.height_mm, free, pixel_mm=pixel),
        pixel_mm=pixel,
    )


def _smooth_part(values: np.ndarray, free: np.ndarray, *, sigma: float) -> np.ndarray:
    """Return what is smooth in `values`; bends pass whole, thanks to a second pass over what the first one left."""
    first = smooth_seen(values, free, sigma=sigma)
    return first + smooth_seen(values - first, free, sigma=sigma)


def free_skin(surface: Surface, labels: np.ndarray | None) -> Bool[np.ndarray, "y x"]:
    """Return the skin of a chart that was seen and is neither scar nor next to one."""
    seen = surface.valid & np.isfinite(surface.relief_mm)
    return seen if labels is None else seen & ~_grown(labels > 0, surface.pixel_mm)


def _walls(mask: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Return narrow scars and the walls of broad ones: they may have changed, so they do not tell where skin went.

    The floor of a broad scar does: its fine relief moves with it.
    """
    reach = max(1, int(np.ceil(float(value_of("visits.wall_mm")) / pixel_mm)))
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    floor = cv2.erode(mask.astype(np.uint8), element).astype(bool)
    return _grown(mask, pixel_mm) & ~floor


def _grown(mask: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Return scars with the skin beside them that they still bend."""
    reach = max(1, int(np.ceil(float(value_of("visits.beside_scar_mm")) / pixel_mm)))
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(mask.astype(np.uint8), element).astype(bool)


def _level_height(base: Baseline, sheet: Sheet, pose: Rigid) -> Rigid:
    height, seen = follow_rays(sheet, pose, x_mm=base.x_mm, y_mm=base.y_mm, start_mm=base.height_mm)
    level = pose.copy()
    if seen.any():
        level[2, 3] += float(np.median((base.height_mm - height)[seen]))
    return level


def _agreement(base: Baseline, sheet: Sheet, pose: Rigid) -> float:
    """Return the correlation of the relief of free skin under a pose, on the thinned map."""
    height, seen = follow_rays(sheet, pose, x_mm=base.x_mm, y_mm=base.y_mm, start_mm=base.height_mm)
    use = seen & base.free
    if use.sum() * base.step_mm**2 < 100.0 * float(value_of("visits.least_overlap_cm2")):
        return -1.0
    broad = float(value_of("visits.pose_broad_mm")) / base.step_mm
    flat = (remove_form(h, use) for h in (base.height_mm, height))
    one, two = (cut_far(band_of(h, use, fine=0.0, broad=broad), use)[use] for h in flat)
    return correlate(one, two)
