"""Validate: every trial predicted by a fit that never saw it, scored, and told on a page with its misses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from scarplan.canonical import dump_json, hash_content, make_plain
from scarplan.evidence.library import recording
from scarplan.evidence.trials import all_trials
from scarplan.manifest import make_manifest
from scarplan.records.all_or_nothing import write_together
from scarplan.workflow.calibrate import SEED, hash_quantities
from scarplan.workflow.progress import Progress, report_nothing, take_share

PARTS = "studies"
#: Procedure of each arm, by study and arm.
Procedures: TypeAlias = Mapping[tuple[str, str | None], str]


def validate_population(
    folder: str | Path, *, reference: str | Path | None = None, seed: int = SEED, progress: Progress | None = None
) -> dict[str, Any]:
    """Predict each trial of the evidence from a fit to all others, score it and write `validation.html` and `.json`.

    Studies that are done are kept in the folder, so a run that was stopped goes on. `reference` is a file of
    predictions of another model (rows with id and draws) to compare with. Takes some minutes to an hour.
    """
    from scarplan.calibration.leave_out import leave_each_out, summarise_left_out
    from scarplan.calibration.posterior import read_posterior
    from scarplan.calibration.predictive_check import describe_row
    from scarplan.report.validation_page import render_validation_page

    progress = progress or report_nothing
    root = Path(folder)
    trials = tuple(all_trials().values())
    with recording() as used:
        emulator = read_posterior().emulator
        inputs = {
            "trials": hash_content(list(trials)),
            "quantities": hash_quantities(),
            "emulator": hash_content(emulator.to_arrays()),
        }
        found = leave_each_out(
            trials,
            make_fitter=lambda: _make_fitter(trials, emulator, seed),
            emulator=emulator,
            key=hash_content([inputs, seed]),
            folder=root / PARTS,
            progress=take_share(progress, 0.0, 0.95),
        )
        procedures: Procedures = {(trial.id, arm.id): arm.procedure for trial in trials for arm in trial.arms}
        result: dict[str, Any] = {
            "folder": str(root),
            "studies": len(found),
            "summary": summarise_left_out(found, procedure_of=procedures),
            "against": _compare(found, reference, procedures) if reference is not None else None,
            "rows": [describe_row(score, procedures) for each in found for score in each.row_scores],
            "orders": [_order(score) for each in found for score in each.order_scores],
        }
    manifest = make_manifest(
        "validate", inputs=inputs, seed=seed, uses_jax=True, quantities=used.quantities, sources=used.sources
    )
    result = make_plain(result | {"manifest": manifest})
    page = render_validation_page(result)
    told = {key: value for key, value in result.items() if key != "folder"}
    write_together(
        root, {"validation.json": (dump_json(told, indent=1) + "\n").encode(), "validation.html": page.encode()}
    )
    progress("validated", 1.0)
    return result


def _make_fitter(trials: Any, emulator: Any, seed: int) -> Any:
    from scarplan.calibration.data_of_fit import make_fit_data
    from scarplan.calibration.fit import DEEPEST_TREE_OF_MANY, Fitter

    fitter = Fitter(make_fit_data(trials, emulator), seed=seed, deepest_tree=DEEPEST_TREE_OF_MANY)
    fitter.fit_all()
    return fitter


def _order(score: Any) -> dict[str, Any]:
    order = score.order
    return {
        "study": order.study, "better": order.better, "worse": order.worse, "instrument": order.instrument,
        "probability": score.probability, "brier": score.brier,
    }  # fmt: skip


def _compare(found: Any, reference: str | Path, procedures: Procedures) -> dict[str, Any]:
    """Return the ratio of CRPS to that of other predictions, by group."""
    from scarplan.calibration.reference import score_reference
    from scarplan.calibration.score import compare_scores

    targets = [target for each in found for target in each.targets]
    theirs = score_reference(reference, targets)
    rows = [score for each in found for score in each.row_scores]
    chosen = {
        "all": rows,
        **{group: [row for row in rows if row.group == group] for group in ("percent", "fraction", "pih")},
        "needling": [
            row for row in rows if row.group == "percent" and procedures.get((row.study, row.arm)) == "microneedling"
        ],
    }
    return {name: compare_scores(members, theirs) for name, members in chosen.items()}
