"""`scarplan demo`: the whole way on a phantom cheek."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.plan import show_plan_line
from scarplan.cli.verb import CASE, verb_command


def show_demo(result: dict[str, Any]) -> str:
    """Return the summary a clinician understands, and where the report lies."""
    truth, scars = result["truth"], result["scars"]
    counts = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in scars["counts"].items() if n)
    error_um = truth["mean_depth_error_um"]
    off = "" if error_um is None else f", depth off by {error_um:.0f} um on average"
    return "\n".join(
        [
            "A phantom cheek with known scars (an example, not a patient)",
            f"  Suitable?  {result['screening']['summary']}",
            f"  Seen       {counts} in {scars['area_cm2']:.0f} cm2; "
            f"{truth['found']} of {truth['known']} known scars found, {truth['not_scars']} finds that are none{off}",
            f"  Do         {show_plan_line(result['plan'])}",
            f"  Expect     {result['forecast']['published']['sentence']}",
            f"  Model      {result['forecast']['notice']}; its numbers are in the report",
            "Decision support for professionals; research and education; not a cleared medical device.",
            f"Report: {result['report']}",
        ]
    )


@verb_command("demo", example="scarplan demo my-demo --seed 7 --depth 0.8", show=show_demo)
@click.argument("folder", type=CASE, default="scarplan-demo")
@click.option("--seed", default=1, show_default=True, type=int, help="Another seed is another cheek.")
@click.option("--depth", default=1.0, show_default=True, type=float, help="Factor on the depth of every scar.")
@click.option("--pdf", is_flag=True, help="Also write report.pdf (needs the Pango system library).")
def command(folder: str, seed: int, depth: float, pdf: bool, progress: Any) -> dict[str, Any]:
    """Build a phantom cheek with known scars and run the whole way; everything is written into FOLDER."""
    from scarplan.workflow.demo import run_demo

    keep_compiled_programs()
    return run_demo(folder, seed=seed, depth=depth, pdf=pdf, progress=progress)
