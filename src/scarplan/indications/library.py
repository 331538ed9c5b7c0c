"""The uses shipped with the package, read from `data/uses.toml`; found by id, name or any other name."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.errors import BadInput
from scarplan.indications.region import Region
from scarplan.indications.statement import read_evidence
from scarplan.indications.use import ANSWERS, Answer, RegionAnswer, Use

_FEW = 6  # as many names as one takes in at a glance


@cache
def all_uses() -> tuple[Use, ...]:
    """Return every use, those that are forecast first."""
    text = files("scarplan.indications").joinpath("data", "uses.toml").read_text("utf-8")
    return tuple(_make_use(use_id, row) for use_id, row in tomllib.loads(text).items())


def find_use(name: str) -> Use:
    """Return the use with the id, name or other name `name`, forgiving case, plural and hyphens.

    A part of a name is enough where only one use has it. Raises BadInput that names the nearest, or all that fit.
    """
    key, known = _normalise(name), _uses_by_name()
    if key in known:
        return known[key]
    found = _find_by_words(key)
    if len(found) == 1:
        return found[0]
    raise BadInput(
        f"{len(found)} uses are called so; say which" if found else f"no use of needling is called so{_nearest(key)}",
        code="E-USE-001",
        got=name,
        allowed=", ".join(use.id for use in (found or all_uses())),
        do="`scarplan uses` lists them with their other names",
    )


def answer_of_region(region: Region) -> Answer:
    """Return the most that is done about any use in `region`."""
    found = {use.answer_in(region) for use in all_uses() if region in use.regions}
    return next(answer for answer in ANSWERS if answer in found)


def _find_by_words(key: str) -> tuple[Use, ...]:
    words = set(key.split())
    hits = [use for name, use in _uses_by_name().items() if words and words <= set(name.split())]
    return tuple(dict.fromkeys(hits))


def _nearest(key: str) -> str:
    known = _uses_by_name()
    near = dict.fromkeys(known[name].id for name in difflib.get_close_matches(key, known, n=_FEW, cutoff=0.5))
    return f"; did you mean {' or '.join(repr(use_id) for use_id in list(near)[:2])}?" if near else ""


@cache
def _uses_by_name() -> Mapping[str, Use]:
    return {_normalise(name): use for use in all_uses() for name in (use.id, use.name, *use.aliases)}


def _normalise(name: str) -> str:
    """Return `name` in lower case, words only, each without the s of a plural."""
    words = re.sub(r"[^a-z0-9]+", " ", str(name).casefold()).split()
    return " ".join(word.removesuffix("s") if len(word) > len("pus") else word for word in words)


def _make_use(use_id: str, row: dict[str, Any]) -> Use:
    return Use(
        id=use_id,
        name=row["name"],
        regions=tuple(row["regions"]),
        answer=row["answer"],
        why=row["why"],
        what_to_do=row["what_to_do"],
        unknown=row["unknown"],
        evidence=read_evidence(row["evidence"]),
        aliases=tuple(row["aliases"]),
        by_region=tuple(
            RegionAnswer(region, own["answer"], own["why"], own.get("what_to_do", row["what_to_do"]))
            for region, own in row.get("region", {}).items()
        ),
    )
