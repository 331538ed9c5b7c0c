"""Small made-up scars and maps for the tests of storage, review, grading and charts."""

from __future__ import annotations

import numpy as np

from scarplan.scars.scarmap import SCAR_KINDS, Scar, ScarKind, ScarMap


def example_scar(
    scar_id: int, *, kind: ScarKind = "boxcar", depth_mm: float = 0.4, width_mm: float = 2.5, **more
) -> Scar:
    values = {
        "chart": "map", "x_mm": 1.0, "y_mm": 1.0, "depth_sd_mm": 0.02, "area_mm2": np.pi * width_mm**2 / 4,
        "volume_mm3": depth_mm * width_mm**2 / 2, "volume_sd_mm3": 0.1, "wall_angle_deg": 30.0, "confidence": 0.9,
    }  # fmt: skip
    sure = {one: float(one == kind) for one in SCAR_KINDS}
    return Scar(
        id=scar_id, kind=kind, kind_probability=sure, depth_mm=depth_mm, width_mm=width_mm, **(values | more)
    )  # fmt: skip


def example_map() -> ScarMap:
    labels = np.zeros((40, 50), np.int32)
    labels[5:12, 5:12], labels[20:26, 30:36] = 1, 2
    level = np.full((40, 50), 0.25, np.float32)
    scars = (example_scar(1, depth_mm=0.4), example_scar(2, kind="icepick", depth_mm=0.6, width_mm=1.0))
    return ScarMap(scars, {"map": labels}, {"map": level})
