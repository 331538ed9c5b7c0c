"""The whole course at a glance: planned and done, measured and said, downtime lived, decisions with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scarplan.report.case_course import CaseCourse
from scarplan.report.plot import Plot
from scarplan.report.plots_of_course import plot_narrowing, plot_on_track, plot_timeline
from scarplan.report.results import CaseResults
from scarplan.report.wording import (
    UNKNOWN,
    count_of,
    name_zone,
    start_sentence,
    write_about,
    write_date,
    write_number,
    write_range,
)

_ACTIONS = {
    "wait": "wait, do not judge yet",
    "continue": "go on as planned",
    "change": "change the plan",
    "stop": "stop",
    "maintain": "go over to maintenance",
}
_STATUS = {"missing": "planned, not needled", "extra": "needled, not planned", "no plan": "no plan in force"}
_END_POINTS = {"unknown": "not told", "erythema": "redness", "pinpoint": "pinpoint bleeding"}


@dataclass(frozen=True)
class GlanceLine:
    """One thing at a glance: its name, what is known of it, and how grave it is ("", good, care, stop)."""

    name: str
    says: str
    tone: str = ""


@dataclass(frozen=True)
class DeliveredRow:
    """One zone of one session, planned beside delivered;"""

    session: str
    zone: str
    length: str
    passes: str
    density: str
    end_point: str
    says: str
    tone: str


@dataclass(frozen=True)
class DatedLine:
    """One decision or adverse event."""

    date: str
    what: str
    why: str
    who: str = ""
    tone: str = ""


@dataclass(frozen=True)
class HitRow:
    """One forecast against one later scan."""

    forecast: str
    scan: str
    band: str
    measured: str
    hit: str
    tone: str


@dataclass(frozen=True)
class CoursePart:
    """Everything that the course section prints."""

    lede: str
    notes: tuple[str, ...]
    glance: tuple[GlanceLine, ...]
    timeline: Plot | None
    on_track: Plot | None
    on_track_says: str
    narrowing: Plot | None
    learned: str
    another_scan: str
    delivered: tuple[DeliveredRow, ...]
    deviations: tuple[DatedLine, ...]
    decisions: tuple[DatedLine, ...]
    events: tuple[DatedLine, ...]
    hits: tuple[HitRow, ...]
    hits_say: str


def describe_course_part(results: CaseResults, course: CaseCourse | None) -> CoursePart | None:
    """Return the course of the case; None where nothing was recorded."""
    if course is None:
        return None
    told, update = course.told, course.update or {}
    board = update.get("scoreboard") or {}
    deviating = {_place(row) for row in told["deviations"]}
    return CoursePart(
        lede=_lede(results, course),
        notes=tuple(_notes(course)),
        glance=tuple(_glance(results, course)),
        timeline=plot_timeline(course),
        on_track=plot_on_track(course),
        on_track_says=start_sentence((update.get("on_track") or {}).get("says")),
        narrowing=plot_narrowing(course),
        learned=_learned(update),
        another_scan=_another_scan(update),
        delivered=tuple(_delivered(row, deviating) for row in told["planned_delivered"]),
        deviations=tuple(_deviation(row) for row in told["deviations"]),
        decisions=tuple(_decision(row) for row in told["decisions"]),
        events=tuple(_event(row) for row in told["adverse_events"]),
        hits=tuple(_hit(row) for row in board.get("rows") or () if row.get("scar") == "total"),
        hits_say=start_sentence(board.get("says")),
    )


def _lede(results: CaseResults, course: CaseCourse) -> str:
    given, first = len(course.told["sessions"]), course.told["first_day"]
    plan = results.plan or {}
    planned = plan.get("sessions") and plan["sessions"] + plan.get("after_sessions", 0)
    if not given:
        return "The course has not begun: no session is recorded yet."
    of = f" of {planned} planned" if planned else ""
    return f"{count_of(given, 'session')}{of} given since {write_date(first)}."


def _notes(course: CaseCourse) -> Iterator[str]:
    yield from (start_sentence(notice) for notice in course.told["notices"])
    for verb in course.outdated:
        yield f"The last {verb} is older than the ledger and is left out here: run `scarplan {verb}` again."
    if not course.told["plan_in_force"]:
        yield "No plan was approved: there is nothing to hold what was done against."


def _learned(update: Mapping[str, Any]) -> str:
    """Return in one sentence what the follow-ups taught of this patient; empty where nothing was measured in mm."""
    response = update.get("response") or {}
    band, before = response.get("left_mm"), response.get("left_before_mm")
    if not band or not before:
        return ""
    share = response.get("width_left")
    narrower = f", a band {write_number(100 * (1 - share), 0)} % narrower" if share is not None and share < 1 else ""
    return (
        f"By what the scans showed of this patient, {write_number(band['q50'])} mm of mean depth is expected to be "
        f"left on day {response['judge_day']} (90 % interval {write_range(band['q05'], band['q95'], 2)} mm); before "
        f"any scan it was {write_number(before['q50'])} mm ({write_range(before['q05'], before['q95'], 2)} mm)"
        f"{narrower}. "
        "This is the model's own figure."
    )


def _another_scan(update: Mapping[str, Any]) -> str:
    """Return in one sentence what a further scan would be worth, now and in three months."""
    found = update.get("value_of_another_scan") or {}
    if not found.get("now") or not found.get("in_3_months"):
        return ""
    return f"Another scan now: {found['now']['says']}; in three months: {found['in_3_months']['says']}."


def _glance(results: CaseResults, course: CaseCourse) -> Iterator[GlanceLine]:
    yield from _measured(results, course)
    yield from _said(results)
    yield _downtime(results, course)
    events = course.told["adverse_events"]
    serious = sum(row["serious"] == "yes" for row in events)
    says = count_of(len(events), "adverse event") if events else "none recorded"
    says += f", {serious} of them serious" if serious else ""
    yield GlanceLine("Adverse events", says, "stop" if serious else "")
    yield _as_planned(course)
    last = course.told["decisions"][-1] if course.told["decisions"] else None
    yield GlanceLine("Last decision", _say_decision(last) if last else "none recorded")
    yield from _next(course)


def _measured(results: CaseResults, course: CaseCourse) -> Iterator[GlanceLine]:
    """Yield the change that was measured on scans, and the one seen by examination; either may be missing."""
    pairs = ((course.update or {}).get("changes") or {}).get("pairs")
    if pairs is not None:
        better = sum(row["detectable"] and row["depth_change_mm"] < 0 for row in pairs)
        worse = sum(row["detectable"] and row["depth_change_mm"] > 0 for row in pairs)
        rest = len(pairs) - better - worse
        parts = [f"{better} shallower"] if better else []
        parts += [f"{worse} deeper"] if worse else []
        parts += [f"{rest} without measurable change"] if rest else []
        says = (
            f"of {count_of(len(pairs), 'scar')} found again, {', '.join(parts)}" if pairs else "no scar was found again"
        )
        yield GlanceLine("Measured on scans", says, "good" if better > worse else "care" if worse > better else "")
    if results.follow_up is not None:
        judged = [row["judgement"] for row in results.follow_up["changes"]]
        tone = "good" if "better" in judged and "worse" not in judged else "care" if "worse" in judged else ""
        yield GlanceLine("Seen by examination", str(results.follow_up["says"]), tone)
    if pairs is None and results.follow_up is None:
        yield GlanceLine("Measured change", "nothing has been compared yet")


def _said(results: CaseResults) -> Iterator[GlanceLine]:
    """Yield each scale that was answered more than once, with what its change means."""
    names = {scale["key"]: scale["name"] for scale in (results.outcomes or {}).get("scales") or ()}
    rows = [row for row in (results.outcomes or {}).get("changes") or () if row.get("change") is not None]
    for row in rows:
        yield GlanceLine(f"The patient says: {names.get(row['what'], row['what'])}", str(row["says"]))
    if not rows:
        yield GlanceLine("The patient says", "not asked at two visits yet")


def _downtime(results: CaseResults, course: CaseCourse) -> GlanceLine:
    """Return the days of downtime that were lived, beside those that the forecast expects of as many sessions."""
    first = course.told["first_day"]
    visits = [row for row in (results.outcomes or {}).get("visits") or () if first and row["date"] > first]
    known = [row["downtime_days"] for row in visits if row.get("downtime_days") is not None]
    lived = f"{sum(known)} days lived" if known else "days lived: not asked"
    unasked = len(visits) - len(known)
    if known and unasked:
        lived += f", not asked at {count_of(unasked, 'visit')}"
    band = ((results.forecast or {}).get("harms") or {}).get("downtime_days") or {}
    given = len(course.told["sessions"])
    if given and band.get("q50") is not None:
        low, middle, high = (given * band[key] for key in ("q05", "q50", "q95"))
        lived += (
            f"; expected of {count_of(given, 'session')}: {write_number(middle, 0)} "
            f"(90 % interval {write_range(low, high)})"
        )
    return GlanceLine("Downtime", lived)


def _as_planned(course: CaseCourse) -> GlanceLine:
    found = course.told["deviations"]
    loud = sum(bool(row["is_loud"]) for row in found)
    if not course.told["sessions"]:
        return GlanceLine("As planned", "no session yet")
    if not found:
        return GlanceLine("As planned", "every session as planned", "good")
    unstated = sum(row["cause"] == "not stated" for row in found)
    says = count_of(len(found), "deviation")
    says += f", {unstated} without a cause told" if unstated else ", each with its cause"
    return GlanceLine("As planned", says, "stop" if loud else "care")


def _next(course: CaseCourse) -> Iterator[GlanceLine]:
    rows = [
        row
        for row in (course.schedule or {}).get("events") or ()
        if row["state"] == "planned" and row["status"] == "CONFIRMED" and row["kind"] != "care"
    ]
    if rows:
        yield GlanceLine("Next", f"{rows[0]['title']}, {write_date(rows[0]['date'])}")


def _delivered(row: Mapping[str, Any], deviating: set[tuple[Any, ...]]) -> DeliveredRow:
    place = name_zone(row["zone"], row["side"]) + (f", {row['part']}" if row["part"] else "")
    says = _STATUS.get(row["status"], "")
    if row["over_ceiling"]:
        says = "above the ceiling"
    elif not says:
        says = "not as planned" if _place(row) in deviating else "as planned"
    tone = {"as planned": "", "above the ceiling": "stop"}.get(says, "care")
    cause = f": {row['cause']}" if row["cause"] else ""
    return DeliveredRow(
        session=str(row["session"]),
        zone=start_sentence(place).rstrip("."),
        length=_beside(row["planned_length_mm"], row["delivered_length_mm"], " mm", lambda value: f"{value:g}"),
        passes=_beside(row["planned_passes"], row["delivered_passes"], "", lambda value: f"{value:g}"),
        density=_beside(row["planned_channels_per_cm2"], row["delivered_channels_per_cm2"], "", write_about),
        end_point=_END_POINTS.get(row["end_point_seen"]) or str(row["end_point_seen"]),
        says=start_sentence(f"{says}{cause}"),
        tone=tone,
    )


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["session"], row["zone"], row["side"], row["part"]


def _beside(planned: Any, delivered: Any, unit: str, write: Any) -> str:
    """Return `1.5 mm` where both are the same, `1.5 → 1.0 mm` where not, `?` where one is not known."""
    words = ["?" if value is None else write(value) for value in (planned, delivered)]
    if words[0] == words[1]:
        return UNKNOWN if words[0] == "?" else f"{words[0]}{unit}"
    return f"{words[0]} → {words[1]}{unit}"


def _deviation(row: Mapping[str, Any]) -> DatedLine:
    place = name_zone(row["zone"], row["side"]) if row["zone"] else ""
    what = f"{place}: {row['words']}" if place else row["words"]
    return DatedLine(
        date=f"session {row['session']}",
        what=start_sentence(what),
        why=start_sentence(f"cause: {row['cause']}"),
        tone="stop" if row["is_loud"] else "",
    )


def _decision(row: Mapping[str, Any]) -> DatedLine:
    return DatedLine(
        date=write_date(row["date"]),
        what=start_sentence(_ACTIONS.get(row["action"], row["action"] or UNKNOWN)),
        why=" ".join(start_sentence(reason.replace(" um", " µm")) for reason in row["reasons"]),
        who="proposed by the program" if row["name"] == "scarplan" else row["name"],
    )


def _say_decision(row: Mapping[str, Any]) -> str:
    who = ", proposed by the program" if row["name"] == "scarplan" else f", {row['name']}"
    return f"{_ACTIONS.get(row['action'], row['action'])} ({write_date(row['date'])}{who})"


def _event(row: Mapping[str, Any]) -> DatedLine:
    place = f", {name_zone(row['zone'], row['side'])}" if row["zone"] else ""
    grade = f", grade {row['grade']}" if row["grade"] is not None else ""
    told = row["outcome"] if row["outcome"] not in (None, "unknown") else "outcome not known"
    outcome = str(told).replace("_", " ")
    return DatedLine(
        date=write_date(row["date"]),
        what=start_sentence(f"{str(row['type']).replace('_', ' ')}{place}{grade}"),
        why=start_sentence(f"{row['what']}; {outcome}" if row["what"] else outcome),
        who="serious" if row["serious"] == "yes" else "",
        tone="stop" if row["serious"] == "yes" else "care",
    )


def _hit(row: Mapping[str, Any]) -> HitRow:
    return HitRow(
        forecast=f"Made {write_date(row['made_on'])}",
        scan=f"{row['scan']}, day {row['day']}",
        band=f"{write_range(row['low_mm'], row['high_mm'], 2)} mm",
        measured=f"{write_number(row['measured_mm'])} mm",
        hit="inside" if row["hit"] else "outside",
        tone="" if row["hit"] else "care",
    )
