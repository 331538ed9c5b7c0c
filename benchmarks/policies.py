"""Policies of going on or stopping, compared before use: virtual patients, sessions one by one, a reading before each.

Every patient answers by a draw that no policy but the oracle knows; every reading has errors of its own and errors that
come again. A course is worth what planning prices: percent of the depth left three months after its last session,
redness, risk of dark patches, sessions, and months (`planning.price_*`; lower is better). Regret is against the oracle,
the best number of sessions for this very patient. The program gives the usual number of sessions, waits three months,
reads, and goes by `course.policy`; what it reads earlier than that is kept and learned from, and decides nothing.

    uv run python benchmarks/policies.py --patients 24 --first 100 [--interval 28]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from courses import PLACE, Truth, draw_predictor, draw_reading, draw_truth, read_change

from scarplan.course.delivered import CourseSession
from scarplan.course.measured import FollowUp
from scarplan.course.own_response import OwnResponse, learn_response
from scarplan.course.policy import CourseState, decide, sessions_needed
from scarplan.evidence.library import value_of
from scarplan.planning.objective import ZoneOutcome, price_course, price_zone
from scarplan.planning.schedule import Schedule
from scarplan.records.protocol import ZoneSetting
from scarplan.units import DAYS_PER_MONTH

SETTING = ZoneSetting(zone=PLACE[0], needle_length_mm=1.5, channels_per_cm2=600.0, passes=4)
_DRAWS, _LEARNED, _SEED = 64, 128, 5
Days = tuple[int, ...]
#: Returns the change in mm below which a course counts as not worth another session, of a reading of all scars.
Detectable = Callable[[FollowUp], float]


def of_one_scar(reading: FollowUp) -> float:
    """Return the change of one scar that two scans can tell from error."""
    return 1.96 * float(np.nanmedian(reading.sd_mm))


def of_the_mean(reading: FollowUp) -> float:
    """Return the change of the mean of all scars that two scans can tell from error, as the program does."""
    return reading.detectable_mean_mm or 0.0


def of_nothing(reading: FollowUp) -> float:
    """Return 0: only the price of a session counts."""
    return 0.0


@dataclass(frozen=True)
class Rule:
    """What more sessions must bring: what can be told from error, their price, and the price of their time or not."""

    detectable: Detectable
    prices_time: bool


@dataclass(eq=False)
class Trial:
    """One virtual patient; what was worked out once is kept, so that every policy meets the same errors."""

    truth: Truth
    rolling: np.ndarray
    seed: int
    interval: int
    _worth: dict[Days, float] = field(default_factory=dict)
    _readings: dict[tuple[Days, int], FollowUp] = field(default_factory=dict)
    _learned: dict[tuple[Days, Days], OwnResponse] = field(default_factory=dict)
    _states: dict[tuple[Days, int], dict[int, np.ndarray]] = field(default_factory=dict)

    @property
    def most(self) -> int:
        """Number of sessions that one course may have."""
        return int(value_of("planning.sessions_most"))

    def worth(self, days: Days) -> float:
        """Return what a course with sessions on `days` is truly worth, percent of the present depth."""
        if days not in self._worth:
            judged = (days[-1] + int(value_of("planning.judge_after_days")),)
            left = self.truth.left(_sessions(days), judged)
            course = self.truth.predictor.course(self.truth.scores, _sessions(days), SETTING, judged, place=PLACE)
            red, dark = (np.asarray(each)[:1] for each in (course.harms.erythema_days, course.harms.pigment_risk))
            percent = 100.0 * float(left.mean() / self.truth.predictor.scars.depth_mm.mean())
            zone = price_zone(ZoneOutcome(left[None], red, dark), percent)
            plain = Schedule(len(days), self.interval)
            pause = value_of("planning.price_of_course_month") * (days[-1] - plain.last_day) / DAYS_PER_MONTH
            self._worth[days] = price_course([zone], [1.0], plain, ()) + pause
        return self._worth[days]

    def read(self, given: Days, day: int) -> FollowUp:
        """Return the reading of one day, with the sessions that were given before it."""
        if (given, day) not in self._readings:
            left = self.truth.left(_sessions(given), (day,))[0]
            again = draw_reading(np.random.default_rng([self.seed, 73]), self.rolling.size)
            rng = np.random.default_rng([self.seed, 79, day])
            present = self.truth.predictor.scars.depth_mm[0]
            self._readings[given, day] = read_change(left - present, day, again, rng)
        return self._readings[given, day]

    def state(self, given: Days, readings: tuple[FollowUp, ...], *, due: int, rule: Rule) -> CourseState:
        """Return what the program knows after the last reading."""
        day, predictor = readings[-1].day, self.truth.predictor
        if (given, day) not in self._states:
            own = learn_response(
                predictor, _sessions(given), readings, rolling=self.rolling, count=_LEARNED, seed=_SEED
            )
            start, allowed = max(given[-1] + self.interval, day), self.most - len(given)
            further = tuple(start + number * self.interval for number in range(allowed))
            last = further[-1] if further else given[-1]
            judged = (max(last + int(value_of("planning.judge_after_days")), day),)
            self._states[given, day] = {
                number: own.left(predictor, _sessions((*given, *further[:number])), judged)[:, 0].mean(axis=1)
                for number in range(allowed + 1)
            }
        return CourseState(
            day=day, last_session_day=given[-1], given=len(given), due=due, left_mm=self._states[given, day],
            present_mm=float(predictor.scars.depth_mm.mean()), detectable_mm=rule.detectable(readings[-1]), behind=0.0,
            interval_days=self.interval if rule.prices_time else 0,
        )  # fmt: skip


def go_by_program(rule: Rule) -> Callable[[Trial], Days]:
    """Return the policy of the program, with its own or another meaning of what is worth it."""

    def go(trial: Trial) -> Days:
        days: Days = (0,)
        due = int(value_of("planning.sessions_usual")) - 1
        readings: tuple[FollowUp, ...] = ()
        while True:
            early = days[-1] + trial.interval
            if due and early - days[-1] < value_of("course.no_judging_days"):
                readings = (*readings, trial.read(days, early))
                days, due = (*days, early), due - 1
                continue
            day = max(early, days[-1] + int(value_of("course.no_judging_days")))
            readings = (*readings, trial.read(days, day))
            decided = decide(trial.state(days, readings, due=due, rule=rule))
            if not decided.sessions:
                return days
            days, due = (*days, day), decided.sessions - 1

    return go


def go_without_waiting(rule: Rule) -> Callable[[Trial], Days]:
    """Return the policy that decides at every reading by the same rule."""

    def go(trial: Trial) -> Days:
        days: Days = (0,)
        readings: tuple[FollowUp, ...] = ()
        while len(days) < trial.most:
            day = days[-1] + trial.interval
            readings = (*readings, trial.read(days, day))
            if not sessions_needed(trial.state(days, readings, due=0, rule=rule)):
                break
            days = (*days, day)
        return days

    return go


def go_on_until_no_change(trial: Trial) -> Days:
    """Return the course that ends at the first reading whose mean did not change measurably since the one before."""
    days: Days = (0,)
    before = 0.0
    while len(days) < trial.most:
        day = days[-1] + trial.interval
        reading = trial.read(days, day)
        now = float(np.nanmean(reading.change_mm))
        if before - now < of_one_scar(reading):
            break
        days, before = (*days, day), now
    return days


def go_so_often(number: int) -> Callable[[Trial], Days]:
    """Return the policy of so many sessions whatever is read."""
    return lambda trial: tuple(place * trial.interval for place in range(number))


def go_by_truth(trial: Trial) -> Days:
    """Return the best number of sessions for this patient."""
    return min((go_so_often(number)(trial) for number in range(1, trial.most + 1)), key=trial.worth)


def make_trial(seed: int, interval: int) -> Trial:
    """Return one virtual patient."""
    rng = np.random.default_rng([seed, 71])
    predictor, rolling = draw_predictor(rng, _DRAWS)
    return Trial(draw_truth(predictor, rolling, seed, rng), rolling, seed, interval)


def _sessions(days: Days) -> tuple[CourseSession, ...]:
    return tuple(CourseSession(day, ((PLACE, SETTING),)) for day in days)


def main() -> None:
    """Print regret and sessions of each policy."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--patients", type=int, default=24)
    options.add_argument("--first", type=int, default=100)
    options.add_argument("--interval", type=int, default=28)
    asked = options.parse_args()
    usual, most = (int(value_of(f"planning.sessions_{name}")) for name in ("usual", "most"))
    policies: dict[str, Callable[[Trial], Days]] = {
        "program": go_by_program(Rule(of_the_mean, prices_time=True)),
        "program, time not priced": go_by_program(Rule(of_the_mean, prices_time=False)),
        "program, prices alone": go_by_program(Rule(of_nothing, prices_time=True)),
        "program, change of one scar": go_by_program(Rule(of_one_scar, prices_time=True)),
        "program without waiting": go_without_waiting(Rule(of_the_mean, prices_time=True)),
        "prices alone without waiting": go_without_waiting(Rule(of_nothing, prices_time=True)),
        f"{usual} sessions": go_so_often(usual),
        "until no measurable change": go_on_until_no_change,
        f"{most} sessions": go_so_often(most),
        "oracle": go_by_truth,
    }
    started = time.process_time()
    rows: dict[str, list[tuple[float, int, int]]] = {name: [] for name in policies}
    for seed in range(asked.first, asked.first + asked.patients):
        trial = make_trial(seed, asked.interval)
        best = go_by_truth(trial)
        for name, policy in policies.items():
            days = policy(trial)
            rows[name].append((trial.worth(days) - trial.worth(best), len(days), len(best)))
    print(f"{asked.patients} patients, sessions every {asked.interval} d, {time.process_time() - started:.0f} s CPU")
    rng = np.random.default_rng(0)
    for name, found in rows.items():
        regret, given, ideal = np.array(found).T
        means = rng.choice(regret, (4000, regret.size)).mean(axis=1)
        low, high = np.quantile(means, (0.05, 0.95))
        print(
            f"{name:46s} regret {regret.mean():5.2f} ({low:.2f}-{high:.2f}), worst {regret.max():5.2f}, sessions "
            f"{given.mean():.1f}, too few {np.mean(given < ideal):.2f}, too many {np.mean(given > ideal):.2f}"
        )


if __name__ == "__main__":
    main()
