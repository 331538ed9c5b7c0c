"""Diffusing growth factor of the unit cell: ours against BioFVM's algorithm, SciPy's transforms and py-pde, in one run.

    uv run --no-sync --group peers python benchmarks/unit_cell.py
    uv run --no-sync --group peers python benchmarks/unit_cell.py --across 64 --layers 32 --no-py-pde

The task is the same for all: growth factor of a box with random channels, diffusion, decay, and the sources of clot and
inflammation, float64, no flux at top and bottom, its fields wanted on twelve days. BioFVM's algorithm is locally
one-dimensional implicit diffusion and decay, a tridiagonal solve along each direction in turn, with the source of each
step added before (here with numba on all cores; periodic sideways by Sherman and Morrison). SciPy: implicit Euler in
transformed space. py-pde: its own explicit solver, adaptive. The truth is the difference scheme of these peers solved
exactly in time, so their errors are those of time stepping alone; ours has none but rounding. A peer is timed with the
least number of steps a day (powers of 2) at which its error falls to the goal.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft

from scarplan.anatomy import layers_of
from scarplan.injury import ReachedDepth
from scarplan.injury.needle_by_needle import ChannelShape
from scarplan.injury.profile import tapered
from scarplan.response import ResponsePatient, central_parameters
from scarplan.response.unit_cell import box_for, injured_share, make_cell, random_channels, rates_of
from scarplan.response.unit_cell.cell import after_session, untouched
from scarplan.response.unit_cell.signal import signal_after

DAYS = np.arange(1.0, 13.0)
GOALS = (3e-2, 1e-2)
NUMBA = importlib.import_module("numba") if importlib.util.find_spec("numba") else None
prange = range if NUMBA is None else NUMBA.prange
STEPS_PER_DAY = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def best_of(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the least seconds of some runs, after one that compiles."""
    work()
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


class Task:
    """The box, its injured share, and the rates."""

    def __init__(self, across: int, layers: int) -> None:
        draws = central_parameters(device_class="stamp", layers=layers_of("cheek"), patient=ResponsePatient(25, 4))
        needling = draws.needling
        self.box = box_for(16, per_mm2=2.5, depth_mm=2.4, layers=layers, across=across)
        reached = ReachedDepth(jnp.asarray(1.5), needling.reached_fraction, needling.reached_depth_cv)
        shape = tapered(jnp.asarray([0.063]), taper_mm=needling.channel_taper_mm, margin_mm=jnp.asarray([0.05]))
        channels = random_channels(np.random.default_rng(1), 16, reached=reached)
        self.injured = injured_share(self.box, channels, ChannelShape.of(shape, 0), epidermis_mm=0.1)
        self.rates = rates_of(draws, open_fat=False)

    def source(self, day: float) -> float:
        """Growth factor released per injured share at a time."""
        rates = self.rates
        clot, calm = rates.clot_clearance_per_day, rates.inflammation_clearance_per_day
        debris = np.exp(-clot * day)
        inflamed = clot / (clot - calm) * (np.exp(-calm * day) - debris)
        return rates.signal_from_clot_per_day * debris + rates.signal_from_inflammation_per_day * inflamed


def ours(task: Task, kind: type = np.float64) -> Callable[[], np.ndarray]:
    """Return a run of ours: no steps, one inverse transform for each day that is wanted."""
    cell = make_cell(task.box, task.rates, dtype=kind)
    injured = jnp.asarray(task.injured, kind)

    @jax.jit
    def run(injured: jax.Array) -> jax.Array:
        signal = after_session(untouched(cell), injured, cell).signal

        def field(day: jax.Array) -> jax.Array:
            return cell.of_signal.to_field(signal_after(signal, day, rates=cell.rates, spectrum=cell.of_signal))

        return jax.lax.map(field, jnp.asarray(DAYS, kind))

    return lambda: np.asarray(run(injured))


def exact_on_finite_differences(task: Task) -> np.ndarray:
    """Return the fields of the second-order difference scheme, exact in time: the truth of the stepping peers."""
    box, rates = task.box, task.rates
    rate = rates.signal_diffusion_mm2_per_day * _difference_rates(box) + rates.signal_clearance_per_day
    waves = _forward(task.injured)
    clot, calm = rates.clot_clearance_per_day, rates.inflammation_clearance_per_day
    held = rates.signal_from_inflammation_per_day * clot / (clot - calm)
    found = []
    for day in DAYS:
        level = np.zeros_like(rate)
        for amount, fading in ((rates.signal_from_clot_per_day - held, clot), (held, calm)):
            apart = rate - fading
            near = np.abs(apart) < 1e-9
            far = (np.exp(-fading * day) - np.exp(-rate * day)) / np.where(near, 1.0, apart)
            level += amount * np.where(near, day * np.exp(-fading * day), far)
        found.append(_backward(level * waves))
    return np.stack(found)


