"""Leave one study out: every study is predicted from a fit that never saw it, and scored.

Each study is kept in a file of its own with a hash of all that it depends on, so that a run that was stopped goes on
where it was. Everything that is tuned is fitted anew; constants of the model do not come from these trials.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from scarplan.calibration.posterior import Posterior, thin_draws
from scarplan.calibration.predict import Predictions, predict_queries
from scarplan.calibration.queries import Queries
from scarplan.calibration.score import OrderScore, RowScore, score_order, score_row, summarise_rows
from scarplan.calibration.targets import Order, Target, is_clinical, orders_of, queries_of, targets_of
from scarplan.canonical import dump_json, hash_content
from scarplan.evidence.trials import Trial
from scarplan.records.all_or_nothing import write_together

if TYPE_CHECKING:
    from scarplan.calibration.emulator import Emulator
    from scarplan.calibration.fit import Fitter

Progress = Callable[[str, float], None]
#: Draws of each chain of a fit without a study, and how many of the first it lets go of before they count.
DRAWS, LET_GO = 150, 30
#: Draws of what is particular to the study for each draw of a fit: they cost next to nothing, and few tell their luck.
SETTINGS_PER_DRAW = 4
#: Raised whenever the model or its predictions change, so that what was kept of an older one is not read.
MODEL_EDITION = 6


@dataclass(frozen=True)
class LeftOut:
    """One study: its targets and orders, and the predictions by a fit that never saw it."""

    study: str
    targets: tuple[Target, ...]
    orders: tuple[Order, ...]
    draws: Mapping[str, Float[np.ndarray, " draw"]]
    contrasts: Sequence[Mapping[str, Any]]
    divergences: int

    @property
    def row_scores(self) -> tuple[RowScore, ...]:
        """The score of each row."""
        return tuple(score_row(target, self.draws[target.id]) for target in self.targets)

    @property
    def order_scores(self) -> tuple[OrderScore, ...]:
        """The score of each published order of arms."""
        return tuple(
            score_order(order, contrasts=self.contrasts, targets=self.targets, draws=self.draws)
            for order in self.orders
        )


def scored_trials(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """Return the trials that have a clinical row or an order of arms to predict."""
    found = []
    for trial in trials:
        targets = targets_of(trial)
        if any(is_clinical(target.query) for target in targets) or orders_of(trial, targets):
            found.append(trial)
    return tuple(found)


def leave_each_out(
    trials: Sequence[Trial],
    *,
    make_fitter: Callable[[], Fitter],
    emulator: Emulator,
    key: str,
    folder: Path,
    progress: Progress,
) -> tuple[LeftOut, ...]:
    """Return every scored trial as predicted without it; finished ones are read from `folder`.

    `key` is a hash of everything but the study that a fit depends on. The fitter is made only when one is needed.
    """
    found: list[LeftOut] = []
    fitter: Fitter | None = None
    scored = scored_trials(trials)
    for number, trial in enumerate(scored):
        progress(f"without {trial.id} ({number + 1} of {len(scored)})", number / len(scored))
        place = folder / f"{trial.id}.json"
        wanted = hash_content([key, trial.id, DRAWS, LET_GO, SETTINGS_PER_DRAW, MODEL_EDITION])
        kept = _read(place, wanted)
        if kept is None:
            if fitter is None:
                fitter = make_fitter()
            kept = _predict_without(trial, fitter, emulator)
            write_together(folder, {place.name: (dump_json({"key": wanted, **kept}) + "\n").encode()})
        found.append(_as_left_out(trial, kept))
    return tuple(found)


def _predict_without(trial: Trial, fitter: Fitter, emulator: Emulator) -> dict[str, Any]:
    sampled = fitter.fit_without(trial.id, draws=DRAWS, let_go=LET_GO)
    kept = thin_draws(sampled.draws)
    often = {name: np.concatenate([values] * SETTINGS_PER_DRAW) for name, values in kept.items()}
    posterior = Posterior(often, emulator, {})
    predictions = predict_queries(_asked(trial), posterior)
    return {"divergences": sampled.divergences, **_as_plain(predictions)}


def _asked(trial: Trial) -> Queries:
    queries = queries_of([trial])
    return queries.model_copy(update={"rows": tuple(row for row in queries.rows if is_clinical(row))})


def _as_plain(predictions: Predictions) -> dict[str, Any]:
    contrasts = [{**each.model_dump(), "p_a_better": chance} for each, chance in predictions.contrasts]
    return {"rows": {name: draws.tolist() for name, draws in predictions.rows.items()}, "contrasts": contrasts}


def _as_left_out(trial: Trial, kept: Mapping[str, Any]) -> LeftOut:
    targets = targets_of(trial)
    draws = {name: np.array(values) for name, values in kept["rows"].items()}
    clinical = tuple(target for target in targets if is_clinical(target.query))
    return LeftOut(trial.id, clinical, orders_of(trial, targets), draws, kept["contrasts"], kept["divergences"])


def _read(place: Path, wanted: str) -> dict[str, Any] | None:
    try:
        kept = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return kept if kept.get("key") == wanted else None


def summarise_left_out(
    found: Sequence[LeftOut], *, procedure_of: Mapping[tuple[str, str | None], str]
) -> dict[str, Any]:
    """Return coverage and scores of all rows and by group, and how well the order of arms was foreseen."""
    rows = [score for each in found for score in each.row_scores]
    orders = [score for each in found for score in each.order_scores]
    groups = {name: [row for row in rows if row.group == name] for name in ("percent", "fraction", "pih")}
    needling = [row for row in groups["percent"] if procedure_of.get((row.study, row.arm)) == "microneedling"]
    return {
        "all": summarise_rows(rows),
        **{name: summarise_rows(members) for name, members in groups.items()},
        "needling": summarise_rows(needling),
        "orders": {
            "orders": len(orders),
            "right": sum(score.probability > 0.5 for score in orders),
            "brier": float(np.mean([score.brier for score in orders])) if orders else None,
        },
        "divergences": sum(each.divergences for each in found),
    }
