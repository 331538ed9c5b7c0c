"""Laws of the response. Sign, order and bound hold in every draw; laws with figures in the median and in >= 90 %."""

import dataclasses
import itertools

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_figures import inflammation_course

from scarplan.response import draw_parameters, relief_change
from scarplan.response.relief import gain_at_nodes

NODE_MM = 0.05
#: Rounding of sums over 24 layers; collagen is of the order of 1.
ROUNDING_MM = 1e-12
FOUR_MONTHLY = (0, 28, 56, 84)


def effect_mm(course, depth_mm, day_index):
    """Gain of a wide floor of this depth over the skin beside it, before the limit of full correction [draw]."""
    return gain_at_nodes(course, day_index)[:, round(depth_mm / NODE_MM)]


def assert_in_most(holds, law):
    share = float(np.mean(holds))
    assert share >= 0.9, f"{law}: holds in {share:.0%} of {holds.size} draws, 90 % wanted"


# ---- law 1 -----------------------------------------------------------------------------------------------------


def test_law_1_without_sessions_nothing_changes_but_ageing(course_of):
    course = course_of((), (0, 365, 730))
    assert np.all(course.surplus_mm == 0.0)
    assert np.all(course.surplus_normal_mm == 0.0)
    assert np.all(course.tether_release == 0.0)
    floor = np.zeros((9, 9))
    floor[3:6, 3:6] = 0.4
    change = relief_change(course, floor, 0.5, 0.2, 2)
    assert np.allclose(change, -floor * course.deepening[:, 2, None, None], rtol=0, atol=1e-15)
    assert np.all(change[:, 4, 4] < 0.0)


@pytest.mark.parametrize("changes", [{"channels_per_cm2": 0}, {"needle_length_mm": 0}, {"passes": 0}])
def test_law_1_no_channels_or_no_length_has_exactly_no_effect(course_of, changes):
    course = course_of(FOUR_MONTHLY, (0, 174), **changes)
    assert np.all(course.surplus_mm == 0.0)
    assert np.all(course.tether_release == 0.0)
    assert np.all(course.erythema == 0.0)
    assert np.all(course.harms.pigment_risk == 0.0)
    assert np.all(course.harms.barrier_hours == 0.0)


# ---- law 3 and 4 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length_mm", [0.25, 0.5, 1.0, 1.5])
def test_law_3_barrier_defect_is_below_5_percent_by_72_hours(course_of, length_mm):
    hours = course_of((0,), (0,), needle_length_mm=length_mm).harms.barrier_hours
    assert np.median(hours) < 72
    assert_in_most(hours < 72, "barrier intact by 72 h")


def test_law_3_channels_up_to_0_8_mm_are_closed_within_24_hours(course_of):
    for length_mm in (0.25, 0.5, 0.8):
        hours = course_of((0,), (0,), needle_length_mm=length_mm).harms.closure_hours
        assert np.median(hours) < 24
        assert_in_most(hours < 24, f"channels of {length_mm} mm closed within 24 h")


@pytest.mark.parametrize("length_mm", [0.5, 1.0, 1.5])
def test_law_4_redness_is_gone_by_day_3(course_of, length_mm):
    days = course_of((0,), (0,), needle_length_mm=length_mm).harms.erythema_days
    assert np.median(days) < 3
    assert_in_most(days < 3, "redness below the threshold by day 3")


def test_law_4_redness_rises_with_the_injury_and_at_most_by_its_logarithm(course_of, draws):
    few, many = (course_of((0,), (0,), channels_per_cm2=rho).harms.erythema_days for rho in (125, 250))
    assert np.all(many >= few)
    longest = np.log(2.0) / np.asarray(draws.harms.redness_clearing_per_day)
    assert np.all(many - few <= longest + 1e-9)


def test_law_4_the_redness_curve_crosses_the_threshold_on_the_day_that_is_told(course_of, draws):
    course = course_of((0,), tuple(range(15)))
    seen = course.erythema >= np.asarray(draws.harms.redness_seen_share)[:, None]
    assert np.array_equal(seen, course.days[None, :] <= course.harms.erythema_days[:, None])


# ---- law 5 and 6 -----------------------------------------------------------------------------------------------


def test_law_5_inflammation_peaks_on_day_1_to_3(draws):
    days = np.arange(0.0, 20.0, 0.05)
    peak = days[np.argmax(inflammation_course(draws, days), axis=1)]
    assert 1 <= np.median(peak) <= 3
    assert_in_most((peak >= 1) & (peak <= 3), "inflammation peaks on day 1-3")


