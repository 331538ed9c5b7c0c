"""Lineage: for every printed number, how it was made and which quantities stand behind it.

One file per verb, `data/lineage/<verb>.toml`; one row per path of its result:

    ["scars.*.depth_mm"]
    how = "mean of the deepest part of the scar below its own rim"
    made_by = "scars.measure"
    quantities = ["scars.deepest_share"]     # `*` stands for every quantity so named that the run used
    from_files = ["surface.npz"]

`*` in a path matches one part, `**` at its end the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.evidence.library import read_data


@dataclass(frozen=True)
class LineageRow:
    """How the numbers at one path of a verb's result come about."""

    verb: str
    path: str
    how: str
    made_by: str = ""
    quantities: tuple[str, ...] = ()
    from_files: tuple[str, ...] = ()

    def matches(self, parts: tuple[str, ...]) -> bool:
        """Whether this row is about the path with these parts."""
        pattern = self.path.split(".")
        if pattern[-1] == "**":
            pattern.pop()
            parts = parts[: len(pattern)]
        return len(pattern) == len(parts) and all(p in ("*", part) for p, part in zip(pattern, parts, strict=True))

    @property
    def exactness(self) -> tuple[bool, int, int]:
        """Rows that name more parts are taken first, then those with fewer wildcards."""
        return (not self.path.endswith("**"), self.path.count("."), -self.path.count("*"))


@cache
def lineage_of(verb: str) -> tuple[LineageRow, ...]:
    """Return the lineage rows of `verb`, the most exact first; empty where none are written."""
    if not files("scarplan.evidence").joinpath("data", "lineage", f"{verb}.toml").is_file():
        return ()
    rows = [
        LineageRow(
            verb=verb,
            path=path,
            how=row["how"],
            made_by=row.get("made_by", ""),
            quantities=tuple(row.get("quantities", ())),
            from_files=tuple(row.get("from_files", ())),
        )
        for path, row in read_data("lineage", f"{verb}.toml").items()
    ]
    return tuple(sorted(rows, key=lambda row: row.exactness, reverse=True))


def lineage_verbs() -> tuple[str, ...]:
    """Return the verbs that have a lineage file."""
    folder = files("scarplan.evidence").joinpath("data", "lineage")
    if not folder.is_dir():
        return ()
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")))


def find_row(verb: str, parts: tuple[str, ...]) -> LineageRow | None:
    """Return the most exact lineage row of `verb` for a path, None where none is written."""
    return next((row for row in lineage_of(verb) if row.matches(parts)), None)


def walk_leaves(value: Any, parts: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and value of every leaf of a result; an empty list or object is a leaf."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from walk_leaves(inner, (*parts, str(key)))
    elif isinstance(value, list | tuple) and value:
        for index, inner in enumerate(value):
            yield from walk_leaves(inner, (*parts, str(index)))
    else:
        yield parts, value


def list_unexplained(verb: str, result: Mapping[str, Any]) -> list[str]:
    """Return the paths of `result`, list positions as `*`, for which no lineage row of `verb` is written.

    The manifest explains itself and is left out.
    """
    missing: dict[str, None] = {}
    for parts, _ in walk_leaves({key: value for key, value in result.items() if key != "manifest"}):
        if find_row(verb, parts) is None:
            missing[".".join("*" if part.isdigit() else part for part in parts)] = None
    return list(missing)
