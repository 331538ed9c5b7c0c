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
from scarplan.surface.surface import Scan
from scarplan.visits.faces import register_scans
from scarplan.visits.trust import is_good, residual_limit_mm


@dataclass(frozen=True)
class MeasuredScan:
    """One measurement: the scan, its labels by chart, and the scars that count, id -> row of `scars.json`."""

    scan: Scan
    labels: Mapping[str, np.ndarray]
    scars: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class ScanPair:
    """Two measurements of one person: scars that are the same (id of each), and those in view of both.

    fits   chart of the first -> how well the second lies over it; charts that it does not show are left out
    """

    pairs: tuple[tuple[int, int], ...]
    in_view_first: frozenset[int]
    in_view_second: frozenset[int]
    fits: Mapping[str, Fit]


@dataclass(frozen=True)
class Fit:
    """How well a chart fits; where it is not the same skin nothing on it is paired."""

    residual_mm: float
    is_same_skin: bool


@dataclass(frozen=True)
class Found:
    """One scar in view of both scans of one subject, and whether the other scan found it."""

    subject: str
    kind: str
    depth_mm: float
    again: bool


def pair_scans(first: MeasuredScan, second: MeasuredScan) -> ScanPair:
    """Lay the second over the first and return which scars are the same, each matched once."""
    laid = register_scans(first.scan, second.scan, before_labels=first.labels, after_labels=second.labels)
    limit = residual_limit_mm(first.scan.scanner, second.scan.scanner)
    pairs: dict[int, int] = {}
    views: tuple[set[int], set[int]] = (set(), set())
    fits = {}
    for name, found in laid.items():
        if found is None:
            continue
        fits[name] = Fit(found.residual_mm, is_good(found, limit))
        if not fits[name].is_same_skin:
            continue
        labels = first.labels[name]
        before = [
            region
            for region in regions_of(np.where(found.overlap, labels, 0))
            if region.id in first.scars and _is_inside(labels, found.overlap, region.id)
        ]
        seen = np.where(found.overlap, found.after_labels, 0)
        # A scar in the skin that charts share is paired on the first of them.
        after = [each for each in regions_of(seen) if each.id in second.scars and each.id not in pairs.values()]
        matched = match_regions(before, after, shape=labels.shape, pixel_mm=found.pixel_mm)
        pairs |= {before[i].id: after[j].id for i, j in matched if before[i].id not in pairs}
        views[0].update(region.id for region in before)
        views[1].update(region.id for region in after)
    return ScanPair(tuple(pairs.items()), frozenset(views[0]), frozenset(views[1]), fits)


def list_found(subject: str, first: MeasuredScan, second: MeasuredScan, pair: ScanPair) -> list[Found]:
    """Return each scar in view of both, once for each of the two scans."""
    again = ({one for one, _ in pair.pairs}, {other for _, other in pair.pairs})
    return [
        Found(subject, scan.scars[scar]["kind"], abs(scan.scars[scar]["depth_mm"]), scar in matched)
        for scan, ids, matched in ((first, pair.in_view_first, again[0]), (second, pair.in_view_second, again[1]))
        for scar in sorted(ids)
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
