"""The list of scars as a table for other programs: CSV or Parquet, units in the names of the columns."""

from __future__ import annotations

import io

from scarplan.scars.scarmap import SCAR_KINDS, ScarMap
from scarplan.scars.storage import COLUMNS, scar_as_dict

#: What each column holds, written into a Parquet file beside it.
MEANING = {
    "id": "number of the scar in its case",
    "chart": "chart on which the scar is measured",
    "zone": "facial zone, empty when not known",
    "side": "left or right of the patient, empty when not known",
    "kind": "most likely kind",
    **{f"probability_{kind}": f"probability that the scar is {kind}, 0 to 1" for kind in SCAR_KINDS},
    "x_mm": "middle of the scar along the columns of its chart, mm",
    "y_mm": "middle of the scar along the rows of its chart, mm",
    "depth_mm": "mean of the deepest 1 % below the rim, mm; negative for a raised scar",
    "depth_sd_mm": "standard deviation of the depth, mm",
    "width_mm": "diameter of the circle of the area, mm",
    "area_mm2": "area deeper than a tenth of the depth, mm2",
    "volume_mm3": "volume below the rim, mm3; negative for a raised scar",
    "volume_sd_mm3": "standard deviation of the volume, mm3",
    "wall_angle_deg": "mean slope of the wall from the skin, degrees",
    "confidence": "probability that this is a scar, 0 to 1",
    "touches_edge": "whether the edge of the scan or a hole cuts the scar",
    "reviewed": "whether a clinician has accepted, retyped or added it",
    "doubt": "what around it makes it less sure, empty where nothing does",
}


def write_scars_parquet(scarmap: ScarMap) -> bytes:
    """Return one row per scar as Parquet; each column carries what it means. The same map gives the same bytes."""
    import pyarrow
    from pyarrow import parquet

    rows = [_row(scar) for scar in scarmap.scars]
    fields = [pyarrow.field(name, _type(name, pyarrow), metadata={"meaning": MEANING[name]}) for name in COLUMNS]
    table = pyarrow.Table.from_pylist(rows, schema=pyarrow.schema(fields))
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    return stream.getvalue()


def _row(scar) -> dict:
    values = scar_as_dict(scar)
    return {name: values[name] for name in COLUMNS if name in values} | {
        f"probability_{kind}": scar.kind_probability[kind] for kind in SCAR_KINDS
    }


def _type(name: str, pyarrow):
    if name == "id":
        return pyarrow.int32()
    if name in ("touches_edge", "reviewed"):
        return pyarrow.bool_()
    return pyarrow.string() if name in ("chart", "zone", "side", "kind", "doubt") else pyarrow.float64()
