"""Halves of one long scar are one find; scars that a rim parts stay two."""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.scars.candidates import Candidate
from scarplan.scars.find import find_scars_in
from scarplan.scars.joining import find_halves, join
from scarplan.scars.outline import Outline
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


def test_a_pit_within_a_wide_scar_and_a_bump_beside_it_are_not_its_halves() -> None:
    y, x = places()
    wide, pit = 0.2 * np.clip(1 - np.hypot(y, x) / 3, 0, 0.4), 0.5 * np.clip(1 - np.hypot(y, x) / 0.5, 0, None)
    own = pit > 0.05
    assert groups(wide + pit, half((wide > 0.02) & ~own, 0.08), half(own, 0.58)) == []
    left, right = half((wide > 0.02) & (x < 0), 0.08), half((wide > 0.02) & (x >= 0), 0.08, sign=-1)
    assert groups(wide, left, right) == []


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
