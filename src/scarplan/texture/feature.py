"""Feature parameters of ISO 25178-2: significant peaks and pits, their density, curvature, heights, areas and volumes.

A hill is significant when it rises above its highest saddle to a neighbour by a share of Sz (Wolf pruning, 5 %).
Merging the least hill first, again and again, leaves the very hills whose height above the saddle at which they join a
higher one reaches the threshold: each hill joins once, in the order of the saddles from high to low.

What a hill is by itself lies above its highest saddle to another significant hill: its local area and local volume.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

PRUNING_SHARE = 0.05
_FIVE = 5
#: Half of the neighbours; the other half are the same pairs.
_FORWARD = ((0, 1), (1, 0), (1, 1), (1, -1))


@dataclass(frozen=True)
class Peaks:
    """Significant peaks of a map: rows, columns, and whether the hill lies whole in what was seen.

    `area_px` and `volume` (heights times pixels) are those of the part above the highest saddle to another hill; NaN
    where that part meets the border of what was seen, or where there is no other hill.
    """

    rows: np.ndarray
    columns: np.ndarray
    is_whole: np.ndarray
    area_px: np.ndarray
    volume: np.ndarray


def feature_parameters(
    heights: np.ndarray,
    valid: np.ndarray,
    *,
    pixel: float,
    pruning_share: float = PRUNING_SHARE,
    whole_hills_only: bool = False,
) -> dict[str, float]:
    """Return what significant hills and dales tell of heights [y x], from their mean, in units of height and `pixel`.

    Spd and Svd (per area), Spc and Svc (mean curvature, of pits negative), S5p, S5v, S10z; Sha and Sda (mean local
    area), Shv and Sdv (mean local volume). A hill counts where its peak lies, off the border of what was seen: the
    density then does not fall with holes. `whole_hills_only` leaves out the hills that touch the border instead. Areas
    and volumes are those of hills whose part above the saddle was seen whole. NaN where there is no peak or pit.
    """
    level = np.where(valid, heights - heights[valid].mean(), 0.0)
    least = pruning_share * float(np.ptp(level[valid]))
    inner = _inner(valid)
    # The area that a map of n x m pixels spans, less what was not seen; with all hills, where peaks are looked for.
    area = (valid.shape[0] - 1) * (valid.shape[1] - 1) * valid.mean() if whole_hills_only else inner.sum()
    hills, dales = (
        _describe(up, find_peaks(up, valid, least=least), inner, area, pixel=pixel, whole_only=whole_hills_only)
        for up in (level, -level)
    )
    return {
        "Spd": hills.density,
        "Spc": hills.curvature,
        "Svd": dales.density,
        "Svc": -dales.curvature,
        "S5p": hills.five,
        "S5v": dales.five,
        "S10z": hills.five + dales.five,
        "Sha": hills.area,
        "Sda": dales.area,
        "Shv": hills.volume,
        "Sdv": dales.volume,
    }


@dataclass(frozen=True)
class _Hills:
    """What the hills of a map (or, upside down, its dales) tell together."""

    density: float
    curvature: float
    five: float
    area: float
    volume: float


def _describe(
    level: np.ndarray, peaks: Peaks, inner: np.ndarray, area_px: float, *, pixel: float, whole_only: bool
) -> _Hills:
    kept = peaks.is_whole if whole_only else inner[peaks.rows, peaks.columns]
    rows, columns = peaks.rows[kept], peaks.columns[kept]
    return _Hills(
        density=float(rows.size / (area_px * pixel**2)) if area_px else float("nan"),
        curvature=_mean_curvature(level, inner, rows, columns, pixel=pixel),
        five=_mean_of_largest(level[rows, columns]),
        area=_mean_known(peaks.area_px[kept]) * pixel**2,
        volume=_mean_known(peaks.volume[kept]) * pixel**2,
    )


def find_peaks(heights: np.ndarray, valid: np.ndarray, *, least: float) -> Peaks:
    """Return the peaks of heights [y x] whose hills rise by `least` or more over the saddle to a higher one."""
    order = np.full(valid.shape, -1, dtype=np.int64)
    order[valid] = np.argsort(np.argsort(heights[valid], kind="stable"), kind="stable")
    hill = _climb(order)
    summits = np.unique(hill[valid])
    number = np.full(valid.size, -1, dtype=np.int64)
    number[summits] = np.arange(summits.size)
    hills = np.where(valid, number[np.where(valid, hill, 0)], -1)
    flat, first, second, saddle = heights.ravel(), *_saddles(hills, order)
    by_order = flat[np.argsort(np.where(valid, order, np.iinfo(np.int64).max), axis=None)]
    joined = _join(flat[summits], order.ravel()[summits], first, second, saddle, by_order, least)
    alive = joined == np.arange(summits.size)
    region = np.where(hills >= 0, joined[hills], -1)
    border = valid & ~_inner(valid)
    cut = np.zeros(summits.size, dtype=bool)
    cut[joined[hills[border]]] = True
    rows, columns = np.unravel_index(summits[alive], valid.shape)
    highest = _highest_saddles(joined, first, second, saddle)
    area_px, volume = _local_parts(heights, order, region, highest, by_order, border, summits, alive)
    return Peaks(rows=rows, columns=columns, is_whole=~cut[alive], area_px=area_px, volume=volume)


def _highest_saddles(joined: np.ndarray, first: np.ndarray, second: np.ndarray, saddle: np.ndarray) -> np.ndarray:
    """Return for each hill the order of its highest saddle to another one after pruning; -1 where there is none."""
    highest = np.full(joined.size, -1, dtype=np.int64)
    one, other = joined[first], joined[second]
    apart = one != other
    for side in (one, other):
        np.maximum.at(highest, side[apart], saddle[apart])
    return highest


def _local_parts(
    heights: np.ndarray,
    order: np.ndarray,
    region: np.ndarray,
    highest: np.ndarray,
    by_order: np.ndarray,
    border: np.ndarray,
    summits: np.ndarray,
    alive: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return area (pixels) and volume (heights times pixels) of the hills alive above their highest saddles."""
    # Two neighbouring pixels of different hills are never both above the saddles of their hills, so that the parts
    # above the saddles do not touch each other; what does not hold the peak is a lower peak that was pruned.
    above = (region >= 0) & (order > highest[region])
    count, parts = cv2.connectedComponents(above.astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    over = np.where(above, heights - by_order[highest[region]], 0.0)
    area = np.bincount(parts.ravel(), minlength=count).astype(float)
    volume = np.bincount(parts.ravel(), weights=over.ravel(), minlength=count)
    is_cut = np.bincount(parts[border], minlength=count) > 0
    part = parts.astype(np.intp).ravel()[summits[alive]]
    known = (highest[alive] >= 0) & ~is_cut[part]
    return np.where(known, area[part], np.nan), np.where(known, volume[part], np.nan)


def _climb(order: np.ndarray) -> np.ndarray:
    """Return the summit (flat index) [y x] that each pixel leads to, always to its highest neighbour."""
    rows, columns = order.shape
    index = np.arange(order.size).reshape(order.shape)
    padded = np.pad(order, 1, constant_values=-1)
    padded_index = np.pad(index, 1)
    best, target = order.copy(), index.copy()
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            there = (slice(1 + down, 1 + down + rows), slice(1 + across, 1 + across + columns))
            higher = padded[there] > best
            best = np.where(higher, padded[there], best)
            target = np.where(higher, padded_index[there], target)
    target = target.ravel()
    while True:
        further = target[target]
        if np.array_equal(further, target):
            return target.reshape(order.shape)
        target = further


def _saddles(hills: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs of neighbouring hills and the order of the saddle between them, the highest saddles first."""
    count = int(hills.max(initial=-1)) + 1
    keys, saddles = [], []
    rows, columns = hills.shape
    for down, across in _FORWARD:
        here = (slice(0, rows - down), slice(max(0, -across), columns - max(0, across)))
        there = (slice(down, rows), slice(max(0, across), columns - max(0, -across)))
        one, other = hills[here], hills[there]
        apart = (one != other) & (one >= 0) & (other >= 0)
        low, high = np.minimum(one[apart], other[apart]), np.maximum(one[apart], other[apart])
        keys.append(low * count + high)
        saddles.append(np.minimum(order[here][apart], order[there][apart]))
    key, saddle = np.concatenate(keys), np.concatenate(saddles)
    # Each pair once, with its highest saddle; then by height.
    by_pair = np.lexsort((-saddle, key))
    key, saddle = key[by_pair], saddle[by_pair]
    first = np.ones(key.size, dtype=bool)
    first[1:] = key[1:] != key[:-1]
    key, saddle = key[first], saddle[first]
    down_hill = np.argsort(-saddle, kind="stable")
    key, saddle = key[down_hill], saddle[down_hill]
    return (key // max(1, count), key % max(1, count), saddle)


def _join(
    summit: np.ndarray,
    summit_order: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    saddle: np.ndarray,
    by_order: np.ndarray,
    least: float,
) -> np.ndarray:
    """Return for each hill the hill that it is part of after pruning: itself where it is significant."""
    ridge = list(range(summit.size))  # hills that are connected above the present saddle, by their highest
    part_of = list(range(summit.size))

    def root(tree: list[int], one: int) -> int:
        while tree[one] != one:
            tree[one] = tree[tree[one]]
            one = tree[one]
        return one

    for a, b, level in zip(first.tolist(), second.tolist(), saddle.tolist(), strict=True):
        one, other = root(ridge, a), root(ridge, b)
        if one == other:
            continue
        lower, across = (one, b) if summit_order[one] < summit_order[other] else (other, a)
        ridge[lower] = other if lower == one else one
        if summit[lower] - by_order[level] < least:
            part_of[lower] = root(part_of, across)
    return np.array([root(part_of, one) for one in range(summit.size)], dtype=np.int64)


def _inner(valid: np.ndarray) -> np.ndarray:
    """Return the pixels whose eight neighbours were all seen [y x]."""
    padded = np.pad(valid, 1, constant_values=False)
    inner = valid.copy()
    rows, columns = valid.shape
    for down in range(3):
        for across in range(3):
            inner &= padded[down : down + rows, across : across + columns]
    return inner


def _mean_of_largest(values: np.ndarray) -> float:
    return float(np.sort(values)[::-1][:_FIVE].mean()) if values.size else float("nan")


def _mean_known(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _mean_curvature(
    level: np.ndarray, inner: np.ndarray, rows: np.ndarray, columns: np.ndarray, *, pixel: float
) -> float:
    """Return the mean of minus half the sum of both second derivatives at the peaks."""
    inside = inner[rows, columns]
    y, x = rows[inside], columns[inside]
    if not y.size:
        return float("nan")
    bend = level[y, x + 1] + level[y, x - 1] + level[y + 1, x] + level[y - 1, x] - 4 * level[y, x]
    return float(-0.5 * bend.mean() / pixel**2)
