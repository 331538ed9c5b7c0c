"""A scar seen in two charts is listed once; protected skin has no scars; histograms add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scarplan.scars.charts import merge_charts
from scarplan.scars.histogram import depth_histogram
from scarplan.scars.protected import mark_protected
from scarplan.scars.scarmap import ScarMap
from scarplan.surface.surface import ChartFrame, Scan, Surface

from .example_scars import example_map, example_scar

FLAT = np.zeros((40, 50))


def chart(name: str, origin_x: float) -> Surface:
    frame = ChartFrame((origin_x, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return Surface(name, FLAT, np.ones(FLAT.shape, bool), 0.2, frame=frame)


def map_of(name: str, *scars) -> ScarMap:
    labels = np.zeros(FLAT.shape, np.int32)
    for scar in scars:
        row, column = round(scar.y_mm / 0.2), round(scar.x_mm / 0.2)
        labels[row - 1 : row + 2, column - 1 : column + 2] = scar.id
    return ScarMap(scars, {name: labels}, {name: FLAT.astype(np.float32)})


def test_a_scar_in_two_charts_is_listed_once_and_labelled_in_both() -> None:
    left, right = chart("left", 0.0), chart("right", 6.0)
    whole = example_scar(1, chart="left", x_mm=8.0, y_mm=4.0)
    cut = replace(whole, id=1, chart="right", x_mm=2.0, touches_edge=True, volume_mm3=9.0)
    other = example_scar(2, chart="right", x_mm=6.0, y_mm=4.0)
    merged = merge_charts(Scan((left, right)), [map_of("left", whole), map_of("right", cut, other)])
    assert len(merged.scars) == 2
    kept = next(scar for scar in merged.scars if scar.chart == "left")
    assert kept.volume_mm3 == whole.volume_mm3, "the one seen whole is kept"
    assert (merged.labels["right"] == kept.id).sum() == 9
    assert {scar.id for scar in merged.scars} == {1, 2}


def test_a_pit_and_a_bump_at_one_place_are_two() -> None:
    left, right = chart("left", 0.0), chart("right", 6.0)
    pit = example_scar(1, chart="left", x_mm=8.0, y_mm=4.0)
    bump = example_scar(1, kind="raised", depth_mm=-0.4, chart="right", x_mm=2.0, y_mm=4.0)
    assert len(merge_charts(Scan((left, right)), [map_of("left", pit), map_of("right", bump)]).scars) == 2


def test_scars_of_one_height_map_are_never_merged() -> None:
    one, two = example_scar(1, x_mm=4.0, y_mm=4.0), example_scar(2, x_mm=4.2, y_mm=4.0)
    surface = Surface("map", FLAT, np.ones(FLAT.shape, bool), 0.2)
    assert len(merge_charts(Scan((surface,)), [map_of("map", one, two)]).scars) == 2


def test_finds_in_protected_skin_are_taken_out() -> None:
    scarmap = example_map()
    scan = Scan((Surface("map", FLAT, np.ones(FLAT.shape, bool), 0.1),))
    mole = {"rule": "mole", "x_mm": 1.1, "y_mm": 1.0, "radius_mm": 0.5, "chart": None}
    scarmap = replace(scarmap, scars=(scarmap.scars[0], replace(scarmap.scars[1], x_mm=3.3, y_mm=2.3)))
    after = mark_protected(scarmap, scan, [mole, {"rule": "tattoo", "x_mm": None, "y_mm": None, "radius_mm": None}])
    assert [scar.id for scar in after.scars] == [2]
    assert set(np.unique(after.labels["map"])) == {0, 2}
    assert mark_protected(scarmap, scan, []) is scarmap


def test_the_histogram_adds_up_to_the_scars() -> None:
    scarmap = example_map()
    relief = np.where(scarmap.labels["map"] == 1, 0.25 - 0.12, np.where(scarmap.labels["map"] == 2, 0.25 - 3.0, 0.25))
    surface = Surface("map", relief, np.ones(relief.shape, bool), 0.1)
    told = depth_histogram([surface], scarmap)
    assert told.area_mm2.sum() == pytest.approx((49 + 36) * 0.01)
    assert told.volume_mm3.sum() == pytest.approx((49 * 0.12 + 36 * 3.0) * 0.01, rel=1e-5)
    assert told.area_mm2[-1] == pytest.approx(36 * 0.01), "the last bin is open"
    only = depth_histogram([surface], scarmap, ids=[1])
    assert only.area_mm2.sum() == pytest.approx(49 * 0.01)
    assert only.depth_edges_mm.size == only.area_mm2.size + 1
