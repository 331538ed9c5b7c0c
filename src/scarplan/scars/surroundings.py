"""What lies around a find: whether its rim is seen, whether it ends there, and whether it stands out of its own place.

The search asks what stands out of skin of one roughness. Real skin has folds that go on, beards, and borders where it
turns away; a find is looked at once more against its own surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.scars.label_boxes import Box, box_of
from scarplan.scars.measure import distance_outside, rim_margin_mm
from scarplan.surface.robust import quantile, robust_deviation

#: Directions in which the ring around a find is looked at.
_DIRECTIONS = 36
#: The ring begins at the margin of the rim and is this part of the width wide.
_RING_PART = 0.6
#: Flanks of a fold lie this many directions beside it; its two ends may be bent by so many against each other.
_FLANK, _TURN = 5, 4
#: The ring is read smoothed by this part of the width.
_SMOOTHING_PART = 0.15
#: A find is compared with its surroundings at its own scale: smoothed by the first, less smoothed by the second part of
#: its width, out to so many widths from it.
_SCALE_PARTS, _AROUND_PART, _LEAST_AROUND_MM = (0.25, 0.6), 2.5, 3.0
#: Fewer pixels across a find would not show its surroundings; more are averaged.
_PIXELS_ACROSS = 12
#: A parabola is fitted through a find and its surroundings out to this part of its width.
_PARABOLA_PART = 0.8
#: A direction of the ring counts where this part of it is seen.
_SEEN_PART = 0.5


@dataclass(frozen=True)
class Surroundings:
    """What lies around one find.

    unseen_part    part of the directions in which no skin is seen beside the rim, 0-1
    stretch        how far the hidden skin reaches from seen skin, over what it does under a scar seen all round (1)
    goes_on        how deep the find goes on beyond its rim in two opposite directions, over its own depth
    stands_out     its depth over the deviation of the skin around it at its own scale
    bends          how far it lies off a parabola through it and its surroundings, over how deep it is said to be
    slope          rise over run of the level of the skin against the direction of sight
    """

    unseen_part: float
    stretch: float
    goes_on: float
    stands_out: float
    bends: float
    slope: float


@dataclass(frozen=True)
class Thinned:
    """A map averaged to squares of some pixels: its labels, how far it lies below the level, its height, what is seen.

    drop_mm, height_mm   of the seen part of each square [y x], 0 where less than half of it is seen
    """

    labels: np.ndarray
    drop_mm: np.ndarray
    height_mm: np.ndarray
    seen: np.ndarray
    pixel_mm: float


class Shown:
    """A map with its finds as look_around needs it; each coarser grid is made once, the same for a map turned over."""

    def __init__(
        self, labels: np.ndarray, level_mm: np.ndarray, relief_mm: np.ndarray, skin: np.ndarray, *, pixel_mm: float
    ) -> None:
        """Take labels, height of the skin without the finds, height of the surface, and pixels that are seen."""
        self.labels, self.level_mm, self.relief_mm, self.skin = labels, level_mm, relief_mm, skin
        self.pixel_mm = pixel_mm
        self._at: dict[int, Thinned] = {}
        whole = bool(skin.all())
        self._height_mm = (relief_mm if whole else np.where(skin, relief_mm, 0.0)).astype(np.float32)
        drop = level_mm.astype(np.float32) - self._height_mm
        self._drop_mm = drop if whole else drop * skin
        self._share = skin.astype(np.float32)

    def at(self, stride: int) -> Thinned:
        """Return the map averaged to squares of about `stride` pixels."""
        if stride not in self._at:
            self._at[stride] = self._thin(stride)
        return self._at[stride]

    def _thin(self, stride: int) -> Thinned:
        shape = self.labels.shape
        rows, columns = (max(1, round(length / stride)) for length in shape)
        if stride == 1:
            return Thinned(self.labels, self._drop_mm, self._height_mm, self.skin, self.pixel_mm)
        share = cv2.resize(self._share, (columns, rows), interpolation=cv2.INTER_AREA)
        seen = share > _SEEN_PART
        drop, height = (
            np.divide(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA), share,
                      out=np.zeros((rows, columns), np.float32), where=seen)
            for image in (self._drop_mm, self._height_mm)
        )  # fmt: skip
        middles = [
            ((np.arange(n) + 0.5) * length / n).astype(int) for n, length in zip((rows, columns), shape, strict=True)
        ]
        pixel_mm = self.pixel_mm * float(np.sqrt(shape[0] * shape[1] / (rows * columns)))
        return Thinned(self.labels[np.ix_(*middles)], drop, height, seen, pixel_mm)


def look_around(shown: Shown, number: int, *, sign: int, box: Box = None) -> Surroundings:
    """Return what lies around the find `number` of a map; `box` is where its label lies, when known."""
    labels = shown.labels
    place = box or box_of(labels == number)
    if place is None:
        raise ValueError(f"no pixel has the label {number}")
    size = int((labels[place] == number).sum())
    stride = max(1, int(2 * np.sqrt(size / np.pi) / _PIXELS_ACROSS))
    coarse = shown.at(stride)
    if stride > 1 and not (coarse.labels == number).any():
        coarse = shown.at(1)  # a thread of pixels between the middles of the squares
    pixel_mm = coarse.pixel_mm
    width = 2 * float(np.sqrt(size / np.pi)) * shown.pixel_mm / pixel_mm
    margin = rim_margin_mm(width * pixel_mm) / pixel_mm
    reach = int(np.ceil(margin + max(_AROUND_PART * width, _LEAST_AROUND_MM / pixel_mm))) + 2
    window, missing = _window(_coarse_box(place, labels.shape, coarse.labels.shape), reach, coarse.labels.shape)
    here, drop, height, seen = (
        np.pad(image[window], missing) if np.any(missing) else image[window]
        for image in (coarse.labels, coarse.drop_mm, coarse.height_mm, coarse.seen)
    )
    region, others = here == number, (here != 0) & (here != number)
    drop, height = sign * drop, -sign * (height - (height[seen].mean() if seen.any() else 0.0))
    smooth = _smooth(drop, seen, max(_SMOOTHING_PART * width, 0.7))
    far = distance_outside(region)
    known = region & seen
    depth = max(quantile(smooth[known], 0.88) if known.any() else 0.0, 1e-3)
    ring, is_seen = _ring(smooth, seen, region, far, margin=margin, width=width)
    return Surroundings(
        unseen_part=1 - float(is_seen.mean()),
        stretch=1.0 if is_seen.all() else _stretch(region, seen, far, margin=margin, width=width),
        goes_on=_goes_on(ring, is_seen) / depth,
        stands_out=_stands_out(height, seen, known, (far > margin) & ~others, width=width),
        bends=_bends(height, drop, seen & ~others, region, far, margin=margin, width=width),
        slope=_slope(shown.level_mm[place], shown.pixel_mm),
    )


def _coarse_box(
    place: tuple[slice, slice], shape: tuple[int, int], coarse: tuple[int, int]
) -> tuple[slice, slice]:  # fmt: skip
    """Return the rows and columns of a coarser grid over the same skin that hold a box."""
    rows, columns = (
        slice(side.start * fewer // length, -(-side.stop * fewer // length))
        for side, length, fewer in zip(place, shape, coarse, strict=True)
    )
    return rows, columns


def _slope(level_mm: np.ndarray, pixel_mm: float) -> float:
    """Return the slope of the level over a box."""
    down, right = (float(np.diff(level_mm, axis=axis).mean()) if level_mm.shape[axis] > 1 else 0.0 for axis in (0, 1))
    return float(np.hypot(down, right)) / pixel_mm


def _window(
    place: tuple[slice, slice], reach: int, shape: tuple[int, int]
) -> tuple[tuple[slice, slice], list[tuple[int, int]]]:  # fmt: skip
    """Return the part of a window around a box that lies on the map, and how much is missing on each side."""
    rows, columns = (slice(max(0, side.start - reach), side.stop + reach) for side in place)
    missing = [
        (max(0, reach - side.start), max(0, side.stop + reach - length))
        for side, length in zip(place, shape, strict=True)
    ]
    return (rows, columns), missing


def _smooth(values: np.ndarray, seen: np.ndarray, sigma: float) -> np.ndarray:
    """Return what is seen of `values` smoothed."""
    if seen.all():
        return cv2.GaussianBlur(values.astype(np.float32), (0, 0), sigma)
    total = cv2.GaussianBlur(np.where(seen, values, 0.0).astype(np.float32), (0, 0), sigma)
    return total / np.maximum(cv2.GaussianBlur(seen.astype(np.float32), (0, 0), sigma), 1e-3)


def _stands_out(
    depth_mm: np.ndarray, seen: np.ndarray, inside: np.ndarray, outside: np.ndarray, *, width: float
) -> float:  # fmt: skip
    """Return how deep the inside lies at the scale of its width, over the deviation of what lies around it."""
    if not (inside.any() and (seen & outside).any()):
        return 0.0
    # Without the slope of the place, so that what is not seen does not lean on what is.
    flat = depth_mm - _plane(depth_mm, seen)
    fine, wide = (_smooth(flat, seen, max(part * width, 0.7)) for part in _SCALE_PARTS)
    scale = fine - _smooth(wide, seen, max(_SCALE_PARTS[0] * width, 0.7))
    deviation = robust_deviation(scale[seen & outside])
    return quantile(scale[inside], 0.95) / max(deviation, 1e-4)


def _bends(
    depth_mm: np.ndarray, drop_mm: np.ndarray, seen: np.ndarray, region: np.ndarray, far: np.ndarray,
    *, margin: float, width: float,
) -> float:  # fmt: skip
    """Return how far the region lies off a parabola through region and surroundings, over its mean drop.

    Where the level of the skin has been continued wrongly beyond what is seen, the surface itself bends nowhere.
    """
    near = seen & (far <= margin + max(_PARABOLA_PART * width, 3.0))
    inside, outside = near & region, near & (far > margin)
    drop = float(drop_mm[inside].mean()) if inside.any() else 0.0
    if drop <= 0 or not outside.any():
        return 0.0
    rows, columns = np.nonzero(near)
    y, x = ((at - at.mean()) / width for at in (rows, columns))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    values = depth_mm[near].astype(np.float64)
    normal, known = np.einsum("ni,nj->ij", terms, terms), np.einsum("ni,n->i", terms, values)
    rest = np.zeros(depth_mm.shape)
    rest[near] = values - terms @ np.linalg.lstsq(normal, known, rcond=None)[0]
    return float(rest[inside].mean() - rest[outside].mean()) / drop


def _plane(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the plane through what is seen of `values`."""
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in values.shape)
    if seen.all():  # about the middle the three terms know nothing of each other
        constant = values.mean(dtype=np.float64)
        down = values.sum(axis=1, dtype=np.float64) @ rows / max(values.shape[1] * (rows @ rows), 1.0)
        right = values.sum(axis=0, dtype=np.float64) @ columns / max(values.shape[0] * (columns @ columns), 1.0)
        return (constant + down * rows)[:, None] + right * columns
    y, x = np.broadcast_arrays(rows[:, None], columns[None])
    terms = np.stack([np.ones(int(seen.sum())), y[seen], x[seen]], axis=1)
    normal = np.einsum("ni,nj->ij", terms, terms)
    known = np.einsum("ni,n->i", terms, values[seen])
    constant, down, right = np.linalg.lstsq(normal, known, rcond=None)[0]
    return constant + down * y + right * x


