"""Several secondary endpoints: their chances made stricter together, by Holm's steps."""

from __future__ import annotations

from collections.abc import Sequence


def adjust_holm(chances: Sequence[float | None]) -> list[float | None]:
    """Return Holm's adjusted chances in the order given; what cannot be told stays unknown and does not count."""
    known = [index for index, chance in enumerate(chances) if chance is not None]
    adjusted: list[float | None] = [None] * len(chances)
    if not known:
        return adjusted
    from statsmodels.stats.multitest import multipletests

    for index, chance in zip(known, multipletests([chances[i] for i in known], method="holm")[1], strict=True):
        adjusted[index] = float(chance)
    return adjusted
