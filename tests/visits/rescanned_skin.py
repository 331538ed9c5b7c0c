"""The same skin scanned twice: turned, shifted, tilted or levelled, bent, stretched, with noise, on another grid.

Skin and scars are drawn once on a grid twice as fine; each visit samples them on its own grid. True changes of depth
come from the scar fields alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from scarplan.surface.surface import Surface
from scars.skin_generator import (
    SkinOptions,
    TrueScar,
    _blur_inside,
    _draw_scars,
    _true_scar,
    band_noise,
    draw_skin,
)

SMALL = SkinOptions(size_mm=20.0, pixel_mm=0.1, counts=(("icepick", 3), ("boxcar", 4), ("rolling", 1)))
_OVER = 2


@dataclass(frozen=True)
class Pose:
    """How the second visit sees the skin: mm, radians; bend and stretch are posture, slide is expression."""

    turn: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    plane: tuple[float, float] = (0.0, 0.0)
    bend_mm: float = 0.0
    stretch_mm: float = 0.0
    slide_mm: float = 0.0
    pixel_mm: float | None = None


class Filled:
    """A factor for a scar that is filled to a share of its depth, its walls left as they are."""

    __array_ufunc__ = None

    def __init__(self, share: float) -> None:
        self.share = share

    def __rmul__(self, depth: np.ndarray) -> np.ndarray:
        return np.minimum(depth, self.share * depth.max())


@dataclass(frozen=True)
class Rescan:
    """Two visits and the true scars with their change of depth (mm), in the order of `scars`."""

    before: Surface
    after: Surface
    scars: tuple[TrueScar, ...]
    changes_mm: np.ndarray

    def labels(self) -> np.ndarray:
        image = np.zeros(self.before.shape, np.int32)
        for number, scar in enumerate(self.scars, start=1):
            image[scar.region] = number
        return image


def unchanged(_: np.random.Generator, n: int) -> np.ndarray:
    return np.ones(n)


@functools.cache
def rescan(
    seed: int,
    pose: Pose = Pose(),
    options: SkinOptions = SMALL,
    *,
    noise_mm: float = 0.01,
    factors: Callable[[np.random.Generator, int], np.ndarray] = unchanged,
    fine_change_mm: float = 0.0,
) -> Rescan:
    """Return two visits; `factors` of each scar's depth field on the second one, numbers or `Filled`."""
    random = np.random.default_rng(seed)
    fine = replace(options, pixel_mm=options.pixel_mm / _OVER, noise_mm=0.0)
    n = round(fine.size_mm / fine.pixel_mm)
    skin = draw_skin(random, (n, n), fine)
    # Scanners blur; a tip narrower than a pixel would be told by the place of the grid alone.
    blur = 0.06 / fine.pixel_mm
    drawn, facts = _draw_scars(random, (n, n), fine)
    fields = [_blur_inside(one, blur) for one in drawn]
    factor = factors(random, len(fields))
    once = skin - np.sum(fields, axis=0) if fields else skin
    twice = skin - np.sum([f * k for f, k in zip(fields, factor, strict=True)], axis=0) if fields else skin
    if fine_change_mm:
        twice = twice + fine_change_mm * band_noise(random, (n, n), fine.pixel_mm, 0.4, 1.5)
    before = once[::_OVER, ::_OVER]
    before = before + noise_mm * random.standard_normal(before.shape)
    after = sample_skin(twice, fine.pixel_mm, options.size_mm, pose, pose.pixel_mm or options.pixel_mm)
    after = after + noise_mm * random.standard_normal(after.shape)
    pixel = options.pixel_mm
    scars = tuple(_true_scar(f[::_OVER, ::_OVER], fact, pixel) for f, fact in zip(fields, facts, strict=True))
    changed = [
        _true_scar(f[::_OVER, ::_OVER] * k, fact, pixel).depth_mm if k else 0.0
        for f, fact, k in zip(fields, facts, factor, strict=True)
    ]
    changes = np.array(changed) - np.array([scar.depth_mm for scar in scars])
    return Rescan(_surface(before, pixel), _surface(after, pose.pixel_mm or pixel), scars, changes)


def sample_skin(heights: np.ndarray, fine_mm: float, size_mm: float, pose: Pose, pixel_mm: float) -> np.ndarray:
    n, middle = round(size_mm / pixel_mm), size_mm / 2
    y, x = np.mgrid[:n, :n] * pixel_mm - middle
    cos, sin = np.cos(pose.turn), np.sin(pose.turn)
    skin_x, skin_y = cos * x - sin * y + pose.shift_mm[0], sin * x + cos * y + pose.shift_mm[1]
    skin_x = skin_x + pose.stretch_mm * np.sin(2 * np.pi * skin_y / 35 + 1)
    skin_y = skin_y + pose.stretch_mm * np.cos(2 * np.pi * skin_x / 30)
    skin_x = skin_x + pose.slide_mm * np.sin(2 * np.pi * skin_y / 70 + 1) * np.cos(2 * np.pi * skin_x / 80)
    skin_y = skin_y + pose.slide_mm * np.cos(2 * np.pi * skin_x / 75 + 0.5)
    row, column = (skin_y + middle) / fine_mm, (skin_x + middle) / fine_mm
    seen = (row >= 0) & (column >= 0) & (row <= heights.shape[0] - 1) & (column <= heights.shape[1] - 1)
    sampled = ndimage.map_coordinates(heights, [row, column], order=3, mode="nearest")
    bend = pose.bend_mm * ((x / 20) ** 2 - 0.7 * (y / 20) ** 2 + 0.5 * np.sin(2 * np.pi * x / 25))
    return np.where(seen, sampled + pose.plane[0] * x + pose.plane[1] * y + bend + 0.3, np.nan)


def _surface(heights: np.ndarray, pixel_mm: float) -> Surface:
    return Surface("map", heights, np.isfinite(heights), pixel_mm)
