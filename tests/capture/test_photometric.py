"""Photometric stereo: lights, normals and integration against closed forms, rendered skin, and another solver."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import lsqr

from capture.rendered import PIXEL_MM, angle_between, draw_sphere, one_scar, photograph, ring_of_lights
from scarplan.capture import LitSkin, far_light, find_normals, integrate_slopes, make_relief, near_light, render_light
from scarplan.capture.lights import check_lights, light_vectors
from scarplan.capture.normals import solve_three
from scarplan.capture.render import find_shadow
from scarplan.capture.sphere import find_light
from scarplan.errors import BadInput
from scarplan.records.capture import Sphere


def bump(size: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a smooth surface with its slopes along columns and down rows, mm per mm."""
    y, x = (np.mgrid[:size, :size] - size / 2) * PIXEL_MM
    dish = -0.3 * np.exp(-(x**2 + (y - 0.4) ** 2) / 2)
    return dish + 0.05 * x * y, -x * dish + 0.05 * y, -(y - 0.4) * dish + 0.05 * x


def level(heights: np.ndarray) -> np.ndarray:
    return heights - np.nanmedian(heights)


class TestLights:
    def test_a_distant_lamp_is_the_limit_of_a_near_one(self):
        place = np.array([3000.0, -2000.0, 6000.0])
        far, near = far_light(tuple(place)), near_light(tuple(place))
        options = {"rows": slice(0, 40), "shape": (40, 50), "pixel_mm": 0.1}
        assert light_vectors(near, **options) == pytest.approx(
            np.broadcast_to(light_vectors(far, **options), (3, 2000)), rel=2e-3
        )

    def test_a_near_lamp_falls_with_the_square_of_the_distance(self):
        lamp = near_light((0.0, 0.0, 50.0), strength=2.0)
        vectors = light_vectors(lamp, rows=slice(0, 1), shape=(1, 1001), pixel_mm=0.1)
        assert np.linalg.norm(vectors[:, 500]) == pytest.approx(2.0)
        assert np.linalg.norm(vectors[:, 0]) == pytest.approx(2.0 * 50**2 / (50**2 + 50**2))
        assert vectors[:, 0] / np.linalg.norm(vectors[:, 0]) == pytest.approx([np.sqrt(0.5), 0, np.sqrt(0.5)])

    def test_up_is_towards_the_first_row(self):
        vectors = light_vectors(near_light((0.0, 100.0, 1.0)), rows=slice(0, 3), shape=(3, 1), pixel_mm=60.0)
        assert vectors[1].tolist()[0] > 0
        assert np.linalg.norm(vectors[:, 0]) > np.linalg.norm(vectors[:, 2])

    @pytest.mark.parametrize(
        ("directions", "code"),
        [
            ([(1, 0, 1), (-1, 0, 1), (0.5, 0, 1), (-0.3, 0, 1)], "E-CAPTURE-003"),
            ([(1, 1, 1), (1.01, 1, 1), (1, 1.01, 1), (1, 1, 1.01)], "E-CAPTURE-003"),
            ([(1, 0, 1), (0, 1, 1), (-1, 0, 1), (0, -1, 0.1)], "E-CAPTURE-004"),
        ],
    )
    def test_lights_that_cannot_tell_slopes_are_refused(self, directions, code):
        with pytest.raises(BadInput) as caught:
            check_lights(tuple(far_light(one) for one in directions))
        assert caught.value.code == code

    def test_a_ring_of_lights_is_taken(self):
        check_lights(ring_of_lights(4))


