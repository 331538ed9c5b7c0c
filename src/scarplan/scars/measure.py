"""Measure scars in their windows, against their own rim: the same code for the first scan and for simulated surfaces.

Depth is the mean of the deepest 1 % (at least 3 pixels) of the region deeper than 10 % of the depth; volume is
everything below the rim. Noise is suppressed first by a kernel that leaves parabolas as they are (twice a Gaussian
less the Gaussian repeated), so that the bottom of a pit is not filled by the smoothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.grids import clean_map
from scarplan.scars.label_boxes import Box, box_of, label_boxes
from scarplan.scars.margins import distance_outside, rim_margin_mm, width_of
from scarplan.scars.nested import continue_floor, hidden_by_narrower, host_of, surroundings_mm
from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.surface.robust import robust_deviation
from scarplan.surface.surface import Surface

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

#: The contract's depth: this part of the region, but at least so many pixels.
DEPTH_PARTS = (0.01, 0.04, 0.12, 0.3, 0.6)
DEEPEST_PIXELS = 3
#: A cone has a flatness of 0.68, a flat floor 1; outside these it says nothing.
_FLATNESS_LIMITS = (0.3, 1.0)
#: Ring of skin kept around a scar, to see how rough the skin is there: so much, and so much of the width.
RING_MM, RING_PART = 0.3, 0.15
#: What is this near to a scar surrounds it; with less than this part of it left, nothing is taken off for others.
_NEIGHBOUR_MM, _LEAST_LEFT = 0.4, 0.5
#: A kernel narrower than this, in pixels, changes nothing. So many surfaces are filtered as channels of one image.
_LEAST_SMOOTHING, _CHANNELS = 0.3, 64


@dataclass(frozen=True)
class MeasuringWindow:
    """Where and how one scar is measured.

    rows, columns   the window on the chart
    sign            +1 for a pit, -1 for a raised scar
    rim_mm          height of the skin without the scar [y x]
    region          pixels whose depth counts [y x]; `support` those whose volume counts
    smoothing       sigma of the noise kernel, pixels
    roughness_mm    robust deviation of the skin around, smoothed alike: how much the deepest pixels owe to chance
    """

    scar_id: int
    chart: str
    rows: slice
    columns: slice
    sign: int
    rim_mm: Float[np.ndarray, "y x"]
    known: Bool[np.ndarray, "y x"]
    region: Bool[np.ndarray, "y x"]
    support: Bool[np.ndarray, "y x"]
    ring: Bool[np.ndarray, "y x"]
    smoothing: float
    roughness_mm: float
    pixel_mm: float
    depth_gain: float = 1.0
    volume_gain: float = 1.0
    within: bool = False
    neighbour_part: float = 0.0

    @property
    def width_mm(self) -> float:
        """Diameter of the circle of the region's area."""
        return float(2 * np.sqrt(self.region.sum() / np.pi) * self.pixel_mm)


@dataclass(frozen=True)
class SeenScar:
    """A scar as one surface shows it.

    drop_mm, smooth_mm   how far the surface lies below the rim, as it is and with noise suppressed [y x]
    hidden               what narrower scars take of this one, and bend of it [y x]; None where there are none
    """

    window: MeasuringWindow
    drop_mm: Float[np.ndarray, "y x"]
    smooth_mm: Float[np.ndarray, "y x"]
    hidden: Bool[np.ndarray, "y x"] | None = None


@dataclass(frozen=True)
class MeasuringWindows:
    """The windows of all scars of a scan by scar id."""

    windows: Mapping[int, MeasuringWindow]

    def __getitem__(self, scar_id: int) -> MeasuringWindow:
        return self.windows[scar_id]


def prepare_windows(surface: Surface, scarmap: ScarMap) -> MeasuringWindows:
    """Return the measuring windows of the scars of `scarmap` that lie on `surface`."""
    labels, level = scarmap.labels[surface.name], scarmap.level_mm[surface.name]
    known = seen_skin(surface)
    boxes = label_boxes(labels)
    windows = {}
    for scar in scarmap.scars:
        if scar.chart == surface.name:
            sign = -1 if scar.depth_mm < 0 else 1
            window = see_scar(
                labels,
                level,
                surface.relief_mm,
                known,
                scar_id=scar.id, chart=surface.name, sign=sign, pixel_mm=surface.pixel_mm, box=boxes[scar.id - 1],
            ).window  # fmt: skip
            windows[scar.id] = _as_listed(window, scar, surface)
    return MeasuringWindows(windows)


def _as_listed(window: MeasuringWindow, scar: Scar, surface: Surface) -> MeasuringWindow:
    """Return the window with the gains by which it measures the scar as it stands in the list."""
    measured = measure_windows(surface.relief_mm[None, window.rows, window.columns], window)
    depth, volume = (float(one[0]) for one in measured)
    return replace(
        window,
        depth_gain=scar.depth_mm / depth if depth * scar.depth_mm > 0 else 1.0,
        volume_gain=scar.volume_mm3 / volume if volume * scar.volume_mm3 > 0 else 1.0,
    )


