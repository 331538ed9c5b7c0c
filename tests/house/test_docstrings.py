"""Every public name says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "scarplan"
FILES = sorted(PACKAGE.rglob("*.py"))


def public_definitions(tree: ast.Module) -> Iterator[tuple[str, str | None]]:
    yield "the module", ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node)
            if isinstance(node, ast.ClassDef):
                methods = (n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_"))
                yield from ((f"{node.name}.{method.name}", ast.get_docstring(method)) for method in methods)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_public_name_has_a_docstring(path: Path) -> None:
    missing = [name for name, text in public_definitions(ast.parse(path.read_text("utf-8"))) if not text]
    assert not missing


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_docstring_is_a_placeholder(path: Path) -> None:
    definitions = public_definitions(ast.parse(path.read_text("utf-8")))
    empty = [name for name, text in definitions if text and (len(text) < 12 or "placeholder" in text.lower())]
    assert not empty
