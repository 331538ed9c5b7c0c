"""Sets of merits in which no one is worse than another in everything; lower is better throughout.

A merit is a row of figures. One row dominates another when it is as good in all and better in one. Rows that are equal
stand for each other: the first is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

# Rows compared at once: few enough that the comparison stays in the cache.
_BLOCK = 64


def efficient(
    merits: Float[np.ndarray, "n m"], *, within: Float[np.ndarray, " m"] | float = 0.0
) -> Bool[np.ndarray, " n"]:
    """Return which rows no other row dominates.

    With `within` a row is also left out when a kept one is better or worse by no more than that in every figure.
    """
    order = np.lexsort(merits.T[::-1])
    held = np.empty_like(merits)
    rows: list[int] = []
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        # In lexical order a later row never dominates an earlier one.
        left = block[~_covered(held[: len(rows)], merits[block] + within)]
        beside = np.all(merits[left][:, None] <= (merits[left] + within)[None, :], axis=2)
        here: list[int] = []
        for number, row in enumerate(left):
            if not beside[here, number].any():
                here.append(number)
                held[len(rows)] = merits[row]
                rows.append(int(row))
    kept = np.zeros(len(merits), dtype=bool)
    kept[rows] = True
    return kept


def _covered(held: Float[np.ndarray, "k m"], merits: Float[np.ndarray, "n m"]) -> Bool[np.ndarray, " n"]:
    """Return which of `merits` some row of `held` is as good as, in every figure."""
    return np.all(held[:, None] <= merits[None, :], axis=2).any(axis=0)


def spread_out(merits: Float[np.ndarray, "n m"], *, most: int, always: Sequence[int] = ()) -> Int[np.ndarray, " k"]:
    """Return at most `most` rows that lie far apart, in their order: the best in each figure, then the farthest.

    Figures are measured by their own range. Rows in `always` are among them.
    """
    if len(merits) <= most:
        return np.arange(len(merits))
    span = np.ptp(merits, axis=0)
    scaled = (merits - merits.min(axis=0)) / np.where(span > 0, span, 1.0)
    ends = [int(np.lexsort((scaled.sum(axis=1), scaled[:, n]))[0]) for n in range(scaled.shape[1]) if span[n] > 0]
    chosen = list(dict.fromkeys([*always, *ends]))[:most]
    if not chosen:
        chosen = [0]
    distance = np.min([np.linalg.norm(scaled - scaled[row], axis=1) for row in chosen], axis=0)
    while len(chosen) < most and distance.max() > 0:
        farthest = int(distance.argmax())
        chosen.append(farthest)
        distance = np.minimum(distance, np.linalg.norm(scaled - scaled[farthest], axis=1))
    return np.array(sorted(chosen))
