"""Texts of this room as data: inert TOML in which every figure is the name of a quantity."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.evidence.figures import fill_texts


def read_text(name: str, key: str) -> dict[str, Any]:
    """Return the table `key` of `data/<name>.toml` with its figures filled in and its sources noted as used."""
    return fill_texts(_read_file(name)[key])


@cache
def _read_file(name: str) -> dict[str, Any]:
    return tomllib.loads(files("scarplan.examination").joinpath("data", f"{name}.toml").read_text("utf-8"))
