"""The plots of a course and of the plans that were offered, each with its text for who cannot see it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from scarplan.report.case_course import CaseCourse, KeptBand
from scarplan.report.pictures.front import FrontPoint, draw_front
from scarplan.report.pictures.narrowing import Band, Measured, draw_narrowing
from scarplan.report.pictures.on_track import draw_on_track
from scarplan.report.pictures.settings_map import ZoneSettingMark, draw_settings_map
from scarplan.report.pictures.timeline import Row, Timeline, draw_timeline
from scarplan.report.plot import Plot
from scarplan.report.results import CaseResults
from scarplan.report.wording import count_of, write_date, write_number

#: What the front is drawn over: key of a point, words of the scale, title.
_SCALES = (
    ("course_downtime_days", "days of downtime in the whole course", "Depth left and downtime"),
    ("pigment_percent", "risk of dark patches in the course, %", "Depth left and dark patches"),
    ("cost", "cost by the clinic's prices", "Depth left and cost"),
)


def plot_front(results: CaseResults) -> tuple[Plot, ...]:
    """Return the plans that were offered: depth left over downtime, over pigment, and over cost where it is known."""
    rows = [row for row in (results.plan or {}).get("front") or () if row["left_percent"].get("mean") is not None]
    if len(rows) < 2:
        return ()
    plots = []
    for key, words, title in _SCALES:
        if any(row.get(key) is None for row in rows):
            continue
        points = tuple(_front_point(row, key) for row in rows)
        svg = draw_front(f"front-{key.replace('_', '-')}", points, key=key, words=words, title=title)
        plots.append(Plot(svg, _say_front(rows, key, words, title)))
    return tuple(plots)


def draw_plan_settings(results: CaseResults) -> str:
    """Return the face with needle length and density of the plan; empty without a zone that is known."""
    marks = {
        (zone["zone"], zone.get("side")): ZoneSettingMark(zone.get("needle_length_mm"), zone.get("channels_per_cm2"))
        for zone in (results.plan or {}).get("zones") or ()
        if zone.get("zone") not in (None, "trunk")
    }
    if not any(mark.needle_length_mm is not None for mark in marks.values()):
        return ""
    return draw_settings_map(marks, name="settings")


def plot_timeline(course: CaseCourse) -> Plot | None:
    """Return the course on one line of time; None before the first session where no calendar was made."""
    told, events = course.told, (course.schedule or {}).get("events") or ()
    first = told["first_day"] or next((row["date"] for row in events if row["kind"] == "session"), None)
    if first is None:
        return None
    start = datetime.date.fromisoformat(first)

    def since(date: str) -> float:
        return float((datetime.date.fromisoformat(date) - start).days)

    def planned(*kinds: str) -> list[float]:
        return [
            since(row["date"])
            for row in events
            if row["kind"] in kinds and row["state"] != "done" and row["status"] != "CANCELLED"
        ]

    given = [float(row["day"]) for row in told["sessions"]]
    seen = sorted(since(date) for date in (*course.scan_dates, *course.examined_dates))
    seen_by = "scans and examinations" if course.examined_dates else "scans and photographs"
    notes = [since(row["date"]) for row in (*told["approvals"], *told["decisions"])]
    rows = (
        Row("sessions", "v", given, planned("session")),
        Row(seen_by, "s", seen, planned("scan_before", "photo", "judge", "scan")),
        Row("adverse events", "X", [since(row["date"]) for row in told["adverse_events"]], is_warning=True),
        Row("approvals and decisions", "D", notes),
        Row("maintenance, to be decided", "P", (), planned("maintenance")),
    )
    told_days = [day for row in rows for day in row.done]
    line = Timeline("timeline", rows, start, today=max(told_days) if told_days else None)
    said = "; ".join(
        f"{row.words}: {count_of(len(row.done), 'time', 'times')} done, {len(row.planned)} planned"
        for row in rows
        if row.done or row.planned
    )
    return Plot(
        draw_timeline(line), f"The course since {write_date(start)}. {said}. Filled is done, hollow is planned."
    )


def plot_narrowing(course: CaseCourse) -> Plot | None:
    """Return how the forecast narrowed, one panel for each scan known; None without a kept forecast."""
    bands = [Band(_say_band(band), band.days, band.depth_mm, band.scans_known) for band in course.bands]
    judge = next((band.judge_day for band in reversed(course.bands) if band.judge_day is not None), None)
    if not bands or judge is None:
        return None
    scans = _measured_depths(course)
    widths = "; ".join(f"{band.words}: {1000 * band.width_on(judge):.0f} µm" for band in bands)
    met = "; ".join(f"day {scan.day:.0f}: {write_number(scan.depth_mm)} mm" for scan in scans) or "none yet"
    alt = f"Width of the 90 % band of the mean depth when judged. {widths}. Measured: {met}."
    return Plot(draw_narrowing("narrowing", bands, scans, judge_day=judge), alt)


def plot_on_track(course: CaseCourse) -> Plot | None:
    """Return the chances to be ahead, on track or behind; None without an update."""
    found = (course.update or {}).get("on_track")
    if not found:
        return None
    chances = {name: float(found[name]) for name in ("ahead", "on", "behind")}
    said = ", ".join(f"{words} {100 * chances[name]:.0f}" for name, words in _TRACKS)
    return Plot(draw_on_track(chances, name="on-track"), f"Chances of 100 against the first forecast: {said}.")


_TRACKS = (("ahead", "ahead"), ("on", "on track"), ("behind", "behind"))


def _front_point(row: Mapping[str, Any], key: str) -> FrontPoint:
    return FrontPoint(
        left_percent=float(row["left_percent"]["mean"]),
        sessions=int(row["sessions"]),
        figures={key: float(row[key])},
        named=row.get("named") or "",
        is_chosen=bool(row.get("picked")),
        has_additions=bool(row.get("adjuncts")),
    )


def _say_front(rows: Sequence[Mapping[str, Any]], key: str, words: str, title: str) -> str:
    told = [row for row in rows if row.get("named") or row.get("picked")]
    said = "; ".join(
        f"{row.get('named') or 'chosen'}{' (chosen)' if row.get('named') and row.get('picked') else ''}: "
        f"{count_of(row['sessions'], 'session')}, {write_number(row['left_percent']['mean'], 0)} % left, "
        f"{write_number(row[key], 1)} {words}"
        for row in told
    )
    return f"{title}, {len(rows)} plans. {said}."


def _say_band(band: KeptBand) -> str:
    if band.scans_known == 0:
        return f"Before any follow-up scan ({write_date(band.made_on)})"
    return f"After {count_of(band.scans_known, 'scan')} ({write_date(band.made_on)})"


def _measured_depths(course: CaseCourse) -> list[Measured]:
    rows = ((course.update or {}).get("scoreboard") or {}).get("rows") or ()
    by_day = {float(row["day"]): float(row["measured_mm"]) for row in rows if row.get("scar") == "total"}
    return [Measured(day, depth) for day, depth in sorted(by_day.items())]
