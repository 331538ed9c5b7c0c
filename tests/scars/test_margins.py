"""Distances around scars: exact, and the same wherever the memory lies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from scarplan.scars.margins import distance_outside, grow_region


@pytest.fixture
def region() -> np.ndarray:
    region = np.zeros((44, 44), dtype=bool)
    region[15:30, 12:25] = True
    return region ^ (np.random.default_rng(0).random(region.shape) < 0.02)


def test_distances_are_those_of_an_independent_program(region: np.ndarray) -> None:
    assert np.array_equal(distance_outside(region), ndimage.distance_transform_edt(~region).astype(np.float32))


def test_distances_are_the_same_wherever_the_memory_lies(region: np.ndarray) -> None:
    rng, kept, seen = np.random.default_rng(1), [], set()
    for _ in range(300):
        kept = [*kept[-20:], np.empty(rng.integers(100, 9000))]  # moves what is allocated next
        seen.add(distance_outside(region).tobytes())
    assert len(seen) == 1


def test_a_region_grows_by_whole_steps() -> None:
    region = np.zeros((21, 21), dtype=bool)
    region[10, 10] = True
    assert grow_region(region, 0.3, pixel_mm=0.1).sum() == 29  # points of the grid within three steps of one
