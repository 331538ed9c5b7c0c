"""The course on the terminal: planned beside delivered, what deviates and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scarplan.cli.table import format_table

_HEAD = ("session", "date", "zone", "length mm", "passes", "channels/cm2", "end point", "cause")


def show_session(result: dict[str, Any]) -> str:
    """Return what was done now, then the sessions beside their plan."""
    if result["action"] == "lot":
        return "\n".join(_show_lot(result))
    lines = [f"Note: {notice}." for notice in result["notices"]]
    if result["entry"]:
        lines += _show_entry(result)
        told = _show_corrected(result)
        if told or result["entry"]["kind"] not in ("session", "correction"):
            return "\n".join([*lines, *told])
    if not result["sessions"]:
        lines.append("No session is recorded yet.")
    elif result["action"] == "list":
        lines += _show_list(result)
    else:
        lines += _show_table(result)
    if result["action"] == "verify":
        for session in result["sessions"]:
            lines += [f"{line} (session {session['order']})" for line in _flags(session) if line.startswith("ATT")]
        lines.append(f"The record is whole: {result['ledger']['entries']} entries, each vouching for all before it.")
    return "\n".join(line for line in lines if line)


def _show_entry(result: Mapping[str, Any]) -> Iterator[str]:
    entry = result["entry"]
    what = entry["kind"].replace("_", " ")
    about = f" of entry {entry['content']['corrects']}" if entry["kind"] == "correction" else f" of {entry['day']}"
    yield f"Entry {entry['number']}: {what}{about}, by {entry['by']['name']}."
    number = entry["content"].get("corrects", entry["number"])
    for session in result["sessions"]:
        if session["number"] == number:
            yield from _flags(session)


def _show_corrected(result: Mapping[str, Any]) -> list[str]:
    """Return an adverse event or a decision as it stands once it is corrected; nothing for other entries."""
    number = result["entry"]["content"].get("corrects")
    events = [one for one in result["adverse_events"] if one["number"] == number and one["in_session"] is None]
    decisions = [one for one in result["decisions"] if one["number"] == number]
    return [*map(_show_event, events), *map(_show_decision, decisions)]


def _flags(session: Mapping[str, Any]) -> Iterator[str]:
    for flag in session["flags"]:
        yield f"{'ATTENTION' if flag['is_loud'] else 'Note'}: {flag['words']}."


def _show_list(result: Mapping[str, Any]) -> Iterator[str]:
    head = ("entry", "session", "date", "day", "operator", "plan", "zones", "deviations", "corrected")
    rows = [
        [
            one["number"],
            one["order"],
            one["date"],
            one["day"],
            one["operator"],
            one["plan"][:8] if one["plan"] else None,
            ", ".join(dict.fromkeys(zone["zone"] for zone in one["record"]["zone"])),
            one["deviations"],
            f"{len(one['corrections'])} x" if one["corrections"] else "",
        ]
        for one in result["sessions"]
    ]
    yield format_table(head, rows)
    yield from map(_show_event, result["adverse_events"])
    yield from map(_show_decision, result["decisions"])
    yield "Planned beside delivered: scarplan session CASE verify"


def _show_event(event: Mapping[str, Any]) -> str:
    grade = f", grade {event['grade']}" if event["grade"] else ""
    what = f"{event['type'].replace('_', ' ')}{grade}, {event['outcome']}"
    return f"Adverse event of {event['date']} (entry {event['number']}): {what}."


def _show_decision(decision: Mapping[str, Any]) -> str:
    told = f"{decision['action']} ({'; '.join(decision['reasons'])})"
    return f"Decision of {decision['date']} (entry {decision['number']}): {told}."


def _show_table(result: Mapping[str, Any]) -> Iterator[str]:
    dates = {one["order"]: one["date"] for one in result["sessions"]}
    rows = [
        [
            row["session"],
            dates[row["session"]],
            " ".join(filter(None, (row["side"], row["zone"], row["part"] and f"({row['part']})"))),
            _beside(row["planned_length_mm"], row["delivered_length_mm"], row["status"]),
            _beside(row["planned_passes"], row["delivered_passes"], row["status"]),
            _beside(row["planned_channels_per_cm2"], row["delivered_channels_per_cm2"], row["status"]),
            row["end_point_seen"] if row["status"] != "missing" else "-",
            row["cause"] or "",
        ]
        for row in result["planned_delivered"]
    ]
    yield "Planned -> delivered (one number: as planned; ?: not recorded)"
    yield format_table(_HEAD, rows)
    for one in result["deviations"]:
        if one["what"] in ("needle_length", "passes", "density", "mode") and one["cause"] != "not stated":
            continue  # stands in the table with its cause
        place = " ".join(filter(None, (one["side"], one["zone"])))
        loud = "ATTENTION: " if one["is_loud"] else ""
        yield f"{loud}session {one['session']}{', ' + place if place else ''}: {one['words']}; cause: {one['cause']}."


def _beside(planned: float | None, delivered: float | None, status: str) -> str:
    if status == "missing":
        return f"{_number(planned)} -> not done"
    if status != "done":
        return f"not planned -> {_number(delivered, unknown='?')}"
    if planned == delivered:
        return _number(planned)
    return f"{_number(planned)} -> {_number(delivered, unknown='?')}"


def _number(value: float | None, *, unknown: str = "-") -> str:
    return unknown if value is None else f"{value:.4g}"


def _show_lot(result: Mapping[str, Any]) -> Iterator[str]:
    found = result["found"]
    patients = {one["patient_id"] or one["case"] for one in found}
    yield f"Lot {result['lot']}: {len(patients)} patient{'' if len(patients) == 1 else 's'} of {result['cases']} cases."
    if found:
        head = ("patient", "case", "entry", "date", "operator", "what")
        yield format_table(
            head, [[one[key] for key in ("patient_id", "case", "number", "date", "operator", "what")] for one in found]
        )
    if result["sessions_without_lot"]:
        yield f"ATTENTION: {len(result['sessions_without_lot'])} sessions have no cartridge lot and cannot be searched."
    for one in result["unread"]:
        yield f"ATTENTION: {one['case']} could not be read: {one['why']}"
