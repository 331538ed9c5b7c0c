"""Skin with known scars, varied more widely than the generator of the tests: constants are fitted on both.

Every patch draws its own statistics: how fast the power of the undulation falls with wavelength and how rough each
band is, how furrows and pores look, the family of shapes (cones, bells, bowls, paraboloids, flat floors with walls of
any steepness, and blends), rims, noise, lateral transfer and pixel. The true measures follow the same definitions.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from scars.skin_generator import (
    CONDITIONS,
    GeneratedSkin,
    SkinOptions,
    TrueScar,
    _device_noise,
    _spoil,
    band_noise,
    measure_field,
)

#: Widths (mm) and depths (mm) of each kind.
WIDTHS_MM = {"icepick": (0.4, 1.9), "boxcar": (1.4, 4.2), "rolling": (3.6, 7.5), "raised": (1.3, 4.5)}
DEPTHS_MM = {"icepick": (0.2, 1.3), "boxcar": (0.12, 0.9), "rolling": (0.09, 0.5), "raised": (0.12, 0.6)}
COUNTS = (("rolling", 3), ("boxcar", 5), ("raised", 1), ("icepick", 6))
SIZE_MM = 30.0
#: Share of the patches that the scanner blurs, and of those whose skin is next to flat.
SHARE_BLURRED, SHARE_FLAT = 0.75, 0.12
#: Share of scars that touch another, of narrow pits within a broad scar, of scars cut by the edge.
SHARE_TOUCHING, SHARE_WITHIN, SHARE_CUT = 0.12, 0.2, 0.08
#: The middle of a cut scar lies this part of its width within the edge; that of a pit this part of the width off the
#: middle of the broad scar that it is in, and it is at most this part as wide.
CUT_PARTS, WITHIN_PART, NARROW_PART = (0.02, 0.35), 0.25, 0.35
_SHARES = [SHARE_TOUCHING, SHARE_WITHIN, SHARE_CUT, 1 - SHARE_TOUCHING - SHARE_WITHIN - SHARE_CUT]


def draw_varied_skin(seed: int, *, blank: bool = False) -> GeneratedSkin:
    """Return one patch whose statistics are drawn too; the same seed gives the same patch."""
    random = np.random.default_rng([seed, 77])
    pixel = float(random.choice([0.05, 0.08, 0.1, 0.1]))
    options = replace(
        CONDITIONS["hard"], size_mm=SIZE_MM, pixel_mm=pixel, noise_mm=float(random.choice([0.004, 0.008, 0.015, 0.03])),
        noise_correlation_mm=float(random.choice([0.0, 0.1, 0.15])),
        lateral_sigma_mm=float(random.uniform(0, 0.1)) if random.uniform() < SHARE_BLURRED else 0.0,
        holes=int(random.integers(0, 4)), spikes=int(random.integers(0, 40)),
        stubble_per_cm2=float(random.choice([0, 10])),
        depth_factor=float(random.choice([1.0, 0.8, 0.6, 0.5])),
    )  # fmt: skip
    n = round(SIZE_MM / pixel)
    base = _draw_base(random, (n, n), pixel)
    return add_varied_scars(random, base, options, counts=() if blank else COUNTS)


def draw_structured_skin(seed: int, *, blank: bool = False) -> GeneratedSkin:
    """Return one patch with what real scans show beside scars: folds, stubble, borders that turn away, cut corners.

    Scars of which little is seen are not told: finding them is neither right nor wrong.
    """
    random = np.random.default_rng([seed, 78])
    options = replace(
        CONDITIONS["hard"], size_mm=SIZE_MM, pixel_mm=0.1, noise_mm=float(random.choice([0.0, 0.002, 0.008, 0.02])),
        noise_correlation_mm=0.1, lateral_sigma_mm=float(random.uniform(0.05, 0.15)), holes=int(random.integers(0, 3)),
        spikes=0, stubble_per_cm2=0.0, depth_factor=float(random.choice([1.0, 0.8, 0.6, 0.5])),
    )  # fmt: skip
    n = round(SIZE_MM / options.pixel_mm)
    # Scans of calm, smooth skin are where a fold or a hair stands out most.
    base = _draw_base(random, (n, n), options.pixel_mm)
    base = ndimage.gaussian_filter(base, float(random.choice([0.0, 1.5, 3.0])))
    for _ in range(int(random.integers(0, 4))):
        base += _draw_fold(random, (n, n), options.pixel_mm)
    for _ in range(int(random.integers(0, 3))):
        base += _draw_stubble(random, (n, n), options.pixel_mm)
    fall, seen = _draw_borders(random, (n, n), options.pixel_mm)
    skin = add_varied_scars(random, base + fall, options, counts=() if blank else COUNTS)
    valid = skin.valid & seen
    scars = tuple(
        replace(scar, region=scar.region & valid)
        for scar in skin.scars
        if (scar.region & valid).sum() > 0.5 * scar.region.sum()
    )
    return GeneratedSkin(np.where(valid, skin.relief_mm, np.nan), valid, skin.pixel_mm, scars)


def _draw_fold(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return a long valley (now and then a ridge) across the patch or a part of it, of uneven depth."""
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    middle, turn = random.uniform(0.1, 0.9, 2) * SIZE_MM, random.uniform(0, np.pi)
    along = (x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)
    across = (y - middle[1]) * np.cos(turn) - (x - middle[0]) * np.sin(turn)
    across = across - along**2 / (2 * random.uniform(15, 120)) - 0.3 * np.sin(along / random.uniform(2, 8))
    width = np.exp(random.uniform(np.log(0.15), np.log(1.5)))
    depth = width * random.uniform(0.08, 0.35)
    uneven = 1 + random.uniform(0.1, 0.5) * np.sin(along / random.uniform(0.5, 3) + random.uniform(0, 6))
    ends = 1 / (1 + np.exp((np.abs(along) - random.uniform(4, 40)) / 0.8))
    swelling = 0.4 * np.exp(-((np.abs(across) - 2.5 * width) ** 2) / (2 * width**2))
    fold = depth * uneven * ends * (swelling - np.exp(-(across**2) / (2 * width**2)))
    return fold if random.uniform() < 0.85 else -fold


