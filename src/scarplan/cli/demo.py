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
            *(_show_course(result["course"]) if "course" in result else ()),
            "Decision support for professionals; research and education; not a cleared medical device.",
            f"Report: {result['report']}",
            f"Beside it: {', '.join(name for name in result['files'] if name != 'report.html')}",
        ]
    )


def _show_course(course: dict[str, Any]) -> list[str]:
    """Return the lines of a whole course: what was done, measured, decided, learned, and what was true."""
    lines = ["Its course (invented; the phantom answers in a way that is known, and is not the model's)"]
    for session in course["sessions"]:
        said = "; ".join(session["otherwise"]) or "as planned"
        lines.append(f"  Session {session['number']}  day {session['day']}, {said}")
    for number, seen in enumerate(course["follow_ups"], start=1):
        lines += [
            f"  Scan {number}     day {seen['day']}: {seen['pairs']} scars seen on both visits, {seen['milder']} "
            f"shallower, {seen['stronger']} deeper, {seen['no_measurable_change']} without measurable change",
            f"             {seen['on_track']['says']}; next: {_say_decision(seen['decision'])}",
        ]
    if course["narrower_percent"] is not None:
        lines.append(
            f"  Learned    the 90 % band of the depth left when judged is {course['narrower_percent']:.0f} % narrower "
            "than before any follow-up"
        )
    if course["replan"]:
        plan = course["replan"]
        lines.append(
            f"  Rest       {_say_sessions(plan['sessions'])} more, {plan['interval_days']} days apart, {plan['status']}"
        )
    truth = course["truth"]
    said = "; ".join(
        f"{_FORECASTS[name]} {band['low_percent']:.0f} to {band['high_percent']:.0f} %, "
        f"{'the truth is inside' if band['holds'] else 'the truth is OUTSIDE'}"
        for name, band in truth["forecasts"].items()
    )
    lines.append(
        f"  Truth      {truth['left_percent']:.0f} % of the depth was left on day {truth['day']}; forecast {said}"
    )
    again = course["replay"]
    lines.append(
        f"  Again      {again['same']} forecasts made again from what was kept, {again['different']} different"
    )
    return lines


#: When a forecast was made, in words.
_FORECASTS = {"at_approval": "at approval", "after_follow_up_1": "after scan 1"}


def _say_decision(decision: dict[str, Any]) -> str:
    further = decision["further_sessions"]
    more = f" ({_say_sessions(further)} more)" if decision["action"] in ("continue", "change") else ""
    return f"{decision['action']}{more}"


def _say_sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"


@verb_command("demo", example="scarplan demo my-demo --seed 7 --depth 0.8", show=show_demo)
@click.argument("folder", type=CASE, required=False)
@click.option("--no-scan", is_flag=True, help="The way of a clinic without a scanner: an examination by eye.")
@click.option("--course", is_flag=True, help="Go on: sessions, follow-up scans and decisions, to the end of a course.")
@click.option("--seed", default=1, show_default=True, type=int, help="Another seed is another cheek or patient.")
@click.option("--depth", default=1.0, show_default=True, type=float, help="Factor on the depth of every scar.")
@click.option(
    "--pdf", is_flag=True, help="Also print every page of the report as PDF (needs the Pango system library)."
)
def command(
    folder: str | None, no_scan: bool, course: bool, seed: int, depth: float, pdf: bool, progress: Any
) -> dict[str, Any]:
    """Build a phantom cheek with known scars and run the whole way; everything is written into FOLDER.

    FOLDER is scarplan-demo, scarplan-demo-no-scan or scarplan-demo-course when left away. With --course the phantom
    is followed through sessions and two later scans; how it answers is known and stands in input/course_truth.csv.
    """
    from scarplan.workflow.demo import run_demo

    keep_compiled_programs()
    folder = folder or ("scarplan-demo-no-scan" if no_scan else "scarplan-demo-course" if course else "scarplan-demo")
    return run_demo(folder, seed=seed, depth=depth, no_scan=no_scan, course=course, pdf=pdf, progress=progress)
