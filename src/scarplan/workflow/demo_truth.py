"""How the phantom of `demo --course` answers: known beforehand, written beside, and not drawn from the model."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.surface.phantom import Phantom

#: The share of its depth that a scar of a kind has lost at the first and at the last follow-up. Raised scars are not
#: needled. Each scar departs from its kind by a factor with the standard deviation below, but is never deepened.
_LOST = {"icepick": (0.03, 0.07), "boxcar": (0.06, 0.14), "rolling": (0.10, 0.22), "raised": (0.0, 0.0)}
_DEPARTS_SD = 0.3
#: Purpose of a random stream, so that no two parts of the demo share one.
_STREAM = 47


@dataclass(frozen=True)
class TrueFollowUp:
    """What is true of the phantom at one follow-up.

    number   of the follow-up, from 1
    day      of the course
    left     share of its depth that each scar has left, in the order of the phantom's scars
    seed     of the scanner's noise on that day
    """

    number: int
    day: int
    left: tuple[float, ...]
    seed: tuple[int, int, int]


def invent_answer(phantom: Phantom, days: Sequence[int], seed: int) -> tuple[TrueFollowUp, ...]:
    """Return what is true at the follow-ups of these two days. Another seed is another patient."""
    rng = np.random.default_rng([seed, _STREAM])
    departs = np.clip(1.0 + _DEPARTS_SD * rng.standard_normal(len(phantom.scars)), 0.0, 2.0)

    def left(which: int) -> tuple[float, ...]:
        return tuple(
            float(1.0 - _LOST[scar.kind][which] * own) for scar, own in zip(phantom.scars, departs, strict=True)
        )

    return tuple(
        TrueFollowUp(which + 1, day, left(which), (seed, _STREAM, which + 1)) for which, day in enumerate(days)
    )


def write_truth(phantom: Phantom, truth: Sequence[TrueFollowUp]) -> bytes:
    """Return the truth as CSV: one row for each scar at each follow-up."""
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["follow_up", "day", "kind", "x_mm", "y_mm", "depth_before_mm", "share_left", "depth_mm"])
    for follow_up in truth:
        for scar, share in zip(phantom.scars, follow_up.left, strict=True):
            figures = (scar.x_mm, scar.y_mm, scar.depth_mm, share, share * scar.depth_mm)
            writer.writerow([follow_up.number, follow_up.day, scar.kind, *(f"{value:.4f}" for value in figures)])
    return rows.getvalue().encode()


def true_percent_left(phantom: Phantom, treated: Sequence[Mapping[str, Any]], left: Sequence[float]) -> float:
    """Return the true mean depth left of the `treated` finds, in percent of their true depth before.

    A find is the known scar in whose outline it lies; one that lies in none has no truth and is left out.
    """
    before, after = 0.0, 0.0
    for find in treated:
        away = [np.hypot(find["x_mm"] - scar.x_mm, find["y_mm"] - scar.y_mm) for scar in phantom.scars]
        nearest = int(np.argmin(away))
        scar = phantom.scars[nearest]
        if away[nearest] <= scar.width_mm / 2:
            before += scar.depth_mm
            after += left[nearest] * scar.depth_mm
    return 100.0 * after / before if before else float("nan")
