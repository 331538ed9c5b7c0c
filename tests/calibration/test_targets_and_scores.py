"""Published figures as rows, and their scores: against closed forms and against an independent scorer."""

import dataclasses
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from scarplan.calibration.data_of_fit import hold, make_fit_data
from scarplan.calibration.effects import RESPONSE_SCALES, effect_names
from scarplan.calibration.posterior import read_posterior
from scarplan.calibration.queries import RowQuery
from scarplan.calibration.score import compare_scores, score_order, score_row, summarise_rows
from scarplan.calibration.targets import Order, Target, is_clinical, is_fitted, orders_of, queries_of, targets_of
from scarplan.evidence.trials import all_trials


def make_target(observed, *, error=None, count=None, of=None, study="s", arm="a", group="percent", name="r"):
    row = RowQuery.model_validate(
        {
            "id": name, "study": study, "arm": arm, "group": group, "instrument": "ecca", "of": of,
            "quantity": "percent_change_mean" if group == "percent" else "responder_fraction",
        }
    )  # fmt: skip
    return Target(row, observed, 1.0 if group == "percent" else 100.0, standard_error=error, count=count)


def test_crps_of_a_normal_prediction_is_the_known_formula():
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000) * 12.0 - 30.0
    spread = np.hypot(12.0, 5.0)
    z = (-50.0 + 30.0) / spread
    expected = spread * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    score = score_row(make_target(-50.0, error=5.0), draws)
    assert score.crps == pytest.approx(expected, rel=0.01)
    assert score.pit == pytest.approx(norm.cdf(z), abs=0.005)
    assert score.width90 == pytest.approx(2 * 1.645 * spread, rel=0.01)


def test_a_sure_and_right_count_costs_its_sampling_error_alone():
    sure = score_row(make_target(1.0, count=30, of=30, group="fraction"), np.ones(50))
    assert sure.crps == pytest.approx(0.0, abs=1e-9)
    assert sure.pit == pytest.approx(0.5)
    assert sure.inside50


@given(shift=st.floats(-80, 80))
def test_crps_is_never_negative_and_moves_with_the_figure(shift):
    draws = np.linspace(-50, 0, 200)
    there = score_row(make_target(-25.0 + shift, error=4.0), draws + shift)
    here = score_row(make_target(-25.0, error=4.0), draws)
    assert there.crps >= 0
    assert there.crps == pytest.approx(here.crps, abs=1e-6)


def test_order_of_arms_from_joint_draws_and_from_contrasts():
    targets = [make_target(-40.0, error=3.0, arm=arm, name=arm) for arm in ("x", "y")]
    shared = np.random.default_rng(0).normal(size=500) * 20
    draws = {"x": -40 + shared, "y": -30 + shared}
    order = Order("s", "x", "y", "ecca")
    assert score_order(order, contrasts=[], targets=targets, draws=draws).probability == 1.0
    told = [{"study": "s", "arm_a": "y", "arm_b": "x", "instrument": "ecca", "p_a_better": 0.3}]
    assert score_order(order, contrasts=told, targets=targets, draws={}).brier == pytest.approx(0.09)
    assert score_order(order, contrasts=[], targets=targets, draws={}).brier == 1.0


def test_studies_count_equally_and_the_reference_ratio_too():
    draws = np.linspace(-60, 0, 300)
    scores = [
        score_row(make_target(value, error=3.0, study=study, name=f"{study}{n}"), draws)
        for n, (study, value) in enumerate([("a", -30.0), ("a", -35.0), ("b", -90.0)])
    ]
    summary = summarise_rows(scores)
    expected = np.mean([np.mean([scores[0].crps, scores[1].crps]), scores[2].crps])
    assert summary["crps_by_study"] == pytest.approx(expected)
    assert (summary["rows"], summary["studies"], summary["inside90"]) == (3, 2, 2)
    double = {score.id: 2 * score.crps for score in scores}
    assert compare_scores(scores, double) == {"rows": 3, "studies": 2, "ratio": 0.5, "studies_better": 2}


def test_queries_hold_no_result():
    text = queries_of(all_trials().values()).model_dump_json()
    assert "observed" not in text
    assert '"count"' not in text
    assert "44.58" not in text  # a published improvement


