"""Which marks on one grid are the same scar: regions that overlap enough, or one whose centre lies in the other.

As many pairs as possible, then as much overlap as possible, each mark used once (Hungarian method).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from scarplan.evidence.library import value_of


@dataclass(frozen=True)
class MarkedRegion:
    """One mark on a grid: its centre (row, column), the flat indices of its pixels (None: a point), its kind."""

    centre: tuple[float, float]
    pixels: Int[np.ndarray, " n"] | None
    kind: str | None = None
    id: int = 0


def regions_of(labels: Int[np.ndarray, "y x"], kinds: dict[int, str | None] | None = None) -> list[MarkedRegion]:
    """Return the labelled regions of a grid (0 is skin), with their kinds where `kinds` names them."""
    flat = labels.ravel()
    order = np.argsort(flat, kind="stable")
    names, starts = np.unique(flat[order], return_index=True)
    found = []
    for name, pixels in zip(names, np.split(order, starts[1:]), strict=True):
        if name <= 0:
            continue
        rows, columns = np.divmod(pixels, labels.shape[1])
        centre = (float(rows.mean()), float(columns.mean()))
        found.append(MarkedRegion(centre, np.sort(pixels), (kinds or {}).get(int(name)), int(name)))
    return found


def disc(
    centre: tuple[float, float], radius_px: float, shape: tuple[int, int], *, kind: str | None, id: int
) -> MarkedRegion:
    """Return a round mark on a grid of `shape` rows and columns; what lies outside the grid is cut off."""
    top, left = (max(0, math.floor(at - radius_px)) for at in centre)
    bottom, right = (min(size, math.ceil(at + radius_px) + 1) for at, size in zip(centre, shape, strict=True))
    rows, columns = np.mgrid[top:bottom, left:right]
    inside = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius_px**2
    pixels = (rows * shape[1] + columns)[inside]
    return MarkedRegion(centre, pixels if len(pixels) else None, kind, id)


def match_regions(
    first: Sequence[MarkedRegion], second: Sequence[MarkedRegion], *, shape: tuple[int, int], pixel_mm: float
) -> list[tuple[int, int]]:
    """Return pairs (index in first, index in second) that mark the same scar."""
    if not first or not second:
        return []
    from scipy.optimize import linear_sum_assignment

    least = value_of("study.match_overlap")
    tolerance_px = value_of("photographs.match_tolerance_mm") / pixel_mm
    scores = np.zeros((len(first), len(second)))
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            scores[i, j] = _score(one, other, shape[1], least, tolerance_px)
    rows, columns = linear_sum_assignment(scores, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if scores[i, j] > 0]


def _score(one: MarkedRegion, other: MarkedRegion, columns: int, least: float, tolerance_px: float) -> float:
    """Return 0 for different scars, otherwise 1 and a little more the better the two fit."""
    apart = math.dist(one.centre, other.centre)
    nearness = 1e-3 / (1 + apart)
    if one.pixels is None and other.pixels is None:
        return 1 + nearness if apart <= tolerance_px else 0.0
    overlap = 0.0
    if one.pixels is not None and other.pixels is not None:
        both = len(np.intersect1d(one.pixels, other.pixels, assume_unique=True))
        overlap = both / (len(one.pixels) + len(other.pixels) - both)
    if overlap >= least or _holds(one, other.centre, columns) or _holds(other, one.centre, columns):
        return 1 + 1e-2 * overlap + nearness
    return 0.0


def _holds(region: MarkedRegion, centre: tuple[float, float], columns: int) -> bool:
    if region.pixels is None:
        return False
    index = round(centre[0]) * columns + round(centre[1])
    at = int(np.searchsorted(region.pixels, index))
    return at < len(region.pixels) and int(region.pixels[at]) == index
