"""The same scar on two visits: one to one, by the overlap of the outlines once the visits lie over each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from scarplan.evidence.library import value_of
from scarplan.scars.scarmap import ScarMap
from scarplan.surface.surface import Scan
from scarplan.visits.register import Registration


@dataclass(frozen=True)
class ScarMatch:
    """Which scars are the same, and which were seen once.

    pairs               (id on the baseline, id on the follow-up)
    only_a, only_b      ids without a partner whose place was seen on both visits
    cut_a               ids on the baseline that the follow-up does not show whole
    not_covered_a, _b   ids whose place the other scan does not show: nothing can be said
    """

    pairs: tuple[tuple[int, int], ...]
    only_a: tuple[int, ...]
    only_b: tuple[int, ...]
    not_covered_a: tuple[int, ...]
    not_covered_b: tuple[int, ...]
    cut_a: frozenset[int] = frozenset()


def match_scars(
    before: Scan, before_map: ScarMap, after_map: ScarMap, registrations: Mapping[str, Registration | None]
) -> ScarMatch:
    """Return the best one-to-one match of the scars of two visits."""
    areas = {"a": Counter[int](), "b": Counter[int]()}
    whole, shared = Counter[int](), Counter[tuple[int, int]]()
    signs_a = {scar.id: np.sign(scar.depth_mm) for scar in before_map.scars}
    signs_b = {scar.id: np.sign(scar.depth_mm) for scar in after_map.scars}
    for chart in before.charts:
        registration, labels = registrations.get(chart.name), before_map.labels.get(chart.name)
        if labels is None:
            continue
        size = chart.pixel_mm**2
        _keep_largest(whole, _count(labels[labels > 0], size))
        if registration is None:
            continue
        one, two = np.where(registration.overlap, labels, 0), registration.after_labels
        _keep_largest(areas["a"], _count(one[one > 0], size))
        _keep_largest(areas["b"], _count(two[two > 0], size))
        both = (one > 0) & (two > 0)
        pairs = Counter(zip(one[both].tolist(), two[both].tolist(), strict=True))
        _keep_largest(shared, {pair: n * size for pair, n in pairs.items()})
    covered = float(value_of("visits.covered_part"))
    seen_a = {i for i in signs_a if areas["a"][i] >= covered * max(whole[i], 1e-9)}
    least = float(value_of("visits.least_seen_part"))
    cut = frozenset(i for i in signs_a if areas["a"][i] < least * whole[i])
    seen_b = {scar.id for scar in after_map.scars if areas["b"][scar.id] >= covered * scar.area_mm2}
    pairs = _assign(shared, areas, signs_a, signs_b)
    paired_a, paired_b = {a for a, _ in pairs}, {b for _, b in pairs}
    return ScarMatch(
        pairs=pairs,
        only_a=tuple(sorted(seen_a - paired_a)),
        only_b=tuple(sorted(seen_b - paired_b)),
        not_covered_a=tuple(sorted(set(signs_a) - seen_a - paired_a)),
        not_covered_b=tuple(sorted(set(signs_b) - seen_b - paired_b)),
        cut_a=cut,
    )


def _assign(
    shared: Mapping[tuple[int, int], float],
    areas: Mapping[str, Mapping[int, float]],
    signs_a: Mapping[int, float],
    signs_b: Mapping[int, float],
) -> tuple[tuple[int, int], ...]:
    ids_a, ids_b = sorted({a for a, _ in shared}), sorted({b for _, b in shared})
    score = np.zeros((len(ids_a), len(ids_b)))
    for (a, b), area in shared.items():
        if signs_a.get(a) == signs_b.get(b):
            # Part of the smaller outline, and then of both together: a scar that has shrunk is the same scar.
            smaller = min(areas["a"][a], areas["b"][b])
            union = areas["a"][a] + areas["b"][b] - area
            score[ids_a.index(a), ids_b.index(b)] = 0.5 * (area / max(smaller, 1e-9) + area / max(union, 1e-9))
    if not score.size:
        return ()
    rows, columns = linear_sum_assignment(-score)
    least = float(value_of("visits.same_scar_overlap"))
    return tuple(
        sorted(
            (ids_a[r], ids_b[c]) for r, c in zip(rows.tolist(), columns.tolist(), strict=True) if score[r, c] >= least
        )
    )


def _count(labels: np.ndarray, size: float) -> dict[int, float]:
    ids, counts = np.unique(labels, return_counts=True)
    return {int(i): float(n) * size for i, n in zip(ids, counts, strict=True)}


def _keep_largest(into: Counter, found: Mapping) -> None:
    # A scar at the border of two charts counts where it is seen best, not twice.
    for key, area in found.items():
        into[key] = max(into[key], area)
