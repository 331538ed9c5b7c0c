"""Small files: one concept each."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

from house.package_sources import FILES, PACKAGE, parsed, relative


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


def test_functions_are_short() -> None:
    functions = [
        (f"{relative(path)} {node.name}", node)
        for path in FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
    ]
    too_long = {name: count_steps(node) for name, node in functions if count_steps(node) > 35}
    assert not too_long, f"split these: {too_long}"
    lines = {name: node.end_lineno - node.lineno + 1 for name, node in functions}
    endless = {name: count for name, count in lines.items() if count > 100}
    assert not endless, f"split these: {endless}"