def test_law_5_fibroblasts_peak_on_day_7_to_14(course_of):
    course = course_of((0,), tuple(range(31)))
    peak = course.days[np.argmax(course.fibroblast_activity, axis=1)]
    assert 7 <= np.median(peak) <= 14
    assert_in_most((peak >= 7) & (peak <= 14), "activated fibroblasts peak on day 7-14")


def test_law_5_type_iii_comes_first_and_is_replaced(course_of):
    share = course_of(FOUR_MONTHLY, (3, 28, 84, 84 + 182)).type_iii_share
    assert np.all(np.diff(share, axis=1) < 0.0)
    assert np.median(share[:, -1]) < 0.25
    assert_in_most(share[:, -1] < 0.25, "type III below 25 % of the new collagen 6 months after the last session")


def test_law_6_improvement_within_weeks_continuing_for_months(course_of):
    after = np.concatenate([np.arange(0, 271, 10), [300, 330, 360]])
    course = course_of(FOUR_MONTHLY, 84 + after)
    effect = np.stack([effect_mm(course, 0.3, day) for day in range(after.size)], axis=1)
    rises = effect.max(axis=1) > 0.0
    assert_in_most(effect[:, after == 30] < effect[:, after == 90], "effect on day 30 below that on day 90")
    peak_day = after[np.argmax(effect, axis=1)]
    assert 61 <= np.median(peak_day) <= 183
    assert_in_most((peak_day >= 60) & (peak_day <= 183), "peak 2-6 months after the last session")
    kept = effect[rises, np.searchsorted(after, 180)] / effect[rises].max(axis=1)
    assert np.median(kept) >= 0.8
    assert_in_most(kept >= 0.8, "at least 80 % of the peak at 6 months")


# ---- law 7, 8, 9 -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_sessions(course_of):
    """Courses of 0 to 8 monthly sessions, each seen 6 months after its last, when the rise of each is over."""
    return [course_of(tuple(28 * k for k in range(count)), (28 * max(count - 1, 0) + 180,)) for count in range(9)]


def test_law_7_more_sessions_make_ever_less_new_matrix(by_sessions):
    gained = np.stack([course.surplus_mm[:, 0] for course in by_sessions], axis=1)
    assert np.all(np.diff(gained, axis=1) >= 0.0)
    assert np.all(np.diff(gained, n=2, axis=1) <= ROUNDING_MM)


@pytest.mark.parametrize("depth_mm", [0.1, 0.2, 0.3])
def test_law_7_more_sessions_help_ever_less(by_sessions, depth_mm):
    holds = _helps_ever_less(by_sessions, depth_mm)
    assert holds.size > 100
    assert np.all(holds)


def test_law_7_under_deep_floors_the_skin_beside_may_go_on_gaining(by_sessions):
    """The few layers left under a deep floor fill up first; the deeper ones beside it go on: in a few draws only."""
    assert_in_most(_helps_ever_less(by_sessions, 0.6), "more sessions help ever less at 0.6 mm")


def _helps_ever_less(by_sessions, depth_mm):
    effect = np.stack([effect_mm(course, depth_mm, 0) for course in by_sessions], axis=1)
    gains = effect[np.all(effect >= 0.0, axis=1)]
    steps = np.diff(gains, axis=1)
    return np.all(steps >= -ROUNDING_MM, axis=1) & np.all(np.diff(steps, axis=1) <= ROUNDING_MM, axis=1)


@given(depth_mm=st.floats(0.02, 1.8), tethered=st.floats(0.0, 1.0), width_mm=st.floats(0.5, 4.0))
@settings(max_examples=15, deadline=None)
def test_law_7_never_beyond_full_correction(by_sessions, depth_mm, tethered, width_mm):
    x = np.arange(-3.0, 3.05, 0.25)
    floor = depth_mm * np.exp(-((x[:, None] ** 2 + x[None, :] ** 2) / (0.5 * width_mm) ** 2))
    floor[floor < 0.05 * depth_mm] = 0.0
    change = relief_change(by_sessions[8], floor, tethered, 0.25, 0)
    assert np.all(change <= floor + ROUNDING_MM)
    assert np.all(change[:, floor == 0.0] == 0.0)


