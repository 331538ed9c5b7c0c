"""Compare scans with the truth, with each other, or the software with digital phantoms; write profile and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, hash_file, make_plain
from scarplan.commissioning import (
    CONDITIONS,
    Characteristics,
    PlacedScan,
    ScanPoints,
    characterise_print,
    characterise_repeats,
    chart_of,
    check_limits,
    make_profile,
    plate_template,
    read_points,
    register_print,
    register_skin,
    skin_template,
    try_digital,
)
from scarplan.errors import BadInput, MissingStep
from scarplan.evidence.library import recording, value_of
from scarplan.manifest import make_manifest
from scarplan.records.capture import read_capture_file
from scarplan.records.case import Case
from scarplan.records.phantom_plate import PhantomPlate, read_phantom_plate
from scarplan.records.scanner_profile import ScannerProfile
from scarplan.records.toml_file import write_toml
from scarplan.report.commissioning_page import render_commissioning_page
from scarplan.workflow.commission_sign import Signature, check_free, write_signed
from scarplan.workflow.progress import Progress, report_nothing
from scarplan.workflow.scan_capture import is_capture, read_captured_scan

_TRUTH = "phantom.toml"
_MOST_SCANS = 30


@dataclass(frozen=True)
class ScansToJudge:
    """Scan files of one scanner, and what becomes of them in `folder`; `unit` and `pixel_mm` as for `scan`."""

    folder: str | Path
    files: Sequence[Path]
    signed: Signature
    unit: str | None
    pixel_mm: float | None
    pdf: bool
    replace: bool
    progress: Progress

    def read(self, path: Path) -> Sequence[ScanPoints]:
        """Return the views of one of the files: of a scan, or of photographs under known lights."""
        if not is_capture(path):
            return read_points(path, unit=self.unit, pixel_mm=self.pixel_mm)
        options = {"unit": self.unit, "pixel_mm": self.pixel_mm}
        scan, _, _ = read_captured_scan(path, options, progress=report_nothing)
        return tuple(ScanPoints.of(chart) for chart in scan.charts)

    def made_by(self) -> Signature:
        """Return who stands for the result; photographs under known lights tell by themselves how they were made."""
        if self.signed.capture == "unknown" and all(is_capture(path) for path in self.files):
            return replace(self.signed, capture="photometric")
        return self.signed


def commission_scans(job: ScansToJudge) -> dict[str, Any]:
    """Compare scans of the print with the truth of the folder's phantom."""
    case, files, signed, progress = Case(job.folder), job.files, job.made_by(), job.progress
    check_free(case, replace=job.replace)
    plate, truth_hash = _read_truth(case)
    _check_count(files, least=1)
    with recording() as used:
        template = plate_template(plate)
        placed = []
        for done, path in enumerate(files):
            progress(f"laying {path.name} on the phantom", 0.8 * done / len(files))
            placed.append(register_print(job.read(path), template, name=path.name))
        progress("measuring its features", 0.8)
        found = characterise_print(placed, plate, template)
        result, profile = _describe(found, files, placed, signed, plate)
        result["warnings"] = _warn(plate, placed, found)
        chart = chart_of(placed[0], template)
        inputs = _hashes(files) | {_TRUTH: truth_hash}
        result["manifest"] = make_plain(
            make_manifest("commission", inputs=inputs, quantities=used.quantities, sources=used.sources)
        )
        page = render_commissioning_page(result, chart)
    progress("writing profile and page", 0.9)
    return write_signed(job.folder, result, page=page, profile=profile, pdf=job.pdf)


def commission_repeats(job: ScansToJudge) -> dict[str, Any]:
    """Compare repeated scans of the same skin with the first of them."""
    files, signed, progress = job.files, job.made_by(), job.progress
    check_free(Case(job.folder), replace=job.replace)
    _check_count(files, least=2)
    with recording() as used:
        scans = [_largest(job.read(path)) for path in files]
        template = skin_template(scans[0])
        placed = []
        for done, (path, scan) in enumerate(zip(files, scans, strict=True)):
            progress(f"laying {path.name} on the first scan", 0.8 * done / len(files))
            placed.append(register_skin(scan, scans[0], template, name=path.name))
        found = characterise_repeats(placed, template)
        result, profile = _describe(found, files, placed, signed, None)
        result["warnings"] = [
            "repeated scans of skin tell noise and repeatability; bias, gain and lateral transfer need the phantom"
        ]
        result["manifest"] = make_plain(
            make_manifest("commission", inputs=_hashes(files), quantities=used.quantities, sources=used.sources)
        )
        page = render_commissioning_page(result, None)
    progress("writing profile and page", 0.9)
    return write_signed(job.folder, result, page=page, profile=profile, pdf=job.pdf)


def commission_digital(
    folder: str | Path, signed: Signature, *, pdf: bool, replace: bool, progress: Progress
) -> dict[str, Any]:
    """Try the measuring software on digital phantoms."""
    check_free(Case(folder), replace=replace)
    rows = []
    with recording() as used:
        for done, condition in enumerate(CONDITIONS):
            progress(f"measuring: {condition.name}", done / len(CONDITIONS))
            rows.append(try_digital(condition))
        limits = {
            key: value_of(f"commissioning.digital_{key}")
            for key in ("recall", "bias_mm", "depth_mae_mm", "volume_error")
        }
        result = {
            "done": "digital",
            "folder": str(folder),
            "files": [],
            "signed": _signed(signed),
            "digital": make_plain(rows),
            "limits": limits,
            "passed": all(row.passed for row in rows),
            "warnings": [],
        }
        result["manifest"] = make_plain(
            make_manifest("commission", inputs={}, seed=0, quantities=used.quantities, sources=used.sources)
        )
        page = render_commissioning_page(result, None)
    return write_signed(folder, result, page=page, profile=None, pdf=pdf)