def seen_skin(surface: Surface) -> Bool[np.ndarray, "y x"]:
    """Return the pixels that are seen and neither spike nor hair."""
    valid = surface.valid & np.isfinite(surface.relief_mm)
    return clean_map(np.where(valid, surface.relief_mm, 0.0).astype(np.float64), valid, pixel_mm=surface.pixel_mm)


def see_scar(
    labels: np.ndarray,
    level_mm: np.ndarray,
    relief_mm: np.ndarray,
    known: np.ndarray,
    *,
    scar_id: int,
    chart: str,
    sign: int,
    pixel_mm: float,
    box: Box = None,
) -> SeenScar:
    """Return the scar `scar_id` of a label image in its window; `box` is where its label lies, when known."""
    place = box or box_of(labels == scar_id)
    if place is None:
        raise ValueError(f"no pixel has the label {scar_id}")
    size = int((labels[place] == scar_id).sum())
    width_mm = width_of(size, pixel_mm)
    reach = max(rim_margin_mm(width_mm) + RING_MM + RING_PART * width_mm, surroundings_mm(width_mm))
    margin = int(np.ceil(reach / pixel_mm)) + 2
    rows, columns = (
        slice(max(0, side.start - margin), min(length, side.stop + margin))
        for side, length in zip(place, labels.shape, strict=True)
    )
    window = (rows, columns)
    own, skin = labels[window] == scar_id, known[window]
    rim, others, hidden, within = np.asarray(level_mm[window], np.float32), (labels[window] != 0) & ~own, None, False
    far = distance_outside(own) * pixel_mm
    neighbours = float(others[(far > 0) & (far <= _NEIGHBOUR_MM)].mean()) if others.any() else 0.0
    region, grown = own, far <= rim_margin_mm(width_mm)
    ring = ~grown
    if neighbours:
        rim, others, within = _within_another(
            labels, rim, relief_mm, skin, own, window=window, pixel_mm=pixel_mm, far_mm=far
        )
        hidden = hidden_by_narrower(labels[window], own, pixel_mm=pixel_mm)
        # Where little is left beside them, the others are a part of it as likely as not.
        if (own & ~hidden).sum() < _LEAST_LEFT * size:
            hidden = hidden & ~own
        region, grown = own & ~hidden, grown & ~hidden
    part = float(value_of("scars.depth_smoothing_part"))
    made = MeasuringWindow(
        scar_id, chart, rows, columns, sign, rim, skin, region & skin, grown & ~others & skin, ring & skin & ~others,
        part * width_mm / pixel_mm, 0.0, pixel_mm, within=within, neighbour_part=neighbours,
    )  # fmt: skip
    seen = see_window(relief_mm[window], made)
    around = seen.smooth_mm[made.ring]
    roughness = robust_deviation(around) if around.size else 0.0
    return replace(seen, window=replace(made, roughness_mm=roughness), hidden=hidden)


def _within_another(
    labels: np.ndarray, rim_mm: np.ndarray, relief_mm: np.ndarray, skin: np.ndarray, own: np.ndarray,
    *, window: tuple[slice, slice], pixel_mm: float, far_mm: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, bool]:  # fmt: skip
    """Return rim, other scars, and whether the rim is the floor of a wider scar around the region `own`."""
    here = labels[window]
    host = host_of(here, own, skin, pixel_mm=pixel_mm, far_mm=far_mm)
    host_size = int(np.count_nonzero(labels == host)) if host else 0
    if host_size <= own.sum():
        return rim_mm, (here != 0) & ~own, False
    floor = continue_floor(
        rim_mm, relief_mm[window], own, (here == host) & skin,
        host_width_mm=width_of(host_size, pixel_mm), pixel_mm=pixel_mm,
    )  # fmt: skip
    # Beyond the wider scar its floor is no rim: there the skin stays it.
    rim = np.where((here == host) | own, floor, rim_mm)
    return np.asarray(rim, np.float32), (here != 0) & ~own & (here != host), True


def see_window(relief_mm: np.ndarray, window: MeasuringWindow) -> SeenScar:
    """Return the scar of `window` as one relief of the window [y x] shows it."""
    drop = drop_below_rim(relief_mm[None], window)[0]
    return SeenScar(window, drop, suppress_noise(drop, window.known, window.smoothing))


def skin_around(drop_mm: np.ndarray, window: MeasuringWindow) -> np.ndarray:
    """Return the smoothed drop of the ring of skin around a scar (a single 0 where none is seen)."""
    if not window.ring.any():
        return np.zeros(1, np.float32)
    return suppress_noise(drop_mm, window.known, window.smoothing)[window.ring]


