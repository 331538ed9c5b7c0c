"""What finding does to a depth and a volume on average, taken back: factors fitted on scars of known depth.

The deepest pixels of a rough floor lie deeper than the floor, smoothing fills a tip, an outline grows into natural
hollows: each by an amount that the shape tells. Both factors are 1 for a find like the average of those fitted on,
and they never change a measure beyond their limits.
"""

from __future__ import annotations

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.describe import Description
from scarplan.scars.hidden_skin import HiddenSkin
from scarplan.scars.shape_features import expand, shape_features, standardise, weigh


def correction(shape: Description, hidden: HiddenSkin, *, sign: int) -> tuple[float, float]:
    """Return the factors by which the measured depth and volume are multiplied."""
    terms = expand(standardise(shape_features(shape, hidden_mm=hidden.floor_mm, sign=sign)))
    low, high = (float(np.log(limit)) for limit in value_of("scar_fit.correction_limits"))
    depth, volume = (
        float(np.exp(np.clip(weigh(terms, f"scar_fit.{one}_weights"), low, high))) for one in ("depth", "volume")
    )
    return depth, volume
