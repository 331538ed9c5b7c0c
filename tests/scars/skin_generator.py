"""Skin with known scars, for testing the finder. Written apart from `scarplan.surface.phantom` on purpose.

Natural undulation of the face at scar scale is what makes finding hard, so it is here with the band rms measured on
a real cheek (20 um at 4-8 mm, 68 um at 8-16 mm) and an assumed 150 um at 16-40 mm. Every scar is drawn as its own
depth field; its true depth, width, area and volume are taken from that field alone by the definitions of the
contract (mean of the deepest 1 %, at least 3 pixels, of the region deeper than 10 % of the depth).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage

UM = 1e-3
UNDULATION_BANDS = ((4.0, 8.0, 20 * UM), (8.0, 16.0, 68 * UM), (16.0, 40.0, 150 * UM))


@dataclass(frozen=True)
class SkinOptions:
    """What kind of skin and scars to draw. Lengths in mm."""

    size_mm: float = 40.0
    pixel_mm: float = 0.05
    counts: tuple[tuple[str, int], ...] = (("icepick", 12), ("boxcar", 9), ("rolling", 6))
    depth_factor: float = 1.0
    undulation: float = 1.0
    microrelief_mm: float = 18 * UM
    noise_mm: float = 8 * UM
    noise_correlation_mm: float = 0.0
    lateral_sigma_mm: float = 0.0
    pores_per_cm2: float = 60.0
    softness: float = 0.0
    asymmetry: float = 0.0
    between: float = 0.0
    touching: int = 0
    cut_by_edge: int = 0
    holes: int = 0
    spikes: int = 0
    stubble_per_cm2: float = 0.0
    curved: bool = True


CONDITIONS: dict[str, SkinOptions] = {
    "standard": SkinOptions(),
    "noise": SkinOptions(noise_mm=30 * UM),
    "rough": SkinOptions(microrelief_mm=35 * UM),
    "shallow": SkinOptions(depth_factor=0.5),
    "undulation": SkinOptions(undulation=2.0),
    "no undulation": SkinOptions(undulation=0.0),
    "hard": SkinOptions(
        counts=(("icepick", 12), ("boxcar", 9), ("rolling", 6), ("raised", 2)),
        softness=0.5, asymmetry=0.4, between=0.35, touching=3, cut_by_edge=2, holes=6, spikes=60,
        stubble_per_cm2=10, noise_correlation_mm=0.1, lateral_sigma_mm=0.06,
    ),
    "blank": SkinOptions(counts=()),
}  # fmt: skip
_HARD = CONDITIONS["hard"]
CONDITIONS |= {
    "hard noise": replace(_HARD, noise_mm=30 * UM),
    "hard rough": replace(_HARD, microrelief_mm=35 * UM),
    "hard shallow": replace(_HARD, depth_factor=0.5),
    "hard undulation": replace(_HARD, undulation=2.0),
    "everything": replace(_HARD, noise_mm=30 * UM, microrelief_mm=35 * UM, undulation=2.0, depth_factor=0.6),
    "hard blank": replace(_HARD, counts=(), touching=0, cut_by_edge=0),
}

WIDTHS_MM = {"icepick": (0.4, 1.8), "boxcar": (1.5, 4.0), "rolling": (4.0, 7.0), "raised": (1.5, 4.0)}
DEPTHS_MM = {"icepick": (0.25, 1.2), "boxcar": (0.15, 0.9), "rolling": (0.10, 0.45), "raised": (0.15, 0.5)}


@dataclass(frozen=True)
class TrueScar:
    """One drawn scar: its measures by the contract, and its region on the map."""

    kind: str
    x_mm: float
    y_mm: float
    depth_mm: float
    width_mm: float
    area_mm2: float
    volume_mm3: float
    region: np.ndarray
    ambiguous: bool = False
    cut: bool = False


@dataclass(frozen=True)
class GeneratedSkin:
    """A height map (mm, positive outwards) with the scars that are in it."""

    relief_mm: np.ndarray
    valid: np.ndarray
    pixel_mm: float
    scars: tuple[TrueScar, ...] = field(default=())


def make_skin(seed: int, options: SkinOptions = CONDITIONS["standard"]) -> GeneratedSkin:
    """Return one patch of skin; the same seed and options give the same patch."""
    random = np.random.default_rng(seed)
    n = round(options.size_mm / options.pixel_mm)
    base = draw_skin(random, (n, n), options)
    return add_scars(random, base, options)


def add_scars(random: np.random.Generator, base: np.ndarray, options: SkinOptions) -> GeneratedSkin:
    """Return `base` (mm) with scars, lateral transfer, noise, holes and spikes by `options`."""
    n_y, n_x = base.shape
    pixel = options.pixel_mm
    depth_fields, facts = _draw_scars(random, (n_y, n_x), options)
    sigma = options.lateral_sigma_mm / pixel
    total = np.zeros_like(base)
    scars = []
    for depth, fact in zip(depth_fields, facts, strict=True):
        shown = _blur_inside(depth, sigma) if sigma else depth
        total += shown
        scars.append(_true_scar(shown, fact, pixel))
    relief = (ndimage.gaussian_filter(base, sigma, mode="nearest") if sigma else base) - total
    relief = relief + _device_noise(random, relief.shape, options)
    relief, valid = _spoil(random, relief, options)
    return GeneratedSkin(relief, valid, pixel, tuple(scars))


def _blur_inside(depth: np.ndarray, sigma: float) -> np.ndarray:
    pad = int(4 * sigma) + 2
    window = tuple(
        slice(max(0, k.min() - pad), k.max() + pad + 1) for k in (np.nonzero(depth.any(axis=a))[0] for a in (1, 0))
    )
    shown = np.zeros_like(depth)
    shown[window] = ndimage.gaussian_filter(depth[window], sigma)
    return shown


def draw_skin(random: np.random.Generator, shape: tuple[int, int], options: SkinOptions) -> np.ndarray:
    """Return scar-free skin (mm): curvature, undulation, microrelief and pores; no device noise."""
    y, x = _grid(shape, options.pixel_mm)
    skin = np.zeros(shape)
    if options.curved:
        radius_1, radius_2 = random.uniform(45, 140, 2)
        turn = random.uniform(0, np.pi)
        u, v = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
        skin += (
            -(u**2) / (2 * radius_1) - v**2 / (2 * radius_2) + random.normal(0, 0.03) * x + random.normal(0, 0.03) * y
        )
    for low, high, rms in UNDULATION_BANDS:
        skin += options.undulation * rms * band_noise(random, shape, options.pixel_mm, low, high)
    skin += _microrelief(random, shape, options)
    return skin + _pores(random, shape, options)


def band_noise(random, shape, pixel_mm, low_mm, high_mm) -> np.ndarray:
    """Return a Gaussian field of unit rms with wavelengths from `low_mm` to `high_mm`, power falling to the short."""
    padded = tuple(int(s + 2 * high_mm / pixel_mm / 2) for s in shape)
    coarse = max(1, int(low_mm / pixel_mm / 8))
    small = tuple(max(16, p // coarse + 1) for p in padded)
    fy, fx = np.fft.fftfreq(small[0], coarse * pixel_mm)[:, None], np.fft.rfftfreq(small[1], coarse * pixel_mm)[None]
    f = np.hypot(fy, fx)
    gain = np.where((f >= 1 / high_mm) & (f <= 1 / low_mm), np.maximum(f, 1e-9) ** -2.0, 0.0)
    z = np.fft.irfft2(np.fft.rfft2(random.standard_normal(small)) * gain, s=small)
    z /= np.sqrt(_mean_power(gain, small[1]))
    if coarse > 1:
        z = ndimage.zoom(z, coarse, order=3, mode="nearest")
    return z[: shape[0], : shape[1]]


def _mean_power(gain: np.ndarray, columns: int) -> float:
    weight = np.full(gain.shape[1], 2.0)
    weight[0] = 1.0
    if columns % 2 == 0:
        weight[-1] = 1.0
    return float((gain**2 * weight).sum() / (gain.shape[0] * columns))


def _microrelief(random, shape, options) -> np.ndarray:
    pixel = options.pixel_mm
    fine = band_noise(random, shape, pixel, max(0.25, 2.2 * pixel), 1.2)
    ridged = -(np.abs(band_noise(random, shape, pixel, max(0.3, 2.2 * pixel), 1.5)) ** 0.7)
    ridged = (ridged - ridged.mean()) / ridged.std()
    broad = band_noise(random, shape, pixel, 1.2, 4.0)
    z = 0.55 * fine - 0.6 * ridged + 0.58 * broad
    return options.microrelief_mm * z / z.std()


def _pores(random, shape, options) -> np.ndarray:
    pixel = options.pixel_mm
    z = np.zeros(shape)
    count = random.poisson(options.pores_per_cm2 * shape[0] * shape[1] * pixel**2 / 100)
    for _ in range(count):
        cy, cx = random.uniform(0, shape[0]), random.uniform(0, shape[1])
        sigma, depth = random.uniform(0.12, 0.35) / 2.5 / pixel, random.uniform(0.02, 0.10)
        half = int(4 * sigma) + 2
        ys, xs = slice(max(0, int(cy) - half), int(cy) + half), slice(max(0, int(cx) - half), int(cx) + half)
        yy, xx = np.mgrid[ys, xs][:, : shape[0] - ys.start, : shape[1] - xs.start]
        z[ys, xs] -= depth * np.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / (2 * sigma**2))
    return z


def _draw_scars(random, shape, options) -> tuple[list[np.ndarray], list[dict]]:
    size_y, size_x = shape[0] * options.pixel_mm, shape[1] * options.pixel_mm
    kinds = [kind for kind, count in options.counts for _ in range(count)]
    kinds.sort(key=lambda kind: -WIDTHS_MM[kind][1])
    placed: list[tuple[float, float, float]] = []
    fields, facts = [], []
    touching, cut = options.touching, options.cut_by_edge
    for kind in kinds:
        width = random.uniform(*WIDTHS_MM[kind])
        depth = random.uniform(*DEPTHS_MM[kind]) * options.depth_factor
        is_cut = cut > 0 and kind == "boxcar"
        touches = touching > 0 and kind == "icepick" and len(placed) > 0
        place = _find_place(random, placed, width, (size_y, size_x), touches=touches, is_cut=is_cut)
        if place is None:
            continue
        cut, touching = cut - is_cut, touching - touches
        placed.append((*place, width))
        depth_field, ambiguous = _shape(random, shape, place, width, depth, kind, options)
        fields.append(depth_field)
        facts.append({"kind": kind, "ambiguous": ambiguous, "cut": is_cut})
    return fields, facts


def _find_place(random, placed, width, size, *, touches, is_cut):
    for _ in range(4000):
        if is_cut:
            across, along = random.uniform(-0.1, 0.25) * width, random.uniform(width, size[1] - width)
            place = (across, along) if random.uniform() < 0.5 else (along, size[1] - across)
        elif touches:
            y, x, other = placed[int(random.integers(len(placed)))]
            turn, reach = random.uniform(0, 2 * np.pi), 0.5 * (width + other) * random.uniform(0.95, 1.05)
            place = (y + reach * np.sin(turn), x + reach * np.cos(turn))
        else:
            edge = 0.5 * width + 0.6
            place = (random.uniform(edge, size[0] - edge), random.uniform(edge, size[1] - edge))
        gap = 0.0 if touches else 0.7
        inside = is_cut or all(0.5 * width + 0.3 < p < s - 0.5 * width - 0.3 for p, s in zip(place, size, strict=True))
        limit = [0.93 * 0.5 * (width + w) if touches else 0.5 * (width + w) + gap for _, _, w in placed]
        if inside and all(
            np.hypot(place[0] - y, place[1] - x) > apart for (y, x, _), apart in zip(placed, limit, strict=True)
        ):
            return place
    return None


def _shape(random, shape, place, width, depth, kind, options):
    # Drawn in a window (twice the width covers every outline and its softness), then put on the map.
    reach = 1.5 * width / options.pixel_mm + 6
    rows, columns = (
        slice(max(0, int(p / options.pixel_mm - reach)), min(n, int(p / options.pixel_mm + reach) + 2))
        for p, n in zip(place, shape, strict=True)
    )
    y, x = np.mgrid[rows, columns] * options.pixel_mm
    dy, dx = y - place[0], x - place[1]
    turn, aspect = random.uniform(0, np.pi), random.uniform(0.78, 1.0)
    u, v = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
    angle = np.arctan2(v, u)
    outline = 1.0
    for order in (2, 3, 4):
        outline = outline + random.normal(0, 0.05) * np.cos(order * angle + random.uniform(0, 2 * np.pi))
    r = np.hypot(u * np.sqrt(aspect), v / np.sqrt(aspect)) / (0.5 * width * outline)
    if options.asymmetry:
        r = r * (1 + options.asymmetry * random.uniform(0, 0.7) * np.cos(angle - random.uniform(0, 2 * np.pi)))
    family = _profile(random, r, kind)
    ambiguous = False
    if options.between and kind != "raised" and random.uniform() < options.between:
        other = {"icepick": "boxcar", "boxcar": "rolling", "rolling": "boxcar"}[kind]
        family = 0.55 * family + 0.45 * _profile(random, r, other)
        ambiguous = True
    if options.softness:
        sigma = options.softness * random.uniform(0.02, 0.14) * width / options.pixel_mm
        family = ndimage.gaussian_filter(family, sigma)
    whole = np.zeros(shape)
    whole[rows, columns] = (-depth if kind == "raised" else depth) * family / family.max()
    return whole, ambiguous


def _profile(random, r, kind):
    inside = np.clip(1 - r, 0, None)
    if kind == "icepick":
        return inside ** random.uniform(0.9, 1.4)
    if kind == "boxcar":
        wall = random.uniform(0.15, 0.4)
        t = np.clip(inside / wall, 0, 1)
        return t * t * (3 - 2 * t)
    if kind == "raised":
        return np.clip(1 - r**2, 0, None) ** random.uniform(0.8, 1.5)
    return np.where(r < 1, 0.5 * (1 + np.cos(np.pi * np.minimum(r, 1))), 0.0) ** random.uniform(0.8, 1.1)


def measure_field(depth: np.ndarray, pixel_mm: float) -> dict:
    """Return depth, width, area, volume and region of one depth field by the contract (sign kept)."""
    sign = -1.0 if depth.min() < -depth.max() else 1.0
    d = sign * depth
    deepest = float(d.max())
    region = d > 0.1 * deepest
    for _ in range(3):
        values = np.sort(d[region])[::-1]
        deepest = float(values[: max(3, round(0.01 * values.size))].mean())
        region = d > 0.1 * deepest
    area = float(region.sum() * pixel_mm**2)
    return {
        "depth_mm": sign * deepest, "width_mm": 2 * np.sqrt(area / np.pi), "area_mm2": area,
        "volume_mm3": float(depth.sum() * pixel_mm**2), "region": region,
    }  # fmt: skip


def _true_scar(depth: np.ndarray, fact: dict, pixel: float) -> TrueScar:
    measures = measure_field(depth, pixel)
    y, x = np.nonzero(measures["region"])
    return TrueScar(x_mm=float(x.mean() * pixel), y_mm=float(y.mean() * pixel), **measures, **fact)


def _device_noise(random, shape, options) -> np.ndarray:
    white = random.standard_normal(shape)
    if options.noise_correlation_mm:
        smooth = ndimage.gaussian_filter(random.standard_normal(shape), options.noise_correlation_mm / options.pixel_mm)
        white = (white + smooth / smooth.std()) / np.sqrt(2)
    return options.noise_mm * white


def _spoil(random, relief, options) -> tuple[np.ndarray, np.ndarray]:
    relief, valid = relief.copy(), np.ones(relief.shape, bool)
    pixel, shape = options.pixel_mm, relief.shape
    for _ in range(random.poisson(options.stubble_per_cm2 * relief.size * pixel**2 / 100)):
        cy, cx, turn = random.uniform(0, shape[0]), random.uniform(0, shape[1]), random.uniform(0, 2 * np.pi)
        steps = np.arange(0, random.uniform(0.1, 0.5), 0.5 * pixel) / pixel
        ys, xs = (cy + steps * np.sin(turn)).astype(int), (cx + steps * np.cos(turn)).astype(int)
        ok = (ys >= 0) & (xs >= 0) & (ys < shape[0]) & (xs < shape[1])
        relief[ys[ok], xs[ok]] += random.uniform(0.05, 0.25)
    for _ in range(options.spikes):
        relief[random.integers(shape[0]), random.integers(shape[1])] += random.choice([-1, 1]) * random.uniform(0.3, 3)
    for _ in range(options.holes):
        cy, cx, radius = random.uniform(0, shape[0]), random.uniform(0, shape[1]), random.uniform(0.3, 1.5) / pixel
        y, x = np.ogrid[: shape[0], : shape[1]]
        valid &= (y - cy) ** 2 + (x - cx) ** 2 > radius**2
    return np.where(valid, relief, np.nan), valid


def _grid(shape, pixel):
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    return y - y.mean(), x - x.mean()
