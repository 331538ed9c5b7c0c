"""What a generator of scarred skin gives, and how visible each scar is to an ideal observer.

A generator is a module with `CONDITIONS` (name -> options), `WHOLE_FACE` and `CHEEK` (options), and the functions
`make_skin(seed, options)`, `put_scars(rng, skin, options, half_contrast_per_mm)` and `background_density(options)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy import fft

#: A scar counts when at least this part of it is on the map and seen; it is measured when nearly all of it is.
COUNTED_PART, MEASURED_PART = 0.5, 0.85
_RINGS = 48


class TrueScar(NamedTuple):
    """One scar as it is: measures by the contract, and where it lies on the map."""

    kind: str
    depth_mm: float
    width_mm: float
    area_mm2: float
    volume_mm3: float
    region: np.ndarray
    ambiguous: bool
    cut: bool
    place: tuple[slice, slice]
    field_mm: np.ndarray  # its own relief there, positive downwards
    note: str = ""  # what is special about it


class GeneratedSkin(NamedTuple):
    """A height map [y x] in mm (NaN where not seen) and the scars that are in it."""

    relief_mm: np.ndarray
    valid: np.ndarray
    pixel_mm: float
    scars: tuple[TrueScar, ...]
    hidden: np.ndarray  # regions of scars of which less than half is seen: to find them or not is no fault


class Density(NamedTuple):
    """Power density of relief, mm4, by length of the wave vector, waves per mm."""

    per_mm: np.ndarray
    mm4: np.ndarray

    def at(self, per_mm: np.ndarray) -> np.ndarray:
        """Return the density there; beyond the ends that of the end."""
        within = np.clip(per_mm, self.per_mm[0], self.per_mm[-1])
        return np.exp(np.interp(np.log(within), np.log(self.per_mm), np.log(self.mm4)))


def frequencies(shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return the length of the wave vector of each coefficient of a transform, waves per mm."""
    return np.hypot(fft.fftfreq(shape[0], pixel)[:, None], fft.fftfreq(shape[1], pixel)[None, :])


def measured_density(patches: Iterable[np.ndarray], pixel: float) -> Density:
    """Return the power density of square patches of relief, the mean over all directions."""
    patches = list(patches)
    n = len(patches[0])
    window = np.outer(np.hanning(n), np.hanning(n))
    power = sum(np.abs(fft.fft2((one - one.mean()) * window)) ** 2 for one in patches) / len(patches)
    power = power * pixel**2 / (window**2).sum()
    f = frequencies((n, n), pixel)
    edges = np.geomspace(0.8 / (n * pixel), f.max() * 1.001, _RINGS)
    ring = np.digitize(f.ravel(), edges)
    counts = np.bincount(ring, minlength=_RINGS + 1)[1:_RINGS]
    sums = np.bincount(ring, power.ravel(), _RINGS + 1)[1:_RINGS]
    known = counts > 0
    return Density(np.sqrt(edges[:-1] * edges[1:])[known], sums[known] / counts[known])


def visibility(field_mm: np.ndarray, pixel: float, skin: Density, patch_mm: float) -> float:
    """Return d' of the matched filter for this very scar on skin of this power density."""
    size = 1024
    shape = np.zeros((size, size))
    rows, columns = field_mm.shape
    shape[:rows, :columns] = field_mm
    f = frequencies(shape.shape, pixel)
    energy = np.abs(fft.fft2(shape) * pixel**2) ** 2
    # Nothing longer than the patch is known of a scar: form removal takes it.
    energy[f < 1 / patch_mm] = 0
    return float(np.sqrt((energy / skin.at(f)).sum() / (size * pixel) ** 2))
