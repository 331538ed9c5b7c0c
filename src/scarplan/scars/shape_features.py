"""The numbers a find is judged by: inputs of the confidence and of the kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scarplan.scars.describe import Description

#: Floors that keep logarithms finite; far below anything measured.
_LEAST_DEPTH_MM, _LEAST_ROUGHNESS_MM, _LEAST_ANGLE_DEG = 0.005, 0.002, 0.5

CONFIDENCE_FEATURES = (
    "one", "log_width", "log_depth", "log_snr", "log_contrast", "log_wall_slope", "solidity", "elongation", "fullness",
    "log_width_squared", "log_width_times_log_snr", "log_width_times_log_depth", "log_depth_squared",
    "log_snr_squared", "is_raised", "ring_part", "unseen_rim",
)  # fmt: skip
KIND_FEATURES = (
    "one", "log_width", "log_width_squared", "log_depth", "log_aspect_squared", "fullness", "log_wall_slope",
)  # fmt: skip


def confidence_features(shape: Description, *, snr: float, sign: int) -> list[float]:
    """Return the values of `CONFIDENCE_FEATURES`."""
    # The mean of the deepest eighth is steadier than the deepest 1 %.
    deep = max(shape.deepest_means_mm[2], _LEAST_DEPTH_MM)
    width, depth, ratio = np.log(shape.width_mm), np.log(deep), np.log(abs(snr))
    contrast = np.log(deep / max(shape.roughness_mm, _LEAST_ROUGHNESS_MM))
    return [
        1.0, width, depth, ratio, contrast, _log_slope(shape), shape.solidity, min(shape.elongation, 4.0),
        float(np.clip(shape.fullness, 0, 1.2)), width**2, width * ratio, width * depth, depth**2, ratio**2,
        float(sign < 0), float(np.clip(shape.ring_mm / max(shape.deepest_means_mm[2], 0.01), -0.5, 0.5)),
        shape.unseen_rim,
    ]  # fmt: skip


def kind_features(shape: Description, *, depth_mm: float) -> list[float]:
    """Return the values of `KIND_FEATURES`."""
    width, deep = np.log(shape.width_mm), max(abs(depth_mm), 0.01)
    aspect = np.log(deep / shape.width_mm)
    return [1.0, width, width**2, np.log(deep), aspect**2, float(np.clip(shape.fullness, 0, 1.2)), _log_slope(shape)]


def weigh(features: Sequence[float], weights: Sequence[float]) -> float:
    """Return the weighted sum of features."""
    return float(np.dot(features, weights))


def _log_slope(shape: Description) -> float:
    return float(np.log(np.tan(np.radians(max(shape.wall_angle_deg, _LEAST_ANGLE_DEG)))))
