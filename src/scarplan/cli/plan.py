"""`scarplan plan`: plan the course."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command

CLINIC = "set by the clinic"


def show_plan_line(result: dict[str, Any]) -> str:
    """Return the plan in one line."""
    zones_of: dict[str, list[str]] = {}
    for zone in result["zones"]:
        name = (zone["zone"] or "zone not known").replace("_", " ")
        zones_of.setdefault(_say_setting(zone), []).append(name)
    settings = "; ".join(f"{', '.join(dict.fromkeys(names))} {setting}" for setting, names in zones_of.items())
    return f"{_say_sessions(result)}: {settings or 'no zone is needled'} ({result['status'].replace('_', ' ')})"


def _say_sessions(result: dict[str, Any]) -> str:
    number = result["sessions"]
    return "1 session" if number == 1 else f"{number} sessions, {result['interval_days']} days apart"


def _say_setting(zone: dict[str, Any]) -> str:
    length = zone["needle_length_mm"]
    words = CLINIC if length is None else f"{length:g} mm needle length setting"
    return words + ("" if zone["passes"] is None else f", {zone['passes']} passes")


def show_plan(result: dict[str, Any]) -> str:
    """Return the plan in words."""
    notice = result["examination_notice"]
    lines = [
        *([f"{notice.capitalize()}."] if notice else []),
        f"Plan {result['plan'][:12]} ({result['status'].replace('_', ' ')}): {_say_sessions(result)}",
        *_not_cleared(result["not_cleared_because"]),
    ]
    head = ("zone", "side", "needle length setting mm", "passes", "channels/cm2")
    rows = [
        [
            zone["zone"],
            zone["side"],
            CLINIC if zone["needle_length_mm"] is None else zone["needle_length_mm"],
            CLINIC if zone["passes"] is None else zone["passes"],
            None if zone["channels_per_cm2"] is None else f"{zone['channels_per_cm2']:.0f}",
        ]
        for zone in result["zones"]
    ]
    lines += [format_table(head, rows)] if rows else ["No zone is needled."]
    lines += _say_once("End point", [(_place(zone), zone["end_point"]) for zone in result["zones"]])
    lines += _say_once("Ceiling", [(_place(zone), zone["ceiling"]) for zone in result["zones"]])
    lines += [f"First: {step['do']} ({step['count_words']} {name_kind(step['kind'])})" for step in result["first"]]
    lines += [f"- {reason['text']}" for reason in result["reasons"]]
    lines += [f"Note: {warning}" for warning in result["warnings"] if warning != notice]
    if result["unlikely"]:
        lines.append(result["unlikely"])
    if result["conflicts"]:
        lines.append(f"Goals in conflict: {result['conflicts']['words']}")
    lines += [f"Not in the figures below: {result['cross']['words']}."] if result["cross"] else []
    lines += _show_offers(result)
    lines += _show_fine(result["fine"])
    lines += _show_other_devices(result["other_devices"])
    if result["status"] == "draft":
        lines.append("A draft until `scarplan approve CASE --name NAME --role ROLE`.")
    return "\n".join([*lines, f"Next: {_say_next(result)}"])


def _show_offers(result: dict[str, Any]) -> list[str]:
    """Return the three named plans: what they bring, and what they cost the patient."""
    offers = result["offers"]
    if not offers:
        return []
    priced = any(offer["cost"] is not None for offer in offers)
    head = ("plan", "visits", "days apart", "depth left %", "90 % interval", "days of downtime", "pigment risk %")
    # A course may be more than one of the three.
    names: dict[int, list[str]] = {}
    for offer in offers:
        names.setdefault(offer["point"], []).append(offer["name"])
    rows = [
        [
            ", ".join(names[offer["point"]]),
            offer["sessions"],
            offer["interval_days"] if offer["sessions"] > 1 else None,
            f"{offer['left_percent']['mean']:.0f}",
            f"{offer['left_percent']['q05']:.0f} to {offer['left_percent']['q95']:.0f}",
            f"{offer['course_downtime_days']:.0f}",
            f"{offer['pigment_percent']:.0f}",
            *([offer["cost"]] if priced else []),
        ]
        for offer in offers
        if offer["name"] == names[offer["point"]][0]
    ]
    return [
        "Plans to choose from, by a model that is not yet validated:",
        format_table((*head, "cost") if priced else head, rows),
        *([f"{result['robust']['words'].capitalize()}."] if result["robust"] else []),
        _say_point(result),
    ]


def _say_point(result: dict[str, Any]) -> str:
    if not result["front_size"]:
        return "No plan of the offered settings keeps all limits: there is no other to pick."
    return (
        f"This is point {result['picked']} of {len(result['front'])} that are told of the {result['front_size']} plans "
        "that no other is better than (pareto.csv). Another: scarplan plan CASE --pick gentle|standard|intensive|POINT"
    )


def _show_fine(fine: dict[str, Any] | None) -> list[str]:
    """Return what came of settling the plan, and what one step of the device changes in each zone."""
    if fine is None:
        return []
    head = ("zone", "side", "needle length setting mm", "passes", "depth left %", "redness days", "pigment risk %",
            "keeps limits")  # fmt: skip
    rows = [
        [
            zone["zone"],
            zone["side"],
            row["needle_length_mm"],
            row["passes"],
            f"{row['left_percent']:.1f}",
            f"{row['redness_days']:.1f}",
            f"{row['pigment_percent']:.1f}",
            "yes" if row["keeps_limits"] else "no",
        ]
        for zone in fine["zones"]
        for row in (zone["best"], *zone["beside"])
    ]
    return [
        f"{fine['words'][0].upper()}{fine['words'][1:]}.",
        "The best found in each zone, and one step of the device away from it:",
        format_table(head, rows),
    ]


def _show_other_devices(other: dict[str, Any]) -> list[str]:
    """Return courses with the clinic's energy devices, and why others are not offered."""
    head = ("instead of needling", "visits", "days apart", "depth left %", "90 % interval", "days of downtime",
            "pigment risk %", "as good on the front")  # fmt: skip
    rows = [
        [
            course["device_name"],
            course["sessions"],
            course["interval_days"] if course["sessions"] > 1 else None,
            f"{course['left_percent']['mean']:.0f}",
            f"{course['left_percent']['q05']:.0f} to {course['left_percent']['q95']:.0f}",
            f"{course['course_downtime_days']:.0f}",
            f"{course['pigment_percent']:.0f}",
            "no" if course["efficient"] else "yes",
        ]
        for course in other["courses"]
    ]
    lines = [f"Not offered: {row['words']}." for row in other["not_offered"]]
    if not rows:
        return lines
    return [
        "Beside the plans, with other devices of the clinic (to talk about, not to pick: screened for needling):",
        format_table(head, rows),
        f"The {other['courses'][0]['settings']}.",
        *lines,
    ]


