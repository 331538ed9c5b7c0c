"""An outline over two floors holds two scars; one over an uneven floor, or with a hole across it, holds one."""

from __future__ import annotations

import numpy as np
import pytest

from scarplan.scars.candidates import Candidate
from scarplan.scars.find import find_scars_in
from scarplan.scars.outline import Outline
from scarplan.scars.parting import part_at_rims
from scarplan.surface.surface import Surface
from scars.matching import match_regions
from scars.skin_generator import SkinOptions, draw_skin

CELL = 0.1
SHAPE = (60, 80)


def two_pits(deep_mm: float, other_mm: float, rim_mm: float) -> np.ndarray:
    """Return two round floors, 1.4 mm from the middle to either side, and a rim so deep between them."""
    y, x = np.indices(SHAPE) * CELL - np.array([3.0, 4.0])[:, None, None]
    left, right = (depth / (1 + np.exp((np.hypot(y, x - at) - 1.1) / 0.05)) for depth, at in
                   ((deep_mm, -1.4), (other_mm, 1.4)))  # fmt: skip
    between = rim_mm * ((np.abs(x) < 0.7) & (np.abs(y) < 0.6))
    return np.maximum(left + right, between)


def parts_of(drop: np.ndarray, *, seen: np.ndarray | None = None, snr: float = 20.0) -> list[tuple[Candidate, Outline]]:
    inside = drop > 0.02 if seen is None else (drop > 0.02) & seen
    outline = Outline(slice(0, SHAPE[0]), slice(0, SHAPE[1]), inside, float(drop.max()), 0.1)
    seen = np.ones(SHAPE, bool) if seen is None else seen
    return part_at_rims(Candidate(3.0, 4.0, 4.0, "flat", snr, 0.3), outline, drop, seen, cell_mm=CELL)


@pytest.mark.parametrize("turned", [1, -1])
def test_two_floors_with_a_rim_are_two_scars_parted_along_it(turned: int) -> None:
    drop = two_pits(0.4, 0.2, 0.08)
    pieces = sorted(parts_of(drop[:, ::turned]), key=lambda piece: turned * piece[0].x_mm)
    assert len(pieces) == 2
    for (one, own), at in zip(pieces, (-1.4, 1.4), strict=True):
        place = np.zeros(SHAPE, bool)
        own.paint(place, True)
        rows, columns = np.nonzero(place[:, ::turned])
        assert (columns.mean() + 0.5) * CELL - 4 == pytest.approx(at, abs=0.2)
        assert (one.y_mm, one.x_mm) == pytest.approx((3.0, 4 + turned * at), abs=0.2)
        assert (((columns + 0.5) * CELL - 4) * np.sign(at) > -0.15).all(), "no cell beyond the rim"
        assert rows.size * CELL**2 == pytest.approx(np.pi * 1.2**2, rel=0.25)
    assert pieces[0][0].snr == 20.0, "the template met the deeper one"
    assert 0.3 * 20 < pieces[1][0].snr < 0.7 * 20


def test_uneven_floors_holes_and_chance_are_not_parted() -> None:
    assert parts_of(two_pits(0.4, 0.2, 0.16)) == [], "a low sill in one scar"
    rough = two_pits(0.3, 0.3, 0.3) + 0.02 * np.random.default_rng(3).standard_normal(SHAPE)
    assert parts_of(rough) == [], "microrelief of a floor"
    seen = np.ones(SHAPE, bool)
    seen[:, 38:42] = False
    assert parts_of(np.where(seen, two_pits(0.3, 0.3, 0.3), 0.0), seen=seen) == [], "a hair across it"
    assert parts_of(two_pits(0.4, 0.2, 0.08), snr=5.0) == []


def test_touching_scars_are_found_as_two() -> None:
    pixel = 0.1
    skin = draw_skin(np.random.default_rng(7), (220, 220), SkinOptions(size_mm=22, pixel_mm=pixel))
    y, x = np.indices(skin.shape) * pixel - 11
    deep, shallow = (
        depth / (1 + np.exp((np.hypot(y, x - at) / 1.7 - 0.85) / 0.06)) for depth, at in ((0.35, -1.5), (0.25, 1.5))
    )
    relief = skin - np.maximum(deep, shallow) + 0.008 * np.random.default_rng(8).standard_normal(skin.shape)
    scarmap = find_scars_in(Surface("map", relief, np.ones(skin.shape, bool), pixel))
    match = match_regions([deep > 0.035, shallow > 0.025], scarmap.labels["map"], [one.id for one in scarmap.scars])
    assert len(match.pairs) == 2
    found = [abs(scarmap.scar(number).depth_mm) for _, number in sorted(match.pairs)]
    assert found == pytest.approx([0.35, 0.25], rel=0.15)
