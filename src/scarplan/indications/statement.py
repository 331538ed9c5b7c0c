"""Statements on a use or a region, in our own words, each with its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """One statement with the ids of its sources."""

    text: str
    sources: tuple[str, ...]


def read_evidence(rows: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    """Return the statements of a data file."""
    return tuple(Evidence(row["text"], tuple(row["sources"])) for row in rows)
