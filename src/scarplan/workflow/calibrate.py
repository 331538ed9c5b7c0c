"""Calibrate: fit the population to the published trials, and write the posterior with its diagnostics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.canonical import hash_content, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import quantities_of, recording
from scarplan.evidence.trials import all_trials
from scarplan.manifest import make_manifest
from scarplan.records.all_or_nothing import write_together
from scarplan.workflow.progress import Progress, report_nothing, take_share

SEED = 20
#: Rooms whose quantities a fit depends on.
_ROOMS = ("population", "calibration", "injury", "response", "examination", "scars", "anatomy", "devices")


def calibrate_population(
    folder: str | Path,
    *,
    seed: int = SEED,
    simulate: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fit the population to the trials of the evidence and write posterior and page into `folder`.

    The courses of virtual patients are read off the shipped emulator; `simulate` makes it anew from the present model.
    What the program uses at run time stays as it is: give the folder to `predict` to use another posterior. Raises
    BadInput where the folder holds a posterior already, unless `replace`.
    """
    from scarplan.calibration.data_of_fit import make_fit_data
    from scarplan.calibration.diagnostics import describe_draws, judge_draws
    from scarplan.calibration.emulator import build_emulator
    from scarplan.calibration.fit import Fitter
    from scarplan.calibration.for_forecasts import FILE, write_fitted
    from scarplan.calibration.posterior import ABOUT, Posterior, pack_posterior, read_posterior, thin_draws
    from scarplan.calibration.predictive_check import describe_check
    from scarplan.report.calibration_page import render_calibration_page

    progress = progress or report_nothing
    root = Path(folder)
    if (root / ABOUT).exists() and not replace:
        raise BadInput(
            "this folder holds a posterior already",
            code="E-CALI-010",
            got=str(root),
            do="give another folder, or say --replace",
        )
    with recording() as used:
        emulator = build_emulator(progress=take_share(progress, 0.0, 0.5)) if simulate else read_posterior().emulator
        progress("laying out the trials", 0.5)
        trials = tuple(all_trials().values())
        data = make_fit_data(trials, emulator)
        progress("sampling", 0.55)
        sampled = Fitter(data, seed=seed).fit_all()
        kept = thin_draws(sampled.draws)
        parameters = describe_draws(sampled.draws)
        result: dict[str, Any] = {
            "folder": str(root),
            "trials": len({row.study for row in (*data.design.rows, *data.pigment.rows)}),
            "rows": len(data.design.rows) + len(data.pigment.rows),
            "diagnostics": judge_draws(parameters, divergences=sampled.divergences),
            "emulator": describe_emulator(emulator, data.design.misfit),
            "parameters": parameters,
            "check": describe_check(trials, Posterior(kept, emulator, {})),
        }
    inputs = {"trials": hash_content(list(trials)), "quantities": hash_quantities()}
    manifest = make_manifest(
        "calibrate", inputs=inputs, seed=seed, uses_jax=True, quantities=used.quantities, sources=used.sources
    )
    result = make_plain(result | {"manifest": manifest})
    model = f"scarplan {manifest.versions['scarplan']} {hash_content(inputs)[:8]}"
    about = {"model": model, **{key: value for key, value in result.items() if key not in ("folder", "check")}}
    files = {**pack_posterior(kept, emulator, about), FILE: write_fitted(kept).encode()}
    progress("writing the page", 0.95)
    write_together(root, {**files, "calibration.html": render_calibration_page(result).encode()})
    progress("calibrated", 1.0)
    return result


def describe_emulator(emulator: Any, misfit: Any) -> dict[str, Any]:
    """Return the errors of the emulator, in points (percent of depth, score or collagen)."""
    from scarplan.population import KINDS

    count = len(KINDS)
    return {
        "error_by_kind": {
            way: {kind: 100.0 * float(error) for kind, error in zip(KINDS, process.error[:count], strict=True)}
            for way, process in emulator.relief.items()
        },
        "error_of_collagen": {way: 100.0 * float(process.error[count]) for way, process in emulator.relief.items()},
        "error_by_scale": {name: 100.0 * error for name, error in emulator.scale_error.items()},
        "error_of_rows": float(misfit.mean()),
        "largest_error_of_rows": float(misfit.max()),
    }


def hash_quantities() -> str:
    """Return a hash of every quantity that a fit depends on."""
    return hash_content({room: quantities_of(room) for room in _ROOMS})
