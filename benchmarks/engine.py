"""The course model against solvers of ordinary differential equations, in one run, each at an error of at most 1e-3.

    uv run --no-sync python benchmarks/engine.py

A layer-column is one depth layer of one tissue in one draw. Peers solve the same equations from session to session,
one column at a time (diffrax: all at once), at the loosest tolerance of a list with which no column is off by more than
1e-3 on any day from the last session on; ours on the usual steps, which are far more exact, and on the longest steps of
a list that keep to the same 1e-3. Slopes twice: of one number by every draw's parameters (reverse mode), and of every
column's value by each parameter (forward mode, a direction each). Times are seconds of processor, the least of several;
compare the ratios.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

from scarplan.anatomy import layers_of
from scarplan.devices import device
from scarplan.injury import dermal_layers, needling_of
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient, draw_parameters
from scarplan.response.backwards import KEPT_MOVE_BLOCK, integrate_backwards
from scarplan.response.cascade import Debris
from scarplan.response.integrate import integrate
from scarplan.response.spread import spread_over_depth
from scarplan.response.steps import choose_steps

# A block of draws whose layers stay in the cache of one core; many draws are many blocks.
BLOCK, THREADS = 128, 2
SESSIONS, DAYS = (0, 28, 56, 84), (84, 114, 174, 264, 449, 730)
YEARS, ERROR = DAYS[-1] / 365.25, 1e-3
PEER_COLUMNS, LAYERS = 16, (0, 5, 9, 12)
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
# How many times as long as usual our own steps are: the largest with an error of at most 1e-3 is timed too.
STRETCHES = (4.0, 3.5, 3.0, 2.5, 2.25, 2.0, 1.75, 1.5, 1.25)
GRADIENT = (
    "synthesis_per_day",
    "scar_collagen",
    "signal_half_activation",
    "fibroblast_loss_per_day",
    "cross_linking_half_days",
    "surface_lag_days",
)
LN2, YEAR = float(np.log(2.0)), 365.25


def main():
    draws, injured, arriving = make_columns()
    point = tuple(getattr(draws, name) for name in GRADIENT)
    exact = np.asarray(surplus(draws, injured, arriving, make_steps(parts=8), point, parts=8))
    # Everything goes in as arguments: what is known when a program is compiled would be worked out then.
    value = jax.jit(surplus, static_argnames="dtype")
    slopes = {
        "gradient of one number, reverse": jax.jit(gradient_of_one_number, static_argnames="dtype"),
        "slopes of every column in six directions, forward": jax.jit(slopes_of_columns, static_argnames="dtype"),
    }
    print(f"{BLOCK} draws x {injured.shape[1]} layers x 2 tissues x {YEARS:.2f} years")
    rates = {}
    for dtype in ("float32", "float64"):
        for stretch in (1.0, coarsest(partial(value, draws, injured, arriving, dtype=dtype), point, exact)):
            given = (draws, injured, arriving, make_steps(stretch=stretch), point)
            ways = {name: partial(way, *given, dtype=dtype) for name, way in slopes.items()}
            rates[dtype] = report(partial(value, *given, dtype=dtype), ways, exact)
            print(f"    ({dtype}, steps {stretch:g} times as long as usual, {int(given[3].count)} of them)", flush=True)
    peers(draws, injured, arriving, exact, rates)


def coarsest(value, point, exact):
    """Return the largest stretch of our steps whose error is at most that asked of the peers."""
    for stretch in STRETCHES:
        if worst(np.asarray(value(make_steps(stretch=stretch), point)), exact) <= ERROR:
            return stretch
    return 1.0


def report(run, slopes, exact):
    """Print error, speed and cost of both kinds of slopes; return layer-column-years a second of processor."""
    columns = exact[0].size
    error = worst(np.asarray(run()), exact)
    one = processor_seconds(run)
    wall = wall_seconds(lambda: in_threads(run))
    print(f"ours: {one:.4f} s, error {error:.1e}: {columns * YEARS / one:,.0f} a second of processor")
    clock = 4 * THREADS * columns * YEARS / wall
    print(f"    {THREADS} threads, {4 * THREADS} blocks, by the clock: {clock:,.0f} a second")
    for name, way in slopes.items():
        start = time.process_time()
        jax.block_until_ready(way())
        first, both = time.process_time() - start, processor_seconds(way)
        print(f"    value and {name}: {both:.4f} s, {both / one:.1f} x the value ({first:.1f} s the first time)")
    return columns * YEARS / one


def make_columns():
    draws = draw_parameters(BLOCK, seed=1, device_class="pen", layers=layers_of("cheek"), patient=ResponsePatient())
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=250, passes=4)
    dose = needling_of(setting, device("generic_pen")).deliver(dermal_layers(), draws.needling)
    return draws, dose.injured_fraction, spread_over_depth(dose.injured_fraction, dose.edges_mm, draws.signal_reach_mm)


def make_steps(parts=1, stretch=1.0):
    return choose_steps(
        np.array(SESSIONS),
        np.array(DAYS),
        rows=len(DAYS),
        parts=parts,
        stretch=stretch,
        move_block=KEPT_MOVE_BLOCK,
    )


def surplus(draws, injured, arriving, steps, point, dtype="float64", parts=1, follow=integrate):
    """Return the surplus as the surface shows it [t tissue draw z]."""
    draws = eqx.tree_at(lambda d: [getattr(d, name) for name in GRADIENT], draws, list(point))
    start = jnp.stack([draws.scar_collagen, jnp.ones(BLOCK)])[:, :, None]
    clot = Debris(draws.clot_clearance_per_day, draws.signal_from_clot_per_day, arriving)
    return follow(
        draws,
        injured=injured,
        debris=(clot,),
        rate=draws.synthesis_per_day,
        start=start,
        kept=jnp.ones((len(SESSIONS), BLOCK)),
        steps=steps,
        rows=len(DAYS),
        parts=parts,
        dtype=dtype,
    ).surplus


def gradient_of_one_number(draws, injured, arriving, steps, point, *, dtype):
    """Return a sum of the surplus with weights, and its slope in every parameter of every draw."""
    weights = np.random.default_rng(1).normal(size=(len(DAYS), 2, BLOCK, injured.shape[1]))

    def number(point):
        shown = surplus(draws, injured, arriving, steps, point, dtype=dtype, follow=integrate_backwards)
        return jnp.sum(weights * shown)

    return jax.value_and_grad(number)(point)


def slopes_of_columns(draws, injured, arriving, steps, point, *, dtype):
    """Return the value and its slope in every parameter: draws do not touch each other."""
    along = tuple(jnp.stack([jnp.full(BLOCK, float(i == j)) for j in range(len(point))]) for i in range(len(point)))
    value = partial(surplus, draws, injured, arriving, steps, dtype=dtype)
    return jax.vmap(lambda tangent: jax.jvp(value, (point,), (tangent,)), out_axes=(None, 0))(along)


def in_threads(run):
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: jax.block_until_ready(run()), range(4 * THREADS)))


def worst(found, exact):
    """Return the largest error of a column relative to it, or to a thousandth of the largest of its draw."""
    return float((np.abs(found - exact) / np.maximum(exact, 1e-3 * exact.max(axis=-1, keepdims=True))).max())


def processor_seconds(work, repeats=7):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        jax.block_until_ready(work())
        times.append(time.process_time() - start)
    return min(times)


def wall_seconds(work, repeats=3):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


# The peers: W, I, T, F, C3, Y, X, N and what the surface shows of one column, with its parameters as one row.


def right_hand_side(t, y, p):
    kw, ki, kt, sw, si, af, half, kf, rate, start, ceiling, f3, k31, kx, ky, km, kn, lag = p
    made = rate * y[3] * max(0.0, 1.0 - (start + y[4] + y[5] + y[6] + y[7]) / ceiling)
    return np.array([
        -kw * y[0],
        kw * y[0] - ki * y[1],
        sw * y[0] + si * y[1] - kt * y[2],
        af * y[2] / (half + y[2]) * (1.0 - y[3]) - kf * y[3],
        f3 * made - (k31 + ky) * y[4],
        (1.0 - f3) * made + k31 * y[4] - (kx + ky) * y[5],
        kx * y[5] - km * y[6],
        -(kn * y[3] + ky) * y[7],
        (y[4] + y[5] + y[6] + y[7] - y[8]) / lag,
    ])  # fmt: skip


def parameters_of(draws, number):
    d = {
        name: float(getattr(draws, name)[number])
        for name in draws.__dataclass_fields__
        if name not in ("needling", "harms", "heat")
    }
    worn = LN2 / (d["mature_loss_half_years"] * YEAR) + d["ageing_loss_per_year"] / YEAR
    return np.array([
        d["clot_clearance_per_day"], d["inflammation_clearance_per_day"], d["signal_clearance_per_day"],
        d["signal_from_clot_per_day"], d["signal_from_inflammation_per_day"], d["fibroblast_activation_per_day"],
        d["signal_half_activation"], d["fibroblast_loss_per_day"], d["synthesis_per_day"], d["scar_collagen"],
        d["collagen_ceiling"], d["type_iii_share"], LN2 / d["type_iii_to_i_half_days"],
        LN2 / d["cross_linking_half_days"], LN2 / d["immature_loss_half_days"], worn,
        d["fragment_removal_per_day"], d["surface_lag_days"],
    ])  # fmt: skip


def course_by(segment, row, destroyed, signal):
    """Return what the surface shows on DAYS; `segment` advances nine states over a time without sessions."""
    state, found = np.zeros(9), []
    stops = sorted({*SESSIONS, *DAYS})
    for day, later in zip(stops, [*stops[1:], None], strict=True):
        if day in DAYS:
            found.append(state[8])
        if day in SESSIONS:
            lost = destroyed * state[4:6]
            state = state.copy()
            state[0] += signal
            state[4:6] -= lost
            state[7] += lost.sum()
        if later is not None:
            state = segment(row, state, float(later - day))
    return np.array(found)


def scipy_lsoda(function, tolerance, row, state, days):
    found = solve_ivp(function, (0.0, days), state, method="LSODA", rtol=tolerance, atol=1e-3 * tolerance, args=(row,))
    return found.y[:, -1]


def sundials_cvode(tolerance, row, state, days):
    from sksundae.cvode import CVODE

    def into(t, y, slope):
        slope[:] = right_hand_side(t, y, row)

    solver = CVODE(into, rtol=tolerance, atol=1e-3 * tolerance, method="BDF")
    return solver.solve(np.array([0.0, days]), state).y[-1]


def numbalsoda_of(tolerance):
    import numba
    from numbalsoda import lsoda, lsoda_sig

    inner = numba.njit(right_hand_side)

    @numba.cfunc(lsoda_sig)
    def into(t, y, slope, p):
        found = inner(t, numba.carray(y, (9,)), numba.carray(p, (18,)))
        for place in range(9):
            slope[place] = found[place]

    def segment(row, state, days):
        return lsoda(into.address, state, np.array([0.0, days]), data=row, rtol=tolerance, atol=1e-3 * tolerance)[0][-1]

    return segment


def diffrax_of(tolerance):
    import diffrax

    def slope(t, y, p):
        kw, ki, kt, sw, si, af, half, kf, rate, start, ceiling, f3, k31, kx, ky, km, kn, lag = p
        made = rate * y[3] * jnp.maximum(0.0, 1.0 - (start + y[4] + y[5] + y[6] + y[7]) / ceiling)
        return jnp.stack([
            -kw * y[0], kw * y[0] - ki * y[1], sw * y[0] + si * y[1] - kt * y[2],
            af * y[2] / (half + y[2]) * (1.0 - y[3]) - kf * y[3], f3 * made - (k31 + ky) * y[4],
            (1.0 - f3) * made + k31 * y[4] - (kx + ky) * y[5], kx * y[5] - km * y[6], -(kn * y[3] + ky) * y[7],
            (y[4] + y[5] + y[6] + y[7] - y[8]) / lag,
        ])  # fmt: skip

    control = diffrax.PIDController(rtol=tolerance, atol=1e-3 * tolerance)

    def one(row, state, days):
        found = diffrax.diffeqsolve(
            diffrax.ODETerm(slope), diffrax.Kvaerno5(), 0.0, days, None, state, row, stepsize_controller=control
        )
        return found.ys[-1]

    return jax.jit(jax.vmap(one, in_axes=(0, 0, None)))


def diffrax_course(segment, rows, destroyed, signal):
    state, found = jnp.zeros((len(rows), 9)), []
    stops = sorted({*SESSIONS, *DAYS})
    for day, later in zip(stops, [*stops[1:], None], strict=True):
        if day in DAYS:
            found.append(state[:, 8])
        if day in SESSIONS:
            lost = destroyed[:, None] * state[:, 4:6]
            state = state.at[:, 0].add(signal).at[:, 4:6].add(-lost).at[:, 7].add(lost.sum(axis=1))
        if later is not None:
            state = segment(rows, state, float(later - day))
    return np.stack(found, axis=1)


def peers(draws, injured, arriving, exact, rates):
    numbers = range(PEER_COLUMNS // len(LAYERS))
    chosen = [(number, layer) for number in numbers for layer in LAYERS]
    rows = np.array([parameters_of(draws, number) for number, _ in chosen])
    destroyed = np.array([float(draws.destroyed_share[n] * injured[n, z]) for n, z in chosen])
    signal = np.array([float(arriving[n, z]) for n, z in chosen])
    truth = np.array([exact[:, 0, n, z] for n, z in chosen])

    def one_by_one(make, tolerance):
        segment = make(tolerance)
        return lambda: np.array([course_by(segment, *part) for part in zip(rows, destroyed, signal, strict=True)])

    def all_at_once(tolerance):
        segment = diffrax_of(tolerance)
        return lambda: diffrax_course(segment, jnp.asarray(rows), jnp.asarray(destroyed), jnp.asarray(signal))

    kinds = {"SciPy LSODA, Python": lambda tol: one_by_one(lambda t: partial(scipy_lsoda, right_hand_side, t), tol)}
    if find_spec("numba"):
        import numba

        compiled = numba.njit(right_hand_side)
        kinds["SciPy LSODA, compiled equations"] = lambda tol: one_by_one(
            lambda t: partial(scipy_lsoda, compiled, t), tol
        )
    if find_spec("numbalsoda"):
        kinds["numbalsoda (LSODA, all compiled)"] = lambda tol: one_by_one(numbalsoda_of, tol)
    if find_spec("sksundae"):
        kinds["scikit-sundae CVODE"] = lambda tol: one_by_one(lambda t: partial(sundials_cvode, t), tol)
    if find_spec("diffrax"):
        kinds["diffrax Kvaerno5, vmapped"] = all_at_once
    print(f"peers: {len(chosen)} columns; ratios of ours on its longest steps in one thread, float32 / float64")
    for name, make in kinds.items():
        for tolerance in TOLERANCES:
            work = make(tolerance)
            error = float(np.abs(work() / truth - 1.0).max())
            if error <= ERROR:
                break
        theirs = len(chosen) * YEARS / processor_seconds(work, repeats=2)
        ratios = " / ".join(f"{rates[dtype] / theirs:,.0f}" for dtype in ("float32", "float64"))
        print(f"{name}: rtol {tolerance:g}, error {error:.1e}: {theirs:,.0f} a second; {ratios}", flush=True)
    if not find_spec("numbalsoda"):
        print("numbalsoda is not installed here: not compared", file=sys.stderr)


if __name__ == "__main__":
    main()
