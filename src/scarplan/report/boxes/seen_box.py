"""The type of box 2, filled from a scan (seen.py) or from an examination (counted.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SeenBox:
    """Headline, counts by kind (name, number or words), facts, what was not assessed, who reviewed or examined."""

    headline: str
    kinds: tuple[tuple[str, int | str], ...]
    facts: tuple[str, ...]
    not_assessed: str
    review: str
    is_reviewed: bool
    warnings: tuple[str, ...]
