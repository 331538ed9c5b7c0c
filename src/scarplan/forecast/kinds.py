"""Which draws take a scar for tethered, which for steep: its kind is a probability, and so is its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

#: Purpose of a random stream, so that no two parts of a forecast share one.
_STREAM = 7


def draw_tethered(scars: Sequence[Mapping[str, Any]], *, count: int, seed: int) -> Float[np.ndarray, "draw s"]:
    """Return 1 where a draw takes a scar for a (tethered) rolling one, 0 elsewhere.

    The draws of a scar depend on the seed and its id alone, so that every plan is compared on the same ones.
    """
    columns = [_levels(scar, count=count, seed=seed) < scar["kind_probability"]["rolling"] for scar in scars]
    return np.stack(columns, axis=1).astype(float) if columns else np.zeros((count, 0))


def draw_edged(scars: Sequence[Mapping[str, Any]], *, count: int, seed: int) -> Float[np.ndarray, "draw s"]:
    """Return 1 where a draw takes a scar for a boxcar, whose edge is steep, 0 elsewhere; no draw takes it for both."""
    columns = []
    for scar in scars:
        rolling, boxcar = (scar["kind_probability"].get(kind, 0.0) for kind in ("rolling", "boxcar"))
        level = _levels(scar, count=count, seed=seed)
        columns.append((level >= rolling) & (level < rolling + boxcar))
    return np.stack(columns, axis=1).astype(float) if columns else np.zeros((count, 0))


def _levels(scar: Mapping[str, Any], *, count: int, seed: int) -> Float[np.ndarray, " draw"]:
    return np.random.default_rng([seed, _STREAM, scar["id"]]).random(count)
