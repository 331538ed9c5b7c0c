"""How many scars of a kind an examination counted over all zones, as a range and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarplan.examination import say_total

Row = Mapping[str, Any]


def total_of(assess: Row, kind: str) -> tuple[int, int] | None:
    """Return how many of a kind the zones hold that were counted; None where none of them was."""
    known = [row for row in _counts(assess, kind) if row]
    return (sum(row["low"] for row in known), sum(row["high"] for row in known)) if known else None


def say_total_of(assess: Row, kind: str) -> str:
    """Return the sum over the zones in words: `4 or more` where a zone was not counted, which adds to it."""
    counts = _counts(assess, kind)
    words = say_total((row["low"], row["high"]) for row in counts if row)
    return words if None not in counts or words.startswith("over") else f"{words} or more"


def _counts(assess: Row, kind: str) -> list[Row | None]:
    return [zone["counts"][kind] for zone in assess["zones"]]
