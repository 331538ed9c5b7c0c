"""Small files: one concept each."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "scarplan"
FILES = sorted(PACKAGE.rglob("*.py"))


def count_lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_no_file_is_longer_than_600_lines() -> None:
    too_long = {str(path.relative_to(PACKAGE)): count_lines(path) for path in FILES if count_lines(path) > 600}
    assert not too_long, f"split these by concept: {too_long}"


def test_the_usual_file_is_short() -> None:
    lengths = [count_lines(path) for path in FILES]
    assert statistics.median(lengths) <= 150
    assert statistics.quantiles(lengths, n=10)[8] <= 350


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_function_is_longer_than_60_lines(path: Path) -> None:
    # 40 is the aim; a table of options or a long docstring may reach 60.
    tree = ast.parse(path.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    too_long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno + 1 > 60}
    assert not too_long, f"split these by step: {too_long}"
