"""Describe one find by numbers that tell a scar from chance and one kind from another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.scars.label_boxes import Box, box_of
from scarplan.scars.margins import grow_region
from scarplan.scars.measure import (
    DEPTH_PARTS,
    MeasuringWindow,
    SeenScar,
    deepest_means,
    suppress_noise,
)
from scarplan.surface.robust import median

#: Smoothing before slopes are taken, as part of the width; at least this many pixels.
_SLOPE_SMOOTHING, _SLOPE_PIXELS = 0.03, 0.7

#: The rim that is looked at for what is not seen.
RIM_MM = 0.4
#: What lies this near to a hidden part tells how deep it is.
BESIDE_MM = 0.4
#: How the deepest 1 % changes when more is smoothed away tells a tip from chance.
STEADIER = (2.0, 3.3)
_SECTORS = 8  # as `_sectors` parts the circle
#: Twice a Gaussian that ends at four sigmas.
_KERNEL_SIGMAS = 8.0


@dataclass(frozen=True)
class Description:
    """Shape of one find.

    width_mm, area_mm2   of the region deeper than 10 % of the depth
    volume_mm3           everything below the rim, within the region and its margin
    fullness             volume over (area x depth): a cone 1/3, a flat floor near 1
    wall_angle_deg       mean slope of the wall between a quarter and three quarters of the depth
    roughness_mm         robust deviation of the skin in a ring around the scar, smoothed like the scar itself
    ring_mm              mean drop in that ring: 0 where the rim fits
    solidity             area over the area of the convex hull
    elongation           long over short axis
    unseen_rim           part of the rim that lies beyond the map or in a hole, 0-1
    uneven_rim_mm        deviation of the mean drop in eight sectors of the ring: where the rim is no plane
    rim_volume_part      part of the volume that lies beyond the region, in the margin of the rim
    deepest_means_mm     means of the deepest parts (`measure.DEPTH_PARTS`), smoothed
    steady_depths_mm     mean of the deepest 1 % under `STEADIER` times the smoothing
    within               whether it lies within a wider scar, whose floor is its rim
    neighbour_part       part of what surrounds it that other scars are, 0-1
    hidden_part          part of it that narrower scars take or bend, 0-1
    """

    width_mm: float
    area_mm2: float
    volume_mm3: float
    fullness: float
    wall_angle_deg: float
    roughness_mm: float
    ring_mm: float
    solidity: float
    elongation: float
    unseen_rim: float
    uneven_rim_mm: float
    rim_volume_part: float
    deepest_means_mm: tuple[float, ...]
    steady_depths_mm: tuple[float, ...]
    within: bool = False
    neighbour_part: float = 0.0
    hidden_part: float = 0.0


def describe_scar(seen: SeenScar) -> Description:
    """Return the description of a scar as one surface shows it."""
    window, drop, smooth, inside = seen.window, seen.drop_mm, seen.smooth_mm, seen.window.region
    # What a narrower scar hides counts as deep as what surrounds it.
    covered = 0 if seen.hidden is None else int(seen.hidden.sum())
    area = float(inside.sum() + covered) * window.pixel_mm**2
    width = 2 * np.sqrt(area / np.pi)
    means = deepest_means(smooth[inside][None])[0]
    volume, within = (float(drop[part].sum(dtype=np.float64)) * window.pixel_mm**2 for part in (window.support, inside))
    if covered:
        filled = _beside(drop, seen) * covered * window.pixel_mm**2
        volume, within = volume + filled, within + filled
    box = box_of(inside)
    steady = [_smoothed_inside(drop, window, factor * window.smoothing, box=box) for factor in STEADIER]
    middle = median(smooth[window.ring]) if window.ring.any() else 0.0
    solidity, elongation = _outline_shape(inside if seen.hidden is None else inside | seen.hidden)
    return Description(
        width_mm=width, area_mm2=area, volume_mm3=volume, fullness=volume / max(area * float(means[0]), 1e-9),
        wall_angle_deg=wall_angle_deg(
            drop, inside, float(means[0]), width / window.pixel_mm, window.pixel_mm, box=box
        ),
        roughness_mm=window.roughness_mm, ring_mm=middle,
        solidity=solidity, elongation=elongation, unseen_rim=_unseen_rim(window, box),
        uneven_rim_mm=_uneven_rim(seen), rim_volume_part=1 - within / max(volume, 1e-9),
        deepest_means_mm=tuple(float(m) for m in means),
        steady_depths_mm=tuple(float(deepest_means(one[None], parts=DEPTH_PARTS[:1])[0][0]) for one in steady),
        within=window.within, neighbour_part=window.neighbour_part,
        hidden_part=covered / max(int(inside.sum()) + covered, 1),
    )  # fmt: skip


def _beside(drop: np.ndarray, seen: SeenScar) -> float:
    """Return the mean drop of the region next to what narrower scars hide of it."""
    near = grow_region(np.asarray(seen.hidden), BESIDE_MM, pixel_mm=seen.window.pixel_mm) & seen.window.region
    return float(drop[near].mean()) if near.any() else 0.0


def _smoothed_inside(drop: np.ndarray, window: MeasuringWindow, sigma: float, *, box: Box) -> np.ndarray:
    """Return the drop of the region's pixels, smoothed; what lies farther than the kernel reaches is left out."""
    rows, columns = _around(box, int(np.ceil(_KERNEL_SIGMAS * sigma)) + 1)
    near = suppress_noise(drop[rows, columns], window.known[rows, columns], sigma)
    return near[window.region[rows, columns]]


