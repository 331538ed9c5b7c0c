"""A fourth generator of scarred skin: written from the definitions and conditions alone, fitted on by nothing.

It shares with the others what a generator gives (`scars.scarred_skin`) and nothing of how skin and scars are drawn:
see `scars.fourth_shapes`, `scars.fourth_places` and `scars.fourth_relief`. Truth is the relief of the scars alone after
the lateral transfer: the depth is that of the contract; a pixel of two touching scars belongs to the one that is
deeper there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from .fourth_places import MARGIN_MM, Ground, Laid
from .fourth_relief import (
    Lens,
    add_spikes,
    draw_form,
    draw_furrows,
    draw_lens,
    draw_lines,
    draw_noise,
    draw_pores,
    draw_stubble,
    draw_undulation,
    draw_unseen,
    noise_density,
    undulation_density,
)
from .fourth_shapes import Shape, draw_shape, equal_width, measure_by_contract
from .scarred_skin import COUNTED_PART, MEASURED_PART, Density, GeneratedSkin, TrueScar, measured_density

BETWEEN_PART = 0.25  # of the pits: drawn between two kinds
_MEETING_POWER = 4  # Where two pits meet their relief joins smoothly: the power of the sum of powers.


@dataclass(frozen=True)
class FourthOptions:
    """What a patch is like; lengths in mm."""

    size_mm: tuple[float, float] = (40.0, 40.0)
    pixel_mm: float = 0.05
    counts: tuple[tuple[str, int], ...] = (("icepick", 12), ("boxcar", 9), ("rolling", 6), ("raised", 2))
    touching: int = 3
    at_edge: int = 2
    depth: float = 1.0
    waves: float = 1.0
    lines_mm: float = 0.018
    noise_mm: float = 0.008
    curved: bool = True
    pores_per_cm2: float = 40.0
    furrows: float = 1.0
    stubble_per_cm2: float = 8.0
    holes: int = 4
    spikes: int = 20
    effaced: tuple[float, float] = (0.0, 0.8)  # part of the skin lines that a scar has lost
    half_contrast_per_mm: tuple[float, float] = (2.2, 5.0)


_STANDARD = FourthOptions()
CONDITIONS: Mapping[str, FourthOptions] = {
    "standard": _STANDARD,
    "noisy": replace(_STANDARD, noise_mm=0.030),
    "rough": replace(_STANDARD, lines_mm=0.035),
    "shallow": replace(_STANDARD, depth=0.5),
    "undulation": replace(_STANDARD, waves=2.0),
    "everything": replace(_STANDARD, noise_mm=0.030, lines_mm=0.035, depth=0.5, waves=2.0),
    "blank": replace(_STANDARD, counts=(), touching=0, at_edge=0),
}
WHOLE_FACE = replace(
    _STANDARD,
    size_mm=(150.0, 180.0),
    pixel_mm=0.1,
    counts=tuple((kind, 12 * number) for kind, number in _STANDARD.counts),
    touching=36,
    at_edge=4,
    holes=60,
    furrows=15.0,
    spikes=100,
)
#: What is put into a patch of real skin: that has its own form, waves, lines and noise.
CHEEK = FourthOptions(
    pixel_mm=0.1, counts=(("icepick", 7), ("boxcar", 5), ("rolling", 3)), touching=2, at_edge=1, effaced=(0.0, 0.0)
)


def make_skin(seed: int, options: FourthOptions = _STANDARD) -> GeneratedSkin:
    """Return the patch of this seed; another condition is another patch."""
    own = crc32(repr((options.depth, options.waves, options.lines_mm, options.noise_mm, options.counts)).encode())
    ways = np.random.SeedSequence([20_260, seed, own]).spawn(5)
    skin_rng, scar_rng, texture_rng, lens_rng, scanner_rng = (np.random.default_rng(one) for one in ways)
    size = _size_of(options)
    lens = draw_lens(lens_rng, options.half_contrast_per_mm)
    laid = lay_scars(scar_rng, size, options)
    pits, bumps, kept = _joined(scar_rng, laid, size, options)
    relief = options.waves * draw_undulation(skin_rng, size, options.pixel_mm)
    if options.curved:
        relief = relief + draw_form(skin_rng, size, options.pixel_mm)
    relief = relief + kept[_middle(size, kept.shape)] * draw_texture(texture_rng, size, options)
    seen = _middle(size, pits.shape)
    pits, bumps = (lens.apply(one, options.pixel_mm) for one in (pits, bumps))
    relief = lens.apply(relief, options.pixel_mm) - pits[seen] + bumps[seen]
    true = relief
    if options.noise_mm:
        relief = relief + draw_noise(scanner_rng, size, options.noise_mm)
    add_spikes(scanner_rng, relief, options.spikes)
    unseen = draw_unseen(scanner_rng, true, options.pixel_mm, options.holes)
    relief = np.where(unseen, np.nan, relief)
    return _tell_all(laid, relief, pits, bumps, lens, options.pixel_mm)


def put_scars(
    rng: np.random.Generator, skin: np.ndarray, options: FourthOptions, half_contrast_per_mm: float
) -> GeneratedSkin:
    """Return `skin` (mm) with scars in it, as the scanner of that contrast shows them."""
    size = (skin.shape[0], skin.shape[1])
    laid = lay_scars(rng, size, options)
    pits, bumps, _ = _joined(rng, laid, size, options)
    lens = Lens(half_contrast_per_mm)
    pits, bumps = (lens.apply(one, options.pixel_mm) for one in (pits, bumps))
    seen = _middle(size, pits.shape)
    return _tell_all(laid, skin - pits[seen] + bumps[seen], pits, bumps, lens, options.pixel_mm)


def background_density(options: FourthOptions) -> Density:
    """Return the power density of skin without scars: known by construction, but of the texture from three patches."""
    rng = np.random.default_rng(44)
    size, pixel = _size_of(options), options.pixel_mm
    smooth = replace(options, stubble_per_cm2=0.0)  # Hair is no part of what an ideal observer thinks is even.
    textures = [
        draw_lens(rng, options.half_contrast_per_mm).apply(draw_texture(rng, size, smooth), pixel) for _ in range(3)
    ]
    texture = measured_density(textures, pixel)
    per_mm = np.geomspace(0.5 / options.size_mm[0], 0.7 / pixel, 400)
    noise = noise_density(size, pixel, options.noise_mm).at(per_mm)
    return Density(per_mm, options.waves**2 * undulation_density(per_mm) + noise + texture.at(per_mm))


def draw_texture(rng: np.random.Generator, size: tuple[int, int], options: FourthOptions) -> np.ndarray:
    """Return skin lines, pores, furrows and stubble."""
    pixel = options.pixel_mm
    texture = draw_pores(rng, size, pixel, options.pores_per_cm2) + draw_furrows(rng, size, pixel, options.furrows)
    if options.lines_mm:
        texture = texture + options.lines_mm * draw_lines(rng, size, pixel)
    return texture + draw_stubble(rng, size, pixel, options.stubble_per_cm2)


def lay_scars(rng: np.random.Generator, size: tuple[int, int], options: FourthOptions) -> list[Laid]:
    """Return the scars: some at an edge, most apart, wide ones first, some touching another."""
    shapes = [
        draw_shape(rng, kind, between=kind != "raised" and rng.random() < BETWEEN_PART, factor=options.depth)
        for kind, number in options.counts
        for _ in range(number)
    ]
    pits = [one for one in shapes if one.kind != "raised"]
    chosen = [pits[k] for k in rng.permutation(len(pits))]
    at_edge, touching = chosen[: options.at_edge], chosen[options.at_edge : options.at_edge + options.touching]
    apart = [one for one in shapes if not any(one is other for other in (*at_edge, *touching))]
    ground = Ground(rng, size, options.pixel_mm)
    for shape in at_edge:
        ground.lay_at_edge(shape)
    for shape in sorted(apart, key=_width, reverse=True):
        ground.lay_apart(shape)
    for shape in sorted(touching, key=_width, reverse=True):
        if not ground.lay_touching(shape):
            ground.lay_apart(shape)
    return ground.laid


def _width(shape: Shape) -> float:
    return shape.width_mm


def _size_of(options: FourthOptions) -> tuple[int, int]:
    rows, columns = (round(side / options.pixel_mm) for side in options.size_mm)
    return rows, columns


def _middle(size: tuple[int, int], whole: tuple[int, ...]) -> tuple[slice, slice]:
    """Return where the map lies on its ground."""
    y, x = (slice((n - own) // 2, (n - own) // 2 + own) for own, n in zip(size, whole, strict=True))
    return y, x


def _joined(
    rng: np.random.Generator, laid: list[Laid], size: tuple[int, int], options: FourthOptions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pits and bumps, positive both, and which part of the skin lines is left; on the ground."""
    ground = Ground(rng, size, options.pixel_mm).whole
    pits, bumps, kept = np.zeros(ground), np.zeros(ground), np.ones(ground)
    for one in laid:
        into = bumps if one.shape.kind == "raised" else pits
        into[one.place] += one.relief_mm**_MEETING_POWER
        lost = rng.uniform(*options.effaced) * np.clip(2 * one.relief_mm / one.shape.depth_mm, 0, 1)
        kept[one.place] = np.minimum(kept[one.place], 1 - lost)
    return pits ** (1 / _MEETING_POWER), bumps ** (1 / _MEETING_POWER), kept


