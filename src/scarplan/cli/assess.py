"""`scarplan assess`: what a clinician sees, without a scanner."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.ask import ask_on_terminal
from scarplan.cli.verb import CASE, verb_command

_KINDS = {
    "icepick": "ice-pick",
    "boxcar_shallow": "shallow boxcar",
    "boxcar_deep": "deep boxcar",
    "rolling": "rolling",
    "raised": "raised",
    "other": "other",
}


def show_assessment(result: dict[str, Any]) -> str:
    """Return the examination, or what changed since the first one, in words."""
    return _show_follow_up(result) if "changes" in result else _show_first(result)


def _show_first(result: dict[str, Any]) -> str:
    lines = [
        f"Examined on {result['examined_on']} by {result['examiner']}: {result['use_name'].lower()}.",
        f"{result['notice'].capitalize()}.",
        *(_show_zone(zone) for zone in result["zones"]),
        *_show_grades(result["grades"]),
    ]
    for routed in result["routed_out"]:
        where = f" ({', '.join(routed['where'])})" if routed["where"] else ""
        lines.append(f"Not needled: {routed['what']}{where}. {routed['do']}")
    if result["unanswered"]:
        lines.append("Not known: " + ", ".join(result["unanswered"]))
    lines += [f"Doubt: {doubt}" for doubt in result["doubts"]]
    if result["ready_to_plan"]:
        return "\n".join([*lines, "Next: scarplan plan CASE (after scarplan screen CASE)"])
    return "\n".join([*lines, *(f"Not ready to plan: {reason}" for reason in result["not_ready_because"])])


def _show_zone(zone: dict[str, Any]) -> str:
    place = " ".join(part for part in (zone["zone"].replace("_", " "), zone["side"]) if part)
    counts = {kind: count for kind, count in zone["counts"].items() if count is None or count["high"]}
    marks = [f"{_count(zone['flat_marks'])} flat marks"] if zone["flat_marks"] and zone["flat_marks"]["high"] else []
    if not counts:
        return f"- {place}: {'; '.join(['no dents', *marks] if marks else ['no scars'])}"
    if all(count is None for count in zone["counts"].values()):
        return f"- {place}: {'; '.join(['scars not known', *marks] if marks else ['not known'])}"
    seen = [f"{_count(count)} {_KINDS[kind]}" for kind, count in counts.items() if count is not None]
    open_kinds = [_KINDS[kind] for kind, count in counts.items() if count is None]
    not_known = [f"not known: {', '.join(open_kinds)}"] if open_kinds else []
    return f"- {place}: " + "; ".join([*([", ".join(seen)] if seen else []), *marks, *not_known])


def _show_grades(grades: dict[str, Any]) -> list[str]:
    qualitative, quantitative = grades["goodman_baron_qualitative"], grades["goodman_baron_quantitative"]
    possible = ", ".join(map(str, qualitative["possible"])) or "none"
    said = f"{qualitative['grade']} ({qualitative['name']})" if qualitative["grade"] else f"possible {possible}"
    total, apart = _points(quantitative["total"]), quantitative["rater_disagreement"]["points"]
    ecca = _points(grades["ecca"]["total"])
    return [
        f"Grade (Goodman and Baron): {said}.",
        f"Points (Goodman and Baron, unverified table): {total}; raters of the same photograph mostly lie "
        f"within {apart} points.",
        f"Points (ECCA, unverified table): {ecca}; how far raters differ was not published.",
    ]


def _show_follow_up(result: dict[str, Any]) -> str:
    first, last = result["examinations"][0], result["examinations"][-1]
    lines = [f"From {first['examined_on']} to {last['examined_on']} ({last['days_since_first']} days):"]
    for change in result["changes"]:
        then, now = (change[words] or "not known" for words in ("first_words", "last_words"))
        lines.append(f"- {change['what']}: {then} -> {now}: {change['says']}")
    lines += [f"Doubt: {doubt}" for doubt in result["doubts"]]
    return "\n".join([*lines, result["says"]])


def _count(count: dict[str, float] | None) -> str:
    from scarplan.examination import say_count

    return "not known" if count is None else say_count(count["low"], count["high"])


def _points(points: dict[str, float]) -> str:
    from scarplan.examination import say_range

    return say_range(points["low"], points["high"])


@verb_command("assess", example="scarplan assess mycase --assessment assessment.toml", show=show_assessment)
@click.argument("case", type=CASE)
@click.option("--assessment", help="The examination (TOML); `scarplan template assessment`. Without it: questions.")
@click.option("--follow-up", is_flag=True, help="A later examination: keep it, and judge what changed.")
@click.option("--replace", is_flag=True, help="Correct an examination that the case holds already.")
def command(case: str, assessment: str | None, follow_up: bool, replace: bool, progress: Any) -> dict[str, Any]:
    """Examine without a scanner: flat marks first, then the scars of each zone by kind, stretch test and grade.

    Without --assessment the questions are asked one by one: Enter means not known, `?` says why it is asked, `stop`
    ends for now, and the same command goes on later. Depth is not measured: it is drawn from published ranges.
    """
    from scarplan.workflow.assess import assess_patient

    return assess_patient(
        case, assessment, ask=ask_on_terminal, follow_up=follow_up, replace=replace, progress=progress
    )
