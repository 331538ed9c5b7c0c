"""Depth, volume and width of each feature of the print in one scan, against its own rim.

A round feature is fitted by its own closed form times a depth, on a plane through its rim: unlike the deepest pixels,
that is not made deeper by noise. A well is the middle of its floor against the land around it (ISO 5436-1). The
standard deviation is what the same fits give on the flat area, where the true depth is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from scarplan.commissioning.design import RIM_MM
from scarplan.commissioning.local_relief import SIGMA_PER_CUTOFF
from scarplan.commissioning.plate import true_depth_mm
from scarplan.commissioning.register import PlacedScan
from scarplan.commissioning.shapes import profile_kind, reach_mm, share_of_depth
from scarplan.evidence.library import value_of
from scarplan.records.phantom_plate import PhantomPlate, PlateFeature

# Floor and land of a well count this far from its walls.
_FROM_WALL_MM = 0.4
# A feature of which less was seen is not judged; fewer points than this tell nothing.
_LEAST_SEEN, _FEWEST_POINTS = 0.6, 12
# Points of the fit that leave it by more than this many robust deviations count as false heights.
_OUTLIER = 5.0
# The rim begins this far outside the feature; what lies within counts as its volume (blur carries it there).
_VOLUME_REACH_MM = 0.45
# Places on the flat area along each side where a fit is tried.
_BLANKS_ALONG = 4
# Grid on which is computed what a blurred scan of a feature would show.
_EXPECTED_GRID_MM = 0.05
# Half of a feature's depth is reached at this share of its radius.
_HALF_RADIUS = {"icepick": 0.5, "rolling": float(np.sqrt(1 - np.sqrt(0.5))), "raised": float(np.sqrt(0.5))}


@dataclass(frozen=True)
class Reading:
    """One feature as true and as measured; measured values are None where too little was seen.

    depth_mm    deepest place below the rim; negative: raised
    sd_mm       standard deviation of one such reading, from the flat area
    true_sd_mm  standard deviation of the truth: how well the print is known
    width_mm    at half depth
    """

    id: str
    shape: str
    nominal_width_mm: float
    true_depth_mm: float
    true_sd_mm: float
    depth_mm: float | None
    sd_mm: float | None
    true_volume_mm3: float
    volume_mm3: float | None
    true_width_mm: float | None
    width_mm: float | None


@dataclass(frozen=True)
class _Fit:
    depth_mm: float
    volume_mm3: float
    width_mm: float


def read_features(placed: PlacedScan, plate: PhantomPlate) -> list[Reading]:
    """Return a reading of every feature but the fiducials."""
    seen = placed.on_plate
    x, y, z = placed.x_mm[seen], placed.y_mm[seen], placed.height_mm[seen]
    spread: dict[tuple, float | None] = {}
    readings = []
    for feature in plate.feature:
        if feature.shape == "fiducial":
            continue
        key = (feature.shape, feature.width_mm, feature.length_mm, feature.wall_mm, feature.floor)
        if key not in spread:
            spread[key] = _spread_on_flat(feature, plate, x, y, z, placed.cell_mm2)
        fit = _fit(feature, x, y, z, placed.cell_mm2)
        true = true_depth_mm(feature)
        readings.append(
            Reading(
                id=feature.id,
                shape=feature.shape,
                nominal_width_mm=feature.width_mm,
                true_depth_mm=true,
                true_sd_mm=_true_sd_mm(feature, plate),
                depth_mm=fit and fit.depth_mm,
                sd_mm=spread[key] if fit else None,
                true_volume_mm3=feature.volume_mm3 * true / feature.depth_mm,
                volume_mm3=fit and fit.volume_mm3,
                true_width_mm=_half_width_mm(feature),
                width_mm=fit.width_mm if fit and _half_width_mm(feature) else None,
            )
        )
    return readings


def expected_shares(plate: PhantomPlate, *, lateral_mm: float) -> dict[str, float]:
    """Return by feature which share of its depth a scan with this lateral transfer (Gaussian) shows, 1 without blur."""
    shares: dict[tuple, float] = {}
    found = {}
    for feature in plate.feature:
        key = (feature.shape, feature.width_mm, feature.length_mm, feature.wall_mm, feature.floor)
        if key not in shares:
            shares[key] = _expected_share(feature.model_copy(update={"depth_mm": 1.0}), lateral_mm)
        found[feature.id] = shares[key]
    return found


def _expected_share(feature: PlateFeature, lateral_mm: float) -> float:
    half_x, half_y = (half + RIM_MM + 2 * lateral_mm for half in reach_mm(feature))
    across, down = (np.arange(-half, half, _EXPECTED_GRID_MM) for half in (half_x, half_y))
    x, y = np.meshgrid(feature.x_mm + across, feature.y_mm + down)
    height = -share_of_depth(feature, x, y)
    height = ndimage.gaussian_filter(height, SIGMA_PER_CUTOFF * lateral_mm / _EXPECTED_GRID_MM)
    fit = _fit(feature, x.ravel(), y.ravel(), height.ravel(), _EXPECTED_GRID_MM**2)
    return fit.depth_mm if fit else 1.0


def _true_sd_mm(feature: PlateFeature, plate: PhantomPlate) -> float:
    """Return how well the depth of the print is known: measured, stated for the printer, or assumed."""
    if feature.measured_depth_mm is not None and feature.measured_sd_mm is not None:
        return feature.measured_sd_mm
    stated = plate.print.depth_sd_mm
    return float(value_of("commissioning.print_depth_sd_mm")) if stated is None else stated


def _half_width_mm(feature: PlateFeature) -> float | None:
    if feature.shape == "well":
        return None
    kind = profile_kind(feature)
    share = feature.floor + (1 - feature.floor) / 2 if kind == "boxcar" else _HALF_RADIUS[kind]
    return feature.width_mm * share


def _fit(feature: PlateFeature, x: np.ndarray, y: np.ndarray, z: np.ndarray, cell_mm2: float) -> _Fit | None:
    across, down = reach_mm(feature)
    near = (np.abs(x - feature.x_mm) < across + RIM_MM) & (np.abs(y - feature.y_mm) < down + RIM_MM)
    x, y, z = x[near], y[near], z[near]
    beyond = _beyond(feature, x, y)
    near = beyond < RIM_MM
    x, y, z, beyond = x[near], y[near], z[near], beyond[near]
    if len(x) < _FEWEST_POINTS or len(x) * cell_mm2 < _LEAST_SEEN * _area_mm2(feature, RIM_MM):
        return None
    share = share_of_depth(feature, x, y)
    used = np.ones(len(x), dtype=bool)
    if feature.shape == "well":
        wall = feature.wall_mm or 0.0
        used = (beyond > _FROM_WALL_MM) | (beyond < -wall - _FROM_WALL_MM)
    design = np.column_stack([-share, np.ones(len(x)), x - feature.x_mm, y - feature.y_mm])
    if (used & (share > 0)).sum() < 3 or (used & (share == 0)).sum() < 3:
        return None
    weights = _solve(design, z, used)
    drop = design[:, 1:] @ weights[1:] - z
    support = beyond < _VOLUME_REACH_MM
    area = _area_mm2(feature, _VOLUME_REACH_MM)
    deeper = (np.sign(weights[0]) * drop > 0.5 * abs(weights[0]))[support].mean()
    return _Fit(float(weights[0]), float(drop[support].mean() * area), float(2 * np.sqrt(deeper * area / np.pi)))


def _solve(design: np.ndarray, z: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return the weights of the least-squares fit; false heights are left out in a second pass."""
    weights = np.linalg.lstsq(design[used], z[used], rcond=None)[0]
    left = z - design @ weights
    spread = 1.4826 * np.median(np.abs(left[used] - np.median(left[used])))
    kept = used & (np.abs(left) <= _OUTLIER * max(spread, 1e-4))
    # What a scanner blurs lies far from the fit as well: only a few points may be false heights.
    if kept.sum() < 0.97 * used.sum():
        return weights
    return np.linalg.lstsq(design[kept], z[kept], rcond=None)[0]


