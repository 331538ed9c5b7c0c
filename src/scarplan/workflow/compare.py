"""Compare: lay a follow-up over its baseline and tell which scars changed, and by more than mere error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import UsedEvidence, recording
from scarplan.manifest import make_manifest
from scarplan.records.case import Case, result_name
from scarplan.scars import ScarMap, read_scarmap
from scarplan.surface.storage import load_scan
from scarplan.surface.surface import Scan
from scarplan.visits import (
    Registration,
    Trust,
    VisitsCompared,
    compare_visits,
    judge_registration,
    with_repeatability,
    write_laid_over,
)
from scarplan.visits.trust import is_good
from scarplan.workflow.compare_result import Visit, describe_comparison, describe_trust, warn_of_visits
from scarplan.workflow.progress import Progress, report_nothing

#: Files that the comparison is made from, in either case.
_INPUTS = ("surface.npz", "scars.npz", "results/scan.json", "results/scars.json")
FIGURE, LAID = "compare.png", "compare.npz"


def compare_cases(
    case_a: str | Path,
    case_b: str | Path,
    *,
    same_day: bool = False,
    repeat: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compare the baseline `case_a` with the follow-up `case_b`, both through `scars`.

    Writes `results/compare.json` and `compare.npz` into `case_b`. `same_day` says that nothing can have changed: the
    differences are then the patient's own repeatability. `repeat` names a second scan of the baseline's day that was
    compared with it so: no change is then told below what those two differ by. Raises Refused when the visits do not
    lie over each other well enough, MissingStep before `scars`, BadInput for cases that cannot be compared.
    """
    progress = progress or report_nothing
    one, two = Case(case_a), Case(case_b)
    if one.root.resolve() == two.root.resolve():
        raise BadInput(
            f"{one.root} cannot be compared with itself", code="E-VISIT-001", do="name the baseline and the follow-up"
        )
    before, after = read_visit(one), read_visit(two)
    own = None if repeat is None else _read_repeatability(Case(repeat), one)
    with recording() as used:
        compared, trust = _compare(one, two, before, after, used=used, progress=progress)
        if own is not None:
            compared = with_repeatability(compared, own["depth_sd_mm"])
        result = describe_comparison(compared, trust, before, after, same_day=same_day, own=own)
    laid = write_laid_over(compared.laid)
    inputs = _hash_both(one, two) | {LAID: hash_bytes(laid)}
    inputs |= {} if repeat is None else _hash_other(two, Case(repeat), result_name("compare"))
    manifest = make_manifest("compare", inputs=inputs, quantities=used.quantities, sources=used.sources)
    result["manifest"] = make_plain(manifest)
    two.remove(FIGURE)  # a picture of an earlier run would show other changes; it is drawn anew
    two.write_result("compare", result, {LAID: laid})
    progress("compared the visits", 1.0)
    return result


def read_visit(case: Case) -> Visit:
    """Return a visit from its case. Raises MissingStep before `scars`."""
    scanned, found = case.read_result("scan"), case.read_result("scars")
    scan: Scan = load_scan(case.path("surface.npz"))
    scars: ScarMap = read_scarmap(case.path("scars.npz"))
    return Visit(scan, scars, scanned, found)


def _compare(
    one: Case, two: Case, before: Visit, after: Visit, *, used: UsedEvidence, progress: Progress
) -> tuple[VisitsCompared, Trust]:
    told: list[Trust] = []

    def admit(registrations: Mapping[str, Registration | None]) -> dict[str, Registration | None]:
        trust = judge_registration(registrations, one=before.scan.scanner, other=after.scan.scanner)
        told.append(trust)
        if trust.reason:
            _refuse(one, two, before, after, trust, used=used)
        return {
            name: laid if laid is not None and is_good(laid, trust.limit_mm) else None
            for name, laid in registrations.items()
        }

    compared = compare_visits(before.scan, before.scars, after.scan, after.scars, admit=admit, progress=progress)
    return compared, told[0]


def _refuse(one: Case, two: Case, before: Visit, after: Visit, trust: Trust, *, used: UsedEvidence) -> None:
    """Raise Refused; what an earlier comparison left is no result any more."""
    two.remove(result_name("compare"), FIGURE, LAID)
    empty = {"pairs": [], "new": [], "vanished": [], "gone": []}
    told = describe_trust(trust) | {"warnings": warn_of_visits(before, after)}
    manifest = make_manifest("compare", inputs=_hash_both(one, two), quantities=used.quantities, sources=used.sources)
    told["manifest"] = make_plain(manifest)
    raise Refused(
        f"registration too poor: {trust.reason}",
        code="R-VISIT-001",
        do="check that both scans show the same skin of the same person, and scan again with the same scanner, posture "
        "and resting face",
        result=empty | told,
    )


def _hash_both(one: Case, two: Case) -> dict[str, str]:
    return two.hashes(*_INPUTS) | _hash_other(two, one, *_INPUTS)


def _hash_other(case: Case, other: Case, *names: str) -> dict[str, str]:
    """Return hashes of files of another case under their way from `case`, so that they are found again."""
    way = os.path.relpath(other.root.resolve(), case.root.resolve())
    return {Path(way, name).as_posix(): digest for name, digest in other.hashes(*names).items()}


def _read_repeatability(repeat: Case, baseline: Case) -> dict[str, Any]:
    """Return the patient's own repeatability that a same-day comparison with the baseline has left."""
    told = repeat.read_result("compare")
    own = told.get("repeatability")
    before = {Path(name).name: digest for name, digest in told["manifest"]["inputs"].items() if name.startswith("..")}
    same = before.get("surface.npz") == baseline.hashes("surface.npz").get("surface.npz")
    if own is None or own.get("depth_sd_mm") is None or not same:
        raise BadInput(
            f"{repeat.root} holds no repeatability of the baseline {baseline.root}",
            code="E-VISIT-002",
            do=f"run `scarplan compare {baseline.root} {repeat.root} --same-day` first",
        )
    return own
