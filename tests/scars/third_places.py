"""Where the scars of the third generator lie: apart, touching or overlapping, beside each other, cut by the edge."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .third_relief import Transfer
from .third_shapes import Shape, draw_shape, draw_tract, measure_by_contract, render

_MARGIN_MM, _GAP_MM, _TRIES, _FINER = 2.0, 0.6, 4000, 2
_MOST_SHARED = 0.10  # of the smaller of two regions that overlap


@dataclass(frozen=True)
class ThirdOptions:
    """What to draw. `waves` multiplies the undulation, `depth` every scar."""

    size_mm: tuple[float, float] = (40.0, 40.0)
    pixel_mm: float = 0.05
    counts: tuple[tuple[str, int], ...] = (("icepick", 12), ("boxcar", 9), ("rolling", 6), ("raised", 2))
    depth: float = 1.0
    waves: float = 1.0
    lines_mm: float = 0.018
    noise_mm: float = 0.008
    pores_per_cm2: float = 55.0
    half_contrast_per_mm: tuple[float, float] = (2.2, 5.0)
    between: float = 0.2
    touching: int = 3  # scars that touch or overlap a wider one
    tracts: int = 1  # pairs of grooves beside each other, instead of two boxcars each
    at_edge: int = 2
    blobs: int = 3
    hairs: int = 2
    spikes: int = 40
    stubble: int = 30
    curved: bool = True
    effaced: float = 0.5  # which part of lines and pores is gone at the bottom of a scar


@dataclass(frozen=True)
class Placed:
    """A scar on the grid of the scan: all of its relief, mm, positive away from the skin; part may lie off the map."""

    shape: Shape
    note: str
    at_mm: np.ndarray
    corner: np.ndarray  # row and column of the field on the map
    field_mm: np.ndarray
    depth_mm: float
    region: np.ndarray
    reach_mm: float  # from its middle to the farthest of its region

    @property
    def sign(self) -> int:
        return -1 if self.shape.kind == "raised" else 1

    def moved(self, at_mm: np.ndarray, pixel: float) -> Placed:
        """Return it at the place nearest to `at_mm` that is whole pixels away."""
        step = np.round((at_mm - self.at_mm) / pixel).astype(int)
        return replace(self, at_mm=self.at_mm + step * pixel, corner=self.corner + step)

    def on_map(self, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], np.ndarray]:
        """Return where on the map it lies and the part of its relief that is on it."""
        low = np.maximum(self.corner, 0)
        high = np.minimum(self.corner + self.field_mm.shape, shape)
        own = self.field_mm[tuple(slice(a, b) for a, b in zip(low - self.corner, high - self.corner, strict=True))]
        return (slice(low[0], high[0]), slice(low[1], high[1])), own


def place_scars(rng: np.random.Generator, options: ThirdOptions, transfer: Transfer) -> list[Placed]:
    """Return the scars at their places, widest first: apart from each other, but for the ones meant to touch."""
    ground = _Ground(rng, options, transfer)
    pairs, singles = _draw_all(rng, options)
    placed: list[Placed] = []
    for first, second in pairs:
        placed.append(ground.place_apart(first, placed))
        beside = ground.place_beside(second, placed[-1], placed)
        placed += [beside] if beside else []
    special = _draw_special(rng, singles, options)
    for number, scar in enumerate(singles):
        hosts = [one for one in placed if one.note == "" and one.sign > 0]
        one = None
        if special.get(number) == "touching" and hosts:
            one = ground.place_beside(scar, hosts[rng.integers(len(hosts))], placed)
        placed.append(one or ground.place_apart(scar, placed, at_edge=special.get(number) == "edge"))
    return placed


def _draw_all(rng: np.random.Generator, options: ThirdOptions) -> tuple[list[tuple[Shape, Shape]], list[Shape]]:
    """Return pairs of grooves, and single scars with the widest first."""
    counts = dict(options.counts)
    pairs = []
    for _ in range(options.tracts):
        turn = rng.uniform(0, np.pi)
        first, second = draw_tract(rng, turn), draw_tract(rng, turn + rng.uniform(-0.2, 0.2))
        pairs.append((first.times(options.depth), second.times(options.depth)))
        counts["boxcar"] -= 2
    singles = [
        draw_shape(rng, kind, between=options.between).times(options.depth)
        for kind, n in counts.items()
        for _ in range(n)
    ]
    return pairs, sorted(singles, key=lambda scar: -scar.width_mm)


def _draw_special(rng: np.random.Generator, singles: list[Shape], options: ThirdOptions) -> dict[int, str]:
    """Return number -> "touching" or "edge"; the widest scar and the raised ones stand alone."""
    able = rng.permutation([k for k, scar in enumerate(singles) if k and scar.kind != "raised"])
    names = ["touching"] * options.touching + ["edge"] * options.at_edge
    return {int(k): name for k, name in zip(able, names, strict=False)}


@dataclass(frozen=True)
class _Ground:
    """The map on which scars are placed, and the scanner that shows them."""

    rng: np.random.Generator
    options: ThirdOptions
    transfer: Transfer

    @property
    def extent_mm(self) -> np.ndarray:
        return np.array(self.options.size_mm)

    def scan(self, shape: Shape, at_mm: np.ndarray, note: str) -> Placed:
        """Return a scar as the scanner shows it there."""
        pixel = self.options.pixel_mm
        half = int(np.ceil((1.35 * shape.width_mm + 1.0) / pixel))
        corner = np.round(at_mm / pixel).astype(int) - half
        steps = np.arange(_FINER * 2 * half + 1) / _FINER
        y, x = np.meshgrid(*((low + steps) * pixel for low in corner), indexing="ij")
        fine = render(shape, (y, x), at_mm, pixel, _FINER)
        seen = self.transfer.apply(fine, pixel / _FINER)[::_FINER, ::_FINER]
        depth, region = measure_by_contract(seen)
        far = (np.argwhere(region) + corner) * pixel - at_mm
        return Placed(shape, note, at_mm, corner, seen, depth, region, float(np.hypot(*far.T).max()))

    def place_apart(self, shape: Shape, placed: list[Placed], *, at_edge: bool = False) -> Placed:
        """Return it away from all others; `at_edge` with its middle near an edge of the map."""
        own = self.scan(shape, self._somewhere(), "edge" if at_edge else shape.note if shape.ambiguous else "")
        inset = _MARGIN_MM + 0.6 * own.reach_mm
        for attempt in range(_TRIES):
            at = self.rng.uniform(inset, self.extent_mm - inset)
            if at_edge:
                side, near = self.rng.integers(2), self.rng.uniform(-0.2, 0.45) * shape.width_mm
                at[side] = near if self.rng.uniform() < 0.5 else self.extent_mm[side] - near
            moved = own.moved(at, self.options.pixel_mm)
            if _is_free(moved, _GAP_MM if attempt < _TRIES / 2 else 0.2, placed):
                return moved
        raise RuntimeError("no place is left for one more scar")

    def place_beside(self, shape: Shape, host: Placed, placed: list[Placed]) -> Placed | None:
        """Return it where its region meets that of `host`, up to an overlap of a tenth; None if there is no room."""
        pixel = self.options.pixel_mm
        own = self.scan(shape, self._somewhere(), shape.note if shape.note == "tract" else "touching")
        inset = _MARGIN_MM + 0.5 * own.reach_mm
        others = [one for one in placed if one is not host]
        smaller = min(own.region.sum(), host.region.sum())
        for _ in range(60):
            turn, wanted = self.rng.uniform(0, 2 * np.pi), self.rng.uniform(0, _MOST_SHARED)
            way = np.array([np.sin(turn), np.cos(turn)])
            for far in np.arange(host.reach_mm + own.reach_mm, 0, -pixel):
                moved = own.moved(host.at_mm + far * way, pixel)
                if _shared(host, moved) > wanted * smaller:
                    break
            inside = (moved.at_mm > inset).all() and (moved.at_mm < self.extent_mm - inset).all()
            if inside and _is_free(moved, 0.3, others):
                return moved
        return None

    def _somewhere(self) -> np.ndarray:
        """Return the middle of the map, off by a part of a pixel."""
        return self.extent_mm / 2 + self.rng.uniform(0, self.options.pixel_mm, 2)


def _is_free(one: Placed, gap_mm: float, placed: list[Placed]) -> bool:
    return all(np.hypot(*(one.at_mm - other.at_mm)) > one.reach_mm + other.reach_mm + gap_mm for other in placed)


def _shared(one: Placed, other: Placed) -> int:
    """Return how many pixels two regions share."""
    low = np.maximum(one.corner, other.corner)
    high = np.minimum(one.corner + one.region.shape, other.corner + other.region.shape)
    if (low >= high).any():
        return 0
    parts = [scar.region[tuple(map(slice, low - scar.corner, high - scar.corner))] for scar in (one, other)]
    return int((parts[0] & parts[1]).sum())
