"""Agreement of raters: with themselves, on pictures shown twice, and with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from scarplan.study.icc import estimate_icc
from scarplan.study.interval import share_interval
from scarplan.study.kappa import weighted_kappa
from scarplan.study.scoring_sheet import Score


def compare_scores(
    scores: Sequence[Score], key: Mapping[str, Mapping[str, str]], *, measures: Sequence[str]
) -> list[dict[str, Any]]:
    """Return, for each scale, each rater with himself, each pair of raters, and ICC over all of them."""
    found = []
    for measure in measures:
        table: dict[tuple[str, str, str], float] = {}
        for score in scores:
            if measure in score.values:
                row = key[score.code]
                what = "|".join((*sorted((row["file"], row["file_right"])), row["chart"]))
                table[score.rater, what, row["shown"]] = score.values[measure]
        raters = sorted({rater for rater, _, _ in table})
        first = {(rater, what): value for (rater, what, shown), value in table.items() if shown == "1"}
        pictures = sorted({what for _, what in first})
        within = [
            _agree(rater, rater, [(first[rater, w], table[rater, w, "2"]) for w in pictures if _both(table, rater, w)])
            for rater in raters
        ]
        between = [
            _agree(a, b, [(first[a, w], first[b, w]) for w in pictures if (a, w) in first and (b, w) in first])
            for a, b in combinations(raters, 2)
        ]
        rows = sorted(first.items())
        icc = estimate_icc(
            np.array([value for _, value in rows]),
            np.array([what for (_, what), _ in rows]),
            np.array([rater for (rater, _), _ in rows]),
        )
        found.append(
            {
                "measure": measure,
                "raters": raters,
                "pictures": len(pictures),
                "with_themselves": within,
                "with_each_other": between,
                "icc21": vars(icc.icc21),
                "icc31": vars(icc.icc31),
            }
        )
    return found


def _both(table: Mapping[tuple[str, str, str], float], rater: str, what: str) -> bool:
    return (rater, what, "1") in table and (rater, what, "2") in table


def _agree(first: str, second: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    same = sum(a == b for a, b in pairs)
    return {
        "first": first,
        "second": second,
        "pictures": len(pairs),
        "same": vars(share_interval([same], [len(pairs)])),
        "weighted_kappa": vars(weighted_kappa([a for a, _ in pairs], [b for _, b in pairs])),
    }
