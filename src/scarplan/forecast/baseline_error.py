"""What the first scan does not know of a scar: the forecast of its depth and volume goes with that error.

The change of a scar is foretold from the surface as it was scanned, and a later scan of the same skin errs by the same
level of skin around the scar; so the error of the first scan stands in no change. It stands in the depth itself, and
shrinks with the scar: what is half as deep is wrong by half as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import special

# Purpose of the random stream: every scar has its own, the same in every forecast.
_STREAM = 53
# A scar is taken as at most so many times as deep as the simulation reads it.
_MOST = 3.0


def with_baseline_error(
    values: Float[np.ndarray, "draw t"], row: Mapping[str, Any], *, measure: str, unit: str, present: float
) -> Float[np.ndarray, "draw t"]:
    """Return depth (mm) or volume (mm3) of one scar in every draw as it may really be.

    row       the scar as `scars` found it: value and standard deviation of `measure`, "depth" or "volume"
    present   the first scan, measured as the simulation measures it
    """
    count = len(values)
    order = np.random.default_rng([_STREAM, int(row["id"])]).permutation(count)
    found = row[f"{measure}_{unit}"] + row[f"{measure}_sd_{unit}"] * special.ndtri((order + 0.5) / count)
    return values * np.clip(found / present, 0.0, _MOST)[:, None] if present > 0 else values
