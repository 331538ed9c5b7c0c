"""Law 10: new acne makes new scars, its control takes them away, and old scars are not touched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from scarplan.errors import BadInput
from scarplan.evidence import list_unexplained, value_of
from scarplan.forecast import ScarDraws, describe_new_scars, draw_like_own
from scarplan.response import ActiveAcne, new_scars
from scarplan.response.new_acne import persistence, scar_days

DAYS = (0, 30, 180, 365, 730)


def born(spots, *, control=1.0, days=DAYS, count=128, seed=3):
    return new_scars(ActiveAcne("yes", spots), days=days, count=count, seed=seed, control=control)


@given(spots=st.integers(0, 60), more=st.integers(1, 40), control=st.floats(0.0, 1.0))
@settings(max_examples=25, deadline=None)
def test_law_10_more_spots_never_make_fewer_scars_and_control_never_more(spots, more, control):
    few, many = born(spots), born(spots + more)
    assert np.all(many.count >= few.count)
    assert np.all(many.expected[:, 1:] > few.expected[:, 1:])
    held = born(spots + more, control=control)
    assert np.all(held.count <= many.count)
    assert np.all(held.expected <= many.expected)


def test_law_10_full_control_makes_none_and_neither_does_no_acne():
    assert np.all(born(40, control=0.0).count == 0)
    assert np.all(new_scars(ActiveAcne("no"), days=DAYS, count=8, seed=1).count == 0)
    assert np.all(born(0).count == 0)


def test_the_number_never_falls_while_spots_go_on_coming_and_starts_at_none():
    found = born(10)
    assert np.all(found.count[:, 0] == 0)
    assert np.all(np.diff(found.count, axis=1) >= 0)
    assert np.all(np.diff(found.expected, axis=1) > 0.0)


def test_persistence_meets_what_was_counted_and_its_integral_is_exact():
    months = np.array([0.0, 6.0, 24.0, 60.0]) * 365.25 / 12
    assert persistence(months) == pytest.approx([1.0, 0.662, 0.662 * 0.817, 0.662 * 0.817])
    for day in (30.0, 400.0, 2000.0):
        expected = integrate.quad(lambda t: float(persistence(np.array([t]))[0]), 0, day, points=[182.625, 730.5])[0]
        assert float(scar_days(np.array([day]))[0]) == pytest.approx(expected, rel=1e-8)


def test_the_numbers_are_those_of_a_simulated_process():
    """Spots one by one: each leaves a scar or not, and each scar fades or not."""
    rng = np.random.default_rng(5)
    spots, life, chance, day = 12, 10.0, 0.057, 365.0
    seen = []
    for _ in range(4000):
        ages = day - rng.uniform(0, day, rng.poisson(spots / life * day))
        scarred = ages[rng.random(ages.size) < chance]
        seen.append(np.count_nonzero(rng.random(scarred.size) < persistence(scarred)))
    mean = spots / life * chance * float(scar_days(np.array([day]))[0])
    assert np.mean(seen) == pytest.approx(mean, rel=0.03)
    assert np.var(seen) == pytest.approx(mean, rel=0.08)
    drawn = born(spots, days=(365,), count=4000).expected
    assert np.median(drawn) == pytest.approx(mean, rel=0.08)
    assert value_of("response.spot_to_scar") == chance


def test_what_is_not_known_is_not_forecast():
    assert new_scars(ActiveAcne(), days=DAYS, count=4, seed=1) is None
    assert new_scars(ActiveAcne("yes"), days=DAYS, count=4, seed=1) is None
    own = own_scars()
    assert describe_new_scars(ActiveAcne(), own, days=DAYS, seed=1)["status"] == "unknown"
    assert "not counted" in describe_new_scars(ActiveAcne("yes"), own, days=DAYS, seed=1)["words"]
    assert describe_new_scars(ActiveAcne("no"), own, days=DAYS, seed=1)["status"] == "none expected"


@pytest.mark.parametrize("control", [-0.1, 1.5])
def test_a_control_outside_its_range_is_told(control):
    with pytest.raises(BadInput, match="E-RESP-010"):
        born(3, control=control)


def test_a_negative_number_of_spots_is_told():
    with pytest.raises(BadInput, match=r"E-RESP-009.*Got: -2"):
        ActiveAcne("yes", -2)


def own_scars(count=128):
    present = np.ones((count, 3), dtype=bool)
    present[: count // 2, 2] = False
    depth = np.tile([0.2, 0.4, 1.1], (count, 1)) + 0.001 * np.arange(count)[:, None]
    return ScarDraws(
        ids=np.array([1, 2, 3]), kinds=("rolling", "boxcar_shallow", "icepick"), places=(("cheek", "left"),) * 3,
        depth_mm=depth, width_mm=np.ones((count, 3)), tethered=np.zeros((count, 3)), present=present,
    )  # fmt: skip


def test_new_scars_are_like_the_patients_own_and_leave_those_alone():
    own = own_scars()
    before = own.depth_mm.copy()
    found = born(20)
    like = draw_like_own(found, own, day_index=4, seed=9)
    assert np.array_equal(own.depth_mm, before)
    assert np.array_equal(like.there.sum(axis=1), found.count[:, 4])
    assert np.array_equal(like.depth_mm, np.take_along_axis(own.depth_mm, like.columns, axis=1))
    assert not np.any(like.columns[:64][like.there[:64]] == 2)
    assert np.any(like.columns[64:][like.there[64:]] == 2)


def test_the_description_keeps_new_scars_apart_and_says_what_control_does():
    told = describe_new_scars(ActiveAcne("yes", 8), own_scars(), days=DAYS, seed=2)
    assert told["status"] == "forecast"
    assert told["mean"][-1] > told["mean_with_control"][-1] > 0.0
    assert told["mean"] == sorted(told["mean"])
    assert sum(row["share"] for row in told["kinds"]) == pytest.approx(1.0, abs=1e-3)
    assert told == describe_new_scars(ActiveAcne("yes", 8), own_scars(), days=DAYS, seed=2)
    assert list_unexplained("forecast", {"new_scars": told}) == []
