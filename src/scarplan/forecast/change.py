"""Is a change large enough to be measured? The detectable change of each scar, and what may be said of its forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

# 95 % of changes without a cause are smaller than this many standard deviations (contract: 1.96 sd).
_SDS = 1.96

NO_CHANGE = "no measurable change"
SHALLOWER = "measurably shallower"
DEEPER = "measurably deeper"


@dataclass(frozen=True)
class ExpectedChange:
    """The change of one scar when the result is judged.

    detectable_mm   the smallest change that two scans by this scanner tell from none
    chance_shallower, chance_deeper   share of draws with a measurable change
    words           what may be said: the middle draw decides
    """

    detectable_mm: float
    chance_shallower: float
    chance_deeper: float
    words: str


def expect_change(depth_mm: Float[np.ndarray, " draw"], *, present_mm: float, depth_sd_mm: float) -> ExpectedChange:
    """Return what may be said of the change from `present_mm`; both scans err by `depth_sd_mm`."""
    detectable = _SDS * float(np.sqrt(2)) * depth_sd_mm
    change = depth_mm - present_mm
    middle = float(np.median(change))
    words = NO_CHANGE if abs(middle) <= detectable else SHALLOWER if middle < 0 else DEEPER
    return ExpectedChange(
        detectable_mm=detectable,
        chance_shallower=float((change < -detectable).mean()),
        chance_deeper=float((change > detectable).mean()),
        words=words,
    )
