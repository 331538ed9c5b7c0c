"""Hidden courses by the public commands: is the updated forecast right about patients whose answer follows another law?

    uv run python benchmarks/hidden_courses.py --patients 20 [--first 1] [--keep FOLDER]

Each patient (`hidden_skin.py`) goes the whole way: screen, scan, scars, plan, approve, forecast; sessions recorded from
the template, some skipped, late, or lighter than planned; two follow-up scans with noise, set down anew; `update` after
each. Every command runs as a user types it, in one process. The program is told files alone.

The band of every scar on day 360 is then held against its true depth on that day, in two ways: as it is, and as what is
left of the depth that was measured at the baseline (true change on the measured depth), which leaves the error of the
baseline scan out.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hidden_skin import Patient, Session, Skin, draw_patient, draw_skin, scan, true_depths

from scarplan.cli import main as scarplan

#: First session, days of baseline and approval before it, follow-ups and the day that is foretold after it.
FIRST_DAY = dt.date(2025, 6, 9)
BASELINE, APPROVAL, FOLLOW_UPS, LATER = -8, -5, (120, 240), 360
#: Days after a session before a scan is made.
SWOLLEN = 21
#: A scar found within this of a true one is that scar.
_SAME_MM = 0.8
_WHERE = ("--unit", "mm", "--pixel-mm", "0.1", "--zone", "cheek", "--side", "right")
_BANDS = ("first", "one scan", "two scans")


@dataclass(frozen=True)
class Told:
    """A scar on the later day: what was foretold after so many scans (q05, q50, q95) and what is true, mm."""

    course: int
    kind: str
    scans: str
    band_mm: tuple[float, float, float]
    first_width_mm: float
    true_mm: float
    true_of_measured_mm: float


@dataclass(frozen=True)
class Judged:
    """What an update said of a course on the day of its scan, and what was true that day."""

    course: int
    answers: bool
    days_after_session: int
    chances: tuple[float, float, float]
    came: int
    action: str
    gained_percent: float


def run(*arguments: object) -> dict[str, Any]:
    """Run one command with --json and return its object; another exit than 0 ends the course."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            scarplan([*map(str, arguments), "--json"])
        except SystemExit as end:
            code = int(end.code or 0)
    if code:
        raise RuntimeError(f"scarplan {' '.join(map(str, arguments))} ended with {code}: {err.getvalue()[-600:]}")
    return json.loads(out.getvalue())


