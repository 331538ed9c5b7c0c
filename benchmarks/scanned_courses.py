"""Courses of phantoms the whole way: a surface changed by a response that nobody is told, scanner noise, scan, scars,
compare, and what is learned from it.

The true relief of every scar is changed by the response model itself for one draw of another seed, tethered or not by
chance, each scar more or less than the model says (`course.scar_departure_share`, and with its kind by
`course.kind_departure_share`). Two follow-ups are sampled, moved and given noise of their own. The true change of a
scar is that of its relief without noise, by the contract of depth (mean of the deepest hundredth of its region). Called
by `benchmarks/courses.py --scans N`.
"""

from __future__ import annotations

import datetime
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import scarplan
from scarplan.course import make_course, read_ledger
from scarplan.course.coordinates import coordinates_of
from scarplan.course.delivered import sessions_of
from scarplan.course.measured import FollowUp, changes_of, follow_up_of
from scarplan.course.own_response import learn_response
from scarplan.course.predictor import CoursePredictor
from scarplan.evidence.library import value_of
from scarplan.forecast import ZoneHealer
from scarplan.forecast.surfaces import pick_draws
from scarplan.records import Case
from scarplan.records.plan import Anaesthesia, Plan, PlannedZone
from scarplan.records.plan_file import write_plan
from scarplan.response import relief_of_few
from scarplan.surface.phantom import Phantom, make_phantom
from scarplan.surface.profiles import PhantomScar, height
from scarplan.workflow.new_patient import example_patient
from scarplan.workflow.own_course import OwnCourse, prepare_own_course

PLACE = ("cheek", "right")
FIRST = datetime.date(2026, 3, 10)
#: Days of the sessions, of both follow-ups, and the day that is foretold.
SESSIONS, SCANS, LATER = (0, 28, 61), (110, 170), 260
_PIXEL_MM, _PIXELS, _NOISE_MM, _AROUND_MM = 0.08, 500, 0.008, 1.5
_OF_TRUTH = 20_000
#: Courses from one report to the next: what is stopped has told what it found.
_TOLD_EVERY = 4


@dataclass(frozen=True, eq=False)
class ScannedCourse:
    """One course: changes in mm of the scars that are followed, and what was foretold after 0, 1 and 2 scans.

    true_mm    [t s] on the days of both scans and the day that is foretold
    read_mm    what compare told [scan s], NaN where it could not
    sd_mm      how sure it was [scan s]
    mean_mm    number of scans -> mean change that is foretold [draw]
    scars_mm   number of scans -> change of each scar that is foretold [draw s]
    """

    true_mm: np.ndarray
    read_mm: np.ndarray
    sd_mm: np.ndarray
    mean_mm: dict[int, np.ndarray]
    scars_mm: dict[int, np.ndarray]


def follow_phantom(seed: int, folder: Path) -> ScannedCourse:
    """Return one course, made in `folder`."""
    rng = np.random.default_rng([seed, 83])
    phantom = make_phantom(seed, rows=_PIXELS, columns=_PIXELS, pixel_mm=_PIXEL_MM, noise_mm=0.0)
    case = Case(folder / "case")
    _scan(phantom.surface.relief_mm, case.root, rng, date=FIRST - datetime.timedelta(days=4))
    (folder / "patient.toml").write_text(example_patient(), "utf-8")
    scarplan.screen_patient(case.root, folder / "patient.toml", date="2026-03-02")
    _begin(case, folder)
    own = prepare_own_course(case, make_course(read_ledger(case)))
    reliefs, changes = _true_changes(own, phantom, seed, rng)
    pairs = _pair(own, phantom)
    follow_ups = tuple(
        _compare(case, reliefs[n], own, day, folder / f"later-{day}", rng) for n, day in enumerate(SCANS)
    )
    means, scars = {}, {}
    kept = [row for row, _ in pairs]
    for number in range(len(SCANS) + 1):
        learned = learn_response(
            own.predictor, own.given, follow_ups[:number], rolling=own.rolling,
            count=int(value_of("course.draws")), seed=own.healer.seed,
        )  # fmt: skip
        left = learned.left(own.predictor, own.given, (LATER,))[:, 0]
        scars[number] = (left - own.predictor.scars.depth_mm)[:, kept]
        means[number] = scars[number].mean(axis=1)
    return ScannedCourse(
        true_mm=changes[:, [scar for _, scar in pairs]],
        read_mm=np.stack([each.change_mm[kept] for each in follow_ups]),
        sd_mm=np.stack([each.sd_mm[kept] for each in follow_ups]),
        mean_mm=means,
        scars_mm=scars,
    )


