"""ChartView: one chart of the scan as the pictures need it: heights, what was seen, labels, and the scars on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True)
class ChartView:
    """Heights of one chart with the scars found on it.

    relief_mm   heights [y x], mm, positive outwards
    valid       True where the skin was seen [y x]
    labels      integers [y x]: 0 skin, n = scar n
    scars       rows of `scars --json` on this chart
    faint       ids of the low-confidence finds
    level_mm    height of the skin as it would be without the scars [y x]; None where it was not kept
    """

    name: str
    relief_mm: Float[np.ndarray, "y x"]
    valid: Bool[np.ndarray, "y x"]
    labels: Int[np.ndarray, "y x"]
    pixel_mm: float
    scars: tuple[Mapping[str, Any], ...] = ()
    faint: frozenset[int] = frozenset()
    level_mm: Float[np.ndarray, "y x"] | None = None

    @property
    def width_mm(self) -> float:
        """Width of the chart."""
        return self.relief_mm.shape[1] * self.pixel_mm

    @property
    def height_mm(self) -> float:
        """Height of the chart."""
        return self.relief_mm.shape[0] * self.pixel_mm

    @property
    def confident_count(self) -> int:
        """How many scars of the chart count in the headline."""
        return sum(scar["id"] not in self.faint for scar in self.scars)
