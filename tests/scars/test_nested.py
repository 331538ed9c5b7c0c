"""The rim of a pit within a wider scar: the wider scar's floor, continued; elsewhere nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.scars.nested import level_within_scars

PIXEL = 0.1


def scene(pit_at: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return heights with a sloping wide floor and a pit at x = `pit_at` mm, their labels, and the pit."""
    y, x = np.mgrid[:120, :120] * PIXEL
    wide, pit = np.hypot(y - 6, x - 6) < 3, np.hypot(y - 6, x - pit_at) < 0.4
    height = np.where(wide, -0.2 + 0.01 * (x - 6), 0.0) - np.where(pit, 0.5, 0.0)
    return height, np.where(pit, 2, np.where(wide, 1, 0)), pit


def test_a_pit_within_a_scar_is_counted_from_its_floor() -> None:
    height, labels, pit = scene(6.5)
    level = level_within_scars(np.zeros(height.shape), height, labels, np.ones(height.shape, bool), pixel_mm=PIXEL)
    np.testing.assert_allclose(level[pit] - height[pit], 0.5, atol=1e-9)
    assert not level[~pit].any()


@pytest.mark.parametrize("pit_at", [10.5, 9.1])
def test_a_pit_beside_or_at_the_rim_of_a_scar_is_counted_from_the_skin(pit_at: float) -> None:
    height, labels, _ = scene(pit_at)
    level = level_within_scars(np.zeros(height.shape), height, labels, np.ones(height.shape, bool), pixel_mm=PIXEL)
    assert not level.any()
