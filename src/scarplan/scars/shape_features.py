"""The numbers a find is judged by: inputs of its confidence, its kind, and what is corrected in its depth and volume.

All but the width are ratios, so that a scar of half the depth in skin of half the roughness is judged alike. Models
are quadratic in the standardised features (`expand`): steps of any one of them may depend on another. Features
beyond what the models were fitted on are cut to its limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.describe import Description

if TYPE_CHECKING:
    from jaxtyping import Float

#: Floors that keep logarithms finite; far below anything measured.
_LEAST_DEPTH_MM, _LEAST_ROUGHNESS_MM, _LEAST_ANGLE_DEG = 0.005, 0.002, 0.5
#: Standardised features are cut here, in deviations of the finds they were fitted on.
_CUT = 3.0

SHAPE_FEATURES = (
    "log_width", "log_aspect", "log_deepest_4", "log_deepest_12", "log_deepest_30", "log_deepest_60", "log_steady",
    "log_steadier", "log_roughness_part", "log_hidden_part", "fullness", "log_wall", "ring_part", "uneven_rim_part",
    "solidity", "rim_volume_part", "unseen_rim", "neighbour_part", "hidden_part", "is_within", "is_raised",
)  # fmt: skip
CONFIDENCE_FEATURES = (*SHAPE_FEATURES, "log_snr", "elongation")


@lru_cache(maxsize=4)  # asked for by each of the models
def shape_features(shape: Description, *, hidden_mm: float, sign: int) -> tuple[float, ...]:
    """Return the values of `SHAPE_FEATURES`; `hidden_mm` is the deviation of the skin hidden under the scar."""
    means = np.maximum((*shape.deepest_means_mm, *shape.steady_depths_mm), _LEAST_DEPTH_MM)
    # The mean of the deepest eighth is steadier than the deepest 1 %: sizes are compared with it.
    deep = means[2]
    logs = np.log(means / means[0])
    slope = np.tan(np.radians(max(shape.wall_angle_deg, _LEAST_ANGLE_DEG)))
    return (
        float(np.log(shape.width_mm)), float(np.log(deep / shape.width_mm)), *(float(log) for log in logs[1:]),
        float(np.log(max(shape.roughness_mm, _LEAST_ROUGHNESS_MM) / deep)), float(np.log(hidden_mm / deep)),
        float(np.clip(shape.fullness, 0, 1.2)), float(np.log(slope * shape.width_mm / deep)),
        float(np.clip(shape.ring_mm / max(deep, 0.01), -0.5, 0.5)),
        float(np.clip(shape.uneven_rim_mm / max(deep, 0.01), 0, 1)),
        shape.solidity, float(np.clip(shape.rim_volume_part, -0.5, 0.5)),
        shape.unseen_rim, shape.neighbour_part, shape.hidden_part, float(shape.within), float(sign < 0),
    )  # fmt: skip


def confidence_features(shape: Description, *, hidden_mm: float, snr: float, sign: int) -> tuple[float, ...]:
    """Return the values of `CONFIDENCE_FEATURES`."""
    more = float(np.log(abs(snr))), min(shape.elongation, 4.0)
    return shape_features(shape, hidden_mm=hidden_mm, sign=sign) + more


def standardise(features: Sequence[float]) -> Float[np.ndarray, " n"]:
    """Return features less their middle, in deviations, cut to where models were fitted."""
    middle, spread = (_as_array(f"scar_fit.feature_{name}") for name in ("middles", "spreads"))
    count = len(features)
    return np.clip((np.asarray(features) - middle[:count]) / spread[:count], -_CUT, _CUT)


def expand(standardised: Float[np.ndarray, "*n k"]) -> Float[np.ndarray, "*n terms"]:
    """Return 1, every feature, and every product of two."""
    rows, columns = _pairs(standardised.shape[-1])
    ones = np.ones((*standardised.shape[:-1], 1))
    return np.concatenate([ones, standardised, standardised[..., rows] * standardised[..., columns]], axis=-1)


@lru_cache(maxsize=8)
def _pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.triu_indices(count)
    return rows, columns


#: Lists of numbers that were asked for, with their arrays: made once, and again when the list is another one.
_ARRAYS: dict[str, tuple[Sequence[float], np.ndarray]] = {}


def _as_array(name: str) -> np.ndarray:
    """Return the list of numbers called `name` as an array."""
    told = value_of(name)
    held = _ARRAYS.get(name)
    if held is None or held[0] is not told:
        held = _ARRAYS[name] = told, np.array(told)
    return held[1]


def weigh(terms: Float[np.ndarray, " k"], weights: str) -> float:
    """Return the sum of terms, each times its weight in the quantity called `weights`."""
    return float(np.dot(terms, _as_array(weights)))
