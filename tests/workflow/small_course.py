"""A short course over a small phantom cheek: every verb as in the demo, on a tenth of its pixels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import scarplan
from scarplan.surface.phantom import make_phantom
from scarplan.workflow.new_patient import example_patient

PIXEL_MM = 0.1
#: A cheek of 1.6 x 1.6 cm with five scars.
GRID = {
    "rows": 160,
    "columns": 160,
    "pixel_mm": PIXEL_MM,
    "counts": {"rolling": 1, "boxcar": 2, "icepick": 1, "raised": 1},
}
SCREENED_ON = "2026-03-02"


def write_inputs(folder: Path, *, seed: int = 3) -> Path:
    """Write a scan, a patient, goals and a clinic protocol into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    phantom = make_phantom(seed, **GRID)
    np.save(folder / "cheek.npy", phantom.surface.relief_mm.astype(np.float32))
    (folder / "patient.toml").write_text(example_patient(), "utf-8")
    for name in ("goals", "protocol"):
        (folder / f"{name}.toml").write_text(scarplan.print_template(name), "utf-8")
    return folder


def measure(case: Path, inputs: Path, *, zone: str | None = "cheek") -> dict[str, Any]:
    """Screen, scan and find the scars; return the result of `scars`."""
    scarplan.screen_patient(case, inputs / "patient.toml", date=SCREENED_ON)
    side = None if zone is None else "right"
    scarplan.scan_surface(inputs / "cheek.npy", case, unit="mm", pixel_mm=PIXEL_MM, zone=zone, side=side)
    return scarplan.find_scars(case)


def plan(case: Path, inputs: Path, *, seed: int = 0) -> dict[str, Any]:
    """Plan with the goals and the protocol of `inputs`."""
    return scarplan.plan_course(case, goals=inputs / "goals.toml", protocol=inputs / "protocol.toml", seed=seed)


def read_result(case: Path, verb: str) -> dict[str, Any]:
    return json.loads((case / "results" / f"{verb}.json").read_text("utf-8"))
