"""Skin that slid with the expression of a face: followed where it is the same skin, never made up where it is not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scarplan.scars.find import find_scars_in
from scarplan.surface.surface import Scan
from scarplan.visits import compare_visits, register_surfaces
from scarplan.visits.expression import _FIELDS, _agree, _Pieces, _terms, follow_expression
from scars.skin_generator import SkinOptions

from .rescanned_skin import Pose, rescan

PIXEL = 0.12
SKIN = SkinOptions(size_mm=30.0, pixel_mm=PIXEL, counts=(("icepick", 2), ("boxcar", 4), ("rolling", 2)))


def lay(seed: int, pose: Pose):
    pair = rescan(seed, pose, SKIN)
    return pair, register_surfaces(pair.before, pair.after, before_labels=pair.labels())


def test_a_slide_of_millimetres_is_followed_to_the_noise() -> None:
    _, laid = lay(61, Pose(turn=0.1, slide_mm=2.5))
    assert np.abs(laid.shift_mm).max() > 0.8
    assert laid.is_same_skin
    # Measured: .96 (.97 on two other skins), 3 um and 14.5 um, of which the noise of the two scans is 14.
    assert laid.correlation > 0.93
    assert laid.residual_mm < 0.006
    assert laid.pixel_residual_mm < 1.2 * np.sqrt(2) * 0.01


@pytest.mark.parametrize("seed", [62, 66])
def test_scars_stay_the_same_and_unchanged_under_an_expression(seed: int) -> None:
    pair = rescan(seed, Pose(turn=-0.1, slide_mm=2.0, bend_mm=0.1), SKIN)
    before, after = find_scars_in(pair.before), find_scars_in(pair.after)
    found = compare_visits(Scan((pair.before,)), before, Scan((pair.after,)), after, admit=lambda laid: laid)
    assert len(found.match.pairs) >= 0.85 * len(before.scars)
    direct = [one for one in found.changes if one.id_b is not None and one.is_direct]
    assert len(direct) >= 5
    # Each has a chance of one in twenty to be told wrongly, of one in a thousand to lie beyond 3.3 deviations. Before a
    # narrow scar was looked for beyond its own radius, one of 66 was told 702 um shallower.
    z = np.array([one.depth_change_mm / one.sd_mm for one in direct])
    assert np.abs(z).max() < 3.3
    assert np.sqrt(np.mean(z**2)) < 1.6
    assert sum(one.is_detectable for one in direct if one.id_a is not None) <= 1
    assert max(abs(one.depth_change_mm) for one in direct) < 0.035
    assert np.median([abs(one.depth_change_mm) for one in direct]) < 0.013


def test_a_field_richer_than_the_slide_is_not_made_up() -> None:
    # Pieces that are found a little beside their place, all within a tenth of a millimetre, are no slide: a field of
    # fifteen numbers through them ran away to 0.8 mm in the corners of the map and took the scars there along.
    random = np.random.default_rng(5)
    side = np.linspace(-0.8, 0.8, 6)
    at = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    slid = 0.03 * random.standard_normal((36, 2)) + np.where(np.arange(36) % 6 == 5, 0.09, 0.0)[:, None]
    agreed = _agree(_Pieces(at, slid))
    assert agreed is not None
    assert len(agreed[0]) <= 6
    corners = _terms(np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]), agreed[0]) @ agreed[1]
    assert np.abs(corners).max() < 0.25
    # A true slide of higher degree is still followed with the terms that it has.
    true = _terms(at, _FIELDS[2])
    weights = random.normal(0, 0.8, (true.shape[1], 2))
    found = _agree(_Pieces(at, true @ weights + 0.01 * random.standard_normal((36, 2))))
    assert found is not None
    assert np.abs(_terms(at, found[0]) @ found[1] - true @ weights).max() < 0.05


def test_the_slide_that_is_found_is_the_slide_that_was_made() -> None:
    # The relief itself moved by a known smooth field: found to a tenth of a millimetre, without any pose.
    pair = rescan(61, Pose(), SKIN)
    known = pair.before.valid
    n = known.shape[0]
    y, x = np.mgrid[:n, :n] * PIXEL
    right, down = 1.5 * np.sin(x / 16 + y / 22), -1.2 * np.cos(y / 18)
    moved = rescan_by(pair.before.relief_mm, right, down)
    field = follow_expression(pair.before.relief_mm, moved, known, pixel_mm=PIXEL)
    assert field is not None
    inner = (slice(35, -35), slice(35, -35))
    # `moved` shows at a place what lay farther right and down: looked up the other way round, to first order.
    back = [rescan_by(one, -field[0], -field[1]) for one in (right, down)]
    assert np.abs(field[0] + back[0])[inner].mean() < 0.12
    assert np.abs(field[1] + back[1])[inner].mean() < 0.12


def rescan_by(values: np.ndarray, right_mm: np.ndarray, down_mm: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    rows, columns = np.indices(values.shape)
    at = [rows + down_mm / PIXEL, columns + right_mm / PIXEL]
    return ndimage.map_coordinates(values, at, order=1, mode="nearest")


def test_skin_that_did_not_slide_is_left_alone() -> None:
    pair = rescan(61, Pose(), SKIN)
    assert follow_expression(pair.before.relief_mm, pair.after.relief_mm, pair.before.valid, pixel_mm=PIXEL) is None


@pytest.mark.parametrize("mirrored", [False, True])
def test_other_skin_agrees_on_no_slide(mirrored: bool) -> None:
    here, there = rescan(61, Pose(), SKIN), rescan(61 if mirrored else 62, Pose(), SKIN)
    other = there.before.relief_mm[:, ::-1] if mirrored else there.before.relief_mm
    assert follow_expression(here.before.relief_mm, other, here.before.valid, pixel_mm=PIXEL) is None
    if mirrored:
        laid = register_surfaces(here.before, dataclasses.replace(there.before, relief_mm=other))
        assert not laid.is_same_skin
