"""Candidates: places and widths where the matched filter answers most."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.scars.matched_filter import Response

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


def find_peaks(response: Response, *, pixel_mm: float, least_snr: float) -> list[Candidate]:
    """Return the local maxima of the size of one response, at least `least_snr`."""
    size, least = np.abs(response.raw), least_snr / response.snr_gain
    if not size.max(initial=0.0) > least:
        return []
    reach = max(1, round(0.2 * response.width_mm / pixel_mm))
    highest = cv2.dilate(size, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    rows, columns = np.nonzero((size >= highest) & (size > least))
    return [
        Candidate(
            (r + 0.5) * pixel_mm, (c + 0.5) * pixel_mm, response.width_mm, response.profile,
            float(response.raw[r, c]) * response.snr_gain, float(response.raw[r, c]) * response.amplitude_gain,
        )
        for r, c in zip(rows, columns, strict=True)
    ]  # fmt: skip


def keep_strongest(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates of which no stronger one lies nearby, strongest first."""
    ordered = sorted(candidates, key=lambda c: (-abs(c.snr), c.width_mm, c.y_mm, c.x_mm))
    rows = np.array([(c.y_mm, c.x_mm, c.width_mm, c.sign) for c in ordered]).reshape(-1, 4)
    if not ordered:
        return []
    # In the order of their rows, so that all that may lie near one is a slice.
    by_y = np.argsort(rows[:, 0], kind="stable")
    rank = np.empty_like(by_y)
    rank[by_y] = np.arange(by_y.size)
    in_rows, free = rows[by_y], np.ones(by_y.size, bool)
    reach = _FARTHEST_OF_WIDER * rows[:, 2].max() + _OF_NARROWER * rows[:, 2]
    first = np.searchsorted(in_rows[:, 0], rows[:, 0] - reach, "left")
    last = np.searchsorted(in_rows[:, 0], rows[:, 0] + reach, "right")
    kept = []
    for number, one in enumerate(ordered):
        if not free[rank[number]]:
            continue
        kept.append(one)
        part = slice(first[number], last[number])
        later = np.nonzero(free[part] & (by_y[part] > number))[0] + first[number]
        away = np.hypot(in_rows[later, 0] - rows[number, 0], in_rows[later, 1] - rows[number, 1])
        free[later[away <= _apart(rows[number], in_rows[later])]] = False
    return kept


def _apart(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    # Side lobes of the other sign reach farther than the pit itself.
    factor = np.where(others[:, 3] == one[3], 0.55, _FARTHEST_OF_WIDER)
    return factor * np.maximum(one[2], others[:, 2]) + _OF_NARROWER * np.minimum(one[2], others[:, 2])
