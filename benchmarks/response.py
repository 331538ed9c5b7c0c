"""The course model against SciPy's LSODA, column by column, in one run.

    uv run --no-sync python benchmarks/response.py

A column is one depth layer of one draw. LSODA solves the same equations (tests/response/independent_model.py) at rtol
1e-6, with a right-hand side in Python. Both on this machine, one after the other; compare the ratio, not the seconds.
"""

import dataclasses
import sys
import time
from pathlib import Path

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "response"))
import independent_model

from scarplan.anatomy import layers_of
from scarplan.devices import device
from scarplan.injury import needling_of
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient, draw_parameters, heal, relief_change
from scarplan.response.density import density_yield
from scarplan.response.spread import spread_over_depth

DRAWS, HORIZON_DAYS = 128, 730
SESSIONS = (0, 28, 56, 84)
DAYS = tuple(range(0, HORIZON_DAYS + 1, 73))
SETTING = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=250, passes=4)
LSODA_COLUMNS = 12


def seconds(work, repeats=1):
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def main():
    pen, layers = device("generic_pen"), layers_of("cheek")
    draws = draw_parameters(DRAWS, seed=1, device_class="pen", layers=layers, patient=ResponsePatient())

    def ours():
        return heal(SETTING, pen, session_days=SESSIONS, days=DAYS, draws=draws)

    first, again = seconds(ours), seconds(ours, 5)
    course = ours()
    columns = course.dose.injured_fraction.size
    years = HORIZON_DAYS / 365.25
    print(
        f"{jax.default_backend()}, {DRAWS} draws x {course.dose.injured_fraction.shape[1]} layers x {HORIZON_DAYS} days"
    )
    print(f"compile and first run {first:.2f} s, then {again:.3f} s: {2 * columns * years / again:,.0f} column-years/s")
    print("(scar and healthy skin are both solved, so each layer of a draw is two columns)")

    theirs = seconds(lambda: solve_with_lsoda(course, draws)) / LSODA_COLUMNS
    print(f"SciPy LSODA, one process: {years / theirs:,.0f} column-years/s; ratio {2 * columns * theirs / again:,.0f}")

    floor = np.zeros((81, 81))
    floor[20:-20, 20:-20] = 0.3
    relief = seconds(lambda: relief_change(course, floor, 0.0, 0.1, 3), 3)
    print(f"relief of one scar of 81 x 81 pixels, all draws, one day: {relief:.3f} s")


def solve_with_lsoda(course, draws):
    arrived = np.asarray(spread_over_depth(course.dose.injured_fraction, course.edges_mm, draws.signal_reach_mm))
    outline = needling_of(SETTING, device("generic_pen")).outline(draws.needling)
    eps = np.asarray(density_yield(course.dose.density_per_mm2, outline, draws))
    for number in range(LSODA_COLUMNS):
        p = {
            f.name: float(getattr(draws, f.name)[number])
            for f in dataclasses.fields(draws)
            if f.name not in ("needling", "harms")
        }
        yields = p["yield_between_studies"] * p["yield_between_patients"] * p["patient_yield"] * eps[number]
        independent_model.collagen_course(
            p,
            injured=float(course.dose.injured_fraction[number, 3]),
            signal=float(arrived[number, 3]),
            start=p["scar_collagen"],
            rate=p["synthesis_per_day"] * yields,
            session_days=SESSIONS,
            days=DAYS,
            rtol=1e-6,
            atol=1e-9,
        )


if __name__ == "__main__":
    main()
