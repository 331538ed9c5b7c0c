"""Within-subject SD, detectable change, Bland-Altman, shares and kappa: closed forms and coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scarplan.photographs.agreement import wilson
from scarplan.study.bland_altman import bland_altman
from scarplan.study.detectable_change import MDC_FACTOR, across_conditions, within_subject
from scarplan.study.interval import jackknife_interval, sd_interval, share_interval
from scarplan.study.kappa import weighted_kappa


def test_two_repeats_are_the_textbook() -> None:
    pairs = np.array([[1.0, 1.2], [2.0, 1.9], [3.0, 3.3], [0.5, 0.4]])
    found = within_subject(pairs.ravel(), np.repeat(np.arange(4), 2))
    expected = math.sqrt(((pairs[:, 0] - pairs[:, 1]) ** 2).sum() / (2 * 4))
    assert found.sd.value == pytest.approx(expected)
    assert found.mdc95.value == pytest.approx(1.96 * math.sqrt(2) * expected, rel=1e-5)
    assert found.sd.low == pytest.approx(expected * math.sqrt(4 / stats.chi2.ppf(0.975, 4)))
    assert (found.things, found.measurements) == (4, 8)
    assert pytest.approx(2.772, abs=1e-3) == MDC_FACTOR


def test_single_measurements_say_nothing_of_repeats() -> None:
    found = within_subject(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 2]))
    assert (found.sd.value, found.mdc95.value, found.things) == (None, None, 0)
    mixed = within_subject(np.array([1.0, 2.0, 9.0]), np.array([0, 0, 1]))
    assert mixed.sd.value == pytest.approx(math.sqrt(0.5))


def test_unchanged_pairs_differ_less_than_the_detectable_change_in_95_of_100() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(0.3, 0.1, 3000)
    repeats = true[:, None] + rng.normal(0, 0.02, (3000, 2))
    found = within_subject(repeats.ravel(), np.repeat(np.arange(3000), 2))
    assert np.mean(np.abs(np.diff(repeats)) < found.mdc95.value) == pytest.approx(0.95, abs=0.01)


def test_clustered_scars_widen_the_interval_and_hold_the_truth() -> None:
    """Persons differ in how well their scars repeat; scars counted as independent would claim too much."""
    rng = np.random.default_rng(8)
    held, naive, runs = 0, 0, 120
    for _ in range(runs):
        sd = np.repeat(0.02 * np.exp(rng.normal(0, 0.4, 20)), 12)
        values = rng.normal(0, sd[:, None], (240, 2)).ravel()
        scars, persons = np.repeat(np.arange(240), 2), np.repeat(np.arange(20), 24)
        truth = 0.02 * math.exp(0.4**2)
        clustered, alone = within_subject(values, scars, clusters=persons).sd, within_subject(values, scars).sd
        held += clustered.low <= truth <= clustered.high
        naive += alone.low <= truth <= alone.high
    assert held / runs >= 0.84
    assert naive < held


def test_reproducibility_is_the_textbook_and_never_below_repeatability() -> None:
    rng = np.random.default_rng(8)
    things, conditions, repeats = 7, 3, 2
    for spread in (0.0, 0.5):
        table = rng.normal(0, 1, (things, 1, 1)) + rng.normal(0, spread, (things, conditions, 1))
        table = table + rng.normal(0, 0.3, (things, conditions, repeats))
        names = [
            np.repeat(np.arange(things), conditions * repeats),
            np.tile(np.repeat(np.arange(conditions), 2), things),
        ]
        found = across_conditions(table.ravel(), *names)
        within = table.var(axis=2, ddof=1).mean()
        between = repeats * table.mean(axis=2).var(axis=1, ddof=1).mean()
        expected = math.sqrt(within + max(0.0, (between - within) / repeats))
        assert found.sd.value == pytest.approx(expected)
        assert found.sd.value >= within_subject(table.ravel(), names[0] * 100 + names[1]).sd.value
        assert found.sd.low < found.sd.value < found.sd.high
        assert found.mdc95.value == pytest.approx(1.96 * math.sqrt(2) * expected)


def test_reproducibility_is_unbiased_with_two_operators_and_unlike_numbers_of_repeats() -> None:
    rng, found = np.random.default_rng(9), []
    for _ in range(150):
        things = np.repeat(np.arange(8), 5)
        operators = np.tile([0, 0, 0, 1, 1], 8)
        of_operator = rng.normal(0, 0.4, (8, 2))[things, operators]
        values = of_operator + rng.normal(0, 0.2, things.size) + rng.normal(0, 2, 8)[things]
        found.append(across_conditions(values, things, operators).sd.value ** 2)
    assert np.mean(found) == pytest.approx(0.4**2 + 0.2**2, rel=0.1)


def test_bland_altman_is_the_textbook() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(0.3, 0.1, 30)
    second = first + 0.01 + rng.normal(0, 0.02, 30)
    found = bland_altman(first, second)
    d = second - first
    assert found.bias.value == pytest.approx(d.mean())
    assert (found.bias.low, found.bias.high) == pytest.approx(stats.ttest_1samp(d, 0).confidence_interval())
    assert found.upper.value - found.lower.value == pytest.approx(2 * 1.96 * d.std(ddof=1), rel=1e-5)
    # The approximate interval of Bland and Altman lies near the exact one, whose outer end lies further out.
    half = stats.t.ppf(0.975, 29) * d.std(ddof=1) * math.sqrt(1 / 30 + 1.96**2 / 58)
    assert found.upper.high - found.upper.low == pytest.approx(2 * half, rel=0.06)
    assert found.upper.high - found.upper.value > found.upper.value - found.upper.low
    assert found.lower.value - found.lower.low == pytest.approx(found.upper.high - found.upper.value)
    assert not found.grows_with_size


@pytest.mark.parametrize("pairs", [5, 10, 25])
def test_limits_of_independent_pairs_are_exact(pairs: int) -> None:
    made = np.random.default_rng(pairs).normal(size=pairs)
    found = bland_altman(np.zeros(pairs), made)
    inner, outer = ((end - made.mean()) / made.std(ddof=1) for end in (found.upper.low, found.upper.high))
    others = np.random.default_rng(1).normal(size=(200_000 // pairs, pairs))
    middle, sd = others.mean(axis=1), others.std(axis=1, ddof=1)
    below, above = (middle + inner * sd > 1.96).mean(), (middle + outer * sd < 1.96).mean()
    assert below == pytest.approx(0.025, abs=0.006)
    assert above == pytest.approx(0.025, abs=0.006)


def test_limits_of_scars_in_persons_are_those_of_a_one_way_layout() -> None:
    rng = np.random.default_rng(4)
    persons, scars = 6, 4
    differences = rng.normal(0.1, 0.3, persons)[:, None] + rng.normal(0, 0.2, (persons, scars))
    clusters = np.repeat(np.arange(persons), scars)
    found = bland_altman(np.zeros(differences.size), differences.ravel(), clusters=clusters)
    mean_square = scars * differences.mean(axis=1).var(ddof=1)
    within = ((differences - differences.mean(axis=1, keepdims=True)) ** 2).sum() / (persons * (scars - 1))
    total = (mean_square - within) / scars + within
    assert found.sd == pytest.approx(math.sqrt(total))
    assert found.upper.value == pytest.approx(differences.mean() + 1.96 * math.sqrt(total))
    assert found.bias.high - found.bias.value == pytest.approx(
        stats.t.ppf(0.975, persons - 1) * math.sqrt(mean_square / (persons * scars))
    )


def test_limits_of_scars_in_persons_hold_the_truth() -> None:
    """Ten persons with one to six scars, most of the spread between persons; `studies` tells more conditions."""
    rng, held, runs = np.random.default_rng(5), 0, 250
    for _ in range(runs):
        clusters = np.repeat(np.arange(10), rng.integers(1, 7, 10))
        difference = rng.normal(0, math.sqrt(0.7), 10)[clusters] + rng.normal(0, math.sqrt(0.3), clusters.size)
        found = bland_altman(np.zeros(clusters.size), difference, clusters=clusters)
        held += (found.upper.low <= 1.96 <= found.upper.high) + (found.lower.low <= -1.96 <= found.lower.high)
    assert 0.925 <= held / (2 * runs) <= 0.99


def test_two_persons_give_limits_without_an_interval() -> None:
    found = bland_altman(np.zeros(6), np.array([0.1, 0.2, 0.0, 0.3, 0.2, 0.4]), clusters=np.repeat([0, 1], 3))
    assert found.upper.value > found.bias.value == pytest.approx(0.2)
    assert (found.upper.low, found.bias.high) == (None, None)


def test_a_difference_that_grows_with_size_is_told() -> None:
    rng = np.random.default_rng(1)
    first = rng.uniform(0.1, 1.0, 80)
    assert bland_altman(first, first * (1 + rng.normal(0, 0.1, 80))).grows_with_size


def test_two_pairs_are_too_few() -> None:
    found = bland_altman(np.array([1.0, 2.0]), np.array([1.1, 2.2]))
    assert (found.bias.value, found.lower.value, found.pairs) == (None, None, 2)


def test_clusters_of_one_give_the_same_bias_interval() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 1, (2, 25))
    alone, single = bland_altman(first, second), bland_altman(first, second, clusters=np.arange(25))
    assert (single.bias.low, single.bias.high) == pytest.approx((alone.bias.low, alone.bias.high))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(1, 60))
def test_one_cluster_is_wilson(hits: int, misses: int) -> None:
    found, expected = share_interval([hits], [hits + misses]), wilson(hits, hits + misses)
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_a_share_over_unlike_clusters_is_less_sure() -> None:
    alike = share_interval([16, 17, 16, 15, 16], [20] * 5)
    unlike = share_interval([20, 20, 20, 20, 0], [20] * 5)
    assert alike.value == unlike.value == 0.8
    assert unlike.high - unlike.low > 2 * (alike.high - alike.low)
    assert share_interval([0, 0], [0, 0]).value is None


def test_the_share_of_clustered_finds_is_covered() -> None:
    rng = np.random.default_rng(4)
    held, runs = 0, 300
    for _ in range(runs):
        chances = rng.beta(8, 2, 12)
        found = share_interval(rng.binomial(25, chances), np.full(12, 25))
        held += found.low <= 0.8 <= found.high
    assert held / runs >= 0.90


def test_the_jackknife_of_a_mean_is_the_t_interval() -> None:
    values = np.random.default_rng(6).normal(2, 1, 17)
    found = jackknife_interval(lambda mask: float(values[mask].mean()), np.arange(17))
    assert (found.low, found.high) == pytest.approx(stats.ttest_1samp(values, 0).confidence_interval())
    two = jackknife_interval(lambda mask: float(values[mask].mean()), np.arange(17) % 2)
    assert two.low is None


def test_a_standard_deviation_is_covered() -> None:
    rng = np.random.default_rng(7)
    held = [sd_interval(float(rng.normal(0, 3, 9).std(ddof=1)), 8) for _ in range(600)]
    assert np.mean([each.low <= 3 <= each.high for each in held]) == pytest.approx(0.95, abs=0.03)


def by_tables(first: np.ndarray, second: np.ndarray) -> float:
    """Quadratic weighted kappa from the table of counts, written apart from the program."""
    table = np.zeros((5, 5))
    for i, j in zip(first, second, strict=True):
        table[i, j] += 1
    table /= table.sum()
    weights = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    return 1 - (weights * table).sum() / (weights * np.outer(table.sum(1), table.sum(0))).sum()


def test_weighted_kappa_is_the_textbook() -> None:
    rng = np.random.default_rng(9)
    first = rng.integers(0, 5, 60)
    second = np.clip(first + rng.integers(-1, 2, 60), 0, 4)
    found = weighted_kappa(first.tolist(), second.tolist())
    assert found.value == pytest.approx(by_tables(first, second))
    assert found.low < found.value < found.high
    assert weighted_kappa([1, 1, 1], [1, 1, 1]).value is None
    assert weighted_kappa([], []).value is None
    assert weighted_kappa([0, 4], [0, 4]).low is None
    sure = weighted_kappa([0, 1, 2, 3, 4] * 2, [0, 1, 2, 3, 4] * 2)
    assert sure.value == pytest.approx(1.0)
    assert sure.low < 1.0


@pytest.mark.parametrize(("persons", "told"), [(1, False), (2, False), (3, False), (4, True), (9, True)])
def test_a_spread_of_too_few_persons_has_no_interval(persons: int, told: bool) -> None:
    values = np.random.default_rng(persons).normal(0, 1, 2 * persons)
    found = within_subject(values, np.repeat(np.arange(persons), 2))
    assert found.sd.value > 0
    assert (found.sd.low is not None, found.mdc95.high is not None) == (told, told)
    if told:  # from four degrees of freedom on the upper end lies within three times the spread
        assert found.sd.high < 3 * found.sd.value


def test_scars_of_few_persons_never_get_an_absurd_interval() -> None:
    rng, told = np.random.default_rng(12), {3: 0, 5: 0, 12: 0}
    for persons in told:
        for _ in range(40):
            values = rng.normal(0, np.exp(rng.normal(0, 0.8, persons))[:, None], (persons, 8)).ravel()
            things, owners = np.repeat(np.arange(4 * persons), 2), np.repeat(np.arange(persons), 8)
            found = within_subject(values, things, clusters=owners).sd
            told[persons] += found.low is not None
            assert found.low is None or 1 < found.high / found.low <= 10
    assert told[3] == 0 < told[5] < told[12]


def test_a_share_of_two_clusters_has_no_interval() -> None:
    found = share_interval([6, 5], [6, 6])
    assert (found.value, found.low, found.high) == (11 / 12, None, None)
