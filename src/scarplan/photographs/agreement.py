"""Agreement of two raters on one photograph: which marks are the same scar, share found by both, kappa of kind.

Marks are the same scar when they are matched one to one within a tolerance, as many as possible and then as near as
possible (Hungarian method). Kappa is Cohen's, over the scars that both found; its interval comes from a Bayesian
bootstrap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.photographs.marks import Marks

_BOOTSTRAPS = 2000
_SEED = 0
#: Fewer pairs say next to nothing about kappa.
_PAIRS_LEAST = 5
#: Two-sided 95 %.
_NORMAL_QUANTILE = 1.959964


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval; None: cannot be told."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Agreement:
    """How far two raters agree on one photograph. `matched`: pairs (scar of the first, scar of the second)."""

    raters: tuple[str, str]
    counts: tuple[int, int]
    tolerance_px: float
    tolerance: str
    matched: tuple[tuple[int, int], ...]
    found_by_both: Interval
    kappa: Interval
    note: str


def compare_raters(raters: tuple[str, str], marks: tuple[Marks, Marks], *, size_px: tuple[int, int]) -> Agreement:
    """Return the agreement of two raters' marks on a photograph of (width, height) pixels."""
    tolerance_px, tolerance = choose_tolerance(marks, size_px=size_px)
    first, second = ([scar.centre_px for scar in each.scars] for each in marks)
    matched = match_marks(first, second, tolerance_px=tolerance_px)
    distinct = len(first) + len(second) - len(matched)
    kinds = [(marks[0].scars[i].kind, marks[1].scars[j].kind) for i, j in matched]
    kappa = bootstrap_kappa(kinds)
    return Agreement(
        raters=raters,
        counts=(len(first), len(second)),
        tolerance_px=tolerance_px,
        tolerance=tolerance,
        matched=tuple(matched),
        found_by_both=wilson(len(matched), distinct),
        kappa=kappa,
        note=_explain(distinct, len(matched), kappa),
    )


def choose_tolerance(marks: tuple[Marks, Marks], *, size_px: tuple[int, int]) -> tuple[float, str]:
    """Return how near two marks must be to be the same scar, in pixels and in words."""
    scales = [each.ruler.px_per_mm for each in marks if each.ruler]
    if scales:
        limit = value_of("photographs.match_tolerance_mm")
        return limit * sum(scales) / len(scales), f"{limit:g} mm by the ruler in the frame (assumed)"
    share = value_of("photographs.match_tolerance")
    return share * max(size_px), f"{100 * share:g} % of the longer side of the photograph (assumed)"


def match_marks(
    first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]], *, tolerance_px: float
) -> list[tuple[int, int]]:
    """Return pairs (index in first, index in second) not further apart than the tolerance, each used once."""
    if not first or not second:
        return []
    from scipy.optimize import linear_sum_assignment

    apart = np.linalg.norm(np.asarray(first)[:, None] - np.asarray(second)[None], axis=2)
    # One pair too far apart costs more than all near ones together: as many near pairs as possible come first.
    too_far = (tolerance_px + 1.0) * (min(apart.shape) + 1)
    rows, columns = linear_sum_assignment(np.where(apart <= tolerance_px, apart, too_far))
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if apart[i, j] <= tolerance_px]


def cohen_kappa(table: np.ndarray) -> float | None:
    """Return Cohen's kappa of a table of counts [kind by the first, kind by the second]; None where undefined.

    It is undefined without scars, and where both used one and the same kind throughout: chance would agree fully.
    """
    if table.sum() == 0:
        return None
    kappa = float(_kappas(table[None])[0])
    return None if math.isnan(kappa) else kappa


def bootstrap_kappa(kinds: Sequence[tuple[str, str]]) -> Interval:
    """Return kappa of pairs of kinds with its 95 % interval.

    The interval is a Bayesian bootstrap, seeded: the pairs get random weights, and one pair more is spread evenly over
    all combinations of the kinds that were used. Without it raters who agree on ten scars would seem to agree for
    sure; with it intervals of 5 to 50 pairs hold kappa 9 times of 10 or more.
    """
    names = sorted({kind for pair in kinds for kind in pair})
    table = np.zeros((len(names), len(names)))
    for one, other in kinds:
        table[names.index(one), names.index(other)] += 1
    kappa = cohen_kappa(table)
    if kappa is None or len(kinds) < _PAIRS_LEAST:
        return Interval(kappa, None, None)
    weights = np.random.default_rng(_SEED).dirichlet(table.ravel() + 1 / table.size, size=_BOOTSTRAPS)
    low, high = np.nanquantile(_kappas(weights.reshape(-1, *table.shape)), (0.025, 0.975))
    return Interval(kappa, float(low), float(high))


def _kappas(tables: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa of each table [table kind kind]; NaN where undefined."""
    total = tables.sum((1, 2))
    agreed = np.trace(tables, axis1=1, axis2=2) / total
    chance = (tables.sum(1) * tables.sum(2)).sum(1) / total**2
    beyond = np.where(np.isclose(chance, 1.0), np.nan, 1.0 - chance)
    return (agreed - chance) / beyond


def wilson(count: int, of: int) -> Interval:
    """Return `count` of `of` as a share with its 95 % Wilson interval."""
    if of == 0:
        return Interval(None, None, None)
    z2 = _NORMAL_QUANTILE**2
    middle = (count + z2 / 2) / (of + z2)
    half = _NORMAL_QUANTILE / (of + z2) * math.sqrt(count * (of - count) / of + z2 / 4)
    return Interval(count / of, max(0.0, middle - half), min(1.0, middle + half))


def describe_agreement(agreement: Agreement) -> dict[str, Any]:
    """Return the agreement as in `photo.json`, beside the published figure."""
    all_three = value_of("examination.found_by_all_percent") / 100
    two_of_three = value_of("examination.found_by_two_percent") / 100
    return {
        "raters": list(agreement.raters),
        "counts": list(agreement.counts),
        "matched": len(agreement.matched),
        "tolerance_px": agreement.tolerance_px,
        "tolerance": agreement.tolerance,
        "found_by_both": vars(agreement.found_by_both),
        "kappa": vars(agreement.kappa),
        "note": agreement.note,
        "published": {
            "found_by_all_three": all_three,
            "found_by_two_of_three": two_of_three,
            "words": f"for comparison: three dermatologists all found about {100 * all_three:.0f} % of the atrophic "
            f"scars of the same faces, and at least two of them about {100 * two_of_three:.0f} %; they looked at "
            "faces, not at photographs",
            "sources": ["kang2016"],
        },
    }


def _explain(distinct: int, matched: int, kappa: Interval) -> str:
    if distinct == 0:
        return "neither rater marked a scar"
    words = f"both found {matched} of {distinct} different scars"
    if matched == 0:
        return f"{words}: there is no kind to compare"
    if kappa.value is None:
        return f"{words}; both called all of them by one kind, so kappa is not defined"
    if kappa.low is None:
        return f"{words}; that is too few to say how sure kappa is"
    return f"{words}; kappa is over these, chance agreement taken out"
