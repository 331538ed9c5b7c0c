"""The forecast of a whole face: 1000 x 1000 pixels, some 150 scars, 200 draws, 6 days over two years.

    uv run --no-sync python benchmarks/forecast_face.py

Scan, scars and plan are made first and not counted. Counted: healing the zones, simulating and measuring every scar's
window in every draw, and the whole maps of poor, middle and good outcome.
"""

import cProfile
import dataclasses
import io
import pstats
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from scarplan.devices import device
from scarplan.forecast import (
    ZoneHealer,
    choose_outcome_draws,
    draw_surfaces,
    make_timetable,
    model_scanner,
    simulate_outcomes,
)
from scarplan.records import Case
from scarplan.response import ResponsePatient
from scarplan.surface.phantom import make_phantom
from scarplan.workflow.forecast import read_course
from scarplan.workflow.forecast_from_scan import read_charts, split_scars
from scarplan.workflow.new_patient import example_patient
from scarplan.workflow.plan import plan_course
from scarplan.workflow.scan import scan_surface
from scarplan.workflow.scars import find_scars
from scarplan.workflow.screen import screen_patient

COUNTS = {"icepick": 90, "boxcar": 60, "rolling": 40, "raised": 1}
DRAWS, DAYS = 200, 6


def main():
    with tempfile.TemporaryDirectory() as folder:
        case = make_case(Path(folder))
        forecast(case)
        if "--profile" in sys.argv:
            profile = cProfile.Profile()
            profile.runcall(forecast, case)
            text = io.StringIO()
            pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(18)
            print(text.getvalue())
        else:
            forecast(case)


def make_case(folder):
    heights = make_phantom(3, rows=1000, columns=1000, pixel_mm=0.1, counts=COUNTS).surface.relief_mm
    np.save(folder / "face.npy", heights.astype(np.float32))
    (folder / "patient.toml").write_text(example_patient(), encoding="utf-8")
    case = Case(folder / "case")
    screen_patient(case.root, folder / "patient.toml", date="2026-03-02")
    scan_surface(folder / "face.npy", case.root, unit="mm", pixel_mm=0.1, zone="cheek", side="right")
    find_scars(case.root)
    plan_course(case.root)
    return case


def forecast(case):
    plan = read_course(case, None)
    scars = case.read_result("scars")
    treated, _ = split_scars(plan, scars)
    charts = read_charts(case, treated)
    healer = ZoneHealer(device=device("generic_pen"), patient=ResponsePatient(), count=DRAWS, seed=1)
    begun, worked = time.perf_counter(), time.process_time()
    marks = []

    def progress(words, _):
        marks.append((words, time.perf_counter() - begun, time.process_time() - worked))

    table = make_timetable(plan)
    later = np.linspace(table.judge_day, table.days[-1], DAYS - 1).round().astype(int)
    found = simulate_outcomes(
        plan,
        charts=charts,
        rows=treated,
        healer=healer,
        scanner=model_scanner(scars["resolves"]),
        progress=progress,
        timetable=dataclasses.replace(table, days=tuple(sorted({table.session_days[-1], *later.tolist()}))),
    )
    progress("drawing whole maps", 0.0)
    draws = choose_outcome_draws(found)
    for surface, windows in charts.values():
        draw_surfaces(found, surface, windows.windows, draws)
    progress("done", 1.0)
    pixels = sum(scar.simulator.window.relief_mm.size for scar in found.scars)
    print(f"{len(treated)} scars, {pixels} pixels of windows, {found.depth_mm.shape[1]} days, {DRAWS} draws")
    for (words, clock, spent), (_, next_clock, next_spent) in pairwise(marks):
        print(f"  {words}: {next_clock - clock:.2f} s by the clock, {next_spent - spent:.2f} s of processor")
    print(f"  together: {marks[-1][1]:.2f} s by the clock, {marks[-1][2]:.2f} s of processor", flush=True)


if __name__ == "__main__":
    main()
