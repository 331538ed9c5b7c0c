"""Registration: any turn, shift and plane is found, stretch is followed, other skin is told, a tilt is exact."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import numpy as np
import pytest
from scipy import ndimage

from scarplan.surface.surface import ChartFrame, Scanner, Surface
from scarplan.visits import Registration, judge_registration, register_surfaces
from scarplan.visits.bands import band_of, smooth_seen
from scarplan.visits.lay_over import follow_rays, make_sheet
from scarplan.visits.likeness import Likeness, count_pieces
from scarplan.visits.poses import invert, small_motion, turn_and_shift
from scars.skin_generator import SkinOptions

from .rescanned_skin import Pose, Rescan, rescan


def move_points(pose: np.ndarray, points_mm: np.ndarray) -> np.ndarray:
    return points_mm @ pose[:3, :3].T + pose[:3, 3]


def lay(pair: Rescan) -> Registration:
    return register_surfaces(pair.before, pair.after, before_labels=pair.labels())


@functools.cache
def laid_by(pose: Pose) -> Registration:
    """Return skin 3 laid over itself under a pose; read it, never write into it."""
    return lay(rescan(3, pose))


@pytest.mark.parametrize(
    "pose",
    [
        Pose(),
        Pose(turn=0.35, shift_mm=(3.0, -4.0), plane=(0.04, -0.03)),
        Pose(turn=3.1, shift_mm=(-5.0, 2.0), bend_mm=0.1),
        Pose(turn=-1.7, shift_mm=(1.0, 6.0), stretch_mm=0.1, pixel_mm=0.12),
    ],
    ids=["still", "tilted", "upside down", "stretched, coarser"],
)
def test_the_place_is_found_to_micrometres(pose: Pose) -> None:
    laid = laid_by(pose)
    assert laid.is_same_skin
    # White noise of both scans and nothing else: what registration leaves is below a micrometre or two.
    assert laid.pixel_residual_mm < 1.15 * np.sqrt(2) * 0.01
    assert laid.residual_mm < 0.008
    turn = np.degrees(np.arctan2(laid.pose[1, 0], laid.pose[0, 0]) - pose.turn)
    assert abs((turn + 180) % 360 - 180) < 0.4
    assert not judge_registration({"map": laid}, one=Scanner(), other=Scanner()).reason


PATCH = SkinOptions(size_mm=12.0, pixel_mm=0.1, counts=(("icepick", 2),))


def test_other_skin_is_not_matched_by_chance() -> None:
    # On small patches chance agrees best: the fine relief stays far below what is needed.
    skins = [rescan(seed, Pose(shift_mm=(0.4, 0.2)), PATCH) for seed in range(50, 55)]
    for here, there in itertools.combinations(skins, 2):
        laid = register_surfaces(here.before, there.after, before_labels=here.labels())
        assert laid.correlation < 0.8 * laid.likeness.needed
        reason = judge_registration({"map": laid}, one=Scanner(), other=Scanner()).reason
        assert "does not agree" in reason or "share too little" in reason
    for skin in skins:
        laid = register_surfaces(skin.before, skin.after, before_labels=skin.labels())
        assert laid.correlation > 1.3 * laid.likeness.needed


def test_what_chance_reaches_falls_with_the_pieces_compared() -> None:
    few, many, whole = Likeness(0.7, 60.0), Likeness(0.7, 400.0), Likeness(0.7, 1e6)
    assert not few.is_same
    assert many.is_same
    assert few.needed == pytest.approx(np.tanh(9 / np.sqrt(57)))
    assert whole.needed == 0.4
    assert not Likeness(0.999, 2.0).is_same


@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_independent_pieces_are_those_of_the_closed_form(sigma: float) -> None:
    # White noise smoothed by s resembles itself like exp(-d2 / 4 s2): one piece in 2 pi s2 pixels.
    random = np.random.default_rng(8)
    one, two = (ndimage.gaussian_filter(random.standard_normal((400, 300)), sigma, mode="wrap") for _ in range(2))
    every = np.ones(one.shape, bool)
    assert count_pieces(one, two, every, reach=20) == pytest.approx(one.size / (2 * np.pi * sigma**2), rel=0.1)
    half = every.copy()
    half[:, 150:] = False
    held = count_pieces(one * half, two * half, half, reach=20)
    assert held == pytest.approx(one.size / 2 / (2 * np.pi * sigma**2), rel=0.15)


def test_too_little_shared_skin_is_said_to_be_that() -> None:
    pair = rescan(50, Pose(shift_mm=(5.5, 0.0)), PATCH)
    laid = register_surfaces(pair.before, pair.after, before_labels=pair.labels(), start=_shift(5.5))
    assert laid.overlap.sum() * 0.1**2 < 100
    reason = judge_registration({"map": laid}, one=Scanner(), other=Scanner()).reason
    assert reason == "the two scans share too little skin"


def _shift(right_mm: float) -> np.ndarray:
    return turn_and_shift(0.0, (right_mm, 0.0, 0.0))


def test_a_mirror_image_is_other_skin() -> None:
    pair = rescan(3)
    mirrored = dataclasses.replace(pair.after, relief_mm=pair.after.relief_mm[:, ::-1])
    assert not register_surfaces(pair.before, mirrored, before_labels=pair.labels()).is_same_skin


def test_a_residual_beyond_scanner_and_skin_is_refused_in_words() -> None:
    laid = dataclasses.replace(laid_by(Pose()), residual_mm=0.2)
    steady = Scanner(repeatability_mm=0.005)
    trust = judge_registration({"map": laid}, one=steady, other=steady)
    assert "residual on scar-free skin is 200 um" in trust.reason
    assert trust.limit_mm < judge_registration({"map": laid}, one=Scanner(), other=Scanner()).limit_mm
    assert judge_registration({}, one=steady, other=steady).residual_mm is None


def test_a_rigid_tilt_in_space_is_undone() -> None:
    # A closed form: a plane with waves, sampled along rays after a true rotation by 6 degrees.
    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0.2 * np.sin(x / 1.3) * np.cos(y / 1.7) + 0.02 * x

    y, x = np.mgrid[:120, :150] * 0.1
    sheet = Surface("map", height(x, y), np.ones(x.shape, bool), 0.1)
    pose = small_motion(np.array([0.08, -0.06, 0.3]), np.array([1.0, -0.5, 2.0]), np.array([7.0, 6.0, 0.0]))
    points = move_points(pose, np.stack([x, y, height(x, y)], axis=-1).reshape(-1, 3))
    inner = points[(np.abs(points[:, 0] - 8) < 3) & (np.abs(points[:, 1] - 5.5) < 2)]
    found, seen = follow_rays(
        make_sheet(sheet, exact=True), pose, x_mm=inner[:, 0], y_mm=inner[:, 1], start_mm=np.zeros(len(inner))
    )
    assert seen.all()
    np.testing.assert_allclose(found, inner[:, 2], atol=2e-5)


def test_the_frame_of_a_chart_is_taken_into_account() -> None:
    pair = rescan(3, Pose(turn=0.2, shift_mm=(1.0, 1.0)))
    frame = ChartFrame((10.0, 20.0, 30.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))
    framed = dataclasses.replace(pair.before, frame=frame)
    plain, laid = (
        laid_by(Pose(turn=0.2, shift_mm=(1.0, 1.0))),
        register_surfaces(framed, pair.after, before_labels=pair.labels()),
    )
    np.testing.assert_allclose(laid.difference_mm, plain.difference_mm, atol=2e-3)
    corner = np.asarray(framed.position_mm(0, 0))
    assert np.linalg.norm(move_points(invert(laid.pose), corner[None])) < 10  # back near the follow-up's own corner


def test_holes_are_never_filled_in() -> None:
    pose = Pose(turn=0.2, shift_mm=(1.0, 1.0))
    pair = rescan(3, pose)
    holed = pair.after.relief_mm.copy()
    holed[80:110, 80:110] = np.nan
    after = dataclasses.replace(pair.after, relief_mm=holed, valid=np.isfinite(holed))
    laid = register_surfaces(pair.before, after, before_labels=pair.labels())
    gone = laid_by(pose).overlap & ~laid.overlap
    assert 0.9 * 30**2 < gone.sum() < 1.4 * 30**2
    assert np.isnan(laid.after_on_before_mm[~laid.overlap]).all()


def test_poses_undo_themselves() -> None:
    pose = turn_and_shift(0.7, (1.0, -2.0, 3.0)) @ small_motion(np.array([0.1, 0.2, 0.3]), np.ones(3), np.zeros(3))
    np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
    points = np.arange(12.0).reshape(4, 3)
    np.testing.assert_allclose(move_points(invert(pose), move_points(pose, points)), points, atol=1e-12)


def test_smoothing_agrees_with_a_gaussian_and_knows_holes() -> None:
    random = np.random.default_rng(1)
    values = ndimage.gaussian_filter(random.standard_normal((90, 120)), 3.0)
    every = np.ones(values.shape, bool)
    inner = (slice(40, 50), slice(40, 80))
    for sigma in (2.0, 9.0):
        expected = ndimage.gaussian_filter(values, sigma, mode="nearest")
        np.testing.assert_allclose(smooth_seen(values, every, sigma=sigma)[inner], expected[inner], atol=0.004)
    holed = every.copy()
    holed[30:50, 30:60] = False
    spoilt = np.where(holed, 2.5, 1e3)
    np.testing.assert_allclose(smooth_seen(spoilt, holed, sigma=4.0), 2.5, rtol=1e-4)
    assert (band_of(spoilt, holed, fine=1.0, broad=4.0)[~holed] == 0).all()
