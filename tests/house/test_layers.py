"""Imports go one way (the contracts stand in pyproject.toml)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


def test_imports_go_one_way() -> None:
    if importlib.util.find_spec("importlinter") is None:
        pytest.skip("needs import-linter: `uv sync --group lint`")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
