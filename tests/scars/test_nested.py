"""A pit within a wider scar: its rim is the wider scar's floor, and it hides a part of that scar."""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.scars.describe import describe_scar
from scarplan.scars.measure import SeenScar, see_scar
from scarplan.scars.nested import continue_floor, hidden_by_narrower, host_of

PIXEL = 0.1
WIDTH, DEPTH, PIT_WIDTH, PIT_DEPTH = 5.0, 0.4, 0.8, 0.5


def scene(pit_at: float, *, bowl: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the relief of a wide scar (a bowl, or a sloping floor), that of a pit at x = `pit_at` mm, and labels."""
    y, x = np.mgrid[:120, :120] * PIXEL
    r = np.hypot(y - 6, x - 6) / (WIDTH / 2)
    wide = DEPTH * 0.5 * (1 + np.cos(np.pi * np.minimum(r, 1))) if bowl else np.where(r < 1, 0.2 - 0.01 * (x - 6), 0.0)
    pit = PIT_DEPTH * np.clip(1 - np.hypot(y - 6, x - pit_at) / (PIT_WIDTH / 2), 0, None)
    return wide, pit, np.where(pit > 0.1 * PIT_DEPTH, 2, np.where(wide > 0.1 * wide.max(), 1, 0))


def see(height: np.ndarray, labels: np.ndarray, number: int) -> SeenScar:
    level, known = np.zeros(height.shape, np.float32), np.ones(height.shape, bool)
    return see_scar(labels, level, height, known, scar_id=number, chart="map", sign=1, pixel_mm=PIXEL)


@pytest.mark.parametrize(("bowl", "off"), [(False, 1e-3), (True, 0.012)])
@pytest.mark.parametrize("pit_at", [6.0, 6.6])
def test_a_pit_within_a_scar_is_counted_from_its_floor(pit_at: float, bowl: bool, off: float) -> None:
    wide, pit, labels = scene(pit_at, bowl=bowl)
    seen = see(-wide - pit, labels, 2)
    assert seen.window.within
    window = seen.window.rows, seen.window.columns
    np.testing.assert_allclose(seen.drop_mm[seen.window.region], pit[window][seen.window.region], atol=off)


def test_the_floor_of_a_bowl_is_bent_under_the_pit() -> None:
    wide, pit, labels = scene(6.3, bowl=True)
    own = labels == 2
    floor = continue_floor(
        np.zeros(wide.shape), -wide - pit, own, labels == 1, host_width_mm=WIDTH, pixel_mm=PIXEL
    )  # fmt: skip
    near = (labels == 1) & (np.hypot(*np.indices(own.shape) * PIXEL - np.array([6, 6.3])[:, None, None]) < 1.3)
    terms = [np.stack([np.ones(at[0].size), *at], axis=1) for at in (np.nonzero(near), np.nonzero(own))]
    plane = terms[1] @ np.linalg.lstsq(terms[0], -wide[near], rcond=None)[0]
    error, plane_error = np.abs(floor[own] + wide[own]).max(), np.abs(plane + wide[own]).max()
    assert error < 0.012 < 0.04 < plane_error


@pytest.mark.parametrize("pit_at", [10.5, 8.6])
def test_a_pit_beside_or_at_the_rim_of_a_scar_is_counted_from_the_skin(pit_at: float) -> None:
    wide, pit, labels = scene(pit_at, bowl=False)
    seen = see(-wide - pit, labels, 2)
    assert not seen.window.within
    assert not seen.window.rim_mm.any()
    assert host_of(labels, labels == 2, np.ones(labels.shape, bool), pixel_mm=PIXEL) == 0


def test_the_wide_scar_is_measured_as_if_the_pit_were_not_there() -> None:
    wide, pit, labels = scene(6.5, bowl=True)
    alone = describe_scar(see(-wide, np.minimum(labels, 1) | (labels == 2), 1))
    told = describe_scar(see(-wide - pit, labels, 1))
    assert told.hidden_part == pytest.approx(np.pi * (0.36 + 0.19) ** 2 / alone.area_mm2, rel=0.3)
    assert told.volume_mm3 == pytest.approx(alone.volume_mm3, rel=0.02)
    assert told.area_mm2 == pytest.approx(alone.area_mm2, rel=0.01)
    assert told.deepest_means_mm[0] == pytest.approx(alone.deepest_means_mm[0], abs=0.02)


def test_only_narrower_scars_that_touch_hide() -> None:
    _, _, labels = scene(6.5, bowl=True)
    hidden = hidden_by_narrower(labels, labels == 1, pixel_mm=PIXEL)
    assert (hidden >= (labels == 2)).all()
    assert not hidden_by_narrower(labels, labels == 2, pixel_mm=PIXEL).any(), "the wide one hides nothing of the pit"
    _, _, apart = scene(10.5, bowl=True)
    assert not hidden_by_narrower(apart, apart == 1, pixel_mm=PIXEL).any()
