"""Where the scars of the fourth generator lie: apart, touching another, or cut by the edge of the map."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from .fourth_shapes import Shape, measure_by_contract

MARGIN_MM = 5.0  # The ground is wider than the map, so that scars that are cut are known whole.
EDGE_MM = 0.3  # least way of a whole scar from the edge of the map
GAP_MM = 0.5  # between scars that do not touch
MOST_SHARED = 0.10  # of the smaller of two touching regions
_TRIES = 4000


@dataclass(frozen=True)
class Laid:
    """One scar on the ground (the map with its margin): relief positive inwards the scar, region, corner in pixels."""

    shape: Shape
    relief_mm: np.ndarray
    region: np.ndarray
    around: np.ndarray  # the region and the gap around it, in a window wider by the gap
    corner: tuple[int, int]
    note: str

    @property
    def place(self) -> tuple[slice, slice]:
        return _place(self.region, self.corner)


@dataclass
class Ground:
    """Lays scars one after another."""

    rng: np.random.Generator
    size: tuple[int, int]  # of the map
    pixel_mm: float
    laid: list[Laid] = field(default_factory=list)

    @property
    def margin(self) -> int:
        return round(MARGIN_MM / self.pixel_mm)

    @property
    def whole(self) -> tuple[int, int]:
        return self.size[0] + 2 * self.margin, self.size[1] + 2 * self.margin

    def lay_apart(self, shape: Shape) -> bool:
        """Lay it anywhere on the map, wholly; return False where no place was found."""
        relief, region = self._drawn(shape)
        taken = self._taken_by(self.laid)
        low = self.margin + round(EDGE_MM / self.pixel_mm)
        for _ in range(_TRIES):
            corner = _corner(region, [self.rng.uniform(self.margin, self.margin + n) for n in self.size])
            if self._lies_within(region, corner, low) and not self._any(taken, region, corner):
                self.laid.append(Laid(shape, relief, region, self._around(region), corner, shape.note))
                return True
        return False

    def lay_at_edge(self, shape: Shape) -> bool:
        """Lay it where an edge of the map cuts it."""
        relief, region = self._drawn(shape)
        taken = self._taken_by(self.laid)
        for _ in range(_TRIES):
            axis = int(self.rng.integers(2))
            inwards = self.rng.uniform(-0.05, 0.3) * shape.width_mm / self.pixel_mm
            middle = [self.rng.uniform(self.margin, self.margin + n) for n in self.size]
            middle[axis] = self.margin + (inwards if self.rng.random() < 0.5 else self.size[axis] - inwards)
            corner = _corner(region, middle)
            if self._lies_within(region, corner, 0) and not self._any(taken, region, corner):
                self.laid.append(Laid(shape, relief, region, self._around(region), corner, "edge"))
                return True
        return False

    def lay_touching(self, shape: Shape) -> bool:
        """Slide it from afar against another pit until both regions meet, and share a little."""
        relief, region = self._drawn(shape)
        anchors = [one for one in self.laid if one.shape.kind != "raised" and one.note != "edge"]
        for number in self.rng.permutation(len(anchors)):
            anchor = anchors[number]
            others = self._taken_by([one for one in self.laid if one is not anchor])
            for angle in self.rng.uniform(0, 2 * np.pi, 12):
                corner = self._slide(region, shape.width_mm, anchor, angle)
                if corner is not None and not self._any(others, region, corner):
                    self.laid.append(Laid(shape, relief, region, self._around(region), corner, "touching"))
                    return True
        return False

    def _slide(self, region: np.ndarray, width_mm: float, anchor: Laid, angle: float) -> tuple[int, int] | None:
        """Return where a region that comes from this side touches `anchor`, or None where it would leave the map."""
        own = np.zeros(self.whole, bool)
        own[anchor.place] = anchor.region
        near = np.zeros(self.whole, bool)
        near[anchor.place] = ndimage.binary_dilation(anchor.region, iterations=2)
        middle = np.add(anchor.corner, np.array(anchor.region.shape) / 2)
        most = self.rng.uniform(0, MOST_SHARED) * min(anchor.region.sum(), region.sum())
        way = np.array([np.sin(angle), np.cos(angle)])
        slid = None
        for distance in np.arange((anchor.shape.width_mm + width_mm) / self.pixel_mm, 0, -1):
            corner = _corner(region, middle + distance * way)
            if not self._lies_within(region, corner, self.margin + round(EDGE_MM / self.pixel_mm)):
                continue
            place = _place(region, corner)
            if (own[place] & region).sum() > most:
                break
            slid = corner if (near[place] & region).any() else None
        return slid

    def _around(self, region: np.ndarray) -> np.ndarray:
        reach = round(GAP_MM / self.pixel_mm)
        return ndimage.distance_transform_edt(~np.pad(region, reach)) <= reach

    def _drawn(self, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
        relief = shape.draw(self.pixel_mm, (self.rng.uniform(-0.5, 0.5), self.rng.uniform(-0.5, 0.5)))
        return relief, measure_by_contract(relief)[1]

    def _lies_within(self, region: np.ndarray, corner: tuple[int, int], low: int) -> bool:
        """Tell whether the region keeps `low` pixels from the edge of the ground, and its window lies on it."""
        for axis, (first, n) in enumerate(zip(corner, region.shape, strict=True)):
            used = np.flatnonzero(region.any(axis=1 - axis))
            if first < 0 or first + n > self.whole[axis]:
                return False
            if first + used[0] < low or first + used[-1] >= self.whole[axis] - low:
                return False
        return True

    def _taken_by(self, scars: list[Laid]) -> np.ndarray:
        """Return where no other scar may lie: on these and within the gap around them."""
        taken = np.zeros(self.whole, bool)
        reach = round(GAP_MM / self.pixel_mm)
        for one in scars:
            top, left = (c - reach for c in one.corner)
            part = taken[max(top, 0) : top + one.around.shape[0], max(left, 0) : left + one.around.shape[1]]
            part |= one.around[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1]]
        return taken

    def _any(self, taken: np.ndarray, region: np.ndarray, corner: tuple[int, int]) -> bool:
        return bool((taken[_place(region, corner)] & region).any())


def _corner(region: np.ndarray, middle: np.ndarray | list[float]) -> tuple[int, int]:
    """Return the first row and column of a window of this size about `middle`."""
    y, x = (round(float(m) - n / 2) for m, n in zip(middle, region.shape, strict=True))
    return y, x


def _place(region: np.ndarray, corner: tuple[int, int]) -> tuple[slice, slice]:
    y, x = (slice(c, c + n) for c, n in zip(corner, region.shape, strict=True))
    return y, x
