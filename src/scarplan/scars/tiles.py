"""Tiles: a large map is searched in overlapping parts, so that time grows with its area and memory does not.

Each part shows its core and, around it, all skin that a scar of the core is measured against. A find belongs to the
tile in whose core its middle lies. Levels of neighbouring tiles fade into each other where they overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from scarplan.scars.scarmap import ScarMap
from scarplan.surface.surface import Surface

#: Maps up to this length and width are searched whole; longer ones in two tiles or more a side, none longer than this.
LONGEST_WHOLE_MM, LONGEST_TILE_MM = 64.0, 100.0
#: What a tile shows around its core: half the widest scar, its margin, and skin to know the level by.
OVERLAP_MM = 10.0


@dataclass(frozen=True)
class Tile:
    """One part of a map: what it shows, and its core, as rows and columns of the map."""

    rows: slice
    columns: slice
    core_rows: slice
    core_columns: slice

    def cut(self, surface: Surface) -> Surface:
        """Return what the tile shows of `surface`."""
        return cut_out(surface, (self.rows, self.columns))

    def core_mask(self) -> np.ndarray:
        """Return which pixels of the tile are its core [y x of the tile]."""
        core = np.zeros((self.rows.stop - self.rows.start, self.columns.stop - self.columns.start), bool)
        rows, columns = (
            slice(inner.start - shown.start, inner.stop - shown.start)
            for inner, shown in ((self.core_rows, self.rows), (self.core_columns, self.columns))
        )
        core[rows, columns] = True
        return core

    def outside_core(self, row: float, column: float) -> float:
        """Return how far a place of the map lies outside the core, in pixels (0 within)."""
        return max(
            *(core.start - at for core, at in ((self.core_rows, row), (self.core_columns, column))),
            *(at - core.stop for core, at in ((self.core_rows, row), (self.core_columns, column))),
            0.0,
        )

    def shows_alone(self, place: tuple[slice, slice], tiles: Sequence[Tile]) -> bool:
        """Whether this tile shows all of some rows and columns of the map, and no other of the `tiles` any of it."""
        whole = all(
            shown.start <= side.start and side.stop <= shown.stop
            for shown, side in zip((self.rows, self.columns), place, strict=True)
        )
        return whole and not any(
            all(
                shown.start < side.stop and side.start < shown.stop
                for shown, side in zip((other.rows, other.columns), place, strict=True)
            )
            for other in tiles
            if other != self
        )

    def moved_into(self, place: tuple[slice, slice]) -> tuple[slice, slice]:
        """Return rows and columns of the map as those of this tile."""
        rows, columns = (
            slice(side.start - shown.start, side.stop - shown.start)
            for side, shown in zip(place, (self.rows, self.columns), strict=True)
        )
        return rows, columns

    def weights(self, shape: tuple[int, int]) -> np.ndarray:
        """Return how much the level of this tile counts [y x of the tile]: less towards neighbouring tiles."""
        down, along = (
            _fade(shown, core, length)
            for shown, core, length in zip(
                (self.rows, self.columns), (self.core_rows, self.core_columns), shape, strict=True
            )
        )
        return (down[:, None] * along[None]).astype(np.float32)


def cut_out(surface: Surface, place: tuple[slice, slice]) -> Surface:
    """Return some rows and columns of a surface, itself where these are all; its frame stays that of the whole."""
    if (place[0].start, place[1].start, place[0].stop, place[1].stop) == (0, 0, *surface.shape):
        return surface
    own = None if surface.own is None else surface.own[place]
    return replace(surface, relief_mm=surface.relief_mm[place], valid=surface.valid[place], own=own)


def cut_tiles(shape: tuple[int, int], pixel_mm: float) -> list[Tile]:
    """Return the tiles of a map of `shape`, row by row; a small map is one tile."""
    rows, columns = (_cut_side(length, pixel_mm) for length in shape)
    return [
        Tile(shown_rows, shown_columns, core_rows, core_columns)
        for shown_rows, core_rows in rows
        for shown_columns, core_columns in columns
    ]


def seen_box(surface: Surface) -> tuple[slice, slice]:
    """Return the rows and columns of a surface that hold all that is seen of it; all of them where nothing is."""
    rows, columns = (np.flatnonzero(surface.valid.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0, surface.shape[0]), slice(0, surface.shape[1])
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def put_back(found: ScarMap, surface: Surface, place: tuple[slice, slice]) -> ScarMap:
    """Return what was found on the part `place` of a surface as found on all of it; nothing lies beyond."""
    if (place[0].stop - place[0].start, place[1].stop - place[1].start) == surface.shape:
        return found
    labels, level = np.zeros(surface.shape, np.int32), np.zeros(surface.shape, np.float32)
    labels[place], level[place] = found.labels[surface.name], found.level_mm[surface.name]
    down, right = (side.start * surface.pixel_mm for side in place)
    scars = tuple(replace(scar, y_mm=scar.y_mm + down, x_mm=scar.x_mm + right) for scar in found.scars)
    return ScarMap(scars, {surface.name: labels}, {surface.name: level})


def blend(parts: Sequence[tuple[Tile, np.ndarray]], shape: tuple[int, int]) -> np.ndarray:
    """Return one map [y x] of the values of its tiles, fading from each to the next; 0 where no tile is."""
    if len(parts) == 1 and parts[0][1].shape == shape:
        return parts[0][1]
    total, weight = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for tile, values in parts:
        share = tile.weights(shape)
        total[tile.rows, tile.columns] += share * values
        weight[tile.rows, tile.columns] += share
    return np.divide(total, weight, out=total, where=weight > 0)


def _cut_side(length: int, pixel_mm: float) -> list[tuple[slice, slice]]:
    """Return what each tile shows along one side, and its core: cores of equal length, side by side."""
    if length * pixel_mm <= LONGEST_WHOLE_MM:
        return [(slice(0, length), slice(0, length))]
    count = max(2, int(np.ceil((length * pixel_mm - 2 * OVERLAP_MM) / (LONGEST_TILE_MM - 2 * OVERLAP_MM))))
    overlap = round(OVERLAP_MM / pixel_mm)
    edges = [round(length * k / count) for k in range(count + 1)]
    return [
        (slice(max(0, start - overlap), min(length, stop + overlap)), slice(start, stop))
        for start, stop in pairwise(edges)
    ]


def _fade(shown: slice, core: slice, length: int) -> np.ndarray:
    """Return the weight along one side: 1 in the core and to the border of the map, down to almost 0 at a cut."""
    places = np.arange(shown.start, shown.stop) + 0.5
    weight = np.ones(places.size)
    if shown.start > 0:
        weight = np.minimum(weight, (places - shown.start) / (2 * (core.start - shown.start)))
    if shown.stop < length:
        weight = np.minimum(weight, (shown.stop - places) / (2 * (shown.stop - core.stop)))
    return weight
