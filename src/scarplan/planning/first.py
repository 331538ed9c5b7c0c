"""What comes first, by kind of scar: subcision, TCA CROSS or punch, or not with this protocol."""

from __future__ import annotations

from collections.abc import Mapping

from scarplan.planning.texts import read_texts
from scarplan.records.plan import FirstStep

#: In the order in which the steps are done; a kind without a text (shallow boxcar) needs nothing first.
_ORDER = ("rolling", "icepick", "boxcar_deep", "raised")


def plan_first_steps(counts: Mapping[str, tuple[int, int]], words: Mapping[str, str]) -> tuple[FirstStep, ...]:
    """Return what to do before or instead of needling for the kinds that are there.

    `counts` is kind -> the least and most scars of it, `words` the same as printed. A range, or a count of
    which a part is not known, has words and no number.
    """
    texts = read_texts("first")
    return tuple(
        FirstStep(
            kind=kind,
            count=counts[kind][0] if words[kind] == str(counts[kind][0]) else None,
            count_words=words[kind],
            **texts[kind],
        )
        for kind in _ORDER
        if kind in counts and counts[kind][1] > 0
    )
