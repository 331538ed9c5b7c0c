"""Scars of the third generator: outlines as bent closed curves, depth from the distance to them.

A shape is a function of the place (mm) and of a scale; it is scaled until its region (deeper than a tenth) has the
drawn width. Depths are those of the contract, on the grid of the scan and before its lateral transfer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import interpolate, ndimage, sparse
from scipy.sparse import linalg
from scipy.spatial import cKDTree

#: Kind -> widths and depths, mm (the priors of the definitions; raised scars are as wide as boxcars).
PRIORS_MM: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "icepick": ((0.4, 1.8), (0.25, 1.2)),
    "boxcar": ((1.5, 4.0), (0.15, 0.9)),
    "rolling": ((4.0, 7.0), (0.10, 0.45)),
    "raised": ((1.6, 4.2), (0.12, 0.5)),
}
_BETWEEN_MM = {"icepick": (1.3, 2.0), "boxcar": (3.2, 4.8), "rolling": (3.4, 4.8)}
_DEEPEST_PART, _FEWEST_DEEPEST, REGION_PART = 0.01, 3, 0.1
Places = tuple[np.ndarray, np.ndarray]
Profile = Callable[[np.ndarray], np.ndarray]
Form = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Outline:
    """A closed curve: a stretched circle with waves on it, bent like a bean; 1 is its mean radius."""

    aspect: float
    turn: float
    bend: float
    waves: tuple[tuple[int, float, float], ...]  # (number around, height, phase)

    def radius(self, angle: np.ndarray) -> np.ndarray:
        """Return the radius of the unbent curve by direction."""
        stretch = np.hypot(np.cos(angle) / np.sqrt(self.aspect), np.sin(angle) * np.sqrt(self.aspect))
        ripple = np.sum([h * np.cos(n * angle - p) for n, h, p in self.waves], axis=0) if self.waves else 0.0
        return (1 + ripple) / stretch

    def share(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return how far out a place lies: 0 in the middle, 1 on the curve."""
        u = x * np.cos(self.turn) + y * np.sin(self.turn)
        v = y * np.cos(self.turn) - x * np.sin(self.turn) - self.bend * u**2
        return np.hypot(u, v) / self.radius(np.arctan2(v, u))

    def within(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the distance to the curve, positive inside; far outside it is told as one."""
        angle = np.linspace(0, 2 * np.pi, 1200, endpoint=False)
        u, v = self.radius(angle) * np.cos(angle), self.radius(angle) * np.sin(angle)
        v = v + self.bend * u**2
        curve = np.c_[v * np.cos(self.turn) + u * np.sin(self.turn), u * np.cos(self.turn) - v * np.sin(self.turn)]
        share = self.share(y, x)
        near = share < 1.4
        distance = np.ones(y.shape)
        distance[near], _ = cKDTree(curve).query(np.c_[y[near], x[near]])
        return np.where(share < 1, distance, -distance)


@dataclass(frozen=True)
class Shape:
    """One scar as drawn: relative depth by place in units of its radius; depth and width by the contract (mm)."""

    kind: str
    width_mm: float
    depth_mm: float
    form: Form
    ambiguous: bool
    note: str

    def times(self, factor: float) -> Shape:
        """Return it as deep as told by `factor`."""
        return replace(self, depth_mm=factor * self.depth_mm)


def measure_by_contract(relief: np.ndarray) -> tuple[float, np.ndarray]:
    """Return depth (mm) and region of one relief, positive downwards: the mean of the deepest pixels of the region."""
    depth = float(relief.max())
    for _ in range(30):
        region = relief > REGION_PART * depth
        deepest = np.sort(relief[region])[-max(_FEWEST_DEEPEST, round(_DEEPEST_PART * region.sum())) :]
        if abs(deepest.mean() - depth) < 1e-7:
            break
        depth = float(deepest.mean())
    return depth, region


def equal_width(area_mm2: float) -> float:
    """Return the diameter of the circle of this area."""
    return 2 * float(np.sqrt(area_mm2 / np.pi))


def render(shape: Shape, grid: Places, at_mm: np.ndarray, pixel: float, step: int) -> np.ndarray:
    """Return the depth (mm) on a grid `step` times as fine as the scan, scaled to the drawn width and depth."""
    coarse = tuple((one[::step, ::step] - middle) for one, middle in zip(grid, at_mm, strict=True))
    radius = shape.width_mm / 2
    for _ in range(6):
        relief = shape.form(coarse[0] / radius, coarse[1] / radius)
        off = equal_width(measure_by_contract(relief)[1].sum() * pixel**2) / shape.width_mm
        if abs(off - 1) < 0.02:
            break
        radius /= off
    fine = shape.form((grid[0] - at_mm[0]) / radius, (grid[1] - at_mm[1]) / radius)
    return fine * shape.depth_mm / measure_by_contract(fine[::step, ::step])[0]


# -- drawing ------------------------------------------------------------------------------------------------------


def draw_shape(rng: np.random.Generator, kind: str, *, between: float) -> Shape:
    """Return a scar of this kind; with the chance `between` one that lies between two kinds."""
    (narrow, wide), (low, high) = PRIORS_MM[kind]
    depth = rng.uniform(low, high)
    if kind in _BETWEEN_MM and rng.uniform() < between:
        width = rng.uniform(*_BETWEEN_MM[kind])
        depth = min(depth, 0.35 * width)
        return Shape(kind, width, depth, _draw_between(rng), True, "between")
    width = rng.uniform(narrow, wide)
    if kind == "icepick":
        # Skin does not hold a shaft far deeper than it is wide, as a scan from above sees it.
        depth = min(depth, 1.1 * width)
    form, note = _DRAW[kind](rng)
    return Shape(kind, width, depth, form, _is_ambiguous(kind, width), note)


def draw_tract(rng: np.random.Generator, turn: float) -> Shape:
    """Return a groove three to four times as long as wide: of no kind by its words."""
    outline = Outline(rng.uniform(2.8, 4.0), turn, rng.uniform(-0.08, 0.08), _ripple(rng, (2, 3, 4), 0.05))
    power = rng.uniform(1.6, 4.0)
    form = _by_share(outline, _super_gaussian(power))
    return Shape("boxcar", rng.uniform(2.0, 3.2), rng.uniform(0.18, 0.55), form, True, "tract")


def _is_ambiguous(kind: str, width: float) -> bool:
    """Where the widths of two kinds meet, words do not tell them apart."""
    return (kind == "icepick" and width > 1.5) or (kind == "boxcar" and not 1.8 <= width <= 3.8)


def _ripple(rng: np.random.Generator, numbers: tuple[int, ...], height: float) -> tuple[tuple[int, float, float], ...]:
    return tuple((n, rng.uniform(0, height), rng.uniform(0, 2 * np.pi)) for n in numbers)


def _draw_outline(rng: np.random.Generator, *, longest: float, ragged: float = 0.0) -> Outline:
    """Return round, long or bean-shaped ones, with few broad waves and, when ragged, many small ones."""
    waves = _ripple(rng, (2, 3), 0.08) + (_ripple(rng, (5, 7, 8, 11), ragged) if ragged else ())
    bend = rng.uniform(-0.35, 0.35) if rng.uniform() < 0.3 else 0.0
    return Outline(rng.uniform(1.0, longest), rng.uniform(0, np.pi), bend, waves)


def _by_share(outline: Outline, profile: Profile, *, lean: tuple[float, float] = (0, 0)) -> Form:
    """Return a form that depends on the share of the way out; `lean` moves the bottom off the middle."""

    def form(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        share = outline.share(y, x)
        # The place of the bottom moves, the outline stays where it is.
        inner = np.clip(1 - share, 0, 1) ** 2
        return profile(outline.share(y - lean[0] * inner, x - lean[1] * inner))

    return form


def _super_gaussian(power: float) -> Profile:
    """Return exp(-(r / a)^power) that is a tenth at 1; nothing is left of it far outside."""
    return lambda r: np.exp(-np.log(10) * np.minimum(r, 4.0) ** power)


def _cone(tip: float) -> Profile:
    """Return a cone whose tip is a hyperbola."""
    return lambda r: np.clip(np.hypot(1.1, tip) - np.hypot(r, tip), 0, None)


def _lean(rng: np.random.Generator, most: float) -> tuple[float, float]:
    turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(0, most)
    return far * np.sin(turn), far * np.cos(turn)


def _draw_icepick(rng: np.random.Generator) -> tuple[Form, str]:
    """Return a cone with a rounded tip, a funnel by a monotone spline, or a peak by a super-Gaussian."""
    outline = _draw_outline(rng, longest=1.5)
    way = rng.choice(["cone", "funnel", "peak"])
    if way == "cone":
        tip = rng.uniform(0.08, 0.35)
        profile = _cone(tip)
    elif way == "funnel":
        knots = [0.0, rng.uniform(0.2, 0.35), rng.uniform(0.5, 0.7), 1.0, rng.uniform(1.25, 1.5), 9.0]
        depths = [1.0, rng.uniform(0.7, 0.9), rng.uniform(0.25, 0.5), 0.1, 0.0, 0.0]
        profile = interpolate.PchipInterpolator(knots, depths)
    else:
        power = rng.uniform(1.2, 2.2)
        profile = _super_gaussian(power)
    return _by_share(outline, profile, lean=_lean(rng, 0.2)), str(way)


def _draw_boxcar(rng: np.random.Generator) -> tuple[Form, str]:
    """Return a flat bottom with sloping walls, steeper on one side, its floor tilted; some have ragged edges."""
    ragged = rng.uniform(0.02, 0.05) if rng.uniform() < 0.5 else 0.0
    outline = _draw_outline(rng, longest=1.8, ragged=ragged)
    if rng.uniform() < 0.25:
        power = rng.uniform(4.5, 9.0)
        return _by_share(outline, _super_gaussian(power)), "super-Gaussian"
    wall, uneven, side = rng.uniform(0.15, 0.36), rng.uniform(0, 0.5), rng.uniform(0, 2 * np.pi)
    tilt, fall = rng.uniform(0, 0.2), rng.uniform(0, 2 * np.pi)
    soft = rng.uniform() < 0.5

    def form(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        width = wall * (1 + uneven * np.cos(np.arctan2(y, x) - side))
        way = np.clip(outline.within(y, x) / width + 0.15, 0, 1)
        way = way * way * (3 - 2 * way) if soft else way
        return way * (1 + tilt * (y * np.sin(fall) + x * np.cos(fall)))

    return form, "ragged" if ragged else "walls"


def _draw_rolling(rng: np.random.Generator) -> tuple[Form, str]:
    """Return skin held down: a bowl that leans, a tethered membrane, or two lows with a hump between them."""
    outline = _draw_outline(rng, longest=1.7)
    way = rng.choice(["bowl", "cosine", "membrane", "two lows"], p=[0.3, 0.25, 0.3, 0.15])
    if way == "bowl":
        power = rng.uniform(1.8, 2.8)
        return _by_share(outline, _super_gaussian(power), lean=_lean(rng, 0.3)), "bowl"
    if way == "cosine":
        return _by_share(
            outline, lambda r: 0.5 + 0.5 * np.cos(np.pi * np.clip(r / 1.25, 0, 1)), lean=_lean(rng, 0.25)
        ), "cosine"
    if way == "membrane":
        return _membrane(outline, _lean(rng, 0.35), rng.uniform(0.12, 0.25)), "membrane"
    apart, turn, other = rng.uniform(0.42, 0.58), rng.uniform(0, np.pi), rng.uniform(0.7, 1.0)

    def form(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        dy, dx = apart * np.sin(turn), apart * np.cos(turn)
        shoulder = np.exp(-np.log(10) * outline.share(y, x) ** 3)
        lows = [np.exp(-(((y - s * dy) ** 2 + (x - s * dx) ** 2) / 0.16)) for s in (1, -1)]
        return 0.62 * shoulder + 0.38 * (lows[0] + other * lows[1])

    return form, "two lows"


def _membrane(outline: Outline, pull: tuple[float, float], shoulder: float) -> Form:
    """Return a stretched skin fixed at the outline and pulled down around one place (Poisson), its edge rounded."""
    n, reach = 72, 2.6
    axis = np.linspace(-reach, reach, n)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    inside = outline.share(y, x) < 0.95
    index = np.full(n * n, -1)
    index[inside.ravel()] = np.arange(inside.sum())
    own = np.flatnonzero(inside)
    rows, columns = [], []
    for step in (1, -1, n, -n):
        near = index[own + step]
        rows.append(index[own][near >= 0])
        columns.append(near[near >= 0])
    coupling = sparse.coo_array(
        (np.ones(sum(map(len, rows))), (np.concatenate(rows), np.concatenate(columns))), shape=(len(own), len(own))
    )
    load = 0.25 + np.exp(-((y - pull[0]) ** 2 + (x - pull[1]) ** 2) / 0.2)
    depth = np.zeros(n * n)
    depth[own] = linalg.spsolve((4 * sparse.eye_array(len(own)) - coupling).tocsc(), load[inside])
    smooth = ndimage.gaussian_filter(depth.reshape(n, n), shoulder / (axis[1] - axis[0]))
    spline = interpolate.RectBivariateSpline(axis, axis, smooth / smooth.max())

    def form(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        beyond = (np.abs(y) > reach) | (np.abs(x) > reach)
        return np.where(beyond, 0.0, np.clip(spline.ev(np.clip(y, -reach, reach), np.clip(x, -reach, reach)), 0, None))

    return form


def _draw_raised(rng: np.random.Generator) -> tuple[Form, str]:
    """Return a dome or a plateau, lobed."""
    outline = Outline(rng.uniform(1, 1.8), rng.uniform(0, np.pi), 0.0, _ripple(rng, (2, 3, 4, 5), 0.07))
    power = rng.uniform(2.0, 5.0)
    return _by_share(outline, _super_gaussian(power), lean=_lean(rng, 0.2)), "dome"


def _draw_between(rng: np.random.Generator) -> Form:
    """Return walls over half of the way: neither pit nor box, neither box nor bowl."""
    outline = _draw_outline(rng, longest=1.5)
    wall, uneven, side = rng.uniform(0.45, 0.7), rng.uniform(0, 0.3), rng.uniform(0, 2 * np.pi)

    def form(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        width = wall * (1 + uneven * np.cos(np.arctan2(y, x) - side))
        way = np.clip(outline.within(y, x) / width + 0.2, 0, 1)
        return np.sin(np.pi / 2 * way) ** 2

    return form


_DRAW = {"icepick": _draw_icepick, "boxcar": _draw_boxcar, "rolling": _draw_rolling, "raised": _draw_raised}
