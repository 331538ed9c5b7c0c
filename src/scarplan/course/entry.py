"""Entry: one line of the ledger, its canonical text and its hash.

A line is canonical JSON (keys sorted, no spaces, plain ASCII) and a newline. `hash` is the SHA-256 of the canonical
text of the entry without `hash`; `previous` is the hash of the line before, so that each line vouches for all earlier.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput

Kind: TypeAlias = Literal[
    "session", "scan", "examination", "adverse_event", "approval", "decision", "forecast", "correction"
]
KINDS: tuple[str, ...] = get_args(Kind)
#: What the first entry of a ledger names as the entry before it.
FIRST_PREVIOUS = "0" * 64
#: A signer that a file does not tell the role of.
ROLE_NOT_STATED = "not stated"


@dataclass(frozen=True)
class Signer:
    """Who made an entry, in which role."""

    name: str
    role: str = ROLE_NOT_STATED


@dataclass(frozen=True)
class Entry:
    """One entry. `day` is the day that it is about, `content` plain values, `number` counts from 1."""

    number: int
    kind: Kind
    day: datetime.date
    by: Signer
    content: Mapping[str, Any]
    previous: str = FIRST_PREVIOUS
    hash: str = field(default="")

    def line(self) -> bytes:
        """Return the entry as its line of the ledger, with the newline."""
        return _canonical(_plain(self)) + b"\n"


def make_entry(
    kind: Kind, *, number: int, day: datetime.date, by: Signer, content: Mapping[str, Any], previous: str
) -> Entry:
    """Return a new entry with its hash. Raises BadInput for a kind that is none or a signer without a name."""
    if kind not in KINDS:
        raise BadInput("no such kind of entry", code="E-LEDGER-001", got=kind, allowed=", ".join(KINDS))
    if not by.name.strip() or not (by.name + by.role).isprintable():
        raise BadInput(
            "an entry of the ledger needs the name of who makes it",
            code="E-LEDGER-002",
            got=by.name,
            allowed="printable characters on one line",
            do="give the name",
        )
    # Read back from its own text: what is kept in memory is what a later reader gets.
    plain = json.loads(_canonical(make_plain(content)))
    made = Entry(number=number, kind=kind, day=day, by=by, content=plain, previous=previous)
    return Entry(number=number, kind=kind, day=day, by=by, content=plain, previous=previous, hash=hash_of(made))


def hash_of(entry: Entry) -> str:
    """Return the hash that belongs to an entry: over all of it but the hash."""
    plain = _plain(entry)
    del plain["hash"]
    return hash_bytes(_canonical(plain))


def parse_line(line: bytes) -> Entry:
    """Return the entry of one line (with its newline). Raises ValueError for what was never written as such."""
    plain = json.loads(line)
    if not isinstance(plain, dict) or set(plain) != {one.name for one in fields(Entry)}:
        raise ValueError("it is no entry")
    signer = plain["by"]
    if plain["kind"] not in KINDS or not isinstance(signer, dict) or set(signer) != {"name", "role"}:
        raise ValueError("it is no entry")
    day = datetime.date.fromisoformat(plain["day"])
    entry = Entry(**(plain | {"by": Signer(**signer), "day": day}))
    if entry.line() != line:  # another spacing, order or spelling of the same values: not by us
        raise ValueError("it is not written as the ledger writes")
    return entry


def _plain(entry: Entry) -> dict[str, Any]:
    return make_plain(entry)


def _canonical(plain: Mapping[str, Any]) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
