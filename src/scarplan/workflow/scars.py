"""Scars: find and measure the scars of the scan, take the clinician's review, suggest grades."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import recording, value_of
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.records.toml_file import write_toml
from scarplan.scars import (
    COUNTED_KINDS,
    Review,
    ScarMap,
    apply_review,
    counted_kind,
    depth_histogram,
    find_scars_in_scan,
    read_review,
    write_scars_csv,
    write_scars_npz,
)
from scarplan.scars.grading import suggest_grades
from scarplan.scars.protected import mark_protected
from scarplan.scars.scarmap import LeftOut
from scarplan.scars.storage import scar_as_dict
from scarplan.surface.area import seen_area_cm2
from scarplan.surface.resolution import Resolution, state_resolution
from scarplan.surface.storage import load_scan
from scarplan.surface.surface import Scan
from scarplan.workflow.progress import Progress, report_nothing, take_share
from scarplan.workflow.scan_profile import say_form_only

#: Files a result is made from; those of the case that exist are hashed into the manifest.
_INPUTS = ("surface.npz", "scan.toml", "results/scan.json")
_REVIEW = "review.csv"
#: What is written beside the result.
_WRITTEN = ("scars.npz", "scars.csv", "grades.toml", "scars.png")


def find_scars(
    case_path: str | Path, *, review: str | Path | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Find the scars of the case's scan and write them.

    Writes `scars.npz` (labels on the scan's own grid), `scars.csv`, `grades.toml`, with a review also `review.csv`
    (copied into the case; used again when none is given), and `results/scars.json`.
    Raises Refused when the scan cannot show scars, MissingStep before `scan`, BadInput for a faulty review.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    progress("reading the scan", 0.0)
    scanned = case.read_result("scan")
    review_data = _review_bytes(case, review)
    with recording() as used:
        scan = load_scan(case.path("surface.npz"))
        resolution = _read_resolution(scan, scanned)
        if resolution.statement != say_form_only(scan.scanner):
            _refuse_blind_scan(case, scanned, resolution)
        _refuse_form_only(case, scan, scanned, resolution)
        decided = None if review_data is None else read_review(review_data[0])
        found = find_scars_in_scan(scan, progress=take_share(progress, 0.05, 0.85))
        left_out = found.left_out
        progress("judging the finds", 0.87)
        protected = _protected_skin(case)
        found = mark_protected(found, scan, protected)
        if decided is not None:
            found = apply_review(decided, found, {chart.name: chart for chart in scan.charts}, scanner=scan.scanner)
        result = _describe(scan, scanned, found, decided, resolution, left_out=left_out)
    files = {
        "scars.npz": write_scars_npz(found),
        "scars.csv": write_scars_csv(found),
        "grades.toml": _write_grades(result),
    }
    files |= {} if review_data is None else {_REVIEW: review_data[1]}
    inputs = case.hashes(*_INPUTS, *(["results/screen.json"] if protected else []))
    inputs |= {} if review_data is None else {_REVIEW: hash_bytes(review_data[1])}
    inputs["scars.npz"] = hash_bytes(files["scars.npz"])  # labels of another run do not fit these rows
    manifest = make_manifest("scars", inputs=inputs, quantities=used.quantities, sources=used.sources)
    result["manifest"] = make_plain(manifest)
    progress("writing the scars", 0.95)
    case.remove("scars.png")  # a picture of an earlier run would show other numbers
    case.write_result("scars", result, files)
    case.remove("scars.png")  # an older picture would show other scars; `--figure` draws it anew
    progress("found the scars", 1.0)
    return result


def _read_resolution(scan: Scan, scanned: dict[str, Any]) -> Resolution:
    """Return what the scan resolves as `scan` told of this very surface; looked for anew where it told otherwise."""
    told = scanned.get("resolves")
    names = {field.name for field in dataclasses.fields(Resolution)}
    return Resolution(**told) if isinstance(told, dict) and told.keys() == names else state_resolution(scan)


def _refuse_blind_scan(case: Case, scanned: dict[str, Any], resolution: Resolution) -> None:
    """Raise Refused when no scar would show."""
    if resolution.shows_scars:
        return
    raise Refused(
        f"this scan cannot show scars: {resolution.statement}",
        code="R-SCAR-001",
        do="scan again with a device or a distance that shows a scar 2 mm wide and 0.2 mm deep",
        result=_tell_refused(case, scanned, resolution),
    )


def _refuse_form_only(case: Case, scan: Scan, scanned: dict[str, Any], resolution: Resolution) -> None:
    """Raise Refused for a phone's mesh unless the profile of its scanner says that it resolves 0.1 mm of depth."""
    if scan.scanner.shows_depth:
        return
    found = (
        "its profile says that it does not" if scan.scanner.resolves_0_1_mm is False else "no current profile says so"
    )
    raise Refused(
        f"a scan by {scan.scanner.capture} gives form, zones and area only: it has to be shown that this capture "
        f"resolves 0.1 mm of depth, and {found}",
        code="R-SCAR-002",
        do="print the phantom (`scarplan commission FOLDER --phantom`), scan it with this capture, commission it "
        "(`scarplan commission FOLDER --scan ...`), then scan again with --scanner FOLDER/profile.toml",
        result=_tell_refused(case, scanned, resolution),
    )


