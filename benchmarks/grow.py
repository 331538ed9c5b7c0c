"""How time and memory of `scan` and `scars` grow with the area of the map: 1, 4, 16 and 64 cm2, and a whole face.

    python benchmarks/grow.py [--seed 900] [--repeats 2]

Each verb runs as a process of its own, as a user would run it; the least of the repeats is printed. `start` is what
`scarplan scars --help` takes and is part of every time, twice. Skin and scars are drawn by the generator of the tests
at one density of scars; scars are drawn patch by patch so that drawing takes no more memory than finding.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from scars.skin_generator import CONDITIONS, SkinOptions, _device_noise, _draw_scars, draw_skin

#: Rows and columns in mm, and the pixel.
SIZES = {
    "1 cm2": ((10, 10), 0.05),
    "4 cm2": ((20, 20), 0.05),
    "16 cm2": ((40, 40), 0.05),
    "64 cm2": ((80, 80), 0.05),
    "face, 270 cm2": ((150, 180), 0.1),
}
#: A patch of this side holds this share of the 29 scars of the generator's own patch of 40 mm.
PATCH_MM = 10.0
PER_PATCH = {"icepick": 12 / 16, "boxcar": 9 / 16, "rolling": 6 / 16, "raised": 2 / 16}


def draw_map(size_mm: tuple[float, float], pixel_mm: float, seed: int) -> tuple[np.ndarray, int]:
    """Return a map (mm) of skin with scars, and how many they are."""
    random = np.random.default_rng(seed)
    options = replace(CONDITIONS["standard"], pixel_mm=pixel_mm, softness=0.5, asymmetry=0.4, between=0.35)
    rows, columns = (round(side / pixel_mm) for side in size_mm)
    # Rounded as a cheek up to 40 mm; a face turned to the scanner is rounder than it is deep.
    map_mm = draw_skin(random, (rows, columns), replace(options, curved=max(size_mm) <= 40))
    side, scars = round(PATCH_MM / pixel_mm), 0
    for top in range(0, rows - side + 1, side):
        for left in range(0, columns - side + 1, side):
            fields, _ = _draw_scars(random, (side, side), _with_counts(random, options))
            scars += len(fields)
            for depth in fields:
                map_mm[top : top + side, left : left + side] -= depth
    return (map_mm + _device_noise(random, map_mm.shape, options)).astype(np.float32), scars


def _with_counts(random: np.random.Generator, options: SkinOptions) -> SkinOptions:
    return replace(options, counts=tuple((kind, int(random.poisson(mean))) for kind, mean in PER_PATCH.items()))


def run(*arguments: str) -> tuple[float, float, float]:
    """Return the seconds, the seconds of processors and the peak memory (MB) of one call of the command line."""
    start = time.perf_counter()
    command = [str(Path(sys.executable).with_name("scarplan")), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed: {told}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--repeats", type=int, default=2)
    given = parser.parse_args()
    start, start_processor = (
        min(times) for times in list(zip(*(run("scars", "--help") for _ in range(5)), strict=True))[:2]
    )
    print(f"start {start:.2f} s, of a processor {start_processor:.2f} s\n")
    head = ("map", "pixels", "scars", "scan s", "scars s", "both less 2 starts", "of processors", "MB")
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    with tempfile.TemporaryDirectory() as folder:
        for name, (size_mm, pixel_mm) in SIZES.items():
            map_mm, count = draw_map(size_mm, pixel_mm, given.seed)
            file, case = Path(folder, "map.npy"), str(Path(folder, "case"))
            np.save(file, map_mm)
            scan = ["scan", str(file), case, "--unit", "mm", "--pixel-mm", str(pixel_mm), "--replace", "--json"]
            times = [(run(*scan), run("scars", case, "--json")) for _ in range(given.repeats)]
            worked = sum(min(one[k][1] for one in times) for k in (0, 1)) - 2 * start_processor
            read, found = (min(one[k][0] for one in times) for k in (0, 1))
            most = max(one[k][2] for one in times for k in (0, 1))
            rows, columns = map_mm.shape
            print(
                f"| {name} | {rows} x {columns} | {count} | {read:.2f} | {found:.2f} | {read + found - 2 * start:.2f} "
                f"| {worked:.2f} | {most:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
