"""Scars of the fourth generator: outlines by random walks, tapers along rays, walls along signed distances.

A shape is a blend of two bodies over one outline. The *taper* falls from the rim to an off-centre lowest point along
rays, (1 - share ** g) ** h. The *box* falls within a wall, by a beta distribution of the distance to the outline, to
a floor. Ice-pick and rolling scars are nearly pure tapers, boxcar scars nearly pure boxes, and what lies between two
kinds is a blend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, special
from scipy.spatial import cKDTree

REGION_PART = 0.1  # of the depth: where the region of a scar ends
_OUTLINE_POINTS = 720

#: kind -> least and greatest width and depth, mm, of scars of that kind; raised scars are our own choice.
PRIORS_MM: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "icepick": ((0.4, 1.8), (0.25, 1.2)),
    "boxcar": ((1.5, 4.0), (0.15, 0.9)),
    "rolling": ((4.0, 7.0), (0.10, 0.45)),
    "raised": ((2.0, 5.0), (0.12, 0.45)),
}
#: kind and its neighbour -> widths and depths, mm, of shapes between the two that still belong to the first.
BETWEEN_MM: dict[tuple[str, str], tuple[tuple[float, float], tuple[float, float]]] = {
    ("icepick", "boxcar"): ((1.1, 1.8), (0.25, 0.8)),
    ("boxcar", "icepick"): ((1.5, 2.2), (0.2, 0.8)),
    ("boxcar", "rolling"): ((2.8, 4.0), (0.15, 0.5)),
    ("rolling", "boxcar"): ((4.0, 5.5), (0.12, 0.45)),
}
#: kind -> ranges of the exponents g and h of its taper.
_TAPERS = {
    "icepick": ((0.9, 1.5), (1.0, 1.6)),
    "rolling": ((2.0, 2.8), (1.9, 3.0)),
    "raised": ((2.0, 3.2), (1.0, 1.7)),
}
_ROUGHNESS = {"icepick": 0.05, "boxcar": 0.09, "rolling": 0.11, "raised": 0.07}
#: How much of a box is in a clear scar of the kind: a rolling scar has no edge.
_BOX_PARTS = {"icepick": (0.0, 0.12), "boxcar": (0.88, 1.0), "rolling": (0.0, 0.0), "raised": (0.0, 0.0)}
_WALL_MM = (0.12, 0.65)


@dataclass(frozen=True)
class Shape:
    """One scar as drawn, before the scanner: outline of radius about 1 (complex numbers), bodies, size in mm."""

    kind: str
    width_mm: float
    depth_mm: float
    ambiguous: bool
    note: str
    outline: np.ndarray
    lowest: complex
    box_part: float
    taper: tuple[float, float]
    wall_mm: float
    lean: complex  # the wall is wider on this side, by up to this part
    rim: tuple[float, float]  # both parameters of the beta distribution
    tilt: complex

    def body(self, points_mm: np.ndarray, scale_mm: float) -> np.ndarray:
        """Return the depth there, about 0 to 1; `points_mm` are complex, y the imaginary part."""
        ray = points_mm / scale_mm - self.lowest
        share = np.abs(ray) / self._reach(np.angle(ray))
        inside = np.clip(1 - share ** self.taper[0], 0, None) ** self.taper[1]
        if self.box_part:
            within = share < 1
            unit = ray[within] / np.maximum(np.abs(ray[within]), 1e-9)
            wall = min(self.wall_mm, 0.45 * scale_mm) * (1 + (unit * np.conj(self.lean)).real)
            tree = cKDTree(_plane(scale_mm * self.outline))
            off_mm, _ = tree.query(_plane(points_mm[within]), distance_upper_bound=float(np.max(wall, initial=0.0)))
            box = np.zeros(inside.shape)
            box[within] = special.betainc(*self.rim, np.clip(off_mm / wall, 0, 1))
            inside = (1 - self.box_part) * inside + self.box_part * box
        return inside * np.clip(1 + (points_mm / scale_mm * np.conj(self.tilt)).real, 0.3, None)

    def _reach(self, angle: np.ndarray) -> np.ndarray:
        """Return how far the outline lies from the lowest point in these directions."""
        rays = self.outline - self.lowest
        order = np.argsort(np.angle(rays))
        return np.interp(angle, np.angle(rays)[order], np.abs(rays)[order], period=2 * np.pi)

    def draw(self, pixel_mm: float, shift: tuple[float, float]) -> np.ndarray:
        """Return the relief, positive inwards the scar, on a square of pixels; `shift` of its centre in pixels."""
        finer = 4 if pixel_mm > 0.07 else 2
        half = int(np.ceil((0.5 * self.width_mm * 1.15 * np.abs(self.outline).max() + 0.3) / pixel_mm)) + 1
        step = (np.arange((2 * half + 1) * finer) + 0.5) / finer - half - 0.5
        points = pixel_mm * ((step[None, :] - shift[1]) + 1j * (step[:, None] - shift[0]))
        coarse = np.linspace(-half * pixel_mm, half * pixel_mm, 101)
        scale = 0.5 * self.width_mm
        for _ in range(3):  # The region ends inside the outline: widen that until the region is as wide as asked.
            body = self.body(coarse[None, :] + 1j * coarse[:, None], scale)
            depth, region = measure_by_contract(body)
            scale *= self.width_mm / equal_width(region.sum() * (coarse[1] - coarse[0]) ** 2)
        fine = self.body(points, scale)
        cells = fine.reshape(2 * half + 1, finer, 2 * half + 1, finer).mean(axis=(1, 3))
        depth, _ = measure_by_contract(cells)
        return cells * (self.depth_mm / depth)


def measure_by_contract(field_mm: np.ndarray) -> tuple[float, np.ndarray]:
    """Return depth (mean of the deepest 1 %, at least 3 pixels, of the region) and region (deeper than 10 % of it)."""
    deepest_first = -np.sort(-field_mm, axis=None)
    depth = float(deepest_first[:3].mean())
    for _ in range(20):
        number = int((field_mm > REGION_PART * depth).sum())
        renewed = float(deepest_first[: max(3, round(0.01 * number))].mean())
        if renewed == depth:
            break
        depth = renewed
    return depth, field_mm > REGION_PART * depth


def equal_width(area_mm2: float) -> float:
    """Return the diameter of the circle of this area."""
    return float(2 * np.sqrt(area_mm2 / np.pi))


def draw_shape(rng: np.random.Generator, kind: str, *, between: bool = False, factor: float = 1.0) -> Shape:
    """Return a scar of this kind, or between it and a neighbouring kind; its depth times `factor`."""
    neighbours = [pair for pair in BETWEEN_MM if pair[0] == kind]
    pair = neighbours[rng.integers(len(neighbours))] if between else (kind, kind)
    (narrow, wide), (low, high) = BETWEEN_MM[pair] if between else PRIORS_MM[kind]
    largeness, deepness = rng.beta(1.4, 1.7), rng.beta(1.4, 1.9)
    if kind == "rolling":  # Most are shallow.
        deepness = rng.beta(1.2, 2.4)
    if kind == "icepick":  # A pinhead is seldom the deepest.
        deepness = 0.6 * deepness + 0.4 * largeness
    box_part = rng.uniform(*_BOX_PARTS[kind])
    if between:
        box_part = rng.uniform(0.5, 0.75) if kind == "boxcar" else rng.uniform(0.25, 0.5)
    tapered = next((one for one in pair if one != "boxcar"), "rolling")
    taper = tuple(rng.uniform(*ends) for ends in _TAPERS[tapered])
    outline = _walk_outline(rng, _ROUGHNESS[kind], rng.uniform(1.0, 1.35 if kind == "icepick" else 1.7))
    return Shape(
        kind=kind,
        width_mm=narrow + (wide - narrow) * largeness,
        depth_mm=factor * (low + (high - low) * deepness),
        ambiguous=between,
        note=f"between {pair[0]} and {pair[1]}" if between else "",
        outline=outline,
        lowest=_turned(rng, 0.3 * rng.beta(1.2, 1.2) * np.abs(outline).min()),
        box_part=box_part,
        taper=(taper[0], taper[1]),
        wall_mm=rng.uniform(*_WALL_MM),
        lean=_turned(rng, rng.uniform(0, 0.6)),
        rim=(rng.uniform(1.2, 2.5), rng.uniform(1.0, 2.0)),
        tilt=_turned(rng, rng.uniform(0, 0.15)),
    )


def _walk_outline(rng: np.random.Generator, roughness: float, aspect: float) -> np.ndarray:
    """Return a closed outline about 0 that encloses pi: an ellipse whose radius takes a smoothed random walk."""
    steps = rng.normal(size=_OUTLINE_POINTS)
    walk = np.cumsum(steps - steps.mean())
    walk = ndimage.gaussian_filter1d(walk - walk.mean(), _OUTLINE_POINTS / rng.uniform(25, 60), mode="wrap")
    angle = np.linspace(-np.pi, np.pi, _OUTLINE_POINTS, endpoint=False)
    ellipse = 1 / np.hypot(np.cos(angle) / np.sqrt(aspect), np.sin(angle) * np.sqrt(aspect))
    radius = ellipse * np.exp(roughness * walk / walk.std())
    outline = radius / np.sqrt((radius**2).mean()) * np.exp(1j * (angle + rng.uniform(0, 2 * np.pi)))
    centroid = (radius**3 * outline / np.abs(outline)).mean() * 2 / 3 / (radius**2).mean() ** 1.5
    return outline - centroid


def _turned(rng: np.random.Generator, length: float) -> complex:
    """Return a complex number of this length and any direction."""
    return complex(length * np.exp(1j * rng.uniform(0, 2 * np.pi)))


def _plane(points: np.ndarray) -> np.ndarray:
    return np.stack([np.real(points).ravel(), np.imag(points).ravel()], axis=1)
