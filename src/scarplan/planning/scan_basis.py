"""The basis of a plan from the scars of a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scarplan.errors import Refused
from scarplan.forecast.change import detectable_mean
from scarplan.forecast.scar_draws import Place, measured_scars
from scarplan.planning.basis import ScarBasis
from scarplan.planning.first import plan_first_steps

Scar = Mapping[str, Any]


def scars_to_treat(scars: Mapping[str, Any]) -> tuple[Scar, ...]:
    """Return the depressed scars that count: confident or reviewed. Raises Refused when there is none."""
    faint = set(scars["low_confidence"])
    counted = [s for s in scars["scars"] if s["reviewed"] or s["id"] not in faint]
    depressed = tuple(s for s in counted if s["kind"] != "raised" and s["depth_mm"] > 0)
    if not depressed:
        raise Refused(
            "there is no depressed scar to plan for",
            do="review the finds (`scarplan scars CASE --review review.csv`); raised scars are not needled",
            code="E-PLAN-009",
            result={"plan": None, "first": [step.model_dump() for step in plan_first_steps(*_counts(scars))]},
        )
    return depressed


def scan_basis(scars: Mapping[str, Any], *, count: int, seed: int) -> ScarBasis:
    """Return the basis of a plan from a `scars --json` object, for `count` draws.

    Raises Refused when there is no depressed scar.
    """
    counts, words = _counts(scars)
    reviewed = scars["review"] is not None
    rows = scars_to_treat(scars)
    return ScarBasis(
        name="scan",
        lists="scars",
        scars=measured_scars(rows, count=count, seed=seed),
        counts=counts,
        count_words=words,
        left_out=_raised_by_place(scars["scars"]),
        is_reviewed=reviewed,
        warnings=() if reviewed else ("the list of scars was not reviewed by a clinician",),
        detectable_percent=_detectable_percent(rows),
    )


def _detectable_percent(rows: Sequence[Scar]) -> float:
    """Return the change of the mean depth that two scans can tell from error, percent; ice-picks as in the choice."""
    counted = [row for row in rows if row["kind"] != "icepick"] or rows
    sd_mm = np.sqrt(2.0) * np.array([row["depth_sd_mm"] for row in counted], dtype=float)
    return 100.0 * detectable_mean(sd_mm) / float(np.mean([row["depth_mm"] for row in counted]))


def _counts(scars: Mapping[str, Any]) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    counts = scars["counts"]
    return {kind: (n, n) for kind, n in counts.items()}, {kind: str(n) for kind, n in counts.items()}


def _raised_by_place(rows: list[Scar]) -> dict[Place, tuple[str, ...]]:
    found: dict[Place, tuple[str, ...]] = {}
    for row in rows:
        if row["kind"] == "raised":
            place = row["zone"], row["side"]
            words = f"raised scar {row['id']} at x {row['x_mm']:.1f}, y {row['y_mm']:.1f} mm"
            found[place] = (*found.get(place, ()), words)
    return found