def _begin(case: Case, folder: Path) -> None:
    """Approve a plan in the case and record its sessions."""
    ids = tuple(int(row["id"]) for row in case.read_result("scars")["scars"])
    zone = PlannedZone(
        zone=PLACE[0], side=PLACE[1], scars=ids, needle_length_mm=1.5, needle_length_basis="published", passes=4,
        channels_per_cm2=600.0, mode="glide", end_point="uniform pinpoint bleeding", ceiling="never beyond 1.5 mm",
        ceiling_mm=1.5,
    )  # fmt: skip
    plan = Plan(
        device="skinpen", device_name="SkinPen Precision", sessions=len(SESSIONS), interval_days=28,
        maintenance_days=274, review_after_sessions=3, judge_after_days=91, scar_list_reviewed=True, zones=(zone,),
        anaesthesia=Anaesthesia(need="usual", options=()),
    )  # fmt: skip
    made = {"plan": plan.content_hash, "status": "draft", "manifest": {"verb": "plan", "inputs": {}}}
    case.write_result("plan", made, write_plan(plan))
    scarplan.approve_plan(case.root, name="A. Doctor", role="dermatologist", date="2026-03-05")
    for day in SESSIONS:
        file = folder / "session.toml"
        file.write_text(
            f'date = {FIRST + datetime.timedelta(days=day)}\n[operator]\nname = "B. Nurse"\nrole = "nurse"\n[[zone]]\n'
            f'zone = "{PLACE[0]}"\nside = "{PLACE[1]}"\nset_length_mm = 1.5\npasses = 4\nchannels_per_cm2 = 600.0\n',
            "utf-8",
        )
        scarplan.add_session(case.root, file, date="2027-12-01")