def _around(box: Box, reach: int) -> tuple[slice, slice]:
    """Return the rows and columns of a box and `reach` more on each side."""
    if box is None:
        raise ValueError("nothing of a find is left to describe")
    rows, columns = (slice(max(0, side.start - reach), side.stop + reach) for side in box)
    return rows, columns


def wall_angle_deg(
    drop: np.ndarray, inside: np.ndarray, depth_mm: float, width_px: float, pixel_mm: float, *, box: Box = None
) -> float:
    """Return the mean slope (degrees) where the drop is a quarter to three quarters of the depth.

    box   where `inside` lies, when known
    """
    sigma = max(_SLOPE_SMOOTHING * width_px, _SLOPE_PIXELS)
    near = _around(box or box_of(inside), int(np.ceil(_KERNEL_SIGMAS * sigma)) + 2)
    smooth = cv2.GaussianBlur(drop[near], (0, 0), sigma)
    rows, columns = np.nonzero(inside[near] & (smooth > 0.25 * depth_mm) & (smooth < 0.75 * depth_mm))
    if not rows.size:
        return 0.0
    last_row, last_column = smooth.shape[0] - 1, smooth.shape[1] - 1
    up, down = np.maximum(rows - 1, 0), np.minimum(rows + 1, last_row)
    left, right = np.maximum(columns - 1, 0), np.minimum(columns + 1, last_column)
    along_y = (smooth[down, columns] - smooth[up, columns]) / ((down - up) * pixel_mm).astype(smooth.dtype)
    along_x = (smooth[rows, right] - smooth[rows, left]) / ((right - left) * pixel_mm).astype(smooth.dtype)
    return float(np.degrees(np.arctan(np.hypot(along_y, along_x).mean())))


def _outline_shape(inside: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(inside)
    # The ends of each row span the same hull as all of its pixels.
    held = np.flatnonzero(inside.any(axis=1))
    ends = np.concatenate([inside.argmax(axis=1)[held], inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)[held]])
    hull = cv2.convexHull(np.stack([ends, np.concatenate([held, held])], axis=1).astype(np.float32))
    # The hull joins pixel middles: half a pixel all round is added back.
    hull_area = cv2.contourArea(hull) + 0.5 * cv2.arcLength(hull, closed=True) + 1
    y, x = rows - rows.mean(), columns - columns.mean()
    count = max(rows.size - 1, 1)
    # Not by BLAS: for lists of this length its threads wait for each other longer than they work.
    yy, xx, xy = (float(np.einsum("i,i->", *pair)) / count for pair in ((y, y), (x, x), (x, y)))
    yy, xx = yy + 1 / 12, xx + 1 / 12
    # Long and short axis: the eigenvalues of the covariance of the pixels, each with the spread of a pixel.
    half, apart = (yy + xx) / 2, float(np.hypot((yy - xx) / 2, xy))
    return float(min(1.0, rows.size / hull_area)), float(np.sqrt((half + apart) / max(half - apart, 1e-9)))


def _unseen_rim(window: MeasuringWindow, box: Box) -> float:
    reach = int(np.ceil(RIM_MM / window.pixel_mm)) + 1
    near = _around(box, reach)
    inner = window.region[reach:-reach, reach:-reach]
    if window.known[near].all() and inner.sum() == window.region.sum():
        return 0.0
    region, known = np.pad(window.region[near], reach), np.pad(window.known[near], reach)
    rim = grow_region(region, RIM_MM, pixel_mm=window.pixel_mm) & ~region
    return float((rim & ~known).sum()) / max(int(rim.sum()), 1)


def _sectors(shape: tuple[int, ...], row: float, column: float) -> np.ndarray:
    """Return in which eighth of the circle about a place each pixel lies [y x], 0 to 7.

    Told by signs and sizes, without an angle of each pixel: an eighth holds the ray at which it begins.
    """
    down, along = np.arange(shape[0]) - row, np.arange(shape[1]) - column
    below, right, beside = (int(np.ceil(row)), int(np.ceil(column)), int(np.floor(column)) + 1)
    down, along = np.abs(down)[:, None], np.abs(along)
    sector = np.empty(shape, np.intp)
    sector[:below, :right] = down[:below] >= along[:right]
    sector[:below, right:] = 3 - (down[:below] > along[right:]).astype(np.intp)
    sector[below:, beside:] = 4 + (down[below:] >= along[beside:]).astype(np.intp)
    sector[below:, :beside] = 7 - (down[below:] > along[:beside]).astype(np.intp)
    return sector


def _uneven_rim(seen: SeenScar) -> float:
    """Return the deviation of the mean drop in sectors of the ring around a scar; 0 where fewer than three show."""
    window = seen.window
    if not window.ring.any():
        return 0.0
    sector = _sectors(window.ring.shape, *(float(at.mean()) for at in np.nonzero(window.region)))[window.ring]
    count = np.bincount(sector, minlength=_SECTORS)
    total = np.bincount(sector, weights=seen.drop_mm[window.ring], minlength=_SECTORS)
    enough = count > 3
    return float(np.std(total[enough] / count[enough])) if enough.sum() >= 3 else 0.0
