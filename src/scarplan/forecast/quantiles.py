"""Quantiles over draws: the medians and the 50 and 90 % intervals of a forecast."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

# Figures of the model are written to a tenth of a micrometre (0.0001 mm): far finer than any scan.
_DIGITS = 4

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


def describe_band(values: Float[np.ndarray, " draw"]) -> dict[str, float | None]:
    """Return the quantiles of one figure by name, rounded as they are written."""
    return {name: round_figure(value) for name, value in name_quantiles(values).items()}


def describe_bands(values: Float[np.ndarray, "draw t"]) -> dict[str, list[float]]:
    """Return the quantiles of a figure on each day by name, rounded as they are written."""
    return {name: [round_figure(value) for value in row] for name, row in name_quantiles(values).items()}


def round_figure(value: Any) -> Any:
    """Return a figure of the model as it is written; None stays None."""
    # Plus zero: a change of nothing is not written as -0.0.
    return None if value is None else round(float(value), _DIGITS) + 0.0
