"""Skin with known scars, varied more widely than the generator of the tests: constants are fitted on both.

Every patch draws its own statistics: how fast the power of the undulation falls with wavelength and how rough each
band is and how much it wanders, how furrows and pores look, the family of shapes (cones, bells, bowls, paraboloids,
flat floors with walls of any steepness, soft feet, funnels, tents, two lows, and blends; tilted, ragged, long, in
parallel pairs), rims, noise, stripes of light, lateral transfer and pixel. The true measures follow the same
definitions.
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
COUNTS = (("rolling", 3), ("boxcar", 5), ("raised", 2), ("icepick", 6))
SIZE_MM = 30.0
#: Share of the patches that the scanner blurs, and of those whose skin is next to flat.
SHARE_BLURRED, SHARE_FLAT = 0.75, 0.12
#: Share of scars that touch another, of narrow pits within a broad scar, of scars cut by the edge.
SHARE_TOUCHING, SHARE_WITHIN, SHARE_CUT = 0.12, 0.2, 0.08
#: The middle of a cut scar lies this part of its width within the edge; that of a pit this part of the width off the
#: middle of the broad scar that it is in, and it is at most this part as wide.
CUT_PARTS, WITHIN_PART, NARROW_PART = (0.02, 0.35), 0.25, 0.35
#: Share of boxcars that are grooves, how long over wide these are; of which another lies beside, so many widths away.
SHARE_GROOVE, GROOVE_LONG, SHARE_PAIR, PAIR_APART = 0.15, (2.2, 4.2), 0.6, (1.0, 1.6)
#: Share of scars with a leaning floor or with a ragged outline, and of scans with stripes of light, mm deep.
SHARE_LEANING, SHARE_RAGGED, SHARE_STRIPES, STRIPES_MM = 0.4, 0.35, 0.3, (0.001, 0.006)
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
            for field, ambiguous, is_cut in _draw_scars(random, base.shape, pixel, place, width, kind=kind):
                seen = depth * (ndimage.gaussian_filter(field, sigma) if sigma > 0 else field)
                relief -= seen
                scars.append(_tell(seen, pixel, kind=kind, ambiguous=ambiguous, cut=way == "cut" or is_cut))
    if random.uniform() < SHARE_STRIPES:
        relief = relief + _draw_stripes(random, base.shape, pixel)
    relief = relief + _device_noise(random, relief.shape, options)
    relief, valid = _spoil(random, relief, options)
    return GeneratedSkin(relief, valid, pixel, tuple(scars))


def _draw_base(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    y, x = y - y.mean(), x - x.mean()
    curve = random.uniform(-1 / 60, 1 / 35, 3)
    skin = -0.5 * (curve[0] * x**2 + curve[1] * y**2) - 0.4 * curve[2] * x * y + random.normal(0, 0.03) * x
    level = np.exp(random.normal(0.2, 0.45)) if random.uniform() > SHARE_FLAT else random.uniform(0, 0.3)
    wander = np.exp(random.uniform(0, 0.35) * band_noise(random, shape, pixel, 10.0, 30.0))
    for low, high, rms in ((3.0, 5.0, 0.008), (4.0, 8.0, 0.02), (8.0, 16.0, 0.068), (16.0, 40.0, 0.15)):
        skin = skin + level * wander * np.exp(random.normal(0, 0.3)) * rms * band_noise(random, shape, pixel, low, high)
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


def _draw_stripes(random: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return what is left of stripes of projected light."""
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    turn, period = random.choice([0.0, np.pi / 2]), random.uniform(0.4, 2.5)
    phase = 2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / period + random.uniform(0, 6)
    return random.uniform(*STRIPES_MM) * np.sin(phase)


def _draw_scars(random, shape, pixel, place, width, *, kind: str) -> list[tuple[np.ndarray, bool, bool]]:
    """Return field (1 at its deepest), whether the kind is a matter of taste, and whether the edge cuts it; of grooves
    now and then a second one beside the first."""
    if kind != "boxcar" or random.uniform() > SHARE_GROOVE:
        return [(*_draw_scar(random, shape, pixel, place, width, kind=kind), False)]
    turn, long = random.uniform(0, np.pi), random.uniform(*GROOVE_LONG)
    places = [place]
    if random.uniform() < SHARE_PAIR:
        away = random.uniform(*PAIR_APART) * width / np.sqrt(long)
        places.append((place[0] + away * np.cos(turn), place[1] - away * np.sin(turn)))
    reach = 0.6 * width * np.sqrt(long)
    size = shape[0] * pixel
    return [
        (
            *_draw_scar(random, shape, pixel, one, width, kind=kind, turn=turn, long=long),
            not _lies_inside(one, reach, size),
        )
        for one in places
        if _lies_inside(one, 0.3 * width, size)
    ]


def _lies_inside(place: tuple[float, float], reach: float, size: float) -> bool:
    return all(reach < at < size - reach for at in place)


