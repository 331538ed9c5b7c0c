"""Scars drawn as one: an outline with two floors that a rim parts holds two scars, and is parted along that rim."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.scars.candidates import Candidate
from scarplan.scars.margins import width_of
from scarplan.scars.outline import Outline, smooth_inside
from scarplan.surface.robust import quantile

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

#: Levels, as parts of the depth, at which floors are looked for, from the rim down: where an outline falls apart.
_LEVELS = (0.15, 0.22, 0.3, 0.38, 0.46, 0.54, 0.62, 0.7, 0.78)
#: The rim between two floors stands out of the shallower one by at least this part of its depth, and by so much that
#: height (mm) times width (mm) of that floor is more than the microrelief and the waves of skin draw into one floor.
_RIM_PART, _RIM_MM2 = 0.3, 0.045
#: A floor is as deep as its deepest cells but for this part, the whole outline but for that.
_FLOOR_QUANTILE, _DEPTH_QUANTILE = 0.9, 0.98
#: Narrower outlines hold no second floor that could be told, and what hardly stands out of the skin is no two scars.
LEAST_WIDTH_MM, LEAST_SNR = 1.0, 6.0
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def part_at_rims(
    candidate: Candidate, outline: Outline, drop_mm: Float[np.ndarray, "y x"], seen: Bool[np.ndarray, "y x"],
    *, cell_mm: float,
) -> list[tuple[Candidate, Outline]]:  # fmt: skip
    """Return the scars that one outline holds, each with its piece; none where it is one scar.

    drop_mm   how far the surface of the whole grid lies below the skin level [y x]
    seen      cells of it that are skin [y x]; what is not seen between two floors may be as deep as they are
    """
    if candidate.snr < LEAST_SNR or width_of(int(outline.inside.sum()), cell_mm) < LEAST_WIDTH_MM:
        return []
    outline = _trim(outline)
    inside, known = outline.inside, seen[outline.rows, outline.columns]
    depth = np.asarray(drop_mm[outline.rows, outline.columns], np.float32)
    smooth = smooth_inside(depth, known, 1.0)
    floors = _find_floors(smooth, inside, ~known, cell_mm=cell_mm)
    if floors is None:
        return []
    owner = _divide(floors, smooth, inside)
    energy = np.bincount(owner[inside], weights=np.square(smooth[inside], dtype=np.float64))
    return [
        _piece(candidate, outline, owner == number, smooth, energy[number] / energy[1:].max(), cell_mm)
        for number in range(1, energy.size)
    ]


def _trim(outline: Outline) -> Outline:
    """Return the same outline in the smallest window."""
    rows, columns = (np.flatnonzero(outline.inside.any(axis=axis)) for axis in (1, 0))
    return replace(
        outline,
        rows=slice(outline.rows.start + rows[0], outline.rows.start + rows[-1] + 1),
        columns=slice(outline.columns.start + columns[0], outline.columns.start + columns[-1] + 1),
        inside=outline.inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1],
    )


def _find_floors(
    smooth: np.ndarray, inside: np.ndarray, hole: np.ndarray, *, cell_mm: float
) -> Int[np.ndarray, "y x"] | None:
    """Return the floors of an outline, numbered, where rims part two or more of them [y x]."""
    whole = quantile(smooth[inside], _DEPTH_QUANTILE)
    for level in (one * whole for one in _LEVELS):
        count, parts, about, _ = cv2.connectedComponentsWithStats(
            (hole | (inside & (smooth > level))).view(np.uint8), connectivity=8
        )
        if count < 3:
            continue
        parts = np.where(inside, np.asarray(parts), 0)
        # By their size, whichever way round the map lies.
        by_size = np.argsort(about[1:, cv2.CC_STAT_AREA], kind="stable") + 1
        floors = [int(number) for number in by_size if _is_floor(smooth[parts == number], level, cell_mm=cell_mm)]
        if len(floors) > 1:
            numbers = np.zeros(count, np.int32)
            numbers[floors] = np.arange(1, len(floors) + 1)
            return numbers[parts]
    return None


def _is_floor(depths_mm: np.ndarray, level_mm: float, *, cell_mm: float) -> bool:
    """Whether what lies below a level is deep and wide enough to be a floor."""
    if not depths_mm.size:
        return False
    width_mm = width_of(depths_mm.size, cell_mm)
    deepest = quantile(depths_mm, _FLOOR_QUANTILE)
    height = deepest - level_mm
    return height >= _RIM_PART * deepest and height * width_mm >= _RIM_MM2


def _divide(floors: np.ndarray, smooth: np.ndarray, inside: np.ndarray) -> Int[np.ndarray, "y x"]:
    """Return to which floor each cell inside belongs: floors are flooded level by level, and meet on their rim."""
    owner = floors.copy()
    highest = smooth[floors > 0].min()
    for level in (*np.linspace(highest, 0.0, 12), -np.inf):
        owner = _flood(owner, inside & (smooth > level))
    return owner


def _flood(owner: np.ndarray, open_cells: np.ndarray) -> Int[np.ndarray, "y x"]:
    """Return the owners grown, cell by cell at an equal pace, over the open cells that nobody owns."""
    while True:
        near = cv2.dilate(owner.astype(np.float32), _CROSS).astype(owner.dtype)
        grown = np.where((owner == 0) & open_cells, near, owner)
        if np.array_equal(grown, owner):
            return owner
        owner = grown


def _piece(
    candidate: Candidate, outline: Outline, own: np.ndarray, smooth: np.ndarray, share: float, cell_mm: float
) -> tuple[Candidate, Outline]:
    """Return one of the scars. The round template met the strongest; the others stand out less, by their energy."""
    y, x = (
        float(at.mean() + first + 0.5) * cell_mm
        for at, first in zip(np.nonzero(own), (outline.rows.start, outline.columns.start), strict=True)
    )
    root = float(np.sqrt(share))
    middle = replace(candidate, y_mm=y, x_mm=x, width_mm=width_of(int(own.sum()), cell_mm), snr=root * candidate.snr)
    return middle, replace(outline, inside=own, depth_mm=quantile(smooth[own], 0.95))
