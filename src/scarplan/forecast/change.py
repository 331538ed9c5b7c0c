"""Is a change large enough to be measured? That of each scar, with what may be said of its forecast, and of a mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of

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


def detectable_mean(sd_mm: Float[np.ndarray, " s"]) -> float:
    """Return what a change of the mean of scars with these errors must exceed, mm, with what all scars of a scan share.

    Both the baseline and the follow-up have a level of their own.
    """
    own = float(np.sqrt(np.sum(sd_mm**2))) / sd_mm.size
    return _SDS * float(np.hypot(own, np.sqrt(2.0) * float(value_of("course.shared_error_mm"))))
