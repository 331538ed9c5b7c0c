"""Candidates: places and widths where the matched filter answers most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.scars.matched_filter import Response

if TYPE_CHECKING:
    from jaxtyping import Float

# How near two candidates may lie, in widths of the wider and of the narrower one.
_FARTHEST_OF_WIDER, _OF_NARROWER = 0.75, 0.25


@dataclass(frozen=True)
class Candidate:
    """A pit (snr > 0) or bump (snr < 0) of about `width_mm` at a place (mm from the first row and column)."""

    y_mm: float
    x_mm: float
    width_mm: float
    profile: str
    snr: float
    amplitude_mm: float

    @property
    def sign(self) -> int:
        """+1 for a pit, -1 for a bump."""
        return 1 if self.snr > 0 else -1


@dataclass(frozen=True)
class Peaks:
    """The peaks of one response [n]: where they lie, and what each would be as a candidate."""

    width_mm: float
    profile: str
    y_mm: Float[np.ndarray, " n"]
    x_mm: Float[np.ndarray, " n"]
    snr: Float[np.ndarray, " n"]
    amplitude_mm: Float[np.ndarray, " n"]

    def candidate(self, number: int) -> Candidate:
        """Return one peak as a candidate."""
        return Candidate(
            self.y_mm[number], self.x_mm[number], self.width_mm, self.profile,
            float(self.snr[number]), float(self.amplitude_mm[number]),
        )  # fmt: skip


def find_peaks(response: Response, *, pixel_mm: float, least_snr: float) -> Peaks:
    """Return the local maxima of the size of one response, at least `least_snr`."""
    size, least = np.abs(response.raw), least_snr / response.snr_gain
    if not size.max(initial=0.0) > least:
        return Peaks(response.width_mm, response.profile, *np.zeros((4, 0)))
    reach = max(1, round(0.2 * response.width_mm / pixel_mm))
    highest = cv2.dilate(size, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    places = np.flatnonzero(size > least)
    rows, columns = np.divmod(places[size.take(places) >= highest.take(places)], size.shape[1])
    raw = response.raw[rows, columns].astype(np.float64)
    return Peaks(
        response.width_mm, response.profile, (rows + 0.5) * pixel_mm, (columns + 0.5) * pixel_mm,
        raw * response.snr_gain, raw * response.amplitude_gain,
    )  # fmt: skip


def keep_strongest(found: Sequence[Peaks]) -> list[Candidate]:
    """Return the peaks of which no stronger one lies nearby as candidates, strongest first."""
    # Numbers are sorted as numbers: of many thousand peaks of a face a few are kept and become candidates.
    rows = np.concatenate([np.zeros((0, 6)), *(_as_rows(number, peaks) for number, peaks in enumerate(found))])
    if not len(rows):
        return []
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 2], -np.abs(rows[:, 3])))]
    came_from = rows[:, 4:].astype(int)
    rows[:, 3] = np.where(rows[:, 3] > 0, 1, -1)
    # In the order of their rows, so that all that may lie near one is a slice.
    by_y = np.argsort(rows[:, 0], kind="stable")
    rank = np.empty_like(by_y)
    rank[by_y] = np.arange(by_y.size)
    in_rows, free = rows[by_y], np.ones(by_y.size, bool)
    reach = _FARTHEST_OF_WIDER * rows[:, 2].max() + _OF_NARROWER * rows[:, 2]
    first = np.searchsorted(in_rows[:, 0], rows[:, 0] - reach, "left")
    last = np.searchsorted(in_rows[:, 0], rows[:, 0] + reach, "right")
    kept = []
    for number, place in enumerate(rank):
        if not free[place]:
            continue
        response, peak = came_from[number]
        kept.append(found[response].candidate(peak))
        part = slice(first[number], last[number])
        later = np.nonzero(free[part] & (by_y[part] > number))[0] + first[number]
        if not later.size:
            continue
        away = np.hypot(in_rows[later, 0] - rows[number, 0], in_rows[later, 1] - rows[number, 1])
        free[later[away <= _apart(rows[number], in_rows[later])]] = False
    return kept


def _as_rows(number: int, peaks: Peaks) -> np.ndarray:
    """Return place (y, x), width and strength of each peak, the number of the response, and that of the peak."""
    whole = np.ones_like(peaks.snr)
    return np.stack(
        [peaks.y_mm, peaks.x_mm, peaks.width_mm * whole, peaks.snr, number * whole, np.arange(whole.size)], axis=1
    )


def _apart(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    # Side lobes of the other sign reach farther than the pit itself.
    factor = np.where(others[:, 3] == one[3], 0.55, _FARTHEST_OF_WIDER)
    return factor * np.maximum(one[2], others[:, 2]) + _OF_NARROWER * np.minimum(one[2], others[:, 2])
