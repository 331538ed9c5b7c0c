"""Of candidates near each other the strongest stays: as by comparing each with each."""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.scars.candidates import Candidate, Peaks, keep_strongest


def compare_each_with_each(candidates: list[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    for one in sorted(candidates, key=lambda c: (-abs(c.snr), c.width_mm, c.y_mm, c.x_mm)):
        for other in kept:
            wide, narrow = max(one.width_mm, other.width_mm), min(one.width_mm, other.width_mm)
            factor = 0.55 if one.sign == other.sign else 0.75
            if np.hypot(one.y_mm - other.y_mm, one.x_mm - other.x_mm) <= factor * wide + 0.25 * narrow:
                break
        else:
            kept.append(one)
    return kept


@pytest.mark.parametrize("count", [0, 1, 2, 40, 1500])
def test_the_strongest_stay(count: int) -> None:
    rng = np.random.default_rng(count)
    places = np.round(rng.uniform(0, 40, (count, 2)), 1).tolist()
    widths = rng.choice([0.5, 1, 2, 4, 7, 10], count).tolist()
    snrs = np.round(rng.normal(0, 5, count), 1).tolist()
    candidates = [
        Candidate(y, x, width, "bowl", snr, 0.1) for (y, x), width, snr in zip(places, widths, snrs, strict=True)
    ]
    peaks = [
        Peaks(c.width_mm, c.profile, *(np.array([value]) for value in (c.y_mm, c.x_mm, c.snr, c.amplitude_mm)))
        for c in candidates
    ]
    assert keep_strongest(peaks) == compare_each_with_each(candidates)
