"""Measuring in a window: closed forms, what must not change a depth, and one code for one surface and for many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.scars.describe import describe_scar
from scarplan.scars.measure import measure_windows, prepare_windows, see_scar, see_window
from scarplan.scars.scarmap import ScarMap
from scarplan.surface.surface import Surface

PIXEL = 0.05
SIZE = 161


def _distance(radius_mm: float) -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    return np.hypot(y, x) * PIXEL / radius_mm


def _cone(r: np.ndarray) -> np.ndarray:
    return np.clip(1 - r, 0, None)


def _cylinder(r: np.ndarray) -> np.ndarray:
    # A wall of one pixel: no scanner shows a steeper one.
    return np.clip((1 - r) / 0.04 + 0.5, 0, 1)


def _cap(r: np.ndarray) -> np.ndarray:
    return np.clip(1 - r**2, 0, None)


def _measure(depth: np.ndarray, *, sign: int = 1, base: np.ndarray | float = 0.0) -> tuple[float, float]:
    level = np.zeros(depth.shape) + base
    labels = (depth > 0.1 * depth.max()).astype(np.int32)
    relief = level - sign * depth
    window = see_scar(
        labels, level, relief, np.ones(depth.shape, bool), scar_id=1, chart="map", sign=sign, pixel_mm=PIXEL
    ).window
    found, volume = measure_windows(relief[None, window.rows, window.columns], window)
    return float(found[0]), float(volume[0])


def _volume_of(shape: str, radius: float, depth: float) -> float:
    if shape == "cone":
        return np.pi * radius**2 * depth / 3
    if shape == "cylinder":
        return np.pi * radius**2 * depth
    # A shallow paraboloid: a spherical cap to second order.
    return np.pi * radius**2 * depth / 2


@pytest.mark.parametrize("shape", ["cone", "cylinder", "cap"])
@pytest.mark.parametrize("radius", [1.0, 2.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_closed_forms_of_volume_and_depth(shape: str, radius: float, sign: int) -> None:
    profile = {"cone": _cone, "cylinder": _cylinder, "cap": _cap}[shape]
    depth, volume = _measure(0.4 * profile(_distance(radius)), sign=sign)
    assert volume == pytest.approx(sign * _volume_of(shape, radius, 0.4), rel=0.02)
    # The contract's depth: of a cone the mean of the deepest 1 % of its region is 0.94 of its tip.
    expected = 0.4 * (1 - 2 / 3 * 0.1 * 0.9 if shape == "cone" else 1.0)
    # Suppressing noise overshoots at a wall of one pixel by up to 6 %; smoother shapes come out to 3 %.
    assert depth == pytest.approx(sign * expected, rel=0.06 if shape == "cylinder" else 0.03)


def test_the_volume_of_a_true_spherical_cap() -> None:
    radius, depth = 2.0, 0.5
    sphere = (radius**2 + depth**2) / (2 * depth)
    r = _distance(1.0)
    cap = np.where(r < radius, np.sqrt(np.clip(sphere**2 - r**2, 0, None)) - (sphere - depth), 0.0)
    _, volume = _measure(cap)
    assert volume == pytest.approx(np.pi * depth**2 * (3 * sphere - depth) / 3, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(-50, 50), st.integers(0, 99))
def test_a_tilted_plane_or_an_offset_changes_no_depth(tilt_y: float, tilt_x: float, offset: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    depth = 0.3 * _cap(_distance(1.5)) + 0.01 * random.standard_normal((SIZE, SIZE))
    y, x = np.mgrid[:SIZE, :SIZE] * PIXEL
    plain = _measure(np.where(_distance(1.5) < 1, depth, 0.0))
    tilted = _measure(np.where(_distance(1.5) < 1, depth, 0.0), base=tilt_y * y + tilt_x * x + offset)
    # The level is kept in single precision: 50 mm away that is 4 nm.
    assert tilted == pytest.approx(plain, abs=2e-5)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 1.0), st.floats(0.3, 1.0))
def test_filling_up_scales_depth_and_volume(depth: float, part: float) -> None:
    whole, less = _measure(depth * _cap(_distance(1.5))), _measure(part * depth * _cap(_distance(1.5)))
    assert less == pytest.approx((part * whole[0], part * whole[1]), rel=1e-3)


def test_many_surfaces_at_once_are_measured_like_each_alone() -> None:
    random = np.random.default_rng(1)
    depth = 0.3 * _cap(_distance(1.5))
    level = np.zeros((SIZE, SIZE), np.float32)
    window = see_scar(
        (depth > 0.03).astype(np.int32), level, -depth, np.ones((SIZE, SIZE), bool),
        scar_id=1, chart="map", sign=1, pixel_mm=PIXEL,
    ).window  # fmt: skip
    shape = (window.rows.stop - window.rows.start, window.columns.stop - window.columns.start)
    many = -depth[window.rows, window.columns] + 0.01 * random.standard_normal((7, *shape))
    depths, volumes = measure_windows(many, window)
    for k in range(7):
        alone = measure_windows(many[k : k + 1], window)
        assert (alone[0][0], alone[1][0]) == pytest.approx((depths[k], volumes[k]), rel=1e-6)


def test_unseen_pixels_are_left_out() -> None:
    depth = 0.3 * _cap(_distance(1.5))
    relief = -depth
    known = np.ones(depth.shape, bool)
    known[SIZE // 2 : SIZE // 2 + 3, SIZE // 2 + 12 : SIZE // 2 + 15] = False
    relief[~known] = np.nan
    window = see_scar(
        (depth > 0.03).astype(np.int32), np.zeros(depth.shape), relief, known,
        scar_id=1, chart="map", sign=1, pixel_mm=PIXEL,
    ).window  # fmt: skip
    found, volume = measure_windows(relief[None, window.rows, window.columns], window)
    assert found[0] == pytest.approx(0.3, rel=0.04)
    assert volume[0] == pytest.approx(_volume_of("cap", 1.5, 0.3), rel=0.05)


@pytest.mark.parametrize(("shape", "fullness"), [("cone", 1 / 3), ("cylinder", 1.0), ("cap", 0.5)])
def test_the_description_tells_the_shapes_apart(shape: str, fullness: float) -> None:
    depth = 0.3 * {"cone": _cone, "cylinder": _cylinder, "cap": _cap}[shape](_distance(1.5))
    labels = (depth > 0.03).astype(np.int32)
    window = see_scar(
        labels,
        np.zeros(depth.shape),
        -depth,
        np.ones(depth.shape, bool),
        scar_id=1,
        chart="map",
        sign=1,
        pixel_mm=PIXEL,
    ).window
    told = describe_scar(see_window(-depth[window.rows, window.columns], window))
    # The cone's region ends at 10 % of its depth, so that it fills a little more of it.
    assert told.fullness == pytest.approx(fullness, abs=0.12)
    assert told.solidity > 0.95
    assert told.elongation == pytest.approx(1.0, abs=0.02)
    assert told.unseen_rim == 0.0
    if shape == "cone":
        assert told.wall_angle_deg == pytest.approx(np.degrees(np.arctan(0.3 / 1.5)), rel=0.05)


def test_windows_of_a_scan_come_from_its_labels_and_level() -> None:
    depth = 0.3 * _cap(_distance(1.5))
    surface = Surface("map", -depth, np.ones(depth.shape, bool), PIXEL)
    empty = ScarMap((), {"map": np.zeros(depth.shape, np.int32)}, {"map": np.zeros(depth.shape, np.float32)})
    assert not prepare_windows(surface, empty).windows
