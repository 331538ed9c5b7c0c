"""A small real case through every verb up to the plan, made once; tests that change it take a copy."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scarplan.records import Case
from scarplan.surface.phantom import make_phantom
from scarplan.workflow.forecast import forecast_course
from scarplan.workflow.new_patient import example_patient
from scarplan.workflow.plan import plan_course
from scarplan.workflow.scan import scan_surface
from scarplan.workflow.scars import find_scars
from scarplan.workflow.screen import screen_patient

COUNTS = {"icepick": 3, "boxcar": 4, "rolling": 3, "raised": 1}


def make_planned_case(folder: Path) -> Case:
    """Screen, scan, find and plan a small phantom cheek."""
    phantom = make_phantom(3, rows=300, columns=300, pixel_mm=0.1, counts=COUNTS)
    heights = io.BytesIO()
    np.save(heights, phantom.surface.relief_mm.astype(np.float32))
    (folder / "cheek.npy").write_bytes(heights.getvalue())
    (folder / "patient.toml").write_text(example_patient(), encoding="utf-8")
    case = Case(folder / "case")
    screen_patient(case.root, folder / "patient.toml", date="2026-03-02")
    scan_surface(folder / "cheek.npy", case.root, unit="mm", pixel_mm=0.1, zone="cheek", side="right")
    find_scars(case.root)
    plan_course(case.root)
    return case


@pytest.fixture(scope="session")
def planned_case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return a case with a plan. Read it only."""
    return make_planned_case(tmp_path_factory.mktemp("planned"))


@pytest.fixture(scope="session")
def forecast_case(planned_case: Case, tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, dict[str, Any]]:
    """Return a case with its forecast. Read it only."""
    case = Case(shutil.copytree(planned_case.root, tmp_path_factory.mktemp("forecast") / "case"))
    return case, forecast_course(case.root)


@pytest.fixture
def case_copy(planned_case: Case, tmp_path: Path) -> Case:
    """Return a copy of the planned case that a test may change."""
    return Case(shutil.copytree(planned_case.root, tmp_path / "copy"))
