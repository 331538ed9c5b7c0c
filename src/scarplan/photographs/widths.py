"""Width of a marked scar: only with a ruler in the frame, in the plane in which the ruler lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scarplan.evidence.library import value_of
from scarplan.photographs.marks import MarkedScar, Ruler


@dataclass(frozen=True)
class Width:
    """Width of one scar in mm and its standard deviation by unsteady taps on scar and ruler."""

    width_mm: float
    width_sd_mm: float


def measure_width(scar: MarkedScar, ruler: Ruler | None, *, size_px: tuple[int, int]) -> Width | None:
    """Return the width of a scar on a photograph of (width, height) pixels; None without a ruler or a second edge."""
    if ruler is None or scar.edge_px is None:
        return None
    width = math.dist(scar.tap_px, scar.edge_px) / ruler.px_per_mm
    # A length between two taps moves by the taps along it: two independent errors each.
    slip_px = math.sqrt(2) * value_of("photographs.tap_sd") * max(size_px)
    return Width(width, math.hypot(slip_px / ruler.px_per_mm, width * slip_px / ruler.length_px))
