"""A course settled among the device's own steps: length and passes of each zone, between and below those offered.

The slope of what a setting is worth leads to the best point between the steps, zone by zone. Limits and goals are
shares of draws, which have no slope, and they tie zones together: so whole courses are walked over from there, and
from the course as it is, in all draws. A step moves one zone to a neighbouring setting, or several together; the walk
ends where no step is better. A course that breaks a limit is first led to where it keeps it. What keeps limits, or
spares harm, by doing next to nothing is no plan: the walk goes again without such courses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.planning.enough import say_too_little
from scarplan.planning.grid import Look, TriedCourse, TriedSetting, ZoneTarget, join_course
from scarplan.planning.prescribe import Setting
from scarplan.planning.reach import downtime_of_course
from scarplan.planning.relax import shortfall

# Sums of draws that are the same up to rounding do not differ in harm.
_SAME_HARM = 1e-9

#: A setting for each zone.
Settings = tuple[Setting, ...]


@dataclass(frozen=True)
class ZoneSteps:
    """What the device can be set to in one zone within what may be, both in rising order."""

    lengths_mm: tuple[float, ...]
    passes: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many settings there are."""
        return len(self.lengths_mm) * len(self.passes)

    def nearest(self, length_mm: float, passes: float) -> Setting:
        """Return the setting nearest to a point between the steps."""
        return Setting(
            min(self.lengths_mm, key=lambda one: abs(one - length_mm)),
            min(self.passes, key=lambda one: abs(one - passes)),
        )

    def moved(self, setting: Setting, lengths: int, passes: int) -> Setting | None:
        """Return the setting so many steps away; None where there is none."""
        place = self.lengths_mm.index(setting.needle_length_mm) + lengths, self.passes.index(setting.passes) + passes
        if not (0 <= place[0] < len(self.lengths_mm) and 0 <= place[1] < len(self.passes)):
            return None
        return Setting(self.lengths_mm[place[0]], self.passes[place[1]])


@dataclass(frozen=True, eq=False)
class Settled:
    """What came of settling a course.

    start, best   the course as it was, and the best that was found; the same where none is better
    is_taken      whether the best keeps all limits, and is better by a margin or the course as it was breaks some
    beside        number of a zone -> the settings one step from the best there, which were looked at
    gap           by how much the best of all neighbouring courses is better: 0 where the walk came to its end
    settings      how many settings there are in all zones; `looked_at` of them were followed in all draws
    slopes        values with slopes that were worked out
    left_out      a course that would be best but brings too little; `too_little` says why. None where there is none
    """

    start: TriedCourse
    best: TriedCourse
    is_taken: bool
    beside: Mapping[int, tuple[TriedSetting, ...]]
    gap: float
    settings: int
    looked_at: int
    slopes: int
    left_out: TriedCourse | None = None
    too_little: str | None = None

    @property
    def gain(self) -> float:
        """How much better the best is than the course as it was, percent of the present depth."""
        return self.start.price - self.best.price


def settle_course(
    start: TriedCourse,
    steps: Sequence[ZoneSteps],
    *,
    look: Look,
    led_to: Sequence[Setting],
    slopes: int,
    no_more_harm: bool,
    detectable_percent: float | None = None,
) -> Settled:
    """Return the best course among the device's steps, on the schedule and with the additions of `start`.

    `led_to` are the settings that the slopes led to in `slopes` values. With `no_more_harm` no course with more
    downtime, or more risk of darker patches, than `start` is looked for. `detectable_percent` is the change of the mean
    depth that two scans can tell from error: a course that brings less, or less than it weighs, is never the best.
    """
    walk = _Walk(start, steps, look, no_more_harm, detectable_percent)
    best, left_out = walk.best(tuple(led_to)), None
    too_little = None if best is start else walk.too_little(best)
    if too_little is not None:
        left_out, walk.only_enough = best, True
        best = walk.best(tuple(led_to))
    settings = tuple(row.setting for row in best.settings)
    is_worth_it = bool(start.broken) or start.price - best.price >= value_of("planning.margin_over_default")
    return Settled(
        start=start,
        best=best,
        is_taken=best is not start and not best.broken and is_worth_it,
        beside=walk.beside(settings),
        gap=walk.gap(settings),
        settings=sum(zone.count for zone in steps),
        looked_at=walk.looked_at,
        slopes=slopes,
        left_out=left_out,
        too_little=too_little,
    )