@pytest.mark.parametrize("since", ["last session", "first session"])
def test_law_8_several_weeks_apart(course_of, since):
    """Four sessions, seen 180 days after the last, and on day 365.

    On day 365 a course with 84 days between sessions ended 24 weeks later than one with 28 days, and has lost less
    again; so the figure of 85 % is asked of most draws at equal time after the last session, of the median on day 365.
    """
    final = {}
    for apart in (3, 7, 14, 28, 84):
        seen = 3 * apart + 180 if since == "last session" else 365
        final[apart] = effect_mm(course_of((0, apart, 2 * apart, 3 * apart), (seen,)), 0.3, 0)
    gains = np.min(list(final.values()), axis=0) > 0.0
    assert gains.mean() > 0.9
    for longer, shorter in ((28, 14), (14, 7), (7, 3)):
        assert np.all((final[longer] >= final[shorter])[gains]), f"{longer} days apart at least as good as {shorter}"
    ratio = (final[28] / final[84])[gains]
    assert np.median(ratio) >= 0.85
    if since == "last session":
        assert_in_most(ratio >= 0.85, "28 days apart reaches 85 % of 84 days apart")


def test_law_9_without_treatment_the_depth_increases_again(course_of):
    days = (84 + 183, 84 + 365, 84 + 2 * 365, 84 + 5 * 365)
    course = course_of(FOUR_MONTHLY, days)
    floor = np.zeros((25, 25))
    floor[5:20, 5:20] = 0.3
    depth = 0.3 - np.stack(
        [relief_change(course, floor, 0.0, 0.25, day)[:, 12, 12] for day in range(len(days))], axis=1
    )
    gains = effect_mm(course, 0.3, 0) > 0.0
    assert np.all(np.diff(depth[gains], axis=1) > 0.0)


@pytest.mark.parametrize("first_day", [84 + 90, 84 + 180, 84 + 365])
def test_law_9_each_maintenance_session_helps_at_every_later_time(course_of, first_day):
    days = tuple(range(first_day, first_day + 15)) + tuple(range(first_day + 20, first_day + 800, 50))
    without, one, two = (
        course_of(FOUR_MONTHLY + extra, days) for extra in ((), (first_day,), (first_day, first_day + 120))
    )
    for less, more in ((without, one), (one, two)):
        for day in range(len(days)):
            gain = effect_mm(more, 0.3, day) - effect_mm(less, 0.3, day)
            gains = effect_mm(less, 0.3, day) >= 0.0
            assert np.all(gain[gains] >= -ROUNDING_MM), f"day {days[day]}: {gain[gains].min() * 1e3:.4f} um"


# ---- law 11 and 12 ---------------------------------------------------------------------------------------------


def test_law_11_deeper_scars_need_more_sessions(by_sessions):
    needed = []
    for depth_mm in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3):
        share = np.stack([effect_mm(course, depth_mm, 0) / depth_mm for course in by_sessions], axis=1)
        reached = share >= 0.3
        needed.append(np.where(reached.any(axis=1), np.argmax(reached, axis=1), 99))
    assert np.all(np.diff(np.stack(needed, axis=1), axis=1) >= 0)


def test_law_11_percent_effect_falls_with_depth(by_sessions):
    depths = np.arange(2, 31) * NODE_MM
    gain = gain_at_nodes(by_sessions[4], 0)[:, 2:31]
    percent = np.minimum(gain / depths, 1.0)
    assert np.all(np.diff(percent, axis=1)[gain[:, 1:] > 0.0] <= ROUNDING_MM)


def test_law_11_the_matrix_part_is_bounded_by_the_room(by_sessions, draws):
    room = np.asarray(draws.thickness_gain * (draws.collagen_ceiling - draws.scar_collagen))
    for course in by_sessions:
        bound = room[:, None] * np.asarray(course.edges_mm)
        assert np.all(course.surplus_mm[:, 0] <= bound + ROUNDING_MM)


def disc(depth_mm, diameter_mm, *, wall_mm, pixel_mm=0.1, half_mm=4.0):
    """A floor with sloping walls; `wall_mm` is how wide the wall is."""
    x = np.arange(-half_mm, half_mm + 0.5 * pixel_mm, pixel_mm)
    radius = np.hypot(x[:, None], x[None, :])
    return depth_mm * np.clip((0.5 * diameter_mm - radius) / wall_mm, 0.0, 1.0)