class TestSphere:
    @pytest.mark.parametrize("surface", ["chrome", "matte"])
    @pytest.mark.parametrize("direction", [(1, 0, 1), (-0.4, 0.8, 1.2), (0.1, -0.9, 0.8), (0.02, 0.01, 1)])
    def test_the_light_is_found_within_a_degree(self, surface, direction):
        one = far_light(direction, strength=0.9)
        place = {"x": 110.3, "y": 95.6, "radius": 60.2}
        picture = draw_sphere(np.full((200, 240), 0.3), one, surface=surface, **place)
        picture = np.clip(picture + np.random.default_rng(0).normal(0, 0.005, picture.shape), 0, 1)
        sphere = Sphere(surface=surface, x_px=110.3, y_px=95.6, radius_px=60.2)
        found, misfit = find_light(picture, picture >= 0.995, sphere, name="a.png")
        assert angle_between(found.direction, direction) < 1.0
        if surface == "matte":
            assert found.strength == pytest.approx(0.8 * 0.9, rel=0.02)
            assert misfit < 0.02
        else:
            assert misfit is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"x_px": 20.0}, "E-CAPTURE-005"), ({"surface": "chrome"}, "E-CAPTURE-006"), ({}, "E-CAPTURE-008")],
    )
    def test_what_tells_no_light_is_refused(self, change, code):
        even = np.full((200, 240), 0.3)
        even[80:100] = 0.9
        sphere = Sphere(**({"surface": "matte", "x_px": 110.0, "y_px": 95.0, "radius_px": 60.0} | change))
        with pytest.raises(BadInput) as caught:
            find_light(even, np.zeros(even.shape, bool), sphere, name="a.png")
        assert caught.value.code == code

    def test_a_black_sphere_is_refused(self):
        sphere = Sphere(surface="matte", x_px=110.0, y_px=95.0, radius_px=60.0)
        with pytest.raises(BadInput, match="dark or full everywhere"):
            find_light(np.zeros((200, 240)), np.zeros((200, 240), bool), sphere, name="a.png")


class TestNormals:
    @pytest.mark.parametrize("count", [4, 6, 8])
    def test_a_tilted_plane_is_told_exactly(self, count):
        y, x = np.mgrid[:40, :50] * PIXEL_MM
        light, full = photograph(0.3 * x - 0.2 * y, ring_of_lights(count), albedo=0.6)
        found = find_normals(LitSkin(light, full, np.ones((40, 50), bool), ring_of_lights(count), PIXEL_MM))
        assert found.valid.all()
        assert found.slope_x == pytest.approx(0.3, abs=1e-5)
        assert found.slope_y == pytest.approx(-0.2, abs=1e-5)
        assert found.albedo == pytest.approx(0.6, rel=1e-5)
        assert max(found.misfit) < 1e-5

    def test_three_lights_against_a_linear_solver(self):
        rng = np.random.default_rng(0)
        vectors, truth = rng.standard_normal((5, 3, 7)), rng.standard_normal((3, 7))
        weight = (rng.random((5, 7)) > 0.25).astype(float)
        weight[:3] = 1
        values = np.einsum("kin,in->kn", vectors, truth) + 0.1 * rng.standard_normal((5, 7))
        found = solve_three(vectors, weight, values)
        for n in range(7):
            used = weight[:, n] > 0
            expected = np.linalg.lstsq(vectors[used, :, n], values[used, n], rcond=None)[0]
            assert found[:, n] == pytest.approx(expected, rel=1e-6)

    def test_two_lights_tell_nothing(self):
        vectors = np.array([one.direction for one in ring_of_lights(4)])[..., None]
        weight = np.array([[1.0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 0, 0]])
        found = solve_three(vectors, weight, np.full((4, 3), 0.5))
        assert np.linalg.norm(found, axis=0)[0] > 0
        assert not found[:, 1:].any()

    @pytest.mark.parametrize("count", [4, 5, 8])
    def test_shine_in_one_photograph_is_left_out(self, count):
        _y, x = np.mgrid[:80, :80] * PIXEL_MM
        light, full = photograph(0.1 * x, ring_of_lights(count), albedo=0.5)
        light[1, 30:40, 30:40] += 0.25
        mask = np.ones((80, 80), bool)
        robust, plain = (
            find_normals(LitSkin(light, full, mask, ring_of_lights(count), PIXEL_MM), robust=robust)
            for robust in (True, False)
        )
        assert not robust.used[1, 32:38, 32:38].any()
        assert robust.slope_y == pytest.approx(0.0, abs=1e-4)
        assert np.abs(plain.slope_y[32:38, 32:38]).min() > 0.05
        assert robust.odd[1] == pytest.approx(100 / 6400)
        assert sum(robust.odd) == pytest.approx(100 / 6400)

    def test_a_cast_shadow_is_left_out_and_three_are_a_hole(self):
        light, full = photograph(np.zeros((60, 60)), ring_of_lights(4), albedo=0.5)
        light[0, 10:20, 10:20] = 0.0
        light[1:, 30:40, 30:40] = 0.01
        found = find_normals(LitSkin(light, full, np.ones((60, 60), bool), ring_of_lights(4), PIXEL_MM))
        assert found.slope_x[10:20, 10:20] == pytest.approx(0.0, abs=1e-5)
        assert not found.valid[30:40, 30:40].any()
        assert np.isnan(found.slope_x[30:40, 30:40]).all()
        assert found.shadowed[0] == pytest.approx(100 / 3600)

    @pytest.mark.parametrize("near", [False, True])
    def test_the_wall_that_two_lights_see_is_told_by_the_wall_beside(self, near):
        # A valley with straight walls; on a stretch of one wall two of four lights are taken away.
        lights = ring_of_lights(4)
        if near:
            lights = tuple(near_light(tuple(500 * part for part in one.direction)) for one in lights)
        x = np.arange(80) * PIXEL_MM
        heights = np.broadcast_to(0.7 * np.abs(x - x.mean()), (60, 80))
        far = tuple(far_light(one.direction) for one in lights)
        light, full = photograph(heights, far, albedo=0.5)
        dark = [k for k, one in enumerate(far) if one.direction[0] <= 0.01][:2]
        for k in dark:
            light[k, 20:40, 5:25] = 0.001
        mask = np.ones(heights.shape, bool)
        found = find_normals(LitSkin(light, full, mask, lights, PIXEL_MM))
        assert found.by_two[22:38, 7:23].all()
        assert found.valid[22:38, 7:23].all()
        assert found.slope_x[22:38, 7:23] == pytest.approx(-0.7, abs=0.04 if near else 1e-3)
        assert not find_normals(LitSkin(light, full, mask, lights, PIXEL_MM), robust=False).valid[22:38, 7:23].any()

    def test_full_pixels_are_left_out(self):
        light, full = photograph(np.zeros((30, 30)), ring_of_lights(5), albedo=0.5)
        light[2, :, :10], full[2, :, :10] = 1.0, True
        found = find_normals(LitSkin(light, full, np.ones((30, 30), bool), ring_of_lights(5), PIXEL_MM))
        assert found.slope_y == pytest.approx(0.0, abs=1e-6)
        assert found.full == pytest.approx((0, 0, 1 / 3, 0, 0))

    def test_near_lamps_are_told_apart_from_far_ones(self):
        # Under near lamps even skin looks bent when they are taken as far.
        shape, places = (60, 60), [(60, 0, 60), (0, 60, 60), (-60, 0, 60), (0, -60, 60)]
        lamps = tuple(near_light(place) for place in places)
        light = np.stack([
            0.5 * light_vectors(lamp, rows=slice(0, 60), shape=shape, pixel_mm=0.5)[2].reshape(shape) for lamp in lamps
        ]).astype(np.float32)  # fmt: skip
        mask, full = np.ones(shape, bool), np.zeros((4, *shape), bool)
        near = find_normals(LitSkin(light, full, mask, lamps, 0.5), robust=False)
        far = find_normals(LitSkin(light, full, mask, tuple(map(far_light, places)), 0.5), robust=False)
        assert np.abs(near.slope_x).max() < 1e-5
        assert np.abs(far.slope_x).max() > 0.05


