"""Skin that slid with the expression of a face: followed where it is the same skin, never made up where it is not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scarplan.scars.find import find_scars_in
from scarplan.surface.surface import Scan
from scarplan.visits import compare_visits, register_surfaces
from scarplan.visits.expression import follow_expression
from scars.skin_generator import SkinOptions

from .rescanned_skin import Pose, rescan

SKIN = SkinOptions(size_mm=30.0, pixel_mm=0.12, counts=(("icepick", 2), ("boxcar", 4), ("rolling", 2)))


def lay(seed: int, pose: Pose):
    pair = rescan(seed, pose, SKIN)
    return pair, register_surfaces(pair.before, pair.after, before_labels=pair.labels())


def test_a_slide_of_millimetres_is_followed_to_the_noise() -> None:
    _, laid = lay(61, Pose(turn=0.1, slide_mm=2.5))
    assert np.abs(laid.shift_mm).max() > 0.8
    assert laid.is_same_skin
    assert laid.correlation > 0.85
    assert laid.residual_mm < 0.009
    assert laid.pixel_residual_mm < 1.3 * np.sqrt(2) * 0.01


def test_scars_stay_the_same_and_unchanged_under_an_expression() -> None:
    pair = rescan(62, Pose(turn=-0.1, slide_mm=2.0, bend_mm=0.1), SKIN)
    before, after = find_scars_in(pair.before), find_scars_in(pair.after)
    found = compare_visits(Scan((pair.before,)), before, Scan((pair.after,)), after, admit=lambda laid: laid)
    assert len(found.match.pairs) >= 0.85 * len(before.scars)
    direct = [one for one in found.changes if one.id_b is not None and one.is_direct]
    assert len(direct) >= 5
    assert sum(one.is_detectable for one in direct) <= 1
    assert np.median([abs(one.depth_change_mm) for one in direct]) < 0.01


def test_the_slide_that_is_found_is_the_slide_that_was_made() -> None:
    # The relief itself moved by a known smooth field: found to a tenth of a millimetre, without any pose.
    pair = rescan(61, Pose(), SKIN)
    known = pair.before.valid
    n = known.shape[0]
    y, x = np.mgrid[:n, :n] * 0.12
    right, down = 1.5 * np.sin(x / 16 + y / 22), -1.2 * np.cos(y / 18)
    moved = rescan_by(pair.before.relief_mm, right, down)
    field = follow_expression(pair.before.relief_mm, moved, known, pixel_mm=0.12)
    assert field is not None
    inner = (slice(35, -35), slice(35, -35))
    # `moved` shows at a place what lay farther right and down: looked up the other way round, to first order.
    back = [rescan_by(one, -field[0], -field[1]) for one in (right, down)]
    assert np.abs(field[0] + back[0])[inner].mean() < 0.12
    assert np.abs(field[1] + back[1])[inner].mean() < 0.12


def rescan_by(values: np.ndarray, right_mm: np.ndarray, down_mm: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    rows, columns = np.indices(values.shape)
    at = [rows + down_mm / 0.12, columns + right_mm / 0.12]
    return ndimage.map_coordinates(values, at, order=1, mode="nearest")


def test_skin_that_did_not_slide_is_left_alone() -> None:
    pair = rescan(61, Pose(), SKIN)
    assert follow_expression(pair.before.relief_mm, pair.after.relief_mm, pair.before.valid, pixel_mm=0.12) is None


@pytest.mark.parametrize("mirrored", [False, True])
def test_other_skin_agrees_on_no_slide(mirrored: bool) -> None:
    here, there = rescan(61, Pose(), SKIN), rescan(61 if mirrored else 62, Pose(), SKIN)
    other = there.before.relief_mm[:, ::-1] if mirrored else there.before.relief_mm
    assert follow_expression(here.before.relief_mm, other, here.before.valid, pixel_mm=0.12) is None
    if mirrored:
        laid = register_surfaces(here.before, dataclasses.replace(there.before, relief_mm=other))
        assert not laid.is_same_skin
