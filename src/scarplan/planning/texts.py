"""Texts of this room as data: inert TOML in which every figure is the name of a quantity or of a row of a trial."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.evidence.figures import fill_texts


def read_texts(name: str) -> dict[str, Any]:
    """Return the texts in `data/<name>.toml` with every figure filled in and every source noted as used."""
    return fill_texts(tomllib.loads(_read_file(name)))


@cache
def _read_file(name: str) -> str:
    return files("scarplan.planning").joinpath("data", f"{name}.toml").read_text("utf-8")