def _tell_all(
    laid: list[Laid], relief: np.ndarray, pits: np.ndarray, bumps: np.ndarray, lens: Lens, pixel: float
) -> GeneratedSkin:
    """Return the map and the truth of each scar of which enough is seen."""
    seen = np.zeros(pits.shape, bool)
    seen[_middle((relief.shape[0], relief.shape[1]), pits.shape)] = np.isfinite(relief)
    # Who is deepest where: by the scars one by one, as the scanner would show each alone.
    deepest, owner = np.zeros(pits.shape), np.full(pits.shape, -1)
    windows = [_widened(one, round(0.6 / pixel), pits.shape) for one in laid]
    for number, (one, (place, own)) in enumerate(zip(laid, windows, strict=True)):
        alone = lens.apply(own, pixel)
        mine = alone > np.maximum(deepest[place], 1e-3 * one.shape.depth_mm)
        owner[place][mine], deepest[place][mine] = number, alone[mine]
    told = [
        _tell(
            one, place, (bumps if one.shape.kind == "raised" else pits)[place] * (owner[place] == number), seen, pixel
        )
        for number, (one, (place, _)) in enumerate(zip(laid, windows, strict=True))
    ]
    valid = np.isfinite(relief)
    hidden = np.zeros(relief.shape, bool)
    for scar, part in told:
        hidden |= scar.region if part < COUNTED_PART else False
    counted = tuple(scar for scar, part in told if part >= COUNTED_PART)
    return GeneratedSkin(relief, valid, pixel, counted, hidden)


