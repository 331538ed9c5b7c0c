"""What lies around a find, what makes it doubtful, and what skin is not judged at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.evidence.library import value_of
from scarplan.scars import find_scars_in
from scarplan.scars.doubt import DOUBTS, REASON_OF, doubts, with_doubt
from scarplan.scars.measure import see_scar
from scarplan.scars.not_judged import REASONS, areas_cm2, find_not_judged, judged_part
from scarplan.scars.surroundings import Shown, Surroundings, look_around
from scarplan.scars.upright import upright_part
from scarplan.surface.bending import find_bending
from scarplan.surface.surface import ChartFrame, Surface

PIXEL = 0.1
WHOLE = Surroundings(
    unseen_part=0.0, stretch=0.9, goes_on=0.0, stands_out=9.0, bends=0.7, slope=0.1
)  # fmt: skip


def grid(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:n, :n] * PIXEL
    return y - y.mean(), x - x.mean()


def surface(relief: np.ndarray, valid: np.ndarray | None = None) -> Surface:
    return Surface("map", relief.astype(np.float32), np.ones(relief.shape, bool) if valid is None else valid, PIXEL)


@pytest.mark.parametrize("radius", [20.0, 60.0])
def test_a_sphere_leans_and_bends_as_it_should_up_to_its_border(radius: float) -> None:
    y, x = grid()
    away = np.hypot(y, x)
    relief = np.sqrt(radius**2 - np.minimum(away, 12.0) ** 2)
    form = find_bending(relief, away < 11, pixel_mm=PIXEL)
    cells = cv2.resize(away, form.slope.shape[::-1], interpolation=cv2.INTER_AREA)
    at = cells[form.seen]
    assert form.per_mm[form.seen] == pytest.approx(1 / radius, rel=0.2)
    assert form.slope[form.seen] == pytest.approx(at / np.sqrt(radius**2 - at**2), abs=0.05)


def test_a_scar_bends_form_less_than_a_fold_does() -> None:
    y, x = grid()
    limit = value_of("scar_doubt.sharpest_bend_per_mm")
    rolling = -0.45 * np.clip(1 - (y**2 + x**2) / 3.5**2, 0, None) ** 2
    box = -0.9 * (np.hypot(y, x) < 1.5)
    fold = -2.5 * np.exp(-((y / 2.0) ** 2))
    for scar in (rolling, box):
        assert find_bending(scar, np.ones(scar.shape, bool), pixel_mm=PIXEL).per_mm.max() < limit
        assert find_not_judged(surface(scar)).by_reason == {}
    assert find_bending(fold, np.ones(fold.shape, bool), pixel_mm=PIXEL).per_mm.max() > limit


def test_skin_is_left_out_for_one_reason_with_its_true_area() -> None:
    _, x = grid()
    steep = np.tan(np.radians(60.0))
    relief = -steep * np.clip(x - 5, 0, None)
    skin = surface(relief)
    left_out = find_not_judged(skin)
    assert set(left_out.by_reason) <= set(REASONS)
    taken = np.sum([pixels.astype(int) for pixels in left_out.by_reason.values()], axis=0)
    assert taken.max() == 1
    assert taken[:, x[0] > 9].all()
    assert not taken[:, x[0] < 1].any()
    assert not (judged_part(skin, left_out).valid & (taken > 0)).any()
    areas = areas_cm2(skin, left_out)
    # Skin at 60 degrees is twice as large as it looks.
    beyond = (x > 8) & left_out.by_reason["steep"]
    assert areas["steep"] > 1.9 * beyond.sum() * PIXEL**2 / 100


def ring_of(relief: np.ndarray, region: np.ndarray, *, sign: int = 1, seen: np.ndarray | None = None) -> Surroundings:
    labels = region.astype(np.int32)
    skin = np.ones(region.shape, bool) if seen is None else seen
    return look_around(Shown(labels, np.zeros_like(relief), relief, skin, pixel_mm=PIXEL), 1, sign=sign)


def test_a_pit_ends_at_its_rim_and_a_fold_goes_on() -> None:
    y, x = grid()
    rough = 0.004 * np.random.default_rng(1).standard_normal(y.shape)
    region = np.hypot(y, x) < 1.2
    pit = ring_of(-0.3 * np.exp(-(y**2 + x**2)) + rough, region)
    fold = ring_of(-0.3 * np.exp(-(y**2)) + rough, region)
    assert pit.goes_on < 0.05
    assert fold.goes_on > 0.5
    assert pit.stands_out > 5
    assert pit.unseen_part == 0
    assert with_doubt(0.99, doubts(pit, width_mm=2.4, sign=1))[0] > 0.95
    sure, why = with_doubt(0.9, doubts(fold, width_mm=2.4, sign=1))
    assert sure < 0.6
    assert why in ("fold", "bent skin")


def test_turned_and_raised_finds_have_the_same_surroundings() -> None:
    y, x = grid(200)
    relief = -0.3 * np.exp(-(y**2) - 0.2 * x**2) + 0.01 * np.sin(3 * x)
    region = (y**2 + 0.3 * x**2) < 1.0
    one = ring_of(relief, region)
    for other in (ring_of(relief.T.copy(), region.T.copy()), ring_of(-relief, region, sign=-1)):
        for name in ("unseen_part", "stretch", "goes_on", "stands_out", "bends"):
            assert getattr(other, name) == pytest.approx(getattr(one, name), rel=0.05, abs=0.02), name


def test_what_the_border_hides_is_counted() -> None:
    y, x = grid()
    relief = -0.3 * np.exp(-(y**2) - x**2)
    half = ring_of(relief, (np.hypot(y, x) < 1.2) & (x < 0), seen=x < 0)
    corner = ring_of(relief, (np.hypot(y, x) < 1.2) & (x < 0) & (y < 0), seen=(x < 0) & (y < 0))
    assert 0.25 < half.unseen_part < 0.55
    assert half.unseen_part < corner.unseen_part < 0.8
    assert half.stretch > 1
    sure = [with_doubt(0.99, doubts(one, width_mm=2.0, sign=1))[0] for one in (WHOLE, half, corner)]
    assert sure == sorted(sure, reverse=True)
    assert with_doubt(0.99, doubts(corner, width_mm=2.0, sign=1))[1] == "cut by the edge"


def test_a_level_gone_wrong_is_no_scar_where_the_skin_bends_nowhere() -> None:
    y, x = grid()
    region = np.hypot(y, x) < 2
    smooth = -(y**2) / 60 - 0.2 * x
    level = smooth + np.where(region, 0.5, 0.0)
    shown = Shown(region.astype(np.int32), level, smooth, np.ones(y.shape, bool), pixel_mm=PIXEL)
    told = look_around(shown, 1, sign=1)
    assert abs(told.bends) < 0.05
    dented = smooth - 0.5 * np.clip(1 - (y**2 + x**2) / 4, 0, None)
    shown = Shown(region.astype(np.int32), smooth, dented, np.ones(y.shape, bool), pixel_mm=PIXEL)
    told = look_around(shown, 1, sign=1)
    assert told.bends > value_of("scar_doubt.bends_enough")


@given(
    unseen=st.floats(0, 1), stretch=st.floats(0.1, 5), on=st.floats(0, 9), out=st.floats(-2, 50),
    bends=st.floats(-9, 9), slope=st.floats(0, 9), width=st.floats(0.2, 12), sure=st.floats(0, 1),
    sign=st.sampled_from([1, -1]),
)  # fmt: skip
def test_doubts_only_take(
    unseen: float,
    stretch: float,
    on: float,
    out: float,
    bends: float,
    slope: float,
    width: float,
    sure: float,
    sign: int,
) -> None:
    around = Surroundings(unseen, stretch, on, out, bends, slope)
    told = doubts(around, width_mm=width, sign=sign)
    assert told.shape == (len(DOUBTS),)
    assert (told >= 0).all()
    after, why = with_doubt(sure, told)
    assert 0 <= after <= max(sure, 1e-3) * (1 + 1e-9)
    assert why is None or why in REASON_OF.values()


def test_surroundings_without_fault_take_nothing() -> None:
    told = doubts(WHOLE, width_mm=2.5, sign=1)
    assert not told.any()
    assert with_doubt(0.93, told) == (pytest.approx(0.93), None)


def test_a_scar_on_leaning_skin_of_a_mesh_is_measured_upright_to_it() -> None:
    y, x = grid(120)
    labels = (np.hypot(y, x) < 1).astype(np.int32)
    level = np.tan(np.radians(40.0)) * x
    flat = surface(level)
    frame = ChartFrame((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    window = see_scar(
        labels, level.astype(np.float32), level, np.ones(y.shape, bool), scar_id=1, chart="map", sign=1, pixel_mm=PIXEL
    ).window
    assert upright_part(flat, window) == 1.0
    assert upright_part(replace(flat, frame=frame), window) == pytest.approx(np.cos(np.radians(40.0)), rel=1e-3)


@pytest.mark.shared
def test_the_bent_corner_of_a_real_cheek_is_no_scar(shared_folder: Path) -> None:
    cheek = np.load(shared_folder / "data" / "LeePerrySmith" / "cheek_right_30mm_100um.npy")
    found = find_scars_in(surface(cheek))
    assert len(found.scars) <= 4
    assert not any(scar.x_mm > 26 and scar.y_mm > 26 for scar in found.scars)
    assert all(abs(scar.depth_mm) < 0.25 for scar in found.scars)
