"""What passes: each figure of a scanner against its limit, and the profile made of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scarplan.commissioning.characterise import Characteristics
from scarplan.evidence.library import value_of
from scarplan.records.phantom_plate import PhantomPlate
from scarplan.records.scanner_profile import Capture, ScannerProfile


@dataclass(frozen=True)
class Check:
    """One figure against its limit; `passed` None: it could not be tried."""

    name: str
    value: float | None
    sd: float | None
    unit: str
    low: float | None
    high: float | None
    passed: bool | None


def check_limits(found: Characteristics) -> list[Check]:
    """Return every figure that has a limit, in the order of the page."""
    return list(_list_checks(found))


def _list_checks(found: Characteristics) -> Iterator[Check]:
    line, transfer = found.line, found.transfer
    if found.features:
        bias = value_of("commissioning.largest_bias_mm")
        low, high = value_of("commissioning.depth_gain_limits")
        yield _check("depth gain", line and line.gain, line and line.gain_sd, "1", low, high)
        yield _check("bias of depth", line and line.bias_mm, line and line.bias_sd_mm, "mm", -bias, bias)
    yield _check("noise of one pixel", found.noise_mm, None, "mm", None, value_of("commissioning.largest_noise_mm"))
    if found.features:
        widest = value_of("surface.scar_to_show_width_mm") / value_of("surface.widths_per_wavelength")
        lateral, sd = (transfer.lateral_mm, transfer.lateral_sd_mm) if transfer else (None, None)
        yield _check("lateral transfer, wavelength at 50 %", lateral, sd, "mm", None, widest)
    largest = value_of("commissioning.largest_repeatability_mm")
    yield _check("repeatability of local relief", found.repeatability_mm, None, "mm", None, largest)
    if found.features:
        scale = value_of("commissioning.lateral_scale_limit")
        yield _check("scale of lengths", found.lateral_scale, None, "1", 1 - scale, 1 + scale)
        small = value_of("commissioning.small_depth_mm")
        yield Check(
            f"resolves {small:g} mm of depth", found.smallest_depth_mm, None, "mm", None, small, found.resolves_0_1_mm
        )
        judged = [one for one in found.features if one.status in ("pass", "fail")]
        failed = sum(one.status == "fail" for one in judged)
        yield Check(
            "features outside their limit", float(failed), None, "features", None, 0.0, not failed if judged else None
        )


def _check(name: str, value: float | None, sd: float | None, unit: str, low: float | None, high: float | None) -> Check:
    inside = None if value is None else (low is None or value >= low) and (high is None or value <= high)
    return Check(name, value, sd, unit, low, high, inside)


def all_passed(checks: Sequence[Check]) -> bool | None:
    """Return False when one has failed, None when one could not be tried, True otherwise."""
    if any(check.passed is False for check in checks):
        return False
    return None if any(check.passed is None for check in checks) else True


def truth_of(plate: PhantomPlate) -> Literal["nominal", "measured"]:
    """Return whether every well and scar of the print was measured by somebody, or is known as designed."""
    judged = [one for one in plate.feature if one.shape != "fiducial"]
    return "measured" if all(one.measured_depth_mm is not None for one in judged) else "nominal"


def make_profile(
    found: Characteristics,
    *,
    scanner: str,
    capture: Capture,
    day: date,
    name: str,
    role: str,
    scans: int,
    plate: PhantomPlate | None,
) -> ScannerProfile:
    """Return the profile; `plate` None: it rests on repeated scans of skin alone."""
    line, transfer = found.line, found.transfer
    return ScannerProfile(
        scanner=scanner,
        capture=capture,
        date=day,
        name=name,
        role=role,
        method="skin" if plate is None else "phantom",
        truth=None if plate is None else truth_of(plate),
        phantom=None if plate is None else plate.id,
        scans=scans,
        noise_mm=_rounded(found.noise_mm),
        lateral_mm=_rounded(transfer.lateral_mm) if transfer else None,
        lateral_sd_mm=_rounded(transfer.lateral_sd_mm) if transfer else None,
        bias_mm=_rounded(line.bias_mm) if line else None,
        bias_sd_mm=_rounded(line.bias_sd_mm) if line else None,
        depth_gain=_rounded(line.gain) if line else None,
        depth_gain_sd=_rounded(line.gain_sd) if line else None,
        repeatability_mm=_rounded(found.repeatability_mm),
        smallest_width_mm=found.smallest_width_mm,
        smallest_depth_mm=found.smallest_depth_mm,
        resolves_0_1_mm=found.resolves_0_1_mm,
        passed=all_passed(check_limits(found)),
    )


def _rounded(value: float | None) -> float | None:
    # A tenth of a micrometre: digits beyond it mean nothing and would change with the machine.
    return None if value is None else round(value, 4)
