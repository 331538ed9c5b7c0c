"""No junk drawers, no stray prints, nothing left to do, no rule switched off in passing."""

from __future__ import annotations

import ast
import re

from house.package_sources import FILES, PACKAGE, PROJECT, parsed, relative

WRITTEN_HERE = [*FILES, *sorted((PROJECT / "tests").rglob("*.py")), *sorted((PROJECT / "docs").rglob("*.py"))]

JUNK_DRAWERS = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "stuff", "core", "base_utils"}
# Written in two pieces, so that this file passes its own test.
LEFTOVERS = re.compile(
    "|".join(
        (
            "TO" + "DO",
            "FIX" + "ME",
            "XX" + "X",
            "# no" + "qa",
            "# type: " + "ignore",
            "pragma: no " + "cover",
            "pyright: " + "ignore",
        )
    )
)


def test_a_file_is_named_after_its_concept() -> None:
    def names(path):
        return {part.removesuffix(".py").strip("_") for part in path.relative_to(PACKAGE).parts}

    assert not [relative(path) for path in FILES if names(path) & JUNK_DRAWERS]


def test_nothing_is_left_over() -> None:
    found = [
        f"{relative(path)}: {line.strip()}"
        for path in WRITTEN_HERE
        for line in path.read_text("utf-8").splitlines()
        if LEFTOVERS.search(line)
    ]
    assert not found


def test_only_the_command_line_prints() -> None:
    def prints(node):
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"

    silent = [path for path in FILES if "cli" not in path.relative_to(PACKAGE).parts]
    assert not [relative(path) for path in silent if any(prints(node) for node in ast.walk(parsed(path)))]


def test_a_room_opens_with_its_table_of_contents() -> None:
    rooms = [path for path in FILES if path.name == "__init__.py" and path.parent != PACKAGE]
    assert not [relative(path) for path in rooms if not ast.get_docstring(parsed(path))], "say what lives there"

    def is_contents(node):  # `__future__`, imports and `__all__` only: an __init__ is a table of contents
        if isinstance(node, ast.ImportFrom):
            return True
        return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"

    assert not [relative(path) for path in rooms if not all(is_contents(node) for node in parsed(path).body[1:])]
