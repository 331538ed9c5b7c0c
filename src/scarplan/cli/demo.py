"""`scarplan demo`: the whole way on a phantom cheek, or without a scanner."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.plan import show_plan_line
from scarplan.cli.verb import CASE, verb_command


def show_demo(result: dict[str, Any]) -> str:
    """Return the summary a clinician understands, and where the report lies."""
    return _show_without_scan(result) if result["basis"] == "examination" else _show_with_scan(result)


def _show_without_scan(result: dict[str, Any]) -> str:
    examination, forecast = result["examination"], result["forecast"]
    counts = ", ".join(
        f"{_say_count(count)} {_name(kind)}" for kind, count in examination["counts"].items() if count and count["high"]
    )
    first = "; ".join(f"{step['count_words']} {_name(step['kind'])}: {step['do']}" for step in _before(result))
    return "\n".join(
        [
            f"An invented patient (an example): {result['examination_notice']}",
            f"  Suitable?  {result['screening']['summary']}",
            f"  Seen       {counts} in {examination['places']} places, by eye",
            f"  Again      {examination['follow_up']}",
            f"  First      {first or 'nothing before needling'}",
            f"  Do         {show_plan_line(result['plan'])}",
            f"  Expect     {forecast['published']['sentence']}",
            f"  Model      {forecast['notice']}; its numbers are percent of the present depth, in the report",
            f"  Judge      {forecast['judged_by']['words']}",
            "Decision support for professionals; research and education; not a cleared medical device.",
            f"Report: {result['report']}",
            f"Beside it: {', '.join(name for name in result['files'] if name != 'report.html')}",
        ]
    )


def _before(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in result["plan"]["first"] if step["kind"] != "raised"]


def _say_count(count: dict[str, int]) -> str:
    return str(count["low"]) if count["low"] == count["high"] else f"{count['low']} to {count['high']}"


def _name(kind: str) -> str:
    return kind.replace("_", " ").replace("icepick", "ice-pick")


def _show_with_scan(result: dict[str, Any]) -> str:
    truth, scars = result["truth"], result["scars"]
    counts = ", ".join(f"{n} {_name(kind)}" for kind, n in scars["counts"].items() if n)
    error_um = truth["mean_depth_error_um"]
    off = "" if error_um is None else f", depth off by {error_um:.0f} um on average"
    return "\n".join(
        [
            "A phantom cheek with known scars (an example, not a patient)",
            f"  Suitable?  {result['screening']['summary']}",
            f"  Seen       {counts} in {scars['area_cm2']:.0f} cm2; "
            f"{truth['found']} of {truth['known']} known scars found, {truth['not_scars']} found where none is{off}",
            f"  Do         {show_plan_line(result['plan'])}",
            f"  Expect     {result['forecast']['published']['sentence']}",
            f"  Model      {result['forecast']['notice']}; its numbers are in the report",
            "Decision support for professionals; research and education; not a cleared medical device.",
            f"Report: {result['report']}",
            f"Beside it: {', '.join(name for name in result['files'] if name != 'report.html')}",
        ]
    )


@verb_command("demo", example="scarplan demo my-demo --seed 7 --depth 0.8", show=show_demo)
@click.argument("folder", type=CASE, required=False)
@click.option("--no-scan", is_flag=True, help="The way of a clinic without a scanner: an examination by eye.")
@click.option("--seed", default=1, show_default=True, type=int, help="Another seed is another cheek or patient.")
@click.option("--depth", default=1.0, show_default=True, type=float, help="Factor on the depth of every scar.")
@click.option(
    "--pdf", is_flag=True, help="Also print every page of the report as PDF (needs the Pango system library)."
)
def command(folder: str | None, no_scan: bool, seed: int, depth: float, pdf: bool, progress: Any) -> dict[str, Any]:
    """Build a phantom cheek with known scars and run the whole way; everything is written into FOLDER.

    FOLDER is scarplan-demo, or with --no-scan scarplan-demo-no-scan, when left away.
    """
    from scarplan.workflow.demo import run_demo

    keep_compiled_programs()
    folder = folder or ("scarplan-demo-no-scan" if no_scan else "scarplan-demo")
    return run_demo(folder, seed=seed, depth=depth, no_scan=no_scan, pdf=pdf, progress=progress)
