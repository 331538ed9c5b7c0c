"""The change of one scar between two visits, measured directly: the same window, the same rim, the same deepest part.

Two visits measured apart carry the errors of two rims. Here the follow-up is laid over the baseline, what its
surroundings did (posture, swelling) is taken off as a smooth surface fitted to the ring of scar-free skin, the baseline
is measured below its rim by the code that measures any scar, and the change is read where the scar is deepest on the
visit on which it is deeper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from scarplan.evidence.library import value_of
from scarplan.scars.margins import grow_region, rim_margin_mm
from scarplan.scars.measure import (
    DEEPEST_PIXELS,
    DEPTH_PARTS,
    MeasuringWindow,
    drop_below_rim,
    measure_windows,
    see_scar,
    suppress_noise,
)
from scarplan.visits.bands import robust_sd

Box = tuple[slice, slice]

#: Powers of the surface that follows posture and swelling under a scar; simpler where too little ring is seen.
_SURFACES = tuple(tuple((i, j) for i in range(n + 1) for j in range(n + 1 - i)) for n in (3, 2, 1, 0))
#: Places on the ring for each number of the surface, and how many are used at most.
_PLACES_PER_NUMBER, _MOST_PLACES = 40, 1500
#: Sides of the scar (of eight) on which the ring must be seen for each surface.
_SIDES_NEEDED = (7, 6, 4, 2)
#: Part of the region that counts as around its deepest place.
_AROUND = 0.12
#: Differences beyond this many robust deviations (a new pimple, a hair) do not bend the surface.
_FAR = 2.5


@dataclass(frozen=True)
class ScarWindow:
    """Where one scar and its surroundings are measured on the baseline's chart.

    rows, columns   the scar with its ring
    inner           the measuring window in the coordinates of `rows`, `columns`
    measure         how the scar is measured (on `inner`)
    ring            scar-free skin around that shows what the surroundings did [y x]
    powers          the surface that is fitted there
    """

    rows: slice
    columns: slice
    inner: Box
    measure: MeasuringWindow
    ring: Bool[np.ndarray, "y x"]
    powers: tuple[tuple[int, int], ...]

    @property
    def box(self) -> Box:
        """Rows and columns on the chart."""
        return self.rows, self.columns


def place_window(
    labels: np.ndarray,
    level_mm: np.ndarray,
    relief_mm: np.ndarray,
    known: Bool[np.ndarray, "y x"],
    free: Bool[np.ndarray, "y x"],
    *,
    scar_id: int,
    chart: str,
    sign: int,
    pixel_mm: float,
    least_seen: float,
) -> ScarWindow | None:
    """Return the window of a scar; None where less than `least_seen` of it was seen on both visits, or no skin around.

    known   pixels seen on both visits, without spikes and hairs [y x]
    free    skin seen on both visits that is no scar on either [y x]
    """
    box = ndimage.find_objects((labels == scar_id).astype(np.int8))[0]
    inside = labels[box] == scar_id
    if not inside.any() or np.mean(known[box][inside]) < least_seen:
        return None
    measure = see_scar(
        labels, level_mm, relief_mm, known,
        scar_id=scar_id, chart=chart, sign=sign, pixel_mm=pixel_mm, box=box,
    ).window  # fmt: skip
    width = 2 * float(np.sqrt(inside.sum() / np.pi)) * pixel_mm
    skirt = max(rim_margin_mm(width), float(value_of("visits.skirt_part")) * width)
    reach = skirt + float(value_of("visits.ring_mm")) + float(value_of("visits.ring_part")) * width
    margin = int(np.ceil(reach / pixel_mm))
    rows, columns = (
        slice(max(0, side.start - margin, 0), min(length, side.stop + margin))
        for side, length in zip(box, labels.shape, strict=True)
    )
    rows = slice(min(rows.start, measure.rows.start), max(rows.stop, measure.rows.stop))
    columns = slice(min(columns.start, measure.columns.start), max(columns.stop, measure.columns.stop))
    inner = (
        slice(measure.rows.start - rows.start, measure.rows.stop - rows.start),
        slice(measure.columns.start - columns.start, measure.columns.stop - columns.start),
    )
    ring = free[rows, columns] & ~grow_region(labels[rows, columns] == scar_id, skirt, pixel_mm=pixel_mm)
    ring[inner] &= ~measure.support
    powers = _choose_surface(ring, measure, inner)
    return None if powers is None else ScarWindow(rows, columns, inner, measure, ring, powers)


@dataclass(frozen=True)
class MeasuredChange:
    """One scar on two visits, below the baseline's rim; mm, raised negative.

    uneven_mm   how much less, or more, the skin around the deepest place has changed: a fill with a brim tells another
                change a little beside
    slope       of the relief (rms) at the deepest place: steep where a scar is a tip, flat where it is a floor
    """

    before_mm: float
    change_mm: float
    uneven_mm: float
    slope: float

    @property
    def after_mm(self) -> float:
        """Depth on the follow-up."""
        return self.before_mm + self.change_mm

    def upright(self, part: float) -> MeasuredChange:
        """Return the same upright to the skin, of which the line of sight shows `part` (the cosine between them)."""
        return MeasuredChange(part * self.before_mm, part * self.change_mm, part * self.uneven_mm, part * self.slope)


def measure_change(
    window: ScarWindow,
    relief_mm: Float[np.ndarray, "y x"],
    difference_mm: Float[np.ndarray, "y x"],
    *,
    ring: Bool[np.ndarray, "y x"] | None = None,
    evenly: bool = False,
) -> MeasuredChange:
    """Return the depth before and its change, both below the baseline's rim.

    The change is that of the heights at one place: the deepest part of the visit on which the scar is deeper, smoothed
    so far that the scar decides where it lies and not its fine relief. Two depths subtracted would let each visit
    choose its own deepest pits: the shallower a floor, the more they decide, and the smaller a change seems. On the
    visit on which it is shallower, a scar that was filled has a floor but no deepest place.

    relief_mm       the baseline over the window's box; difference_mm the follow-up less the baseline there
    ring            where the surroundings are fitted; the window's own by default
    evenly          look at the baseline alone: for differences that stand for nothing but error
    """
    inner, measure = window.inner, window.measure
    change = (difference_mm - fit_surroundings(window, difference_mm, window.ring if ring is None else ring))[inner]
    change = np.where(measure.known, change, 0.0).astype(np.float32)
    base = relief_mm[inner]
    (before,), _ = measure_windows(base[None], measure)
    drop = drop_below_rim(np.stack([base] if evenly else [base, base + change]), measure)
    sigma = _place_smoothing_mm(measure.width_mm) / measure.pixel_mm
    shown = max((suppress_noise(one, measure.known, sigma) for one in drop), key=lambda one: _depth_at(one, measure))
    deepest, around = (_deepest_places(shown, measure.region, part=part) for part in (DEPTH_PARTS[0], _AROUND))
    calm = suppress_noise(change, measure.known, measure.smoothing)
    here, beside = float(calm[deepest].mean()), float(calm[around].mean())
    seen = suppress_noise(drop.mean(axis=0), measure.known, measure.smoothing)
    slopes = np.hypot(*np.gradient(seen, measure.pixel_mm))[deepest]
    return MeasuredChange(float(before), -here, abs(here - beside), float(np.sqrt(np.mean(slopes**2))))


def _place_smoothing_mm(width_mm: float) -> float:
    """Return the smoothing (sigma) with which the deepest place is sought.

    The broader a scar the flatter its floor, and the farther fine relief moves its deepest place: a bowl of width w
    falls by 4 d (x / w)^2 at x from its middle.
    """
    part = min(float(value_of("visits.deepest_smoothing_per_mm")) * width_mm, value_of("visits.deepest_smoothing_part"))
    return part * width_mm


def _depth_at(drop_mm: np.ndarray, measure: MeasuringWindow) -> float:
    return float(drop_mm[_deepest_places(drop_mm, measure.region, part=DEPTH_PARTS[0])].mean())


def _deepest_places(drop_mm: np.ndarray, region: np.ndarray, *, part: float) -> Bool[np.ndarray, "y x"]:
    """Return the places of the deepest `part` of a region, at least so many as the depth is a mean of."""
    values = drop_mm[region]
    count = min(values.size, max(DEEPEST_PIXELS, round(part * values.size)))
    return region & (drop_mm >= np.partition(values, values.size - count)[values.size - count])


def fit_surroundings(
    window: ScarWindow, difference_mm: Float[np.ndarray, "y x"], ring: Bool[np.ndarray, "y x"]
) -> Float[np.ndarray, "y x"]:
    """Return the smooth surface through the differences on the ring, over the whole box."""
    rows, columns = difference_mm.shape
    y = (np.arange(rows) - (rows - 1) / 2)[:, None] / max(rows, 2) * 2
    x = (np.arange(columns) - (columns - 1) / 2)[None] / max(columns, 2) * 2
    at = np.nonzero(ring.ravel())[0]
    at = at[:: max(1, at.size // _MOST_PLACES)]
    row, column = np.divmod(at, columns)
    terms = np.stack([y[row, 0] ** i * x[0, column] ** j for i, j in window.powers], axis=1)
    values = difference_mm.ravel()[at]
    weights = _fit(terms, values)
    rest = values - terms @ weights
    near = np.abs(rest - np.median(rest)) <= _FAR * max(robust_sd(rest), 1e-9)
    weights = _fit(terms[near], values[near])
    down = {i: y**i for i in {i for i, _ in window.powers}}
    right = {j: x**j for j in {j for _, j in window.powers}}
    return np.sum([w * (down[i] * right[j]) for w, (i, j) in zip(weights, window.powers, strict=True)], axis=0)


def _fit(terms: Float[np.ndarray, "n k"], values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " k"]:
    """Return the least-squares weights by the normal equations: a few powers on -1 to 1 are well conditioned."""
    return np.linalg.lstsq(terms.T @ terms, terms.T @ values, rcond=None)[0]


def _choose_surface(ring: np.ndarray, measure: MeasuringWindow, inner: Box) -> tuple[tuple[int, int], ...] | None:
    at = np.argwhere(ring)
    middle = middle_of(measure, inner)
    angle = np.arctan2(*(at - middle).T) if len(at) else np.zeros(0)
    share = np.bincount(((angle + np.pi) / (2 * np.pi) * 8).astype(int) % 8, minlength=8) / max(len(at), 1)
    sides = int((share > 0.02).sum())
    for powers, needed in zip(_SURFACES, _SIDES_NEEDED, strict=True):
        if len(at) >= _PLACES_PER_NUMBER * len(powers) and sides >= needed:
            return powers
    return None


def middle_of(measure: MeasuringWindow, inner: Box) -> Float[np.ndarray, " 2"]:
    """Return row and column of the middle of what is measured, in the window's box."""
    return np.argwhere(measure.support).mean(axis=0) + np.array([inner[0].start, inner[1].start])


def widen_region(window: ScarWindow, also: Bool[np.ndarray, "y x"]) -> ScarWindow:
    """Return the window with the follow-up's outline added to the region that counts; `also` is over the box."""
    more = also[window.inner] & window.measure.known
    measure = replace(window.measure, region=window.measure.region | more, support=window.measure.support | more)
    ring = window.ring.copy()
    ring[window.inner] &= ~measure.support
    return replace(window, measure=measure, ring=ring)
