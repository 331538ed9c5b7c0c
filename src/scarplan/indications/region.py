"""Regions of the body that people ask needling for, by id or by any of their other names, from `data/regions.toml`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, get_args

from scarplan.errors import BadInput
from scarplan.indications.statement import Evidence, read_evidence

Region: TypeAlias = Literal["face", "neck", "scalp", "hands", "body"]

#: Every region, from the face down.
REGIONS: tuple[Region, ...] = get_args(Region)


@dataclass(frozen=True)
class Place:
    """What is known of needling in one region, and why as much or as little is done there."""

    region: Region
    name: str
    why: str
    unknown: str
    evidence: tuple[Evidence, ...]
    aliases: tuple[str, ...] = ()


@cache
def all_places() -> tuple[Place, ...]:
    """Return every region with what is known there."""
    rows = tomllib.loads(files("scarplan.indications").joinpath("data", "regions.toml").read_text("utf-8"))
    return tuple(
        Place(
            region=region,
            name=rows[region]["name"],
            why=rows[region]["why"],
            unknown=rows[region]["unknown"],
            evidence=read_evidence(rows[region]["evidence"]),
            aliases=tuple(rows[region]["aliases"]),
        )
        for region in REGIONS
    )


def is_region(name: str) -> bool:
    """Whether a region is called `name`."""
    return _normalise(name) in _places_by_name()


def find_place(name: str) -> Place:
    """Return the region with the id, other name or zone `name`. Raises BadInput with the nearest name."""
    known, key = _places_by_name(), _normalise(name)
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=1)
    raise BadInput(
        "no region is called so" + (f"; did you mean {near[0]!r}?" if near else ""),
        code="E-USE-002",
        got=name,
        allowed=", ".join(REGIONS),
        do="name one of the regions, or leave it out",
    )


def find_region(name: str) -> Region:
    """Return the id of the region with the id, other name or zone `name`. Raises BadInput with the nearest name."""
    return find_place(name).region


@cache
def _places_by_name() -> Mapping[str, Place]:
    return {_normalise(name): place for place in all_places() for name in (place.region, place.name, *place.aliases)}


def _normalise(name: str) -> str:
    return re.sub(r"[^a-z]+", " ", str(name).casefold()).strip()
