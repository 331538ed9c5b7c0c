"""`scarplan forecast`: forecast the healed surface."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.plan import name_kind
from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command


def show_forecast(result: dict[str, Any]) -> str:
    """Return the published range first, then the model's own numbers with their warning."""
    notice = [result["examination_notice"].capitalize() + "."] if result["basis"] == "examination" else []
    lines = [*notice, result["published"]["sentence"], "", f"Model ({result['notice']}), day {result['judge_day']}:"]
    head = ("kind", "count", "change of depth, median", "90 % interval")
    rows = [
        [
            name_kind(kind["kind"]),
            kind.get("count_words", kind.get("count")),
            f"{kind['percent_change']['q50']:+.0f} %",
            f"{kind['percent_change']['q05']:+.0f} to {kind['percent_change']['q95']:+.0f} %",
        ]
        for kind in result["kinds"]
        if kind["percent_change"]["q50"] is not None
    ]
    lines.append(format_table(head, rows))
    redness, pigment = result["harms"]["erythema_days"], result["harms"]["pigment_risk"]
    lines += [
        f"Redness {redness['q50']:.1f} days (90 %: {redness['q05']:.1f} to {redness['q95']:.1f}).",
        f"Dark marks that last {100 * pigment['median']:.0f} % "
        f"(90 %: {100 * pigment['q05']:.0f} to {100 * pigment['q95']:.0f} %).",
    ]
    lines += [
        result["sensitivity"]["words"][name]
        for name in ("depth", "depth_knowing")
        if name in result["sensitivity"]["words"]
    ]
    if "judged_by" in result:
        lines.append(f"Later: {result['judged_by']['words']}.")
    return "\n".join([*lines, "Next: scarplan report CASE"])


@verb_command("forecast", example="scarplan forecast mycase", show=show_forecast)
@click.argument("case", type=CASE)
@click.option("--plan", help="Hash of a plan (default: the latest).")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Seed of the draws.")
def command(case: str, plan: str | None, seed: int, progress: Any) -> dict[str, Any]:
    """Forecast depth and volume of every scar over two years, with 50 and 90 % intervals, and the harms.

    Every simulated surface is measured with the same code as the scan. Without a scan the forecast is in percent of the
    present depth only, and its intervals are wider. The headline is the range of published trials.
    """
    from scarplan.workflow.forecast import forecast_course

    keep_compiled_programs()
    return forecast_course(case, plan=plan, seed=seed, progress=progress)
