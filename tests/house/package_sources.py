"""The package's source files, each read and parsed once. One test looks at all of them and names those that offend."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "src" / "scarplan"
FILES = sorted(PACKAGE.rglob("*.py"))


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of one file."""
    return ast.parse(path.read_text("utf-8"))


def relative(path: Path) -> str:
    """Return the path as it is told in a message."""
    return path.relative_to(PROJECT).as_posix()