def _ring(
    smooth: np.ndarray, seen: np.ndarray, region: np.ndarray, far: np.ndarray, *, margin: float, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean drop of the ring beside the rim in each direction, and whether it is seen there."""
    ring = (far > margin) & (far <= margin + max(_RING_PART * width, 2.0))
    rows, columns = np.nonzero(ring)
    middle = [float(at.mean()) for at in np.nonzero(region)]
    turn = np.arctan2(rows - middle[0], columns - middle[1]) / (2 * np.pi) + 0.5
    sector = np.minimum((turn * _DIRECTIONS).astype(int), _DIRECTIONS - 1)
    there = seen[rows, columns]
    count = np.bincount(sector, minlength=_DIRECTIONS)
    shown = np.bincount(sector[there], minlength=_DIRECTIONS)
    total = np.bincount(sector[there], weights=smooth[rows, columns][there], minlength=_DIRECTIONS)
    return total / np.maximum(shown, 1), shown > _SEEN_PART * np.maximum(count, 1)


def _stretch(region: np.ndarray, seen: np.ndarray, far: np.ndarray, *, margin: float, width: float) -> float:
    """Return how far the region reaches from seen skin beside it, over what a disc seen all round would."""
    beside = seen & (far > margin)
    if not beside.any():
        return np.inf
    away = distance_outside(beside)
    return float(away[region].max()) / (width / 2 + margin)


def _goes_on(ring: np.ndarray, is_seen: np.ndarray) -> float:
    """Return the depth of the valley that leaves the ring in two opposite directions (the shallower of both)."""
    around = np.arange(_DIRECTIONS)
    # One sector is too few pixels.
    ring = (np.roll(ring, 1) + 2 * ring + np.roll(ring, -1)) / 4
    sides = [(around + step) % _DIRECTIONS for step in (_FLANK, -_FLANK)]
    valley = ring - np.maximum(ring[sides[0]], ring[sides[1]])
    valley = np.where(is_seen & is_seen[sides[0]] & is_seen[sides[1]], valley, 0.0)
    opposite = np.max(
        [valley[(around + _DIRECTIONS // 2 + turn) % _DIRECTIONS] for turn in range(-_TURN, _TURN + 1)], axis=0
    )
    return max(0.0, float(np.minimum(valley, opposite).max()))
