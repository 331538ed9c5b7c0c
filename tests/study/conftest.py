"""Repeats that several tests of studies read."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.made_repeats import write_repeats


@pytest.fixture(scope="session")
def repeats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three skins with two scans each, unlisted and without marks of people. Read it, never write into it."""
    return write_repeats(tmp_path_factory.mktemp("repeats"), subjects=3, repeats=2)