def _beyond(feature: PlateFeature, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return how far each place lies outside the feature's outline (negative: inside), mm."""
    across, down = np.abs(x - feature.x_mm), np.abs(y - feature.y_mm)
    half_x, half_y = reach_mm(feature)
    if feature.shape == "well":
        return np.maximum(across - half_x, down - half_y)
    return np.hypot(across, down) - half_x


def _area_mm2(feature: PlateFeature, margin_mm: float) -> float:
    half_x, half_y = (half + margin_mm for half in reach_mm(feature))
    return 4 * half_x * half_y if feature.shape == "well" else np.pi * half_x**2


def _spread_on_flat(
    feature: PlateFeature, plate: PhantomPlate, x: np.ndarray, y: np.ndarray, z: np.ndarray, cell_mm2: float
) -> float | None:
    """Return the rms depth that this feature's fit reads on the flat area, where there is none."""
    left, top, right, bottom = plate.flat_mm
    across, down = (half + RIM_MM for half in reach_mm(feature))
    on_flat = (x > left) & (x < right) & (y > top) & (y < bottom)
    x, y, z = x[on_flat], y[on_flat], z[on_flat]
    found = []
    for centre_y in np.linspace(top + down, bottom - down, _BLANKS_ALONG):
        for centre_x in np.linspace(left + across, right - across, _BLANKS_ALONG):
            moved = feature.model_copy(update={"x_mm": float(centre_x), "y_mm": float(centre_y)})
            fit = _fit(moved, x, y, z, cell_mm2)
            if fit is not None:
                found.append(fit.depth_mm)
    return float(np.sqrt(np.mean(np.square(found)))) if len(found) >= _BLANKS_ALONG else None
