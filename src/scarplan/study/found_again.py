"""Scars found again: of those that one scan shows in the skin that both see, the share that the other found too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.photographs.agreement import Interval
from scarplan.study.interval import share_interval
from scarplan.study.matching import match_regions, regions_of
from scarplan.surface.surface import Surface
from scarplan.visits import register_surfaces


@dataclass(frozen=True)
class ScarRows:
    """One chart of one measurement: its surface, labels, and the scars that count, id -> row of `scars.json`."""

    surface: Surface
    labels: np.ndarray
    scars: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class ChartPair:
    """Two measurements of one chart: scars that are the same (id of each), and those in view of both.

    is_same_skin   False where the relief does not fit together; then nothing is paired
    """

    pairs: tuple[tuple[int, int], ...]
    in_view_first: tuple[int, ...]
    in_view_second: tuple[int, ...]
    residual_mm: float
    is_same_skin: bool


@dataclass(frozen=True)
class Found:
    """One scar in view of both scans of one subject, and whether the other scan found it."""

    subject: str
    kind: str
    depth_mm: float
    again: bool


def pair_charts(first: ScarRows, second: ScarRows) -> ChartPair:
    """Lay the second over the first and return which scars are the same."""
    laid = register_surfaces(first.surface, second.surface, before_labels=first.labels, after_labels=second.labels)
    if not laid.is_same_skin:
        return ChartPair((), (), (), laid.residual_mm, False)
    before = [
        region
        for region in regions_of(np.where(laid.overlap, first.labels, 0))
        if region.id in first.scars and _is_inside(first.labels, laid.overlap, region.id)
    ]
    after = [region for region in regions_of(laid.after_labels) if region.id in second.scars]
    pairs = match_regions(before, after, shape=first.surface.shape, pixel_mm=first.surface.pixel_mm)
    return ChartPair(
        pairs=tuple((before[i].id, after[j].id) for i, j in pairs),
        in_view_first=tuple(region.id for region in before),
        in_view_second=tuple(region.id for region in after if laid.overlap.ravel()[region.pixels].any()),
        residual_mm=laid.residual_mm,
        is_same_skin=True,
    )


def list_found(subject: str, first: ScarRows, second: ScarRows, pair: ChartPair) -> list[Found]:
    """Return each scar in view of both, once for each of the two scans."""
    again = ({one for one, _ in pair.pairs}, {other for _, other in pair.pairs})
    return [
        Found(subject, rows.scars[scar]["kind"], abs(rows.scars[scar]["depth_mm"]), scar in matched)
        for rows, ids, matched in ((first, pair.in_view_first, again[0]), (second, pair.in_view_second, again[1]))
        for scar in ids
    ]


def share_found(found: Sequence[Found]) -> dict[str, Any]:
    """Return the share found again: of all, by kind, and by band of depth. Scars are clustered in subjects."""
    ends = [float(end) for end in value_of("study.depth_bands_mm")]
    bands = [
        {"from_mm": low, "to_mm": high, **_share(found, lambda f, a=low, b=high: a <= f.depth_mm < (b or np.inf))}
        for low, high in zip(ends, [*ends[1:], None], strict=True)
    ]
    kinds = sorted({each.kind for each in found})
    return {
        **_share(found, lambda _: True),
        "by_kind": [{"kind": kind, **_share(found, lambda f, k=kind: f.kind == k)} for kind in kinds],
        "by_depth": bands,
    }


def _share(found: Iterable[Found], choose: Callable[[Found], bool]) -> dict[str, Any]:
    chosen = [each for each in found if choose(each)]
    subjects = sorted({each.subject for each in chosen})
    hits = [sum(each.again for each in chosen if each.subject == subject) for subject in subjects]
    totals = [sum(each.subject == subject for each in chosen) for subject in subjects]
    share: Interval = share_interval(hits, totals)
    return {"in_view": len(chosen), "found_again": sum(hits), "share": vars(share)}


def _is_inside(labels: np.ndarray, overlap: np.ndarray, scar: int) -> bool:
    """Whether at least half of a scar lies in the skin that both scans see."""
    mine = labels == scar
    return 2 * int((mine & overlap).sum()) >= int(mine.sum())