def _true_changes(
    own: OwnCourse, phantom: Phantom, seed: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the true relief [t y x] and the true change of every scar of the phantom [t s], on all days."""
    healer = own.healer
    other = ZoneHealer(healer.device, healer.patient, healer.count, _OF_TRUTH + seed, sex=healer.sex)
    truth = CoursePredictor(coordinates_of(other, PLACE[0]), own.predictor.scars)
    score = np.repeat(truth.coordinates.prior(healer.count)[:1], healer.count, axis=0)
    days = (*SCANS, LATER)
    setting = sessions_of(own.given, PLACE)[0][1]
    course = pick_draws(truth.course(score, own.given, setting, days, place=PLACE), [0])
    share = float(np.asarray(course.tether_share)[0])
    reliefs = np.repeat(phantom.surface.relief_mm[None], len(days), axis=0)
    changes = np.zeros((len(days), len(phantom.scars)))
    of_kinds: dict[str, float] = {}
    for number, scar in enumerate(phantom.scars):
        if scar.apex_mm <= 0:
            continue
        place, depth = _field(scar, phantom)
        held = share if scar.kind == "rolling" else 0.0
        if scar.kind not in of_kinds:
            of_kinds[scar.kind] = value_of("course.kind_departure_share") * rng.standard_normal()
        own_share = value_of("course.scar_departure_share") * rng.standard_normal()
        more = max(0.0, 1.0 + of_kinds[scar.kind] + own_share)
        for t in range(len(days)):
            rise = more * relief_of_few(course, depth, np.array([held]), _PIXEL_MM, t)[0]
            reliefs[t][place] += rise
            changes[t, number] = _contract_depth(depth - rise) - _contract_depth(depth)
    return reliefs, changes


def _field(scar: PhantomScar, phantom: Phantom) -> tuple[tuple[slice, slice], np.ndarray]:
    """Return where a scar lies and its depth there [y x], mm."""
    reach = max(scar.semi_axes_mm) + _AROUND_MM
    top, left = (max(0, int((centre - reach) / _PIXEL_MM)) for centre in (scar.y_mm, scar.x_mm))
    rows, columns = phantom.surface.shape
    bottom, right = (
        min(size, int((centre + reach) / _PIXEL_MM) + 2) for size, centre in ((rows, scar.y_mm), (columns, scar.x_mm))
    )
    y, x = np.mgrid[top:bottom, left:right]
    rho = scar.distance(x * _PIXEL_MM, y * _PIXEL_MM)
    return (slice(top, bottom), slice(left, right)), scar.apex_mm * height(scar.kind, rho, scar.floor)


def _contract_depth(field_mm: np.ndarray) -> float:
    """Return the mean of the deepest hundredth (3 pixels at least) of the region deeper than a tenth of the depth."""
    values = np.sort(field_mm.ravel())[::-1]
    depth = values[:3].mean()
    for _ in range(8):
        depth = float(values[: max(3, round(0.01 * (values > 0.1 * depth).sum()))].mean())
    return depth


def _scan(relief_mm: np.ndarray, case: Path, rng: np.random.Generator, *, date: datetime.date) -> None:
    seen = relief_mm + _NOISE_MM * rng.standard_normal(relief_mm.shape)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "heights.npy"
        np.save(file, seen.astype(np.float32))
        scarplan.scan_surface(
            file, case, unit="mm", pixel_mm=_PIXEL_MM, zone=PLACE[0], side=PLACE[1], date=date.isoformat()
        )
    scarplan.find_scars(case)


def _compare(
    case: Case, relief_mm: np.ndarray, own: OwnCourse, day: int, later: Path, rng: np.random.Generator
) -> FollowUp:
    moved = np.roll(relief_mm, tuple(rng.integers(-6, 7, 2)), (0, 1))
    _scan(moved, later, rng, date=FIRST + datetime.timedelta(days=day))
    told = changes_of(scarplan.compare_cases(case.root, later))
    return follow_up_of(told, [row["id"] for row in own.rows], day=day)


def _pair(own: OwnCourse, phantom: Phantom) -> list[tuple[int, int]]:
    """Return the places of the scars that are followed, each with the scar of the phantom that it is."""
    pairs = []
    for place, row in enumerate(own.rows):
        far = [np.hypot(row["x_mm"] - scar.x_mm, row["y_mm"] - scar.y_mm) for scar in phantom.scars]
        nearest = int(np.argmin(far))
        if far[nearest] <= phantom.scars[nearest].width_mm / 2 and phantom.scars[nearest].apex_mm > 0:
            pairs.append((place, nearest))
    return pairs


def report_scanned(first: int, number: int) -> None:
    """Print what courses of phantoms show; each is told when it is done."""
    found: list[ScannedCourse] = []
    started = time.process_time()
    for seed in range(first, first + number):
        with tempfile.TemporaryDirectory() as folder:
            found.append(follow_phantom(seed, Path(folder)))
        print(f"course {seed}: {time.process_time() - started:.0f} s CPU", file=sys.stderr, flush=True)
        if len(found) % _TOLD_EVERY == 0 or len(found) == number:
            _report(found)


def _report(found: list[ScannedCourse]) -> None:
    print(f"{len(found)} scanned courses, {sum(each.true_mm.shape[1] for each in found)} scars")
    width = {n: [np.ptp(np.quantile(each.mean_mm[n], (0.05, 0.95))) for each in found] for n in (0, 1, 2)}
    for scans in (0, 1, 2):
        inside, outside_um, scars = [], [], []
        for each in found:
            low, high = np.quantile(each.mean_mm[scans], (0.05, 0.95))
            true = each.true_mm[-1].mean()
            inside.append(low <= true <= high)
            outside_um.append(1000 * max(low - true, true - high, 0.0))
            low, high = np.quantile(each.scars_mm[scans], (0.05, 0.95), axis=0)
            scars.extend((low <= each.true_mm[-1]) & (each.true_mm[-1] <= high))
        ratio = np.median(np.array(width[scans]) / np.array(width[0]))
        print(
            f"{scans} scans: mean inside 90 % {sum(inside)} of {len(inside)} (farthest outside {max(outside_um):.1f} "
            f"um), scars {np.mean(scars):.3f}, width of the first {ratio:.2f}",
            flush=True,
        )
    _report_reading(found)


def _report_reading(found: list[ScannedCourse]) -> None:
    """Print the errors of reading that come again, as shares of the mean change, pooled by the square of that.

    Noise of the baseline is in both follow-ups too: half of what compare tells of its error is taken off.
    """
    again, power, scales, counts = 0.0, 0.0, [], []
    for each in found:
        seen = np.isfinite(each.read_mm).all(axis=0)
        read, true, sd = each.read_mm[:, seen], each.true_mm[:2, seen], each.sd_mm[:, seen]
        mean = np.abs(true.mean(axis=1))
        scales.append(float(read.mean() / true.mean()))
        rest = read - scales[-1] * true
        again += float((rest[0] * rest[1] - 0.5 * sd[0] * sd[1]).sum())
        power += float(mean[0] * mean[1] * seen.sum())
        counts.append(int(seen.sum()))
        told = 1000 * float(np.sqrt(np.mean(rest**2))), 1000 * float(np.sqrt(np.mean(sd**2)))
        print(
            f"  mean change {-1000 * mean.mean():.0f} um, read {scales[-1]:.3f} of it; errors {told[0]:.0f} um, told "
            f"{told[1]:.0f} um"
        )
    of_scar = float(np.sqrt(max(again / power, 0.0)))
    whole = np.std(scales, ddof=1) if len(scales) > 1 else float("nan")
    print(
        f"reading of one scar, that comes again: {of_scar:.3f} of the mean change; reading of all: mean "
        f"{np.mean(scales) - 1:+.3f}, sd {whole:.3f} (from scars' own {of_scar / np.sqrt(np.mean(counts)):.3f})"
    )
