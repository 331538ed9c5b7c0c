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
# With so many values it pays to look first at a sample of them, whose ranks are this many deviations off at most, else
# all are put in order.
_MANY, _SAMPLE_DEVIATIONS = 1500, 4.0


def median(values: np.ndarray) -> float:
    """Return the median of all `values` (none of them NaN). Raises ValueError where there are none."""
    values = np.ravel(values)
    if not values.size:
        raise ValueError("nothing has no median")
    below, above = _ranked(values, (values.size - 1) // 2, values.size // 2)
    return 0.5 * (below + above)


def quantile(values: np.ndarray, part: float) -> float:
    """Return the height below which this part (0 to 1) of `values` lies, between the two nearest along a line."""
    values = np.ravel(values)
    place = part * (values.size - 1)
    low = int(place)
    below, above = _ranked(values, low, min(low + 1, values.size - 1))
    return below + (place - low) * (above - below)


def _ranked(values: np.ndarray, low: int, high: int) -> tuple[float, float]:
    """Return the values that stand at place `low` and at `high`, the same or the next, of all in rising order.

    Of many values a sample tells between which two these lie (after Floyd and Rivest), and only what lies between is
    put in order: a few passes over all of them instead of a dozen.
    """
    if values.size >= _MANY:
        sample = np.sort(values[:: round(values.size ** (1 / 3))])
        at, off = sample.size * low / values.size, _SAMPLE_DEVIATIONS * 0.5 * np.sqrt(sample.size)
        is_over = values >= sample[max(0, int(at - off))]
        between = np.compress(is_over & (values <= sample[min(sample.size - 1, int(at + off) + 1)]), values)
        under = values.size - int(np.count_nonzero(is_over))
        if under <= low and high < under + between.size:
            values, low, high = between, low - under, high - under
    ordered = np.partition(values, high)
    above = float(ordered[high])
    # The greatest of the lower part: found sooner than by asking for both places.
    return (above if low == high else float(ordered[:high].max())), above


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
