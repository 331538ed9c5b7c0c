"""`scarplan validate`: each trial predicted by a fit that never saw it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command

_GROUPS = {
    "all": "all rows",
    "percent": "scores and relief",
    "needling": "of these, needling",
    "fraction": "responders",
    "pih": "dark patches",
}


def show_validation(result: dict[str, Any]) -> str:
    """Return coverage and scores by group, and the order of arms."""
    rows = []
    for name, words in _GROUPS.items():
        found = result["summary"][name]
        ratio = (result["against"] or {}).get(name, {}).get("ratio")
        rows.append(
            [
                words, str(found["rows"]), f"{found['inside90']}", f"{100 * found['coverage90']:.0f} %",
                f"{found['crps_by_study']:.1f}", f"{found['mean_width90']:.0f}",
                "-" if ratio is None else f"{ratio:.2f}",
            ]
        )  # fmt: skip
    head = ("rows about", "n", "inside 90 %", "share", "CRPS", "width", "CRPS to reference")
    orders = result["summary"]["orders"]
    return "\n".join(
        [
            f"{result['studies']} studies, each predicted from all others.",
            "",
            format_table(head, rows),
            "",
            f"Order of arms: {orders['right']} of {orders['orders']} right, "
            f"Brier {orders['brier']:.3f} (a coin: 0.25).",
            f"Open {result['folder']}/validation.html for hits and misses.",
        ]
    )


@verb_command("validate", example="scarplan validate myvalidation", show=show_validation)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--reference", type=click.Path(path_type=Path), help="Predictions of another model to compare with.")
@click.option("--seed", type=click.IntRange(min=0), default=20, show_default=True, help="Seed of the sampler.")
def command(folder: Path, reference: Path | None, seed: int, progress: Any) -> dict[str, Any]:
    """Predict each published trial from a fit to all others; write the page of hits and misses into FOLDER.

    Takes from minutes to an hour. A run that was stopped goes on where it was.
    """
    from scarplan.workflow.validate import validate_population

    return validate_population(folder, reference=reference, seed=seed, progress=progress)
