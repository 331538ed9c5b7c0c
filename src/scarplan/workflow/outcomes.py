"""Outcomes: keep what the patient says about the scars at each visit, and say what changed since the first."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput, MissingStep
from scarplan.evidence.library import recording, source, value_of
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.records.outcomes import SCALES, Outcomes, OutcomeVisit, Scale, read_outcomes
from scarplan.records.patient import Patient
from scarplan.records.patient_file import read_own_patient
from scarplan.workflow.day import EARLIEST_DAY, read_day, read_today
from scarplan.workflow.outcome_changes import describe_changes, list_bands, list_doubts, name_band
from scarplan.workflow.progress import Progress, report_nothing

_FILE = "outcomes.toml"
_NOTE = (
    "Scores move by themselves from week to week, and mostly towards the middle after a bad start. Without people who "
    "were not treated they do not tell what the needling did."
)


def keep_outcomes(
    case_path: str | Path,
    outcomes_path: str | Path | None = None,
    *,
    replace: bool = False,
    date: str | datetime.date | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Check what the patient said at each visit, keep it in the case and describe the change since the first.

    `outcomes_path` is the whole record so far (default: the one in the case); visits that the case holds and the
    file lacks are only dropped with `replace`. `date` is the day after which no visit can lie, today if not given.
    Writes `outcomes.toml` and `results/outcomes.json`. Raises BadInput, or MissingStep where there is no file.
    """
    progress = progress or report_nothing
    case, day = Case(case_path), _read_day(date)
    path = Path(outcomes_path) if outcomes_path is not None else _own_file(case)
    progress("reading the outcomes", 0.0)
    outcomes = read_outcomes(path)
    data = path.read_bytes()
    with recording() as used:
        _check(case, outcomes, on=day, path=path)
        if not replace:
            _check_nothing_is_lost(case, outcomes, path)
        described = _describe(outcomes)
    manifest = make_manifest(
        "outcomes", inputs={_FILE: hash_bytes(data)}, quantities=used.quantities, sources=used.sources
    )
    result = make_plain({**described, "manifest": manifest})
    progress("writing the outcomes", 0.9)
    case.write_result("outcomes", result, {_FILE: data})
    progress("outcomes kept", 1.0)
    return result


def _read_day(date: str | datetime.date | None) -> datetime.date:
    if date is None:
        return read_today()
    return read_day(
        date, what="this is not a day that can be", code="E-OUTCOMES-001", do="--date 2026-03-02, or leave it out"
    )


def _own_file(case: Case) -> Path:
    if not case.has(_FILE):
        raise MissingStep(
            f"the case {case.root} holds no outcomes yet",
            code="E-OUTCOMES-002",
            do=f"`scarplan template outcomes > {_FILE}`, fill it, then "
            f"`scarplan outcomes {case.root} --outcomes {_FILE}`",
        )
    return case.path(_FILE)


def _check(case: Case, outcomes: Outcomes, *, on: datetime.date, path: Path) -> None:
    """Raise BadInput that tells every fault of the visits at once."""
    patient = read_own_patient(case)
    faults = [*_day_faults(outcomes, on), *_range_faults(outcomes), *_patient_faults(outcomes, patient)]
    if faults:
        raise BadInput(
            f"the outcomes in {path} cannot be: {'; '.join(faults)}",
            code="E-OUTCOMES-003",
            do="correct them; see `scarplan template outcomes`",
        )


def _day_faults(outcomes: Outcomes, on: datetime.date) -> Iterator[str]:
    days = [visit.date for visit in outcomes.visit]
    for earlier, later in itertools.pairwise(days):
        if later == earlier:
            yield f"two visits on {later.isoformat()}; put what was said on one day into one visit"
        elif later < earlier:
            yield f"the visit of {later.isoformat()} stands after {earlier.isoformat()}; the earliest goes first"
    for before, visit in itertools.pairwise(outcomes.visit):
        since = (visit.date - before.date).days
        if visit.downtime_days is not None and 0 < since < visit.downtime_days:
            yield (
                f"downtime_days of {visit.date.isoformat()} is {visit.downtime_days}, and the visit before it was "
                f"{since} days earlier"
            )
    for day in days:
        if day > on:
            yield f"the visit of {day.isoformat()} lies after {on.isoformat()}"
        elif day < EARLIEST_DAY:
            yield f"the visit of {day.isoformat()} lies before {EARLIEST_DAY.isoformat()}"


