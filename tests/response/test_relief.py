"""Relief: closed forms, smoothing, windows made once, and the prior predictive of the reference course."""

import dataclasses

import numpy as np
import pytest
from reference_setting import setting
from scipy import ndimage

from scarplan.errors import BadInput
from scarplan.response import FloorWindow, heal, prepare_floor, relief_change
from scarplan.response.relief import gain_at_nodes

PIXEL_MM = 0.2
FOUR_MONTHLY = (0, 28, 56, 84)


@pytest.fixture(scope="module")
def course(course_of):
    return course_of(FOUR_MONTHLY, (0, 174, 365))


def plate(depth_mm, half=40):
    """A scar far wider than the smoothing, so that its middle is not smoothed at all."""
    floor = np.zeros((2 * half + 1, 2 * half + 1))
    floor[10:-10, 10:-10] = depth_mm
    return floor


def test_the_middle_of_a_wide_floor_follows_the_formula(course):
    for depth_mm, tethered in ((0.1, 0.0), (0.3, 0.5), (0.55, 0.2), (1.3, 0.0)):
        left = np.maximum(course.dermis_mm - depth_mm, 0.0)
        under = [np.interp(z, course.edges_mm, u) for z, u in zip(left, course.surplus_mm[:, 1], strict=True)]
        gained = np.array(under) - course.surplus_normal_mm[:, 1]
        expected = np.minimum(depth_mm, gained + depth_mm * tethered * course.tether_release[:, 1])
        expected = expected - depth_mm * course.deepening[:, 1]
        found = relief_change(course, plate(depth_mm), tethered, PIXEL_MM, 1)[:, 40, 40]
        assert found == pytest.approx(expected, abs=2e-4)


def test_smoothing_over_nodes_equals_smoothing_the_gain_of_each_draw(course):
    x = np.arange(-3.0, 3.05, PIXEL_MM)
    floor = np.clip(0.6 * (1.2 - np.hypot(x[:, None], x[None, :])), 0.0, None)
    found = relief_change(course, floor, 0.0, PIXEL_MM, 1)
    gain = gain_at_nodes(course, 1)
    window = prepare_floor(course, floor, pixel_mm=PIXEL_MM)
    nodes = np.arange(gain.shape[1]) * 0.05
    for number in (0, 17, 99):
        sigma = course.lateral_sigma_mm[window.group == window.group[number]].mean()
        assert course.lateral_sigma_mm[number] == pytest.approx(sigma, abs=0.03)
        field = np.where(floor > 0, np.interp(floor, nodes, gain[number]), 0.0)
        smooth = ndimage.gaussian_filter(field, sigma / PIXEL_MM, mode="constant", truncate=4.0)
        expected = np.where(floor > 0, np.minimum(floor, smooth) - floor * course.deepening[number, 1], 0.0)
        assert found[number] == pytest.approx(expected, abs=1e-12)


def test_a_window_made_once_gives_the_same(course):
    floor = plate(0.4)
    window = prepare_floor(course, floor, pixel_mm=PIXEL_MM)
    assert isinstance(window, FloorWindow)
    assert np.array_equal(
        relief_change(course, window, 0.3, PIXEL_MM, 2), relief_change(course, floor, 0.3, PIXEL_MM, 2)
    )


def test_a_tether_share_per_draw(course):
    share = course.tether_share
    both = relief_change(course, plate(0.3), share, PIXEL_MM, 1)[:, 40, 40]
    one = relief_change(course, plate(0.3), float(share[5]), PIXEL_MM, 1)[5, 40, 40]
    assert both[5] == one


def test_raised_scars_and_skin_outside_scars_are_left_as_they_are(course):
    raised = -plate(0.4)
    assert np.all(relief_change(course, raised, 0.5, PIXEL_MM, 1) == 0.0)
    assert np.all(relief_change(course, np.zeros((5, 5)), 0.5, PIXEL_MM, 1) == 0.0)


def test_an_ice_pick_gets_a_little_deeper_in_most_draws(course):
    floor = np.zeros((31, 31))
    floor[13:18, 13:18] = 1.3
    rise = relief_change(course, floor, 0.0, PIXEL_MM, 1)[:, 15, 15]
    assert np.mean(rise < 0.0) > 0.7
    assert np.median(rise) == pytest.approx(-0.04, abs=0.04)


def test_a_depth_map_with_holes_is_an_error(course):
    with pytest.raises(BadInput, match=r"E-RESP-008.*1 pixels not finite.*fill holes first"):
        relief_change(course, np.array([[0.1, np.nan], [0.2, 0.1]]), 0.0, PIXEL_MM, 1)


def test_the_starting_values_give_the_figures_of_the_prototype(central, pen):
    """4 x 28 days, 1.5 mm, 250 per cm2, dermis 1.5 mm, reach 0.7, three months after the last, no spread of signal.

    The prototype: rolling 0.3 mm -47 %, shallow boxcar 0.3 mm -34 %, deep boxcar 0.7 mm -8 %, ice-pick 1.3 mm +4 %.
    """
    thin = dataclasses.replace(central.needling, epidermis_mm=np.array([0.03]))
    as_prototype = dataclasses.replace(central, signal_reach_mm=np.array([1e-3]), needling=thin)

    course = heal(setting(), pen, session_days=FOUR_MONTHLY, days=(174,), draws=as_prototype)
    gain, release = gain_at_nodes(course, 0)[0], float(course.tether_release[0, 0])
    percent = [-100 * gain[round(d / 0.05)] / d for d in (0.3, 0.7, 1.3)]
    assert percent == pytest.approx([-34, -8, 4], abs=1.5)
    assert percent[0] - 100 * 0.5 * release == pytest.approx(-47, abs=2)


def test_the_prior_predictive_is_wide_and_in_order(course):
    percent = {}
    for kind, depth_mm, tethered in (
        ("rolling", 0.3, 0.5),
        ("shallow", 0.3, 0.0),
        ("deep", 0.7, 0.0),
        ("icepick", 1.3, 0),
    ):
        rise = relief_change(course, plate(depth_mm), tethered, PIXEL_MM, 1)[:, 40, 40]
        percent[kind] = np.quantile(-100 * rise / depth_mm, [0.05, 0.5, 0.95])
    assert percent["rolling"][1] == pytest.approx(-47, abs=12)
    assert percent["shallow"][1] == pytest.approx(-34, abs=12)
    assert percent["deep"][1] == pytest.approx(-8, abs=8)
    assert percent["icepick"][1] == pytest.approx(4, abs=4)
    assert percent["rolling"][2] - percent["rolling"][0] > 40
