"""Feature parameters of ISO 25178-2: significant peaks and pits, their density, curvature and five-point heights.

A hill is significant when it rises above its highest saddle to a neighbour by a share of Sz (Wolf pruning, 5 %).
Merging the least hill first, again and again, leaves the very hills whose height above the saddle at which they join a
higher one reaches the threshold: each hill joins once, in the order of the saddles from high to low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PRUNING_SHARE = 0.05
_FIVE = 5
#: Half of the neighbours; the other half are the same pairs.
_FORWARD = ((0, 1), (1, 0), (1, 1), (1, -1))


@dataclass(frozen=True)
class Peaks:
    """Significant peaks of a map: rows, columns, and whether the hill lies whole in what was seen."""

    rows: np.ndarray
    columns: np.ndarray
    is_whole: np.ndarray


def feature_parameters(
    heights: np.ndarray,
    valid: np.ndarray,
    *,
    pixel: float,
    pruning_share: float = PRUNING_SHARE,
    whole_hills_only: bool = False,
) -> dict[str, float]:
    """Return Spd (1/pixel unit squared), Spc, S5p, S5v, S10z of heights [y x] from their mean.

    A hill counts where its peak lies, off the border of what was seen: the density then does not fall with holes.
    `whole_hills_only` leaves out the hills that touch the border instead. NaN where there is no peak or pit.
    """
    level = np.where(valid, heights - heights[valid].mean(), 0.0)
    least = pruning_share * float(np.ptp(level[valid]))
    inner = _inner(valid)
    found = []
    for up in (level, -level):
        peaks = find_peaks(up, valid, least=least)
        kept = peaks.is_whole if whole_hills_only else inner[peaks.rows, peaks.columns]
        found.append((peaks.rows[kept], peaks.columns[kept]))
    (rows, columns), (pit_rows, pit_columns) = found
    # The area that a map of n x m pixels spans, less what was not seen; with all hills, where peaks are looked for.
    area = (valid.shape[0] - 1) * (valid.shape[1] - 1) * valid.mean() if whole_hills_only else inner.sum()
    five_peaks = _mean_of_largest(level[rows, columns])
    five_pits = _mean_of_largest(-level[pit_rows, pit_columns])
    return {
        "Spd": float(rows.size / (area * pixel**2)) if area else float("nan"),
        "Spc": _mean_curvature(level, inner, rows, columns, pixel=pixel),
        "S5p": five_peaks,
        "S5v": five_pits,
        "S10z": five_peaks + five_pits,
    }


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
    border = valid & ~_inner(valid)
    cut = np.zeros(summits.size, dtype=bool)
    cut[joined[hills[border]]] = True
    rows, columns = np.unravel_index(summits[alive], valid.shape)
    return Peaks(rows=rows, columns=columns, is_whole=~cut[alive])


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
