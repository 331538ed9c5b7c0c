"""Texts of this room as data: inert TOML in which every figure is the name of a quantity."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.evidence.library import quantity, source

_PLACE = re.compile(r"\{(?P<name>[a-z_]+\.[a-z0-9_]+)(?:\|(?P<form>range|span))?\}")


def read_texts(name: str) -> dict[str, Any]:
    """Return the texts in `data/<name>.toml` with every figure filled in and every source noted as used."""
    return _fill(tomllib.loads(_read_file(name)))


def fill_figures(text: str) -> str:
    """Return `text` with `{room.key}` replaced by the value of that quantity.

    `{room.key|range}` gives its published range, `{room.key|span}` a value that is a pair: `5 to 14`.
    """
    return _PLACE.sub(_say, text)


def write_figure(value: float) -> str:
    """Return a number as it is printed: no trailing zeros, a true minus sign."""
    return f"{value:g}".replace("-", "−")


@cache
def _read_file(name: str) -> str:
    return files("scarplan.planning").joinpath("data", f"{name}.toml").read_text("utf-8")


def _say(place: re.Match[str]) -> str:
    found = quantity(place["name"])
    if place["form"] == "range":
        if found.low is None or found.high is None:
            return "range unknown"
        return f"{write_figure(found.low)} to {write_figure(found.high)}"
    if place["form"] == "span":
        low, high = found.value
        return f"{write_figure(low)} to {write_figure(high)}"
    return write_figure(found.value)


def _fill(value: Any) -> Any:
    if isinstance(value, str):
        return fill_figures(value)
    if isinstance(value, list):
        return [_fill(item) for item in value]
    if isinstance(value, dict):
        filled = {key: _fill(item) for key, item in value.items()}
        for source_id in filled.get("sources", ()):
            source(source_id)
        return filled
    return value
