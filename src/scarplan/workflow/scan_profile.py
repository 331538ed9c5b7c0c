"""The profile of the scanner that made a scan, and what it changes: limits, uncertainty, and whether depth is measured.

The worse of what the profile states and of what the scan itself shows counts: a profile made at another distance must
not make a scan look better than it is. Bias and gain are never corrected, they widen the intervals: a phantom's truth
is mostly nominal, and a corrected relief would no longer be what the file holds.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.resolution import Resolution
from scarplan.surface.surface import FORM_ONLY_CAPTURES, Scan, Scanner

CAPTURES = ("structured_light", "laser", "photometric", "photogrammetry", "lidar", "unknown")


def read_scanner(
    profile: str | Path | None, capture: str | None, *, scanned_on: datetime.date | None
) -> tuple[Scanner, dict[str, Any]]:
    """Return the scanner as its profile states it, and the facts that the result tells of it.

    Raises BadInput for a faulty profile, and for a `capture` that is not known or is not the profile's.
    """
    if capture is not None and capture not in CAPTURES:
        raise BadInput(
            "--capture is not a way in which scans are made",
            code="E-SCAN-010",
            got=capture,
            allowed=", ".join(CAPTURES),
            do="leave it out when it is not known",
        )
    if profile is None:
        known = None if capture == "unknown" else capture
        return Scanner(capture=known), {"name": None, "capture": known, "profile": None}
    # Imported here: most scans have no profile, and records need pydantic.
    from scarplan.records.scanner_profile import read_scanner_profile

    read = read_scanner_profile(Path(profile))
    made_by = _one_capture(read.capture, capture, Path(profile))
    expired = _is_expired(read.date, scanned_on)
    scanner = Scanner(
        name=read.scanner,
        noise_mm=read.noise_mm,
        lateral_mm=read.lateral_mm,
        bias_mm=read.bias_mm,
        bias_sd_mm=read.bias_sd_mm,
        repeatability_mm=read.repeatability_mm,
        depth_gain=read.depth_gain,
        depth_gain_sd=read.depth_gain_sd,
        # What a profile of old or unknown age promised is not known; what it warned of still counts.
        resolves_0_1_mm=None if expired is not False and read.resolves_0_1_mm else read.resolves_0_1_mm,
        profile_hash=read.content_hash,
        capture=made_by,
    )
    told = {
        "hash": read.content_hash, "date": read.date, "name": read.name, "role": read.role, "method": read.method,
        "truth": read.truth, "expired": expired, "passed": read.passed, "resolves_0_1_mm": scanner.resolves_0_1_mm,
        "noise_mm": read.noise_mm, "lateral_mm": read.lateral_mm, "bias_mm": read.bias_mm,
        "bias_sd_mm": read.bias_sd_mm, "depth_gain": read.depth_gain, "depth_gain_sd": read.depth_gain_sd,
        "repeatability_mm": read.repeatability_mm,
    }  # fmt: skip
    return scanner, {"name": read.scanner, "capture": made_by, "profile": told}


def limit_to_form(resolution: Resolution, scanner: Scanner) -> Resolution:
    """Return what a scan resolves: no scars where nobody has shown that its capture resolves their depth.

    The scan alone cannot tell that: a phone's mesh may look fine and be invented by smoothing. A scan that cannot show
    scars for its own reasons keeps them.
    """
    if scanner.shows_depth or not resolution.shows_scars:
        return resolution
    return replace(resolution, shows_scars=False, statement=say_form_only(scanner))


def say_form_only(scanner: Scanner) -> str:
    """Return why scans by this capture are not searched for scars."""
    return (
        f"This scan cannot show scars: a scan by {scanner.capture} gives form, zones and area only, until a profile of "
        "`scarplan commission` shows that this capture resolves 0.1 mm of depth (then add --scanner profile.toml)."
    )


def warn_of_scanner(scanner: Scanner, told: dict[str, Any]) -> list[str]:
    """Return what is to be warned of, in words."""
    warnings, profile = [], told["profile"]
    if profile is None:
        return warnings
    if profile["expired"]:
        warnings.append(
            f"the scanner's profile of {profile['date']} lies more than "
            f"{value_of('commissioning.profile_valid_days')} days from the scan: commission the scanner again"
        )
    if profile["expired"] is None and scanner.capture in FORM_ONLY_CAPTURES:
        warnings.append(
            "whether the scanner's profile is still current cannot be told, so it does not vouch for depth: add --date"
        )
    if profile["passed"] is False:
        warnings.append("the scanner did not meet every limit of its commissioning; see its signed page")
    low, high = value_of("commissioning.depth_gain_limits")
    if scanner.depth_gain is not None and not low <= scanner.depth_gain <= high:
        warnings.append(
            f"this scanner shows depths {scanner.depth_gain:.2f} times as large as they are; depths are not corrected, "
            "their intervals are wider for it"
        )
    return warnings


def carry_scanner(scan: Scan, stated: Scanner) -> Scan:
    """Return the scan with its scanner as stated; without a profile the name that the reader knows is kept."""
    name = stated.name if stated.profile_hash else scan.scanner.name
    return replace(scan, scanner=replace(stated, name=name))


def worse_of(stated: Scanner, *, noise_mm: float, lateral_mm: float) -> Scanner:
    """Return the scanner with the worse of what its profile states and of what the scan shows."""
    return replace(
        stated, noise_mm=max(noise_mm, stated.noise_mm or 0.0), lateral_mm=max(lateral_mm, stated.lateral_mm or 0.0)
    )


def _one_capture(of_profile: str, given: str | None, path: Path) -> str | None:
    known = {one for one in (of_profile, given) if one not in (None, "unknown")}
    if len(known) > 1:
        raise BadInput(
            f"--capture {given} is not what the scanner profile {path} is of",
            code="E-SCAN-011",
            got=given,
            allowed=of_profile,
            do="name the profile of the scanner that made this scan, or leave --capture out",
        )
    return next(iter(known), None)


def _is_expired(made: datetime.date, scanned_on: datetime.date | None) -> bool | None:
    if scanned_on is None:
        return None
    # Either way: of a scan made long before its commissioning a profile knows as little as of one made long after.
    return abs((scanned_on - made).days) > value_of("commissioning.profile_valid_days")
