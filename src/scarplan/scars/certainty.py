"""How sure a find is: its confidence, and the standard deviations of its depth and volume.

A deviation is made of what is known to be uncertain (the skin hidden under the scar, the roughness of its floor, a
part of the measure itself), times a factor fitted on scars of known depth so that the 90 % interval covers 90 % of
them. What the scanner adds to that is added here and nowhere else.
"""

from __future__ import annotations

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.describe import Description
from scarplan.scars.hidden_skin import HiddenSkin
from scarplan.scars.shape_features import confidence_features, expand, shape_features, standardise, weigh
from scarplan.surface.surface import Scanner

#: No depth is known better than this, whatever the skin: the rim is drawn on a grid of cells.
_LEAST_SD_MM = 0.004
#: The fitted factor may do this much to a deviation and no more (logarithm).
_MOST_LOG_FACTOR = 1.0


def confidence(shape: Description, hidden: HiddenSkin, *, snr: float, sign: int) -> float:
    """Return the probability (0-1) that a find is a scar and no chance of the skin."""
    features = standardise(confidence_features(shape, hidden_mm=hidden.floor_mm, snr=snr, sign=sign))
    score = weigh(expand(features), "scar_fit.confidence_weights")
    return float(1 / (1 + np.exp(-np.clip(score, -40, 40))))


def depth_sd_mm(
    shape: Description, hidden: HiddenSkin, *, depth_mm: float, scanner: Scanner | None = None
) -> float:  # fmt: skip
    """Return the standard deviation of the depth; `scanner` adds what is known of its errors."""
    rough, skin, part = value_of("scar_fit.depth_sd_parts")
    parts = (rough * shape.roughness_mm, skin * hidden.floor_mm, part * depth_mm, _LEAST_SD_MM)
    own = float(np.linalg.norm(parts)) * _factor(shape, hidden, depth_mm, "scar_fit.depth_sd_weights")
    return float(np.hypot(own, _scanner_sd_mm(scanner, depth_mm, shape.width_mm)))


def volume_sd_mm3(
    shape: Description, hidden: HiddenSkin, *, volume_mm3: float, scanner: Scanner | None = None
) -> float:  # fmt: skip
    """Return the standard deviation of the volume; the scanner's error of depth counts over the whole area."""
    skin, part, rough = value_of("scar_fit.volume_sd_parts")
    parts = (skin * hidden.mean_mm * shape.area_mm2, part * volume_mm3, rough * shape.roughness_mm * shape.area_mm2)
    own = float(np.linalg.norm(parts)) * _factor(shape, hidden, volume_mm3, "scar_fit.volume_sd_weights")
    mean_depth_mm = volume_mm3 / shape.area_mm2
    return float(np.hypot(own, _scanner_sd_mm(scanner, mean_depth_mm, shape.width_mm) * shape.area_mm2))


def _factor(shape: Description, hidden: HiddenSkin, signed: float, weights: str) -> float:
    """Return what the shape says of the size of its errors, from weights of 1 and of each feature."""
    features = standardise(shape_features(shape, hidden_mm=hidden.floor_mm, sign=-1 if signed < 0 else 1))
    told = weigh(np.array([1.0, *features]), weights)
    return float(np.exp(np.clip(told, -_MOST_LOG_FACTOR, _MOST_LOG_FACTOR)))


def _scanner_sd_mm(scanner: Scanner | None, depth_mm: float, width_mm: float) -> float:
    """Return the deviation that the scanner adds to a depth: its level (offset, repeatability), its gain, its shadows.

    Photographs under known lights lose the floor of a pit whose walls stand in shadow. No profile vouches for that:
    the pits of the phantom are half as deep as wide at most, ice-pick scars deeper than wide.
    """
    if scanner is None:
        return 0.0
    shadow = 0.0
    if scanner.capture == "photometric":
        steepest, gain = value_of("capture.steep_pit_from"), value_of("capture.steep_pit_gain")
        shadow = gain * max(0.0, depth_mm / max(width_mm, 1e-9) - steepest)
    return float(np.hypot(scanner.level_sd_mm, np.hypot(scanner.gain_sd, shadow) * depth_mm))
