"""Acceptance of the measuring software: does it find and measure known scars on this machine as it should?

Phantom cheeks with closed-form scars (`surface.phantom`), with other sizes, tilts and noise, go through the same code
as a patient's scan. Finds are matched to known scars one to one where they overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars import find_scars_in
from scarplan.scars.scarmap import ScarMap
from scarplan.surface.phantom import Phantom, make_phantom
from scarplan.surface.profiles import PhantomKind
from scarplan.surface.surface import Surface

# Overlap (intersection over union) from which a find counts as the known scar, as everywhere in the project.
_LEAST_OVERLAP = 0.25


@dataclass(frozen=True)
class DigitalCondition:
    """One phantom: what is different about it."""

    name: str
    seed: int
    depth_factor: float = 1.0
    noise_mm: float | None = None
    tilt_deg: float = 0.0
    pixel_mm: float = 0.05
    undulation: float = 1.0


#: Sizes, tilts and noise; small enough that all of them take half a minute.
CONDITIONS = (
    DigitalCondition("standard", 1),
    DigitalCondition("tilted by 8 degrees", 2, tilt_deg=8.0),
    DigitalCondition("noise of 0.03 mm", 3, noise_mm=0.03),
    DigitalCondition("grid of 0.1 mm", 4, pixel_mm=0.1),
    DigitalCondition("twice as deep", 5, depth_factor=2.0),
    DigitalCondition("little undulation", 6, undulation=0.3),
)
_SIDE_MM = 30.0
_COUNTS: dict[PhantomKind, int] = {"icepick": 5, "boxcar": 4, "rolling": 3, "raised": 0}


@dataclass(frozen=True)
class DigitalResult:
    """How the scars of one phantom were measured; None where none was found.

    Errors are measured less true; `covered` is the share of truths inside the stated 90 % intervals of depth.
    """

    name: str
    scars: int
    found: int
    false_finds: int
    depth_bias_mm: float | None
    depth_mae_mm: float | None
    volume_error: float | None
    width_mae_mm: float | None
    covered: float | None
    passed: bool


def try_digital(condition: DigitalCondition) -> DigitalResult:
    """Return how the scars of one phantom cheek are found and measured."""
    side = round(_SIDE_MM / condition.pixel_mm)
    phantom = make_phantom(
        condition.seed, depth_factor=condition.depth_factor, rows=side, columns=side, pixel_mm=condition.pixel_mm,
        counts=_COUNTS, undulation=condition.undulation, noise_mm=condition.noise_mm,
    )  # fmt: skip
    return compare_with_truth(condition.name, phantom, find_scars_in(tilt(phantom.surface, condition.tilt_deg)))


def tilt(surface: Surface, degrees: float) -> Surface:
    """Return the surface on a slope along its columns, as a scanner held askew would show it (small angles)."""
    across = np.arange(surface.shape[1]) * surface.pixel_mm
    return replace(surface, relief_mm=surface.relief_mm + np.tan(np.radians(degrees)) * across)


def compare_with_truth(name: str, phantom: Phantom, found: ScarMap) -> DigitalResult:
    """Return recall and errors of what was found against the phantom's known scars."""
    headline = float(value_of("scars.headline_confidence"))
    sure = [scar for scar in found.scars if scar.confidence >= headline]
    pairs = _match(phantom.labels, found.labels[phantom.surface.name], [scar.id for scar in sure])
    by_id = {scar.id: scar for scar in sure}
    both = [(phantom.scars[true - 1], by_id[one]) for true, one in pairs]
    depth = np.array([scar.depth_mm - known.depth_mm for known, scar in both])
    volume = np.array([scar.volume_mm3 / known.volume_mm3 - 1 for known, scar in both])
    width = np.array([scar.width_mm - known.width_mm for known, scar in both])
    sd = np.array([scar.depth_sd_mm for _, scar in both])
    passed = bool(
        both
        and len(both) >= value_of("commissioning.digital_recall") * len(phantom.scars)
        and abs(depth.mean()) <= value_of("commissioning.digital_bias_mm")
        and np.abs(depth).mean() <= value_of("commissioning.digital_depth_mae_mm")
        and np.median(np.abs(volume)) <= value_of("commissioning.digital_volume_error")
    )
    return DigitalResult(
        name=name,
        scars=len(phantom.scars),
        found=len(both),
        false_finds=len(sure) - len(both),
        depth_bias_mm=float(depth.mean()) if both else None,
        depth_mae_mm=float(np.abs(depth).mean()) if both else None,
        volume_error=float(np.median(np.abs(volume))) if both else None,
        width_mae_mm=float(np.abs(width).mean()) if both else None,
        covered=float((np.abs(depth) <= 1.645 * sd).mean()) if both else None,
        passed=passed,
    )


def _match(true: np.ndarray, found: np.ndarray, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return pairs of known and found scars that overlap enough, the best overlap first, each once."""
    size = int(max(true.max(), found.max())) + 1
    common = np.bincount(true.ravel().astype(np.int64) * size + found.ravel(), minlength=size * size).reshape(
        size, size
    )
    in_true, in_found = common.sum(axis=1), common.sum(axis=0)
    candidates = sorted(
        (
            (common[a, b] / (in_true[a] + in_found[b] - common[a, b]), a, b)
            for a in range(1, size)
            for b in ids
            if common[a, b]
        ),
        reverse=True,
    )
    taken_true, taken_found, pairs = set[int](), set[int](), []
    for overlap, a, b in candidates:
        if overlap >= _LEAST_OVERLAP and a not in taken_true and b not in taken_found:
            taken_true.add(a)
            taken_found.add(b)
            pairs.append((a, b))
    return pairs
