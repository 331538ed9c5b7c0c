"""Rows of a scale that share the scars of some kinds: which points fit, exactly, where kinds do not tell the row.

A kind may belong to several rows (a rolling scar is dish-like or broad, mild or deep). Every way in which the classes
of the rows can hold the scars together is tried: the lowest and highest points over all of them are the range.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

#: Fewest and most scars, the most without end where it is not known.
Interval = tuple[int, float]
ANY_NUMBER: Interval = (0, math.inf)


@dataclass(frozen=True)
class PooledRow:
    """One row: the scars of each class 0-3, the points of each class, and what the examiner entered (else any)."""

    id: str
    classes: tuple[Interval, ...]
    points: tuple[float, ...]
    given: Interval = ANY_NUMBER

    def scars_in(self, index: int) -> Interval | None:
        """Return how many scars the row holds in class `index`, None where that is not what was entered."""
        low, high = max(self.classes[index][0], self.given[0]), min(self.classes[index][1], self.given[1])
        return (low, high) if low <= high else None


@dataclass(frozen=True)
class Pool:
    """Rows that together hold the scars counted: `count`, any number where that is not known."""

    rows: tuple[PooledRow, ...]
    count: Interval = field(default=ANY_NUMBER)

    @property
    def fits(self) -> bool:
        """Whether what was entered in the rows and what was counted can both hold."""
        return bool(self._ways)

    def freed(self) -> Pool:
        """Return the rows as entered, whatever was counted."""
        return Pool(self.rows)

    def classes_of(self, position: int) -> list[int]:
        """Return the classes that the row at `position` may be in. Needs `fits`."""
        return sorted({way[position] for way in self._ways})

    def scars_of(self, position: int) -> Interval:
        """Return how many scars the row at `position` may hold. Needs `fits`."""
        found = [self._row_in(way, position) for way in self._ways]
        return min(low for low, _ in found), max(high for _, high in found)

    def points(self) -> tuple[float, float]:
        """Return the fewest and most points of the rows together. Needs `fits`."""
        totals = [sum(row.points[index] for row, index in zip(self.rows, way, strict=True)) for way in self._ways]
        return min(totals), max(totals)

    @cached_property
    def _ways(self) -> tuple[tuple[int, ...], ...]:
        ways = itertools.product(*(range(len(row.points)) for row in self.rows))
        held = ((way, self._held(way)) for way in ways)
        return tuple(way for way, ends in held if ends and ends[0] <= self.count[1] and ends[1] >= self.count[0])

    def _held(self, way: Sequence[int]) -> Interval | None:
        """Return how many scars the rows hold together when each is in its class of `way`."""
        low, high = 0, 0.0
        for row, index in zip(self.rows, way, strict=True):
            scars = row.scars_in(index)
            if scars is None:
                return None
            low, high = low + scars[0], high + scars[1]
        return low, high

    def _row_in(self, way: Sequence[int], position: int) -> Interval:
        """Return how many scars one row may hold in `way`: what its class holds and what the others leave."""
        own = self.rows[position].scars_in(way[position]) or (0, 0)
        others = [row.scars_in(index) or (0, 0) for row, index in zip(self.rows, way, strict=True)]
        del others[position]
        least = max(own[0], self.count[0] - sum(high for _, high in others))
        most = min(own[1], self.count[1] - sum(low for low, _ in others))
        return int(least), most
