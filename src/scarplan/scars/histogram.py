"""Depth-area and depth-volume histograms: how much scarred skin lies how deep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.scarmap import ScarMap
from scarplan.surface.surface import Surface

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class DepthHistogram:
    """Area (mm2) and volume (mm3) of scarred skin between depth edges (mm); the last bin is open above."""

    depth_edges_mm: Float[np.ndarray, " k+1"]
    area_mm2: Float[np.ndarray, " k"]
    volume_mm3: Float[np.ndarray, " k"]


def depth_histogram(
    surfaces: Iterable[Surface], scarmap: ScarMap, *, ids: Iterable[int] | None = None
) -> DepthHistogram:
    """Return the histogram of depressed scars (`ids`: only these; otherwise all). Raised scars are left out."""
    edges = np.array(value_of("scars.histogram_edges_mm"), float)
    wanted = {scar.id for scar in scarmap.scars if scar.depth_mm > 0}
    wanted &= wanted if ids is None else set(ids)
    area, volume = np.zeros(edges.size - 1), np.zeros(edges.size - 1)
    for surface in surfaces:
        mine = [scar.id for scar in scarmap.scars if scar.id in wanted and scar.chart == surface.name]
        inside = np.isin(scarmap.labels[surface.name], mine) & surface.valid
        drop = (scarmap.level_mm[surface.name] - surface.relief_mm)[inside]
        cell = surface.pixel_mm**2
        place = np.clip(np.searchsorted(edges, drop, side="right") - 1, 0, edges.size - 2)
        area += np.bincount(place, minlength=edges.size - 1) * cell
        volume += np.bincount(place, weights=drop, minlength=edges.size - 1) * cell
    return DepthHistogram(edges, area, volume)
