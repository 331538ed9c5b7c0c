"""Foreign skin: a second generator of scarred skin, made from the definitions alone; fitted on from seed 20000.

Everything is drawn in its own way (furrows between random cells, pores, waves by octave, rays from an off-centre
bottom), so that a finder is not tuned to the first generator alone (`studies/training_skin.py`). The truth of a scar is
its own relief after the lateral transfer of the scanner and before its noise.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import fft, ndimage
from scipy.spatial import cKDTree

from .scarred_skin import COUNTED_PART, MEASURED_PART, Density, GeneratedSkin, TrueScar, frequencies, measured_density

#: Measured rms of the waves of a cheek by wavelength (mm); the longest band is assumed.
WAVE_BANDS_MM = ((4.0, 8.0, 0.020), (8.0, 16.0, 0.068), (16.0, 40.0, 0.150))
#: Kind -> (narrowest, widest), (shallowest, deepest), mm.
SIZES_MM: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "icepick": ((0.4, 1.8), (0.25, 1.2)),
    "boxcar": ((1.5, 4.0), (0.15, 0.9)),
    "rolling": ((4.0, 7.0), (0.10, 0.45)),
    "raised": ((1.5, 4.5), (0.15, 0.5)),
}
#: Share of the way from rim to bottom that is wall: all of it for a pit or a bowl, little for a box.
_WALL_SHARE = {"icepick": (0.80, 1.0), "boxcar": (0.15, 0.35), "rolling": (0.90, 1.0), "raised": (0.6, 1.0)}
_NEIGHBOUR = {"icepick": "boxcar", "boxcar": "rolling", "rolling": "boxcar"}
_MARGIN_MM = 2.0
_DEEPEST_PART, _FEWEST_DEEPEST, _REGION_PART = 0.01, 3, 0.1


@dataclass(frozen=True)
class ForeignOptions:
    """What to draw. `waves` multiplies the undulation, `depth` every scar."""

    size_mm: tuple[float, float] = (40.0, 40.0)
    pixel_mm: float = 0.05
    counts: tuple[tuple[str, int], ...] = (("icepick", 12), ("boxcar", 9), ("rolling", 6), ("raised", 2))
    depth: float = 1.0
    waves: float = 1.0
    furrows_mm: float = 0.018
    noise_mm: float = 0.008
    pores_per_cm2: float = 60.0
    half_contrast_per_mm: tuple[float, float] = (2.5, 4.5)
    between: float = 0.25
    touching: int = 3
    nested: int = 2
    at_edge: int = 2
    holes: int = 4
    spikes: int = 40
    stubble: int = 40
    curved: bool = True


_STANDARD = ForeignOptions()
CONDITIONS: Mapping[str, ForeignOptions] = {
    "standard": _STANDARD,
    "noisy": replace(_STANDARD, noise_mm=0.030),
    "rough": replace(_STANDARD, furrows_mm=0.035),
    "shallow": replace(_STANDARD, depth=0.5),
    "undulation": replace(_STANDARD, waves=2.0),
    "everything": replace(_STANDARD, noise_mm=0.030, furrows_mm=0.035, depth=0.5, waves=2.0),
    "blank": replace(_STANDARD, counts=()),
}
WHOLE_FACE = replace(
    _STANDARD,
    size_mm=(180.0, 150.0),
    pixel_mm=0.1,
    counts=tuple((kind, 12 * n) for kind, n in _STANDARD.counts),
    touching=30,
    nested=12,
)
#: What is put into a patch of real skin: that has its own form, waves, furrows and noise.
CHEEK = ForeignOptions(
    pixel_mm=0.1,
    counts=(("icepick", 7), ("boxcar", 5), ("rolling", 3)),
    noise_mm=0.0,
    holes=0,
    spikes=0,
    stubble=0,
    touching=1,
    nested=1,
    at_edge=1,
)


def make_skin(seed: int, options: ForeignOptions = _STANDARD) -> GeneratedSkin:
    """Return one patch of skin; the same seed and options give the same patch."""
    rng = np.random.default_rng([0xF0E1, seed])
    pixel = options.pixel_mm
    margin = round(_MARGIN_MM / pixel)
    whole = round(options.size_mm[0] / pixel) + 2 * margin, round(options.size_mm[1] / pixel) + 2 * margin
    skin = draw_waves(rng, whole, pixel) * options.waves
    skin += draw_furrows(rng, whole, pixel) * options.furrows_mm
    skin -= draw_pores(rng, whole, pixel, options.pores_per_cm2)
    if options.curved:
        skin += draw_form(rng, whole, pixel)
    transfer = rng.uniform(*options.half_contrast_per_mm)
    skin = apply_transfer(skin, pixel, transfer)[margin:-margin, margin:-margin]
    return put_scars(rng, skin, options, transfer)


def put_scars(
    rng: np.random.Generator, skin: np.ndarray, options: ForeignOptions, half_contrast_per_mm: float
) -> GeneratedSkin:
    """Return `skin` [y x], mm, with scars, device noise, spikes, stubble and holes."""
    placed = place_scars(rng, skin.shape, options)
    drawn = [draw_scar(rng, one, skin.shape, options, half_contrast_per_mm) for one in placed]
    relief = skin + draw_noise(rng, skin.shape, options)
    for one in drawn:
        relief[one.place] -= one.field_mm
    _add_stubble(rng, relief, options)
    _add_spikes(rng, relief, options)
    valid = _draw_seen(rng, skin.shape, options)
    relief[~valid] = np.nan
    told = [_tell_truth(one, valid, options.pixel_mm) for one in drawn]
    hidden = np.zeros(valid.shape, bool)
    for scar, share in told:
        hidden |= scar.region if share < COUNTED_PART else False
    scars = tuple(scar for scar, share in told if share >= COUNTED_PART)
    return GeneratedSkin(relief, valid, options.pixel_mm, scars, hidden)


# -- skin ---------------------------------------------------------------------------------------------------------


@functools.cache
def background_density(options: ForeignOptions) -> Density:
    """Return the power density of skin without scars, from patches of it."""
    plain = replace(options, counts=(), curved=False, spikes=0, stubble=0, holes=0)
    return measured_density((make_skin(90_000 + seed, plain).relief_mm for seed in range(3)), options.pixel_mm)


def draw_form(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return a bent form: radii of curvature 45-140 mm in turned directions, slightly skewed, tilted."""
    y, x = (np.indices(shape) - (np.array(shape)[:, None, None] - 1) / 2) * pixel
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    first, second = rng.uniform(45, 140, 2)
    skew = rng.normal(0, 1.5e-5, 2)
    tilt = rng.normal(0, 0.05, 2)
    return -(u**2) / (2 * first) - v**2 / (2 * second) + skew[0] * u**3 + skew[1] * v**3 + tilt[0] * u + tilt[1] * v


