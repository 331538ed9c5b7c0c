"""Everything that scans of the print tell of a scanner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scarplan.commissioning.estimate import (
    DepthLine,
    FeatureResult,
    fit_depth_line,
    resolves_small_depth,
    smallest_depth_mm,
    smallest_width_mm,
    summarise_features,
)
from scarplan.commissioning.noise import (
    NoiseBand,
    flat_noise_mm,
    grid_noise_mm,
    height_noise_mm,
    noise_bands,
    repeatability_mm,
)
from scarplan.commissioning.readings import expected_shares, read_features
from scarplan.commissioning.register import PlacedScan
from scarplan.commissioning.template import Template
from scarplan.commissioning.transfer import Transfer, fit_transfer, read_rings
from scarplan.records.phantom_plate import PhantomPlate

# Gain and lateral transfer need each other: a few rounds settle both to a thousandth.
_ROUNDS = 4
# Where no wells were seen, the star alone tells its gain: this says next to nothing.
_UNKNOWN_GAIN_SD = 1.0


@dataclass(frozen=True)
class Characteristics:
    """What a scanner does; None where it could not be seen.

    lateral_scale      lengths in the scan over lengths on the print
    flatness_mm        how far the plate appears bent over its area: print, scanner and registration together
    resolves_0_1_mm    with `resolves_why` in words
    """

    line: DepthLine | None
    noise_mm: float | None
    bands: tuple[NoiseBand, ...]
    transfer: Transfer | None
    repeatability_mm: float | None
    lateral_scale: float | None
    flatness_mm: float | None
    smallest_width_mm: float | None
    smallest_depth_mm: float | None
    resolves_0_1_mm: bool | None
    resolves_why: str
    features: tuple[FeatureResult, ...]


def characterise_print(scans: Sequence[PlacedScan], plate: PhantomPlate, template: Template) -> Characteristics:
    """Return what scans of the print, laid on the plate, tell of the scanner that made them."""
    readings = [read_features(one, plate) for one in scans]
    rings = [read_rings(one, plate.star) for one in scans]
    finest_mm = 2 * max(one.scan.sample_mm for one in scans)
    shares: dict[str, float] = {}
    line, transfer = fit_depth_line(readings, shares), None
    for _ in range(_ROUNDS):
        gain, gain_sd = (line.gain, line.gain_sd) if line else (1.0, _UNKNOWN_GAIN_SD)
        transfer = fit_transfer(rings, gain=gain, gain_sd=gain_sd, finest_mm=finest_mm)
        if transfer.blur_mm is None:
            break
        shares = expected_shares(plate, lateral_mm=transfer.blur_mm)
        line = fit_depth_line(readings, shares)
    features = summarise_features(readings, line, shares)
    resolves, why = resolves_small_depth(features, line)
    white = [noise for one in scans if (noise := flat_noise_mm(one, plate)) is not None]
    bands = noise_bands(scans, template, plate)
    return Characteristics(
        line=line,
        noise_mm=height_noise_mm(white, bands),
        bands=tuple(bands),
        transfer=transfer,
        repeatability_mm=repeatability_mm(scans, template, leave_out_steep=True),
        lateral_scale=float(np.mean([1 / one.pose.lateral_scale for one in scans])),
        flatness_mm=float(np.mean([_flatness_mm(one, plate) for one in scans])),
        smallest_width_mm=smallest_width_mm(features),
        smallest_depth_mm=smallest_depth_mm(features),
        resolves_0_1_mm=resolves,
        resolves_why=why,
        features=tuple(features),
    )


def characterise_repeats(scans: Sequence[PlacedScan], template: Template) -> Characteristics:
    """Return what repeated scans of the same skin tell: noise and repeatability, nothing of the truth."""
    white = [noise for one in scans if (noise := grid_noise_mm(one, one.scan.surface.valid)) is not None]
    return Characteristics(
        line=None,
        noise_mm=height_noise_mm(white, ()),
        bands=(),
        transfer=None,
        repeatability_mm=repeatability_mm(scans, template, leave_out_steep=False),
        lateral_scale=None,
        flatness_mm=None,
        smallest_width_mm=None,
        smallest_depth_mm=None,
        resolves_0_1_mm=None,
        resolves_why="repeated scans of skin tell nothing of the truth",
        features=(),
    )


def _flatness_mm(placed: PlacedScan, plate: PhantomPlate) -> float:
    """Return the span of the form that was taken out over the plate's area."""
    x, y = np.meshgrid(np.linspace(0, plate.width_mm, 9), np.linspace(0, plate.height_mm, 9))
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    return float(np.ptp(-placed.pose.flatten(points)))
