"""The top of the package: the same verbs as the command line, loaded when first used."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import scarplan

SOURCE = Path(scarplan.__file__)


def test_all_is_exactly_the_verbs() -> None:
    assert scarplan.__all__ == sorted(scarplan._VERBS)


def test_type_checkers_see_the_same_verbs() -> None:
    imports = [node for node in ast.walk(ast.parse(SOURCE.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    seen = {alias.asname: node.module for node in imports if node.module.startswith("scarplan") for alias in node.names}
    assert seen == {verb: f"scarplan.workflow.{file}" for verb, file in scarplan._VERBS.items()}


@pytest.mark.parametrize("verb", scarplan.__all__)
def test_a_verb_can_be_called_and_is_documented(verb: str) -> None:
    function = getattr(scarplan, verb)
    assert inspect.isfunction(function)
    assert inspect.getdoc(function)
    # After the data (a case, a file), everything is named.
    positional = [p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= 2


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'plan_cuorse'"):
        _ = scarplan.plan_cuorse


def test_importing_the_package_loads_no_verb() -> None:
    code = "import sys, scarplan; print([n for n in sys.modules if n.startswith('scarplan.')])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
