"""A third generator of scarred skin: from the words of the definitions alone, in other mathematics than the second.

The finder is fitted on its seeds from 20000 on (`studies/training_skin.py`).

Relief = form + undulation + what the scanner's lateral transfer leaves of lines, pores, stubble and scars + its noise.
The truth of a scar is its own relief after the transfer; where two overlap, each pixel belongs to the deeper one.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .scarred_skin import COUNTED_PART, MEASURED_PART, Density, GeneratedSkin, TrueScar, measured_density
from .third_places import Placed, ThirdOptions, place_scars
from .third_relief import (
    Transfer,
    add_spikes,
    device_density,
    draw_cheek_form,
    draw_device_noise,
    draw_lines,
    draw_pores,
    draw_stubble,
    draw_transfer,
    draw_undulation,
    draw_unseen,
    undulation_density,
)
from .third_shapes import REGION_PART, equal_width

_STANDARD = ThirdOptions()
CONDITIONS: Mapping[str, ThirdOptions] = {
    "standard": _STANDARD,
    "noisy": replace(_STANDARD, noise_mm=0.030),
    "rough": replace(_STANDARD, lines_mm=0.035),
    "shallow": replace(_STANDARD, depth=0.5),
    "undulation": replace(_STANDARD, waves=2.0),
    "everything": replace(_STANDARD, noise_mm=0.030, lines_mm=0.035, depth=0.5, waves=2.0),
    "blank": replace(_STANDARD, counts=(), tracts=0),
}
WHOLE_FACE = replace(
    _STANDARD,
    size_mm=(150.0, 180.0),
    pixel_mm=0.1,
    counts=tuple((kind, 12 * n) for kind, n in _STANDARD.counts),
    touching=36,
    tracts=12,
)
#: What is put into a patch of real skin: that has its own form, waves, lines and noise.
CHEEK = ThirdOptions(
    pixel_mm=0.1, counts=(("icepick", 7), ("boxcar", 5), ("rolling", 3)), touching=1, tracts=0, at_edge=1, effaced=0.0
)


def make_skin(seed: int, options: ThirdOptions = _STANDARD) -> GeneratedSkin:
    """Return one patch of skin; the same seed and options give the same patch."""
    rng = np.random.default_rng([seed, zlib.crc32(repr(options).encode())])
    shape, pixel = _shape_of(options), options.pixel_mm
    transfer = draw_transfer(rng, options.half_contrast_per_mm)
    scars = place_scars(rng, options, transfer)
    relief = options.waves * draw_undulation(rng, shape, pixel)
    if options.curved:
        relief += draw_cheek_form(rng, shape, pixel)
    pits, bumps = _joined(scars, shape)
    effaced = 1 - options.effaced * pits / max(pits.max(), 1e-9)
    relief += transfer.apply(effaced * _draw_texture(rng, shape, options), pixel) - pits + bumps
    return _scan(rng, relief, scars, options)


def put_scars(
    rng: np.random.Generator, skin: np.ndarray, options: ThirdOptions, half_contrast_per_mm: float
) -> GeneratedSkin:
    """Return `skin` [y x], mm, with scars as a scanner of this transfer shows them, and nothing else."""
    options = replace(options, size_mm=tuple(n * options.pixel_mm for n in skin.shape))
    scars = place_scars(rng, options, Transfer("gauss", half_contrast_per_mm))
    pits, bumps = _joined(scars, skin.shape)
    bare = replace(options, noise_mm=0.0, blobs=0, hairs=0, spikes=0)
    return _scan(rng, skin - pits + bumps, scars, bare)


@functools.cache
def background_density(options: ThirdOptions) -> Density:
    """Return the power density of skin without scars: by construction; that of lines and pores from three patches."""
    rng = np.random.default_rng(3)
    shape, pixel = _shape_of(options), options.pixel_mm
    even = replace(options, stubble=0)
    texture = measured_density(
        [
            draw_transfer(rng, options.half_contrast_per_mm).apply(_draw_texture(rng, shape, even), pixel)
            for _ in range(3)
        ],
        pixel,
    )
    per_mm = np.geomspace(0.5 / options.size_mm[0], 0.75 / pixel, 400)
    own = options.waves**2 * undulation_density(per_mm) + device_density(per_mm, pixel, options.noise_mm)
    return Density(per_mm, own + texture.at(per_mm))


def _shape_of(options: ThirdOptions) -> tuple[int, int]:
    rows, columns = (round(side / options.pixel_mm) for side in options.size_mm)
    return rows, columns


def _draw_texture(rng: np.random.Generator, shape: tuple[int, int], options: ThirdOptions) -> np.ndarray:
    pixel = options.pixel_mm
    return (
        options.lines_mm * draw_lines(rng, shape, pixel)
        + draw_pores(rng, shape, pixel, options.pores_per_cm2)
        + draw_stubble(rng, shape, pixel, options.stubble)
    )


# -- relief and truth ---------------------------------------------------------------------------------------------


def _joined(scars: list[Placed], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the depth of all pits and the height of all bumps: where two overlap, the larger."""
    pits, bumps = np.zeros(shape), np.zeros(shape)
    for scar in scars:
        place, field = scar.on_map(shape)
        kept = pits if scar.sign > 0 else bumps
        kept[place] = np.maximum(kept[place], field)
    return pits, bumps


def _scan(rng: np.random.Generator, relief: np.ndarray, scars: list[Placed], options: ThirdOptions) -> GeneratedSkin:
    """Return what the device makes of `relief`, and the truth of each scar that is seen."""
    shape, pixel = (relief.shape[0], relief.shape[1]), options.pixel_mm
    if options.noise_mm:
        relief = relief + draw_device_noise(rng, shape, pixel, options.noise_mm)
    relief = relief.copy()
    add_spikes(rng, relief, options.spikes)
    unseen = draw_unseen(rng, shape, pixel, options.blobs, options.hairs)
    relief[unseen] = np.nan
    pits, _ = _joined(scars, shape)
    told = [_tell(scar, pits, ~unseen, pixel) for scar in scars]
    hidden = np.zeros(shape, bool)
    for scar, part in told:
        hidden |= scar.region if part < COUNTED_PART else False
    counted = tuple(scar for scar, part in told if part >= COUNTED_PART)
    return GeneratedSkin(relief, ~unseen, pixel, counted, hidden)


def _tell(scar: Placed, pits: np.ndarray, seen: np.ndarray, pixel: float) -> tuple[TrueScar, float]:
    """Return the truth of one scar, and which part of its region is on the map and seen."""
    place, field = scar.on_map(pits.shape)
    # Where a neighbour is deeper, the pixel is the neighbour's.
    own = field >= pits[place] if scar.sign > 0 else np.ones(field.shape, bool)
    deep = field > REGION_PART * scar.depth_mm
    inside = own & deep
    region = np.zeros(pits.shape, bool)
    region[place] = inside & seen[place]
    part = region.sum() / max(scar.region.sum() - (deep & ~own).sum(), 1)
    bottom_mm = np.quantile(scar.field_mm[scar.region], 0.97)
    bottom_seen = (field >= bottom_mm) & region[place]
    cut = part < MEASURED_PART or bottom_seen.sum() < 0.5 * (scar.field_mm >= bottom_mm).sum()
    area = inside.sum() * pixel**2
    truth = TrueScar(
        scar.shape.kind,
        scar.sign * scar.depth_mm,
        equal_width(area),
        area,
        scar.sign * float(field[own].sum()) * pixel**2,
        region,
        scar.shape.ambiguous,
        bool(cut),
        place,
        field * own,
        scar.note or scar.shape.note,
    )
    return truth, float(part)
