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


def owned_chart(name: str, origin_x: float, columns: slice) -> Surface:
    own = np.zeros(FLAT.shape, bool)
    own[:, columns] = True
    return replace(chart(name, origin_x), own=own)


def test_a_find_in_the_border_is_left_to_the_chart_that_owns_the_skin() -> None:
    left, right = owned_chart("left", 0.0, slice(0, 40)), owned_chart("right", 6.0, slice(10, 50))
    own = example_scar(1, chart="left", x_mm=4.0, y_mm=4.0)
    in_border = example_scar(2, chart="left", x_mm=9.6, y_mm=4.0)  # 1.8 mm into the skin of the other chart
    at_limit = example_scar(3, chart="left", x_mm=8.2, y_mm=6.0)  # half of it on own skin
    merged = merge_charts(Scan((left, right)), [map_of("left", own, in_border, at_limit), map_of("right")])
    assert [(scar.x_mm, scar.y_mm) for scar in merged.scars] == [(4.0, 4.0), (8.2, 6.0)]
    assert set(np.unique(merged.labels["left"])) == {0, 1, 2}, "the label of a find that is not told goes too"


def test_a_find_in_the_border_stays_where_no_chart_owns_the_skin() -> None:
    left, right = owned_chart("left", 0.0, slice(0, 40)), owned_chart("right", 6.0, slice(30, 50))
    in_border = example_scar(1, chart="left", x_mm=9.6, y_mm=4.0)
    assert len(merge_charts(Scan((left, right)), [map_of("left", in_border), map_of("right")]).scars) == 1


def test_of_two_views_of_a_scar_the_chart_that_owns_the_skin_is_told() -> None:
    left, right = owned_chart("left", 0.0, slice(0, 40)), owned_chart("right", 6.0, slice(10, 50))
    larger = example_scar(1, chart="left", x_mm=9.0, y_mm=4.0, volume_mm3=2.0)
    owner = replace(larger, chart="right", x_mm=3.0, volume_mm3=1.0)
    (scar,) = merge_charts(Scan((left, right)), [map_of("left", larger), map_of("right", owner)]).scars
    assert scar.chart == "right"


def test_many_finds_are_merged_as_by_comparing_each_with_each() -> None:
    """Two thousand finds in two charts against the plain rule; both on the same skin."""
    rng = np.random.default_rng(3)
    left, right = chart("left", 0.0), chart("right", 0.0)
    maps = []
    for name in ("left", "right"):
        places = rng.uniform([0.4, 0.4], [9.4, 7.4], size=(1000, 2))
        maps.append(
            ScarMap(
                tuple(
                    example_scar(
                        number, chart=name, x_mm=float(x), y_mm=float(y), width_mm=float(rng.uniform(0.05, 0.4)),
                        volume_mm3=float(rng.uniform(0.1, 1)),
                    )
                    for number, (x, y) in enumerate(places, start=1)
                ),
                {name: np.zeros(FLAT.shape, np.int32)},
            )
        )  # fmt: skip
    merged = merge_charts(Scan((left, right)), maps)
    kept: list = []
    for scar in sorted((s for m in maps for s in m.scars), key=lambda s: (-abs(s.volume_mm3), s.chart, s.y_mm, s.x_mm)):
        # A middle lies on the nearest pixel.
        place = np.rint(np.array([scar.x_mm, scar.y_mm]) / 0.2) * 0.2
        near = (
            other.chart != scar.chart and np.hypot(*(place - there)) < 0.5 * min(scar.width_mm, other.width_mm)
            for other, there in kept
        )
        if not any(near):
            kept.append((scar, place))
    assert [replace(s, id=0) for s in merged.scars] == [replace(s, id=0) for s, _ in kept]
    assert 1000 < len(merged.scars) < 2000


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
