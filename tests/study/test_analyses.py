"""The analyses of a study against textbook formulas, other programs and simulated studies with a known truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from scarplan.study.analyse import analyse_endpoint, describe_effect, judge_primary_missing
from scarplan.study.endpoints import average_patients, collect_endpoint
from scarplan.study.groups import ancova, rank_sum
from scarplan.study.holm import adjust_holm
from scarplan.study.mixed import mixed_model
from scarplan.study.ordinal import proportional_odds
from scarplan.study.paired import paired_t, signed_ranks, signs
from scarplan.study.responders import count_responders
from study.made_studies import ARMS, make_plan, make_study

ALPHA = 0.05


@pytest.fixture
def differences() -> np.ndarray:
    return np.random.default_rng(0).normal(-0.03, 0.05, 18)


def test_the_paired_t_is_that_of_scipy(differences: np.ndarray) -> None:
    found = paired_t(differences, alpha=ALPHA)
    expected = stats.ttest_1samp(differences, 0)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.estimate.low, found.estimate.high) == pytest.approx(expected.confidence_interval(0.95))
    assert (found.patients, found.df) == (18, 17)


def test_the_signed_rank_interval_is_where_the_test_turns(differences: np.ndarray) -> None:
    """The interval holds exactly the shifts that the test does not reject."""
    found = signed_ranks(differences, alpha=ALPHA)
    assert found.p == pytest.approx(stats.wilcoxon(differences).pvalue)
    step = 1e-9
    for end, outwards in ((found.estimate.low, -1), (found.estimate.high, 1)):
        assert stats.wilcoxon(differences - (end + outwards * step), method="exact").pvalue <= ALPHA
        assert stats.wilcoxon(differences - (end - outwards * step), method="exact").pvalue > ALPHA


def test_five_pairs_are_too_few_for_a_signed_rank_interval() -> None:
    found = signed_ranks(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), alpha=ALPHA)
    assert found.p == pytest.approx(0.0625)
    assert found.estimate.low is None
    assert "too few for an interval" in found.notes[0]


def test_the_sign_test(differences: np.ndarray) -> None:
    with_zeros = np.concatenate([differences, [0.0, 0.0]])
    found = signs(with_zeros, alpha=ALPHA)
    assert found.p == pytest.approx(stats.binomtest(int((differences > 0).sum()), 18).pvalue)
    assert found.estimate.value == pytest.approx(np.median(with_zeros))
    held = [
        (s := signs(np.random.default_rng(i).exponential(1, 15) - np.log(2), alpha=ALPHA).estimate).low <= 0 <= s.high
        for i in range(300)
    ]
    assert np.mean(held) >= 0.95 - 0.03


def test_the_covariance_analysis_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(0.4, 0.1, 30)
    outcome = 0.5 * base + np.repeat([-0.05, 0.0], 15) + rng.normal(0, 0.05, 30)
    found = ancova((outcome[:15], base[:15]), (outcome[15:], base[15:]), alpha=ALPHA)
    design = np.stack([np.ones(30), np.repeat([1.0, 0.0], 15), base], axis=1)
    expected = sm.OLS(outcome, design).fit(cov_type="HC3", use_t=True)
    assert found.estimate.value == pytest.approx(expected.params[1])
    assert found.p == pytest.approx(expected.pvalues[1])
    assert (found.estimate.low, found.estimate.high) == pytest.approx(tuple(expected.conf_int()[1]))


def test_the_rank_sum_is_that_of_scipy() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(0, 1, 20), rng.normal(0.8, 1, 25)
    found = rank_sum(first, second, alpha=ALPHA)
    assert found.p == pytest.approx(stats.mannwhitneyu(first, second).pvalue)
    assert found.estimate.value == pytest.approx(np.median(np.subtract.outer(first, second)))
    assert found.estimate.low < found.estimate.value < found.estimate.high < 0


def test_two_grades_of_proportional_odds_are_the_table_of_four() -> None:
    """With two grades and no baseline the odds ratio of the table is known in closed form."""
    first, second = np.repeat([1.0, 0.0], [12, 8]), np.repeat([1.0, 0.0], [5, 15])
    nothing = np.full(20, np.nan)
    found = proportional_odds((first, nothing), (second, nothing), alpha=ALPHA)
    assert found.estimate.value == pytest.approx(12 * 15 / (8 * 5), rel=1e-3)
    se = np.sqrt(1 / 12 + 1 / 8 + 1 / 5 + 1 / 15)
    assert found.estimate.high == pytest.approx(12 * 15 / 40 * np.exp(1.959964 * se), rel=1e-2)
    assert found.null == 1.0


def test_proportional_odds_find_the_true_ratio() -> None:
    rng = np.random.default_rng(3)
    logits = rng.logistic(0, 1, 2000) + np.repeat([np.log(2.0), 0.0], 1000)
    grades = np.digitize(logits, [-1.0, 0.5, 2.0]).astype(float)
    nothing = np.full(1000, np.nan)
    found = proportional_odds((grades[:1000], nothing), (grades[1000:], nothing), alpha=ALPHA)
    assert found.estimate.low < 2.0 < found.estimate.high
    assert found.estimate.value == pytest.approx(2.0, rel=0.2)
    assert not found.notes


def test_grades_that_do_not_overlap_have_no_ratio() -> None:
    nothing = np.full(10, np.nan)
    found = proportional_odds((np.full(10, 3.0), nothing), (np.repeat([0.0, 1.0], 5), nothing), alpha=ALPHA)
    assert found.estimate.value is None
    assert "do not overlap" in found.notes[0]


def test_cuts_that_contradict_each_other_are_told() -> None:
    first, second = np.repeat([0.0, 1.0, 2.0], [20, 2, 20]), np.repeat([0.0, 1.0, 2.0], [5, 32, 5])
    nothing = np.full(42, np.nan)
    found = proportional_odds((first, nothing), (second, nothing), alpha=ALPHA)
    assert any("opposite directions" in note for note in found.notes)


def test_holm_by_hand() -> None:
    assert adjust_holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert adjust_holm([None]) == [None]
    for count in (1, 4, 7):  # statsmodels walks the whole memory in each call, seconds where much is loaded
        chances = np.random.default_rng(count).uniform(0, 0.6, count)
        assert adjust_holm(chances.tolist()) == pytest.approx(multipletests(chances, method="holm")[1])


# --- scars in patients --------------------------------------------------------------------------------------------


def run_mixed(seed: int, *, split_face: bool = True, **options: float) -> tuple[float, float, float, float]:
    plan = make_plan(design="split_face" if split_face else "parallel")
    table = collect_endpoint(make_study(seed, split_face=split_face, **options), plan, plan.primary)
    found = mixed_model(table, change=True, split_face=split_face, alpha=ALPHA)
    return found.estimate.value, found.estimate.low, found.estimate.high, found.p


@pytest.mark.parametrize("split_face", [True, False])
def test_a_mixed_model_keeps_its_error_and_a_naive_one_does_not(split_face: bool) -> None:
    """Under no difference with strong clustering about 5 of 100 studies may find one; scars taken as independent
    find far more."""
    runs, found, naive = 24, [], []
    options = {"patients": 14 if split_face else 16, "scars": 3, "patient_sd": 0.05, "side_sd": 0.05, "scar_sd": 0.02}
    for seed in range(100, 100 + runs):
        found.append(run_mixed(seed, split_face=split_face, **options)[3] < ALPHA)
        rows = make_study(seed, split_face=split_face, **options)
        change = {}
        for row in rows:
            change.setdefault((row.patient, row.arm, row.scar), {})[row.visit] = row.values["depth_mm"]
        arms = [[v["month 3"] - v["baseline"] for (_, arm, _), v in change.items() if arm == name] for name in ARMS]
        naive.append(stats.ttest_ind(*arms).pvalue < ALPHA)
    assert np.mean(found) <= 0.13  # 5 +- 4.4 of 100
    assert np.mean(naive) > 0.14  # nearly three times what was promised, and more


def test_a_mixed_model_is_unbiased_covers_and_finds() -> None:
    found = np.array([run_mixed(1000 + seed, effect=-0.06, patients=12, scars=3) for seed in range(16)])
    error = found[:, 0].std(ddof=1) / np.sqrt(len(found))
    assert abs(found[:, 0].mean() + 0.06) < 3.5 * error
    held = (found[:, 1] <= -0.06) & (found[:, 2] >= -0.06)
    assert 0.87 <= held.mean() <= 1.0
    assert (found[:, 3] < ALPHA).mean() > 0.8


def test_without_scars_the_mixed_model_of_a_split_face_is_the_paired_t() -> None:
    """Two values a patient, no baseline term: the same estimate, error and degrees of freedom."""
    plan = make_plan(primary={"value": "level"})
    rows = make_study(4, scars=1, effect=-0.05, patients=20, patient_sd=0.2)
    table = collect_endpoint(rows, plan, plan.primary)
    mixed = mixed_model(table, change=False, split_face=True, alpha=ALPHA)
    means = average_patients(table, change=False)
    pairs = paired_t(means.outcome[:, 0] - means.outcome[:, 1], alpha=ALPHA)
    assert mixed.estimate.value == pytest.approx(pairs.estimate.value, rel=1e-3)
    assert mixed.p == pytest.approx(pairs.p, rel=0.02)
    assert mixed.df == pairs.df


def test_equal_clusters_are_the_paired_t_of_their_means() -> None:
    plan = make_plan(primary={"value": "level"})
    table = collect_endpoint(make_study(6, scars=6, patients=15, side_sd=0.06), plan, plan.primary)
    mixed = mixed_model(table, change=False, split_face=True, alpha=ALPHA)
    means = average_patients(table, change=False)
    pairs = paired_t(means.outcome[:, 0] - means.outcome[:, 1], alpha=ALPHA)
    assert (mixed.estimate.low, mixed.estimate.high) == pytest.approx(
        (pairs.estimate.low, pairs.estimate.high), abs=0.003
    )


@pytest.mark.parametrize("analysis", ["mixed", "paired_t", "wilcoxon", "sign"])
def test_the_order_of_the_rows_does_not_matter(analysis: str) -> None:
    plan = make_plan(primary={"analysis": analysis, "detectable_change": 0.03})
    rows = make_study(7, effect=-0.04)
    mixed_up = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    first, _ = analyse_endpoint(rows, plan, plan.primary, detectable=0.03)
    second, _ = analyse_endpoint(mixed_up, plan, plan.primary, detectable=0.03)
    assert first["estimate"] == pytest.approx(second["estimate"], rel=1e-4, abs=1e-7)
    assert first["arms"] == second["arms"]


def test_swapping_the_arms_turns_the_sign() -> None:
    rows = make_study(8, effect=-0.06)
    found = [analyse_endpoint(rows, plan, plan.primary, detectable=None)[0] for plan in (
        make_plan(), make_plan(arms=ARMS[::-1]))]  # fmt: skip
    assert found[0]["estimate"]["value"] == pytest.approx(-found[1]["estimate"]["value"], rel=1e-3)
    assert found[0]["says"] == found[1]["says"] == "in favour of needling"


def test_too_few_patients_are_told_and_not_fitted() -> None:
    plan = make_plan()
    found, _ = analyse_endpoint(make_study(9, patients=2), plan, plan.primary, detectable=None)
    assert found["estimate"]["value"] is None
    assert found["says"] == "cannot be told from these data"
    assert "too few for a mixed model" in found["doubts"][0]
    few, _ = analyse_endpoint(make_study(9, patients=6), plan, plan.primary, detectable=None)
    assert any("rests on the model" in doubt for doubt in few["doubts"])


def test_responders_lie_beyond_the_detectable_change() -> None:
    plan = make_plan()
    table = collect_endpoint(make_study(10, effect=-0.2, patients=8, scars=4), plan, plan.primary)
    first, second = count_responders(table, arms=plan.arms, detectable=0.1, better="lower")
    gain = table.baseline - table.value
    assert first.better == int((gain[table.at & (table.arm == 0)] > 0.1).sum())
    assert first.measured == second.measured == 32
    assert first.share_better.value > second.share_better.value
    assert first.worse == 0


def test_many_ties_are_not_taken_for_a_winner() -> None:
    """Nine of twenty sides better and none worse: the sign test shows it, and the median lies at no difference."""
    effect = signs(np.repeat([0.0, -1.0], [11, 9]), alpha=ALPHA)
    assert effect.p < ALPHA
    plan = make_plan()
    assert "does not tell which way" in describe_effect(effect, plan, plan.primary, alpha=ALPHA)["says"]


def test_complete_cases_are_complete() -> None:
    """A side that one visit lacks takes its patient out; declared as a mixed model, what was seen still counts."""
    rows = [
        row for row in make_study(5, patients=12) if (row.patient, row.side, row.visit) != ("p03", "left", "month 3")
    ]
    found = {
        method: analyse_endpoint(rows, plan, plan.primary, detectable=None)[0]["patients"]
        for method in ("complete_case", "mixed_model")
        for plan in [make_plan(missing={"method": method})]
    }
    assert found == {"complete_case": 11, "mixed_model": 12}


# --- missing values -----------------------------------------------------------------------------------------------


def test_imputation_is_unbiased_when_what_was_seen_explains_who_is_missing() -> None:
    """Parallel groups; the deep ones stay away. Complete cases of raw means would be biased; imputing adjusts."""
    plan = make_plan(design="parallel", primary={"analysis": "ancova", "value": "level"}, missing={"imputations": 10})
    found = []
    for seed in range(40):
        rows = make_study(seed, split_face=False, scars=1, patients=60, effect=-0.1)
        deep = {row.patient for row in rows if row.visit == "baseline" and row.values["depth_mm"] > 0.42}
        kept = [r for r in rows if r.visit == "baseline" or r.arm == "control" or r.patient not in deep]
        means = average_patients(collect_endpoint(kept, plan, plan.primary), change=False)
        missing = judge_primary_missing(means, plan, seed=seed)
        assert missing.missing > 0
        found.append((missing.imputed.estimate.value, missing.imputed.estimate.low, missing.imputed.estimate.high))
    values = np.array(found)
    assert abs(values[:, 0].mean() + 0.1) < 3.5 * values[:, 0].std(ddof=1) / np.sqrt(40)
    assert ((values[:, 1] <= -0.1) & (values[:, 2] >= -0.1)).mean() >= 0.85


def test_the_tipping_point_is_where_the_conclusion_turns() -> None:
    plan = make_plan(primary={"analysis": "paired_t"})
    means = average_patients(
        collect_endpoint(make_study(11, effect=-0.05, patients=24, missing=0.25), plan, plan.primary), change=True
    )
    found = judge_primary_missing(means, plan, seed=1)
    assert 0 < found.missing < 12
    assert found.imputed.p < ALPHA
    assert found.tipping_shift > 0
    none = average_patients(collect_endpoint(make_study(11, effect=0.0), plan, plan.primary), change=True)
    assert judge_primary_missing(none, plan, seed=1).words == "no outcome is missing"


def test_the_same_seed_imputes_the_same() -> None:
    plan = make_plan(primary={"analysis": "paired_t"})
    means = average_patients(collect_endpoint(make_study(12, missing=0.3), plan, plan.primary), change=True)
    first, second, other = (judge_primary_missing(means, plan, seed=seed) for seed in (5, 5, 6))
    assert first == second
    assert first.imputed.estimate != other.imputed.estimate
