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


def count_body(function: ast.FunctionDef) -> int:
    """Lines of a function without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_are_short(path: Path) -> None:
    # 40 is the aim; a verb that names each of its steps may reach 50.
    functions = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    too_long = {f.name: count_body(f) for f in functions if count_body(f) > 50}
    assert not too_long, f"split these by step: {too_long}"
