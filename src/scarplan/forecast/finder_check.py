"""Does the full finder agree with measuring in the first scan's windows? Asked on poor, middle and good outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scarplan.forecast.outcomes import Outcomes
from scarplan.forecast.parallel import in_parallel
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.surfaces import OutcomeSurfaces, add_noise
from scarplan.scars import MeasuringWindow, ScarMap, find_scars_in, measure_windows
from scarplan.surface.surface import Surface


@dataclass(frozen=True)
class FinderCheck:
    """One outcome surface of one chart, found from scratch.

    treated       scars of the first scan that were simulated on this chart
    refound       how many of them the finder finds again (the others are too shallow by then, or taken for skin)
    difference_mm   depth by the finder less depth in the window of the first scan, for each one refound
    not_refound_mm   depth in the window of those that were not refound
    """

    chart: str
    outcome: str
    treated: int
    refound: int
    difference_mm: tuple[float, ...]
    not_refound_mm: tuple[float, ...]
    found: ScarMap

    @property
    def median_difference_mm(self) -> float | None:
        """Median of the differences; None where nothing was refound."""
        return float(np.median(self.difference_mm)) if self.difference_mm else None

    @property
    def typical_difference_mm(self) -> float | None:
        """Median of the size of the differences; None where nothing was refound."""
        return float(np.median(np.abs(self.difference_mm))) if self.difference_mm else None


def check_finder(
    outcomes: Outcomes,
    surface: Surface,
    windows: Mapping[int, MeasuringWindow],
    surfaces: OutcomeSurfaces,
    *,
    scanner: ScannerModel,
    seed: int,
) -> tuple[FinderCheck, ...]:
    """Return the check of every outcome of one chart."""
    ids = [scar.row["id"] for scar in outcomes.scars if scar.row["chart"] == surface.name]

    def check(part: tuple[str, np.ndarray]) -> FinderCheck:
        return _check_one(surface, windows, *part, ids, scanner=scanner, seed=seed)

    return tuple(in_parallel(check, list(surfaces.reliefs_mm.items())))


def _check_one(
    surface: Surface,
    windows: Mapping[int, MeasuringWindow],
    outcome: str,
    relief_mm: np.ndarray,
    ids: Sequence[int],
    *,
    scanner: ScannerModel,
    seed: int,
) -> FinderCheck:
    later = add_noise(surface, relief_mm, scanner, seed=seed)
    found = find_scars_in(later)
    labels = found.labels[surface.name]
    differences, missed = [], []
    for scar_id in ids:
        window = windows[scar_id]
        depth = float(measure_windows(later.relief_mm[None, window.rows, window.columns], window)[0][0])
        again = _most_common_label(labels[window.rows, window.columns][window.region])
        if again is None:
            missed.append(depth)
        else:
            differences.append(found.scar(again).depth_mm - depth)
    return FinderCheck(
        chart=surface.name,
        outcome=outcome,
        treated=len(ids),
        refound=len(differences),
        difference_mm=tuple(differences),
        not_refound_mm=tuple(missed),
        found=found,
    )


def _most_common_label(labels: np.ndarray) -> int | None:
    """Return the number of the find that covers most of a region; None where less than a tenth is covered."""
    numbers, counts = np.unique(labels[labels > 0], return_counts=True)
    if not counts.size or counts.max() < 0.1 * labels.size:
        return None
    return int(numbers[np.argmax(counts)])