def _draw_stubble(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return a field of follicles and clumps of hair: bumps, dents beside them, and rough skin between."""
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    middle, reach = random.uniform(0, SIZE_MM, 2), random.uniform(4, 16)
    inside = 1 / (1 + np.exp((np.hypot(y - middle[0], x - middle[1]) - reach) / 0.8))
    field = np.zeros(shape)
    density, height = random.uniform(10, 60), random.uniform(0.03, 0.16)
    for sigma_mm in random.uniform(0.12, 0.4, 3):
        count = random.poisson(density * shape[0] * shape[1] * pixel**2 / 300)
        pulses = np.zeros(shape)
        rows, columns = random.integers(0, shape[0], count), random.integers(0, shape[1], count)
        np.add.at(pulses, (rows, columns), random.uniform(0.3, 1, count) * random.choice([1, 1, 1, -1], count))
        sigma = sigma_mm / pixel
        field += height * ndimage.gaussian_filter(pulses, sigma) * 2 * np.pi * sigma**2
    stretched = ndimage.gaussian_filter(random.standard_normal(shape), random.uniform(2, 7, 2))
    field += random.uniform(0.01, 0.05) * stretched / stretched.std()
    return inside * field


def _draw_borders(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the skin falls away at one to three borders, and what is seen of it."""
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    fall, seen = np.zeros(shape), np.ones(shape, bool)
    for _ in range(int(random.integers(1, 4))):
        turn, away = random.uniform(0, 2 * np.pi), random.uniform(8, 16)
        beyond = (x - SIZE_MM / 2) * np.cos(turn) + (y - SIZE_MM / 2) * np.sin(turn) - away
        side = (y - SIZE_MM / 2) * np.cos(turn) - (x - SIZE_MM / 2) * np.sin(turn)
        beyond = beyond + random.uniform(0, 1.2) * np.sin(side / random.uniform(1, 5) + random.uniform(0, 6))
        bent, radius = np.maximum(beyond, 0), random.uniform(5, 40)
        fall -= 0.0 if random.uniform() < 0.4 else np.minimum(bent**2 / (2 * radius), bent)
        seen &= beyond < random.uniform(0, 8)
    return fall, seen


def add_varied_scars(
    random: np.random.Generator, base: np.ndarray, options: SkinOptions, *, counts: tuple[tuple[str, int], ...] = COUNTS
) -> GeneratedSkin:
    """Return `base` (mm) with scars of varied shape."""
    pixel, sigma = options.pixel_mm, options.lateral_sigma_mm / options.pixel_mm
    relief = ndimage.gaussian_filter(base, sigma, mode="nearest") if sigma > 0 else base.copy()
    placed: list[tuple[float, float, float]] = []
    scars = []
    for kind, count in counts:
        for _ in range(count):
            width = random.uniform(*WIDTHS_MM[kind])
            way = str(random.choice(["touching", "within", "cut", ""], p=_SHARES))
            place = _find_place(random, placed, width, base.shape[0] * pixel, way=way)
            if place is None:
                continue
            placed.append((*place, width))
            depth = random.uniform(*DEPTHS_MM[kind]) * options.depth_factor * (-1 if kind == "raised" else 1)
            field, ambiguous = _draw_scar(random, base.shape, pixel, place, width, kind=kind)
            field = depth * (ndimage.gaussian_filter(field, sigma) if sigma > 0 else field)
            relief -= field
            scars.append(_tell(field, pixel, kind=kind, ambiguous=ambiguous, cut=way == "cut"))
    relief = relief + _device_noise(random, relief.shape, options)
    relief, valid = _spoil(random, relief, options)
    return GeneratedSkin(relief, valid, pixel, tuple(scars))


def _draw_base(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    y, x = y - y.mean(), x - x.mean()
    curve = random.uniform(-1 / 60, 1 / 35, 3)
    skin = -0.5 * (curve[0] * x**2 + curve[1] * y**2) - 0.4 * curve[2] * x * y + random.normal(0, 0.03) * x
    level = np.exp(random.normal(0.2, 0.45)) if random.uniform() > SHARE_FLAT else random.uniform(0, 0.3)
    for low, high, rms in ((3.0, 5.0, 0.008), (4.0, 8.0, 0.02), (8.0, 16.0, 0.068), (16.0, 40.0, 0.15)):
        skin = skin + level * np.exp(random.normal(0, 0.3)) * rms * band_noise(random, shape, pixel, low, high)
    skin = skin + _draw_microrelief(random, shape, pixel)
    return skin + _draw_pores(random, shape, pixel)


def _draw_microrelief(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    finest = max(random.uniform(0.2, 0.5), 2.2 * pixel)
    fine = band_noise(random, shape, pixel, finest, random.uniform(0.9, 1.6))
    furrow = band_noise(random, shape, pixel, finest, random.uniform(1.0, 2.2))
    furrow = np.abs(furrow) ** random.uniform(0.5, 1.0)
    broad = band_noise(random, shape, pixel, random.uniform(0.9, 1.5), random.uniform(3.0, 5.0))
    z = sum(
        random.uniform(0.2, 0.8) * (part - part.mean()) / part.std() for part in (fine, furrow, broad)
    )  # fmt: skip
    return random.uniform(0.010, 0.038) * z / np.std(z)


def _draw_pores(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return pores as pulses blurred by one of three widths each."""
    skin = np.zeros(shape)
    density, deepest = random.uniform(10, 150), random.uniform(0.03, 0.12)
    for sigma_mm in random.uniform(0.04, 0.15, 3):
        count = random.poisson(density * shape[0] * shape[1] * pixel**2 / 300)
        pulses = np.zeros(shape)
        rows, columns = random.integers(0, shape[0], count), random.integers(0, shape[1], count)
        np.add.at(pulses, (rows, columns), random.uniform(0.01, deepest, count))
        sigma = sigma_mm / pixel
        skin -= ndimage.gaussian_filter(pulses, sigma) * 2 * np.pi * max(sigma, 0.4) ** 2
    return skin


def _find_place(random, placed, width: float, size: float, *, way: str) -> tuple[float, float] | None:
    hosts = [one for one in placed if width <= NARROW_PART * one[2]] if way == "within" else []
    for _ in range(400):
        edge = 0.5 * width + 0.4
        place = (random.uniform(edge, size - edge), random.uniform(edge, size - edge))
        others = placed
        if hosts:
            y, x, host = hosts[int(random.integers(len(hosts)))]
            off, turn = random.uniform(0, WITHIN_PART) * host, random.uniform(0, 2 * np.pi)
            place, others = (y + off * np.sin(turn), x + off * np.cos(turn)), [o for o in placed if o != (y, x, host)]
        elif way == "cut":
            across = random.uniform(*CUT_PARTS) * width
            across = across if random.uniform() < 0.5 else size - across
            place = (across, place[1]) if random.uniform() < 0.5 else (place[0], across)
        apart = [0.5 * (width + o) * (0.9 if way == "touching" else 1) + 0.5 * (way != "touching") for *_, o in others]
        if all(np.hypot(place[0] - y, place[1] - x) > a for (y, x, _), a in zip(others, apart, strict=True)):
            return place
    return None


def _draw_scar(random, shape, pixel, place, width, *, kind: str) -> tuple[np.ndarray, bool]:
    """Return the field of one scar (1 at its deepest) and whether its kind is a matter of taste."""
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    dy, dx = y - place[0], x - place[1]
    turn, stretch = random.uniform(0, np.pi), random.uniform(0.72, 1.0)
    u, v = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
    angle = np.arctan2(v, u)
    outline = 1.0 + sum(random.normal(0, 0.05) * np.cos(n * angle + random.uniform(0, 2 * np.pi)) for n in (2, 3, 4, 5))
    r = np.hypot(u * np.sqrt(stretch), v / np.sqrt(stretch)) / (0.5 * width * outline)
    r = r * (1 + random.uniform(0, 0.3) * np.cos(angle - random.uniform(0, 2 * np.pi)))
    field, ambiguous = _draw_family(random, r, kind), False
    if kind != "raised" and random.uniform() < 0.3:
        other = {"icepick": "boxcar", "boxcar": str(random.choice(["rolling", "icepick"])), "rolling": "boxcar"}[kind]
        part = random.uniform(0.25, 0.5)
        field, ambiguous = (1 - part) * field + part * _draw_family(random, r, other), True
    if random.uniform() < 0.6:
        field = ndimage.gaussian_filter(field, random.uniform(0.01, 0.08) * width / pixel)
    return field / field.max(), ambiguous


def _draw_family(random, r: np.ndarray, kind: str) -> np.ndarray:
    inside = np.clip(1 - r, 0, None)
    pick = random.integers(3)
    if kind == "icepick":
        if pick == 2:
            return np.exp(-3.2 * r**2) * (r < 1.15)
        return inside ** random.uniform(0.8, 1.7)
    if kind == "boxcar":
        wall, tilt = random.uniform(0.1, 0.45), random.uniform(0, 0.15)
        t = np.clip(inside / wall, 0, 1)
        rise = t if pick == 0 else t * t * (3 - 2 * t)
        return rise * (1 - tilt * r**2)
    if kind == "raised":
        return np.clip(1 - r**2, 0, None) ** random.uniform(0.7, 1.8)
    if pick == 0:
        return np.clip(1 - r**2, 0, None) ** random.uniform(1.3, 2.2)
    if pick == 1:
        return np.exp(-2.8 * r**2) * np.clip(1.4 - r, 0, 0.3) / 0.3
    return np.where(r < 1, 0.5 * (1 + np.cos(np.pi * np.minimum(r, 1))), 0.0) ** random.uniform(0.75, 1.25)


def _tell(field: np.ndarray, pixel: float, *, kind: str, ambiguous: bool, cut: bool) -> TrueScar:
    measures = measure_field(field, pixel)
    y, x = np.nonzero(measures["region"])
    return TrueScar(
        kind=kind, x_mm=float(x.mean() * pixel), y_mm=float(y.mean() * pixel), ambiguous=ambiguous, cut=cut, **measures
    )