def _range_faults(outcomes: Outcomes) -> Iterator[str]:
    for visit in outcomes.visit:
        for key, scale in SCALES.items():
            score, highest = visit.score(key), _highest(scale, outcomes)
            if score is not None and score > highest:
                way_out = f"; put the maximum of your copy under [maximum] {key}" if _is_guard(scale, outcomes) else ""
                yield f"{key} of {visit.date.isoformat()} is {score} (allowed: 0 to {highest}{way_out})"


def _patient_faults(outcomes: Outcomes, patient: Patient | None) -> Iterator[str]:
    if patient is None:
        return
    if outcomes.patient_id not in (None, patient.patient_id):
        yield f"patient_id is {outcomes.patient_id!r}, and the case is that of {patient.patient_id!r}"
    youngest = value_of("outcomes.dlqi_youngest_age_years")
    for visit in outcomes.visit:
        if visit.date.year < patient.birth_year:
            yield f"the visit of {visit.date.isoformat()} lies before the year of birth, {patient.birth_year}"
        elif visit.dlqi is not None and visit.date.year - patient.birth_year < youngest:
            yield (
                f"dlqi of {visit.date.isoformat()}: the patient, born in {patient.birth_year}, was younger than "
                f"{youngest}, and the DLQI is made for people from {youngest} years on; leave it out"
            )


def _check_nothing_is_lost(case: Case, outcomes: Outcomes, path: Path) -> None:
    if not case.has(_FILE):
        return
    kept = {visit.date for visit in read_outcomes(case.path(_FILE)).visit}
    if lost := sorted(kept - {visit.date for visit in outcomes.visit}):
        days = ", ".join(day.isoformat() for day in lost)
        raise BadInput(
            f"the case {case.root} holds visits that {path} lacks: {days}",
            code="E-OUTCOMES-004",
            do=f"add the new visit to {case.path(_FILE)} and run `scarplan outcomes {case.root}`, "
            "or add --replace to drop them",
        )


def _highest(scale: Scale, outcomes: Outcomes) -> int:
    if not scale.is_licensed:
        return value_of("outcomes.own_scale_maximum")
    if scale.key == "dlqi":
        return value_of("outcomes.dlqi_maximum")
    return getattr(outcomes.maximum, scale.key) or value_of("outcomes.licensed_total_guard")


def _is_guard(scale: Scale, outcomes: Outcomes) -> bool:
    """Whether the highest total is only a guard against slips: the true one is not known."""
    return scale.key != "dlqi" and scale.is_licensed and getattr(outcomes.maximum, scale.key) is None


def _describe(outcomes: Outcomes) -> dict[str, Any]:
    first = outcomes.visit[0].date
    changes = describe_changes(outcomes)
    source("scars_fasqol")  # what SCARS and FASQoL are
    return {
        "patient_id": outcomes.patient_id,
        "visits": [_describe_visit(visit, first) for visit in outcomes.visit],
        "days_followed": (outcomes.visit[-1].date - first).days,
        "scales": [_describe_scale(scale, outcomes) for scale in SCALES.values()],
        "bands": list_bands(),
        "changes": changes,
        "never_answered": [change["what"] for change in changes if change["answers"] == 0],
        "doubts": list_doubts(outcomes),
        "note": _NOTE,
    }


def _describe_visit(visit: OutcomeVisit, first: datetime.date) -> dict[str, Any]:
    return {
        "date": visit.date,
        "day": (visit.date - first).days,
        **{key: visit.score(key) for key in SCALES},
        "dlqi_band": name_band(visit.dlqi),
        "downtime_days": visit.downtime_days,
        "asked_by": visit.asked_by,
        "note": visit.note,
    }


def _describe_scale(scale: Scale, outcomes: Outcomes) -> dict[str, Any]:
    is_guard = _is_guard(scale, outcomes)
    return {
        "key": scale.key,
        "name": scale.name,
        "short_name": scale.short_name,
        "better": scale.better,
        "lowest": 0,
        "highest": None if is_guard else _highest(scale, outcomes),
        "is_licensed": scale.is_licensed,
        "question": scale.question or None,
        "lowest_in_words": scale.lowest or None,
        "highest_in_words": scale.highest or None,
        "note": _note_on(scale, is_guard=is_guard),
    }


def _note_on(scale: Scale, *, is_guard: bool) -> str:
    if not scale.is_licensed:
        return "a question of our own, tested on nobody"
    text = "the text of this questionnaire is not shipped; use your own licensed copy"
    return f"{text}; its highest total was not given" if is_guard else text