class TestIntegration:
    @pytest.mark.parametrize("robust", [False, True])
    def test_a_smooth_surface_is_found_again(self, robust):
        heights, slope_x, slope_y = bump()
        found = integrate_slopes(slope_x, slope_y, np.ones(heights.shape, bool), pixel_mm=PIXEL_MM, robust=robust)
        assert found == pytest.approx(level(heights), abs=2e-4)

    @pytest.mark.parametrize("robust", [False, True])
    def test_holes_are_walked_around(self, robust):
        heights, slope_x, slope_y = bump()
        y, x = np.mgrid[:120, :120]
        valid = ((x - 60) ** 2 + (y - 60) ** 2 > 20**2) & ~((x > 90) & (y < 30))
        found = integrate_slopes(slope_x, slope_y, valid, pixel_mm=PIXEL_MM, robust=robust)
        assert np.isnan(found[~valid]).all()
        assert found[valid] == pytest.approx(level(np.where(valid, heights, np.nan))[valid], abs=1e-3)

    def test_against_a_general_least_squares_solver(self):
        rng = np.random.default_rng(1)
        slope_x, slope_y = rng.standard_normal((2, 12, 14))
        valid = rng.random((12, 14)) > 0.1
        number = np.full(valid.shape, -1)
        number[valid] = np.arange(valid.sum())
        rows, asked = [], []
        for y in range(12):
            for x in range(14):
                for dy, dx, slope in ((0, 1, slope_x), (1, 0, slope_y)):
                    if y + dy < 12 and x + dx < 14 and valid[y, x] and valid[y + dy, x + dx]:
                        rows.append((number[y, x], number[y + dy, x + dx]))
                        asked.append(0.5 * (slope[y, x] + slope[y + dy, x + dx]) / 2)
        matrix = sparse.lil_matrix((len(rows), valid.sum()))
        for i, (low, high) in enumerate(rows):
            matrix[i, low], matrix[i, high] = -1, 1
        expected = lsqr(matrix.tocsr(), np.array(asked), atol=1e-12, btol=1e-12)[0]
        found = integrate_slopes(slope_x, slope_y, valid, pixel_mm=0.5, robust=False)[valid]
        assert found - found.mean() == pytest.approx(expected - expected.mean(), abs=2e-3)

    def test_a_wall_that_was_not_seen_does_little_harm_to_the_robust_variant(self):
        # A ledge whose left wall stands between two pixels: no slope tells it, those above and below do.
        size = 90
        heights = np.zeros((size, size))
        heights[:, 45:] -= np.where((np.arange(size) > 35) & (np.arange(size) < 55), 0.4, 0.0)[:, None]
        slope_y = np.gradient(heights, PIXEL_MM, axis=0)
        noise = np.random.default_rng(0).normal(0, 0.01, (2, size, size))
        valid = np.ones(heights.shape, bool)
        found = {
            robust: integrate_slopes(noise[0], slope_y + noise[1], valid, pixel_mm=PIXEL_MM, robust=robust)
            for robust in (False, True)
        }
        error = {robust: np.std(level(one) - level(heights)) for robust, one in found.items()}
        assert error[True] < 0.7 * error[False]
        deep = {robust: np.median(one[42:48, :30]) - np.median(one[42:48, 60:]) for robust, one in found.items()}
        assert deep[True] == pytest.approx(0.4, abs=0.02)
        assert deep[False] < 0.32

    def test_separate_patches_have_levels_of_their_own(self):
        heights, slope_x, slope_y = bump()
        valid = np.ones(heights.shape, bool)
        valid[:, 58:62] = False
        found = integrate_slopes(slope_x, slope_y, valid, pixel_mm=PIXEL_MM)
        for part in (found[:, :58], found[:, 62:]):
            assert np.median(part) == pytest.approx(0.0, abs=1e-12)

    @settings(max_examples=10, deadline=None)
    @given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.integers(0, 3))
    def test_a_plane_and_its_quarter_turns(self, across, down, turns):
        y, x = np.mgrid[:24, :30] * PIXEL_MM
        plane = across * x + down * y
        seen = np.ones(plane.shape, bool)
        seen[5:9, 7:12] = False
        found = integrate_slopes(np.full(plane.shape, across), np.full(plane.shape, down), seen, pixel_mm=PIXEL_MM)
        assert found[seen] == pytest.approx(level(np.where(seen, plane, np.nan))[seen], abs=1e-4)
        # The same plane, the picture turned: columns' slopes become rows' slopes.
        turned = np.rot90(plane, turns)
        slope_y, slope_x = np.gradient(turned, PIXEL_MM)
        again = integrate_slopes(slope_x, slope_y, np.rot90(seen, turns), pixel_mm=PIXEL_MM)
        assert np.rot90(again, -turns)[seen] == pytest.approx(found[seen], abs=1e-4)


