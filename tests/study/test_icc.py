"""Intraclass correlation against the published worked example, closed forms and an independent computation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.study.icc import estimate_icc, two_way_components

#: Shrout and Fleiss 1979, Table 2: six targets rated by four judges.
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def as_rows(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, k = table.shape
    subjects, conditions = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    keep = np.isfinite(table.ravel())
    return table.ravel()[keep], subjects[keep], conditions[keep]


def test_the_published_example() -> None:
    found = estimate_icc(*as_rows(SHROUT_FLEISS))
    assert round(found.icc21.value, 2) == 0.29
    assert round(found.icc31.value, 2) == 0.71
    # Intervals as other programs print them for this table.
    assert (found.icc21.low, found.icc21.high) == pytest.approx((0.019, 0.761), abs=0.001)
    assert (found.icc31.low, found.icc31.high) == pytest.approx((0.342, 0.946), abs=0.001)


def by_mean_squares(table: np.ndarray) -> tuple[float, float]:
    """The textbook formulas, written apart from the program."""
    n, k = table.shape
    grand = table.mean()
    ms_r = k * table.mean(1).var(ddof=1)
    ms_c = n * table.mean(0).var(ddof=1)
    ss_e = ((table - grand) ** 2).sum() - (n - 1) * ms_r - (k - 1) * ms_c
    ms_e = ss_e / ((n - 1) * (k - 1))
    return (ms_r - ms_e) / (ms_r + (k - 1) * ms_e + k * (ms_c - ms_e) / n), (ms_r - ms_e) / (ms_r + (k - 1) * ms_e)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 12), st.integers(2, 5))
def test_nothing_missing_is_the_textbook(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(0, 2, (n, 1)) + rng.normal(0, 1, (1, k)) + rng.normal(0, 1, (n, k))
    parts = two_way_components(*as_rows(table))
    assert (parts.icc21, parts.icc31) == pytest.approx(by_mean_squares(table))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_neither_order_nor_scale_nor_offset_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(0, 2, (8, 1)) + rng.normal(0, 1, (8, 3))
    table[0, 2] = table[3, 1] = np.nan
    values, subjects, conditions = as_rows(table)
    order = rng.permutation(len(values))
    first = estimate_icc(values, subjects, conditions)
    other = estimate_icc(1000 - 7 * values[order], subjects[order], conditions[order])
    for name in ("icc21", "icc31"):
        a, b = getattr(first, name), getattr(other, name)
        assert a.value == pytest.approx(b.value, rel=1e-6, abs=1e-9)
        assert (a.low is None) == (b.low is None)
        if a.low is not None:
            assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-6, abs=1e-9)


def test_with_gaps_the_variances_are_unbiased() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(400):
        table = rng.normal(0, 2.0, (15, 1)) + rng.normal(0, 0.7, (1, 4)) + rng.normal(0, 1.0, (15, 4))
        table[rng.random(table.shape) < 0.25] = np.nan
        found.append(two_way_components(*as_rows(table)))
    means = np.mean([(part.subject, part.condition, part.error) for part in found], axis=0)
    assert means == pytest.approx([4.0, 0.49, 1.0], rel=0.1)


@pytest.mark.parametrize("gaps", [0.0, 0.15])
def test_the_interval_holds_the_truth(gaps: float) -> None:
    rng = np.random.default_rng(11)
    truth, held = 1.0 / (1.0 + 0.1 + 0.25), 0
    runs = 60
    for _ in range(runs):
        table = rng.normal(0, 1.0, (25, 1)) + rng.normal(0, np.sqrt(0.1), (1, 6)) + rng.normal(0, 0.5, (25, 6))
        table[rng.random(table.shape) < gaps] = np.nan
        # With gaps the interval speaks of these six conditions: ICC(3,1).
        icc = estimate_icc(*as_rows(table))
        interval, value = (icc.icc21, truth) if gaps == 0 else (icc.icc31, 1.0 / 1.25)
        held += interval.low <= value <= interval.high
    assert 0.87 <= held / runs <= 0.99


def test_what_cannot_be_told_is_unknown() -> None:
    alone = estimate_icc(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 2]), np.array([0, 0, 0]))
    assert alone.icc21.value is None
    assert "too few repeats" in alone.method
    flat = estimate_icc(np.ones(6), np.repeat([0, 1, 2], 2), np.tile([0, 1], 3))
    assert flat.icc31.value is None
    apart = two_way_components(np.arange(4.0), np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3]))
    assert apart is None  # the two subjects share no condition


def test_equal_repeats_are_perfect_and_say_no_interval() -> None:
    table = np.repeat(np.array([[1.0], [2.0], [5.0]]), 3, axis=1)
    found = estimate_icc(*as_rows(table))
    assert found.icc21.value == pytest.approx(1.0)
    assert found.icc31.value == pytest.approx(1.0)
