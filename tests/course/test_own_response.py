"""The patient's own response by columns: sessions as given, what is measured, and what it says of the draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scarplan.course.coordinates import coordinates_of
from scarplan.course.delivered import CourseSession, sessions_of
from scarplan.course.measured import changes_of, follow_up_of
from scarplan.course.own_response import learn_response
from scarplan.course.predictor import CoursePredictor
from scarplan.devices import device
from scarplan.evidence.library import quantity
from scarplan.forecast import ZoneHealer, measured_scars
from scarplan.forecast.columns import residual_depth
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient, heal

PLACE = ("cheek", "right")
DEEP = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=600.0, passes=4)
SHALLOW = DEEP.model_copy(update={"needle_length_mm": 1.0})
COUNT = 128


def _row(number: int, *, depth_mm: float, rolling: float = 0.0) -> dict[str, object]:
    kinds = {"icepick": 0.0, "boxcar": 1.0 - rolling, "rolling": rolling}
    return {
        "id": number, "kind": "rolling" if rolling > 0.5 else "boxcar", "zone": "cheek", "side": "right",
        "depth_mm": depth_mm, "width_mm": 3.0, "kind_probability": kinds,
    }  # fmt: skip


@pytest.fixture(scope="module")
def predictor() -> CoursePredictor:
    healer = ZoneHealer(device("skinpen"), ResponsePatient(age_years=30.0, skin_type=3, smoker=False), COUNT, 4)
    rows = [_row(number, depth_mm=0.2 + 0.05 * number, rolling=(number % 3) / 2.5) for number in range(1, 9)]
    return CoursePredictor(coordinates_of(healer, "cheek"), measured_scars(rows, count=1, seed=0))


ROLLING = np.array([(number % 3) / 2.5 for number in range(1, 9)])


def _sessions(*given: tuple[int, ZoneSetting]) -> tuple[CourseSession, ...]:
    return tuple(CourseSession(day, ((PLACE, setting),)) for day, setting in given)


def test_scores_give_back_the_draws_of_the_forecast(predictor: CoursePredictor) -> None:
    coordinates = predictor.coordinates
    drawn = coordinates.healer.draw("cheek", count=COUNT)
    again = coordinates.draws("cheek", coordinates.prior(COUNT))
    assert np.asarray(again.synthesis_per_day) == pytest.approx(np.asarray(drawn.synthesis_per_day), rel=1e-9)
    assert np.asarray(again.needling.dermis_mm) == pytest.approx(np.asarray(drawn.needling.dermis_mm), rel=1e-9)
    assert coordinates.prior(2 * COUNT)[:COUNT] == pytest.approx(coordinates.prior(COUNT))


def test_a_patient_has_a_pace_of_their_own(predictor: CoursePredictor) -> None:
    coordinates = predictor.coordinates
    pace = [name == "course.lag_between_patients" for _, name in coordinates.streams]
    usual, slow = np.zeros((2, 1, len(pace)))
    slow[:, pace] = 1.0
    drawn, slower = (coordinates.draws("cheek", scores) for scores in (usual, slow))
    ratio = np.asarray(slower.surface_lag_days) / np.asarray(drawn.surface_lag_days)
    assert ratio == pytest.approx(np.exp(_spread_of_pace()), rel=0.05)  # the prior is cut at both ends
    assert np.array_equal(slower.synthesis_per_day, drawn.synthesis_per_day)
    assert np.array_equal(slower.yield_between_patients, drawn.yield_between_patients)


def _spread_of_pace() -> float:
    prior = quantity("course.lag_between_patients").prior
    assert prior is not None
    assert prior.spread is not None
    return prior.spread


def test_scars_of_a_kind_that_answer_more_foretell_an_unseen_one() -> None:
    healer = ZoneHealer(device("skinpen"), ResponsePatient(age_years=30.0, skin_type=3, smoker=False), COUNT, 4)
    icepick = np.arange(1, 11) % 2 > 0
    rows = [_row(n, depth_mm=0.4) | ({"kind": "icepick"} if n % 2 else {}) for n in range(1, 11)]
    own = CoursePredictor(coordinates_of(healer, "cheek"), measured_scars(rows, count=1, seed=0))
    sessions = _sessions((0, DEEP), (30, DEEP))
    left = own.left(own.coordinates.prior(COUNT), sessions, (180,))[:, 0, :, 0]
    change = (left - own.scars.depth_mm[0]).mean(axis=0)
    change = change + 0.6 * icepick * change.mean()  # ice-picks answer more than the model says of such scars
    told = {n: (float(change[n - 1]), 0.004) for n in range(1, 9)}  # 9, an ice-pick, and 10 were not seen
    follow_up = follow_up_of(told, own.scars.ids.tolist(), day=180)
    learned = learn_response(own, sessions, (follow_up,), rolling=np.zeros(10), count=256, seed=1)
    of_icepick, of_boxcar = learned.departure[:, 8:].mean(axis=0)
    assert of_icepick - of_boxcar > 0.2
    assert learned.departure[:, 8].std() > 0.3  # one scar departs from its kind all the same


def test_alike_sessions_are_healed_as_one_course(predictor: CoursePredictor) -> None:
    scores = predictor.coordinates.prior(COUNT)
    left = predictor.left(scores, _sessions((0, DEEP), (30, DEEP)), (120,))
    draws = predictor.coordinates.draws("cheek", scores)
    course = heal(DEEP, predictor.coordinates.healer.device, session_days=(0, 30), days=(120,), draws=draws)
    scars = predictor.scars
    expected = residual_depth(course, scars.depth_mm, scars.width_mm, np.ones((COUNT, 8)), day_index=0)
    assert left[:, 0, :, 1] == pytest.approx(expected, abs=1e-9)


def test_unlike_sessions_lie_between_courses_of_either(predictor: CoursePredictor) -> None:
    scores, days = predictor.coordinates.prior(COUNT), (200,)
    deep, shallow, mixed = (
        predictor.left(scores, _sessions((0, one), (30, other)), days)[..., 0].mean()
        for one, other in ((DEEP, DEEP), (SHALLOW, SHALLOW), (DEEP, SHALLOW))
    )
    assert min(deep, shallow) < mixed < max(deep, shallow)
    skipped = predictor.left(scores, _sessions((0, DEEP)), days)[..., 0].mean()
    assert skipped > deep


def test_a_place_that_was_not_needled_stays_as_it_was(predictor: CoursePredictor) -> None:
    elsewhere = (CourseSession(0, ((("forehead", None), DEEP),)),)
    left = predictor.left(predictor.coordinates.prior(COUNT), elsewhere, (90,))
    assert left == pytest.approx(np.broadcast_to(predictor.scars.depth_mm[:, None, :, None], left.shape))
    assert sessions_of(elsewhere, PLACE) == ()


def test_measurements_of_one_draw_lead_to_that_draw(predictor: CoursePredictor) -> None:
    truth = predictor.coordinates.prior(COUNT)[:1] + 0.0
    truth[:, [name == "response.yield_between_patients" for _, name in predictor.coordinates.streams]] = 1.6
    sessions = _sessions((0, DEEP), (30, DEEP), (60, DEEP))
    both = predictor.left(np.repeat(truth, COUNT, axis=0), sessions, (150, 300))[0]
    left = np.where(ROLLING > 0.5, both[..., 1], both[..., 0])
    present = predictor.scars.depth_mm[0]
    ids = predictor.scars.ids.tolist()
    told = {number: (float(change), 0.015) for number, change in zip(ids, left[0] - present, strict=True)}
    del told[3]  # one scar was not seen
    one = follow_up_of(told, ids, day=150)
    before = learn_response(predictor, sessions, (), rolling=ROLLING, count=256, seed=1)
    after = learn_response(predictor, sessions, (one,), rolling=ROLLING, count=256, seed=1)
    widths = [np.diff(np.quantile(own.left(predictor, sessions, (300,))[:, 0].mean(axis=1), (0.05, 0.95)))[0]
              for own in (before, after)]  # fmt: skip
    assert widths[1] < 0.7 * widths[0]
    low, high = np.quantile(after.left(predictor, sessions, (300,))[:, 0].mean(axis=1), (0.01, 0.99))
    assert low < left[1].mean() < high
    assert after.ancestors > 10
    again = learn_response(predictor, sessions, (one,), rolling=ROLLING, count=256, seed=1)
    assert np.array_equal(again.scores, after.scores)


def test_a_count_that_does_not_fit_the_blocks_is_told(predictor: CoursePredictor) -> None:
    with pytest.raises(ValueError, match="not a multiple"):
        predictor.left(predictor.coordinates.prior(COUNT + 1), _sessions((0, DEEP)), (90,))


def test_every_measured_scar_of_the_baseline_counts() -> None:
    comparison = {
        "pairs": [{"id_a": 1, "id_b": 4, "depth_change_mm": -0.1, "sd_mm": 0.02}],
        "gone": [{"id": 2, "depth_change_mm": -0.3, "sd_mm": 0.02}],
        "seen_once": [
            {"visit": "a", "id": 3, "depth_change_mm": 0.01, "sd_mm": 0.02},
            {"visit": "a", "id": 5, "depth_change_mm": None, "sd_mm": None},
            {"visit": "b", "id": 9, "depth_change_mm": 0.2, "sd_mm": 0.02},
        ],
    }
    found = changes_of(comparison)
    assert found == {1: (-0.1, 0.02), 2: (-0.3, 0.02), 3: (0.01, 0.02)}
    follow_up = follow_up_of(found, [3, 5, 1], day=90)
    assert follow_up.seen.tolist() == [True, False, True]
    assert follow_up.change_mm[2] == -0.1
    assert replace(follow_up, day=91).day == 91
