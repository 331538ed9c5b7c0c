"""What lies in the repository: no addresses of registries, no paths of a machine, no lock or built files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TEXT = {".py", ".toml", ".md", ".yml", ".yaml", ".json", ".html", ".css", ".js", ".csv", ".txt", ".cfg", ".svg", ""}

# Written in pieces, so that this file passes its own test.
REGISTRIES = re.compile(
    r"py"
    + r"pi\.(org|python)|python"
    + r"hosted|registry\.npm"
    + r"js|npm"
    + r"js\.org|anaconda"
    + r"\.org|conda-forge"
    + r"\.org",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers|mn" + r"t)/\w")
LOCKS = {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json", "yarn.lock", "pdm.lock"}
BUILT = {".whl", ".pyc", ".so", ".gz"}


def tracked_files() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout")
    return [PROJECT / name for name in listed.decode().split("\0") if name and (PROJECT / name).is_file()]


def find_lines(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked_files():
        if path.suffix in TEXT:
            lines = path.read_text("utf-8").splitlines()
            found += [f"{path.relative_to(PROJECT)}: {line.strip()[:120]}" for line in lines if pattern.search(line)]
    return found


def test_no_registry_is_named() -> None:
    assert find_lines(REGISTRIES) == []


def test_no_path_of_a_machine_is_named() -> None:
    assert find_lines(MACHINE_PATHS) == []


def test_no_lock_or_built_file_is_tracked() -> None:
    names = [path for path in tracked_files() if path.name in LOCKS or path.suffix in BUILT]
    assert names == []


def test_no_large_file_is_tracked() -> None:
    assert {path.name: path.stat().st_size for path in tracked_files() if path.stat().st_size > 400_000} == {}


def test_the_licence_is_whole() -> None:
    text = (PROJECT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "Lee Perry-Smith" in (PROJECT / "NOTICE").read_text("utf-8")
