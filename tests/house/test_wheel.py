"""The wheel holds every file of the package: data, templates, styles, scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "src" / "scarplan"
#: As it was before any test: uv finds its cache through it.
ENVIRONMENT = dict(os.environ)


def test_the_wheel_holds_the_whole_package(tmp_path: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv: `pip install uv`")
    build = [uv, "build", "--wheel", "--offline", "--quiet", "--out-dir", str(tmp_path)]
    done = subprocess.run(build, cwd=PROJECT, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode and "offline" in done.stderr.lower():
        pytest.skip("needs the build back end in the cache of uv, where `uv run` puts it")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        held = {name.removeprefix("scarplan/") for name in packed.namelist() if name.startswith("scarplan/")}
        licences = [name for name in packed.namelist() if "/licenses/" in name]
    files = (p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    assert {p.relative_to(PACKAGE).as_posix() for p in files} - held == set()
    assert {Path(name).name for name in licences} == {"LICENSE", "NOTICE"}
