"""Box 3: what to do, in at most six rows; null is "set by the clinic"."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from scarplan.report.results import CaseResults
from scarplan.report.wording import (
    SET_BY_THE_CLINIC,
    count_of,
    join_list,
    join_words,
    name_kind,
    name_zone,
    say_rules,
    shorten,
    write_needle_length,
    write_span,
)

#: The rows that a page 1 may have; more zones are in the plan table.
MOST_ROWS = 6
_FIRST_LETTERS, _CELL_LETTERS = 150, 80


@dataclass(frozen=True)
class DoRow:
    """One zone of the plan, in words."""

    zone: str
    needle_length: str
    passes: str
    directions: str
    end_point: str
    ceiling: str


@dataclass(frozen=True)
class DoBox:
    """The course in one line, its rows, what comes first, and the notes under the table."""

    headline: str
    rows: tuple[DoRow, ...]
    left_out: int
    first: tuple[str, ...]
    notes: tuple[str, ...]


def describe_what_to_do(results: CaseResults) -> DoBox:
    """Return box 3 from the plan; without one it says why."""
    plan = results.plan
    if plan is None:
        return DoBox(headline="No plan yet", rows=(), left_out=0, first=(), notes=(_why_no_plan(results),))
    rows = _merge_equal_rows(plan["zones"])
    return DoBox(
        headline=_course_in_words(plan),
        rows=tuple(_fit(row) for row in rows[:MOST_ROWS]),
        left_out=max(0, len(rows) - MOST_ROWS),
        first=tuple(_first_in_words(step) for step in plan.get("first") or ()),
        notes=tuple(_notes(plan)),
    )


def describe_zone(zone: dict[str, Any]) -> DoRow:
    """Return the row of one zone in words, in full."""
    by_clinic = set(zone.get("set_by_the_clinic") or ())

    def say(field: str, text: str) -> str:
        return SET_BY_THE_CLINIC if field in by_clinic or zone.get(field) is None else text

    mode = f" ({zone['mode']})" if zone.get("mode") else ""
    return DoRow(
        zone=name_zone(zone.get("zone"), zone.get("side")),
        needle_length=say("needle_length_mm", write_needle_length(zone.get("needle_length_mm"))),
        passes=say("passes", f"{zone.get('passes')}{mode}"),
        directions=say("directions", join_list(zone.get("directions"))),
        end_point=say("end_point", join_list(zone.get("end_point"))),
        ceiling=say("ceiling", join_list(zone.get("ceiling"))),
    )


def describe_zones(zones: list[dict[str, Any]]) -> list[tuple[dict[str, Any], DoRow]]:
    """Return each zone of the plan with its row in words; two sides that receive the same share one."""
    sides: list[tuple[dict[str, Any], list[str]]] = []
    for zone in zones:
        alike = [found for other, found in sides if found and zone.get("side") and _is_alike(other, zone)]
        if alike:
            alike[0].append(zone["side"])
        else:
            sides.append((zone, [zone["side"]] if zone.get("side") else []))
    return [
        (zone, replace(describe_zone(zone), zone=name_zone(zone.get("zone"), join_words(found) or None)))
        for zone, found in sides
    ]


def _is_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows of the plan differ in nothing but the side and the scars that lie there."""
    return all(one.get(key) == other.get(key) for key in {*one, *other} - {"side", "scars", "groups"})


def _merge_equal_rows(zones: list[dict[str, Any]]) -> list[DoRow]:
    """Return one row for all zones that receive the same."""
    merged: dict[DoRow, dict[str | None, list[str]]] = {}
    for zone in zones:
        setting = replace(describe_zone(zone), zone="")
        sides = merged.setdefault(setting, {}).setdefault(zone.get("zone"), [])
        sides += [zone["side"]] if zone.get("side") else []
    return [
        replace(row, zone="; ".join(name_zone(zone, join_words(sides) or None) for zone, sides in places.items()))
        for row, places in merged.items()
    ]


def _fit(row: DoRow) -> DoRow:
    """Return the row with texts short enough for page 1; the plan table has them in full."""
    return DoRow(*(shorten(getattr(row, field.name), _CELL_LETTERS) for field in fields(row)))


def _course_in_words(plan: dict[str, Any]) -> str:
    sessions, interval = plan.get("sessions"), plan.get("interval_days")
    if not sessions:
        return "No session planned"
    given = (plan.get("after_sessions") or 0) if plan.get("continues") else 0
    words = f"{count_of(sessions, 'more session')} after {given} given" if given else count_of(sessions, "session")
    if sessions > 1 and interval:
        words += f", {write_span(interval)} apart"
    review = plan.get("review_after_sessions")
    return words + (f"; review after session {given + review}" if review else "")


def _first_in_words(step: dict[str, Any]) -> str:
    kinds = name_kind(step.get("kind"))
    count = step.get("count_words") or step.get("count")
    return f"{kinds}{f' ({count})' if count else ''}: {shorten(step['do'], _FIRST_LETTERS)}"


def _notes(plan: dict[str, Any]) -> list[str]:
    notes = []
    reasons = plan.get("not_cleared_because") or []
    reasons = [reasons] if isinstance(reasons, str) else list(reasons)
    if reasons:
        more = f", and {count_of(len(reasons) - 1, 'more reason')}" if len(reasons) > 1 else ""
        notes.append(f"Not cleared: {say_rules(reasons[0])}{more}")
    protocol = plan.get("clinic_protocol")
    if protocol and protocol.get("example"):
        notes.append("Filled from the example protocol of the demo, not from a clinic.")
    if plan.get("unlikely"):
        notes.append(plan["unlikely"])
    return notes


def _why_no_plan(results: CaseResults) -> str:
    decision = (results.screen or {}).get("decision")
    if decision == "stop":
        return "None is made: the screening says do not needle."
    if decision == "wait":
        return "None is made before the waiting time is over."
    if results.assess is not None and results.is_by_eye and not results.assess.get("ready_to_plan", True):
        reasons = results.assess.get("not_ready_because") or ["the examination is not complete"]
        return f"None is made. {'; '.join(str(reason).rstrip('.') for reason in reasons)}."
    if results.basis is None:
        return "A plan needs the scars of a scan (`scarplan scars`) or an examination (`scarplan assess`) first."
    return "Run `scarplan plan`." if results.screen else "Run `scarplan screen`, then `scarplan plan`."
