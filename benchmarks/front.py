"""A front of plans for one whole face, and the same search against the enumeration of every plan on two zones.

    uv run --no-sync python benchmarks/front.py

Two cheeks, forehead, temple, chin and jawline with six scars each; the clinic sets lengths and passes, so that every
zone may have them or less. Seconds are of this process from its start, as `plan` runs, with compiled programs kept by
an earlier run: run it twice. The gap is the part of the hypervolume of the enumerated front (depth left, sessions, days
of downtime, risk of darker patches) that the merged search misses.
"""

import sys
import time
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "planning"))

from every_plan import enumerate_plans, hypervolume

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.devices import device
from scarplan.evidence.library import value_of
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.scar_draws import measured_scars
from scarplan.planning.describe_settled import settled_in_words
from scarplan.planning.grid import ZoneTarget
from scarplan.planning.inverse import efficient_plans, search_plans
from scarplan.planning.merits import as_rows
from scarplan.planning.offer import Planner, make_offer
from scarplan.planning.prescribe import Setting, prescribe_schedule
from scarplan.planning.schedule import offer_schedules
from scarplan.planning.settle import ZoneSteps
from scarplan.planning.smooth import follow_slope, smooth_zone, value_and_slopes
from scarplan.planning.zones import offer_zones
from scarplan.records.clinic_protocol import ClinicProtocol, ClinicZone
from scarplan.records.goal import RednessGoal
from scarplan.response import ResponsePatient

PLACES = [
    ("cheek", "left"),
    ("cheek", "right"),
    ("forehead", None),
    ("temple", "left"),
    ("chin", None),
    ("jawline", "right"),
]
LENGTHS = {"cheek": 1.5, "forehead": 1.0, "temple": 0.75, "chin": 1.0, "jawline": 1.25}
ADDITIONS = ((), ("prp",), ("subcision",), ("prp", "subcision"))
COMPARED = ("left_percent", "sessions", "downtime_days", "pigment_percent")
LIMITS = (RednessGoal(kind="redness", days_at_most=2.5, strength="limit", chance=0.5),)
SCARS = (
    ("rolling", 0.3, 4.5),
    ("rolling", 0.45, 5.5),
    ("boxcar", 0.25, 2.5),
    ("boxcar", 0.6, 3.0),
    ("boxcar", 0.35, 2.0),
)


def main():
    keep_compiled_programs()
    planner = make_planner(PLACES)
    grid = planner.choose(progress=lambda done: None)
    offer, _ = make_offer(planner, grid)
    candidates = sum(len(one) for one in planner.search(planner.rows(grid.chosen)).settings)
    print(
        f"{len(PLACES)} zones, {candidates} settings, {len(planner.schedules)} schedules, {len(ADDITIONS)} sets of"
        f" additions: {offer.found} plans on the front, {sum(offer.is_efficient)} told, three of them by name;"
        f" {time.process_time():.1f} s of processor since the start of the process"
    )
    again = seconds(lambda: make_offer(planner, grid))
    print(f"    once more in the same process: {again[0]:.1f} s of processor, {again[1]:.1f} s by the clock")
    compare_with_enumeration(make_planner(PLACES[:2]))
    compare_slope_with_enumeration(planner)
    settle_whole_face()


def compare_with_enumeration(planner):
    """Print how far the merged search is from every plan there is, for two zones."""
    grid = planner.choose(progress=lambda done: None)
    search = planner.search(planner.rows(grid.chosen))
    schedules = [schedule for schedule in planner.schedules if schedule.sessions in (1, 3, 6)]
    took = {}
    every = timed("enumerated", took, partial(enumerate_plans, search, schedules))
    found = timed("merged", took, partial(search_plans, search, schedules))
    exact, ours = (merits(efficient_plans(plans, ())) for plans in (every, found))
    worst = exact.max(axis=0) + 1e-3
    whole = hypervolume(exact, worst)
    gap = 1 - hypervolume(ours, worst) / whole
    strict = merits(efficient_plans(search_plans(search, schedules, within=0.0), ()))
    print(
        f"two zones, {len(schedules)} schedules: {len(every)} plans enumerated in {took['enumerated']:.1f} s of"
        f" processor, merged in {took['merged']:.1f} s; gap of the hypervolume {gap:.1e},"
        f" {1 - hypervolume(strict, worst) / whole:.1e} where nothing counts as the same"
    )