def test_every_trial_gives_rows_with_ids_of_their_own():
    ids = [target.id for trial in all_trials().values() for target in targets_of(trial)]
    assert len(ids) == len(set(ids))
    clinical = [t for trial in all_trials().values() for t in targets_of(trial) if is_clinical(t.query)]
    assert len(clinical) == 120


def test_the_fit_sees_the_clinical_figures_and_collagen_which_rises_when_better():
    trials = tuple(all_trials().values())
    queries = queries_of(trials)
    fitted = [row for row in queries.rows if is_fitted(row, queries)]
    assert [row.id.split("|")[:3] for row in fitted if not is_clinical(row)] == [
        ["lotfi2013", "mn", "histology_collagen"]
    ]
    data = make_fit_data(trials, read_posterior().emulator)
    place = [row.instrument for row in data.design.rows].index("histology_collagen")
    assert not data.design.rated[place]
    assert data.improvement[list(data.percent).index(place)] == pytest.approx(53.2)
    assert np.flatnonzero(data.design.effects[place]).tolist() == [
        effect_names().index("instrument_histology_collagen")
    ]
    assert not hold(data, without="lotfi2013").percent[list(data.percent).index(place)]


def test_every_scale_on_which_responders_were_counted_has_an_effect():
    scales = {row.instrument for row in queries_of(all_trials().values()).rows if row.group == "fraction"}
    assert scales == set(RESPONSE_SCALES)


@pytest.fixture
def oracle(shared_folder: Path, monkeypatch):
    pytest.importorskip("yaml")
    folder = shared_folder / "evidence" / "scoring"
    monkeypatch.syspath_prepend(str(folder))
    for name in ("rows", "score"):
        sys.modules.pop(name, None)
    yield importlib.import_module("rows"), importlib.import_module("score")
    for name in ("rows", "score"):
        sys.modules.pop(name, None)


@pytest.mark.shared
def test_rows_and_orders_are_those_of_the_collected_evidence(oracle, shared_folder):
    rows, _ = oracle
    for study in rows.load(shared_folder / "evidence" / "calibration.yaml"):
        trial = all_trials()[study["id"]]
        theirs = {row.id: row for row in rows.study_rows(study)[0] if row.group != "direction"}
        ours = {target.id: target for target in targets_of(trial)}
        assert set(ours) == set(theirs)
        for name, target in ours.items():
            row = theirs[name]
            assert target.observed == pytest.approx(row.observed, rel=1e-6), name
            assert target.standard_error == (None if row.se is None else pytest.approx(row.se, rel=1e-6)), name
            assert (target.count, target.query.of, target.query.n, target.points) == (row.k, row.of, row.n, row.points)
            assert target.query.baseline == (None if row.baseline is None else pytest.approx(row.baseline, rel=1e-6))
        found = {(o.better, o.worse, o.instrument) for o in orders_of(trial, tuple(ours.values()))}
        told = rows.sign_tests(study, rows.study_rows(study)[0])
        assert found == {(o["better"], o["worse"], o["instrument"]) for o in told}, trial.id


@pytest.mark.shared
def test_scores_agree_with_an_independent_scorer(oracle, shared_folder):
    rows, score = oracle
    stream = np.random.default_rng(5)
    for study in rows.load(shared_folder / "evidence" / "calibration.yaml"):
        ours = {target.id: target for target in targets_of(all_trials()[study["id"]])}
        for row in rows.study_rows(study)[0]:
            if row.group == "direction":
                continue
            draws = stream.normal(row.observed, 20.0, 400) if row.group == "percent" else stream.beta(4, 2, 400)
            target = dataclasses.replace(ours[row.id], observed=row.observed, standard_error=row.se)
            mine, theirs = score_row(target, draws), score.score_row(row, {"draws": draws, "quantity": row.quantity})
            assert mine.crps == pytest.approx(theirs["crps"], abs=1e-6)
            assert mine.width90 == pytest.approx(theirs["width90"], abs=1e-6)
            assert (mine.inside50, mine.inside90) == (theirs["inside50"], theirs["inside90"])
