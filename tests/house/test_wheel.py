"""The wheel holds every file of the package: data, templates, styles, scripts."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "src" / "scarplan"


def test_the_wheel_holds_the_whole_package(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="needs the build back end: `uv sync --group build`")
    # By the back end itself: a front end would look for it in a cache that may have been emptied.
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(build, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        held = {name.removeprefix("scarplan/") for name in packed.namelist() if name.startswith("scarplan/")}
        licences = [name for name in packed.namelist() if "/licenses/" in name]
    files = (p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    assert {p.relative_to(PACKAGE).as_posix() for p in files} - held == set()
    assert {Path(name).name for name in licences} == {"LICENSE", "NOTICE"}