def compare_slope_with_enumeration(planner):
    """Print how often the model is followed to find the best of a fine scale in one zone: by slope, or all of it."""
    target = planner.search(planner.rows(planner.choose(progress=lambda done: None).chosen)).targets[0]
    usual = prescribe_schedule(planner.schedules)
    pen = device("skinpen")
    per_pass = pen.channels_per_cm2_per_pass
    zone = smooth_zone(
        planner.healer.draw("cheek", count=len(target.scars.depth_mm)),
        target.scars.pick(target.counted),
        session_days=usual.session_days,
        day=usual.last_day + planner.judge_after_days,
        needle_diameter_mm=pen.needle_diameter_mm or value_of("injury.needle_diameter_mm"),
        glides=True,
    )
    steps = ZoneSteps(tuple(round(0.2 + 0.05 * n, 2) for n in range(47)), tuple(range(1, 13)))

    def worth(setting):
        return value_and_slopes(zone.worth, setting.needle_length_mm, setting.passes * per_pass)[0]

    def search():
        low, high = (steps.lengths_mm[0], per_pass), (steps.lengths_mm[-1], 12 * per_pass)
        best = follow_slope(zone, (1.5, 4 * per_pass), low=low, high=high)
        return steps.nearest(best.length_mm, best.channels_per_cm2 / per_pass), best.slopes

    def enumerate_all():
        every = [Setting(length, passes) for length in steps.lengths_mm for passes in steps.passes]
        return min((worth(one), str(one)) for one in every)

    took = {}
    timed("first", took, search)
    nearest, slopes = timed("slope", took, search)
    exact, best = timed("every", took, enumerate_all)
    print(
        f"one zone, {steps.count} settings (0.05 mm apart, 12 passes): all of them in {took['every']:.1f} s of"
        f" processor; by slope {slopes} values with slopes in {took['slope']:.2f} s ({took['first']:.1f} s the first"
        f" time in a process); the nearest step, {nearest}, is {worth(nearest) - exact:.1e} % of the depth from the"
        f" best, {best}"
    )


def settle_whole_face():
    """Print what settling the standard plan of the whole face takes and brings, on SkinPen and on finer steps."""
    fine = replace(device("skinpen"), lengths_mm=tuple(round(0.05 * n, 2) for n in range(51)), id="fine_pen")
    for pen, limits in ((device("skinpen"), ()), (device("skinpen"), LIMITS), (fine, ()), (fine, LIMITS)):
        planner = replace(make_planner(PLACES, pen), goals=limits)
        planner = replace(planner, fine=True)
        grid = planner.choose(progress=lambda done: None)
        took = {}
        settled = timed("settled", took, partial(planner.settle, grid.settled_from or grid.chosen))
        print(f"{len(limits)} limits, {pen.id}: {took['settled']:.1f} s of processor; {settled_in_words(settled)}")


def make_planner(places, pen=None):
    rows = [
        {
            "id": 10 * number + one,
            "kind": kind,
            "kind_probability": dict.fromkeys(("icepick", "boxcar", "rolling", "raised"), 0.05) | {kind: 0.85},
            "depth_mm": depth,
            "width_mm": width,
            "zone": zone,
            "side": side,
        }
        for number, (zone, side) in enumerate(places)
        for one, (kind, depth, width) in enumerate(SCARS)
    ]
    draws = value_of("forecast.draws")
    scars = measured_scars(rows, count=draws, seed=0)
    clinic = ClinicProtocol(
        name="Benchmark",
        date=date(2026, 1, 15),
        zones={name: ClinicZone(needle_length_mm=length, passes=4) for name, length in LENGTHS.items()},
    )
    pen = pen or device("skinpen")
    zones = offer_zones(scars.ids_by_place(), device=pen, clinic=clinic, is_strict=False)
    schedules = offer_schedules(clinic, is_strict=False, longest_mm=max(LENGTHS.values()))
    patient = ResponsePatient(age_years=30, skin_type=3, smoker=False, sun="usual", keloid=False)
    return Planner(
        targets=[ZoneTarget(options=zone, scars=scars.pick(scars.is_in(zone.zone, zone.side))) for zone in zones],
        schedules=schedules.schedules,
        additions=ADDITIONS,
        goals=(),
        judge_after_days=schedules.judge_after_days,
        healer=ZoneHealer(pen, patient, draws, 0),
    )


def merits(plans):
    rows = as_rows([plan.merits for plan in plans])
    return rows[:, [list(type(plans[0].merits).__dataclass_fields__).index(name) for name in COMPARED]]


def timed(name, took, work):
    start = time.process_time()
    result = work()
    took[name] = time.process_time() - start
    return result


def seconds(work):
    start, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - start, time.perf_counter() - clock


if __name__ == "__main__":
    main()
