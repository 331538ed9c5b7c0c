"""Scars as the draws take them: closed forms, and that a scan is the case in which every draw says the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scarplan.examination import say_count, say_total
from scarplan.forecast.scar_draws import ScarDraws, join_scars, measured_scars

DRAWS, SCARS = 6, 4
depths = arrays(np.float64, (DRAWS, SCARS), elements=st.floats(0.05, 1.0))
presence = arrays(np.bool_, (DRAWS, SCARS))


def make_scars(depth_mm: np.ndarray, present: np.ndarray) -> ScarDraws:
    return ScarDraws(
        ids=np.array([1, 1, 2, 3]),
        kinds=("rolling", "rolling", "boxcar_shallow", "icepick"),
        places=(("cheek", "left"), ("cheek", "left"), ("cheek", "left"), ("chin", None)),
        depth_mm=depth_mm,
        width_mm=np.full(depth_mm.shape, 3.0),
        tethered=np.zeros(depth_mm.shape),
        present=present,
    )


@given(depths, presence, st.floats(0.0, 1.5))
def test_what_is_left_of_every_scar_alike_is_left_of_all(depth: np.ndarray, present: np.ndarray, left: float) -> None:
    scars = make_scars(depth, present)
    np.testing.assert_allclose(scars.share_left(left * depth), left, atol=1e-12)
    assert scars.mean_left(left * depth) == pytest.approx(left, abs=1e-12)
    by_day = np.stack([depth, left * depth], axis=1)
    np.testing.assert_allclose(scars.share_left(by_day), [[1.0, left]] * DRAWS, atol=1e-12)


@given(depths, depths)
def test_scars_that_are_not_there_weigh_nothing(depth: np.ndarray, residual: np.ndarray) -> None:
    present = np.zeros((DRAWS, SCARS), dtype=bool)
    present[:, :2] = True
    found = make_scars(depth, present).share_left(residual)
    np.testing.assert_allclose(found, residual[:, :2].sum(axis=1) / depth[:, :2].sum(axis=1), atol=1e-12)
    # A draw without any of them answers for them as if they were there.
    none = make_scars(depth, np.zeros((DRAWS, SCARS), dtype=bool)).share_left(residual)
    np.testing.assert_allclose(none, residual.sum(axis=1) / depth.sum(axis=1))


def test_each_scar_counts_alike_by_how_surely_it_is_there() -> None:
    depth = np.full((2, 4), 0.5)
    present = np.array([[True, True, True, False], [True, True, False, False]])
    residual = np.array([[0.5, 0.25, 0.1, 0.0], [0.5, 0.25, 9.0, 0.0]])
    scars = make_scars(depth, present)
    np.testing.assert_allclose(scars.expected, [1.0, 1.0, 0.5, 0.0])
    # 1.0 and 0.5 left, each for sure; 0.2 left, in half of the draws.
    assert scars.mean_left(residual) == pytest.approx((1.0 + 0.5 + 0.5 * 0.2) / 2.5)


def test_a_scan_gives_every_draw_the_same_depth() -> None:
    rows = [
        {"id": 4, "kind": kind, "zone": "cheek", "side": "left", "depth_mm": depth, "width_mm": 3.0}
        | {"kind_probability": {"rolling": 0.5}}
        for kind, depth in (("boxcar", 0.2), ("boxcar", 0.8), ("rolling", 0.3))
    ]
    scars = measured_scars(rows, count=5, seed=0)
    assert scars.kinds == ("boxcar_shallow", "boxcar_deep", "rolling")
    assert (scars.depth_mm == [0.2, 0.8, 0.3]).all()
    assert scars.present.all()
    assert scars.is_of("boxcar").tolist() == [True, True, False]
    assert scars.is_of("any").all()
    assert scars.is_of("boxcar_deep", "rolling").tolist() == [False, True, True]


def test_picking_and_joining_come_back_to_the_same() -> None:
    scars = make_scars(np.arange(24.0).reshape(6, 4) + 1, np.ones((6, 4), dtype=bool))
    here = scars.is_in("cheek", "left")
    again = join_scars([scars.pick(here), scars.pick(~here)])
    assert (again.kinds, again.places) == (scars.kinds, scars.places)
    np.testing.assert_array_equal(again.depth_mm, scars.depth_mm)
    assert scars.ids_by_place() == {("cheek", "left"): (1, 2), ("chin", None): (3,)}


def test_counts_in_words() -> None:
    assert [say_count(*each) for each in ((3, 3), (11, 20), (21, 60))] == ["3", "11 to 20", "over 20"]
    assert say_total([(3, 3), (5, 10)]) == "8 to 13"
    assert say_total([(3, 3), (21, 60)]) == "over 23"
    assert say_total([]) == "0"
    assert say_total([(11, 20)] * 3) == "33 to 60"  # ends where the open class is taken to end, and is not open