def _difference_rates(box) -> np.ndarray:
    around = 2.0 * np.pi / box.across
    y = (2.0 - 2.0 * np.cos(around * np.arange(box.across))) / box.voxel_mm**2
    x = y[: box.across // 2 + 1]
    z = (2.0 - 2.0 * np.cos(np.pi * np.arange(box.layers) / box.layers)) / box.layer_mm**2
    return z[:, None, None] + y[:, None] + x


def _forward(field: np.ndarray) -> np.ndarray:
    return scipy.fft.rfft2(scipy.fft.dct(field, axis=0, norm="ortho", workers=-1), workers=-1)


def _backward(waves: np.ndarray) -> np.ndarray:
    sideways = scipy.fft.irfft2(waves, s=(waves.shape[1], waves.shape[1]), workers=-1)
    return scipy.fft.idct(sideways, axis=0, norm="ortho", workers=-1)


def scipy_steps(task: Task, per_day: int) -> Callable[[], np.ndarray]:
    """Return a run of implicit Euler steps in transformed space; the field is transformed to and fro in each."""
    rates, step = task.rates, 1.0 / per_day
    rate = rates.signal_diffusion_mm2_per_day * _difference_rates(task.box) + rates.signal_clearance_per_day
    divisor = 1.0 + step * rate

    def run() -> np.ndarray:
        field, found = np.zeros_like(task.injured), []
        for number in range(round(DAYS[-1] * per_day)):
            field = _backward(_forward(field + step * task.source((number + 1) * step) * task.injured) / divisor)
            if (number + 1) % per_day == 0:
                found.append(field)
        return np.stack(found)

    return run


def biofvm_steps(task: Task, per_day: int) -> Callable[[], np.ndarray] | None:
    """Return a run of BioFVM's algorithm; None without numba."""
    if NUMBA is None:
        return None
    sweep_rows, sweep_columns, sweep_depth = (_compiled(sweep) for sweep in (_rows, _columns, _depth))
    rates, box, step = task.rates, task.box, 1.0 / per_day
    decay = step * rates.signal_clearance_per_day / 3.0
    side = step * rates.signal_diffusion_mm2_per_day / box.voxel_mm**2
    down = step * rates.signal_diffusion_mm2_per_day / box.layer_mm**2
    around = periodic_factors(box.across, side, decay)
    ends = closed_factors(box.layers, down, decay)

    def run() -> np.ndarray:
        field, found = np.zeros_like(task.injured), []
        for number in range(round(DAYS[-1] * per_day)):
            field += step * task.source((number + 1) * step) * task.injured
            sweep_rows(field, side, *around)
            sweep_columns(field, side, *around)
            sweep_depth(field, down, *ends)
            if (number + 1) % per_day == 0:
                found.append(field.copy())
        return np.stack(found)

    return run


def closed_factors(count: int, spread: float, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors of a tridiagonal system without flux at its ends: 1 / pivot, and pivot ratios (Thomas)."""
    diagonal = np.full(count, 1.0 + decay + 2.0 * spread)
    diagonal[0] -= spread
    diagonal[-1] -= spread
    return _thomas(diagonal, spread)


def periodic_factors(count: int, spread: float, decay: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return the factors of a periodic system: those of its open part, and the correction of Sherman and Morrison."""
    diagonal = np.full(count, 1.0 + decay + 2.0 * spread)
    corner = -diagonal[0]
    open_part = diagonal.copy()
    open_part[0] -= corner
    open_part[-1] -= spread**2 / corner
    inverse, ratio = _thomas(open_part, spread)
    ends = np.zeros(count)
    ends[0], ends[-1] = corner, -spread
    for i in range(1, count):
        ends[i] += spread * inverse[i - 1] * ends[i - 1]
    ends[-1] *= inverse[-1]
    for i in range(count - 2, -1, -1):
        ends[i] = ends[i] * inverse[i] + ratio[i] * ends[i + 1]
    share = -spread / corner
    return inverse, ratio, ends / (1.0 + ends[0] + share * ends[-1]), share


def _thomas(diagonal: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
    inverse = np.empty_like(diagonal)
    inverse[0] = 1.0 / diagonal[0]
    for i in range(1, diagonal.size):
        inverse[i] = 1.0 / (diagonal[i] - spread**2 * inverse[i - 1])
    return inverse, spread * inverse


@cache
def _compiled(sweep: Callable) -> Callable:
    return NUMBA.njit(parallel=True, fastmath=True)(sweep)


def _rows(field, spread, inverse, ratio, ends, share):
    layers, across, count = field.shape
    for line in prange(layers * across):
        row = field[line // across, line % across]
        for i in range(1, count):
            row[i] += spread * inverse[i - 1] * row[i - 1]
        row[count - 1] *= inverse[count - 1]
        for i in range(count - 2, -1, -1):
            row[i] = row[i] * inverse[i] + ratio[i] * row[i + 1]
        fact = row[0] + share * row[count - 1]
        for i in range(count):
            row[i] -= fact * ends[i]


def _columns(field, spread, inverse, ratio, ends, share):
    layers, count, across = field.shape
    for layer in prange(layers):
        plane = field[layer]
        for i in range(1, count):
            for j in range(across):
                plane[i, j] += spread * inverse[i - 1] * plane[i - 1, j]
        for j in range(across):
            plane[count - 1, j] *= inverse[count - 1]
        for i in range(count - 2, -1, -1):
            for j in range(across):
                plane[i, j] = plane[i, j] * inverse[i] + ratio[i] * plane[i + 1, j]
        fact = plane[0] + share * plane[count - 1]
        for i in range(count):
            for j in range(across):
                plane[i, j] -= fact[j] * ends[i]


def _depth(field, spread, inverse, ratio):
    count, rows, across = field.shape
    for row in prange(rows):
        for i in range(1, count):
            for j in range(across):
                field[i, row, j] += spread * inverse[i - 1] * field[i - 1, row, j]
        for j in range(across):
            field[count - 1, row, j] *= inverse[count - 1]
        for i in range(count - 2, -1, -1):
            for j in range(across):
                field[i, row, j] = field[i, row, j] * inverse[i] + ratio[i] * field[i + 1, row, j]


def py_pde(task: Task) -> Callable[[], np.ndarray] | None:
    """Return a run of py-pde's explicit adaptive solver to the first day that is wanted; None without it."""
    if importlib.util.find_spec("pde") is None:
        return None
    import pde

    box, rates = task.box, task.rates
    grid = pde.CartesianGrid(
        [[0.0, box.depth_mm], [0.0, box.width_mm], [0.0, box.width_mm]], list(box.shape), periodic=[False, True, True]
    )
    clot, calm = rates.clot_clearance_per_day, rates.inflammation_clearance_per_day
    held = rates.signal_from_inflammation_per_day * clot / (clot - calm)
    equation = pde.PDE(
        {
            "c": f"{rates.signal_diffusion_mm2_per_day} * laplace(c) - {rates.signal_clearance_per_day} * c"
            f" + v * ({rates.signal_from_clot_per_day - held} * exp(-{clot} * t) + {held} * exp(-{calm} * t))"
        },
        consts={"v": pde.ScalarField(grid, task.injured)},
        bc="auto_periodic_neumann",
    )

    def run() -> np.ndarray:
        start = pde.ScalarField(grid, 0.0)
        return equation.solve(start, t_range=float(DAYS[0]), tracker=None, adaptive=True, tolerance=1e-3).data

    return run


def error_of(found: np.ndarray, truth: np.ndarray) -> float:
    """Return the largest difference, relative to the largest value of its day; the worst day counts."""
    size = np.abs(truth).max(axis=(1, 2, 3))
    return float((np.abs(found - truth).max(axis=(1, 2, 3)) / size).max())


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--across", type=int, default=96)
    parser.add_argument("--layers", type=int, default=48)
    parser.add_argument("--py-pde", action=argparse.BooleanOptionalAction, default=True)
    chosen = parser.parse_args()
    task = Task(chosen.across, chosen.layers)
    voxels = task.injured.size
    truth = exact_on_finite_differences(task)
    print(f"{chosen.across} x {chosen.across} x {chosen.layers} voxels, {len(DAYS)} fields; {jax.default_backend()}")

    fine = ours(task)()
    seconds = {kind: best_of(ours(task, kind)) for kind in (np.float64, np.float32)}
    single = ours(task, np.float32)()
    for kind, own in ((np.float64, seconds[np.float64]), (np.float32, seconds[np.float32])):
        print(f"ours {kind.__name__}: {own:.3f} s, {voxels * len(DAYS) / own / 1e6:.0f} M fields of a voxel a second")
    print(f"ours single against double precision: {error_of(single, fine):.1e}")
    print(f"ours (waves) against second-order differences, both exact in time: {error_of(fine, truth):.1e}")

    for name, make in (("BioFVM's algorithm", biofvm_steps), ("SciPy transforms", scipy_steps)):
        compare(name, make, task, truth, seconds[np.float64])
    if chosen.py_pde and (run := py_pde(task)) is not None:
        took = best_of(run, 1)
        error = error_of(run()[None], truth[:1])
        print(f"py-pde, explicit adaptive, to day 1 alone: {took:.2f} s, error {error:.1e}; "
              f"ratio to ours for all days {took / seconds[np.float64]:.0f}")  # fmt: skip


def compare(name: str, make, task: Task, truth: np.ndarray, own: float) -> None:
    """Print the time of a stepping peer for each goal."""
    goals, voxels = list(GOALS), task.injured.size
    for per_day in STEPS_PER_DAY:
        run = make(task, per_day)
        if run is None:
            print(f"{name}: numba is not installed", file=sys.stderr)
            return
        error = error_of(run(), truth)
        reached = [goal for goal in goals if error <= goal]
        if reached:
            took = best_of(run, 1)
            speed = voxels * per_day * DAYS[-1] / took / 1e6
            met = ", ".join(f"{goal:g}" for goal in reached)
            print(
                f"{name}: error {error:.1e} <= {met} with {per_day} steps a day, {took:.2f} s, "
                f"{speed:.0f} M voxel updates a second; ratio to ours {took / own:.1f}"
            )
        goals = [goal for goal in goals if error > goal]
        if not goals:
            return
    print(f"{name}: error {error:.1e} with {STEPS_PER_DAY[-1]} steps a day")


if __name__ == "__main__":
    main()
