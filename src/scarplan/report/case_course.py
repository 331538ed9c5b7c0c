"""The course of a case for the report: its ledger beside the plan, the update, the calendar and the kept forecasts."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scarplan.canonical import hash_file, make_plain
from scarplan.course import LEDGER, Course, make_course, read_ledger
from scarplan.course.describe import describe_course
from scarplan.errors import StaleResult
from scarplan.records import Case
from scarplan.records.case import result_name
from scarplan.records.plan import Plan
from scarplan.records.plan_file import plan_name, read_plan

#: Where the results of kept forecasts lie, each under the hash of its bytes.
_KEPT = "kept"
_LEVELS = ("q05", "q50", "q95")


@dataclass(frozen=True)
class KeptBand:
    """The mean visible depth of one kept forecast over days (mm), and how many follow-up scans it knew."""

    made_on: datetime.date
    scans_known: int
    days: tuple[float, ...]
    depth_mm: Mapping[str, tuple[float, ...]]
    judge_day: float | None


@dataclass(frozen=True)
class CaseCourse:
    """A course as the report tells it.

    told        the course as `session --json` describes it; scan_dates and examined_dates, those of its follow-ups
    update      the `update --json` object, schedule that of `schedule`; None where there is none that still holds
    bands       of the plan in force, or of that before it, the last for each number of scans known
    outdated    the results that an entry of the ledger has made old
    files       the files of the case that all of this was read from
    """

    told: Mapping[str, Any]
    scan_dates: tuple[str, ...] = ()
    examined_dates: tuple[str, ...] = ()
    update: Mapping[str, Any] | None = None
    schedule: Mapping[str, Any] | None = None
    bands: tuple[KeptBand, ...] = ()
    outdated: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def read_case_course(case: Case) -> CaseCourse | None:
    """Return the course of a case; None where its ledger holds nothing. Raises BadInput for a broken ledger."""
    ledger = read_ledger(case)
    if not ledger.entries:
        return None
    course = make_course(ledger)
    names = {name for name in (course.plan_in_force, *(one.plan for one in course.sessions)) if name}
    plans: dict[str, Plan] = {name: read_plan(case, name) for name in sorted(names) if case.has(plan_name(name))}
    found, outdated = {}, []
    for verb in ("update", "schedule"):
        try:
            found[verb] = case.read_result(verb) if case.has_result(verb) else None
        except StaleResult:
            outdated.append(verb)
    bands, kept = _read_bands(case, course)
    files = [LEDGER, *map(plan_name, plans), *(result_name(verb) for verb, result in found.items() if result), *kept]
    return CaseCourse(
        told=make_plain(describe_course(course, ledger.entries, plans)),
        scan_dates=tuple(scan.date.isoformat() for scan in course.scans),
        examined_dates=tuple(one.date.isoformat() for one in course.examinations),
        update=found.get("update"),
        schedule=found.get("schedule"),
        bands=bands,
        outdated=tuple(outdated),
        files=tuple(files),
    )


def _read_bands(case: Case, course: Course) -> tuple[tuple[KeptBand, ...], list[str]]:
    """Return the last kept band for each number of scans known, and the files that they stand in.

    A plan for the rest of a course has none of its own before `update` was run again: those of the plan before stand.
    """
    plans = list(dict.fromkeys(one.plan for one in reversed(course.approvals)))
    found = next(filter(None, (_bands_of(case, course, plan) for plan in plans)), {})
    ordered = [found[known] for known in sorted(found)]
    return tuple(band for band, _ in ordered), [name for _, name in ordered]


def _bands_of(case: Case, course: Course, plan: str) -> dict[int, tuple[KeptBand, str]]:
    found: dict[int, tuple[KeptBand, str]] = {}
    for made in course.forecasts:
        digest = str(made.content.get("result"))
        name = f"{_KEPT}/{digest}"
        if made.content.get("plan") != plan or not case.has(name) or hash_file(case.path(name)) != digest:
            continue  # `replay` tells what is lost or was changed
        known = sum(scan.number < made.number for scan in course.scans)
        band = read_band(json.loads(case.path(name).read_text("utf-8")), made_on=made.date, scans_known=known)
        if band is not None:
            found[known] = band, name
    return found


def read_band(result: Mapping[str, Any], *, made_on: datetime.date, scans_known: int) -> KeptBand | None:
    """Return the band of a kept forecast; None for one without depths in mm, or of a version that told otherwise."""
    told = result.get("forecast", result)
    depth = (told.get("total") or {}).get("depth_mm")
    if not depth or not {"days", *_LEVELS} <= {*told, *depth}:
        return None
    return KeptBand(
        made_on=made_on,
        scans_known=scans_known,
        days=tuple(told["days"]),
        depth_mm={level: tuple(depth[level]) for level in _LEVELS},
        judge_day=told.get("judge_day"),
    )