KINDS = {
    "rolling": (disc(0.3, 5.0, wall_mm=2.0), 0.5),
    "shallow boxcar": (disc(0.3, 3.0, wall_mm=0.3), 0.0),
    "deep boxcar": (disc(0.7, 3.0, wall_mm=0.3), 0.0),
    "ice-pick": (disc(1.3, 1.0, wall_mm=0.3), 0.0),
}


def effect_percent(course, kind, tether=1.0):
    floor, tethered = KINDS[kind]
    rise = relief_change(course, floor, tether * tethered, 0.1, 0)
    deepest = floor >= 0.98 * floor.max()
    return 100.0 * rise[:, deepest].mean(axis=1) / floor.max()


def test_law_12_needling_helps_rolling_most_and_ice_picks_least(course_of):
    course = course_of(FOUR_MONTHLY, (174,))
    effects = [effect_percent(course, kind) for kind in KINDS]
    medians = [np.median(effect) for effect in effects]
    assert medians == sorted(medians, reverse=True), medians
    for better, worse in itertools.pairwise(effects):
        assert_in_most(better >= worse, "rolling >= shallow boxcar >= deep boxcar >= ice-pick")


def test_law_12_subcision_raises_rolling_most_and_ice_picks_not(course_of):
    plain, cut = (course_of(FOUR_MONTHLY, (174,), adjuncts=adjuncts) for adjuncts in ((), ("subcision",)))
    raised = {kind: effect_percent(cut, kind) - effect_percent(plain, kind) for kind in KINDS}
    assert np.all(raised["rolling"] >= 0.0)
    assert np.median(raised["rolling"]) > 5.0
    for kind in ("shallow boxcar", "deep boxcar", "ice-pick"):
        assert np.all(raised[kind] == 0.0)


# ---- law 14 and 15, as far as asked now ------------------------------------------------------------------------


def test_law_14_pigment_risk_never_falls_with_skin_type_sun_density_or_length(pen, layers, patient, course_of):
    def risk(**changes):
        of = draw_parameters(
            128, seed=7, device_class="pen", layers=layers, patient=dataclasses.replace(patient, **changes)
        )
        return course_of(FOUR_MONTHLY, (0,), of=of).harms.pigment_risk

    by_type = np.stack([risk(skin_type=number) for number in range(1, 7)])
    assert np.all(np.diff(by_type, axis=0) > 0.0)
    assert np.array_equal(risk(skin_type=None), by_type[-1])
    by_sun = np.stack([risk(sun=sun) for sun in ("low", "usual", "high")])
    assert np.all(np.diff(by_sun, axis=0) >= 0.0)
    assert np.median(by_sun[2]) > np.median(by_sun[0])
    for name, values in {"channels_per_cm2": (100, 250, 500), "needle_length_mm": (0.5, 1.0, 1.5)}.items():
        risks = np.stack([course_of(FOUR_MONTHLY, (0,), **{name: value}).harms.pigment_risk for value in values])
        assert np.all(np.diff(risks, axis=0) > 0.0)


def test_law_15_age_and_smoking_lower_the_gain_and_prp_raises_the_mean(course_of, layers, patient):
    def gain(adjuncts=(), **changes):
        of = draw_parameters(
            128, seed=7, device_class="pen", layers=layers, patient=dataclasses.replace(patient, **changes)
        )
        return course_of(FOUR_MONTHLY, (174,), of=of, adjuncts=adjuncts).surplus_mm[:, 0, 12]

    young = gain()
    assert np.all(gain(age_years=70) < young)
    assert np.all(gain(smoker=True) <= young)
    assert np.array_equal(gain(age_years=20), young)
    assert gain(adjuncts=("prp",)).mean() > young.mean()


# ---- law 19 ----------------------------------------------------------------------------------------------------


@given(shift=st.integers(1, 200))
@settings(max_examples=10, deadline=None)
def test_law_19_shifting_all_sessions_shifts_the_course(course_of, shift):
    days = np.array([0, 10, 84, 100, 174, 365])
    early = course_of(FOUR_MONTHLY, days)
    late = course_of(np.array(FOUR_MONTHLY) + shift, days + shift)
    assert np.array_equal(early.surplus_mm, late.surplus_mm)
    assert np.array_equal(early.tether_release, late.tether_release)
    assert np.array_equal(early.erythema, late.erythema)


def test_no_leaf_of_a_course_is_infinite_or_missing(course_of):
    course = course_of(FOUR_MONTHLY, (0, 1, 28, 730))
    for leaf in jax.tree.leaves(course):
        assert np.all(np.isfinite(leaf))