def _tell_refused(case: Case, scanned: dict[str, Any], resolution: Resolution) -> dict[str, Any]:
    """Return what can still be told of a scan that is refused; what an earlier scan of the case has left is removed."""
    case.remove_stale("scars", "plan", "forecast", files={"scars": _WRITTEN})
    manifest = make_plain(make_manifest("scars", inputs=case.hashes(*_INPUTS)))
    told = {"resolves": make_plain(resolution), "charts": scanned.get("charts", []), "scars": None}
    return told | {"manifest": manifest}


def _review_bytes(case: Case, review: str | Path | None) -> tuple[Path, bytes] | None:
    """Return the path and the bytes of the review to use: the one given, else the one kept in the case."""
    if review is None and not _review_still_fits(case):
        return None
    path = case.path(_REVIEW) if review is None else Path(review)
    try:
        if path.exists() and not path.is_file():
            raise OSError("it is no file")  # a pipe would be waited for
        return path, path.read_bytes()
    except OSError:
        raise BadInput(f"the review {path} cannot be read", code="E-SCAR-018", do="name a review.csv file") from None


def _review_still_fits(case: Case) -> bool:
    """Whether the review kept in the case speaks of the scars of this very scan: its ids mean nothing on another."""
    if not case.has(_REVIEW) or not case.has_result("scars"):
        return False
    before = case.read_result("scars", allow_stale=True)["manifest"]["inputs"]
    return before.get("surface.npz") == case.hashes("surface.npz").get("surface.npz")


def _protected_skin(case: Case) -> list[dict[str, Any]]:
    """Return the rows of protected skin that have a place on the scan."""
    rows = case.read_result("screen").get("protected", []) if case.has_result("screen") else []
    return [row for row in rows if row.get("x_mm") is not None and row.get("y_mm") is not None]


def _describe(
    scan: Scan, scanned: dict[str, Any], found: ScarMap, review: Review | None, resolution: Resolution,
    *, left_out: Sequence[LeftOut],
) -> dict[str, Any]:  # fmt: skip
    headline = float(value_of("scars.headline_confidence"))
    sure = [scar for scar in found.scars if scar.reviewed or scar.confidence >= headline]
    sure_ids = {scar.id for scar in sure}
    seen_cm2 = sum(seen_area_cm2(chart) for chart in scan.charts)
    # Where no scar could be found there is no skin to count scars by.
    area_cm2 = max(seen_cm2 - sum(one.area_cm2 or 0.0 for one in left_out), 0.0)
    counts = {kind: sum(counted_kind(scar) == kind for scar in sure) for kind in COUNTED_KINDS}
    return {
        "scars": [_row(scar) for scar in found.scars],
        "charts": scanned.get("charts", []),
        "counts": counts,
        "counts_per_cm2": {kind: n / area_cm2 if area_cm2 else None for kind, n in counts.items()},
        "low_confidence": [scar.id for scar in found.scars if scar.id not in sure_ids],
        "histogram": make_plain(depth_histogram(scan.charts, found, ids=sure_ids)),
        "area_cm2": area_cm2,
        "total_volume_mm3": sum(scar.volume_mm3 for scar in sure if scar.volume_mm3 > 0),
        "resolves": make_plain(resolution),
        "grades": suggest_grades(sure, area_cm2=seen_cm2),
        "review": _describe_review(review),
        "not_judged": [make_plain(one) for one in left_out],
        "warnings": _warn(scan, scanned),
    }


def _row(scar: Any) -> dict[str, Any]:
    return make_plain(scar_as_dict(scar) | {"counted_as": counted_kind(scar)})


def _describe_review(review: Review | None) -> dict[str, Any] | None:
    if review is None:
        return None
    counts = {f"{action}{'ed' if action != 'retype' else 'd'}": review.count(action) for action in
              ("accept", "reject", "retype", "add")}  # fmt: skip
    return {"reviewer": review.reviewer, "date": review.date.isoformat(), **counts}


def _warn(scan: Scan, scanned: dict[str, Any]) -> list[str]:
    warnings = list(scanned.get("warnings", []))
    days = scan.days_since_session
    early = days is not None and days < value_of("scars.healing_days")
    if early and not any("session" in text for text in warnings):
        warnings.append(
            f"The scan was made {days} days after a session: swelling hides depth. Scan again after "
            f"{value_of('scars.healing_days')} days before judging change."
        )
    return warnings


def _write_grades(result: dict[str, Any]) -> bytes:
    comment = "Suggestions from relief, written by `scarplan scars`. The clinician's grade is the grade."
    return write_toml(_without_none(result["grades"]), comment=comment).encode()


def _without_none(value: Any) -> Any:
    """Return `value` as TOML can hold it: an unknown is written "unknown"."""
    if isinstance(value, dict):
        return {key: _without_none(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_none(one) for one in value]
    return "unknown" if value is None else value
