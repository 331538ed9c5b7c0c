"""A forecast's arrays as one NPZ file: draws and quantiles of every scar, and the three outcome surfaces.

Without a scan: draws and quantiles of the change of every group, in percent.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np

from scarplan.forecast.column_outcomes import ColumnOutcomes
from scarplan.forecast.outcomes import Outcomes
from scarplan.forecast.quantiles import quantiles_over_draws
from scarplan.forecast.surfaces import OutcomeSurfaces

# A height map is the one chart `map`; its arrays carry no suffix, as in `scars.npz`.
_MAP_CHART = "map"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def forecast_name(plan_hash: str) -> str:
    """Return the file name of the forecast of a plan inside a case."""
    return f"forecast/{plan_hash}.npz"


def surface_array(outcome: str, chart: str) -> str:
    """Return the name of the array that holds an outcome surface of a chart."""
    return f"relief_{outcome}" + ("" if chart == _MAP_CHART else f"_{chart}")


def write_forecast(outcomes: Outcomes, surfaces: Sequence[OutcomeSurfaces]) -> bytes:
    """Return the bytes of the file; the same forecast gives the same bytes.

    days [t], scar_ids [s], present_depth_mm [s], depth_mm and volume_mm3 [draw t s], maintained_depth_mm
    [draw t s], depth_quantiles_mm and volume_quantiles_mm3 [q t s] (5, 25, 50, 75, 95 %), relief_<outcome> [y x].
    """
    single = np.float32
    arrays = {
        "days": np.asarray(outcomes.timetable.days, dtype=np.int32),
        "scar_ids": np.asarray([scar.row["id"] for scar in outcomes.scars], dtype=np.int32),
        "present_depth_mm": outcomes.present_depth_mm.astype(single),
        "depth_mm": outcomes.depth_mm.astype(single),
        "volume_mm3": outcomes.volume_mm3.astype(single),
        "maintained_depth_mm": outcomes.maintained_depth_mm.astype(single),
        "depth_quantiles_mm": quantiles_over_draws(outcomes.depth_mm).astype(single),
        "volume_quantiles_mm3": quantiles_over_draws(outcomes.volume_mm3).astype(single),
    }
    for surface in surfaces:
        for outcome, relief in surface.reliefs_mm.items():
            arrays[surface_array(outcome, surface.chart)] = relief
    return _pack(arrays)


def write_columns(outcomes: ColumnOutcomes) -> bytes:
    """Return the bytes of the file of a forecast from an examination: percent of the present depth only.

    days [t], group_ids [g], percent_change [draw t g], total_percent_change and maintained_percent_change [draw t],
    total_quantiles_percent [q t] (5, 25, 50, 75, 95 %).
    """
    groups = np.unique(outcomes.scars.ids)
    total = outcomes.total_change()
    changes = [outcomes.percent_change(outcomes.scars.ids == group) for group in groups]
    return _pack(
        {
            "days": np.asarray(outcomes.timetable.days, dtype=np.int32),
            "group_ids": groups.astype(np.int32),
            "percent_change": np.stack(changes, axis=2).astype(np.float32),
            "total_percent_change": total.astype(np.float32),
            "maintained_percent_change": outcomes.total_change(maintained=True).astype(np.float32),
            "total_quantiles_percent": quantiles_over_draws(total).astype(np.float32),
        }
    )


def _pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    stream = io.BytesIO()
    # np.savez would do, but a fixed date is promised here rather than hoped for. Stored, not packed: noise does not
    # pack, and packing a large scan would take longer than forecasting it.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME), member.getvalue())
    return stream.getvalue()
