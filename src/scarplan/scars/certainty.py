"""How sure a find is: its confidence, and the standard deviations of its depth and volume."""

from __future__ import annotations

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.describe import Description
from scarplan.scars.shape_features import confidence_features, weigh
from scarplan.scars.skin_spectrum import SkinSpectrum

#: No depth is known better than this, whatever the skin: the rim is drawn on a grid of cells.
_LEAST_SD_MM = 0.004


def confidence(shape: Description, *, snr: float, sign: int) -> float:
    """Return the probability (0-1) that a find is a scar and no chance of the skin."""
    score = weigh(confidence_features(shape, snr=snr, sign=sign), value_of("scars.confidence_weights"))
    return float(1 / (1 + np.exp(-np.clip(score, -40, 40))))


def hidden_skin_mm(width_mm: float, spectrum: SkinSpectrum) -> float:
    """Return the rms of the skin's own waves that fit under a scar and cannot be seen there.

    Waves much longer than the scar are known from the skin around it; shorter ones are not.
    """
    edges = np.array(spectrum.edges_mm)
    middle = np.sqrt(edges[:-1] * edges[1:])
    part = np.minimum(1.0, (value_of("scars.hidden_wave_factor") * width_mm / middle) ** 4)
    return float(np.sqrt((np.array(spectrum.rms_mm) ** 2 * part).sum()))


def depth_sd_mm(shape: Description, spectrum: SkinSpectrum, *, depth_mm: float) -> float:
    """Return the standard deviation of the depth: roughness of its floor, skin hidden under it, a part of the depth."""
    rough, skin, part = value_of("scars.depth_sd_weights")
    parts = (rough * shape.roughness_mm, skin * hidden_skin_mm(shape.width_mm, spectrum), part * depth_mm)
    return float(np.linalg.norm([*parts, _LEAST_SD_MM]))


def volume_sd_mm3(shape: Description, spectrum: SkinSpectrum, *, volume_mm3: float) -> float:
    """Return the standard deviation of the volume: the same three, over the area."""
    skin, part, rough = value_of("scars.volume_sd_weights")
    level = skin * hidden_skin_mm(shape.width_mm, spectrum) * shape.area_mm2
    return float(np.linalg.norm([level, part * volume_mm3, rough * shape.roughness_mm * shape.area_mm2]))
