"""A scar that one tile alone shows is measured by that tile: measuring it on the whole map tells the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest

from scarplan.scars import find, find_scars_in
from scarplan.scars.tiles import Tile, cut_tiles
from scarplan.surface.surface import Surface
from scars.skin_generator import CONDITIONS, make_skin


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    measure: Callable = find.measure_scar
    numbers = []

    def counted(*arguments, **named):
        numbers.append(arguments[2])
        return measure(*arguments, **named)

    monkeypatch.setattr(find, "measure_scar", counted)
    return numbers


def test_a_scar_of_one_tile_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    options = CONDITIONS["standard"]
    counts = tuple((kind, 2 * number) for kind, number in options.counts)
    # In one place, so that the calls are seen.
    monkeypatch.setattr(find, "_LARGE_PIXELS", 10**9)
    skin = make_skin(5, replace(options, size_mm=72, pixel_mm=0.12, counts=counts))
    half = slice(0, skin.relief_mm.shape[0] // 2)
    surface = Surface("map", skin.relief_mm[half], skin.valid[half], skin.pixel_mm)
    shown = cut_tiles(surface.shape, surface.pixel_mm)
    assert len(shown) == 2
    calls = count_calls(monkeypatch)
    once, calls_once = find_scars_in(surface), len(calls)
    monkeypatch.setattr(Tile, "shows_alone", lambda *_: False)
    calls.clear()
    again, calls_again = find_scars_in(surface), len(calls)
    assert len(once.scars) > 15
    assert calls_once < calls_again - 8, "scars of one tile are measured again"
    np.testing.assert_array_equal(once.labels["map"], again.labels["map"])
    for one, other in zip(once.scars, again.scars, strict=True):
        told, wanted = asdict(one), asdict(other)
        for name, value in told.items():
            if isinstance(value, float):
                assert value == pytest.approx(wanted[name], rel=1e-9, abs=1e-9), name
            elif name != "kind_probability":
                assert value == wanted[name], name


def test_a_tile_shows_a_place_alone_where_no_other_one_reaches() -> None:
    first, second = cut_tiles((100, 1000), 0.1)
    every = slice(0, 100)
    assert first.columns.stop > second.columns.start
    alone = every, slice(0, second.columns.start)
    assert first.shows_alone(alone, (first, second))
    assert not second.shows_alone(alone, (first, second)), "it does not show it at all"
    assert not first.shows_alone((every, slice(0, second.columns.start + 1)), (first, second)), "both show a column"
    assert not first.shows_alone((every, slice(first.columns.stop - 1, 1000)), (first, second))
    assert first.shows_alone((every, slice(0, first.columns.stop)), (first,))


def test_a_place_of_the_map_is_found_in_its_tile() -> None:
    _, second = cut_tiles((100, 1000), 0.1)
    values = np.arange(100_000).reshape(100, 1000)
    place = slice(3, 9), slice(600, 640)
    shown = values[second.rows, second.columns]
    np.testing.assert_array_equal(shown[second.moved_into(place)], values[place])
