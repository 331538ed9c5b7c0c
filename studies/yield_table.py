"""Make the yield table of the response: unit cell against course model at equal dose, node by node.

    uv run python studies/yield_table.py                 # coarse: some minutes on one core
    uv run python studies/yield_table.py --grid full     # for a GPU: the same code, finer voxels, more patterns
    uv run python studies/yield_table.py --out FOLDER    # elsewhere than in the package

Nodes: density (0 is the limit of one channel), radius, reach, strength of the growth factor. Besides the nodes it makes
places between them, in the middle of cells, to tell the interpolation error, and some nodes with voxels of two thirds
the width to tell that of the grid. Both stand in the manifest beside the table. The same seed gives the same table to
rounding.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path

import jax
import numpy as np

from scarplan.anatomy import layers_of
from scarplan.canonical import dump_json, hash_bytes, make_plain
from scarplan.evidence import recording
from scarplan.manifest import make_manifest
from scarplan.response import ResponsePatient, central_parameters
from scarplan.response.unit_cell import COARSE, FULL, NodeYield, node_yield
from scarplan.response.yield_table import ABOUT, ARRAYS, YieldTable

STRENGTH_DAYS = np.array([20.0, 80.0, 320.0, 1280.0])
REACH_MM = np.round(np.geomspace(0.1, 1.2, 6), 4)
RADIUS_MM = np.round(np.geomspace(0.05, 0.25, 4), 4)
CHANNELS_PER_CM2 = np.array([0.0, 1.0, 3.16, *np.round(np.geomspace(10.0, 1778.3, 10), 1)])
BETWEEN, SEED = 16, 5
#: Nodes whose grid error is told: density, radius, reach.
FINER = ((56.2, 0.0855, 0.1), (316.2, 0.1462, 0.2702), (316.2, 0.0855, 1.2))


def main() -> None:
    """Make the table and write it beside the code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grid", choices=("coarse", "full"), default="coarse")
    parser.add_argument("--out", type=Path, default=Path(str(files("scarplan.response").joinpath("data"))))
    chosen = parser.parse_args()
    resolution = {"coarse": COARSE, "full": FULL}[chosen.grid]
    started = time.process_time()
    with recording() as used:
        draws = central_parameters(device_class="stamp", layers=layers_of("cheek"), patient=ResponsePatient(25, 4))

    def make(density: float, radius: float, reach: float, strengths=STRENGTH_DAYS, at=resolution) -> NodeYield:
        return node_yield(
            channels_per_cm2=density, radius_mm=radius, reach_mm=reach, strengths=strengths, draws=draws,
            resolution=at, seed=SEED,
        )  # fmt: skip

    shape = (len(STRENGTH_DAYS), len(REACH_MM), len(RADIUS_MM), len(CHANNELS_PER_CM2))
    ratio, per_channel, error = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i, reach in enumerate(REACH_MM):
        for j, radius in enumerate(RADIUS_MM):
            for k, density in enumerate(CHANNELS_PER_CM2):
                node = make(density, radius, reach)
                ratio[:, i, j, k], error[:, i, j, k] = node.ratio, node.placement_error
                per_channel[:, i, j, k] = node.cell.mean(axis=0)
            done = i * len(RADIUS_MM) + j + 1
            print(
                f"reach {reach:.3f} mm, radius {radius:.3f} mm: {done} of {shape[1] * shape[2]}, "
                f"{time.process_time() - started:.0f} s of processor time",
                file=sys.stderr,
                flush=True,
            )
    table = YieldTable(STRENGTH_DAYS, REACH_MM, RADIUS_MM, CHANNELS_PER_CM2, ratio, {})
    between = between_nodes(table, make)
    finer = replace(resolution, voxel_mm=resolution.voxel_mm / 1.5, layers=round(1.5 * resolution.layers))
    grid = [float(np.abs(make(*place).ratio / make(*place, at=finer).ratio - 1.0).max()) for place in FINER]
    arrays = {
        "strength_days": STRENGTH_DAYS, "reach_mm": REACH_MM, "radius_mm": RADIUS_MM,
        "channels_per_cm2": CHANNELS_PER_CM2, "ratio": ratio, "yield_per_channel": per_channel,
        "placement_error": error,
    }  # fmt: skip
    data = packed(arrays)
    about = {
        "what": "yield of the unit cell relative to the course model at the same dose",
        "order": ["strength_days", "reach_mm", "radius_mm", "channels_per_cm2"],
        "grid": {"name": chosen.grid, **asdict(resolution)},
        "seed": SEED,
        "reference": {name: float(getattr(draws, name)[0]) for name in reference_names(draws)},
        "needling": {name: float(getattr(draws.needling, name)[0]) for name in ("reached_fraction",
                     "reached_depth_cv", "channel_taper_mm", "epidermis_mm")},
        "interpolation_error": {"largest": float(np.max(between)), "median": float(np.median(between)),
                                "places": len(between)},
        "placement_error": {"largest": float((error / ratio).max()), "median": float(np.median(error / ratio))},
        "grid_error": {"largest": max(grid), "nodes": len(grid)},
        "sha256": {ARRAYS: hash_bytes(data)},
        "manifest": make_manifest("yield_table", inputs={}, seed=SEED, device=jax.default_backend(), uses_jax=True,
                                  quantities=used.quantities, sources=used.sources),
    }  # fmt: skip
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / ARRAYS).write_bytes(data)
    (chosen.out / ABOUT).write_text(dump_json(make_plain(about), indent=1) + "\n", "utf-8")
    print(f"{chosen.out / ARRAYS}: {time.process_time() - started:.0f} s of processor time")


def between_nodes(table: YieldTable, make) -> np.ndarray:
    """Return the relative interpolation error in the middle of cells, drawn at random."""
    random = np.random.default_rng(SEED)
    found = []
    for _ in range(BETWEEN):
        cell = [int(random.integers(0, len(nodes) - 1)) for nodes in (REACH_MM, RADIUS_MM, CHANNELS_PER_CM2)]
        reach, radius = (float(np.sqrt(n[c] * n[c + 1])) for n, c in zip((REACH_MM, RADIUS_MM), cell, strict=False))
        # The middle in log(1 + density / 3), as it is interpolated.
        low, high = np.log1p(CHANNELS_PER_CM2[cell[2] : cell[2] + 2] / 3.0)
        density = float(3.0 * np.expm1(0.5 * (low + high)))
        strengths = np.sqrt(STRENGTH_DAYS[1:] * STRENGTH_DAYS[:-1])
        true = make(density, radius, reach, strengths).ratio
        one = np.ones(len(strengths))
        told = table.at_density(table.by_density(strengths, reach * one, radius * one), density * one)
        found.append(np.abs(np.asarray(told) / true - 1.0))
    return np.array(found)


def reference_names(draws) -> list[str]:
    """Return the names of the rates that the table was made with."""
    return [
        "clot_clearance_per_day", "inflammation_clearance_per_day", "signal_clearance_per_day",
        "signal_from_clot_per_day", "signal_from_inflammation_per_day", "fibroblast_activation_per_day",
        "fibroblast_loss_per_day",
    ]  # fmt: skip


def packed(arrays: dict[str, np.ndarray]) -> bytes:
    """Return arrays as the bytes of an npz file: those that fill the table in single precision."""
    held = io.BytesIO()
    narrow = ("ratio", "yield_per_channel", "placement_error")
    np.savez_compressed(held, **{n: v.astype(np.float32) if n in narrow else v for n, v in arrays.items()})
    return held.getvalue()


if __name__ == "__main__":
    main()