class TestRendering:
    def test_a_post_throws_a_shadow_as_long_as_the_light_is_low(self):
        heights = np.zeros((60, 200))
        heights[20:40, 99:102] = 1.0
        shadow = find_shadow(heights, far_light((1.0, 0.0, np.tan(np.radians(30)))), pixel_mm=PIXEL_MM)
        assert shadow[30, 99 - int(0.9 / np.tan(np.radians(30)) / PIXEL_MM) : 99].all()
        assert not shadow[30, : 99 - int(1.1 / np.tan(np.radians(30)) / PIXEL_MM)].any()
        assert not shadow[30, 101:].any()

    def test_light_from_above_throws_none_and_a_slope_darkens(self):
        _y, x = np.mgrid[:50, :50] * PIXEL_MM
        tilted = np.tan(np.radians(30)) * x
        seen = render_light(tilted, far_light((0.0, 0.0, 1.0)), pixel_mm=PIXEL_MM, albedo=0.8)
        assert seen == pytest.approx(0.8 * np.cos(np.radians(30)))

    def test_up_is_up(self):
        # Skin that falls down the rows faces down; a light from below (down on the picture) makes it bright.
        y, _x = np.mgrid[:50, :50] * PIXEL_MM
        falling = -0.5 * y
        below, above = (
            render_light(falling, far_light((0.0, up, 1.0)), pixel_mm=PIXEL_MM, albedo=0.5)[25, 25] for up in (-1, 1)
        )
        assert below > 2 * above