def _describe(
    found: Characteristics,
    files: Sequence[Path],
    placed: Sequence[PlacedScan],
    signed: Signature,
    plate: PhantomPlate | None,
) -> tuple[dict[str, Any], bytes]:
    """Return the result without its manifest, and the bytes of the profile."""
    profile = make_profile(
        found, scanner=signed.scanner or "", capture=signed.capture, day=signed.day, name=signed.name,
        role=signed.role, scans=len(files), plate=plate,
    )  # fmt: skip
    scans = [
        {
            "file": path.name.encode("utf-8", "backslashreplace").decode("utf-8"),
            "pixel_mm": one.scan.surface.pixel_mm,
            "residual_mm": one.pose.residual_mm,
            "likeness": one.pose.likeness,
            "shown": one.overlap,
        }
        for path, one in zip(files, placed, strict=True)
    ]
    result = {
        "done": "repeats" if plate is None else "scan",
        "files": [],
        "signed": _signed(signed),
        "phantom": None if plate is None else plate.id,
        "profile": profile,
        "profile_hash": profile.content_hash,
        "passed": profile.passed,
        "checks": check_limits(found),
        "resolves_why": found.resolves_why,
        "scans": scans,
        "flatness_mm": found.flatness_mm,
        "noise_bands": found.bands,
        "transfer": asdict(found.transfer) if found.transfer else None,
        "features": found.features,
    }
    return make_plain(result), _write_profile(profile)


def _signed(signed: Signature) -> dict[str, Any]:
    return make_plain(asdict(signed))


def _write_profile(profile: ScannerProfile) -> bytes:
    values = {key: value for key, value in make_plain(profile).items() if value is not None}
    comment = (
        "Scanner profile, written by `scarplan commission`; what was not found out is left out. For `scan --scanner`."
    )
    return write_toml(values, comment=comment).encode()


def _read_truth(case: Case) -> tuple[PhantomPlate, str]:
    path = case.path(_TRUTH)
    if not case.has(_TRUTH):
        raise MissingStep(
            f"the folder {case.root} has no {_TRUTH}: the truth about the print is not known",
            code="E-COMM-017",
            do=f"run `scarplan commission {case.root} --phantom`, print phantom.stl and scan the print",
        )
    return read_phantom_plate(path), hash_file(path)


def _check_count(files: Sequence[Path], *, least: int) -> None:
    if not least <= len(files) <= _MOST_SCANS:
        raise BadInput(
            "the number of scans is not possible",
            code="E-COMM-018",
            got=len(files),
            allowed=f"{least} to {_MOST_SCANS}",
            do="repeat the option for each file: --repeats first.npy --repeats second.npy",
        )
    digests = [tuple(hash_file(one) for one in _parts(path) if one.is_file()) for path in files if path.is_file()]
    if len(set(digests)) < len(digests):
        raise BadInput(
            "the same scan is given twice: a scanner repeats itself exactly only in a copy",
            code="E-COMM-019",
            do="scan again, taking the print (or the head) up and putting it down in between",
        )


def _parts(path: Path) -> tuple[Path, ...]:
    """Return the files that a scan is made of: itself, and the pictures that a capture file names."""
    if not is_capture(path):
        return (path,)
    return (path, *(path.parent / name for name in read_capture_file(path).named_pictures()))


def _hashes(files: Sequence[Path]) -> dict[str, str]:
    return {
        f"{number}:{one.name}": hash_bytes(one.read_bytes())
        for number, path in enumerate(files, start=1)
        for one in _parts(path)
    }


def _largest(views: Sequence[ScanPoints]) -> ScanPoints:
    return max(views, key=lambda view: len(view.points_mm))


def _warn(plate: PhantomPlate, placed: Sequence[PlacedScan], found: Characteristics) -> list[str]:
    warnings = []
    judged = [one for one in plate.feature if one.shape != "fiducial"]
    unmeasured = sum(one.measured_depth_mm is None for one in judged)
    if unmeasured:
        stated = plate.print.depth_sd_mm
        words = (
            f"{stated:g} mm as stated for the printer"
            if stated is not None
            else f"{value_of('commissioning.print_depth_sd_mm'):g} mm, assumed because neither measured nor stated"
        )
        warnings.append(
            f"{unmeasured} of {len(judged)} features count as designed, with a standard deviation of {words}: "
            "errors of the printer are part of the bias and gain found"
        )
    if len(placed) < 2:
        warnings.append(
            "one scan tells no repeatability, and the print's roughness counts as noise; scan it at least three times, "
            "taking it up in between"
        )
    if found.transfer is not None and found.transfer.is_longer:
        warnings.append(
            "the longest wave of the star does not come through by half: the lateral transfer is worse still"
        )
    if found.transfer is not None and found.transfer.is_gaussian is False:
        warnings.append(
            f"the lateral transfer is no Gaussian (the star leaves its curve by {found.transfer.misfit:.2f}): "
            "the scanner averages over squares or sharpens; narrow scars may read shallower or deeper than allowed for"
        )
    return warnings
