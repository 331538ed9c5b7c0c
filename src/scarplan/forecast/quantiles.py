"""Quantiles over draws: the medians and the 50 and 90 % intervals of a forecast."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: Name of a quantile in results -> its level.
LEVELS = {"q05": 0.05, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q95": 0.95}


def quantiles_over_draws(values: Float[np.ndarray, "draw ..."]) -> Float[np.ndarray, "q ..."]:
    """Return the five quantiles over the first axis, in the order of `LEVELS`; linear between order statistics."""
    return np.quantile(np.asarray(values, dtype=np.float64), list(LEVELS.values()), axis=0)


def name_quantiles(values: Float[np.ndarray, "draw ..."]) -> dict[str, np.ndarray]:
    """Return the quantiles of `values` by name, `q05` to `q95`."""
    return dict(zip(LEVELS, quantiles_over_draws(values), strict=True))


def nearest_draw(values: Float[np.ndarray, " draw"], level: float) -> int:
    """Return the number of the draw whose value is nearest to the quantile `level`; the first of equals."""
    return int(np.argmin(np.abs(values - np.quantile(values, level))))
