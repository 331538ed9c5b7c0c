"""What `compare` tells: pairs with their change, what is new or gone, and how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.canonical import make_plain
from scarplan.evidence.library import value_of
from scarplan.scars import ScarMap
from scarplan.surface.surface import Scan
from scarplan.visits import DETECTABLE_SDS, ScarChange, Trust, VisitsCompared

#: A difference of two scans tells the spread of one by this.
_TWO_SCANS = float(np.sqrt(2.0))


@dataclass(frozen=True)
class Visit:
    """One visit as the case holds it: the scan, its scars, and what `scan` and `scars` told."""

    scan: Scan
    scars: ScarMap
    scanned: dict[str, Any]
    found: dict[str, Any]

    @property
    def counted(self) -> set[int]:
        """Ids of the scars that are sure enough to count, or reviewed."""
        return {scar.id for scar in self.scars.scars} - set(self.found.get("low_confidence") or ())


def describe_comparison(
    compared: VisitsCompared,
    trust: Trust,
    before: Visit,
    after: Visit,
    *,
    same_day: bool,
    own: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the result of `compare` without its manifest."""
    same_day = same_day or _are_of_one_day(before.scan, after.scan)
    pairs = [one for one in compared.changes if one.id_a is not None and one.id_b is not None]
    once = [one for one in compared.changes if one.id_a is None or one.id_b is None]
    vanished = [one.id_a for one in once if one.id_a in before.counted and _is_gone(one, one.depth_after_mm)]
    new = [one.id_b for one in once if one.id_b in after.counted and _is_gone(one, one.depth_before_mm)]
    result = {
        "pairs": [_tell_pair(one) for one in sorted(pairs, key=lambda one: one.id_a or 0)],
        "new": sorted(new),
        "vanished": sorted(vanished),
        "gone": [_tell_gone(one) for one in once if one.id_a in vanished],
        "seen_once": [_tell_once(one) for one in once if not _is_told(one, vanished, new)]
        + [_tell_unmeasured(*ids) for ids in compared.unmeasured],
        "cut": [{"id_a": a, "id_b": b} for a, b in compared.cut],
        "not_covered_a": list(compared.match.not_covered_a),
        "not_covered_b": list(compared.match.not_covered_b),
        **describe_trust(trust),
        "charts": [_tell_chart(name, compared) for name in compared.registrations],
        "summary": _summarise(pairs),
        "same_day": same_day,
        "days_between": _days_between(before.scan, after.scan),
        "repeatability": _tell_repeatability(pairs) if same_day else own,
        "warnings": warn_of_visits(before, after),
    }
    return make_plain(result)


def describe_trust(trust: Trust) -> dict[str, Any]:
    """Return what the registration left, and what would have been too much."""
    return {
        "residual_mm": trust.residual_mm,
        "residual_limit_mm": trust.limit_mm,
        "correlation": trust.correlation,
    }


def warn_of_visits(before: Visit, after: Visit) -> list[str]:
    """Return what to keep in mind about the two scans."""
    warnings = []
    for words, visit in (("baseline", before), ("follow-up", after)):
        days = visit.scan.days_since_session
        if days is not None and days < value_of("scars.healing_days"):
            warnings.append(
                f"The {words} was made {days} days after a session: swelling makes scars look shallower. Compare again "
                f"with a scan made {value_of('scars.healing_days')} days or more after it."
            )
    pixels = [max(chart.pixel_mm for chart in visit.scan.charts) for visit in (before, after)]
    if max(pixels) > float(value_of("visits.unlike_pixels")) * min(pixels):
        warnings.append(
            f"The scans have unlike pixels ({pixels[0]:g} and {pixels[1]:g} mm): the coarser one shows narrow scars "
            "shallower. Use the same scanner with the same settings."
        )
    names = {visit.scan.scanner.name for visit in (before, after)}
    if len(names) > 1:
        warnings.append("The scans are by different scanners: part of a change may be theirs.")
    return warnings


def _is_gone(one: ScarChange, depth_mm: float) -> bool:
    """Whether the place changed, and on the other visit nothing is left that could be told from error."""
    return one.is_detectable and abs(depth_mm) < max(one.detectable_mm, 0.5 * abs(one.depth_change_mm))