def _widened(one: Laid, by: int, whole: tuple[int, ...]) -> tuple[tuple[slice, slice], np.ndarray]:
    """Return the window of a scar with room for what the lens spreads, and its relief there."""
    y, x = (slice(max(s.start - by, 0), min(s.stop + by, n)) for s, n in zip(one.place, whole, strict=True))
    own = np.zeros((y.stop - y.start, x.stop - x.start))
    top, left = one.place[0].start - y.start, one.place[1].start - x.start
    own[top : top + one.region.shape[0], left : left + one.region.shape[1]] = one.relief_mm
    return (y, x), own


def _tell(
    one: Laid, place: tuple[slice, slice], own: np.ndarray, seen: np.ndarray, pixel: float
) -> tuple[TrueScar, float]:
    """Return the truth of one scar with the relief `own` on the ground, and which part of its region is seen."""
    sign = -1 if one.shape.kind == "raised" else 1
    depth, inside = measure_by_contract(own)
    shown = inside & seen[place]
    part = float(shown.sum() / inside.sum())
    bottom = own >= np.quantile(own[inside], 0.97)
    cut = part < MEASURED_PART or (bottom & shown).sum() < 0.5 * bottom.sum()
    margin = round(MARGIN_MM / pixel)
    size = (seen.shape[0] - 2 * margin, seen.shape[1] - 2 * margin)
    y, x = (slice(max(s.start - margin, 0), min(s.stop - margin, n)) for s, n in zip(place, size, strict=True))
    within = tuple(
        slice(on.start + margin - s.start, on.stop + margin - s.start) for on, s in zip((y, x), place, strict=True)
    )
    region = np.zeros(size, bool)
    region[y, x] = shown[within]
    area = float(inside.sum()) * pixel**2
    truth = TrueScar(
        one.shape.kind,
        sign * depth,
        equal_width(area),
        area,
        sign * float(own.sum()) * pixel**2,
        region,
        one.shape.ambiguous,
        bool(cut),
        (y, x),
        own[within],
        one.note,
    )
    return truth, part
