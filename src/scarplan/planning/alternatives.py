"""Other treatments beside the plan, and none; where sources disagree both are shown."""

from __future__ import annotations

from scarplan.planning.texts import read_texts
from scarplan.records.plan import Alternative


def list_alternatives() -> tuple[Alternative, ...]:
    """Return lasers, other needling, peels and no treatment, each with its sources."""
    return tuple(Alternative(**row) for row in read_texts("alternatives")["alternative"])
