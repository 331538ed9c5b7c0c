"""Compare found scars with the true ones: one to one, region overlap (IoU) at least 0.25."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

IOU_LIMIT = 0.25


@dataclass(frozen=True)
class Match:
    """Pairs (index of truth, id of find), and how many there were of each."""

    pairs: tuple[tuple[int, int], ...]
    truths: int
    finds: int

    @property
    def recall(self) -> float:
        return len(self.pairs) / self.truths if self.truths else 1.0

    @property
    def precision(self) -> float:
        return len(self.pairs) / self.finds if self.finds else 1.0

    @property
    def f1(self) -> float:
        return 2 * len(self.pairs) / max(self.truths + self.finds, 1)


def match_regions(regions: list[np.ndarray], labels: np.ndarray, ids: list[int]) -> Match:
    """Match true `regions` with the finds `ids` of the label image."""
    areas = np.bincount(labels.ravel(), minlength=max(ids, default=0) + 1)
    iou = np.zeros((len(regions), len(ids)))
    column = {scar_id: k for k, scar_id in enumerate(ids)}
    for i, region in enumerate(regions):
        inside = np.bincount(labels[region])
        for scar_id in np.flatnonzero(inside).tolist():
            if scar_id in column:
                iou[i, column[scar_id]] = inside[scar_id] / (region.sum() + areas[scar_id] - inside[scar_id])
    rows, columns = linear_sum_assignment(-iou)
    pairs = tuple((int(r), ids[int(c)]) for r, c in zip(rows, columns, strict=True) if iou[r, c] >= IOU_LIMIT)
    return Match(pairs, len(regions), len(ids))
