"""Small skins scanned again and again, shifted and with new noise, through `scan` and `scars`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import scarplan
from scarplan.surface.phantom import make_phantom

PIXEL_MM = 0.1
SIDE = 160
NOISE_MM = 0.004
COUNTS = {"boxcar": 2, "icepick": 1, "rolling": 1}


def write_repeats(folder: Path, *, subjects: int = 3, repeats: int = 2, named: bool = False) -> Path:
    """Write cases `<subject>/<repeat>` of the same skins, and `repeats.csv` where `named`."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    lines = ["subject,case,repeat,operator"]
    for number in range(subjects):
        relief = make_phantom(10 + number, rows=200, columns=200, pixel_mm=PIXEL_MM, counts=COUNTS).surface.relief_mm
        for repeat in range(1, repeats + 1):
            top, left = (0, 0) if repeat == 1 else rng.integers(3, 28, 2)
            seen = relief[top : top + SIDE, left : left + SIDE] + rng.normal(0, NOISE_MM, (SIDE, SIDE))
            name = f"s{number}/{repeat}"
            np.save(folder / "scan.npy", seen)
            case = folder / name
            scarplan.scan_surface(folder / "scan.npy", case, unit="mm", pixel_mm=PIXEL_MM, zone="cheek", side="left")
            scarplan.find_scars(case)
            lines.append(f"s{number},{name},{repeat},{'AB'[(repeat - 1) % 2] if named else 'A'}")
    (folder / "scan.npy").unlink()
    if named:
        (folder / "repeats.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
