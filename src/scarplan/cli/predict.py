"""`scarplan predict`: what the model expects of trial arms that it never saw."""

from __future__ import annotations

from pathlib import Path
from statistics import quantiles
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command


def show_predictions(result: dict[str, Any]) -> str:
    """Return the rows with their median and 90 % interval, then the order of arms."""
    rows = []
    for row in result["rows"]:
        cut = quantiles(row["draws"], n=20)
        rows.append([row["id"], row["quantity"], f"{cut[9]:.3g}", f"{cut[0]:.3g} to {cut[-1]:.3g}"])
    lines = [f"{result['model']}: {len(rows)} rows, {result['draws']} joint draws.", ""]
    lines.append(format_table(("row", "quantity", "median", "90 %"), rows))
    for each in result["contrasts"]:
        chance = 100 * each["p_a_better"]
        lines.append(
            f"{each['study']}: {each['arm_a']} better than {each['arm_b']} ({each['instrument']}): {chance:.0f} %"
        )
    for what, names in result["unmodelled"].items():
        if names:
            lines.append(f"Not modelled, predicted by a wide range: {what} {', '.join(names)}.")
    return "\n".join([*lines, "Predicted is the true mean or share of the arm; what is published varies about it."])


@verb_command("predict", example="scarplan predict queries.json --json", show=show_predictions)
@click.argument("queries", type=click.Path(path_type=Path))
@click.option("--posterior", type=click.Path(path_type=Path), help="A folder that `calibrate` wrote; else the shipped.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the draws.")
def command(queries: Path, posterior: Path | None, seed: int, progress: Any) -> dict[str, Any]:
    """Predict the arms of trials in QUERIES (JSON: studies with arms, rows and contrasts, no results).

    Scores, responders and dark patches of any procedure, as joint draws: draw 7 of every row of a study is the same
    study. What a trial does not tell may be null.
    """
    from scarplan.workflow.predict import predict_arms

    return predict_arms(queries, posterior=posterior, seed=seed, progress=progress)