def _say_next(result: dict[str, Any]) -> str:
    if any(zone["needle_length_mm"] is not None for zone in result["zones"]):
        return "scarplan forecast CASE"
    template, plan = "scarplan template protocol > own.toml", "scarplan plan CASE --protocol own.toml"
    return f"give the clinic's settings: {template}, then {plan}"


def _not_cleared(reasons: list[str]) -> list[str]:
    """Return why a plan is not cleared, the open questions of the screening on one line."""
    start = "not answered: "
    questions = [why.removeprefix(start) for why in reasons if why.startswith(start)]
    lines = [f"Not cleared: {why}" for why in reasons if not why.startswith(start)]
    if questions:
        lines.append(f"Not cleared: {len(questions)} not answered in the screening: {', '.join(questions)}")
    return lines


def name_kind(kind: str) -> str:
    """Return a kind of scar as people write it."""
    return kind.replace("_", " ").replace("icepick", "ice-pick")


def _place(zone: dict[str, Any]) -> str:
    return " ".join(part for part in ((zone["zone"] or "zone not known").replace("_", " "), zone["side"]) if part)


def _say_once(what: str, said: list[tuple[str, str]]) -> list[str]:
    """Return one line for each text, with the places that it is true of."""
    places: dict[str, list[str]] = {}
    for place, text in said:
        places.setdefault(text, []).append(place)
    return [f"{what}, {', '.join(names)}: {text}" for text, names in places.items()]


@verb_command("plan", example="scarplan plan mycase --goals goals.toml --protocol clinic.toml", show=show_plan)
@click.argument("case", type=CASE)
@click.option("--goals", type=CASE, help="Limits and goals (TOML); `scarplan template goals`.")
@click.option("--protocol", type=CASE, help="The clinic's own protocol (TOML); `scarplan template protocol`.")
@click.option(
    "--device",
    default=None,
    help="Device id (default skinpen, or that of the clinic protocol), or the file of your own; `scarplan devices`.",
)
@click.option(
    "--pick", default=None, help="Offered plan to take: gentle, standard, intensive, or a point of the front."
)
@click.option("--fine", is_flag=True, help="Settle lengths and passes among the device's own steps, by slope.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Seed of the draws.")
def command(case: str, progress: Any, **options: Any) -> dict[str, Any]:
    """Plan needle length setting, passes, sessions and interval per zone, with reasons and alternatives.

    Refused (exit 3) when screening says wait or do not needle. What no strong source carries is left to the clinic.
    """
    from scarplan.workflow.plan import plan_course

    keep_compiled_programs()
    return plan_course(case, progress=progress, **options)
