"""Analyse one endpoint as it was declared, with what to doubt; and what missing values could do to the primary one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scarplan.records.study_plan import Endpoint, StudyPlan
from scarplan.study.assumptions import check_assumptions
from scarplan.study.dictionary import unit_of
from scarplan.study.effect import Effect
from scarplan.study.endpoints import EndpointRows, PatientMeans, average_patients, collect_endpoint, keep_complete
from scarplan.study.groups import ancova, rank_sum
from scarplan.study.missing import Missing, judge_missing
from scarplan.study.mixed import mixed_model
from scarplan.study.ordinal import proportional_odds
from scarplan.study.paired import paired_t, signed_ranks, signs
from scarplan.study.responders import count_responders
from scarplan.study.tidy import Observation


def analyse_endpoint(
    rows: Sequence[Observation],
    plan: StudyPlan,
    endpoint: Endpoint,
    *,
    detectable: float | None,
    arms: tuple[str, str] | None = None,
) -> tuple[dict[str, Any], PatientMeans]:
    """Return the endpoint as it stands in the result, and the means of patients it rests on.

    `arms`: another pair than the one that was declared for it.
    """
    plan = plan.narrowed(arms or plan.compared(endpoint))
    rows = [row for row in rows if row.arm in plan.arms]
    table = collect_endpoint(rows, plan, endpoint)
    # A change of grades is no grade: odds are compared at the visit, adjusted for the baseline grade.
    change = endpoint.value == "change" and endpoint.analysis != "proportional_odds"
    means = average_patients(table, change=change)
    split = plan.design == "split_face"
    used = table if plan.missing.method == "mixed_model" else keep_complete(table, change=change, split_face=split)
    effect = _run(used, means, endpoint, split=split, change=change, alpha=plan.alpha)
    doubts = check_assumptions(means, split_face=split, analysis=endpoint.analysis) if effect.p is not None else []
    described = {
        "measure": endpoint.measure,
        "unit": unit_of(endpoint.measure),
        "visit": endpoint.visit,
        "value": endpoint.value,
        "kind": endpoint.kind,
        "analysis": endpoint.analysis,
        "better": endpoint.better,
        "compared": plan.arms,
        **describe_effect(effect, plan, endpoint, alpha=plan.alpha),
        "standardised": _standardise(effect, means),
        "arms": [_describe_arm(plan.arms[k], table, means, k) for k in (0, 1)],
        "detectable_change": detectable,
        "responders": None
        if detectable is None
        else [
            vars(arm) for arm in count_responders(table, arms=plan.arms, detectable=detectable, better=endpoint.better)
        ],
        "doubts": [*effect.notes, *doubts],
    }
    return described, means


def judge_primary_missing(means: PatientMeans, plan: StudyPlan, *, seed: int) -> Missing:
    """Return what missing values could do to the primary endpoint."""
    return judge_missing(
        means,
        split_face=plan.design == "split_face",
        imputations=plan.missing.imputations,
        seed=seed,
        alpha=plan.alpha,
        better=plan.primary.better,
    )


def describe_effect(effect: Effect, plan: StudyPlan, endpoint: Endpoint, *, alpha: float) -> dict[str, Any]:
    """Return an effect as in the result, with what it says in words."""
    return {
        "test": effect.test,
        "scale": effect.scale,
        "estimate": vars(effect.estimate),
        "level": 1 - alpha,
        "p": effect.p,
        "df": effect.df,
        "patients": effect.patients,
        "scars": effect.scars,
        "says": _say(effect, plan, endpoint, alpha),
    }


def _run(
    table: EndpointRows, means: PatientMeans, endpoint: Endpoint, *, split: bool, change: bool, alpha: float
) -> Effect:
    differences = means.outcome[:, 0] - means.outcome[:, 1]
    arms = [(means.outcome[means.has_arm[:, k], k], means.baseline[means.has_arm[:, k], k]) for k in (0, 1)]
    match endpoint.analysis:
        case "paired_t":
            return paired_t(differences, alpha=alpha)
        case "wilcoxon":
            return signed_ranks(differences, alpha=alpha)
        case "sign":
            return signs(differences, alpha=alpha)
        case "mixed":
            return mixed_model(table, change=change, split_face=split, alpha=alpha)
        case "ancova":
            return ancova(arms[0], arms[1], alpha=alpha)
        case "rank_sum":
            return rank_sum(arms[0][0], arms[1][0], alpha=alpha)
        case "proportional_odds":
            return proportional_odds(arms[0], arms[1], alpha=alpha)


def _standardise(effect: Effect, means: PatientMeans) -> dict[str, float | None] | None:
    """Return the effect in standard deviations of the patients' baseline; None for ratios and without a baseline."""
    pooled = means.baseline[np.isfinite(means.baseline)]
    sd = float(pooled.std(ddof=1)) if len(pooled) > 2 else 0.0
    if effect.null == 1.0 or sd <= 0 or effect.estimate.value is None:
        return None
    return {key: None if value is None else value / sd for key, value in vars(effect.estimate).items()}


def _describe_arm(arm: str, table: EndpointRows, means: PatientMeans, k: int) -> dict[str, Any]:
    outcome, baseline = means.outcome[:, k], means.baseline[:, k]
    measured = table.at & (table.arm == k) & np.isfinite(table.value)
    return {
        "arm": arm,
        "patients": int(means.has_arm[:, k].sum()),
        "measured": int(np.isfinite(outcome).sum()),
        "scars": int(measured.sum()) if table.has_scars else None,
        "baseline_mean": _mean(baseline),
        "outcome_mean": _mean(outcome),
        "outcome_sd": float(np.nanstd(outcome, ddof=1)) if np.isfinite(outcome).sum() > 1 else None,
    }


def _mean(values: np.ndarray) -> float | None:
    return float(np.nanmean(values)) if np.isfinite(values).any() else None


def _say(effect: Effect, plan: StudyPlan, endpoint: Endpoint, alpha: float) -> str:
    if effect.p is None or effect.estimate.value is None:
        return "cannot be told from these data"
    if effect.p >= alpha:
        return "no difference between the arms was shown; that is not the same as none"
    if effect.estimate.value == effect.null:  # a median of many ties
        return "the arms differ, and the middle of the differences does not tell which way"
    lower = effect.estimate.value < effect.null
    first = lower == (endpoint.better == "lower")
    return f"in favour of {plan.arms[0] if first else plan.arms[1]}"
