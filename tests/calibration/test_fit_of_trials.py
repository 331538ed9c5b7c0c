"""The sampler and the leave-one-study-out run, on a few trials; ranks of simulated truths."""

import json

import numpy as np
import pytest
from numpyro import handlers
from scipy.stats import norm

import scarplan
from scarplan.calibration.data_of_fit import hold, make_fit_data
from scarplan.calibration.effects import RESPONSE_SCALE_SD, effect_names, half_normal_scale
from scarplan.calibration.leave_out import DRAWS, leave_each_out, scored_trials, summarise_left_out
from scarplan.calibration.model import half_normal
from scarplan.calibration.posterior import read_posterior
from scarplan.calibration.reference import score_reference
from scarplan.calibration.simulated_trials import judge_ranks, ranks_of, simulate_trials
from scarplan.calibration.targets import targets_of
from scarplan.errors import BadInput
from scarplan.evidence.trials import all_trials

NAMES = ("dogra2014", "leheta2014", "idoj2024", "lotfi2013", "saleh_tishreen")


@pytest.fixture(scope="module")
def trials():
    return tuple(all_trials()[name] for name in NAMES)


@pytest.fixture(scope="module")
def fitter(trials):
    from scarplan.calibration.fit import Fitter

    fitter = Fitter(make_fit_data(trials, read_posterior().emulator), seed=1, warmup=80, draws=60, chains=2)
    fitter.whole = fitter.fit_all()
    return fitter


def test_a_fit_without_a_study_is_the_same_each_time_and_not_the_whole_one(fitter):
    whole = fitter.whole
    # The tuning is short here; the shipped fit has none (its file says so, and test_posterior_file reads it).
    assert whole.divergences <= 0.02 * 2 * 60
    names = {name: values.shape for name, values in whole.draws.items()}
    assert names["effects"][:2] == (2, 60)
    once, again = (fitter.fit_without("idoj2024", draws=DRAWS, let_go=20) for _ in range(2))
    np.testing.assert_array_equal(once.draws["effects"], again.draws["effects"])
    assert once.draws["effects"].shape[:2] == (2, DRAWS - 20)
    assert once.draws["log_yield_mean"].mean() != whole.draws["log_yield_mean"].mean()


@pytest.mark.parametrize("normal", [-3.0, 0.0, 9.0])
def test_the_spread_between_scales_has_a_half_normal_prior(normal):
    told = handlers.substitute(half_normal, {f"{RESPONSE_SCALE_SD}_z": normal})
    spread = float(handlers.trace(told).get_trace(RESPONSE_SCALE_SD)[RESPONSE_SCALE_SD]["value"])
    # As likely to be exceeded as the standard normal number that it is made of.
    scaled = spread / half_normal_scale(RESPONSE_SCALE_SD)
    assert norm.logsf(normal) == pytest.approx(np.log(2.0) + norm.logsf(scaled), abs=1e-9)


def test_better_figures_raise_what_is_expected(fitter):
    expectancy = effect_names().index("expectancy")
    better = fitter.data.figures._replace(improvement=fitter.data.improvement + 25.0)
    found = fitter.fit_figures(better, number=0, draws=DRAWS, let_go=40)
    gained = found.draws["effects"][:, :, expectancy].mean() - fitter.whole.draws["effects"][:, :, expectancy].mean()
    assert gained > 2.0


def test_fits_of_simulated_figures_share_no_random_numbers(fitter):
    """What no figure speaks of is drawn from its prior, with numbers of its own in each fit."""
    silent = np.flatnonzero(~np.asarray(fitter.data.design.effects).any(axis=0))[0]
    figures = fitter.data.figures
    one, other = (fitter.fit_figures(figures, number=number, draws=DRAWS, let_go=40) for number in (1, 2))
    found = [fit.draws["effects"][:, :, silent].ravel() for fit in (one, other)]
    assert abs(np.corrcoef(found)[0, 1]) < 0.5


