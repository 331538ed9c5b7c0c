"""`scan` and `scars` are answered in about a second: what takes long to import is not imported on their way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scarplan.surface.phantom import make_phantom

HEAVY = (
    "scipy", "numpy.ma", "numpy.f2py", "jax", "jaxtyping", "equinox", "pandas", "pyarrow", "statsmodels", "pydantic",
    "tomlkit", "jinja2", "matplotlib", "skimage", "trimesh", "PIL", "tifffile", "small_gicp", "weasyprint",
)  # fmt: skip
RUN = """
import sys
from scarplan.cli.group import main
try:
    main(sys.argv[1:])
except SystemExit as done:
    assert not done.code, done.code
heavy = [name for name in {heavy!r} if name in sys.modules]
assert not heavy, f"imported on the way: {{heavy}}"
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN.format(heavy=HEAVY), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_scan_and_scars_import_nothing_heavy(tmp_path: Path) -> None:
    phantom = make_phantom(seed=1)
    file, case = tmp_path / "cheek.npy", str(tmp_path / "case")
    np.save(file, phantom.surface.relief_mm)
    pixel = str(phantom.surface.pixel_mm)
    scanned = run("scan", str(file), case, "--unit", "mm", "--pixel-mm", pixel, "--zone", "cheek", "--json")
    assert not scanned.returncode, scanned.stderr
    found = run("scars", case, "--json")
    assert not found.returncode, found.stderr


@pytest.mark.parametrize("name", ["scipy", "pandas"])
def test_the_guard_sees_what_is_imported(name: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import {name}\n" + RUN.format(heavy=HEAVY), "--version"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode
    assert name in told.stderr
