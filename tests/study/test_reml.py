"""Variances by REML: closed forms of balanced data, statsmodels where it settles, and the edges where it does not."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from scarplan.study.endpoints import average_patients, collect_endpoint
from scarplan.study.mixed import mixed_model
from scarplan.study.paired import paired_t
from scarplan.study.reml import fit_reml
from scarplan.study.tidy import Observation, in_order
from study.made_studies import ARMS, make_plan


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.0, 3.0))
def test_equal_groups_are_the_analysis_of_variance(seed: int, sd: float) -> None:
    """Balanced one way: the variances are those of the mean squares, and 0 where these would be below."""
    rng = np.random.default_rng(seed)
    groups, each = 9, 4
    table = rng.normal(0, sd, (groups, 1)) + rng.normal(0, 1, (groups, each))
    patient = np.repeat(np.arange(groups), each)
    fitted = fit_reml(table.ravel(), np.ones((groups * each, 1)), patient, {"patient": patient})
    between = each * table.mean(axis=1).var(ddof=1)
    within = table.var(axis=1, ddof=1).mean()
    if between > within:
        assert fitted.variances["patient"] == pytest.approx((between - within) / each, rel=1e-3, abs=1e-5)
        assert fitted.error == pytest.approx(within, rel=1e-3)
        assert fitted.covariance[0, 0] == pytest.approx(between / groups / each, rel=1e-3)
    else:
        assert fitted.variances["patient"] == pytest.approx(0.0, abs=1e-6)
        assert fitted.error == pytest.approx(table.var(ddof=1), rel=1e-6)
    assert fitted.effects[0] == pytest.approx(table.mean())
    assert fitted.settled


def test_unequal_groups_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(4)
    patient = np.repeat(np.arange(14), rng.integers(2, 7, 14))
    design = np.stack([np.ones(len(patient)), rng.normal(size=len(patient))], axis=1)
    y = design @ [1.0, 0.5] + rng.normal(0, 0.8, 14)[patient] + rng.normal(0, 1, len(patient))
    fitted = fit_reml(y, design, patient, {"patient": patient})
    other = MixedLM(y, design, groups=patient).fit(reml=True)
    assert other.converged
    assert fitted.effects == pytest.approx(other.fe_params, rel=1e-4)
    assert fitted.variances["patient"] == pytest.approx(float(np.asarray(other.cov_re)[0, 0]), rel=1e-3)
    assert np.sqrt(np.diag(fitted.covariance)) == pytest.approx(other.bse_fe, rel=0.01)


def test_data_that_the_design_tells_exactly_are_refused() -> None:
    x = np.stack([np.ones(8), np.arange(8.0)], axis=1)
    with pytest.raises(ValueError, match="tells every value exactly"):
        fit_reml(x @ [1.0, 2.0], x, np.repeat([0, 1, 2, 3], 2), {"patient": np.repeat([0, 1, 2, 3], 2)})


def make_rows(
    seed: int, *, split_face: bool, visits: int, scars: int, day_sd: float, side_sd: float
) -> list[Observation]:
    """Patients with unlike numbers of scars; no arm does anything. `day_sd`: good and bad days of a side."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(int(rng.integers(10, 15))):
        of_patient, depth = rng.normal(0, 0.04), rng.normal(0.4, 0.08)
        turn = int(rng.integers(2))
        for side in (0, 1) if split_face else (0,):
            arm = ARMS[(side + turn) % 2 if split_face else number % 2]
            of_side, days = rng.normal(0, side_sd), rng.normal(0, day_sd, visits + 1)
            for scar in range(int(rng.integers(scars - 1, scars + 2))):
                place: dict[str, Any] = {"patient": f"p{number}", "side": "lr"[side], "arm": arm, "scar": str(scar)}
                before, of_scar = depth + rng.normal(0, 0.1), rng.normal(0, 0.02)
                rows.append(Observation(**place, visit="v0", values={"depth_mm": before + rng.normal(0, 0.02)}))
                for visit in range(1, visits + 1):
                    after = 0.9 * before + of_patient + of_side + of_scar + days[visit] + rng.normal(0, 0.02)
                    rows.append(Observation(**place, visit=f"v{visit}", values={"depth_mm": after}))
    return in_order(rows)


@pytest.mark.parametrize(
    ("split_face", "visits", "scars", "day_sd", "side_sd"),
    [(True, 1, 3, 0.0, 0.03), (False, 1, 3, 0.0, 0.0)],
    ids=["sides", "small parallel studies always settle"],
)
def test_nothing_is_found_where_there_is_nothing(
    split_face: bool, visits: int, scars: int, day_sd: float, side_sd: float
) -> None:
    """5 of 100 studies may."""
    plan = make_plan(
        design="split_face" if split_face else "parallel",
        visit=[{"name": f"v{number}", "day": 90 * number} for number in range(visits + 1)],
        primary={"visit": f"v{visits}"},
    )
    runs = 40
    chances = []
    for seed in range(runs):
        rows = make_rows(seed, split_face=split_face, visits=visits, scars=scars, day_sd=day_sd, side_sd=side_sd)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = collect_endpoint(rows, plan, plan.primary)
            found = mixed_model(table, change=True, split_face=split_face, alpha=0.05)
        assert not any("settle" in note for note in found.notes)
        chances.append(found.p)
    rejected = sum(p < 0.05 for p in chances)
    assert stats.binom.sf(rejected - 1, runs, 0.06) > 0.02


def test_good_and_bad_days_of_a_side_widen_the_interval() -> None:
    """With three visits and nothing but days between the sides, the interval is that of the sides at the visit."""
    visits = 3
    plan = make_plan(
        visit=[{"name": f"v{number}", "day": 90 * number} for number in range(visits + 1)],
        primary={"visit": f"v{visits}"},
    )
    widths = []
    for seed in range(4):
        rows = make_rows(seed, split_face=True, visits=visits, scars=6, day_sd=0.06, side_sd=0.0)
        table = collect_endpoint(rows, plan, plan.primary)
        means = average_patients(table, change=True)
        mixed = mixed_model(table, change=True, split_face=True, alpha=0.05)
        pairs = paired_t(means.outcome[:, 0] - means.outcome[:, 1], alpha=0.05)
        widths.append([(each.estimate.high or 0.0) - (each.estimate.low or 0.0) for each in (mixed, pairs)])
    of_mixed, of_pairs = np.mean(widths, axis=0)
    assert of_mixed == pytest.approx(of_pairs, rel=0.2)
