"""Height and volume parameters of ISO 25178-2, from the heights of an evaluation area alone."""

from __future__ import annotations

import numpy as np

from scarplan.texture.material_ratio import PEAKS_UP_TO, VALLEYS_FROM, material_height


def height_parameters(heights: np.ndarray) -> dict[str, float]:
    """Return Sq, Sa, Sp, Sv, Sz (unit of `heights`), Ssk and Sku of heights [n] from their mean.

    The last two are NaN where all heights are equal.
    """
    above = heights - heights.mean()
    squares = above**2
    sq = float(np.sqrt(squares.mean()))
    peak, pit = float(above.max()), float(-above.min())
    # A cube or fourth power of an even area is rounding over rounding.
    even = sq <= np.finfo(float).eps * max(1e-300, float(np.abs(heights).max()))
    return {
        "Sq": sq,
        "Sa": float(np.abs(above).mean()),
        "Sp": peak,
        "Sv": pit,
        "Sz": peak + pit,
        "Ssk": float("nan") if even else float((squares * above).mean() / sq**3),
        "Sku": float("nan") if even else float((squares**2).mean() / sq**4),
    }


def volume_parameters(heights: np.ndarray) -> dict[str, float]:
    """Return Vmp, Vmc, Vvc, Vvv: volume per area (unit of `heights`) of peaks, core material, core void and valleys.

    Material above, and void below, the heights that 10 % and 80 % of the area exceed.
    """
    ordered = np.sort(heights)
    upper, lower = (float(material_height(ordered, share)) for share in (PEAKS_UP_TO, VALLEYS_FROM))
    material = {level: float(np.maximum(ordered - level, 0).mean()) for level in (upper, lower)}
    void = {level: float(np.maximum(level - ordered, 0).mean()) for level in (upper, lower)}
    return {
        "Vmp": material[upper],
        "Vmc": material[lower] - material[upper],
        "Vvc": void[upper] - void[lower],
        "Vvv": void[lower],
    }
