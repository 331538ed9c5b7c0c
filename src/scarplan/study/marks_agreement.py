"""Agreement with human marks, scar by scar: what people marked that was found, the other way round, and kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from scarplan.photographs.agreement import bootstrap_kappa
from scarplan.study.human_marks import Grid, HumanMarks
from scarplan.study.interval import share_interval
from scarplan.study.matching import MarkedRegion, match_regions

#: Name of the program beside the raters.
OURS = "scarplan"


@dataclass(frozen=True)
class MarkedChart:
    """One chart of one case: its grid, our scars, and what each rater marked."""

    subject: str
    case: str
    grid: Grid
    ours: tuple[MarkedRegion, ...]
    raters: Mapping[str, tuple[MarkedRegion, ...]]


def gather(
    subject: str,
    case: str,
    grids: Mapping[str, Grid],
    ours: Mapping[str, Sequence[MarkedRegion]],
    marks: Sequence[HumanMarks],
) -> list[MarkedChart]:
    """Return the charts of one case on which somebody marked something.

    A rater who marked one chart of a case is taken to have looked at all of its charts.
    """
    raters = sorted({each.rater for each in marks})
    by_place: dict[tuple[str, str], list[MarkedRegion]] = {}
    for each in marks:
        by_place.setdefault((each.rater, each.chart), []).extend(each.regions)
    return [
        MarkedChart(
            subject, case, grid, tuple(ours.get(chart, ())), {r: tuple(by_place.get((r, chart), ())) for r in raters}
        )
        for chart, grid in grids.items()
        if raters
    ]


def compare_marks(charts: Sequence[MarkedChart]) -> list[dict[str, Any]]:
    """Return one row for us against each rater and for each pair of raters, pooled over all charts both looked at.

    Seen from the second of a pair: `found` is the share of its marks that the first has too, `confirmed` the share of
    the first's that the second has. Intervals take marks as clustered in subjects.
    """
    raters = sorted({name for chart in charts for name in chart.raters})
    pairs = [(OURS, rater) for rater in raters] + list(combinations(raters, 2))
    return [_compare(charts, first, second) for first, second in pairs]


def _compare(charts: Sequence[MarkedChart], first: str, second: str) -> dict[str, Any]:
    counts: dict[str, list[int]] = {}
    kinds: list[tuple[str, str]] = []
    for chart in charts:
        if second not in chart.raters or (first != OURS and first not in chart.raters):
            continue
        one = chart.ours if first == OURS else chart.raters[first]
        other = chart.raters[second]
        pairs = match_regions(one, other, shape=chart.grid.shape, pixel_mm=chart.grid.pixel_mm)
        of_subject = counts.setdefault(chart.subject, [0, 0, 0])
        for place, number in enumerate((len(pairs), len(one), len(other))):
            of_subject[place] += number
        both = [(one[i].kind, other[j].kind) for i, j in pairs]
        kinds += [(a, b) for a, b in both if a is not None and b is not None]
    matched, of_first, of_second = (
        (list(column) for column in zip(*counts.values(), strict=True)) if counts else ([], [], [])
    )
    kappa = bootstrap_kappa(kinds)
    return {
        "first": first,
        "second": second,
        "subjects": len(counts),
        "marks_first": sum(of_first),
        "marks_second": sum(of_second),
        "matched": sum(matched),
        "found": vars(share_interval(matched, of_second)),
        "confirmed": vars(share_interval(matched, of_first)),
        "kinds_compared": len(kinds),
        "kappa_of_kind": vars(kappa),
        "same_kind": vars(share_interval([sum(a == b for a, b in kinds)], [len(kinds)])),
    }
