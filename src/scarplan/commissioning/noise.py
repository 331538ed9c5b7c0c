"""Noise of one pixel, noise by wavelength, and repeatability of local relief between repeated scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Bool
from scipy import ndimage

from scarplan.commissioning.local_relief import local_relief
from scarplan.commissioning.register import PlacedScan, on_template_grid
from scarplan.commissioning.template import Template
from scarplan.evidence.library import value_of
from scarplan.records.phantom_plate import PhantomPlate
from scarplan.surface.filling import fill_nearest
from scarplan.surface.spectrum import measure_spectrum, pixel_noise_mm
from scarplan.surface.surface import Surface

#: Limits of the wavelength bands of noise, mm; the first band begins at the shortest wave the grid can show.
BANDS_MM = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
# Grid on which repeated scans are compared: fine enough for the shortest wave of local relief.
_REPEAT_GRID_MM = 0.25
# Places steeper than this show how well walls were laid on each other, not how relief repeats.
_STEEP = 0.2
# The border of what was seen has no relief of its own on one side.
_BORDER_MM = 1.0


@dataclass(frozen=True)
class NoiseBand:
    """Standard deviation of the heights in one band of wavelengths."""

    shortest_mm: float
    longest_mm: float
    rms_mm: float


def flat_noise_mm(placed: PlacedScan, plate: PhantomPlate) -> float | None:
    """Return the noise of one pixel of the scan on the flat area; None where it was not seen."""
    left, top, right, bottom = plate.flat_mm
    inside = (placed.x_mm > left) & (placed.x_mm < right) & (placed.y_mm > top) & (placed.y_mm < bottom)
    return grid_noise_mm(placed, placed.scan.on_grid(inside, empty=False))


def grid_noise_mm(placed: PlacedScan, chosen: Bool[np.ndarray, "y x"]) -> float | None:
    """Return the noise of one pixel of the scan within a mask on its own grid."""
    rows, columns = (np.flatnonzero(chosen.any(axis=axis)) for axis in (1, 0))
    if not rows.size or chosen.sum() < 100:
        return None
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return pixel_noise_mm(placed.scan.surface.relief_mm[window], chosen[window])


def noise_bands(scans: Sequence[PlacedScan], template: Template, plate: PhantomPlate) -> list[NoiseBand]:
    """Return the noise by wavelength on the flat area.

    From the differences of repeated scans, so that the print's own roughness is no part of it; from one scan alone
    the roughness counts in.
    """
    left, top, right, bottom = plate.flat_mm
    pixel_mm = max(template.pixel_mm, *(1.5 * one.scan.surface.pixel_mm for one in scans))
    window = (
        slice(int(top / pixel_mm) + 1, int(bottom / pixel_mm)),
        slice(int(left / pixel_mm) + 1, int(right / pixel_mm)),
    )
    maps = []
    for one in scans:
        whole = on_template_grid(one, template, pixel_mm=pixel_mm)
        seen = whole.valid[window]
        if seen.mean() < 0.5:
            return []
        maps.append(fill_nearest(whole.relief_mm[window], seen))
    pairs = list(pairwise(maps))
    shown = [(b - a) / np.sqrt(2) for a, b in pairs] or maps
    every = np.ones(shown[0].shape, dtype=bool)
    spectra = [measure_spectrum(one, every, pixel_mm=pixel_mm) for one in shown]
    bands = []
    finest_mm = max(2 * pixel_mm, BANDS_MM[0])
    for shortest, longest in pairwise((finest_mm, *(limit for limit in BANDS_MM if limit > finest_mm))):
        power = np.mean([one.band_variance(shortest, longest) for one in spectra])
        bands.append(NoiseBand(shortest, longest, float(np.sqrt(power))))
    return bands


def height_noise_mm(white_mm: Sequence[float], bands: Sequence[NoiseBand]) -> float | None:
    """Return the standard deviation of the noise of one height, mm; None where nothing was measured.

    Neighbouring heights of many scanners err together, which differences of neighbours (`white_mm`, by scan) do not
    see: so at least what the bands hold together.
    """
    found = [float(np.sqrt(np.mean(np.square(white_mm))))] if len(white_mm) else []
    if bands:
        found.append(float(np.linalg.norm([band.rms_mm for band in bands])))
    return max(found, default=None)


def repeatability_mm(scans: Sequence[PlacedScan], template: Template, *, leave_out_steep: bool) -> float | None:
    """Return the standard deviation of local relief between repeated scans after registration; None for one scan.

    `leave_out_steep` for a phantom: walls of the plate are left out, they would tell of the registration.
    """
    if len(scans) < 2:
        return None
    pixel_mm = max(_REPEAT_GRID_MM, *(1.5 * one.scan.surface.pixel_mm for one in scans))
    maps = [on_template_grid(one, template, pixel_mm=pixel_mm) for one in scans]
    common = np.logical_and.reduce([one.valid for one in maps])
    reliefs = np.stack([local_relief(one.relief_mm, common, pixel_mm) for one in maps])
    kept = ndimage.binary_erosion(common, iterations=max(1, round(_BORDER_MM / pixel_mm)))
    if leave_out_steep:
        kept &= ~_steep(maps, common)
    if kept.sum() < 100:
        return None
    return float(np.sqrt(reliefs[:, kept].var(axis=0, ddof=1).mean()))


def _steep(maps: Sequence[Surface], common: np.ndarray) -> np.ndarray:
    mean = fill_nearest(np.mean([np.where(common, one.relief_mm, 0.0) for one in maps], axis=0), common)
    slope = np.hypot(*np.gradient(ndimage.gaussian_filter(mean, 1.0), maps[0].pixel_mm))
    shortest = value_of("commissioning.local_relief_mm")[0]
    return ndimage.binary_dilation(slope > _STEEP, iterations=max(1, round(shortest / 2 / maps[0].pixel_mm)))


def chart_of(placed: PlacedScan, template: Template) -> Surface:
    """Return the placed scan as a chart for pictures: on the template's frame, about as fine as the scan."""
    pixel_mm = max(0.1, 1.5 * placed.scan.surface.pixel_mm)
    whole = on_template_grid(placed, template, pixel_mm=pixel_mm)
    return replace(whole, relief_mm=np.where(whole.valid, whole.relief_mm, np.nan))
