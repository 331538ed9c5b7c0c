"""Protected skin: a find that lies in an area the screening protects (mole, tattoo, lesion) is no scar to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.surface.surface import Scan


def mark_protected(scarmap: ScarMap, scan: Scan, protected: Iterable[Mapping[str, Any]]) -> ScarMap:
    """Return the map with finds inside protected skin taken out, labels and all.

    `protected` are the rows of the screening: place `x_mm`, `y_mm`, `radius_mm` on a `chart` (the only chart when
    absent). A row without a place protects nothing on the map: it is for the eyes of whoever treats.
    """
    placed = [row for row in protected if row.get("x_mm") is not None and row.get("y_mm") is not None]
    dropped = {scar.id for scar in scarmap.scars if any(_lies_in(scar, row, scan) for row in placed)}
    if not dropped:
        return scarmap
    labels = {name: np.where(np.isin(image, list(dropped)), 0, image) for name, image in scarmap.labels.items()}
    return replace(scarmap, scars=tuple(s for s in scarmap.scars if s.id not in dropped), labels=labels)


def _lies_in(scar: Scar, row: Mapping[str, Any], scan: Scan) -> bool:
    chart = row.get("chart") or (scan.charts[0].name if len(scan.charts) == 1 else None)
    reach = float(row.get("radius_mm") or 0.0)
    return scar.chart == chart and float(np.hypot(scar.x_mm - row["x_mm"], scar.y_mm - row["y_mm"])) <= reach
