"""Scan: read a 3-D scan of skin into a case, clean it, and state what it can resolve."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, hash_file, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import recording, value_of
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.records.toml_file import read_toml, write_toml
from scarplan.surface.area import seen_area_cm2
from scarplan.surface.holes import find_holes, not_seen_cm2
from scarplan.surface.io.registry import sniff_file
from scarplan.surface.io.scan_file import read_scan
from scarplan.surface.io.unchanged import unchanged_files
from scarplan.surface.resolution import Resolution, state_resolution
from scarplan.surface.storage import save_scan
from scarplan.surface.surface import Scan, Surface
from scarplan.workflow.day import read_day, read_today, refuse_day_to_come
from scarplan.workflow.picked_zones import ZONES_FILE, read_picked_zones
from scarplan.workflow.progress import Progress, report_nothing, take_share
from scarplan.workflow.scan_capture import is_capture, read_captured_scan, refuse_photograph
from scarplan.workflow.scan_profile import carry_scanner, limit_to_form, read_scanner, warn_of_scanner, worse_of

_MOST_DAYS_SINCE_SESSION = 36_525
_LONGEST_ATTRIBUTION = 300
# A zone of the face is seen in a few charts; one name for more than that is a slip.
_MOST_CHARTS_OF_ONE_ZONE = 4


def scan_surface(
    file: str | Path,
    case_path: str | Path,
    *,
    unit: str | None,
    pixel_mm: float | None = None,
    displacement: str | Path | None = None,
    displacement_unit: str | None = None,
    displacement_flip: bool = False,
    zones: str | Path | None = None,
    zone: str | None = None,
    side: str | None = None,
    date: str | datetime.date | None = None,
    days_since_session: int | None = None,
    attribution: str | None = None,
    scanner: str | Path | None = None,
    capture: str | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Read the scan in `file` into the case and return what it shows and resolves.

    `file` is a height map, a mesh, or a capture file: photographs under known lights (`scarplan template capture`).
    Writes `surface.npz`, `scan.toml` and `results/scan.json`. A scan that cannot show scars is read and said to be so;
    `scars` refuses it. `zones` is a file of the zones of a face on its mesh (`scarplan zones`); it is kept in the case.
    `attribution` says whom the scan is owed to; the report prints it. `scanner` is a profile written by `commission`,
    `capture` how the scan was made (see `scan_profile`). Raises BadInput for a file or option that cannot be used, and
    for a case that holds another scan unless `replace` is given.
    """
    progress = progress or report_nothing
    case, path = Case(case_path), Path(file)
    with recording() as used, unchanged_files(path, displacement):
        options = _read_options(
            unit=unit,
            pixel_mm=pixel_mm,
            displacement_unit=displacement_unit,
            displacement_flip=displacement_flip or None,
            zone=zone,
            side=side,
            scanned_on=date,
            days_since_session=days_since_session,
        )
        owed = _read_attribution(attribution)
        picked = None if zones is None else read_picked_zones(Path(zones), zone=zone, side=side)
        captured = _read_capture(path, options | {"displacement": displacement, "zones": zones}, progress)
        made_by = capture if captured is None else capture or "photometric"
        stated, told = read_scanner(scanner, made_by, scanned_on=options["scanned_on"])
        given = options | {"capture": capture, "scanner": stated.profile_hash}
        origin = _describe_origin(path, displacement, given, photographs=captured and captured[2])
        origin |= {} if picked is None else {"zones": _describe_file(Path(str(zones)), picked[1])}
        if not replace:
            _refuse_another_scan(case, origin)
        reading = {"displacement": displacement, "zones": picked and picked[0], **options}
        scan = captured[0] if captured else read_scan(path, progress=take_share(progress, 0.0, 0.7), **reading)
        scan = carry_scanner(scan, stated)
        progress("stating what the scan can resolve", 0.7)
        resolution = limit_to_form(state_resolution(scan), scan.scanner)
        progress("measuring the area seen", 0.8)
        described = _describe_scan(scan, resolution, unit=unit, zone=options["zone"])
        known_as = None if scan.scanner.name == "unknown" else scan.scanner.name
        described |= {"attribution": owed, "scanner": told | {"name": known_as}}
        described["warnings"] += warn_of_scanner(stated, told)
        described |= {} if captured is None else {"unit": "mm", "photometric": captured[1]}
    scan = dataclasses.replace(
        scan, scanner=worse_of(scan.scanner, noise_mm=resolution.noise_mm, lateral_mm=resolution.lateral_mm)
    )
    progress("writing the scan", 0.9)
    files = {"surface.npz": save_scan(scan), "scan.toml": _write_readable(origin, scan, resolution, owed).encode()}
    files |= {} if picked is None else {ZONES_FILE: picked[1]}
    hashes = {name: hash_bytes(data) for name, data in files.items()}
    manifest = make_manifest("scan", inputs=hashes, quantities=used.quantities, sources=used.sources)
    result = make_plain(described | {"file": origin["file"], "manifest": manifest})
    case.write_result("scan", result, files)
    progress("scan read", 1.0)
    return result


