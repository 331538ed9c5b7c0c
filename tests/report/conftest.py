"""Case folders for the tests of the report, written from the hand-made example."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import example_case
import example_examination
import numpy as np
import pytest

from scarplan.records import Case
from scarplan.scars import ScarMap, write_scars_npz
from scarplan.surface import Scan, Surface
from scarplan.surface.storage import save_scan
from scarplan.workflow.report import write_report

WriteCase = Callable[..., Case]


@pytest.fixture
def results() -> dict[str, dict[str, Any]]:
    """Return the example's result of each verb, free to be changed."""
    return example_case.make_results()


@pytest.fixture
def write_case(tmp_path: Path) -> WriteCase:
    """Return a function that writes results (and, unless told otherwise, arrays) into a case folder."""

    return make_writer(tmp_path)


@pytest.fixture(scope="session")
def write_cases_in() -> Callable[[Path], WriteCase]:
    """Return what `write_case` is made with, for fixtures that outlive one test."""
    return make_writer


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return the example with its report, made once. Read it, never write into it."""
    case = make_writer(tmp_path_factory.mktemp("report"))(example_case.make_results())
    write_report(case.root)
    return case


@pytest.fixture
def examined() -> dict[str, dict[str, Any]]:
    """Return the example's result of each verb of a case without a scan, free to be changed."""
    return example_examination.make_results()


@pytest.fixture(scope="session")
def by_eye(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return a case without a scan, followed up and with outcomes, reported once. Never write into it."""
    results = example_examination.make_results()
    results["follow_up"] = example_examination.make_follow_up()
    results["outcomes"] = example_examination.make_outcomes()
    case = make_writer(tmp_path_factory.mktemp("by-eye"))(results, arrays=False)
    write_report(case.root)
    return case


def make_writer(base: Path) -> WriteCase:
    """Return a function that writes results and arrays into a folder inside `base`."""

    def write(results: dict[str, dict[str, Any]], *, folder: str = "case", arrays: bool = True) -> Case:
        case = Case(base / folder)
        files = _array_files(results) if arrays else {}
        files["patient.toml"] = b'patient_id = "EX-017"\n'
        case.write_files(files)
        if "screen" in results:
            results["screen"]["manifest"]["inputs"] = case.hashes("patient.toml")
        for verb, result in results.items():
            case.write_result(verb, result)
        return case

    return write


def _array_files(results: dict[str, dict[str, Any]]) -> dict[str, bytes]:
    relief, valid, labels, level = example_case.make_arrays()
    chart = Surface(name="map", relief_mm=relief, valid=valid, pixel_mm=example_case.PIXEL_MM)
    files = {
        "surface.npz": save_scan(Scan(charts=(chart,))),
        "scars.npz": write_scars_npz(ScarMap((), {"map": labels}, {"map": level})),
    }
    if "forecast" in results:
        parts = {"poor": 0.02, "middle": 0.25, "good": 0.5}
        reliefs = {f"relief_{name}": example_case.make_arrays(filled=part)[0] for name, part in parts.items()}
        files[f"forecast/{results['forecast']['plan']}.npz"] = _pack(**reliefs)
    return files


def _pack(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()
