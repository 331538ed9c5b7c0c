"""Functional parameters of ISO 25178-2 from the material ratio curve: core, reduced peaks and reduced valleys.

The curve tells which share of the area lies at or above a height. Its flattest 40 % are the core: the line that fits
them best, carried on to 0 and to 100 %, parts the core from the peaks above and the valleys below.
"""

from __future__ import annotations

import numpy as np

#: Width of the window of the curve, percent, in which the line of the core is fitted.
CORE_WINDOW = 40.0
#: Material ratios, percent, between which the extreme peak height Sxp runs.
EXTREME_FROM, EXTREME_TO = 2.5, 50.0
#: Material ratios, percent, that part peaks, core and valleys: Vmp, Vmc, Vvc, Vvv and the height between them, Sdc.
PEAKS_UP_TO, VALLEYS_FROM = 10.0, 80.0


def material_height(ordered: np.ndarray, percent: float | np.ndarray) -> np.ndarray:
    """Return Smc: the height that `percent` of the area exceed; `ordered` are heights from low to high."""
    place = (1 - np.asarray(percent) / 100) * (ordered.size - 1)
    return np.interp(place, np.arange(ordered.size), ordered)


def material_ratio(ordered: np.ndarray, height: float) -> float:
    """Return Smr: the percentage of the area at or above `height`; the inverse of `material_height`."""
    if height > ordered[-1]:
        return 0.0
    if height <= ordered[0]:
        return 100.0
    # The lowest place of this height: of equal heights, all are at or above it.
    upper = int(np.searchsorted(ordered, height, side="left"))
    lower = upper - 1
    part = (height - ordered[lower]) / (ordered[upper] - ordered[lower])
    return float(100 * (1 - (lower + part) / (ordered.size - 1)))


def functional_parameters(heights: np.ndarray) -> dict[str, float]:
    """Return Sk, Spk, Svk, Sxp, Sdc (unit of `heights`), Smr1, Smr2 and Smr (percent) of heights [n].

    Smr is told at the mean height, Sdc between 10 and 80 %. All are NaN for fewer than four heights.
    """
    ordered = np.sort(heights)
    if ordered.size < 4:
        return dict.fromkeys(("Sk", "Spk", "Svk", "Smr1", "Smr2", "Sxp", "Sdc", "Smr"), float("nan"))
    top, bottom = _core_line(ordered)
    smr1, smr2 = material_ratio(ordered, top), material_ratio(ordered, bottom)
    return {
        "Sk": top - bottom,
        "Spk": _triangle_height(ordered[::-1] - top, smr1),
        "Svk": _triangle_height(bottom - ordered, 100 - smr2),
        "Smr1": smr1,
        "Smr2": smr2,
        "Sxp": _height_between(ordered, EXTREME_FROM, EXTREME_TO),
        "Sdc": _height_between(ordered, PEAKS_UP_TO, VALLEYS_FROM),
        "Smr": material_ratio(ordered, float(ordered.mean())),
    }


def _height_between(ordered: np.ndarray, low: float, high: float) -> float:
    upper, lower = material_height(ordered, np.array([low, high]))
    return float(upper - lower)


def _core_line(ordered: np.ndarray) -> tuple[float, float]:
    """Return the heights of the line of the core at 0 and at 100 % of material ratio."""
    width = max(1, round(CORE_WINDOW / 100 * (ordered.size - 1)))
    falling = ordered[::-1]
    # Of windows that are equally flat the first, from the top.
    start = int(np.argmin(falling[:-width] - falling[width:]))
    inside = falling[start : start + width + 1]
    place = np.arange(inside.size) - width / 2
    slope = float(place @ inside / (place @ place))
    middle = float(inside.mean())
    before = start + width / 2
    return middle - slope * before, middle + slope * (ordered.size - 1 - before)


def _triangle_height(beyond: np.ndarray, base: float) -> float:
    """Return the height of the triangle on `base` percent with the area of the curve beyond the core.

    `beyond` are the heights beyond the core, the farthest first, evenly spaced over the whole material ratio.
    """
    outside = beyond[beyond > 0]
    if base <= 0 or not outside.size:
        return 0.0
    step = 100 / (beyond.size - 1)
    # Trapezia between the heights beyond, and the triangle from the last of them to where the curve meets the core.
    area = step * float(outside.sum() - (outside[0] + outside[-1]) / 2)
    area += (base - step * (outside.size - 1)) * float(outside[-1]) / 2
    return 2 * area / base
