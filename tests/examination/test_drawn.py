"""Drawn scars: in their published ranges, as likely as their counts, alike for the same seed and group."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from example_examinations import cheek, chin, describe, examine, zone_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.evidence.library import value_of
from scarplan.examination import DEPRESSED_KINDS, draw_scars, group_id
from scarplan.records.assessment import ZONE_NAMES

DRAWS = 400


def groups(**highs: int) -> dict[str, Any]:
    """Return a result of `assess` with one group of exactly so many scars for each kind."""
    return {
        "groups": [
            {"id": group_id("chin", None, kind), "zone": "chin", "side": None, "kind": kind, "low": n, "high": n}
            for kind, n in highs.items()
        ]
    }


@settings(max_examples=25, deadline=None)
@given(zone_rows(), st.integers(0, 2**31))
def test_every_draw_lies_in_the_published_ranges(rows: list[dict[str, Any]], seed: int) -> None:
    found = describe(examine(*rows))
    drawn = draw_scars(found, count=50, seed=seed)
    columns = sum(row["high"] for row in found["groups"])
    assert drawn.depth_mm.shape == drawn.width_mm.shape == drawn.present.shape == drawn.rolling.shape == (50, columns)
    assert len(drawn.kinds) == len(drawn.zones) == len(drawn.sides) == drawn.group.size == columns
    for index, kind in enumerate(DEPRESSED_KINDS):
        here = drawn.kind_index == index
        low, high = limits(kind)
        assert np.all((drawn.depth_mm[here] >= low) & (drawn.depth_mm[here] <= high))
        narrow, wide = value_of(f"examination.{kind.split('_')[0]}_width_mm")
        assert np.all((drawn.width_mm[here] >= narrow) & (drawn.width_mm[here] <= wide))
    for row in found["groups"]:
        there = drawn.present[:, drawn.group == row["id"]].sum(axis=1)
        assert there.min() >= row["low"]
        assert there.max() <= row["high"]


def limits(kind: str) -> tuple[float, float]:
    return {
        "icepick": (0.16, 0.56), "boxcar_shallow": (0.1, 0.5), "boxcar_deep": (0.5, 0.9), "rolling": (0.1, 0.45),
    }[kind]  # fmt: skip


def test_a_seed_gives_the_same_scars_and_another_one_others() -> None:
    assess = groups(rolling=3, icepick=2)
    first, again, other = (draw_scars(assess, count=DRAWS, seed=seed) for seed in (7, 7, 8))
    for name in ("depth_mm", "width_mm", "present", "kind_index"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.depth_mm, other.depth_mm)


def test_a_group_is_drawn_alike_whatever_stands_beside_it() -> None:
    alone = draw_scars(groups(rolling=3), count=DRAWS, seed=1)
    beside = draw_scars(groups(icepick=4, rolling=3), count=DRAWS, seed=1)
    more = draw_scars(groups(rolling=5), count=DRAWS, seed=1)
    assert np.array_equal(alone.depth_mm, beside.depth_mm[:, 4:])
    assert np.array_equal(alone.kind_index, beside.kind_index[:, 4:])
    assert np.array_equal(alone.depth_mm, more.depth_mm[:, :3])


def test_group_numbers_are_unique() -> None:
    ids = {group_id(z, s, k) for z in ZONE_NAMES for s in (None, "left", "right") for k in DEPRESSED_KINDS}
    assert len(ids) == len(ZONE_NAMES) * 3 * len(DEPRESSED_KINDS)
    assert min(ids) == 1


@pytest.mark.parametrize(("written", "low", "high"), [("1-4", 1, 4), ("11-20", 11, 20), (6, 6, 6)])
def test_every_number_of_a_class_is_as_likely(written: int | str, low: int, high: int) -> None:
    drawn = draw_scars(describe(examine(chin(rolling=written))), count=4000, seed=3)
    numbers, times = np.unique(drawn.present.sum(axis=1), return_counts=True)
    assert numbers.tolist() == list(range(low, high + 1))
    expected = 4000 / numbers.size
    assert np.all(np.abs(times - expected) < 5 * np.sqrt(expected))


@pytest.mark.parametrize("kind", DEPRESSED_KINDS)
def test_kinds_are_confused_as_often_as_the_table_says(kind: str) -> None:
    drawn = draw_scars(groups(**{kind: 60}), count=2000, seed=5)
    shares = np.bincount(drawn.kind_index.ravel(), minlength=4) / drawn.kind_index.size
    assert shares == pytest.approx(value_of("examination.kind_confusion")[DEPRESSED_KINDS.index(kind)], abs=0.02)
    assert drawn.rolling.mean() == pytest.approx(shares[DEPRESSED_KINDS.index("rolling")])


def test_confusion_of_kinds_is_a_probability() -> None:
    table = np.array(value_of("examination.kind_confusion"))
    assert table.shape == (4, 4)
    assert table.sum(axis=1) == pytest.approx(np.ones(4))
    assert np.all(table.argmax(axis=1) == np.arange(4))


def test_the_mean_of_many_scars_stays_uncertain() -> None:
    drawn = draw_scars(groups(boxcar_shallow=60), count=2000, seed=2)
    means = drawn.depth_mm.mean(axis=1)
    alone = drawn.depth_mm.std()
    # Sixty scars that share nothing would have a mean nearly eight times as sure as one scar.
    assert means.std() > 0.4 * alone
    assert means.std() < alone


def test_ice_picks_lie_where_ultrasound_saw_them() -> None:
    drawn = draw_scars(groups(icepick=60), count=2000, seed=2)
    depths = drawn.depth_mm[drawn.kind_index == 0]
    assert np.mean((depths >= 0.2) & (depths <= 0.5)) == pytest.approx(0.958, abs=0.01)


def test_no_group_gives_no_scars() -> None:
    drawn = draw_scars(describe(examine(chin())), count=10, seed=0)
    assert drawn.depth_mm.shape == drawn.rolling.shape == drawn.present.shape == (10, 0)


def test_depths_of_classes_are_those_of_the_scan() -> None:
    deep = value_of("scars.boxcar_deep_mm")
    drawn = draw_scars(groups(boxcar_deep=40, boxcar_shallow=40), count=500, seed=1)
    assert drawn.depth_mm[drawn.kind_index == 2].min() >= deep
    assert drawn.depth_mm[drawn.kind_index == 1].max() <= deep


def test_two_hundred_scars_are_drawn_quickly() -> None:
    assess = groups(icepick=50, boxcar_shallow=50, boxcar_deep=50, rolling=50)
    draw_scars(assess, count=DRAWS, seed=0)
    took = []
    for seed in range(5):
        start = time.process_time()
        draw_scars(assess, count=DRAWS, seed=seed)
        took.append(time.process_time() - start)
    # Some 15 ms, 50 on a busy machine; one draw after another would take most of a second.
    assert min(took) < 0.2


def test_both_cheeks_are_drawn_apart() -> None:
    drawn = draw_scars(describe(examine(cheek(rolling=1), cheek("right", rolling=1))), count=DRAWS, seed=4)
    assert drawn.sides == ("left", "right")
    assert not np.array_equal(drawn.depth_mm[:, 0], drawn.depth_mm[:, 1])
