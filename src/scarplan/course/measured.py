"""What a follow-up measured of the scars that are treated, as the update takes it.

Every scar of the baseline counts whose change was measured, be it found again or not: to take only those found again
would leave out the ones that did best. A scar that came new is no answer to treatment and does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from scarplan.forecast.change import detectable_mean

#: A part of a comparison that says how one place changed.
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class FollowUp:
    """One follow-up scan: its day from the first session on, and the change of each treated scar.

    change_mm   depth then less depth at the baseline, NaN where it was not measured [s]
    sd_mm       standard deviation of that change, NaN where it was not measured [s]
    """

    day: int
    change_mm: Float[np.ndarray, " s"]
    sd_mm: Float[np.ndarray, " s"]

    @property
    def seen(self) -> Bool[np.ndarray, " s"]:
        """Which scars were measured."""
        return np.isfinite(self.change_mm) & np.isfinite(self.sd_mm)

    @property
    def detectable_mean_mm(self) -> float | None:
        """Change of the mean of all measured scars that can be told from error, mm; None where none was measured."""
        return detectable_mean(self.sd_mm[self.seen]) if self.seen.any() else None


def changes_of(comparison: Mapping[str, Any]) -> dict[int, tuple[float, float]]:
    """Return change and standard deviation (mm) of every scar of the baseline that `compare` could measure, by id."""
    rows: Iterable[tuple[int | None, Row]] = [
        *((row["id_a"], row) for row in comparison["pairs"]),
        *((row["id"], row) for row in comparison.get("gone", ())),
        *((row["id"], row) for row in comparison.get("seen_once", ()) if row["visit"] == "a"),
    ]
    return {
        int(number): (float(row["depth_change_mm"]), float(row["sd_mm"]))
        for number, row in rows
        if number is not None and row["depth_change_mm"] is not None and row["sd_mm"] is not None
    }


def follow_up_of(changes: Mapping[int, tuple[float, float]], ids: Sequence[int], *, day: int) -> FollowUp:
    """Return the follow-up of the scars `ids`, in their order; those that were not measured are NaN."""
    unknown = (np.nan, np.nan)
    found = np.array([changes.get(int(number), unknown) for number in ids], dtype=float).reshape(len(ids), 2)
    return FollowUp(day=day, change_mm=found[:, 0], sd_mm=found[:, 1])
