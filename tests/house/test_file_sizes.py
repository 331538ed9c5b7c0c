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


def count_steps(function: ast.FunctionDef) -> int:
    """Statements of a function, its docstring apart; a table of options spread over lines is one."""
    inside = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]
    return len(inside) - (ast.get_docstring(function) is not None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_are_short(path: Path) -> None:
    functions = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    too_long = {f.name: count_steps(f) for f in functions if count_steps(f) > 35}
    assert not too_long, f"split these: {too_long}"
    endless = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno + 1 > 100}
    assert not endless, f"split these: {endless}"
