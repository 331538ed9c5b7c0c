"""Posterior predictive check: the published figures against what the fit that saw them says of such trials.

Each trial is predicted as a new one of the same arms, with spreads between studies, arms and instruments of its own
(a mixed check). It shows where the form of the model is wrong; how well it foresees is told by leaving trials out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scarplan.calibration.posterior import Posterior
from scarplan.calibration.predict import is_modelled, predict_queries
from scarplan.calibration.score import RowScore, score_row, summarise_rows
from scarplan.calibration.targets import TISSUE, is_clinical, queries_of, targets_of
from scarplan.evidence.trials import Trial

GROUPS = ("percent", "fraction", "pih")


def check_predictions(trials: Iterable[Trial], posterior: Posterior) -> tuple[RowScore, ...]:
    """Return the score of every clinical figure of `trials` under `posterior`, which saw them."""
    listed = tuple(trials)
    targets = [target for trial in listed for target in targets_of(trial) if is_clinical(target.query)]
    queries = queries_of(listed)
    asked = queries.model_copy(update={"rows": tuple(row for row in queries.rows if is_clinical(row)), "contrasts": ()})
    found = predict_queries(asked, posterior).rows
    return tuple(score_row(target, found[target.id]) for target in targets)


def check_tissue(trials: Iterable[Trial], posterior: Posterior) -> list[dict[str, Any]]:
    """Return every published figure of tissue with the quantiles predicted for it, and by what; none is scored."""
    listed = tuple(trials)
    targets = [target for trial in listed for target in targets_of(trial) if target.query.instrument in TISSUE]
    queries = queries_of(listed)
    asked = queries.model_copy(update={"rows": tuple(target.query for target in targets), "contrasts": ()})
    found = predict_queries(asked, posterior).rows
    rows = []
    for target in targets:
        row, score = target.query, score_row(target, found[target.id])
        low, _, middle, _, high = score.quantiles
        told = {
            "id": row.id, "study": row.study, "arm": row.arm, "instrument": row.instrument,
            "days_after_last": row.days_after_last, "modelled": is_modelled(row, queries.study(row.study)),
            "observed": score.observed, "q05": low, "q50": middle, "q95": high,
        }  # fmt: skip
        rows.append(told)
    return rows


def describe_row(score: RowScore, procedures: Mapping[tuple[str, str | None], str]) -> dict[str, Any]:
    """Return one published figure with the quantiles predicted for it, as it is printed."""
    low, q25, middle, q75, high = score.quantiles
    return {
        "id": score.id, "study": score.study, "arm": score.arm, "group": score.group, "instrument": score.instrument,
        "procedure": procedures.get((score.study, score.arm)), "observed": score.observed,
        "q05": low, "q25": q25, "q50": middle, "q75": q75, "q95": high, "pit": score.pit,
        "inside50": score.inside50, "inside90": score.inside90, "crps": score.crps, "width90": score.width90,
    }  # fmt: skip


def describe_check(trials: Iterable[Trial], posterior: Posterior) -> dict[str, Any]:
    """Return the check as `calibrate --json` prints it: how many figures lie inside, and every figure."""
    listed = tuple(trials)
    procedures: dict[tuple[str, str | None], str] = {
        (trial.id, arm.id): arm.procedure for trial in listed for arm in trial.arms
    }
    scores = check_predictions(listed, posterior)
    groups = {name: [score for score in scores if score.group == name] for name in GROUPS}
    return {
        "summary": {"all": summarise_rows(scores)} | {name: summarise_rows(rows) for name, rows in groups.items()},
        "rows": [describe_row(score, procedures) for score in scores],
        "tissue": check_tissue(listed, posterior),
    }
