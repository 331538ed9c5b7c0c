"""Every public name says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from house.package_sources import FILES, parsed, relative


def public_definitions(tree: ast.Module) -> Iterator[tuple[str, str | None]]:
    yield "the module", ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node)
            if isinstance(node, ast.ClassDef):
                methods = (n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_"))
                yield from ((f"{node.name}.{method.name}", ast.get_docstring(method)) for method in methods)


def all_definitions() -> Iterator[tuple[str, str | None]]:
    for path in FILES:
        for name, text in public_definitions(parsed(path)):
            yield f"{relative(path)}: {name}", text


def test_every_public_name_has_a_docstring() -> None:
    assert not [name for name, text in all_definitions() if not text]


def test_no_docstring_is_a_placeholder() -> None:
    def is_empty(text):
        return len(text) < 12 or "placeholder" in text.lower()

    assert not [name for name, text in all_definitions() if text and is_empty(text)]