def _read_options(*, zone: str | None, scanned_on: Any, days_since_session: Any, **given: Any) -> dict[str, Any]:
    """Return the options as `read_scan` takes them, each checked."""
    return given | {
        "zone": None if zone is None else _name_of_zone(zone),
        "scanned_on": _read_day(scanned_on),
        "days_since_session": _read_days(days_since_session),
    }


def _name_of_zone(zone: str) -> str:
    from scarplan.anatomy import zone as find_zone  # a scan of no zone starts sooner without

    return find_zone(zone).id


def _read_capture(
    path: Path, options: dict[str, Any], progress: Progress
) -> tuple[Scan, dict[str, Any], dict[str, str]] | None:
    """Return the scan of a capture file, how well it is told, and the hashes of its photographs; None for others.

    Raises BadInput for a single photograph.
    """
    refuse_photograph(path)
    if not is_capture(path):
        return None
    return read_captured_scan(path, options, progress=take_share(progress, 0.0, 0.7))


def _describe_scan(scan: Scan, resolution: Resolution, *, unit: str | None, zone: str | None) -> dict[str, Any]:
    """Return what the scan shows and resolves, with what is to be warned of."""
    days = scan.days_since_session
    swelling = days is not None and days < value_of("surface.swelling_days")
    return {
        "charts": [_describe_chart(chart) for chart in scan.charts],
        "unit": unit,
        "scanned_on": scan.scanned_on,
        "days_since_session": days,
        "swelling_may_hide_depth": swelling,
        "resolves": resolution,
        "warnings": _warnings(scan, resolution, zone, swelling=swelling),
    }


def _describe_origin(
    path: Path, displacement: str | Path | None, options: dict[str, Any], *, photographs: dict[str, str] | None
) -> dict[str, Any]:
    """Return what the scan was made from: files with their hashes, and the options given."""
    whole = path if photographs is not None else sniff_file(path).path
    origin: dict[str, Any] = {"file": {"name": _name_as_text(path), "sha256": hash_file(whole)}}
    if photographs is not None:
        origin["photographs"] = photographs
        options = options | {"unit": None, "pixel_mm": None}  # the capture file tells them
    if displacement is not None and Path(displacement).is_file():
        origin["displacement"] = {"name": _name_as_text(Path(displacement)), "sha256": hash_file(Path(displacement))}
    return origin | {"options": {key: value for key, value in make_plain(options).items() if value is not None}}


def _describe_file(path: Path, data: bytes) -> dict[str, str]:
    return {"name": _name_as_text(path), "sha256": hash_bytes(data)}


def _name_as_text(path: Path) -> str:
    # A file name may hold bytes that are no text; TOML cannot.
    return path.name.encode("utf-8", "backslashreplace").decode("utf-8")


def _refuse_another_scan(case: Case, origin: dict[str, Any]) -> None:
    if not case.has("surface.npz"):
        return
    held = {}
    if case.has("scan.toml"):
        held = read_toml(case.path("scan.toml"), what="scan record", template="patient")
    differences = [
        part
        for part in ("file", "photographs", "displacement", "zones", "options")
        if _without_name(held.get(part)) != _without_name(origin.get(part))
    ]
    if not differences:
        return
    name = held.get("file", {}).get("name", "an unknown file")
    raise BadInput(
        f"the case {case.root} already holds another scan ({name}; different: {', '.join(differences)})",
        code="E-SCAN-001",
        got=origin["file"]["name"],
        allowed="the same scan again, or a case without one",
        do="add --replace to replace it (scars, plan and forecast become stale), or name another case folder",
    )


