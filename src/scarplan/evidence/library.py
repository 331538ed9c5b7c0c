"""The library of quantities and sources shipped with the package, and a record of what a run used.

Rooms ask `quantity("injury.recoil_ratio")` or `value_of("injury.recoil_ratio")` where they need it;
inside `with recording() as used:` every name asked for is noted, so that `cite` lists only what was used.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from scarplan.evidence.quantity import Prior, Quantity
from scarplan.evidence.source import Source


@dataclass
class UsedEvidence:
    """Names of the quantities and sources that a run asked for."""

    quantities: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)


_used: ContextVar[tuple[UsedEvidence, ...]] = ContextVar("used_evidence", default=())


@contextmanager
def recording() -> Iterator[UsedEvidence]:
    """Note every quantity and source asked for inside the block (blocks nest)."""
    used = UsedEvidence()
    token = _used.set((*_used.get(), used))
    try:
        yield used
    finally:
        _used.reset(token)


def quantity(name: str) -> Quantity:
    """Return the quantity called `name`. Raises KeyError with the nearest name."""
    found, main_id = _look_up(name)
    for used in _used.get():
        used.quantities.add(found.name)
        used.sources.add(main_id)
    return found


def value_of(name: str) -> Any:
    """Return the value of the quantity called `name`."""
    found, main_id = _look_up(name)  # as `quantity` does: asked for ten thousand times in one measurement
    for used in _used.get():
        used.quantities.add(found.name)
        used.sources.add(main_id)
    return found.value


def source(source_id: str) -> Source:
    """Return the source called `source_id`. Raises KeyError with the nearest name."""
    found = _one_source(source_id) or _find(source_id, all_sources(), "source")
    for used in _used.get():
        used.sources.add(_main_id(found.id))
    return found


@cache
def all_quantities() -> dict[str, Quantity]:
    """Return every quantity of the package by its dotted name `<file>.<key>`."""
    rooms = [path.name.removesuffix(".toml") for path in _data_files("quantities")]
    return {name: row for room in rooms for name, row in quantities_of(room).items()}


@cache
def quantities_of(room: str) -> dict[str, Quantity]:
    """Return the quantities of one room by their dotted names; none for a room without quantities."""
    path = _data_folder("quantities").joinpath(f"{room}.toml")
    found = {}
    for key, row in tomllib.loads(path.read_text("utf-8")).items() if path.is_file() else ():
        name = f"{room}.{key}"
        prior = Prior(**row.pop("prior")) if "prior" in row else None
        found[name] = Quantity(name=name, prior=prior, **row)
    return found


@cache
def all_sources() -> dict[str, Source]:
    """Return every source of the package by its id. An id may stand in one file only."""
    found: dict[str, Source] = {}
    for path in _data_files("sources"):
        for source_id, row in tomllib.loads(path.read_text("utf-8")).items():
            if source_id in found:
                raise ValueError(f"source {source_id!r} stands twice; the second time in {path.name}")
            found[source_id] = Source(id=source_id, **row)
    return found


@cache
def _look_up(name: str) -> tuple[Quantity, str]:
    """Return the quantity called `name` and the id its source is noted under."""
    found = quantities_of(name.partition(".")[0]).get(name) or _find(name, all_quantities(), "quantity")
    return found, _main_id(found.source)


def read_data(*parts: str) -> dict[str, Any]:
    """Return a TOML data file of this package, for example `read_data("trials.toml")`."""
    return tomllib.loads(files("scarplan.evidence").joinpath("data", *parts).read_text("utf-8"))


def _main_id(source_id: str) -> str:
    """Return the id under which a document is noted: several ids may name the same one."""
    found = _one_source(source_id)
    return (found.same_as if found else None) or source_id


@cache
def _one_source(source_id: str) -> Source | None:
    """Return the source called `source_id`, read from its own lines: a verb notes a few sources of hundreds."""
    own_lines = re.compile(rf"^\[{re.escape(source_id)}\]$.*?(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
    for text in _source_texts():
        if row := own_lines.search(text):
            return Source(id=source_id, **tomllib.loads(row.group())[source_id])
    return None


@cache
def _source_texts() -> tuple[str, ...]:
    return tuple(path.read_text("utf-8") for path in _data_files("sources"))


def _data_files(folder: str) -> list[Traversable]:
    found = [path for path in _data_folder(folder).iterdir() if path.name.endswith(".toml")]
    return sorted(found, key=lambda path: path.name)


def _data_folder(folder: str) -> Traversable:
    return files("scarplan.evidence").joinpath("data", folder)


def _find(name: str, known: dict[str, Any], what: str) -> Any:
    if name in known:
        return known[name]
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise KeyError(f"no {what} is called {name!r}{hint}")
