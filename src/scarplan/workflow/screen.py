"""Screen: is this patient suitable for needling, and if not yet, when, and why?"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import tomlkit

from scarplan.candidacy import Screening, screen
from scarplan.canonical import hash_bytes, make_plain
from scarplan.evidence.library import recording, source
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.records.patient import Patient
from scarplan.records.record import read_record
from scarplan.workflow.day import read_day, read_today
from scarplan.workflow.progress import Progress, report_nothing


def screen_patient(
    case_path: str | Path,
    patient_path: str | Path,
    *,
    date: str | datetime.date | None = None,
    device_class: str = "mechanical",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Screen the patient in `patient_path` by every rule and write the result into the case.

    Writes `patient.toml` (the file as it is), `screening.toml` (to read) and `results/screen.json`.
    `date` is the day of screening, today if not given: the one place where the clock is read.
    Raises BadInput for a file or a day that cannot be used. Every decision, also "stop", is a result.
    """
    progress = progress or report_nothing
    case, path, day = Case(case_path), Path(patient_path), _read_day(date)
    progress("reading the answers", 0.0)
    patient = read_record(path, Patient, what="patient file", template="patient")
    data = path.read_bytes()
    progress("asking every rule", 0.3)
    with recording() as used:
        screening = screen(patient, on=day, device_class=device_class)
        described = make_plain(screening.describe())
        readable = _write_readable(screening)
    manifest = make_manifest(
        "screen", inputs={"patient.toml": hash_bytes(data)}, quantities=used.quantities, sources=used.sources
    )
    result = {**described, "manifest": make_plain(manifest)}
    progress("writing the screening", 0.9)
    case.write_result("screen", result, {"patient.toml": data, "screening.toml": readable.encode()})
    progress("screened", 1.0)
    return result


def _read_day(date: str | datetime.date | None) -> datetime.date:
    if date is None:
        return read_today()
    return read_day(
        date,
        what="the day of screening is not a day that can be",
        code="E-SCREEN-001",
        do="--date 2026-03-02, or leave it out for today",
    )


def _write_readable(screening: Screening) -> str:
    """Return the screening as commented TOML: the decision, then each finding with its rule id and citations."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Screening, written by `scarplan screen`; change patient.toml, not this file."))
    described = make_plain(screening.describe())
    for key in (
        "patient_id",
        "screened_on",
        "decision",
        "earliest_date",
        "summary",
        "unanswered",
        "passed",
        "warnings",
    ):
        if described[key] is not None:
            document.add(key, described[key])
    document.add("expectations", tomlkit.item({k: v for k, v in described["expectations"].items() if v is not None}))
    findings = tomlkit.aot()
    for finding in described["findings"]:
        findings.append(_readable_finding(finding))
    if findings:
        document.add("finding", findings)
    protected = tomlkit.aot()
    for skin in described["protected"]:
        protected.append(tomlkit.item({key: value for key, value in skin.items() if value is not None}))
    if protected:
        document.add("protected", protected)
    return tomlkit.dumps(document)


def _readable_finding(finding: dict[str, Any]) -> Any:
    shown = ("rule", "condition", "level", "level_of_rule", "answer", "grade", "policy", "date", "wait_until", "action")
    table = {key: finding[key] for key in (*shown, "disagreement", "basis", "verification") if finding[key] is not None}
    if finding["override"]:
        table["override"] = finding["override"]
    table["citations"] = [_cite(source_id) for source_id in finding["sources"]]
    return tomlkit.item(table)


def _cite(source_id: str) -> str:
    found = source(source_id)
    place = found.doi or found.address
    return f"{source_id}: {found.title} [{found.rank}, {found.verification}]" + (f" {place}" if place else "")
