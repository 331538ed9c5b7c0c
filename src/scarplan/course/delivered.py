"""The sessions of a course as they were given, or are still planned, and the course of a zone that had them.

A zone may get another setting at a later session. The engine heals sessions of one setting, so a course of several is
put together from runs of like sessions, each as what it adds to the sessions before it, had they all been like it:

    G = G(1; first run) + sum over later runs of G(r; up to the end of the run) - G(r; up to its beginning)

Exact where all sessions are alike. Settings differ by tenths of a millimetre or a pass, so the difference of two
answers to the earlier sessions is small beside either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import equinox as eqx
import jax
import numpy as np

from scarplan.forecast.scar_draws import Place
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ZoneCourse

#: Heals sessions of one setting: setting, days of the sessions -> course.
HealAlike: TypeAlias = Callable[[ZoneSetting, tuple[int, ...]], ZoneCourse]
#: A session of one place: its day and what the skin was given there.
Given: TypeAlias = tuple[int, ZoneSetting]


@dataclass(frozen=True)
class CourseSession:
    """One session: its day from the first one on, and what each zone and side was given; others were left out.

    `planned` is True for a session that is still to come.
    """

    day: int
    settings: tuple[tuple[Place, ZoneSetting], ...]
    planned: bool = False

    def setting_of(self, place: Place) -> ZoneSetting | None:
        """Return what a zone and side was given, None where it was left out."""
        return dict(self.settings).get(place)


def sessions_of(sessions: Sequence[CourseSession], place: Place) -> tuple[Given, ...]:
    """Return the sessions that one place had, in the order of their days."""
    found = [(each.day, each.setting_of(place)) for each in sorted(sessions, key=lambda each: each.day)]
    return tuple((day, setting) for day, setting in found if setting is not None)


def heal_sessions(given: Sequence[Given], heal: HealAlike) -> ZoneCourse:
    """Return the course of a place with these sessions, one or more."""
    runs = [(setting, tuple(day for day, _ in run)) for setting, run in groupby(given, key=lambda row: row[1])]
    setting, before = runs[0]
    course = heal(setting, before)
    for setting, days in runs[1:]:
        course = _add(course, heal(setting, (*before, *days)), heal(setting, before))
        before = (*before, *days)
    return course


def _add(course: ZoneCourse, after: ZoneCourse, before: ZoneCourse) -> ZoneCourse:
    """Return `course` with what the sessions that `after` has more than `before` add; harms are those of the worse."""

    def parts(of: ZoneCourse) -> tuple[object, ...]:
        return (of.surplus_mm, of.surplus_normal_mm, of.tether_release)

    bound = np.maximum(1.0 - np.asarray(before.tether_release), np.finfo(float).tiny)
    kept = (1.0 - np.asarray(course.tether_release)) * (1.0 - np.asarray(after.tether_release)) / bound
    joined = eqx.tree_at(
        parts,
        course,
        (
            np.asarray(course.surplus_mm) + np.asarray(after.surplus_mm) - np.asarray(before.surplus_mm),
            np.asarray(course.surplus_normal_mm)
            + np.asarray(after.surplus_normal_mm)
            - np.asarray(before.surplus_normal_mm),
            np.clip(1.0 - kept, 0.0, 1.0),
        ),
    )
    worse = jax.tree.map(np.maximum, joined.harms, after.harms)
    return eqx.tree_at(lambda of: of.harms, joined, worse)
