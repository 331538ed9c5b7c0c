"""Lateral transfer: how much of the star's waves comes through, by wavelength, and where half of it does.

At radius r the star's N waves are 2 pi r / sqrt(N^2 - 1) long (a blur sees the bend of the rings too). In each ring
the known wave and the same wave a quarter turned are fitted: the first is the height that came through, the second
holds only noise and says how much of it there is. A Gaussian transfer, gain * 2^-(l50 / l)^2, is fitted to the rings
and to the gain of the wells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import optimize

from scarplan.commissioning.register import PlacedScan
from scarplan.commissioning.shapes import full_star_radii
from scarplan.evidence.library import value_of
from scarplan.records.phantom_plate import PlateStar

_RING_RATIO = 1.12
# A ring with fewer points or less of its round tells nothing.
_FEWEST_POINTS, _LEAST_SEEN, _SECTORS = 40, 0.6, 24
# The fitted curve is believed this far beyond the longest wave of the star, not further.
_MOST_BEYOND = 1.5
# No share of height is known better than this: the star itself is printed.
_LEAST_SD = 0.01


@dataclass(frozen=True)
class TransferPoint:
    """Share of the height that comes through at one wavelength, with its standard deviation."""

    wavelength_mm: float
    share: float
    sd: float


@dataclass(frozen=True)
class Transfer:
    """The measured shares and where half of the height comes through.

    lateral_mm   wavelength at which half comes through, at least two samples of the scan; None where it is unknown
    blur_mm      the same from the fit alone, also where the samples are coarser
    is_longer    half comes through at no wave of the star: `lateral_mm` is the longest of them, the truth is longer
    misfit       rms by which the shares leave the Gaussian curve; None where none could be fitted
    """

    points: tuple[TransferPoint, ...]
    lateral_mm: float | None
    lateral_sd_mm: float | None
    blur_mm: float | None
    is_longer: bool
    misfit: float | None = None

    @property
    def is_gaussian(self) -> bool | None:
        """Whether the shares follow the curve as well as a Gaussian transfer does; None where unknown."""
        return None if self.misfit is None else self.misfit <= float(value_of("commissioning.gaussian_misfit"))


def read_rings(placed: PlacedScan, star: PlateStar) -> list[TransferPoint]:
    """Return the share of height of each ring of the star in one scan."""
    across, down = placed.x_mm - star.x_mm, placed.y_mm - star.y_mm
    radius = np.hypot(across, down)
    inner, outer = full_star_radii(star)
    near = (radius > inner) & (radius < outer)
    across, down, radius, z = across[near], down[near], radius[near], placed.height_mm[near]
    angle = np.arctan2(down, across)
    points = []
    edges = inner * _RING_RATIO ** np.arange(int(np.log(outer / inner) / np.log(_RING_RATIO)) + 1)
    for low, high in pairwise(edges):
        ring = (radius >= low) & (radius < high)
        sectors = np.unique(((angle[ring] + np.pi) / (2 * np.pi) * _SECTORS).astype(int)).size
        wavelength = 2 * np.pi * np.sqrt(low * high) / np.sqrt(star.periods**2 - 1)
        # Waves of fewer than two samples are not there to be seen.
        if ring.sum() < _FEWEST_POINTS or sectors < _LEAST_SEEN * _SECTORS:
            continue
        if wavelength < 2 * placed.scan.sample_mm:
            continue
        points.append(_fit_ring(radius[ring], angle[ring], across[ring], down[ring], z[ring], star, wavelength))
    return points


def _fit_ring(
    radius: np.ndarray,
    angle: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    z: np.ndarray,
    star: PlateStar,
    wavelength_mm: float,
) -> TransferPoint:
    height = star.slope * radius / star.periods
    waves = height * np.cos(star.periods * angle), height * np.sin(star.periods * angle)
    design = np.column_stack([*waves, np.ones(len(z)), across, down])
    weights = np.linalg.lstsq(design, z, rcond=None)[0]
    left = z - design @ weights
    chance = left.std() / np.sqrt(max(1.0, (waves[0] ** 2).sum()))
    return TransferPoint(float(wavelength_mm), float(weights[0]), float(np.hypot(chance, weights[1])))


def fit_transfer(
    scans: Sequence[Sequence[TransferPoint]], *, gain: float, gain_sd: float, finest_mm: float
) -> Transfer:
    """Return the transfer of all scans together. `gain`: the depth gain of the wells, known to `gain_sd`.

    `finest_mm`: two samples. Gain and transfer are fitted together, the gain of the wells being one observation more:
    a print whose wells are not as deep as they should be must not pass for blur, nor leave its sd too small.
    """
    points = _average(scans)
    if len(points) < 3:
        return Transfer(tuple(points), None, None, None, False)
    wavelength, share, sd = (np.array([getattr(p, key) for p in points]) for key in ("wavelength_mm", "share", "sd"))
    half = float(value_of("commissioning.transfer_share"))

    def differ(unknown: np.ndarray) -> np.ndarray:
        # The square of the wavelength is fitted: near 0 the wavelength itself changes nothing.
        square, own_gain = unknown
        shown = own_gain * half ** (square / wavelength**2)
        return np.append((share - shown) / sd, (own_gain - gain) / gain_sd)

    found = optimize.least_squares(differ, [wavelength[0] ** 2, gain])
    spread = np.linalg.inv(found.jac.T @ found.jac)
    worse = max(1.0, float(np.sqrt((found.fun**2).sum() / (len(points) - 1))))
    blur = float(np.sqrt(max(found.x[0], 0.0)))
    curve = found.x[1] * half ** (found.x[0] / wavelength**2)
    misfit = float(np.sqrt(np.mean((share - curve) ** 2)))
    longest = float(wavelength[-1])
    if blur > _MOST_BEYOND * longest:
        return Transfer(tuple(points), longest, None, None, True, misfit)
    # Where the samples set the limit, they set it exactly.
    worse *= float(value_of("commissioning.transfer_sd_factor"))
    blur_sd = worse * float(np.sqrt(spread[0, 0])) / (2 * blur) if blur > finest_mm else 0.0
    return Transfer(tuple(points), max(blur, finest_mm), blur_sd, blur, False, misfit)


def _average(scans: Sequence[Sequence[TransferPoint]]) -> list[TransferPoint]:
    """Return the mean of the scans at each wavelength, longest last."""
    by_wave: dict[float, list[TransferPoint]] = {}
    for points in scans:
        for point in points:
            by_wave.setdefault(round(point.wavelength_mm, 6), []).append(point)
    averaged = []
    for wavelength, same in sorted(by_wave.items()):
        sd = np.sqrt(np.mean([p.sd**2 for p in same]) / len(same))
        averaged.append(TransferPoint(wavelength, float(np.mean([p.share for p in same])), max(float(sd), _LEAST_SD)))
    return averaged
