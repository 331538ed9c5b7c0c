"""Profiles of scars as small multiples: a cut through each scar with the line of its rim and its depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from scipy.ndimage import map_coordinates

from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.plots import INK, LINE, MUTED

#: A cut goes this far beyond the outline on either side, as part of the width.
_BEYOND = 0.45
#: A cut along the longer axis that shows less than this part of the scar's width gives way to one that shows more: the
#: deepest place of a scar that the edge cuts may lie in a corner.
_LEAST_SHOWN = 0.5


@dataclass(frozen=True)
class Profile:
    """A cut through one scar: place along it and height above the rim, mm; NaN where not seen."""

    along_mm: Float[np.ndarray, " n"]
    height_mm: Float[np.ndarray, " n"]


def cut_profile(view: ChartView, scar: Mapping[str, Any]) -> Profile:
    """Return the cut through the deepest place of `scar`, along its longer axis where that shows it, below its rim."""
    level = view.level_mm if view.level_mm is not None else np.full(view.relief_mm.shape, np.nan)
    rows, columns = np.nonzero(view.labels == scar["id"])
    if not rows.size:
        return Profile(np.zeros(0), np.zeros(0))
    height = np.where(view.valid, view.relief_mm - level, np.nan)
    inside = np.nan_to_num(height[rows, columns])
    deepest = np.argmin(inside if scar["depth_mm"] >= 0 else -inside)
    points = np.stack([rows, columns]).astype(float)
    spread = points - points.mean(axis=1, keepdims=True)
    longer = np.linalg.eigh(spread @ spread.T)[1][:, 1]
    inwards = -spread[:, deepest] / max(float(np.linalg.norm(spread[:, deepest])), 1e-9)
    shown = 0.0
    for axis in (longer, longer[::-1] * [1, -1], inwards):
        found = _cut_along(height, points, points[:, deepest], axis, pixel_mm=view.pixel_mm)
        seen = float(np.isfinite(found.height_mm).sum())
        if axis is longer or seen > shown:
            profile, shown = found, seen
        if shown * 0.5 > _LEAST_SHOWN * 2 * np.sqrt(rows.size / np.pi):
            break
    return profile


def _cut_along(
    height_mm: np.ndarray, points: np.ndarray, through: np.ndarray, axis: np.ndarray, *, pixel_mm: float
) -> Profile:
    """Return the cut along `axis` (unit vector, rows and columns) in steps of half a pixel."""
    along = axis @ (points - through[:, None])
    beyond = _BEYOND * max(float(np.ptp(along)), 1.0)
    steps = 0.5 * np.arange(np.floor(2 * (along.min() - beyond)), np.ceil(2 * (along.max() + beyond)) + 1)
    places = through[:, None] + axis[:, None] * steps
    found = map_coordinates(np.nan_to_num(height_mm), places, order=1, mode="nearest")
    unseen = map_coordinates(np.isnan(height_mm).astype(float), places, order=1, mode="constant", cval=1.0)
    return Profile(steps * pixel_mm, np.where(unseen > 1e-6, np.nan, found))


def draw_profile(
    axes: Axes, view: ChartView, scar: Mapping[str, Any], *, colour: str, symbol: str, limits_mm: tuple[float, float]
) -> None:
    """Draw the cut through `scar` with its rim (dashed) and its depth with the 90 % interval; say where it is cut."""
    profile = cut_profile(view, scar)
    depth, reach = scar["depth_mm"], 1.645 * scar["depth_sd_mm"]
    axes.axhline(0.0, color=MUTED, linewidth=0.7, linestyle="--")
    axes.axhspan(-depth - reach, -depth + reach, color=LINE, alpha=0.7, linewidth=0)
    axes.fill_between(profile.along_mm, profile.height_mm, 0.0, color=colour, alpha=0.3, linewidth=0)
    axes.plot(profile.along_mm, profile.height_mm, color=INK, linewidth=0.9)
    words = ", cut" if scar.get("touches_edge") else ""
    words += ", unsure" if scar["id"] in view.faint else ""
    axes.set_title(f"{symbol} {scar['id']}: {depth:.2f} mm{words}", fontsize=10, color=INK, pad=2)
    axes.set_ylim(*limits_mm)
    axes.margins(x=0)
    axes.tick_params(colors=MUTED, labelsize=8.5, length=2, pad=1)
    axes.spines[["top", "right"]].set_visible(False)
