"""From readings of all scans to the figures of a scanner: bias, gain, what it resolves, and what passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scarplan.commissioning.readings import Reading
from scarplan.evidence.library import value_of

# A feature called scar-sized is at least so wide, as the scar that a scan has to show.
_SCAR_SIZED_MM = 2.0


@dataclass(frozen=True)
class DepthLine:
    """Measured against true depth after the lateral transfer: measured = bias + gain * true; each with its sd."""

    bias_mm: float
    bias_sd_mm: float
    gain: float
    gain_sd: float


@dataclass(frozen=True)
class FeatureResult:
    """One feature over all scans.

    expected_mm   the true depth after the scanner's lateral transfer: what an error-free scan by it would show
    sd_mm         standard deviation of one reading: on the flat area, and between the scans
    error_mm      measured less expected depth
    status        "pass", "fail" (the error exceeds the limit by more than the print may be wrong), "not judged" (it
                  does not), "below resolution" (half of its depth is lost, or it may be chance), "not seen"
    """

    id: str
    shape: str
    nominal_width_mm: float
    true_depth_mm: float
    true_sd_mm: float
    expected_mm: float
    depth_mm: float | None
    sd_mm: float | None
    error_mm: float | None
    true_width_mm: float | None
    width_mm: float | None
    true_volume_mm3: float
    volume_mm3: float | None
    limit_mm: float
    is_resolved: bool
    status: str


def fit_depth_line(scans: Sequence[Sequence[Reading]], shares: Mapping[str, float]) -> DepthLine | None:
    """Return bias and gain from the wells of all scans; None where fewer than three were seen.

    `shares`: which share of its depth the lateral transfer leaves of each well; true depths are taken after it.

    Readings are weighted by how well print and reading are known; the print's own errors are the same in all scans
    and do not average out. What the line leaves beyond that makes its standard deviations larger.
    """
    wells = [[r for r in group if r.depth_mm is not None and r.sd_mm is not None] for group in by_feature(scans)]
    wells = [group for group in wells if group and group[0].shape == "well"]
    if len(wells) < 3:
        return None
    true = np.array([group[0].true_depth_mm * shares.get(group[0].id, 1.0) for group in wells])
    measured = np.array([_mean([r.depth_mm for r in group]) for group in wells])
    known = np.array([np.hypot(group[0].true_sd_mm, _reading_sd(group)) for group in wells])
    design = np.column_stack([np.ones(len(true)), true])
    weighted = design / known[:, None]
    covariance = np.linalg.inv(weighted.T @ weighted)
    bias, gain = covariance @ weighted.T @ (measured / known)
    left = (measured - bias - gain * true) / known
    worse = max(1.0, float(np.sqrt((left**2).sum() / (len(true) - 2))))
    bias_sd, gain_sd = worse * np.sqrt(np.diag(covariance))
    return DepthLine(float(bias), float(bias_sd), float(gain), float(gain_sd))


def summarise_features(
    scans: Sequence[Sequence[Reading]], line: DepthLine | None, shares: Mapping[str, float]
) -> list[FeatureResult]:
    """Return each feature over all scans with what is resolved and what passes.

    `shares`: by feature, which share of its depth a scan with this scanner's lateral transfer shows.
    """
    return [_summarise(group, line, shares.get(group[0].id, 1.0)) for group in by_feature(scans)]


def by_feature(scans: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
    """Return the readings of each feature."""
    return [list(same) for same in zip(*scans, strict=True)]


def _reading_sd(group: Sequence[Reading]) -> float:
    """Return the standard deviation of one reading: the larger of that on the flat area and that between scans."""
    on_flat = float(np.sqrt(np.mean([r.sd_mm**2 for r in group if r.sd_mm is not None] or [0.0])))
    depths = [r.depth_mm for r in group if r.depth_mm is not None]
    return max(on_flat, float(np.std(depths, ddof=1)) if len(depths) > 1 else 0.0)


def _summarise(group: Sequence[Reading], line: DepthLine | None, share: float) -> FeatureResult:
    first = group[0]
    seen = [r for r in group if r.depth_mm is not None]
    limit = max(
        value_of("commissioning.feature_error_mm"),
        value_of("commissioning.feature_error_share") * abs(first.true_depth_mm),
    )
    depth = sd = None
    if seen:
        depth, sd = _mean([r.depth_mm for r in seen]), _reading_sd(seen)
    gain = line.gain if line else 1.0
    resolved = (
        depth is not None
        and sd is not None
        and all(r.sd_mm is not None for r in seen)
        and len(seen) == len(group)
        and depth * np.sign(first.true_depth_mm) > value_of("commissioning.resolved_over_sd") * sd
        and depth / first.true_depth_mm >= value_of("commissioning.transfer_share") * gain
    )
    expected = share * first.true_depth_mm
    error = None if depth is None else depth - expected
    status = "not seen" if error is None else _judge(abs(error), limit, true_sd_mm=first.true_sd_mm)
    return FeatureResult(
        id=first.id,
        shape=first.shape,
        nominal_width_mm=first.nominal_width_mm,
        true_depth_mm=first.true_depth_mm,
        true_sd_mm=first.true_sd_mm,
        expected_mm=expected,
        depth_mm=depth,
        sd_mm=sd,
        error_mm=error,
        true_width_mm=first.true_width_mm,
        width_mm=_mean([r.width_mm for r in seen]),
        true_volume_mm3=first.true_volume_mm3,
        volume_mm3=_mean([r.volume_mm3 for r in seen]),
        limit_mm=limit,
        is_resolved=bool(resolved),
        status=status if resolved or error is None else "below resolution",
    )


def _judge(error_mm: float, limit_mm: float, *, true_sd_mm: float) -> str:
    """Return whether a feature keeps its limit; the print's own error is not held against the scanner (ISO 14253-1)."""
    if error_mm <= limit_mm:
        return "pass"
    return "fail" if error_mm > limit_mm + value_of("commissioning.print_coverage") * true_sd_mm else "not judged"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def smallest_width_mm(rows: Sequence[FeatureResult]) -> float | None:
    """Return the narrowest box of the row of widths that is resolved with all wider ones; None for none."""
    depth = value_of("commissioning.width_row_depth_mm")
    row = [one for one in rows if one.id.startswith("width-") and np.isclose(abs(one.true_depth_mm), depth, rtol=0.5)]
    return _last_resolved([(one.nominal_width_mm, one) for one in row])