def template(name: str) -> str:
    """Return what `scarplan template NAME` prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        scarplan(["template", name])
    return out.getvalue()


def day(number: int) -> str:
    """Return the date of a day of the course."""
    return (FIRST_DAY + dt.timedelta(days=number)).isoformat()


def draw_sessions(plan: dict[str, Any], rng: np.random.Generator) -> tuple[Session, ...]:
    """Return the sessions as given: some skipped, late, with shorter needles or fewer passes."""
    zone, interval, now = plan["zones"][0], plan["interval_days"], 0
    given: list[Session] = []
    for number in range(plan["sessions"]):
        if number and number < plan["sessions"] - 1 and rng.random() < 0.2:
            now += interval
            continue
        now += int(rng.choice([0, 0, 3, 10, 21])) if number else 0
        length = zone["needle_length_mm"] if rng.random() < 0.7 else float(rng.choice([1.0, 1.25]))
        given.append(Session(now, length, zone["passes"] if rng.random() < 0.8 else 2))
        now += interval
    return tuple(given)


def clear_of(sessions: Sequence[Session], wished: int) -> int:
    """Return the day of a scan: the one wished for, or as much later as keeps it from skin that is swollen."""
    return max([wished, *(each.day + SWOLLEN for each in sessions if each.day <= wished)])


def follow(seed: int, folder: Path) -> tuple[list[Told], list[Judged]]:
    """Return what one hidden course shows."""
    rng = np.random.default_rng([seed, 31337])
    patient = draw_patient(seed)
    skin, whole, noise = draw_skin(patient), np.ones(len(patient.scars)), float(rng.uniform(0.005, 0.015))
    case = folder / "case"
    (folder / "patient.toml").write_text(_screened(template("patient")), "utf-8")
    run("screen", case, "--patient", folder / "patient.toml", "--date", day(BASELINE))
    found, places = _scan(patient, skin, whole, case, visit=0, on=BASELINE, noise_mm=noise)
    plan = run("plan", case)
    run("approve", case, "--name", "A", "--role", "dermatologist", "--date", day(APPROVAL))
    forecasts = {_BANDS[0]: run("forecast", case)}
    sessions = draw_sessions(plan, rng)
    judged, kept = [], 0
    for visit, wished in enumerate(FOLLOW_UPS, 1):
        on = clear_of(sessions, wished)
        for each in [each for each in sessions[kept:] if each.day < on]:
            _record(each, case, folder / "session.toml")
            kept += 1
        follow_up = folder / f"follow-up-{visit}"
        _scan(patient, skin, patient.left(sessions, on), follow_up, visit=visit, on=on, noise_mm=noise)
        update = run("update", case, "--scan", follow_up)
        forecasts[_BANDS[visit]] = update["forecast"]
        judged.append(_judge(update, patient, skin, sessions[:kept], on=on))
    later = true_depths(patient, skin, patient.left(sessions, LATER))
    return _told(seed, patient, found, places, forecasts, true_depths(patient, skin, whole), later), judged


def _screened(text: str) -> str:
    return text.replace('= "unknown"', '= "no"').replace("# skin_type = 3", "skin_type = 3")


def _scan(
    patient: Patient, skin: Skin, left: np.ndarray, case: Path, *, visit: int, on: int, noise_mm: float
) -> tuple[list[dict[str, Any]], np.ndarray]:
    heights, places = scan(patient, skin, left, visit=visit, noise_mm=noise_mm)
    file = case.parent / f"visit-{visit}.npy"
    np.save(file, heights)
    run("scan", file, case, *_WHERE, "--date", day(on))
    return run("scars", case)["scars"], places


def _record(session: Session, case: Path, file: Path) -> None:
    text = template("session").replace("date = 2026-03-09\n", f"date = {day(session.day)}\n", 1)
    text = text.replace("set_length_mm = 1.5", f"set_length_mm = {session.length_mm}")
    file.write_text(text.replace("passes = 4", f"passes = {session.passes}"), "utf-8")
    run("session", case, "add", file)


def _judge(update: dict[str, Any], patient: Patient, skin: Skin, given: Sequence[Session], *, on: int) -> Judged:
    track = update["on_track"]
    start = true_depths(patient, skin, np.ones(len(patient.scars)))
    now = true_depths(patient, skin, patient.left(given, on))
    mean = float(now.mean())
    came = 0 if mean < track["ahead_below_mm"] else 2 if mean > track["behind_above_mm"] else 1
    return Judged(
        course=patient.seed,
        answers=patient.answers,
        days_after_session=on - given[-1].day,
        chances=(track["ahead"], track["on"], track["behind"]),
        came=came,
        action=update["decision"]["action"],
        gained_percent=float(100 * (1 - now.sum() / start.sum())),
    )


def _told(
    seed: int,
    patient: Patient,
    found: Iterable[dict[str, Any]],
    places: np.ndarray,
    forecasts: dict[str, dict[str, Any]],
    start: np.ndarray,
    later: np.ndarray,
) -> list[Told]:
    told = []
    for row in found:
        away = np.hypot(*(places - (row["x_mm"], row["y_mm"])).T)
        number = int(np.argmin(away))
        if away[number] > _SAME_MM:
            continue
        first = _band(forecasts[_BANDS[0]], row["id"])
        for scans, forecast in forecasts.items():
            told.append(
                Told(
                    course=seed,
                    kind=patient.scars[number].kind,
                    scans=scans,
                    band_mm=_band(forecast, row["id"]),
                    first_width_mm=first[2] - first[0],
                    true_mm=float(later[number]),
                    true_of_measured_mm=float(row["depth_mm"] + later[number] - start[number]),
                )
            )
    return told


def _band(forecast: dict[str, Any], number: int) -> tuple[float, float, float]:
    depth = next(row["depth_mm"] for row in forecast["scars"] if row["id"] == number)
    low, middle, high = (float(np.interp(LATER, forecast["days"], depth[name])) for name in ("q05", "q50", "q95"))
    return low, middle, high


def print_bands(told: Sequence[Told]) -> None:
    """Print how often the bands hold the truth, their width, and how far the middle is off."""
    print(
        "| scars | scans | n | true depth inside 90 % | change inside | width um | of the first | middle off um | rms |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for kind in ("all", "rolling", "boxcar", "icepick"):
        for scans in _BANDS:
            rows = [row for row in told if row.scans == scans and kind in ("all", row.kind)]
            if not rows:
                continue
            low, middle, high = np.array([row.band_mm for row in rows]).T
            true, changed = (np.array([getattr(r, n) for r in rows]) for n in ("true_mm", "true_of_measured_mm"))
            inside, held = (np.mean((low <= figure) & (figure <= high)) for figure in (true, changed))
            ratio = np.median((high - low) / [row.first_width_mm for row in rows])
            off, rms = 1e3 * np.mean(middle - changed), 1e3 * np.sqrt(np.mean((middle - changed) ** 2))
            width = 1e3 * np.mean(high - low)
            figures = f"{inside:.2f} | {held:.2f} | {width:.0f} | {ratio:.2f} | {off:+.0f} | {rms:.0f}"
            print(f"| {kind} | {scans} | {len(rows)} | {figures} |")


def print_judged(judged: Sequence[Judged]) -> None:
    """Print how well ahead, on track and behind were foretold, and every decision."""
    came = np.eye(3)[[row.came for row in judged]]
    brier = np.mean(np.sum((np.array([row.chances for row in judged]) - came) ** 2, axis=1))
    plain = np.mean(np.sum((came.mean(axis=0) - came) ** 2, axis=1))
    print(f"ahead, on track, behind: Brier {brier:.3f} (0 to 2; always the share of courses: {plain:.3f})")
    for row in judged:
        who = "answers" if row.answers else "hardly answers"
        print(f"{row.course}: {who}, {row.gained_percent:.0f} % gained, {row.days_after_session} days: {row.action}")
    early = [row for row in judged if row.days_after_session < 91 and row.action != "wait"]
    print(f"judged before three months: {len(early)} of {len(judged)}")


def main() -> None:
    """Follow hidden courses and print what they show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep the case folders here")
    asked = parser.parse_args()
    told: list[Told] = []
    judged: list[Judged] = []
    start = time.process_time()
    for seed in range(asked.first, asked.first + asked.patients):
        folder = (asked.keep or Path(tempfile.gettempdir())) / f"hidden-course-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            bands, said = follow(seed, folder)
            told, judged = told + bands, judged + said
        except RuntimeError as fault:
            print(f"{seed}: {fault}")
        if asked.keep is None:
            shutil.rmtree(folder)
    print(f"{len({row.course for row in told})} courses, {time.process_time() - start:.0f} s of processor time")
    print_bands(told)
    print_judged(judged)


if __name__ == "__main__":
    main()
