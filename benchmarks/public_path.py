"""Scars of a height map by the public commands, as a user or another program gets them: no function is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SCARPLAN = Path(sys.executable).parent / "scarplan"


@dataclass(frozen=True)
class Run:
    """One run of a command: what it printed, wall and processor seconds, peak memory."""

    out: str
    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class Told:
    """What the commands told of one map: rows of "scars" by id, labels, ids of the sure ones, both runs."""

    rows: dict[int, dict[str, Any]]
    labels: np.ndarray
    sure: frozenset[int]
    runs: tuple[Run, Run]


def run_scarplan(*arguments: str) -> Run:
    """Run the command; a fault ends the benchmark with its message."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen([str(SCARPLAN), *arguments], stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode())
    if process.returncode:
        raise SystemExit(f"scarplan {' '.join(arguments)} ended with {process.returncode}: {texts[1]}")
    return Run(texts[0], wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def ask(heights: np.ndarray, pixel_mm: float, *, unit: str = "mm") -> Told:
    """Write `heights` as NPY, run `scan` and `scars --json`, read the answer and the labels."""
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        file, case = Path(folder) / "map.npy", Path(folder) / "case"
        np.save(file, heights)
        scan = run_scarplan("scan", str(file), str(case), "--unit", unit, "--pixel-mm", str(pixel_mm), "--json")
        scars = run_scarplan("scars", str(case), "--json")
        with np.load(case / "scars.npz") as arrays:
            labels = arrays["labels"]
    told = json.loads(scars.out)
    rows = {row["id"]: row for row in told["scars"]}
    return Told(rows, labels, frozenset(rows) - set(told.get("low_confidence", ())), (scan, scars))
