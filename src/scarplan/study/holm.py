"""Several secondary endpoints: their chances made stricter together, by Holm's steps."""

from __future__ import annotations

from collections.abc import Sequence


def adjust_holm(chances: Sequence[float | None]) -> list[float | None]:
    """Return Holm's adjusted chances in the order given; what cannot be told stays unknown and does not count.

    The smallest of m counts m times, the next m - 1 times, and so on; none lies below the one before it.
    """
    known = sorted((chance, index) for index, chance in enumerate(chances) if chance is not None)
    adjusted: list[float | None] = [None] * len(chances)
    least = 0.0
    for step, (chance, index) in enumerate(known):
        least = max(least, min(1.0, (len(known) - step) * chance))
        adjusted[index] = least
    return adjusted