def draw_waves(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return the undulation: Gaussian waves in three bands of wavelength, each with its measured rms (on average)."""
    large = tuple(fft.next_fast_len(k + round(20 / pixel)) for k in shape)
    f = frequencies(large, pixel)
    total = np.zeros(large)
    for shortest, longest, rms in WAVE_BANDS_MM:
        inside = (f > 1 / longest) & (f <= 1 / shortest)
        # Equal power in every octave: 1/f2 over the plane.
        amplitude = np.divide(1.0, f, out=np.zeros_like(f), where=inside)
        gain = rms / np.sqrt((amplitude**2).sum() / f.size)
        total += fft.ifft2(fft.fft2(rng.standard_normal(large)) * amplitude * gain).real
    return total[: shape[0], : shape[1]]


def draw_furrows(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return the furrow network of rms 1: coarse and fine furrows between random cells, stretched in one direction."""
    y, x = np.indices(shape) * pixel
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(1.0, 1.6)
    total = np.zeros(shape)
    for cell_mm, width_mm, share in ((1.3, 0.10, 1.0), (0.55, 0.05, 0.5)):
        warp = [0.25 * cell_mm * _soft_noise(rng, shape, cell_mm / pixel) for _ in range(2)]
        u = (x + warp[0]) * np.cos(turn) + (y + warp[1]) * np.sin(turn)
        v = ((y + warp[1]) * np.cos(turn) - (x + warp[0]) * np.sin(turn)) * stretch
        reach = np.hypot(*shape) * pixel * stretch
        seeds = rng.uniform(-reach, reach, (int((2 * reach / cell_mm) ** 2), 2))
        near, _ = cKDTree(seeds).query(np.column_stack([u.ravel(), v.ravel()]), k=2)
        gap = (near[:, 1] - near[:, 0]).reshape(shape)
        strength = np.clip(1 + 0.5 * _soft_noise(rng, shape, 3 * cell_mm / pixel), 0.1, None)
        total -= share * strength / (1 + (gap / (2 * width_mm)) ** 2)
    total += 0.3 * total.std() * _soft_noise(rng, shape, 0.12 / pixel)
    # What is longer than four millimetres belongs to the waves.
    total -= ndimage.gaussian_filter(total, 1.0 / pixel)
    return total / total.std()


def draw_pores(rng: np.random.Generator, shape: tuple[int, int], pixel: float, per_cm2: float) -> np.ndarray:
    """Return the depth of pores: round, small, a few of them wide."""
    total = np.zeros(shape)
    count = rng.poisson(per_cm2 * shape[0] * shape[1] * pixel**2 / 100)
    for _ in range(count):
        width = np.clip(rng.lognormal(np.log(0.22), 0.3), 0.1, 0.55)
        depth = np.clip(rng.lognormal(np.log(0.030), 0.5), 0.005, 0.10)
        row, column = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        reach = int(width / pixel) + 2
        rows = np.arange(max(0, int(row) - reach), min(shape[0], int(row) + reach))
        columns = np.arange(max(0, int(column) - reach), min(shape[1], int(column) + reach))
        square = ((rows[:, None] - row) ** 2 + (columns - column) ** 2) * (2 * pixel / width) ** 2
        total[np.ix_(rows, columns)] += depth * np.exp(-1.5 * square)
    return total


def draw_noise(rng: np.random.Generator, shape: tuple[int, int], options: ForeignOptions) -> np.ndarray:
    """Return device noise of rms `noise_mm`: half of its power white, half correlated over 0.1-0.3 mm."""
    if options.noise_mm == 0:
        return np.zeros(shape)
    reach = rng.uniform(0.1, 0.3) / options.pixel_mm / 2
    part = options.noise_mm / np.sqrt(2)
    return part * rng.standard_normal(shape) + part * _soft_noise(rng, shape, reach)


def _soft_noise(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> np.ndarray:
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    # Its expected rms, not its own: a small patch holds few independent values.
    return noise * 2 * np.sqrt(np.pi) * sigma if sigma > 0.6 else noise / noise.std()


# -- the scanner --------------------------------------------------------------------------------------------------


def apply_transfer(field: np.ndarray, pixel: float, half_contrast_per_mm: float) -> np.ndarray:
    """Return `field` as the scanner shows it: contrast exp(-ln 2 (f/f50)^1.5)."""
    pad = round(1.0 / pixel)
    padded = np.pad(field, pad, mode="reflect")
    contrast = np.exp(-np.log(2) * (frequencies(padded.shape, pixel) / half_contrast_per_mm) ** 1.5)
    return fft.ifft2(fft.fft2(padded) * contrast).real[pad:-pad, pad:-pad]


def _add_stubble(rng: np.random.Generator, relief: np.ndarray, options: ForeignOptions) -> None:
    pixel = options.pixel_mm
    for _ in range(options.stubble):
        start = rng.uniform(0, 1, 2) * relief.shape
        turn, length, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.5), rng.uniform(0.05, 0.2)
        steps = np.arange(0, length / pixel, 0.4)
        at = np.round(start + steps[:, None] * [np.sin(turn), np.cos(turn)]).astype(int)
        at = at[((at >= 0) & (at < relief.shape)).all(axis=1)]
        hair = np.zeros(relief.shape, bool)
        hair[at[:, 0], at[:, 1]] = True
        relief[hair] += height


def _add_spikes(rng: np.random.Generator, relief: np.ndarray, options: ForeignOptions) -> None:
    rows, columns = (rng.integers(0, n, options.spikes) for n in relief.shape)
    relief[rows, columns] += rng.choice([-1, 1], options.spikes) * rng.uniform(0.1, 1.0, options.spikes)


def _draw_seen(rng: np.random.Generator, shape: tuple[int, int], options: ForeignOptions) -> np.ndarray:
    seen = np.ones(shape, bool)
    y, x = np.indices(shape) * options.pixel_mm
    for _ in range(options.holes):
        row, column = rng.uniform(0, 1, 2) * shape * np.float64(options.pixel_mm)
        high, wide = rng.uniform(0.3, 1.5, 2)
        seen &= ((y - row) / high) ** 2 + ((x - column) / wide) ** 2 > 1
    return seen


# -- scars --------------------------------------------------------------------------------------------------------


class Placed(NamedTuple):
    """A scar before it is drawn: what it is and where (mm)."""

    kind: str
    width_mm: float
    depth_mm: float
    wall_share: float
    y_mm: float
    x_mm: float
    ambiguous: bool


class Drawn(NamedTuple):
    """A scar as the scanner shows it: its relief (mm, positive downwards) at `place` of the map."""

    scar: Placed
    place: tuple[slice, slice]
    field_mm: np.ndarray
    whole_pixels: int  # of its region, with what lies beyond the map


def place_scars(rng: np.random.Generator, shape: tuple[int, int], options: ForeignOptions) -> list[Placed]:
    """Return the scars with their places: widest first, apart from each other but for the ones meant to touch."""
    drawn = [_draw_kind(rng, kind, options) for kind, count in options.counts for _ in range(count)]
    drawn.sort(key=lambda one: -one.width_mm)
    size = np.array(shape) * options.pixel_mm
    special = _choose_special(rng, drawn, options)
    placed: list[Placed] = []
    for number, one in enumerate(drawn):
        for _ in range(3000):
            y, x = _propose(rng, one, special.get(number, ""), placed, size)
            inside = 0 <= y <= size[0] and 0 <= x <= size[1]
            if inside and _fits(one, y, x, special.get(number, ""), placed):
                placed.append(one._replace(y_mm=float(y), x_mm=float(x)))
                break
    return placed


def _draw_kind(rng: np.random.Generator, kind: str, options: ForeignOptions) -> Placed:
    (narrow, wide), (shallow, deep) = SIZES_MM[kind]
    share = rng.uniform(*_WALL_SHARE[kind])
    # A pit is deeper where it is wider, loosely; broad scars have any depth.
    place, tied = rng.uniform(), 0.5 if kind == "icepick" else 0.0
    width = narrow + (wide - narrow) * place
    depth = shallow + (deep - shallow) * (tied * place + (1 - tied) * rng.uniform())
    blend = kind in _NEIGHBOUR and rng.uniform() < options.between
    if blend:
        other, part = _NEIGHBOUR[kind], rng.uniform(0.3, 0.6)
        share = (1 - part) * share + part * rng.uniform(*_WALL_SHARE[other])
        width = float(np.exp((1 - part) * np.log(width) + part * np.log(rng.uniform(*SIZES_MM[other][0]))))
    return Placed(kind, float(width), float(depth * options.depth), float(share), 0.0, 0.0, blend)


def _choose_special(rng: np.random.Generator, drawn: list[Placed], options: ForeignOptions) -> dict[int, str]:
    """Return number -> "nested" (a narrow scar in a wide one), "touching" or "edge"."""
    wide = [k for k, one in enumerate(drawn) if one.kind == "rolling"]
    narrow = [k for k, one in enumerate(drawn) if one.kind == "icepick" and one.width_mm < 1.4]
    special = {int(k): "nested" for k in rng.permutation(narrow)[: options.nested if wide else 0]}
    rest = [k for k in range(1, len(drawn)) if k not in special and drawn[k].kind != "raised"]
    rest = [int(k) for k in rng.permutation(rest)]
    special |= dict.fromkeys(rest[: options.touching], "touching")
    return special | dict.fromkeys(rest[options.touching : options.touching + options.at_edge], "edge")


def _propose(
    rng: np.random.Generator, one: Placed, special: str, placed: list[Placed], size: np.ndarray
) -> tuple[float, float]:
    if special == "edge":
        along, across = rng.uniform(0.1, 0.9), rng.uniform(-0.1, 0.35) * one.width_mm
        side = rng.integers(4)
        point = (abs(across), along * size[1]) if side < 2 else (along * size[0], abs(across))
        return (size[0] - point[0], point[1]) if side == 1 else (point[0], size[1] - point[1]) if side == 3 else point
    hosts = [p for p in placed if p.kind == "rolling"] if special == "nested" else placed if special else []
    if hosts:
        host, turn = hosts[rng.integers(len(hosts))], rng.uniform(0, 2 * np.pi)
        apart = rng.uniform(0, 0.25) * host.width_mm if special == "nested" else rng.uniform(0.44, 0.5) * (
            host.width_mm + one.width_mm
        )  # fmt: skip
        return host.y_mm + apart * np.sin(turn), host.x_mm + apart * np.cos(turn)
    away = 0.55 * one.width_mm + 0.3
    return rng.uniform(away, size[0] - away), rng.uniform(away, size[1] - away)


def _fits(one: Placed, y: float, x: float, special: str, placed: list[Placed]) -> bool:
    gaps = [np.hypot(p.y_mm - y, p.x_mm - x) - 0.55 * (p.width_mm + one.width_mm) for p in placed]
    near = sorted(gaps)
    if special in ("nested", "touching") and near:
        near = near[1:]  # its host
    return not near or near[0] > 0.3


def draw_scar(
    rng: np.random.Generator, one: Placed, shape: tuple[int, int], options: ForeignOptions, half_contrast: float
) -> Drawn:
    """Return one scar as the scanner shows it."""
    pixel, radius = options.pixel_mm, one.width_mm / 2
    reach = int((1.6 * radius + 1.2) / pixel)
    row, column = int(one.y_mm / pixel), int(one.x_mm / pixel)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1] * pixel
    local = draw_shape(rng, y + row * pixel - one.y_mm, x + column * pixel - one.x_mm, one)
    soft = rng.uniform(0, 0.06) * one.width_mm / pixel
    local = apply_transfer(ndimage.gaussian_filter(local, soft), pixel, half_contrast)
    local[np.abs(local) < 1e-5] = 0.0
    rows = slice(max(0, row - reach), min(shape[0], row + reach + 1))
    columns = slice(max(0, column - reach), min(shape[1], column + reach + 1))
    top, left = row - reach, column - reach
    seen = local[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    whole = int(measure_field(local, pixel)[4].sum())
    return Drawn(one, (rows, columns), -seen if one.kind == "raised" else seen, whole)


def draw_shape(rng: np.random.Generator, y: np.ndarray, x: np.ndarray, one: Placed) -> np.ndarray:
    """Return the depth of a scar around the origin: uneven outline, bottom off the middle, one wall softer."""
    radius = one.width_mm / 2
    stretch, turn = rng.uniform(1.0, 1.3), rng.uniform(0, np.pi)
    off = rng.uniform(0, 0.2) * radius
    side = rng.uniform(0, 2 * np.pi)
    dy, dx = y - off * np.sin(side), x - off * np.cos(side)
    distance, angle = np.hypot(dy, dx), np.arctan2(dy, dx)
    rim = radius / np.sqrt(np.cos(angle - turn) ** 2 / stretch + np.sin(angle - turn) ** 2 * stretch)
    for wave in range(2, 6):
        rim = rim * (1 + rng.normal(0, 0.05 / wave) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi)))
    rim = rim - off * np.cos(angle - side)  # the outline stays where it was; the bottom has moved
    way = np.clip(1 - distance / rim, 0, 1)
    softer = rng.uniform(0, 0.35) * np.cos(angle - rng.uniform(0, 2 * np.pi))
    profile = wall_profile(way, np.clip(one.wall_share * (1 + softer), 0.08, 1.0), pointed=one.kind == "icepick")
    return one.depth_mm * profile