def smallest_depth_mm(rows: Sequence[FeatureResult]) -> float | None:
    """Return the shallowest depth of scar-sized features that is resolved with all deeper ones; None for none."""
    row = [one for one in rows if one.nominal_width_mm >= _SCAR_SIZED_MM]
    return _last_resolved([(abs(one.true_depth_mm), one) for one in row])


def _last_resolved(row: Sequence[tuple[float, FeatureResult]]) -> float | None:
    """Return the smallest size of which every feature, and every one of larger size, is resolved."""
    found = None
    for size in sorted({size for size, _ in row}, reverse=True):
        if not all(one.is_resolved for other, one in row if other == size):
            break
        found = size
    return found


def resolves_small_depth(rows: Sequence[FeatureResult], line: DepthLine | None) -> tuple[bool | None, str]:
    """Return whether depths of 0.1 mm are resolved, and why, in words; None where too little was seen to say.

    The rule: every scar-sized feature of that depth was seen in every scan and differs from 0 by more than three
    standard deviations (reading and print together); measured over true depth lies within limits on their mean; and
    so does the depth gain of the wells.
    """
    small = value_of("commissioning.small_depth_mm")
    sized = [
        one
        for one in rows
        if one.nominal_width_mm >= _SCAR_SIZED_MM and np.isclose(abs(one.true_depth_mm), small, rtol=0.3)
    ]
    known = [one for one in sized if one.depth_mm is not None and one.sd_mm is not None]
    if not known or len(known) < len(sized) or line is None:
        return None, f"not every feature of {small:g} mm depth was seen"
    over = value_of("commissioning.resolved_over_sd")
    weak = [
        one.id
        for one in known
        if (one.depth_mm or 0.0) * np.sign(one.true_depth_mm) <= over * np.hypot(one.sd_mm or 0.0, one.true_sd_mm)
    ]
    if weak:
        return False, f"{', '.join(weak)} cannot be told from flat (within {over:g} standard deviations of 0)"
    low, high = value_of("commissioning.small_depth_ratio")
    ratio = float(np.mean([(one.depth_mm or 0.0) / one.true_depth_mm for one in known]))
    if not low <= ratio <= high:
        return False, f"features of {small:g} mm are measured {ratio:.2f} times as deep, allowed {low:g} to {high:g}"
    low, high = value_of("commissioning.depth_gain_limits")
    if not low <= line.gain <= high:
        return False, f"the depth gain is {line.gain:.3f}, allowed {low:g} to {high:g}"
    return True, f"{len(known)} features of {small:g} mm are told from flat and measured {ratio:.2f} times as deep"
