"""Predict: what the model expects of trial arms that it never saw, in the format that the arms were asked in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.calibration.posterior import read_posterior
from scarplan.calibration.predict import describe_predictions, predict_queries, unmodelled
from scarplan.calibration.queries import read_queries
from scarplan.canonical import hash_file, make_plain
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.workflow.progress import Progress, report_nothing


def predict_arms(
    queries: str | Path, *, posterior: str | Path | None = None, seed: int = 0, progress: Progress | None = None
) -> dict[str, Any]:
    """Predict every row and contrast of the file `queries` (studies with their arms, and rows without results).

    `posterior` is a folder written by `calibrate`; without it the shipped posterior is used. Joint draws: draw j of all
    rows of a study is one state of that study. Raises BadInput for queries that cannot be read.
    """
    progress = progress or report_nothing
    with recording() as used:
        asked = read_queries(queries)
        progress("reading the posterior", 0.1)
        fitted = read_posterior(posterior)
        progress("simulating the arms", 0.3)
        found = predict_queries(asked, fitted, seed=seed)
        result: dict[str, Any] = {
            "model": fitted.name,
            "draws": fitted.count,
            "unmodelled": unmodelled(asked),
            **describe_predictions(asked, found),
        }
    inputs = {Path(queries).name: hash_file(Path(queries)), "posterior": fitted.about["sha256"]["posterior.npz"]}
    manifest = make_manifest(
        "predict", inputs=inputs, seed=seed, uses_jax=True, quantities=used.quantities, sources=used.sources
    )
    progress("arms predicted", 1.0)
    return make_plain(result | {"manifest": manifest})
