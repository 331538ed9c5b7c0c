"""Repeated cases: what each measured, and which scars of one person are the same from case to case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scarplan.records.case import Case
from scarplan.scars.storage import read_scarmap
from scarplan.study.found_again import Found, MeasuredScan, list_found, pair_scans
from scarplan.study.repeats import Repeat
from scarplan.surface.storage import load_scan
from scarplan.workflow.progress import Progress
from scarplan.workflow.study_cases import counted_scars


@dataclass(frozen=True)
class MeasuredCase:
    """One case: who and when (`place`), the scars that count, and its scan with labels."""

    place: Mapping[str, str]
    scars: tuple[Mapping[str, Any], ...]
    measured: MeasuredScan

    def totals(self, zone: str | None) -> dict[str, float]:
        """Return count, total volume, mean depth and width of the depressed scars of a zone (None: of all)."""
        mine = [scar for scar in self.scars if zone is None or scar["zone"] == zone]
        dents = [scar for scar in mine if scar["depth_mm"] > 0]
        values = {"count": float(len(mine)), "total_volume_mm3": float(sum(scar["volume_mm3"] for scar in dents))}
        if dents:
            values["mean_depth_mm"] = sum(scar["depth_mm"] for scar in dents) / len(dents)
            values["mean_width_mm"] = sum(scar["width_mm"] for scar in dents) / len(dents)
        return values


@dataclass(frozen=True)
class FollowedScars:
    """Rows of scars that were measured again and again, each scar in view found again or not, and the fit."""

    rows: list[dict[str, Any]]
    found: list[Found]
    residuals_mm: list[dict[str, Any]]
    not_same_skin: list[str]


def measure_case(folder: Path, repeat: Repeat) -> MeasuredCase:
    """Return what a case holds. Raises MissingStep or StaleResult where it is not through `scars`."""
    case = Case(folder / repeat.case)
    counted = counted_scars(case.read_result("scars"))
    labels = read_scarmap(case.path("scars.npz")).labels
    measured = MeasuredScan(load_scan(case.path("surface.npz")), labels, {scar["id"]: scar for scar in counted})
    place = {"subject": repeat.subject, "side": repeat.side, "operator": repeat.operator, "device": repeat.device}
    return MeasuredCase(place | {"repeat": repeat.repeat, "case": repeat.case}, tuple(counted), measured)


def follow_scars(cases: Sequence[MeasuredCase], *, progress: Progress) -> FollowedScars:
    """Lay every later case of a person over the first and return the scars that were measured more than once."""
    groups: dict[tuple[str, str], list[MeasuredCase]] = {}
    for case in cases:
        groups.setdefault((case.place["subject"], case.place["side"]), []).append(case)
    rows: list[dict[str, Any]] = []
    found: list[Found] = []
    residuals: list[dict[str, Any]] = []
    strangers: list[str] = []
    done, whole = 0, max(1, sum(len(group) - 1 for group in groups.values()))
    for (subject, _), group in groups.items():
        first, names = group[0], {scar["id"]: str(scar["id"]) for scar in group[0].scars}
        rows += [_row(first, scar, names[scar["id"]]) for scar in first.scars]
        for later in group[1:]:
            progress(f"laying {later.place['case']} over {first.place['case']}", done / whole)
            done += 1
            pair = pair_scans(first.measured, later.measured)
            for name, fit in pair.fits.items():
                residuals.append(
                    {
                        "case": later.place["case"],
                        "chart": name,
                        "residual_mm": fit.residual_mm,
                        "same_skin": fit.is_same_skin,
                    }
                )
            if not any(fit.is_same_skin for fit in pair.fits.values()):
                strangers.append(later.place["case"])
                continue
            found += list_found(subject, first.measured, later.measured, pair)
            rows += [_row(later, later.measured.scars[b], names[a]) for a, b in pair.pairs]
    return FollowedScars(rows, found, residuals, strangers)


def _row(case: MeasuredCase, scar: Mapping[str, Any], name: str) -> dict[str, Any]:
    measures = {key: float(scar[key]) for key in ("depth_mm", "width_mm", "volume_mm3")}
    return {**case.place, "scar": name, "zone": scar["zone"], "kind": scar["kind"], **measures}
