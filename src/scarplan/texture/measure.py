"""Measure: the texture of charts and zones, from evaluation areas of one size, with standard errors.

Extremes such as Sz grow with the area looked at. Every parameter is therefore made in square evaluation areas of one
size and averaged, so that a small and a large scan compare. Sal, Str and Std come from the mean autocorrelation of the
areas. The standard error is that over the areas, drawn again and again with replacement (bootstrap).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.texture.parameters import PARAMETERS, SPATIAL, area_parameters
from scarplan.texture.scale import ScaleLimited
from scarplan.texture.spatial import Correlation, correlate, spatial_parameters

_DRAWS, _SPATIAL_DRAWS = 200, 100
_SEED = 25178
# Fewer areas say nothing of how much they differ.
_FEWEST_AREAS = 4


@dataclass(frozen=True)
class Area:
    """One evaluation area: what it tells alone, its autocorrelation, and how much skin it holds (mm2)."""

    values: dict[str, float]
    correlation: Correlation
    skin_mm2: float


@dataclass(frozen=True)
class Measured:
    """One parameter: `value` and its standard error; None: cannot be told."""

    value: float | None
    se: float | None
    unit: str


@dataclass(frozen=True)
class Texture:
    """The parameters of some skin, from `areas` evaluation areas; `direction_is_told`: Str is low enough for Std."""

    areas: int
    skin_mm2: float
    parameters: dict[str, Measured] = field(default_factory=dict)


def split_areas(texture: ScaleLimited, *, area_mm: float) -> tuple[Area, ...]:
    """Return the square evaluation areas of `texture` that hold enough skin, laid evenly over it from its middle."""
    side = round(area_mm / texture.pixel_mm)
    least = value_of("texture.area_share_least")
    longest_lag = side // 2
    found = []
    for top in _starts(texture.skin.shape[0], side):
        for left in _starts(texture.skin.shape[1], side):
            window = (slice(top, top + side), slice(left, left + side))
            skin, heights = texture.skin[window], texture.heights_um[window]
            if skin.mean() < least:
                continue
            found.append(
                Area(
                    values=area_parameters(heights, skin, pixel_mm=texture.pixel_mm),
                    correlation=correlate(heights, skin, longest_lag=longest_lag),
                    skin_mm2=float(skin.sum()) * texture.pixel_mm**2,
                )
            )
    return tuple(found)


def pool_areas(areas: Sequence[Area], *, pixel_mm: float) -> Texture:
    """Return the parameters over `areas` of one grid."""
    if not areas:
        empty = {name: Measured(None, None, unit) for name, (unit, _) in PARAMETERS.items()}
        return Texture(0, 0.0, empty)
    draws = np.random.Generator(np.random.PCG64(_SEED)).integers(len(areas), size=(_DRAWS, len(areas)))
    told = {name: _pool_one(name, areas, draws) for name in PARAMETERS if name not in SPATIAL}
    told |= _pool_spatial(areas, draws, pixel_mm=pixel_mm)
    return Texture(
        areas=len(areas),
        skin_mm2=sum(area.skin_mm2 for area in areas),
        parameters={name: told[name] for name in PARAMETERS},
    )


def _starts(size: int, side: int) -> range:
    count = size // side
    return range((size - count * side) // 2, size - side + 1, side) if count else range(0)


def _pool_one(name: str, areas: Sequence[Area], draws: np.ndarray) -> Measured:
    """Return the mean over the areas, weighted by their skin."""
    values = np.array([area.values[name] for area in areas])
    weights = np.array([area.skin_mm2 for area in areas])
    known = np.isfinite(values)
    unit = PARAMETERS[name][0]
    if not known.any():
        return Measured(None, None, unit)
    weights, values = np.where(known, weights, 0.0), np.where(known, values, 0.0)
    mean = float(np.average(values, weights=weights))
    if known.sum() < _FEWEST_AREAS:
        return Measured(mean, None, unit)
    total = weights[draws].sum(axis=1)
    means = (weights * values)[draws].sum(axis=1)[total > 0] / total[total > 0]
    return Measured(mean, float(means.std(ddof=1)), unit)


def _pool_spatial(areas: Sequence[Area], draws: np.ndarray, *, pixel_mm: float) -> dict[str, Measured]:
    """Return Sal, Str and Std of the mean autocorrelation; Std only where the skin has a direction."""
    products = np.stack([area.correlation.products for area in areas])
    pairs = np.stack([area.correlation.pairs for area in areas])
    whole = spatial_parameters(Correlation(products.sum(axis=0), pairs.sum(axis=0)), pixel=pixel_mm)
    # Skin that is alike in all directions has no direction.
    has_direction = not whole["Str"] > value_of("texture.isotropic_str")
    drawn: dict[str, list[float]] = {name: [] for name in SPATIAL}
    if len(areas) >= _FEWEST_AREAS:
        times = np.stack([np.bincount(draw, minlength=len(areas)) for draw in draws[:_SPATIAL_DRAWS]]).astype(float)
        for count in times:
            again = Correlation(np.tensordot(count, products, 1), np.tensordot(count, pairs, 1))
            for name, value in spatial_parameters(again, pixel=pixel_mm, with_direction=has_direction).items():
                drawn[name].append(value)
    told = {}
    for name in SPATIAL:
        unit, value, values = PARAMETERS[name][0], whole[name], np.array(drawn[name])
        if not np.isfinite(value) or (name == "Std" and not has_direction):
            told[name] = Measured(None, None, unit)
        else:
            told[name] = Measured(value, _angle_sd(values) if name == "Std" else _spread(values), unit)
    return told


def _spread(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1)) if known.size > _SPATIAL_DRAWS // 2 else None


def _angle_sd(values: np.ndarray) -> float | None:
    """Return the standard deviation of directions (a direction and its opposite are one), degrees."""
    known = values[np.isfinite(values)]
    if known.size <= _SPATIAL_DRAWS // 2:
        return None
    length = float(np.abs(np.exp(2j * np.radians(known)).mean()))
    return float(np.degrees(np.sqrt(-2 * np.log(max(length, 1e-12)))) / 2) if length < 1 else 0.0
