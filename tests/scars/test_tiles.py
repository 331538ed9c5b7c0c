"""Tiles: a large map gives the scars that its parts give, once each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.scars import find, tiles
from scarplan.scars.find import find_scars_in
from scarplan.scars.label_boxes import label_boxes
from scarplan.scars.side_by_side import one_by_one
from scarplan.scars.tiles import OVERLAP_MM, Tile, blend, cut_tiles
from scarplan.surface.surface import Scanner, Surface

from .skin_generator import CONDITIONS, make_skin


@given(st.integers(16, 3000), st.integers(16, 3000), st.sampled_from([0.05, 0.1, 0.3]))
def test_cores_cover_the_map_once_and_overlaps_are_wide(rows: int, columns: int, pixel_mm: float) -> None:
    found = cut_tiles((rows, columns), pixel_mm)
    for shown, core, length in (("rows", "core_rows", rows), ("columns", "core_columns", columns)):
        sides = sorted({(getattr(one, core).start, getattr(one, core).stop) for one in found})
        assert sides[0][0] == 0
        assert sides[-1][1] == length
        assert [start for start, _ in sides[1:]] == [stop for _, stop in sides[:-1]]
        for one in found:
            whole, inner = getattr(one, shown), getattr(one, core)
            assert whole.start == 0 or (inner.start - whole.start) * pixel_mm == pytest.approx(OVERLAP_MM, abs=pixel_mm)
            assert whole.stop == length or (whole.stop - inner.stop) * pixel_mm == pytest.approx(
                OVERLAP_MM, abs=pixel_mm
            )


def test_blending_tiles_of_one_map_gives_the_map_back() -> None:
    values = np.random.default_rng(1).normal(size=(900, 700)).astype(np.float32)
    parts = [(tile, values[tile.rows, tile.columns]) for tile in cut_tiles(values.shape, 0.1)]
    assert len(parts) > 2
    np.testing.assert_allclose(blend(parts, values.shape), values, atol=1e-6)


def test_boxes_hold_their_labels_and_nothing_more() -> None:
    labels = np.zeros((30, 40), np.int32)
    labels[3:7, 5:6] = 1
    labels[20, 39] = 3
    assert label_boxes(labels) == [(slice(3, 7), slice(5, 6)), None, (slice(20, 21), slice(39, 40))]
    assert label_boxes(labels, 4)[3] is None


@pytest.mark.parametrize("threads", [1, 3])
def test_a_map_in_tiles_has_the_scars_of_the_whole(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    options = replace(CONDITIONS["standard"], size_mm=40, pixel_mm=0.1, undulation=0.5)
    skin = make_skin(3, options)
    surface = Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm)
    whole = find_scars_in(surface)
    monkeypatch.setattr(tiles, "LONGEST_WHOLE_MM", 36.0)
    monkeypatch.setattr("os.cpu_count", lambda: threads)
    assert len(cut_tiles(surface.shape, skin.pixel_mm)) == 4
    parts = find_scars_in(surface)
    sure = [scar for scar in whole.scars if scar.confidence > 0.9]
    assert len(sure) > 15
    for scar in sure:
        own = whole.labels["map"] == scar.id
        number = int(np.bincount(parts.labels["map"][own]).argmax())
        assert number, f"{scar} is missing"
        twin = parts.scar(number)
        there = parts.labels["map"] == number
        assert (own & there).sum() / (own | there).sum() > 0.8
        assert twin.depth_mm == pytest.approx(scar.depth_mm, abs=0.03, rel=0.1)
    assert [scar.id for scar in parts.scars] == list(range(1, len(parts.scars) + 1))
    assert sorted(set(np.unique(parts.labels["map"])) - {0}) == [scar.id for scar in parts.scars]


def test_a_find_that_a_wider_one_of_another_tile_covers_is_not_listed_twice() -> None:
    # On a real face this once left a scar without a pixel of its own.
    y, x = np.mgrid[:200, :200] * 0.1 - 10
    noise = 0.004 * np.random.default_rng(2).standard_normal(x.shape)
    surface = Surface("map", noise - 0.4 / (1 + (np.hypot(y, x) / 1.5) ** 6), np.ones(x.shape, bool), 0.1)
    every = slice(0, 200)
    halves = [Tile(every, every, every, slice(0, 96)), Tile(every, every, every, slice(96, 200))]
    searched = [find._search_tile(surface, tile, number, Scanner()) for number, tile in enumerate(halves)]
    first, second = (one for one in searched if one is not None)
    (wide,) = first.listed
    part = wide.inside.copy()
    part[:, part.shape[1] // 5 :] = False
    small = replace(
        wide, tile=1, inside=part, judged=replace(wide.judged, x_mm=10.0, volume_mm3=wide.judged.volume_mm3 / 4)
    )
    kept = find._each_once([wide, small], halves, surface)
    assert len(kept) == 2  # each tile has its find, and less than a quarter is shared
    searched = [first, replace(second, listed=(small,))]
    found = find._put_together(surface, halves, searched, kept, Scanner(), one_by_one)
    assert len(found.scars) == 1
    assert found.scars[0].area_mm2 == pytest.approx(wide.judged.area_mm2)