def wall_profile(way: np.ndarray, wall_share: np.ndarray | float, *, pointed: bool) -> np.ndarray:
    """Return the relative depth (0-1) at `way` (0 rim, 1 bottom): a wall of `wall_share` of the way, then floor."""
    up = np.clip(way / wall_share, 0, 1)
    bowl = up**2 * (3 - 2 * up)
    return 0.5 * bowl + 0.5 * up if pointed else bowl


def measure_field(field: np.ndarray, pixel: float) -> tuple[float, float, float, float, np.ndarray]:
    """Return depth, width, area, volume (contract) and the region of one relief, positive downwards."""
    values = np.sort(field.ravel())[::-1]
    depth, region = values[0], field > _REGION_PART * values[0]
    for _ in range(8):  # the region hangs on the depth and the depth on the region
        deepest = max(_FEWEST_DEEPEST, round(_DEEPEST_PART * region.sum()))
        depth = float(values[:deepest].mean())
        region = field > _REGION_PART * depth
    area = region.sum() * pixel**2
    return depth, 2 * float(np.sqrt(area / np.pi)), float(area), float(field.sum() * pixel**2), region


def _tell_truth(drawn: Drawn, valid: np.ndarray, pixel: float) -> tuple[TrueScar, float]:
    """Return the scar as far as it lies on the map, and which part of its region is seen."""
    kind, sign = drawn.scar.kind, -1 if drawn.scar.kind == "raised" else 1
    depth, width, area, volume, own = measure_field(sign * drawn.field_mm, pixel)
    region = np.zeros(valid.shape, bool)
    region[drawn.place] = own
    region &= valid
    share = float(region.sum()) / drawn.whole_pixels
    told = TrueScar(
        kind, sign * depth, width, area, sign * volume, region, drawn.scar.ambiguous, share < MEASURED_PART,
        drawn.place, drawn.field_mm.astype(np.float32),
    )  # fmt: skip
    return told, share