def measure_windows(
    reliefs_mm: Float[np.ndarray, "n y x"], window: MeasuringWindow
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return depth (mm) and volume (mm3) of one scar on many surfaces of its window; raised is negative."""
    drop = drop_below_rim(reliefs_mm, window)
    if len(drop) > 1:
        return measure_drops(np.ascontiguousarray(np.moveaxis(drop, 0, -1)), window)
    # One surface alone is filtered as an image: the last bit of a list of scars stays as it is.
    volume = drop[:, window.support].sum(axis=1, dtype=np.float64)
    smooth = suppress_noise(drop[0], window.known, window.smoothing)
    return _as_measures(smooth[None, window.region], volume, window)


def measure_drops(
    drop_mm: Float[np.ndarray, "y x n"], window: MeasuringWindow
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return depth (mm) and volume (mm3) as `measure_windows` does, of surfaces that lie `drop_mm` below the rim.

    Surfaces side by side, in single precision and 0 where nothing was seen: each filter runs over all of them at once.
    """
    volume = drop_mm[window.support].sum(axis=0, dtype=np.float64)
    smooth = _suppress_side_by_side(drop_mm, window.known, window.smoothing)
    return _as_measures(np.ascontiguousarray(smooth[window.region].T), volume, window)


def _as_measures(
    region_mm: Float[np.ndarray, "n k"], volume_mm: Float[np.ndarray, " n"], window: MeasuringWindow
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    depth = depth_from_means(deepest_means(region_mm), window.roughness_mm, window.width_mm)
    volume = volume_mm * window.pixel_mm**2
    return window.sign * window.depth_gain * depth, window.sign * window.volume_gain * volume


def depth_from_means(
    means_mm: Float[np.ndarray, "n part"], roughness_mm: float, width_mm: float
) -> Float[np.ndarray, " n"]:
    """Return the contract's depth (mean of the deepest 1 %) freed from what chance adds to it.

    The deepest pixels of a rough floor are deeper than the floor; the more so the flatter and wider it is. Flatness
    is the mean of the deepest 30 % over that of the deepest 1 %. Without roughness nothing is changed.
    """
    constant, flat, wide = value_of("scars.depth_chance_weights")
    deepest = means_mm[:, 0]
    flatness = np.clip(means_mm[:, 3] / np.where(deepest > 0, deepest, 1.0), *_FLATNESS_LIMITS)
    return np.maximum(deepest + roughness_mm * (constant + flat * flatness + wide * np.log(width_mm)), 0.0)


def drop_below_rim(reliefs_mm: np.ndarray, window: MeasuringWindow) -> Float[np.ndarray, "n y x"]:
    """Return how far each surface lies below the rim (above it for a raised scar), 0 where not seen."""
    reliefs = np.asarray(reliefs_mm)
    if not window.known.all():
        reliefs = np.where(window.known, reliefs, window.rim_mm)
    # The difference first, in the surface's own precision: heights of a face span far more than a scar's depth.
    return (window.sign * (window.rim_mm - reliefs)).astype(np.float32)


def suppress_noise(drop_mm: np.ndarray, known: np.ndarray, sigma: float) -> np.ndarray:
    """Return `drop_mm` with noise averaged over about `sigma` pixels; parabolas pass unchanged."""
    if sigma < _LEAST_SMOOTHING:
        return drop_mm
    once = cv2.GaussianBlur(drop_mm, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    if not known.all():
        once /= _seen_share(known, sigma)
    return 2 * once - cv2.GaussianBlur(once, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def _suppress_side_by_side(
    drop_mm: Float[np.ndarray, "y x n"], known: np.ndarray, sigma: float
) -> Float[np.ndarray, "y x n"]:
    if sigma < _LEAST_SMOOTHING:
        return drop_mm
    seen = None if known.all() else _seen_share(known, sigma)[:, :, None]
    found = np.empty_like(drop_mm)
    for first in range(0, drop_mm.shape[2], _CHANNELS):
        some = np.ascontiguousarray(drop_mm[:, :, first : first + _CHANNELS])
        once = cv2.GaussianBlur(some, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE).reshape(some.shape)
        if seen is not None:
            once /= seen
        twice = cv2.GaussianBlur(once, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE).reshape(some.shape)
        once *= 2
        np.subtract(once, twice, out=found[:, :, first : first + _CHANNELS])
    return found


def _seen_share(known: np.ndarray, sigma: float) -> np.ndarray:
    return np.maximum(cv2.GaussianBlur(known.astype(np.float32), (0, 0), sigma), 1e-3)


def deepest_means(
    values_mm: Float[np.ndarray, "n k"], *, parts: Sequence[float] = DEPTH_PARTS
) -> Float[np.ndarray, "n part"]:
    """Return the means of the deepest `parts` of the region; the first of `DEPTH_PARTS` is the contract's 1 %."""
    count = values_mm.shape[1]
    taken = [min(count, max(DEEPEST_PIXELS, round(part * count))) for part in parts]
    # For one surface, partly sorted is enough: behind each of these places lie the deepest ones. Rows of many surfaces
    # are short, and sorting them whole works on many values at once.
    alone = len(values_mm) == 1
    ordered = np.partition(values_mm, sorted({count - k for k in taken})) if alone else np.sort(values_mm, axis=1)
    return np.stack([np.add.reduce(ordered[:, count - k :], axis=1, dtype=np.float64) / k for k in taken], axis=1)
