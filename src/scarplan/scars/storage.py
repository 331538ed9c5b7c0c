"""Scars on disk: `scars.npz` (labels and skin level of each chart), `scars.csv` (one row per scar)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.errors import BadInput
from scarplan.scars.scarmap import SCAR_KINDS, Scar, ScarMap

#: A height map is the one chart `map`; its arrays carry no suffix (contract).
MAP_CHART = "map"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
COLUMNS = (
    "id", "chart", "zone", "side", "kind", *(f"probability_{kind}" for kind in SCAR_KINDS), "x_mm", "y_mm", "depth_mm",
    "depth_sd_mm", "width_mm", "area_mm2", "volume_mm3", "volume_sd_mm3", "wall_angle_deg", "confidence",
    "touches_edge", "reviewed", "doubt",
)  # fmt: skip


def array_name(what: str, chart: str) -> str:
    """Return the name of an array in `scars.npz`: `labels` for the chart `map`, otherwise `labels_<chart>`."""
    return what if chart == MAP_CHART else f"{what}_{chart}"


def write_scars_npz(scarmap: ScarMap) -> bytes:
    """Return the bytes of `scars.npz`; the same map gives the same bytes."""
    arrays: dict[str, np.ndarray] = {}
    for chart, image in scarmap.labels.items():
        arrays[array_name("labels", chart)] = np.asarray(image, np.int32)
        if chart in scarmap.level_mm:
            arrays[array_name("level_mm", chart)] = np.asarray(scarmap.level_mm[chart], np.float32)
    rows = {
        "scars": [scar_as_dict(scar) for scar in scarmap.scars],
        "charts": list(scarmap.labels),
        "reviewed_by": scarmap.reviewed_by,
        "reviewed_on": scarmap.reviewed_on,
    }
    arrays["rows_json"] = np.frombuffer(json.dumps(rows, allow_nan=False).encode(), np.uint8)
    return _zip_arrays(arrays)


def read_scarmap(path: Path) -> ScarMap:
    """Return the map in a `scars.npz`. Raises BadInput when it is missing or damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            rows = json.loads(bytes(data["rows_json"]))
            charts = rows["charts"]
            labels = {chart: data[array_name("labels", chart)] for chart in charts}
            level = {
                chart: data[array_name("level_mm", chart)] for chart in charts if array_name("level_mm", chart) in data
            }
        scars = tuple(Scar(**row) for row in rows["scars"])
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist", code="E-SCAR-001", do="run `scarplan scars CASE`") from None
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile):
        raise BadInput(f"{path} is damaged", code="E-SCAR-002", do="run `scarplan scars CASE` again") from None
    return ScarMap(scars, labels, level, rows["reviewed_by"], rows["reviewed_on"])


def write_scars_csv(scarmap: ScarMap) -> bytes:
    """Return the bytes of `scars.csv`: one row per scar, units in the column names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for scar in scarmap.scars:
        values = scar_as_dict(scar)
        for kind in SCAR_KINDS:
            values[f"probability_{kind}"] = scar.kind_probability[kind]
        writer.writerow([_cell(values[name]) for name in COLUMNS])
    return text.getvalue().encode()


def scar_as_dict(scar: Scar) -> dict[str, Any]:
    """Return the fields of a scar as plain values."""
    return {f.name: getattr(scar, f.name) for f in fields(scar)} | {"kind_probability": dict(scar.kind_probability)}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _zip_arrays(arrays: dict[str, np.ndarray]) -> bytes:
    # np.savez writes the time of day into the file; the same scars must give the same bytes.
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            # Whole numbers shrink to almost nothing at once; heights hardly shrink, and take a second to do so.
            packing = zipfile.ZIP_DEFLATED if array.dtype.kind in "iu" else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME), member.getvalue(), packing, compresslevel=1)
    return stream.getvalue()