def _without_name(part: Any) -> Any:
    # The same bytes under another file name are the same scan.
    return {key: value for key, value in part.items() if key != "name"} if isinstance(part, dict) else part


def _describe_chart(chart: Surface) -> dict[str, Any]:
    rows, columns = chart.shape
    return {
        "name": chart.name,
        "zone": chart.zone,
        "side": chart.side,
        "rows": rows,
        "columns": columns,
        "pixel_mm": chart.pixel_mm,
        "seen_cm2": seen_area_cm2(chart),
        "not_seen_cm2": not_seen_cm2(chart),
        "holes": find_holes(chart),
    }


def _warnings(scan: Scan, resolution: Resolution, zone: str | None, *, swelling: bool) -> list[str]:
    warnings = list(scan.notes)
    if not resolution.shows_scars:
        warnings.append(resolution.statement)
    if swelling:
        limit = value_of("surface.swelling_days")
        warnings.append(
            f"scanned {scan.days_since_session} days after a session: for about {limit} days swelling hides depth, so "
            "scars may look shallower than they are; scan again later before judging"
        )
    if zone is None and not all(chart.zone for chart in scan.charts):
        warnings.append("no zone is given: scars are measured, but no needle length can be planned (add --zone)")
    elif zone is not None and len(scan.charts) > _MOST_CHARTS_OF_ONE_ZONE:
        warnings.append(f"all {len(scan.charts)} charts count as {zone}: the scan shows more than one zone usually has")
    return warnings


def _read_day(date: str | datetime.date | None) -> datetime.date | None:
    if date is None:
        return None
    do = "--date 2026-03-02, the day on which it was made, or leave it out when it is not known"
    day = read_day(date, what="the day of the scan is not a day that can be", code="E-SCAN-002", do=do)
    refuse_day_to_come(day, read_today(), what="the day of the scan is still to come", code="E-SCAN-012", do=do)
    return day


def _read_days(days_since_session: int | None) -> int | None:
    if days_since_session is None:
        return None
    if not isinstance(days_since_session, int) or not 0 <= days_since_session <= _MOST_DAYS_SINCE_SESSION:
        raise BadInput(
            "the number of days since the last session is not possible",
            code="E-SCAN-003",
            got=days_since_session,
            allowed=f"a whole number from 0 to {_MOST_DAYS_SINCE_SESSION}",
            do="leave it out when there was no session",
        )
    return days_since_session


def _read_attribution(text: str | None) -> str | None:
    if text is None:
        return None
    if not text.strip() or len(text) > _LONGEST_ATTRIBUTION or not text.isprintable():
        raise BadInput(
            "the attribution of the scan is not one line of text",
            code="E-SCAN-004",
            got=text,
            allowed=f"one line of 1 to {_LONGEST_ATTRIBUTION} printable characters",
            do='--attribution "A. Maker, CC BY 4.0", or leave it out',
        )
    return text.strip()


def _write_readable(origin: dict[str, Any], scan: Scan, resolution: Resolution, attribution: str | None) -> str:
    """Return `scan.toml`: what the scan was made from, and what the scanner showed it can do."""
    scanner = {
        "name": scan.scanner.name,
        "noise_mm": resolution.noise_mm,
        "lateral_mm": resolution.lateral_mm,
        "smallest_width_mm": resolution.smallest_width_mm,
        "smallest_depth_mm": resolution.smallest_depth_mm,
        "shows_scars": resolution.shows_scars,
        "statement": resolution.statement,
        **{
            key: value
            for key in ("capture", "profile_hash", "resolves_0_1_mm")
            if (value := getattr(scan.scanner, key)) is not None
        },
    }
    owed = {} if attribution is None else {"attribution": attribution}
    comment = "Scan, written by `scarplan scan`; run it again instead of changing this file."
    return write_toml({**owed, **origin, "scanner": scanner}, comment=comment)
