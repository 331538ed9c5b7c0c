"""The demo: the whole way on a phantom cheek whose scars are known, or without a scanner, through the same verbs."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.errors import BadInput
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.surface.phantom import Phantom, make_phantom
from scarplan.workflow.demo_course import follow_demo_course
from scarplan.workflow.demo_folder import MARKS, check_demo_folder, start_again
from scarplan.workflow.demo_without_scan import run_demo_without_scan
from scarplan.workflow.forecast import forecast_course
from scarplan.workflow.new_patient import example_patient
from scarplan.workflow.plan import plan_course
from scarplan.workflow.progress import Progress, report_nothing, take_share
from scarplan.workflow.report import write_report
from scarplan.workflow.scan import scan_surface
from scarplan.workflow.scars import find_scars
from scarplan.workflow.screen import screen_patient
from scarplan.workflow.template import print_template

_MARK = MARKS["scan"][0]
#: The demo tells one story on fixed days, so that the same seed gives the same bytes on any day.
_SCREENED_ON, _SCANNED_ON = "2026-03-02", "2026-03-02"
#: The part of the work of a whole course that comes before its first session.
_SHARE_BEFORE_COURSE = 0.25


def run_demo(
    folder: str | Path = "scarplan-demo",
    *,
    seed: int = 1,
    depth: float = 1.0,
    no_scan: bool = False,
    course: bool = False,
    pdf: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build a phantom cheek, then screen, scan, find, plan, forecast and report it in `folder`.

    `depth` multiplies the depth of every scar of the phantom. `no_scan` goes the way of a clinic without a scanner
    instead, with an invented patient examined by eye. `course` goes on to the end of a whole course, with sessions and
    follow-up scans of the phantom, which answers in a known way. Raises BadInput when `folder` holds something else.
    """
    progress = progress or report_nothing
    _check_depth(depth, no_scan=no_scan)
    _check_course(course, no_scan=no_scan)
    if no_scan:
        return run_demo_without_scan(folder, seed=seed, pdf=pdf, progress=progress)
    whole, progress = progress, take_share(progress, 0.0, _SHARE_BEFORE_COURSE if course else 1.0)
    case = Case(folder)
    check_demo_folder(case, kind="scan", seed=seed)
    progress("building a phantom cheek with known scars", 0.0)
    start_again(case)
    phantom = make_phantom(seed, depth_factor=depth)
    case.write_files(_input_files(phantom))

    def inside(name: str) -> str:
        return str(case.path("input") / name)

    screening = screen_patient(
        case.root, inside("patient.toml"), date=_SCREENED_ON, progress=take_share(progress, 0.03, 0.05)
    )
    scan_surface(
        inside("phantom_cheek.npy"),
        case.root,
        unit="mm",
        pixel_mm=phantom.surface.pixel_mm,
        zone="cheek",
        side="right",
        date=_SCANNED_ON,
        replace=True,
        progress=take_share(progress, 0.05, 0.10),
    )
    scars = find_scars(case.root, progress=take_share(progress, 0.10, 0.30))
    plan = plan_course(
        case.root,
        goals=inside("goals.toml"),
        protocol=inside("clinic_protocol.toml"),
        seed=seed,
        progress=take_share(progress, 0.30, 0.50),
    )
    forecast = forecast_course(case.root, seed=seed, progress=take_share(progress, 0.50, 0.85))
    followed = {}
    if course:
        rest = take_share(whole, _SHARE_BEFORE_COURSE, 0.97)
        followed["course"] = follow_demo_course(case, phantom, plan, seed=seed, progress=rest)
        progress = take_share(whole, 0.80, 1.0)
    report = write_report(case.root, pdf=pdf, progress=take_share(progress, 0.85, 1.0))
    return {
        "folder": str(case.root),
        "report": str(case.path("report.html")),
        "basis": plan["basis"],
        "screening": {"decision": screening["decision"], "summary": screening["summary"]},
        "truth": _compare_with_truth(phantom, scars),
        "scars": {key: scars[key] for key in ("counts", "area_cm2", "total_volume_mm3", "low_confidence")},
        "plan": {key: plan[key] for key in ("plan", "status", "sessions", "interval_days", "zones")},
        "forecast": {key: forecast[key] for key in ("published", "kinds", "judge_day", "notice", "harms")},
        **followed,
        "files": report["files"],
        "manifest": make_manifest("demo", inputs=case.hashes(*_input_files(phantom)), seed=seed, uses_jax=True),
    }


def _check_course(course: bool, *, no_scan: bool) -> None:
    if course and no_scan:
        raise BadInput(
            "the demo of a whole course is made with scans",
            code="E-DEMO-006",
            do="leave one of --course and --no-scan away",
        )


def _check_depth(depth: float, *, no_scan: bool) -> None:
    if no_scan and depth != 1.0:
        raise BadInput(
            "the demo without a scan takes no depth factor: no depth is measured in it",
            code="E-DEMO-004",
            got=depth,
            do="leave --depth away; another --seed is another patient",
        )
    if not 0.2 <= depth <= 3.0:
        raise BadInput(
            "the depth factor of the demo is out of range",
            code="E-DEMO-001",
            got=depth,
            allowed="0.2 to 3.0",
            do="try --depth 0.5 for shallow scars",
        )


def _input_files(phantom: Phantom) -> dict[str, bytes]:
    heights = io.BytesIO()
    np.save(heights, phantom.surface.relief_mm.astype(np.float32))
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["kind", "x_mm", "y_mm", "width_mm", "depth_mm", "volume_mm3"])
    for scar in phantom.scars:
        writer.writerow(
            [
                scar.kind,
                *(f"{v:.4f}" for v in (scar.x_mm, scar.y_mm, scar.width_mm, scar.depth_mm, scar.volume_mm3)),
            ]
        )
    return {
        "input/phantom_cheek.npy": heights.getvalue(),
        "input/patient.toml": example_patient().encode(),
        "input/goals.toml": print_template("goals").encode(),
        "input/clinic_protocol.toml": print_template("protocol").encode(),
        _MARK: rows.getvalue().encode(),
    }


def _compare_with_truth(phantom: Phantom, scars: dict[str, Any]) -> dict[str, Any]:
    """Match each known scar with the nearest find inside its outline; tell how many and how well."""
    confident = [s for s in scars["scars"] if s["id"] not in set(scars["low_confidence"])]
    errors_um: list[float] = []
    free = list(confident)
    for truth in phantom.scars:
        near = min(free, key=lambda s: np.hypot(s["x_mm"] - truth.x_mm, s["y_mm"] - truth.y_mm), default=None)
        if near and np.hypot(near["x_mm"] - truth.x_mm, near["y_mm"] - truth.y_mm) <= truth.width_mm / 2:
            free.remove(near)
            errors_um.append(1000 * (near["depth_mm"] - truth.depth_mm))
    return {
        "known": len(phantom.scars),
        "found": len(errors_um),
        "not_scars": len(free),
        "mean_depth_error_um": float(np.mean(np.abs(errors_um))) if errors_um else None,
    }