def test_each_trial_is_predicted_without_itself_and_a_stopped_run_goes_on(fitter, trials, tmp_path):
    told, made = [], []

    def run(make):
        return leave_each_out(
            trials,
            make_fitter=make,
            emulator=read_posterior().emulator,
            key="k",
            folder=tmp_path,
            progress=lambda words, share: told.append((words, share)),
        )

    found = run(lambda: made.append(1) or fitter)
    assert [each.study for each in found] == [trial.id for trial in scored_trials(trials)]
    assert made == [1]

    (tmp_path / "lotfi2013.json").unlink()
    again = run(lambda: made.append(2) or fitter)
    assert made == [1, 2]
    assert again[0].draws.keys() == found[0].draws.keys()
    for one, other in zip(found, again, strict=True):
        for name, draws in one.draws.items():
            np.testing.assert_array_equal(draws, other.draws[name])
    run(lambda: made.append(3))
    assert made == [1, 2]
    summary = summarise_left_out(found, procedure_of={})
    assert summary["all"]["rows"] == sum(len(each.targets) for each in found)
    assert summary["orders"]["orders"] == sum(len(each.orders) for each in found)
    assert 0 <= summary["orders"]["brier"] <= 1


def test_what_is_held_is_all_but_the_study():
    data = make_fit_data([all_trials()[name] for name in NAMES], read_posterior().emulator)
    held = hold(data, without="idoj2024")
    rows = [data.design.rows[number] for number in data.percent]
    assert [row.study != "idoj2024" for row in rows] == held.percent.tolist()
    assert hold(data).percent.all()


def test_another_models_predictions_are_compared_by_row(tmp_path, trials):
    targets = [target for trial in trials for target in targets_of(trial)]
    path = tmp_path / "other.json"
    rows = [{"id": targets[0].id, "draws": [targets[0].observed] * 30}, {"id": "unknown", "draws": [1.0] * 30}]
    path.write_text(json.dumps({"rows": rows}), "utf-8")
    assert list(score_reference(path, targets)) == [targets[0].id]
    path.write_text("[1, 2]", "utf-8")
    with pytest.raises(BadInput, match="E-CALI-011"):
        score_reference(path, targets)


def test_a_posterior_is_not_written_over(tmp_path):
    (tmp_path / "posterior.json").write_text("{}", "utf-8")
    with pytest.raises(BadInput, match="E-CALI-010"):
        scarplan.calibrate_population(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["posterior.json"]


def test_even_and_uneven_ranks_are_told_apart():
    stream = np.random.default_rng(0)
    assert judge_ranks(stream.integers(0, 50, 300), levels=49)["even"] is True
    assert judge_ranks(stream.integers(10, 40, 300), levels=49)["even"] is False
    assert judge_ranks(np.full(300, 49), levels=49)["even"] is False


def test_ranks_count_the_draws_below_the_truth():
    draws = {"a": np.arange(100, dtype=float).reshape(2, 50), "b": np.zeros((2, 50, 3))}
    ranks = ranks_of({"a": 24.5, "b": np.array([1.0, -1.0, 1.0])}, draws, levels=100)
    assert ranks["a"].tolist() == [25]
    assert ranks["b"].tolist() == [100, 0, 100]


def test_simulated_trials_have_the_shape_of_the_published_and_differ_by_seed(fitter):
    made, other = (simulate_trials(fitter.data, seed=seed) for seed in (1, 2))
    assert made.figures.improvement.shape == fitter.data.improvement.shape
    assert (made.figures.count <= fitter.data.of).all()
    assert made.truth["log_yield_mean"] != other.truth["log_yield_mean"]
    again = simulate_trials(fitter.data, seed=1)
    np.testing.assert_array_equal(made.figures.improvement, again.figures.improvement)


@pytest.mark.slow
def test_ranks_of_simulated_truths_are_even(fitter):
    found = {}
    for number in range(60):
        made = simulate_trials(fitter.data, seed=number)
        sampled = fitter.fit_figures(made.figures, number=number, draws=DRAWS, let_go=100)
        for name, ranks in ranks_of(made.truth, sampled.draws, levels=19).items():
            found.setdefault(name, []).append(ranks)
    table = np.concatenate([np.array(ranks) for ranks in found.values()], axis=1)
    verdicts = [judge_ranks(column, levels=19, bins=5)["even"] for column in table.T]
    # 1 % of even histograms leave their band by chance.
    assert np.mean(verdicts) > 0.95
