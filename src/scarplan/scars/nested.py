"""Scars within scars: the rim of a pit in a wider scar is that scar's floor, and the pit hides a part of the floor.

The floor under the pit is its most probable continuation (kriging): a smooth surface, bent as much as a scar of that
width and depth may be, plus microrelief, given the floor seen around the pit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarplan.scars.label_boxes import box_of
from scarplan.scars.margins import distance_outside, grow_region, rim_margin_mm, width_of
from scarplan.surface.filling import fill_enclosed
from scarplan.surface.robust import median

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

#: A pit lies within another scar when this part of what surrounds it is that scar; the surroundings are a ring so wide.
_SURROUNDED_PART, _RING_MM, _RING_PART = 0.7, 0.4, 0.3
#: Fewer pixels say nothing of the slope of a floor; more places than these tell nothing new.
_FEWEST_PIXELS, _MOST_PLACES = 12, 400
#: The bend of a floor: correlated over this part of the scar's width; a floor shallower than this bends as one of it.
_BEND_PART, _LEAST_BEND_MM = 0.22, 0.03
#: Microrelief of a floor is correlated over so much, mm; its deviation is at least this part of the bend.
_RELIEF_MM, _LEAST_RELIEF_PART = 0.2, 0.02
#: Beside the bend the level of the floor is free: its deviation is so many times the bend.
_FREE = 30.0


def surroundings_mm(width_mm: float) -> float:
    """Return how far around a pit of this width the floor is looked at."""
    return rim_margin_mm(width_mm) + _RING_MM + _RING_PART * width_mm


def host_of(
    labels: np.ndarray, own: np.ndarray, seen: np.ndarray, *, pixel_mm: float, far_mm: np.ndarray | None = None
) -> int:
    """Return the label of the scar that surrounds the region `own` of a window, 0 where none does.

    far_mm   how far each pixel lies outside `own`, where that is known already [y x]
    """
    margin = rim_margin_mm(width_of(int(own.sum()), pixel_mm))
    far = distance_outside(own) * pixel_mm if far_mm is None else far_mm
    around = np.bincount(labels[(far > margin) & (far <= margin + _RING_MM) & seen], minlength=1)
    host = int(around[1:].argmax()) + 1 if around.size > 1 else 0
    return host if host and around[host] > max(_SURROUNDED_PART * around.sum(), _FEWEST_PIXELS) else 0


def continue_floor(
    level_mm: np.ndarray, height_mm: np.ndarray, own: np.ndarray, floor: np.ndarray,
    *, host_width_mm: float, pixel_mm: float,
) -> Float[np.ndarray, "y x"]:  # fmt: skip
    """Return the height of a scar's floor, continued under the pit `own`, for a whole window [y x].

    floor   pixels of the wider scar [y x]; those the pit bends are left out here
    """
    width = width_of(int(own.sum()), pixel_mm)
    far = distance_outside(own) * pixel_mm
    told = floor & (far > rim_margin_mm(width)) & (far <= surroundings_mm(width))
    at, drop = _average_places(told, (level_mm - height_mm)[told] * 1.0, about=own)
    at = at * pixel_mm
    bend = max(abs(median(drop)), _LEAST_BEND_MM)
    relief = max(_off_a_bowl(at, drop), _LEAST_RELIEF_PART * bend)
    reach = _BEND_PART * host_width_mm

    parts = (bend, reach), (relief, _RELIEF_MM)
    square = np.square(at[:, None, :] - at[None, :, :]).sum(axis=2)
    seen = sum(size**2 * np.exp(-square / (2 * over**2)) for size, over in parts)
    seen = seen + (_FREE * bend) ** 2 + np.diag(np.full(len(at), 0.05 * relief**2))
    weights = np.linalg.solve(seen, drop)
    found = np.full(own.shape, (_FREE * bend) ** 2 * weights.sum())
    for size, over in parts:
        # A bell is the product of one along rows and one along columns.
        along = [
            np.exp(-np.square(np.arange(length)[:, None] * pixel_mm - at[:, axis]) / (2 * over**2))
            for axis, length in enumerate(own.shape)
        ]
        found += size**2 * (along[0] * weights) @ along[1].T
    return level_mm - found


def hidden_by_narrower(
    labels: Int[np.ndarray, "y x"], own: Bool[np.ndarray, "y x"], *, pixel_mm: float
) -> Bool[np.ndarray, "y x"]:
    """Return what narrower scars hide of the region `own` of a window: what they take of it, and what they bend."""
    hidden = np.zeros_like(own)
    size = int(own.sum())
    reach = int(np.ceil(rim_margin_mm(width_of(size, pixel_mm)) / pixel_mm)) + 1
    counts = np.bincount(labels[(labels > 0) & ~own])
    narrower = np.flatnonzero((counts > 0) & (counts < size))
    if not narrower.size:
        return hidden
    mine, whole = box_of(own), fill_enclosed(own)
    for other in narrower:
        taken = labels == other
        its = box_of(taken)
        if mine is None or its is None or not _is_near(mine, its, reach):
            continue
        margin = rim_margin_mm(width_of(int(counts[other]), pixel_mm))
        # What lies farther from the other than its margin is none of it.
        rows, columns = (
            slice(max(0, side.start - grown), side.stop + grown)
            for side in its
            for grown in [int(np.ceil(margin / pixel_mm)) + 1]
        )
        hidden[rows, columns] |= whole[rows, columns] & grow_region(taken[rows, columns], margin, pixel_mm=pixel_mm)
    return hidden


def _is_near(mine: tuple[slice, slice], its: tuple[slice, slice], reach: int) -> bool:
    """Whether two boxes come nearer than `reach` pixels."""
    return all(
        one.start - reach <= other.stop - 1 and other.start - reach <= one.stop - 1
        for one, other in zip(mine, its, strict=True)
    )


def _average_places(told: np.ndarray, values: np.ndarray, *, about: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places (row, column) and values averaged over squares, so many that no more would tell anything new.

    The squares lie about the middle of a region, so that a map turned over has the same ones.
    """
    places = np.stack(np.nonzero(told), axis=1)
    step = max(1, int(np.ceil(np.sqrt(len(places) / _MOST_PLACES))))
    middle = np.stack(np.nonzero(about), axis=1).mean(axis=0)
    square = np.floor((places - middle) / step + 0.5).astype(int)
    _, number = np.unique(square[:, 0] * 2 * max(told.shape) + square[:, 1], return_inverse=True)
    count = np.bincount(number)
    at = np.stack([np.bincount(number, weights=one) / count for one in places.T], axis=1)
    return at, np.bincount(number, weights=values) / count


def _off_a_bowl(at: np.ndarray, drop: np.ndarray) -> float:
    """Return the deviation of the values from the quadratic surface that fits them best."""
    y, x = (at - at.mean(axis=0)).T
    terms = np.stack([np.ones_like(y), y, x, y * y, x * y, x * x], axis=1)
    rest = drop - terms @ np.linalg.lstsq(terms, drop, rcond=None)[0]
    return float(np.sqrt(rest @ rest / max(rest.size - terms.shape[1], 1)))
