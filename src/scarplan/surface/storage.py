"""A scan as one file: arrays in NPZ, everything else as JSON inside it. The same scan gives the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.canonical import dump_json
from scarplan.errors import BadInput
from scarplan.surface.surface import ChartFrame, Scan, Scanner, Surface

_ABOUT = "about.json"
_VERSION = 1


def save_scan(scan: Scan) -> bytes:
    """Return `scan` as the bytes of an NPZ file: relief (single precision, mm) and mask of each chart."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, _ABOUT, dump_json(_describe(scan)).encode())
        for chart in scan.charts:
            _add(archive, f"relief_{chart.name}.npy", _as_npy(chart.relief_mm.astype(np.float32)))
            _add(archive, f"valid_{chart.name}.npy", _as_npy(np.asarray(chart.valid, dtype=bool)))
            if chart.own is not None:
                _add(archive, f"own_{chart.name}.npy", _as_npy(np.asarray(chart.own, dtype=bool)))
    return stream.getvalue()


def load_scan(path: Path | str) -> Scan:
    """Return the scan in the file at `path`. Raises BadInput when it is missing or damaged."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read(_ABOUT))
            charts = tuple(_read_chart(archive, row) for row in about["charts"])
        return Scan(
            charts=charts,
            scanner=Scanner(**about["scanner"]),
            scanned_on=date.fromisoformat(about["scanned_on"]) if about["scanned_on"] else None,
            days_since_session=about["days_since_session"],
            notes=tuple(about["notes"]),
        )
    except FileNotFoundError:
        what = "does not exist"
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError):
        what = "is damaged"
    raise BadInput(
        f"the scan {path} {what}",
        code="E-SURF-090",
        do="run `scarplan scan FILE CASE --unit mm --pixel-mm 0.1 --replace`",
    )


def _describe(scan: Scan) -> dict[str, Any]:
    charts = [
        {
            "name": chart.name,
            "pixel_mm": chart.pixel_mm,
            "zone": chart.zone,
            "side": chart.side,
            "sample_mm": chart.sample_mm,
            "frame": chart.frame,
            "shares_skin": chart.own is not None,
        }
        for chart in scan.charts
    ]
    return {
        "version": _VERSION,
        "charts": charts,
        "scanner": scan.scanner,
        "scanned_on": scan.scanned_on,
        "days_since_session": scan.days_since_session,
        "notes": scan.notes,
    }


def _read_chart(archive: zipfile.ZipFile, row: dict[str, Any]) -> Surface:
    relief = _from_npy(archive.read(f"relief_{row['name']}.npy")).astype(np.float64)
    valid = _from_npy(archive.read(f"valid_{row['name']}.npy"))
    own = _from_npy(archive.read(f"own_{row['name']}.npy")) if row["shares_skin"] else None
    if relief.ndim != 2 or relief.shape != valid.shape or valid.dtype != bool:
        raise ValueError("relief and mask disagree")
    frame = row["frame"] and ChartFrame(**{key: tuple(vector) for key, vector in row["frame"].items()})
    return Surface(
        name=row["name"],
        relief_mm=relief,
        valid=valid,
        pixel_mm=row["pixel_mm"],
        zone=row["zone"],
        side=row["side"],
        frame=frame,
        sample_mm=row["sample_mm"],
        own=own,
    )


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed date: the clock has no part in the bytes.
    archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), data)


def _as_npy(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=False)
    return stream.getvalue()


def _from_npy(data: bytes) -> np.ndarray:
    return np.load(io.BytesIO(data), allow_pickle=False)
