"""Virtual patients: marginals, what is untold, courses, and the scores that graders give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.evidence.library import value_of
from scarplan.population import (
    GRADED,
    KINDS,
    UNTOLD,
    Protocol,
    complete,
    draw_faces,
    mean_scores,
    relative_yield_of_age,
    volume_shares,
)
from scarplan.population.people import is_of_kind
from scarplan.population.simulate import Block, follow_block


@pytest.fixture(scope="module")
def faces():
    return draw_faces(128, seed=3)


def test_faces_hold_as_many_scars_of_each_kind_as_their_quantities_say(faces):
    called = np.array(faces.kinds)
    for kind in KINDS:
        low, high = value_of(f"population.{kind}_count")
        counts = faces.present[:, called == kind].sum(axis=1)
        assert counts.min() >= low
        assert counts.max() <= high
    assert volume_shares(faces).sum() == pytest.approx(1.0)
    assert (volume_shares(faces) > 0.003).all()


def test_the_same_seed_gives_the_same_faces_and_another_seed_others(faces):
    np.testing.assert_array_equal(draw_faces(128, seed=3).depth_mm, faces.depth_mm)
    assert (draw_faces(128, seed=4).depth_mm != faces.depth_mm).mean() > 0.9


def test_people_of_the_usual_age_make_the_usual_collagen_and_the_old_make_less():
    assert relative_yield_of_age(None) == 1.0
    assert relative_yield_of_age(value_of("population.mean_age_years")) == 1.0
    assert relative_yield_of_age(70.0) < relative_yield_of_age(45.0) < 1.0


TOLD = Protocol("microneedling", "pen", needle_length_mm=2.0, sessions=(3, 3), interval_days=28.0, days_after_last=91.0)


@given(normal=st.floats(-3, 3))
def test_what_is_told_is_taken_as_told(normal):
    schedule = complete(TOLD, np.full((1, len(UNTOLD)), normal))
    assert (schedule.sessions[0], schedule.interval_days[0], schedule.days_after_last[0]) == (3.0, 28.0, 91.0)
    assert schedule.needle_length_mm[0] == 2.0


@given(lower=st.floats(-3, 3), step=st.floats(0.01, 2))
def test_what_is_untold_rises_with_its_number_and_its_middle_is_the_quantity(lower, step):
    nothing = Protocol("microneedling")
    below, above, middle = (complete(nothing, np.full((1, len(UNTOLD)), at)) for at in (lower, lower + step, 0.0))
    for name in UNTOLD:
        assert getattr(below, name)[0] <= getattr(above, name)[0]
        if name != "needle_length_mm":  # truncated on one side only: its middle is not the median
            assert getattr(middle, name)[0] == pytest.approx(value_of(f"population.{name}"), rel=0.03)


def test_a_pen_is_taken_to_leave_more_channels_than_a_roller_and_an_unknown_device_as_a_roller():
    untold = np.zeros((1, len(UNTOLD)))
    found = {
        device: complete(Protocol("microneedling", device), untold).channels_per_cm2[0]
        for device in ("pen", "roller", "stamp", None)
    }
    assert found["pen"] == pytest.approx(value_of("population.channels_per_cm2_pen"), rel=0.03)
    assert found["roller"] == found["stamp"] == found[None]
    assert found["pen"] > 2.0 * found["roller"]


def test_ranges_of_sessions_are_kept_and_open_ones_go_on():
    closed = complete(Protocol("microneedling", sessions=(1, 6)), np.array([[-3.0] * 5, [3.0] * 5]))
    assert 1.0 <= closed.sessions[0] < closed.sessions[1] <= 6.0
    endless = complete(Protocol("microneedling", sessions=(7, None)), np.array([[-3.0] * 5, [3.0] * 5]))
    assert 7.0 <= endless.sessions[0] < endless.sessions[1] <= 7.0 + value_of("population.range_end_sessions")


def test_days_are_counted_from_the_first_session_where_only_that_is_told():
    told = Protocol("microneedling", sessions=(4, 4), interval_days=30.0, days_after_first=151.0)
    assert complete(told, np.zeros((1, 5))).days_after_last[0] == pytest.approx(61.0)


@pytest.fixture(scope="module")
def followed(faces):
    blocks = [Block("pen", sessions, 28, 1.5, 250.0) for sessions in (1, 4)]
    return [follow_block(block, faces, days_after_last=(30, 91), seed=3) for block in blocks]


def test_more_sessions_improve_more_and_shallow_and_rolling_scars_most(faces, followed):
    once, four = (each.improvement_by_kind(faces) for each in followed)
    by_kind = dict(zip(KINDS, four[1], strict=True))
    assert (four > once).all()
    assert by_kind["rolling"] > by_kind["boxcar_shallow"] > by_kind["boxcar_deep"]


def test_improvement_is_the_share_of_volume_that_went(faces, followed):
    index = KINDS.index("rolling")
    here = faces.present & is_of_kind(faces, index)
    left = followed[1].residual_mm[1]
    area = faces.width_mm[here] ** 2
    expected = 1.0 - (left[here] * area).sum() / (faces.depth_mm[here] * area).sum()
    assert followed[1].improvement_by_kind(faces)[1, index] == pytest.approx(expected)


def test_a_biopsy_finds_collagen_and_not_what_the_surface_shows_of_it(faces):
    # The lag of the surface moves the relief and not the collagen; the yield moves both.
    def follow(**factors):
        return follow_block(Block("roller", 3, 30, 1.5, 250.0, **factors), faces, days_after_last=(14, 91), seed=3)

    base, slow, less = follow(), follow(lag_factor=2.0), follow(yield_factor=0.5)
    assert slow.collagen_rise == pytest.approx(base.collagen_rise, rel=0.02)
    assert (slow.improvement_by_kind(faces)[0] < 0.95 * base.improvement_by_kind(faces)[0]).any()
    assert (base.collagen_rise > less.collagen_rise).all()
    assert (less.collagen_rise > 0.3 * base.collagen_rise).all()
    # There is room for new collagen up to the ceiling only.
    room = value_of("response.collagen_ceiling") / 0.4 - 1.0
    assert (base.collagen_rise < room).all()


def test_a_larger_yield_improves_more(faces):
    base, more = (
        follow_block(Block("pen", 4, 28, 1.5, 250.0, yield_factor=factor), faces, days_after_last=(91,), seed=3)
        for factor in (1.0, 2.0)
    )
    assert more.improvement_by_kind(faces).sum() > base.improvement_by_kind(faces).sum()


def test_scores_fall_with_depth_and_a_face_without_scars_scores_least(faces):
    full, half, none = (mean_scores(faces, faces.depth_mm * share) for share in (1.0, 0.5, 0.0))
    for name in GRADED:
        assert full[name] >= half[name] >= none[name]
    assert full["ecca"] > half["ecca"]
    assert none == {"goodman_baron_quantitative": 0.0, "goodman_baron_qualitative": 1.0, "ecca": 0.0}


def test_only_the_faces_asked_for_are_graded(faces):
    first = np.arange(128) == 0
    assert mean_scores(faces, faces.depth_mm, first) != mean_scores(faces, faces.depth_mm)
