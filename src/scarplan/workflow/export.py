"""Export: one file of a case for another program, relief or list of scars."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import recording, value_of
from scarplan.manifest import make_manifest
from scarplan.records.all_or_nothing import write_together
from scarplan.records.case import Case
from scarplan.scars.depth_colours import colour_depths
from scarplan.scars.storage import read_scarmap, write_scars_csv
from scarplan.scars.table import write_scars_parquet
from scarplan.surface.io.write_map import write_npy, write_tiff, write_x3p, write_xyz
from scarplan.surface.io.write_ply import write_ply
from scarplan.surface.relief_only import keep_relief_only
from scarplan.surface.storage import load_scan
from scarplan.surface.surface import Scan, Surface
from scarplan.workflow.progress import Progress, report_nothing

#: Ending -> writer of one chart.
_MAPS: dict[str, Callable[[Surface], bytes]] = {
    ".npy": write_npy, ".tif": write_tiff, ".tiff": write_tiff, ".x3p": write_x3p, ".xyz": write_xyz,
}  # fmt: skip
_TABLES = {".csv": write_scars_csv, ".parquet": write_scars_parquet}
_MESH = ".ply"
_ALLOWED = "relief: .npy, .tif, .x3p, .xyz; mesh coloured by depth: .ply; list of scars: .csv, .parquet"


def export_case(
    case_path: str | Path,
    file: str | Path,
    *,
    chart: str | None = None,
    relief_only: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the relief or the scars of a case to `file`; its ending says which, and in what format.

    Heights are in mm (X3P: in metres, as its standard asks), NaN where not seen. No name, date or zone is written into
    a relief. With `relief_only` the form of the face and the place of each chart are left out too. A PLY holds all
    charts, coloured by depth once `scars` has been run. Raises BadInput for an unknown ending, an existing file
    (unless `replace`), and several charts without `chart`; Refused for `relief_only` of a chart as large as a face.
    """
    progress = progress or report_nothing
    case, path = Case(case_path), Path(file)
    suffix = path.suffix.lower()
    _check_target(path, suffix, replace=replace)
    with recording() as used:
        if suffix in _TABLES:
            _refuse_option(suffix, chart=chart, relief_only=relief_only)
            case.read_result("scars")
            progress("writing the scars", 0.5)
            data, names = _TABLES[suffix](read_scarmap(case.path("scars.npz"))), []
        else:
            case.read_result("scan")
            progress("reading the scan", 0.1)
            scan = load_scan(case.path("surface.npz"))
            charts = _choose_charts(scan, chart, several=suffix == _MESH)
            if relief_only:
                _refuse_faces(charts)
            shown = [keep_relief_only(one) for one in charts] if relief_only else charts
            progress(f"writing {path.name}", 0.5)
            data = _write_mesh(case, charts, shown) if suffix == _MESH else _MAPS[suffix](shown[0])
            names = [one.name for one in charts]
    inputs = case.hashes(*(name for name in ("surface.npz", "scars.npz") if case.has(name)))
    _write(path, data)
    progress("exported", 1.0)
    return make_plain(
        {
            "file": str(path),
            "format": suffix.removeprefix("."),
            "charts": names,
            "relief_only": relief_only,
            "bytes": len(data),
            "sha256": hash_bytes(data),
            "manifest": make_manifest("export", inputs=inputs, quantities=used.quantities, sources=used.sources),
        }
    )


def _check_target(path: Path, suffix: str, *, replace: bool) -> None:
    if suffix not in {*_MAPS, *_TABLES, _MESH}:
        raise BadInput(
            "the ending of the file to write is none that is known",
            code="E-EXPORT-001",
            got=path.suffix or "no ending",
            allowed=_ALLOWED,
            do="name the file with one of these endings",
        )
    if path.exists() and (path.is_dir() or not replace):
        raise BadInput(
            f"{path} is there already; it is not overwritten",
            code="E-EXPORT-002",
            got=str(path),
            do="name another file, or add --replace" if path.is_file() else "name a file, not a folder",
        )


def _refuse_option(suffix: str, *, chart: str | None, relief_only: bool) -> None:
    if chart is not None or relief_only:
        raise BadInput(
            f"a list of scars ({suffix}) knows no --chart and no --relief-only",
            code="E-EXPORT-003",
            got=f"--chart {chart}" if chart is not None else "--relief-only",
            allowed="both belong to relief: .npy, .tif, .x3p, .xyz, .ply",
            do="leave the option out, or name a file of relief",
        )


def _choose_charts(scan: Scan, name: str | None, *, several: bool) -> list[Surface]:
    known = [chart.name for chart in scan.charts]
    if name is not None and name not in known:
        raise BadInput(
            "there is no chart of that name", code="E-EXPORT-004", got=name, allowed=", ".join(known),
            do="name one of these with --chart",
        )  # fmt: skip
    if name is None and len(known) > 1 and not several:
        raise BadInput(
            f"the scan has {len(known)} charts, and this format holds one",
            code="E-EXPORT-005",
            got="no --chart",
            allowed=", ".join(known),
            do=f"add --chart {known[0]}, or write a .ply, which holds them all",
        )
    return [chart for chart in scan.charts if name in (None, chart.name)]


def _refuse_faces(charts: list[Surface]) -> None:
    """Raise Refused where a chart is so large that eyes, nose and mouth show a face even without its form."""
    largest = value_of("surface.relief_only_largest_mm")
    for chart in charts:
        rows, columns = np.nonzero(chart.valid)
        across, down = (float(np.ptp(one)) * chart.pixel_mm for one in (columns, rows))
        if max(across, down) > largest:
            raise Refused(
                f"chart {chart.name} shows {across:.0f} x {down:.0f} mm: on so much skin a face is recognised even "
                f"without its form (at most {largest:g} mm)",
                code="R-EXPORT-001",
                do="crop it to the skin with scars, or leave --relief-only out and guard the file like a photograph",
            )


def _write_mesh(case: Case, charts: list[Surface], shown: list[Surface]) -> bytes:
    """Return `shown` as PLY, coloured by how deep `charts` lie below the skin; grey where no scars were sought."""
    level = read_scarmap(case.path("scars.npz")).level_mm if case.has_result("scars") else {}
    drops = {one.name: level.get(one.name, one.relief_mm) - one.relief_mm for one in charts}
    return write_ply(shown, {name: colour_depths(drop) for name, drop in drops.items()})


def _write(path: Path, data: bytes) -> None:
    try:
        write_together(path.parent, {path.name: data})
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror or error}",
            code="E-EXPORT-006",
            got=str(path),
            do="name a file in a folder that can be written to, on a disk with room",
        ) from None
