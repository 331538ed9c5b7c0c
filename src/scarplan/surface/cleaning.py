"""Cleaning of a height map: false heights (spikes) and lone specks become holes; nothing is invented."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.filling import fill_about_middle
from scarplan.surface.robust import MAD_TO_SD, median, no_less_than_median, thin_out

# How far a spike stands out, in standard deviations of the fine relief: a Gaussian one passes once in 10^15 pixels.
_SPIKE_OVER_FINE_RELIEF = 8.0
# A spike rises at once; on the wall of a scar the step to the inner ring is comparable with the next step outwards.
_SPIKE_OVER_NEXT_STEP = 3.0
_INNER_RING = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
_OUTER_RING = [(y, x) for y in range(-2, 3) for x in range(-2, 3) if max(abs(y), abs(x)) == 2]
# A group of up to 2 x 2 false pixels has at most three companions in the inner ring and none beyond it.
_COMPANIONS_IN_INNER_RING, _COMPANIONS_IN_OUTER_RING = 3, 1
# The skin around is even, but for another spike; at the rim of a scar several pixels lie deeper.
_STRANGERS_IN_INNER_RING, _STRANGERS_IN_OUTER_RING = 1, 3


@dataclass(frozen=True)
class Cleaned:
    """Heights with NaN where nothing is known, the mask, and how many pixels were left out, and why."""

    relief_mm: np.ndarray
    valid: np.ndarray
    spikes: int
    specks: int
    impossible: int


def clean_heights(heights_mm: np.ndarray, *, pixel_mm: float) -> Cleaned:
    """Return `heights_mm` [y x] with impossible heights, spikes and lone specks marked as not seen.

    Impossible is what lies further from the middle height than a scan of skin is high. A spike is a group of at most
    2 x 2 pixels, narrower than any scar, that stands out alone. Specks are small patches of heights with nothing seen
    around them.
    """
    seen = np.isfinite(heights_mm)
    middle = median(thin_out(heights_mm[seen])) if seen.any() else 0.0
    valid = np.abs(heights_mm - middle) <= value_of("surface.largest_relief_mm")  # false where nothing is known
    impossible = int(seen.sum() - valid.sum())
    spikes = find_spikes(heights_mm, valid, pixel_mm=pixel_mm)
    valid = valid & ~spikes
    specks = _find_specks(valid, pixel_mm=pixel_mm)
    valid &= ~specks
    relief = np.where(valid, heights_mm, np.nan)
    return Cleaned(relief, valid, spikes=int(spikes.sum()), specks=int(specks.sum()), impossible=impossible)


def find_spikes(heights_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float) -> np.ndarray:
    """Return True [y x] at pixels whose height stands out alone."""
    spikes = np.zeros(heights_mm.shape, dtype=bool)
    if 2 * pixel_mm > value_of("surface.widest_spike_mm") or min(heights_mm.shape) < 5 or not valid.any():
        return spikes  # at this grid a group of pixels is as wide as a scar
    filled = fill_about_middle(heights_mm, valid)
    step = np.abs(filled - cv2.medianBlur(filled, 5))
    least = no_less_than_median(
        thin_out(step[valid]), factor=_SPIKE_OVER_FINE_RELIEF * MAD_TO_SD,
        least=float(value_of("surface.smallest_spike_mm")),
    )  # fmt: skip
    rows, columns = np.nonzero((step > least) & valid)
    if rows.size:
        alone = _stands_alone(np.pad(filled, 2, mode="edge"), rows + 2, columns + 2, least)
        spikes[rows[alone], columns[alone]] = True
    return spikes


def _stands_alone(padded: np.ndarray, rows: np.ndarray, columns: np.ndarray, least: float) -> np.ndarray:
    inner = np.stack([padded[rows + y, columns + x] for y, x in _INNER_RING])
    outer = np.stack([padded[rows + y, columns + x] for y, x in _OUTER_RING])
    here = padded[rows, columns]
    # With up to three companions in the inner ring its median is still one of the skin around.
    skin = _ring_median(inner)
    step = np.abs(here - skin)
    alone = (step > least) & (step > _SPIKE_OVER_NEXT_STEP * np.abs(skin - _ring_median(outer)))
    for ring, most_companions, most_strangers in (
        (inner, _COMPANIONS_IN_INNER_RING, _STRANGERS_IN_INNER_RING),
        (outer, _COMPANIONS_IN_OUTER_RING, _STRANGERS_IN_OUTER_RING),
    ):
        is_companion = np.abs(ring - here) < step / 2
        is_stranger = (np.abs(ring - skin) > step / 2) & ~is_companion
        alone &= (is_companion.sum(axis=0) <= most_companions) & (is_stranger.sum(axis=0) <= most_strangers)
    return alone


def _ring_median(ring: np.ndarray) -> np.ndarray:
    # A ring has an even number of pixels.
    middle = len(ring) // 2
    return np.partition(ring, (middle - 1, middle), axis=0)[middle - 1 : middle + 1].mean(axis=0)


def _find_specks(valid: np.ndarray, *, pixel_mm: float) -> np.ndarray:
    count, labels, told, _ = cv2.connectedComponentsWithStats(valid.view(np.uint8), connectivity=4)
    if count < 3:  # the unseen and one patch
        return np.zeros(valid.shape, dtype=bool)
    area_mm2 = told[:, cv2.CC_STAT_AREA] * pixel_mm**2
    is_speck = area_mm2 < value_of("surface.smallest_island_mm2")
    is_speck[0] = False
    is_speck[1 + np.argmax(area_mm2[1:])] = False  # the largest patch is the scan, however small
    return is_speck[labels]