def _tell_pair(one: ScarChange) -> dict[str, Any]:
    return {
        "id_a": one.id_a,
        "id_b": one.id_b,
        "depth_change_mm": one.depth_change_mm,
        "sd_mm": one.sd_mm,
        "detectable": one.is_detectable,
        "depth_before_mm": one.depth_before_mm,
        "depth_after_mm": one.depth_after_mm,
        "detectable_change_mm": one.detectable_mm,
        "measured": "directly" if one.is_direct else "each visit apart",
        "verdict": judge_change(one.depth_before_mm, one.depth_change_mm, detectable=one.is_detectable),
    }


def judge_change(depth_before_mm: float, change_mm: float, *, detectable: bool) -> str:
    """Return a change of depth in words."""
    if not detectable:
        return "no measurable change"
    if depth_before_mm < 0:
        return "flatter" if change_mm > 0 else "higher"
    return "shallower" if change_mm < 0 else "deeper"


def _is_told(one: ScarChange, vanished: Sequence[int], new: Sequence[int]) -> bool:
    return one.id_a in vanished if one.id_a is not None else one.id_b in new


def _tell_unmeasured(id_a: int | None, id_b: int | None) -> dict[str, Any]:
    unknown = dict.fromkeys(("depth_change_mm", "sd_mm", "detectable"))
    why = "found on one visit only, with too little skin around to tell whether the relief changed"
    return {"visit": "a" if id_a is not None else "b", "id": id_a if id_a is not None else id_b, **unknown, "why": why}


def _tell_once(one: ScarChange) -> dict[str, Any]:
    if not one.is_detectable:
        why = "found on one visit only, but the relief there has not changed measurably"
    else:
        why = "found on one visit only and changed, but not new or gone: part of it shows on both visits"
    return {
        "visit": "a" if one.id_a is not None else "b",
        "id": one.id_a if one.id_a is not None else one.id_b,
        "depth_change_mm": one.depth_change_mm,
        "sd_mm": one.sd_mm,
        "detectable": one.is_detectable,
        "why": why,
    }


def _tell_gone(one: ScarChange) -> dict[str, Any]:
    return {"id": one.id_a, "depth_change_mm": one.depth_change_mm, "sd_mm": one.sd_mm}


def _tell_chart(name: str, compared: VisitsCompared) -> dict[str, Any]:
    laid = compared.registrations[name]
    if laid is None:
        return {"name": name, "used": False, "residual_mm": None, "correlation": None, "overlap_cm2": None}
    return {
        "name": name,
        "used": True,
        "residual_mm": laid.residual_mm,
        "correlation": laid.correlation,
        "overlap_cm2": float(laid.overlap.sum()) * laid.pixel_mm**2 / 100.0,
    }


def _summarise(pairs: list[ScarChange]) -> dict[str, Any]:
    verdicts = [judge_change(one.depth_before_mm, one.depth_change_mm, detectable=one.is_detectable) for one in pairs]
    change = np.array([abs(one.depth_after_mm) - abs(one.depth_before_mm) for one in pairs])
    sd = np.array([one.sd_mm for one in pairs])
    return {
        "pairs": len(pairs),
        "milder": sum(verdict in ("shallower", "flatter") for verdict in verdicts),
        "stronger": sum(verdict in ("deeper", "higher") for verdict in verdicts),
        "no_measurable_change": verdicts.count("no measurable change"),
        "mean_change_mm": float(change.mean()) if pairs else None,
        "mean_change_sd_mm": float(np.sqrt((sd**2).sum()) / len(pairs)) if pairs else None,
        "detectable_change_mm": float(np.median([one.detectable_mm for one in pairs])) if pairs else None,
    }


def _tell_repeatability(pairs: list[ScarChange]) -> dict[str, Any]:
    """Return what two scans of unchanged skin differ by: the patient's own repeatability."""
    change = np.array([one.depth_change_mm for one in pairs if one.is_direct])
    enough = len(change) >= float(value_of("visits.fewest_repeated"))
    sd = float(np.sqrt(np.mean(change**2))) if enough else None
    return {
        "n": len(change),
        "depth_sd_mm": sd,
        "one_scan_sd_mm": None if sd is None else sd / _TWO_SCANS,
        "mdc95_mm": None if sd is None else DETECTABLE_SDS * sd,
    }


def _are_of_one_day(before: Scan, after: Scan) -> bool:
    return before.scanned_on is not None and before.scanned_on == after.scanned_on


def _days_between(before: Scan, after: Scan) -> int | None:
    if before.scanned_on is None or after.scanned_on is None:
        return None
    return (after.scanned_on - before.scanned_on).days
