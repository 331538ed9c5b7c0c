"""Candidates: places and widths where the matched filter answers most."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.scars.matched_filter import Response


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
    size = np.abs(response.snr)
    reach = max(1, round(0.2 * response.width_mm / pixel_mm))
    highest = cv2.dilate(size, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    rows, columns = np.nonzero((size >= highest) & (size > least_snr))
    return [
        Candidate(
            (r + 0.5) * pixel_mm, (c + 0.5) * pixel_mm, response.width_mm, response.profile,
            float(response.snr[r, c]), float(response.amplitude_mm[r, c]),
        )
        for r, c in zip(rows, columns, strict=True)
    ]  # fmt: skip


def keep_strongest(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates of which no stronger one lies nearby, strongest first."""
    ordered = sorted(candidates, key=lambda c: (-abs(c.snr), c.width_mm, c.y_mm, c.x_mm))
    rows = np.array([(c.y_mm, c.x_mm, c.width_mm, c.sign) for c in ordered]).reshape(-1, 4)
    free = np.ones(len(ordered), bool)
    for number in range(len(ordered)):
        if free[number]:
            later = rows[number + 1 :]
            away = np.hypot(later[:, 0] - rows[number, 0], later[:, 1] - rows[number, 1])
            free[number + 1 :] &= away > _apart(rows[number], later)
    return [one for one, is_free in zip(ordered, free, strict=True) if is_free]


def _apart(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    # Side lobes of the other sign reach farther than the pit itself.
    factor = np.where(others[:, 3] == one[3], 0.55, 0.75)
    return factor * np.maximum(one[2], others[:, 2]) + 0.25 * np.minimum(one[2], others[:, 2])