def _draw_scar(
    random, shape, pixel, place, width, *, kind: str, turn: float | None = None, long: float = 0.0
) -> tuple[np.ndarray, bool]:
    """Return the field of one scar (1 at its deepest) and whether its kind is a matter of taste."""
    y, x = np.mgrid[: shape[0], : shape[1]] * pixel
    dy, dx = y - place[0], x - place[1]
    turn = random.uniform(0, np.pi) if turn is None else turn
    stretch = 1 / long if long else random.uniform(0.6, 1.0)
    u, v = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
    if random.uniform() < 0.2:
        v = v - random.uniform(-0.4, 0.4) * u**2 / width
    angle = np.arctan2(v, u)
    outline = 1.0 + sum(random.normal(0, 0.05) * np.cos(n * angle + random.uniform(0, 2 * np.pi)) for n in (2, 3, 4, 5))
    if random.uniform() < SHARE_RAGGED:
        rough = random.uniform(0.01, 0.035)
        outline = outline + sum(
            random.normal(0, rough) * np.cos(n * angle + random.uniform(0, 2 * np.pi)) for n in (6, 7, 9, 12)
        )
    r = np.hypot(u * np.sqrt(stretch), v / np.sqrt(stretch)) / (0.5 * width * outline)
    r = r * (1 + random.uniform(0, 0.3) * np.cos(angle - random.uniform(0, 2 * np.pi)))
    field, ambiguous = _draw_family(random, r, kind), bool(long)
    if kind == "rolling" and random.uniform() < 0.15:
        field = field + random.uniform(0.2, 0.6) * _draw_two_lows(random, u / width, v / width)
    if kind != "raised" and random.uniform() < 0.3:
        other = {"icepick": "boxcar", "boxcar": str(random.choice(["rolling", "icepick"])), "rolling": "boxcar"}[kind]
        part = random.uniform(0.25, 0.5)
        field, ambiguous = (1 - part) * field + part * _draw_family(random, r, other), True
    if random.uniform() < SHARE_LEANING:
        fall, way = random.uniform(0, 0.2), random.uniform(0, 2 * np.pi)
        field = field * (1 + fall * np.clip((u * np.cos(way) + v * np.sin(way)) / (0.5 * width), -1.5, 1.5))
    if random.uniform() < 0.6:
        field = ndimage.gaussian_filter(field, random.uniform(0.01, 0.08) * width / pixel)
    return field / field.max(), ambiguous


def _draw_two_lows(random, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return two dents of like depth at either side of the middle; places in widths."""
    apart, size = random.uniform(0.2, 0.32), random.uniform(0.12, 0.2)
    near, far = (np.exp(-((u - side * apart) ** 2 + v**2) / (2 * size**2)) for side in (1, -1))
    return near + random.uniform(0.6, 1.0) * far


def _soft_foot(random, r: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return a bell whose foot falls as a power of the distance, a tenth at 1, and ends."""
    power = random.uniform(low, high)
    half = 9 ** (-1 / power)
    foot = 1 / (1 + (r / half) ** power)
    return foot * np.clip((random.uniform(2.0, 3.2) - r) / 0.8, 0, 1)


def _stretched_bell(random, r: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return exp(-(a r)^p), a tenth at 1."""
    return np.exp(-np.log(10) * np.minimum(r, 5) ** random.uniform(low, high))


def _draw_family(random, r: np.ndarray, kind: str) -> np.ndarray:
    inside = np.clip(1 - r, 0, None)
    pick = random.integers(6)
    if kind == "icepick":
        if pick == 2:
            return np.exp(-3.2 * r**2) * (r < 1.15)
        if pick == 3:  # a shaft in a wide mouth
            mouth, part = random.uniform(1.1, 1.7), random.uniform(0.15, 0.5)
            shaft = np.clip(1 - r / random.uniform(0.5, 0.9), 0, None) ** random.uniform(0.8, 1.4)
            return (1 - part) * shaft + part * np.exp(-0.5 * (2.6 * r / mouth) ** 2)
        if pick == 4:
            return _soft_foot(random, r, 2.6, 4.5)
        if pick == 5:
            return _stretched_bell(random, r, 1.1, 2.4)
        return inside ** random.uniform(0.8, 1.7)
    if kind == "boxcar":
        if pick == 5:
            return _stretched_bell(random, r, 4.0, 9.0)
        wall, tilt = random.uniform(0.1, 0.45), random.uniform(0, 0.15)
        t = np.clip(inside / wall, 0, 1)
        rise = t if pick < 2 else t * t * (3 - 2 * t)
        return rise * (1 - tilt * r**2)
    if kind == "raised":
        if pick >= 4:
            return _stretched_bell(random, r, 1.8, 5.0)
        return _soft_foot(random, r, 5.0, 9.0) if pick == 3 else np.clip(1 - r**2, 0, None) ** random.uniform(0.7, 1.8)
    if pick == 0:
        return np.clip(1 - r**2, 0, None) ** random.uniform(1.3, 2.2)
    if pick == 1:
        return np.exp(-2.8 * r**2) * np.clip(1.4 - r, 0, 0.3) / 0.3
    if pick == 2:  # a tent, as of skin tied down in the middle
        return np.clip(1 - (r / 1.05) ** random.uniform(0.9, 1.7), 0, None)
    if pick == 3:
        return _stretched_bell(random, r, 1.7, 3.0)
    return np.where(r < 1, 0.5 * (1 + np.cos(np.pi * np.minimum(r, 1))), 0.0) ** random.uniform(0.75, 1.25)


def _tell(field: np.ndarray, pixel: float, *, kind: str, ambiguous: bool, cut: bool) -> TrueScar:
    measures = measure_field(field, pixel)
    y, x = np.nonzero(measures["region"])
    return TrueScar(
        kind=kind, x_mm=float(x.mean() * pixel), y_mm=float(y.mean() * pixel), ambiguous=ambiguous, cut=cut, **measures
    )
