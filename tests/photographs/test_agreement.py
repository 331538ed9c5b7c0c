"""Agreement of two raters against closed forms and brute force."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarplan.evidence import value_of
from scarplan.photographs.agreement import (
    bootstrap_kappa,
    cohen_kappa,
    compare_raters,
    describe_agreement,
    match_marks,
    wilson,
)
from scarplan.photographs.marks import MarkedScar, Marks, Ruler

SIZE = (1000, 800)


def pairs(*counts: tuple[str, str, int]) -> list[tuple[str, str]]:
    return [(one, other) for one, other, n in counts for _ in range(n)]


class TestKappa:
    @pytest.mark.parametrize(
        ("table", "kappa"),
        [
            ([[20, 5], [10, 15]], 0.4),  # agree 0.7, by chance 0.5
            ([[45, 15], [25, 15]], (0.6 - 0.54) / 0.46),
            ([[25, 0], [0, 75]], 1.0),
            ([[25, 25], [25, 25]], 0.0),
            ([[0, 50], [50, 0]], -1.0),
            ([[10, 0, 0], [0, 10, 0], [0, 10, 0]], (20 / 30 - 1 / 3) / (2 / 3)),
        ],
    )
    def test_closed_forms(self, table, kappa):
        assert cohen_kappa(np.array(table)) == pytest.approx(kappa)

    def test_undefined_where_one_kind_only(self):
        assert cohen_kappa(np.diag([7, 0])) is None
        assert cohen_kappa(np.zeros((2, 2))) is None
        assert bootstrap_kappa(pairs(("boxcar", "boxcar", 9))).value is None
        assert bootstrap_kappa([]).value is None

    @given(
        st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3),
        st.permutations(range(3)),
    )
    def test_names_and_order_of_raters_do_not_matter(self, table, order):
        counts = np.array(table)
        kappa = cohen_kappa(counts)
        if kappa is None:
            return
        assert kappa <= 1 + 1e-12
        assert cohen_kappa(counts.T) == pytest.approx(kappa)
        assert cohen_kappa(counts[np.ix_(order, order)]) == pytest.approx(kappa)
        assert cohen_kappa(3 * counts) == pytest.approx(kappa)

    def test_the_interval_agrees_with_the_large_sample_formula(self):
        kinds = pairs(
            ("icepick", "icepick", 80), ("icepick", "boxcar", 20), ("boxcar", "icepick", 40), ("boxcar", "boxcar", 60)
        )
        found = bootstrap_kappa(kinds)
        # Fleiss, Cohen and Everitt 1969, for a 2 x 2 table with the second rater's marginal 0.6 / 0.4.
        p, a, b, chance = np.array([[0.4, 0.1], [0.2, 0.3]]), np.array([0.5, 0.5]), np.array([0.6, 0.4]), 0.5
        kappa = (0.7 - chance) / (1 - chance)
        same = sum(p[i, i] * (1 - (a[i] + b[i]) * (1 - kappa)) ** 2 for i in range(2))
        other = (1 - kappa) ** 2 * sum(p[i, j] * (b[i] + a[j]) ** 2 for i in range(2) for j in range(2) if i != j)
        sd = math.sqrt((same + other - (kappa - chance * (1 - kappa)) ** 2) / 200) / (1 - chance)
        assert found.value == pytest.approx(kappa)
        assert found.low == pytest.approx(kappa - 1.96 * sd, abs=0.03)
        assert found.high == pytest.approx(kappa + 1.96 * sd, abs=0.03)

    def test_the_interval_is_the_same_each_time_and_narrows(self):
        one = pairs(("icepick", "icepick", 8), ("boxcar", "boxcar", 8), ("boxcar", "icepick", 4))
        assert bootstrap_kappa(one) == bootstrap_kappa(one)
        few, many = bootstrap_kappa(one), bootstrap_kappa(one * 20)
        assert few.value == pytest.approx(many.value)
        assert many.high - many.low < 0.4 * (few.high - few.low)
        assert few.low < few.value < few.high

    def test_agreeing_on_ten_scars_is_not_agreeing_for_sure(self):
        found = bootstrap_kappa(pairs(("icepick", "icepick", 4), ("boxcar", "boxcar", 6)))
        assert found.value == 1
        assert found.low < 0.9

    def test_a_few_pairs_have_no_interval(self):
        four = pairs(("icepick", "icepick", 2), ("boxcar", "rolling", 2))
        assert bootstrap_kappa(four).low is None
        assert bootstrap_kappa([*four, ("other", "other")]).low is not None

    @pytest.mark.parametrize(("true", "count"), [(0.4, 10), (0.8, 10), (0.4, 40), (0.8, 40)])
    def test_the_interval_holds_the_true_kappa(self, true, count):
        rng = np.random.default_rng(count)
        shares, names = np.array([0.3, 0.4, 0.3]), ("icepick", "boxcar", "rolling")
        both = (1 - true) * np.outer(shares, shares) + true * np.diag(shares)
        held = 0
        for table in rng.multinomial(count, both.ravel(), size=150).reshape(-1, 3, 3):
            found = bootstrap_kappa(pairs(*((names[i], names[j], table[i, j]) for i in range(3) for j in range(3))))
            held += found.low <= true <= found.high
        assert held >= 0.85 * 150


class TestWilson:
    def test_closed_form(self):
        found = wilson(5, 10)
        assert (found.value, found.low, found.high) == (
            0.5,
            pytest.approx(0.23659, abs=1e-5),
            pytest.approx(0.76341, abs=1e-5),
        )

    def test_at_the_ends(self):
        assert wilson(0, 10).low == 0
        assert wilson(10, 10).high == 1
        assert wilson(0, 0).value is None


points = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=5)


class TestMatching:
    @settings(max_examples=80, deadline=None)
    @given(points, points, st.integers(1, 25))
    def test_most_pairs_then_nearest_by_brute_force(self, first, second, tolerance):
        found = match_marks(first, second, tolerance_px=tolerance)
        assert all(math.dist(first[i], second[j]) <= tolerance for i, j in found)
        assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
        swap = len(first) > len(second)
        small, large = (second, first) if swap else (first, second)
        best = (0, 0.0)
        for order in itertools.permutations(range(len(large)), len(small)):
            near = [d for i, j in enumerate(order) if (d := math.dist(small[i], large[j])) <= tolerance]
            best = max(best, (len(near), -sum(near)))
        assert (len(found), -sum(math.dist(first[i], second[j]) for i, j in found)) == pytest.approx(best)

    def test_a_far_pair_does_not_cost_a_near_one(self):
        # Nearest first would pair 10 with 11 and leave 0 and 21 alone.
        assert match_marks([(0, 0), (10, 0)], [(11, 0), (21, 0)], tolerance_px=11) == [(0, 0), (1, 1)]


def marks(*scars: tuple[str, float, float], ruler: Ruler | None = None) -> Marks:
    return Marks(tuple(MarkedScar(kind, (x, y)) for kind, x, y in scars), ruler=ruler)


class TestCompare:
    def test_share_and_kind(self):
        one = marks(("icepick", 100, 100), ("boxcar", 300, 300), ("rolling", 600, 600))
        other = marks(("icepick", 105, 100), ("rolling", 300, 310), ("raised", 900, 100), ("other", 20, 700))
        found = compare_raters(("A", "B"), (one, other), size_px=SIZE)
        assert found.matched == ((0, 0), (1, 1))
        assert found.found_by_both.value == pytest.approx(2 / 5)
        assert found.kappa.value == pytest.approx((0.5 - 0.25) / 0.75)

    def test_the_tolerance_is_in_millimetres_with_a_ruler(self):
        ruler = Ruler(((0, 0), (100, 0)), 10)  # 10 pixels a millimetre
        tolerance = 10 * value_of("photographs.match_tolerance_mm")
        one = marks(("icepick", 100, 100), ruler=ruler)
        for shift, n in ((tolerance, 1), (tolerance + 0.1, 0)):
            found = compare_raters(("A", "B"), (one, marks(("icepick", 100 + shift, 100))), size_px=SIZE)
            assert len(found.matched) == n
        assert "2 mm by the ruler in the frame" in found.tolerance
        assert found.tolerance_px == tolerance

    @pytest.mark.parametrize(
        ("one", "other", "note"),
        [
            (marks(), marks(), "neither rater marked a scar"),
            (marks(("icepick", 1, 1)), marks(), "both found 0 of 1 different scars: there is no kind to compare"),
            (marks(("icepick", 1, 1)), marks(("icepick", 2, 1)), "by one kind, so kappa is not defined"),
        ],
    )
    def test_what_cannot_be_told_is_said(self, one, other, note):
        found = compare_raters(("A", "B"), (one, other), size_px=SIZE)
        assert note in found.note
        assert found.kappa.value is None
        described = describe_agreement(found)
        assert described["kappa"] == {"value": None, "low": None, "high": None}

    def test_the_published_figure_stands_beside(self):
        described = describe_agreement(compare_raters(("A", "B"), (marks(), marks()), size_px=SIZE))
        assert described["published"]["found_by_all_three"] == 0.5
        assert "about 50 %" in described["published"]["words"]
        assert described["published"]["sources"] == ["kang2016"]
