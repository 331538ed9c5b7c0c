"""Texts of the sheets as data: inert TOML in which every figure is the name of a quantity."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.evidence.figures import fill_texts


def read_sheet_texts(name: str) -> dict[str, Any]:
    """Return the texts of `report/data/<name>.toml`, figures filled in and their sources noted as used."""
    return fill_texts(tomllib.loads(_read_file(name)))


@cache
def _read_file(name: str) -> str:
    return files("scarplan.report").joinpath("data", f"{name}.toml").read_text("utf-8")
