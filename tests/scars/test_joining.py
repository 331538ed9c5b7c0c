"""Halves of one long scar are one find; scars that a rim parts stay two."""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.scars.candidates import Candidate
from scarplan.scars.find import find_scars_in
from scarplan.scars.joining import find_halves, join
from scarplan.scars.outline import Outline, count_floors, draw_whole_outline
from scarplan.surface.surface import Surface
from scars.matching import match_regions
from scars.skin_generator import SkinOptions, draw_skin

CELL = 0.1
SHAPE = (80, 80)


def places() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.indices(SHAPE) * CELL
    return y - 4, x - 4


def half(inside: np.ndarray, depth: float, sign: int = 1) -> tuple[Candidate, Outline]:
    """Return a find whose outline is `inside`."""
    rows, columns = (slice(int(k.min()), int(k.max()) + 1) for k in np.nonzero(inside))
    y, x = (float(k.mean()) * CELL for k in np.nonzero(inside))
    own = inside[rows, columns]
    width = 2 * float(np.sqrt(own.sum() / np.pi)) * CELL
    return Candidate(y, x, width, "bell", 20.0 * sign, depth), Outline(rows, columns, own, depth, 0.1)


def groups(drop: np.ndarray, *finds: tuple[Candidate, Outline]) -> list[list[int]]:
    return find_halves([one for one, _ in finds], [outline for _, outline in finds], drop, cell_mm=CELL)


def test_two_halves_of_a_groove_are_one() -> None:
    y, x = places()
    groove = np.clip(1 - (x / 2.5) ** 4 - (y / 0.9) ** 4, 0, None) * 0.3
    left, right = half((groove > 0.03) & (x < 0), 0.3), half((groove > 0.03) & (x >= 0), 0.3)
    assert groups(groove, left, right) == [[0, 1]]
    whole, outline = join([left[0], right[0]], [left[1], right[1]], cell_mm=CELL)
    assert outline.inside.sum() == pytest.approx((groove > 0.03).sum(), rel=0.02)
    assert (whole.y_mm, whole.x_mm) == pytest.approx((4, 4), abs=0.06)
    assert whole.width_mm > 1.3 * left[0].width_mm


@pytest.mark.parametrize("apart", [1.9, 2.2])
def test_two_pits_with_a_rim_between_them_stay_two(apart: float) -> None:
    y, x = places()
    pits = [0.3 * np.clip(1 - np.hypot(y, x - s * apart / 2) ** 2, 0, None) for s in (-1, 1)]
    drop = pits[0] + pits[1]
    inside = [(pit > 0.03) & (x * s > 0) for pit, s in zip(pits, (-1, 1), strict=True)]
    assert groups(drop, half(inside[0], 0.3), half(inside[1], 0.3)) == []


def test_a_scar_beside_a_deeper_one_whose_outline_stopped_on_its_wall_is_no_half_of_it() -> None:
    y, x = places()
    deep, shallow = (
        depth / (1 + np.exp((np.hypot(y, x - at) - 1.4) / 0.12)) for depth, at in ((0.45, -1.6), (0.28, 1.5))
    )
    drop = deep + shallow
    # Left of the rim at x = 0 all belongs to the deep one; its own outline holds the deepest half of it alone.
    early = (drop > 0.225) & (x < 0)
    rest = (drop > 0.028) & ~early & (x > -0.5)
    assert groups(drop, half(early, 0.45), half(rest, 0.28)) == []
    # Where the rim is worn away they are one.
    worn = np.where((np.abs(y) < 0.8) & (np.abs(x) < 1.0), np.maximum(drop, 0.28), drop)
    assert groups(worn, half(early, 0.45), half(rest, 0.28)) == [[0, 1]]


def test_a_pit_within_a_wide_scar_and_a_bump_beside_it_are_not_its_halves() -> None:
    y, x = places()
    wide, pit = 0.2 * np.clip(1 - np.hypot(y, x) / 3, 0, 0.4), 0.5 * np.clip(1 - np.hypot(y, x) / 0.5, 0, None)
    own = pit > 0.05
    assert groups(wide + pit, half((wide > 0.02) & ~own, 0.08), half(own, 0.58)) == []
    left, right = half((wide > 0.02) & (x < 0), 0.08), half((wide > 0.02) & (x >= 0), 0.08, sign=-1)
    assert groups(wide, left, right) == []


def test_a_piece_at_the_corner_of_a_floor_belongs_to_it_but_a_deeper_pit_does_not() -> None:
    y, x = places()
    box = np.where((np.abs(y) < 1) & (np.abs(x) < 1.5), 0.3, 0.0)
    corner = (box > 0) & (y > 0.4) & (x > 0.8)
    whole, pit = half((box > 0) & ~corner, 0.3), half(corner, 0.3)
    assert groups(box, whole, pit) == [[0, 1]]
    deeper = np.where(corner, 0.45, box)
    assert groups(deeper, whole, half(corner, 0.45)) == []


@pytest.mark.parametrize(("rim", "floors"), [(0.02, 2), (0.27, 1)])
def test_floors_are_counted_by_what_parts_them(rim: float, floors: int) -> None:
    y, x = places()
    grooves = np.where((np.abs(y) < 1) & (np.abs(x) < 1.8), 0.3, 0.0)
    _, outline = half(grooves > 0, 0.3)
    drop = np.where((grooves > 0) & (np.abs(y) < 0.25), rim, grooves)
    assert count_floors(drop[outline.rows, outline.columns], outline) == floors


@pytest.mark.parametrize("neighbour", [0.0, 0.8])
def test_a_scar_wider_than_its_template_is_outlined_whole_and_without_its_neighbour(neighbour: float) -> None:
    y, x = np.indices((160, 160)) * CELL - 8
    box, beside = (
        depth / (1 + np.exp((np.maximum(np.abs(x) / 1.25, np.abs(y - away) / 0.8) - 1) / 0.04))
        for depth, away in ((0.8, 0), (neighbour, 1.9))
    )
    outline = draw_whole_outline(
        box + beside, np.ones(box.shape), np.zeros(box.shape, bool),
        sign=1, row=82, column=75, width=14, noise_mm=0.02,
    )  # fmt: skip
    assert outline is not None
    own, true = np.zeros(box.shape, bool), box > 0.08
    outline.paint(own, True)
    assert (own & true).sum() > 0.8 * (own | true).sum()


def test_a_long_scar_is_found_once() -> None:
    pixel = 0.08
    skin = draw_skin(np.random.default_rng(7), (300, 300), SkinOptions(size_mm=24, pixel_mm=pixel))
    y, x = np.indices(skin.shape) * pixel - 12
    u, v = x * np.cos(0.5) + y * np.sin(0.5), y * np.cos(0.5) - x * np.sin(0.5)
    long = 0.35 / (1 + np.exp((np.hypot(u / 3.2, v / 1.3) - 0.85) / 0.06))
    relief = skin - long + 0.008 * np.random.default_rng(8).standard_normal(skin.shape)
    scarmap = find_scars_in(Surface("map", relief, np.ones(skin.shape, bool), pixel))
    labels, ids = scarmap.labels["map"], [scar.id for scar in scarmap.scars]
    match = match_regions([long > 0.035], labels, ids)
    assert len(match.pairs) == 1
    inside = np.bincount(labels[long > 0.035], minlength=labels.max() + 1)
    assert inside[match.pairs[0][1]] > 0.85 * (long > 0.035).sum(), "the whole of it"
