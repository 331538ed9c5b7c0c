"""What change of a scar could be mere error: the same operator on places where nothing changed.

The difference between two visits on scar-free skin holds everything that repeating a scan costs at the scale of the
scar: noise of both scans, what registration left, skin that stretched or swelled. Laid under the scar and measured
like a change, it says how large a change must be to be told from error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from scarplan.evidence.library import value_of
from scarplan.scars.margins import distance_outside
from scarplan.scars.measure import measure_windows
from scarplan.visits.change import ScarWindow, measure_change, middle_of

#: How many places are tried for each scar, and the fewest that say anything.
MOST_PLACES = 16
_FEWEST_PLACES = 4
#: A place must show this part of the ring; how much of the scar's reach must be free there, less where room is rare.
_RING_SEEN = 0.6
_ROOM = (1.0, 0.75, 0.5)
#: Scars lend each other their sd as if each knew its own from so many places more; how alike in width (log) they are.
_LENT_PLACES, _ALIKE = 8.0, 0.5
#: Where the other scan's pixels may lie between the baseline's, in pixels.
_PHASES = ((0.5, 0.5), (0.5, 0.25), (0.25, 0.5), (0.75, 0.75))


def null_changes(
    window: ScarWindow,
    relief_mm: Float[np.ndarray, "y x"],
    difference_mm: Float[np.ndarray, "y x"],
    free: Bool[np.ndarray, "y x"],
    *,
    room_px: Float[np.ndarray, "y x"],
) -> Float[np.ndarray, " n"]:
    """Return the changes (mm) that the window measures where nothing has changed; empty where no place fits.

    relief_mm, difference_mm, free   over the whole chart; room_px distance of each pixel to the next that is not free
    """
    rows, columns = window.box
    base = relief_mm[window.box]
    found = []
    for top, left in _find_places(window, free.shape, room_px):
        there = slice(top, top + rows.stop - rows.start), slice(left, left + columns.stop - columns.start)
        ring = window.ring & free[there]
        if ring.sum() < _RING_SEEN * window.ring.sum():
            continue
        found.append(measure_change(window, base, difference_mm[there], ring=ring, evenly=True).change_mm)
    return np.array(found)


def pool_deviations(nulls: Sequence[np.ndarray], widths_mm: Sequence[float]) -> list[float | None]:
    """Return the standard deviation (mm) of each scar's change; scars of like width lend each other theirs.

    None where not even all scars together have places enough.
    """
    counts = np.array([one.size for one in nulls], float)
    power = np.array([np.square(one).mean() if one.size else 0.0 for one in nulls])
    width = np.log(np.maximum(np.asarray(widths_mm, float), 1e-3))
    found: list[float | None] = []
    for i in range(len(nulls)):
        near = counts * np.exp(-0.5 * ((width - width[i]) / _ALIKE) ** 2)
        if counts.sum() < _FEWEST_PLACES:
            found.append(None)
            continue
        lent = float((near * power).sum() / max(near.sum(), 1e-12)) if near.sum() > 1e-6 else float(power.max())
        found.append(float(np.sqrt((counts[i] * power[i] + _LENT_PLACES * lent) / (counts[i] + _LENT_PLACES))))
    return found


def sampling_error_mm(window: ScarWindow, relief_mm: Float[np.ndarray, "y x"], *, step: float) -> float:
    """Return how far the depth depends on where the pixels of the other scan lie (rms of four shifts), mm.

    relief_mm   the baseline over the window's box; step the other scan's pixel in pixels of the baseline. The relief
    is sampled on the other's grid and brought back. What the pixels resolve comes back whole; a sharp tip does not.
    """
    base = relief_mm[window.inner]
    rows, columns = base.shape
    step = max(step, 1.0)
    spline = ndimage.spline_filter(base, order=3, mode="nearest")
    reliefs = [base]
    for down, right in _PHASES:
        y, x = (np.arange(phase * step, n - 1, step) for phase, n in ((down, rows), (right, columns)))
        grid = np.meshgrid(y, x, indexing="ij")
        sampled = ndimage.map_coordinates(spline, grid, order=3, mode="nearest", prefilter=False)
        back = np.meshgrid((np.arange(rows) - y[0]) / step, (np.arange(columns) - x[0]) / step, indexing="ij")
        reliefs.append(ndimage.map_coordinates(sampled, back, order=3, mode="nearest"))
    depths, _ = measure_windows(np.stack(reliefs), window.measure)
    return float(np.sqrt(np.mean((depths[1:] - depths[0]) ** 2)))


def change_sd_mm(
    error_mm: float, *, sampling_mm: float = 0.0, slope: float = 0.0, uneven_mm: float = 0.0, change_mm: float = 0.0
) -> float:
    """Return the standard deviation of a measured change.

    error_mm      deviation of the same measure on unchanged skin
    sampling_mm   what the place of the pixels costs
    slope         of the relief at the deepest place: a scar laid a little aside shows another depth there
    uneven_mm     how much its surroundings have changed otherwise than the deepest place, which is not quite known
    change_mm     the change itself: a scar that changed has no one place on both visits
    """
    parts = (
        value_of("visits.null_part") * error_mm,
        value_of("visits.sampling_part") * sampling_mm,
        value_of("visits.lateral_sd_mm") * slope,
        value_of("visits.uneven_part") * uneven_mm,
        value_of("visits.change_part") * change_mm,
        value_of("visits.least_change_sd_mm"),
    )
    return float(np.linalg.norm([float(part) for part in parts]))


def room_of(free: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Return the distance of each pixel to the next one that is not free, pixels; the border is not free."""
    return distance_outside(np.pad(~free, 1, constant_values=True))[1:-1, 1:-1]


def _find_places(window: ScarWindow, shape: tuple[int, ...], room_px: np.ndarray) -> list[tuple[int, int]]:
    """Return where the window's box may be put (top, left), spread over the chart; always the same ones."""
    middle = middle_of(window.measure, window.inner)
    origin = np.array([window.inner[0].start, window.inner[1].start])
    radius = float(np.linalg.norm(np.argwhere(window.measure.support) + origin - middle, axis=1).max())
    height, width = window.ring.shape
    step = max(3, int(radius / 2))
    rows, columns = np.arange(0, shape[0] - height + 1, step), np.arange(0, shape[1] - width + 1, step)
    centres = np.ix_(*(np.rint(one + m).astype(int) for one, m in zip((rows, columns), middle, strict=True)))
    fits = np.zeros((0, 2), int)
    for part in _ROOM:
        fits = np.argwhere(room_px[centres] >= part * radius)
        if len(fits) >= _FEWEST_PLACES:
            break
    chosen = fits[np.linspace(0, len(fits) - 1, min(MOST_PLACES, len(fits))).astype(int)] if len(fits) else fits
    return [(int(rows[i]), int(columns[j])) for i, j in chosen]
