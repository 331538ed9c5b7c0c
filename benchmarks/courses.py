"""Hidden courses: does the updated band hold the true later depth, and how much narrower is it?

Virtual patients whose response is a draw of the prior, with sessions skipped, late, or given shallower than planned,
and one or two follow-up scans with noise of their own and a level that all scars of a scan share. The update is told
what was measured and delivered, never the response.

    uv run python benchmarks/courses.py --patients 100 --first 9000
    uv run python benchmarks/courses.py --scans 4 --first 300
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scanned_courses import report_scanned
from scipy import stats

from scarplan.course.coordinates import coordinates_of
from scarplan.course.delivered import CourseSession
from scarplan.course.measured import FollowUp
from scarplan.course.own_response import OwnResponse, learn_response, typical_change
from scarplan.course.predictor import CoursePredictor
from scarplan.devices import device
from scarplan.evidence.library import value_of
from scarplan.examination import DEPRESSED_KINDS
from scarplan.forecast import ZoneHealer, measured_scars
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient

PLACE = ("cheek", "right")
#: Kinds of the scars, how often, and their least and greatest width and depth, mm.
KINDS = (
    ("rolling", 0.4, (2.0, 4.5), (0.15, 0.5)),
    ("boxcar", 0.4, (1.5, 3.5), (0.15, 0.6)),
    ("icepick", 0.2, (0.6, 1.5), (0.3, 0.9)),
)
_SEED = 5
_OF_TRUTH = 10_000


@dataclass(frozen=True)
class HiddenCourse:
    """A course whose response is known: what is told of it, and the true mean depth on the day that is foretold."""

    predictor: CoursePredictor
    sessions: tuple[CourseSession, ...]
    follow_ups: tuple[FollowUp, ...]
    rolling: np.ndarray
    later_day: int
    true_left_mm: np.ndarray


def make_course(seed: int, *, draws: int = 64, skip: bool = True) -> HiddenCourse:
    """Return the hidden course of one virtual patient."""
    rng = np.random.default_rng([seed, 71])
    predictor, rolling = draw_predictor(rng, draws)
    sessions = _draw_sessions(rng, skip=skip)
    last = sessions[-1].day
    days = (last, last + 90, last + 180)
    left = draw_truth(predictor, rolling, seed, rng).left(sessions, days)
    present = predictor.scars.depth_mm[0]
    reading = draw_reading(rng, rolling.size)
    follow_ups = tuple(read_change(left[n] - present, day, reading, rng) for n, day in enumerate(days[:2]))
    return HiddenCourse(predictor, sessions, follow_ups, rolling, days[2], left[2])


def update(course: HiddenCourse, *, scans: int, draws: int) -> OwnResponse:
    """Return the response after so many of the scans."""
    return learn_response(
        course.predictor, course.sessions, course.follow_ups[:scans], rolling=course.rolling, count=draws, seed=_SEED
    )


def later_mean(course: HiddenCourse, own: OwnResponse) -> np.ndarray:
    """Return the mean depth that is foretold, mm [draw]."""
    return own.left(course.predictor, course.sessions, (course.later_day,))[:, 0].mean(axis=1)


@dataclass(frozen=True, eq=False)
class Truth:
    """How one virtual patient answers: the scores of one draw, and of each scar whether it is tethered and departs."""

    predictor: CoursePredictor
    scores: np.ndarray
    rolling: np.ndarray
    tethered: np.ndarray
    departs: np.ndarray

    def left(self, sessions: Sequence[CourseSession], days: Sequence[int]) -> np.ndarray:
        """Return the true depth left [t s], mm."""
        both = self.predictor.left(self.scores, sessions, days)[:1]
        present = self.predictor.scars.depth_mm[:, None]
        typical = typical_change(both - present[..., None], self.rolling)[0]
        left = np.where(self.tethered, both[0, ..., 1], both[0, ..., 0])
        return np.maximum(left + self.departs * typical, 0.0)


def draw_truth(predictor: CoursePredictor, rolling: np.ndarray, seed: int, rng: np.random.Generator) -> Truth:
    """Return a patient whose response is a draw that the program does not know."""
    healer = predictor.coordinates.healer
    other = ZoneHealer(healer.device, healer.patient, healer.count, _OF_TRUTH + seed)
    score = coordinates_of(other, PLACE[0]).prior(healer.count)[:1]
    tethered = rng.random(rolling.size) < rolling
    unlike = rng.random(rolling.size) < value_of("course.unlike_scars_share")
    departs = np.where(unlike, 1.0, value_of("course.scar_departure_share")) * rng.standard_normal(rolling.size)
    kinds = np.array([DEPRESSED_KINDS.index(kind) for kind in predictor.scars.kinds])
    departs = departs + (value_of("course.kind_departure_share") * rng.standard_normal(len(DEPRESSED_KINDS)))[kinds]
    return Truth(predictor, np.repeat(score, healer.count, axis=0), rolling, tethered, departs)


def draw_predictor(rng: np.random.Generator, draws: int) -> tuple[CoursePredictor, np.ndarray]:
    """Return the scars of a patient as columns, and the chance of each of being a tethered one."""
    rows = _draw_rows(rng, int(rng.integers(8, 25)))
    patient = ResponsePatient(age_years=float(rng.uniform(20, 50)), skin_type=3, smoker=False)
    healer = ZoneHealer(device("skinpen"), patient, draws, _SEED)
    predictor = CoursePredictor(coordinates_of(healer, PLACE[0]), measured_scars(rows, count=1, seed=0))
    return predictor, np.array([row["kind_probability"]["rolling"] for row in rows])


def draw_reading(rng: np.random.Generator, count: int) -> tuple[float, float, np.ndarray]:
    """Return the errors of reading that come again at every scan: scale, level of the baseline, and of each scar."""
    scale = 1.0 + value_of("course.reading_scale_share") * rng.standard_normal()
    level = value_of("course.shared_error_mm") * rng.standard_normal()
    return scale, level, value_of("course.scar_reading_share") * rng.standard_normal(count)


def read_change(
    change_mm: np.ndarray, day: int, reading: tuple[float, float, np.ndarray], rng: np.random.Generator
) -> FollowUp:
    """Return what a scan on `day` tells of the true change, with errors of its own and those that come again."""
    sd = rng.uniform(0.01, 0.03, change_mm.size)
    scale, of_baseline, of_scars = reading
    level = of_baseline + value_of("course.shared_error_mm") * rng.standard_normal()
    told = scale * change_mm + of_scars * change_mm.mean() + level
    seen = told + sd * rng.standard_normal(change_mm.size)
    seen[rng.random(change_mm.size) < 0.1] = np.nan  # not covered, or cut by the edge
    return FollowUp(day, seen, sd)


def _draw_rows(rng: np.random.Generator, count: int) -> list[dict]:
    rows = []
    for number in range(1, count + 1):
        kind, _, width, depth = KINDS[rng.choice(len(KINDS), p=[share for _, share, *_ in KINDS])]
        sure = float(rng.uniform(0.6, 1.0))
        others = {name: (1.0 - sure) / (len(KINDS) - 1) for name, *_ in KINDS}
        rows.append(
            {
                "id": number, "kind": kind, "zone": PLACE[0], "side": PLACE[1], "depth_sd_mm": 0.015,
                "depth_mm": float(rng.uniform(*depth)), "width_mm": float(rng.uniform(*width)),
                "kind_probability": others | {kind: sure},
            }
        )  # fmt: skip
    return rows


def _draw_sessions(rng: np.random.Generator, *, skip: bool) -> tuple[CourseSession, ...]:
    """Return four sessions of which one may be skipped, some are late, and one may be shallower than planned."""
    planned = ZoneSetting(zone=PLACE[0], needle_length_mm=1.5, channels_per_cm2=600.0, passes=4)
    day, made = 0, []
    skipped = int(rng.integers(1, 6)) if skip else 99
    gentler = int(rng.integers(0, 8)) if skip else 99
    for number in range(4):
        if number != skipped:
            setting = (
                planned.model_copy(update={"needle_length_mm": 1.0, "passes": 3}) if number == gentler else planned
            )
            made.append(CourseSession(day, ((PLACE, setting),)))
        day += 28 + int(rng.integers(0, 15))
    return tuple(made)


def main() -> None:
    """Print coverage, narrowing and ranks."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=100)
    options.add_argument("--first", type=int, default=9000)
    options.add_argument("--draws", type=int, default=512)
    options.add_argument("--scans", type=int, default=0, help="so many courses of phantoms, scanned and compared")
    asked = options.parse_args()
    if asked.scans:
        report_scanned(asked.first, asked.scans)
        return
    found = []
    started = time.process_time()
    for seed in range(asked.first, asked.first + asked.patients):
        course = make_course(seed)
        true = course.true_left_mm.mean()
        for scans in (0, 1, 2):
            mean = later_mean(course, update(course, scans=scans, draws=asked.draws))
            low, high = np.quantile(mean, (0.05, 0.95))
            found.append((scans, low <= true <= high, high - low, float((mean < true).mean())))
    print(f"{asked.patients} courses, {time.process_time() - started:.0f} s CPU")
    widths = {scans: np.array([row[2] for row in found if row[0] == scans]) for scans in (0, 1, 2)}
    expected = stats.binom.ppf((0.025, 0.975), asked.patients, 0.9) / asked.patients
    for scans in (0, 1, 2):
        rows = [row for row in found if row[0] == scans]
        ranks = np.array([row[3] for row in rows])
        largest = np.max(np.abs(np.sort(ranks) - (np.arange(ranks.size) + 0.5) / ranks.size))
        print(
            f"{scans} scans: inside 90 % {np.mean([row[1] for row in rows]):.3f} (a right band, 95 of 100 times: "
            f"{expected[0]:.3f}-{expected[1]:.3f}), width of the first "
            f"{np.median(widths[scans] / widths[0]):.2f} (90 % of courses below "
            f"{np.quantile(widths[scans] / widths[0], 0.9):.2f}), ranks: mean {ranks.mean():.3f}, largest gap "
            f"{largest:.3f} (99 %: {1.63 / np.sqrt(ranks.size):.3f})"
        )


if __name__ == "__main__":
    main()
