"""Faults of the claims that this package can see: figures, sources, and carriers that are data or files of its own.

Tests, pages, commands and rules are checked where the whole project can be seen (`tests/evidence/test_claims.py`).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

from scarplan.evidence.claims import CARRIER_KINDS, CERTAINTY_WORDS, Carrier, find_statement
from scarplan.evidence.figures import drop_figures, fill_figures
from scarplan.evidence.library import all_quantities, all_sources
from scarplan.evidence.lineage import find_row

#: The claims that there are, each with a page.
CLAIM_IDS: tuple[str, ...] = tuple(f"C{number:02d}" for number in range(1, 31))
_NOT_FOUND = re.compile(r"\bNo (trial|study)\b.*\b(read|found)\b|\bno (trial|study)\b.*\b(read|found)\b")
#: Names that hold a digit and are no figures.
_NAMES = re.compile(r"\b(CO2|I2)\b")


def check_claims(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the faults of the claims as they stand in the file."""
    ids = tuple(row["id"] for row in rows)
    faults = [] if ids == CLAIM_IDS else [f"claims: {CLAIM_IDS[0]} to {CLAIM_IDS[-1]} do not stand once each, in order"]
    return faults + [f"claim {row['id']}: {fault}" for row in rows for fault in _claim_faults(row)]


def _claim_faults(row: dict[str, Any]) -> Iterator[str]:
    for name in ("title", "statement", "because"):
        if not row[name].strip():
            yield f"has no {name}"
    if row["certainty"] not in CERTAINTY_WORDS:
        yield f"certainty {row['certainty']!r} is none of {', '.join(CERTAINTY_WORDS)}"
    for side in (*row["agrees"], *row["contradicts"]):
        yield from _side_faults(side)
    if not row.get("carried_by") and not row.get("not_yet", "").strip():
        yield "nothing carries it, and it does not say why"
    for carrier in row.get("carried_by", ()):
        yield from _carrier_faults(Carrier(**carrier))


def _side_faults(side: dict[str, Any]) -> Iterator[str]:
    if "practice" in side:
        try:
            find_statement(side["practice"])
        except KeyError as error:
            yield str(error.args[0])
        return
    text, sources = side["text"], side.get("sources", ())
    bare = _NAMES.sub("", drop_figures(text))
    if re.search(r"\d", bare):
        yield f"{text!r} holds a figure of its own; name the quantity, trial or review that has it"
    try:
        fill_figures(text)
    except KeyError as error:
        yield str(error.args[0])
    for source_id in sources:
        if source_id not in all_sources():
            yield f"source {source_id!r} does not exist"
    if not sources and not _NOT_FOUND.search(text):
        yield f"{text!r} has no source and does not say that no study was found"


def _carrier_faults(carrier: Carrier) -> Iterator[str]:
    if not carrier.what.strip():
        yield f"{carrier.where} carries nothing in words"
    if carrier.kind not in CARRIER_KINDS:
        yield f"carrier {carrier.kind!r} is none of {', '.join(CARRIER_KINDS)}"
    elif carrier.kind in ("picture", "report") and not _is_package_file(carrier.where):
        yield f"{carrier.kind} {carrier.where!r} is no file of the package"
    elif carrier.kind == "data" and not _is_data(carrier.where):
        yield f"data {carrier.where!r} is no quantity, no statement of practice and no file of the package"
    elif carrier.kind == "result":
        verb, _, path = carrier.where.partition(" ")
        if find_row(verb, tuple(path.split("."))) is None:
            yield f"result {carrier.where!r} has no lineage"


def _is_package_file(name: str) -> bool:
    return files("scarplan").joinpath(*name.split("/")).is_file()


def _is_data(name: str) -> bool:
    if "/" in name:
        return _is_package_file(name)
    try:
        find_statement(name)
    except KeyError:
        return bool(fnmatch.filter(all_quantities(), name))
    return True