#: Kind, width, depth -> the error of the depth that is allowed, um. Narrow steep ones hide their own floor.
SCARS = [
    ("rolling", 5.0, 0.3, 25),
    ("rolling", 2.5, 0.15, 4),
    ("boxcar", 3.0, 0.3, 10),
    ("boxcar", 2.0, 0.5, 90),
    ("raised", 2.5, 0.3, 6),
    ("icepick", 2.0, 0.3, 10),
    ("icepick", 1.0, 0.3, 25),
]


class TestScars:
    @pytest.mark.parametrize(("kind", "width", "depth", "allowed_um"), SCARS)
    def test_depth_of_a_rendered_scar(self, kind, width, depth, allowed_um):
        heights = one_scar(kind, width_mm=width, depth_mm=depth)
        lights = ring_of_lights(8)
        light, full = photograph(heights, lights, albedo=0.5, noise=0.003)
        found = make_relief(LitSkin(light, full, np.ones(heights.shape, bool), lights, PIXEL_MM)).heights_mm
        true, told = (np.nanmedian(one[:30]) - one[95:105, 95:105] for one in (heights, found))
        at = np.abs(true).argmax()
        assert 1000 * abs(told.flat[at] - true.flat[at]) < allowed_um

    def test_four_lights_see_most_of_a_deep_narrow_pit(self):
        heights = one_scar("icepick", width_mm=1.0, depth_mm=0.9)
        lights = ring_of_lights(4)
        light, full = photograph(heights, lights, albedo=0.5, noise=0.003)
        mask = np.ones(heights.shape, bool)
        robust, plain = (
            make_relief(LitSkin(light, full, mask, lights, PIXEL_MM), robust=robust) for robust in (True, False)
        )
        pit = heights < 0.1 * heights.min()
        assert robust.normals.by_two[pit].any()
        assert robust.normals.valid[pit].mean() > plain.normals.valid[pit].mean() + 0.05
        assert robust.normals.valid[pit].mean() > 0.8
        # Most of its depth shows; too shallow, as the result says of narrow pits.
        told = np.nanmedian(robust.heights_mm[:30]) - np.nanmin(np.where(pit, robust.heights_mm, np.nan))
        assert 0.55 < told < 1.0

    def test_shine_costs_less_than_without_the_robust_variant(self):
        heights = one_scar("rolling", width_mm=4.0, depth_mm=0.3)
        lights = ring_of_lights(8)
        light, full = photograph(heights, lights, albedo=0.4, shine=0.15, noise=0.003)
        mask = np.ones(heights.shape, bool)
        error = {}
        for robust in (True, False):
            relief = make_relief(LitSkin(light, full, mask, lights, PIXEL_MM), robust=robust)
            told = np.nanmedian(relief.heights_mm[:30]) - relief.heights_mm[100, 100]
            error[robust] = abs(told - 0.3)
        assert error[True] < 0.7 * error[False]

    def test_form_is_taken_out_and_told(self):
        y, x = (np.mgrid[:300, :300] - 150) * 0.2
        bent = -(x**2 + y**2) / (2 * 60.0) + one_scar("rolling", width_mm=6, depth_mm=0.4, size=300, pixel_mm=0.2)
        lights = ring_of_lights(6)
        light, full = photograph(bent, lights, albedo=0.5, pixel_mm=0.2)
        found = make_relief(LitSkin(light, full, np.ones(bent.shape, bool), lights, 0.2))
        assert found.form_beyond_mm == 40
        assert found.form_span_mm == pytest.approx(np.ptp(np.percentile(bent, [1, 99])), rel=0.25)
        assert np.nanstd(found.heights_mm) < 0.15

    def test_a_light_that_is_told_wrongly_shows_in_the_choice_of_lights(self):
        heights = one_scar("rolling", width_mm=4.0, depth_mm=0.3)
        true = ring_of_lights(6)
        light, full = photograph(heights, true, albedo=0.5, noise=0.002)
        turned = (far_light((1.0, 0.2, 1.0)), *true[1:])
        mask = np.ones(heights.shape, bool)
        right, wrong = (make_relief(LitSkin(light, full, mask, told, PIXEL_MM)) for told in (true, turned))
        assert right.light_choice_mm < 0.01
        assert wrong.light_choice_mm > 3 * right.light_choice_mm
        assert max(wrong.normals.misfit) > 1.5 * max(right.normals.misfit)