@dataclass(eq=False)
class _Walk:
    """Courses over the steps of all zones; every setting of a zone is followed once.

    With `only_enough` no course is gone to that brings too little; the start stays where it is.
    """

    start: TriedCourse
    steps: Sequence[ZoneSteps]
    look: Look
    no_more_harm: bool
    detectable_percent: float | None
    only_enough: bool = False
    _rows: dict[tuple[int, Setting], TriedSetting] = field(default_factory=dict)
    _courses: dict[Settings, TriedCourse] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, row in enumerate(self.start.settings):
            self._rows[number, row.setting] = row
        self._courses[tuple(row.setting for row in self.start.settings)] = self.start

    @property
    def looked_at(self) -> int:
        """How many settings of zones were followed, those of the start left out."""
        return len(self._rows) - len(self.start.settings)

    @property
    def _targets(self) -> list[ZoneTarget]:
        return [row.target for row in self.start.settings]

    def course(self, settings: Settings) -> TriedCourse:
        """Return the course of these settings, in all draws."""
        if settings not in self._courses:
            rows = [self._row(number, setting) for number, setting in enumerate(settings)]
            schedule, adjuncts = self.start.schedule, self.start.adjuncts
            self._courses[settings] = join_course(self._targets, rows, schedule, self.look, adjuncts=adjuncts)
        return self._courses[settings]

    def _row(self, number: int, setting: Setting) -> TriedSetting:
        if (number, setting) not in self._rows:
            found = self.look.try_setting(self._targets[number], setting, self.start.schedule)
            self._rows[number, setting] = found
        return self._rows[number, setting]

    def best(self, led_to: Settings) -> TriedCourse:
        """Return the best course that is come to from the start and from `led_to`; the start where none is better."""
        own = tuple(row.setting for row in self.start.settings)
        ends = [self.course(self.go(settings)) for settings in dict.fromkeys((own, led_to)) if self.may(settings)]
        found = min(ends, key=self.key)
        return found if self.key(found) < self.key(self.start) else self.start

    def too_little(self, course: TriedCourse) -> str | None:
        """Return why a course brings too little; None where it brings enough."""
        return say_too_little(course, detectable_percent=self.detectable_percent)

    def key(self, course: TriedCourse) -> tuple[float, float]:
        """Return what is least in the best course: what is missing to keep all limits, then its price."""
        missing = shortfall(course.outcome, course.schedule, course.broken) if course.broken else 0.0
        return missing, course.price

    def may(self, settings: Settings) -> bool:
        """Whether a course does no more harm than it may, and brings enough where that is asked."""
        course = self.course(settings)
        if self.only_enough and course is not self.start and self.too_little(course) is not None:
            return False
        return not self.no_more_harm or _no_more_harm(course, self.start)

    def go(self, settings: Settings) -> Settings:
        """Return where no step is better any more."""
        while True:
            better = min(self._around(settings), key=lambda one: self.key(self.course(one)), default=settings)
            if self.key(self.course(better)) >= self.key(self.course(settings)):
                return settings
            settings = better

    def gap(self, settings: Settings) -> float:
        """Return by how much a neighbouring course that may be, and keeps as many limits, is better."""
        here = self.key(self.course(settings))
        around = [self.key(self.course(one)) for one in self._around(settings)]
        return max([0.0, *(here[1] - price for missing, price in around if missing <= here[0])])

    def beside(self, settings: Settings) -> dict[int, tuple[TriedSetting, ...]]:
        """Return the settings one step away in length or in passes, zone by zone."""
        found = {}
        for number, setting in enumerate(settings):
            moves = [self.steps[number].moved(setting, *step) for step in _SINGLE]
            found[number] = tuple(self._row(number, one) for one in moves if one is not None)
        return found

    def _around(self, settings: Settings) -> list[Settings]:
        # Chances are steps themselves: where goals or harms are asked about, two steps may pass what one cannot.
        reach = 2 if self.look.goals or self.no_more_harm else 1
        far = range(-reach, reach + 1)
        moves = [(lengths, passes) for lengths in far for passes in far if (lengths, passes) != (0, 0)]
        found = [self._moved(settings, {number: step}) for number in range(len(settings)) for step in moves]
        # Harms are those of the worst zone: where several are alike, one alone cannot lessen them.
        found += [self._moved(settings, dict.fromkeys(range(len(settings)), step)) for step in _SINGLE]
        if reach == 2:
            pairs = permutations(range(len(settings)), 2)
            found += [self._moved(settings, {one: up, two: down}) for one, two in pairs for up, down in _AGAINST]
        return [one for one in dict.fromkeys(found) if one != settings and self.may(one)]

    def _moved(self, settings: Settings, moves: Mapping[int, tuple[int, int]]) -> Settings:
        """Return the settings with some zones moved; a zone that cannot be moved so far stays."""
        return tuple(
            (self.steps[number].moved(setting, *moves[number]) or setting) if number in moves else setting
            for number, setting in enumerate(settings)
        )


# One step of length, or of passes; and one zone stronger where another becomes gentler.
_SINGLE = ((-1, 0), (1, 0), (0, -1), (0, 1))
_AGAINST = tuple(product(((1, 0), (0, 1)), ((-1, 0), (0, -1))))


def _no_more_harm(course: TriedCourse, than: TriedCourse) -> bool:
    return bool(np.all(_harms(course) <= _harms(than) + _SAME_HARM))


def _harms(course: TriedCourse) -> np.ndarray:
    days = course.outcome.downtime_days
    downtime = math.inf if days is None else float(downtime_of_course(days, course.schedule).mean())
    return np.array([downtime, float(course.outcome.pigment_risk.mean())])
