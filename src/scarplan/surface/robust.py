"""Middles and deviations that a few false heights do not move.

`numpy.median` and `numpy.quantile` import numpy's masked arrays, which costs as much as finding the scars of a small
map.
"""

from __future__ import annotations

import numpy as np

#: So many places tell a middle or a deviation of fine relief as well as all of a map.
MOST_PLACES = 200_000
#: The standard deviation of a Gaussian over its median absolute deviation.
MAD_TO_SD = 1.4826


def median(values: np.ndarray) -> float:
    """Return the median of all `values` (none of them NaN). Raises ValueError where there are none."""
    values = np.ravel(values)
    if not values.size:
        raise ValueError("nothing has no median")
    middle = values.size // 2
    if values.size % 2:
        return float(np.partition(values, middle)[middle])
    ordered = np.partition(values, middle)
    # The greatest of the lower half: found sooner than by asking for both middles.
    return 0.5 * (float(ordered[:middle].max()) + float(ordered[middle]))


def quantile(values: np.ndarray, part: float) -> float:
    """Return the height below which this part (0 to 1) of `values` lies, between the two nearest along a line."""
    values = np.ravel(values)
    place = part * (values.size - 1)
    low = int(place)
    high = min(low + 1, values.size - 1)
    below, above = (float(one) for one in np.partition(values, (low, high))[[low, high]])
    return below + (place - low) * (above - below)


def robust_deviation(values: np.ndarray) -> float:
    """Return the standard deviation told by the median absolute deviation from the median."""
    return MAD_TO_SD * median(np.abs(values - median(values)))


def robust_size(values: np.ndarray) -> float:
    """Return the standard deviation about zero told by the median size."""
    return MAD_TO_SD * median(np.abs(values))


def no_less_than_median(values: np.ndarray, *, factor: float, least: float) -> float:
    """Return the greater of `least` and `factor` times the median of `values`.

    Counting tells mostly that it is `least`: sooner than a median, above all of values many of which are equal.
    """
    if 2 * np.count_nonzero(values <= least / factor) > values.size:
        return least
    return max(least, factor * median(values))


def thin_out(values: np.ndarray, most: int = MOST_PLACES) -> np.ndarray:
    """Return the list `values`, or no more than about `most` of it, evenly spaced."""
    return values[:: max(1, values.size // most)]


def spread_out(values: np.ndarray, most: int = MOST_PLACES) -> np.ndarray:
    """Return `values` [y x], or as many evenly spaced rows and columns of it as make no more than about `most`."""
    apart = max(1, round(float(np.sqrt(values.size / most))))
    return values[::apart, ::apart]
