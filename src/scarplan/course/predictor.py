"""What the model expects of the scars of a course, for draws given by their scores: by columns, session by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from scarplan.course.bridge import Bridge
from scarplan.course.coordinates import Coordinates
from scarplan.course.delivered import CourseSession, Given, HealAlike, heal_sessions, sessions_of
from scarplan.forecast.columns import residual_depth
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.scar_draws import Place, ScarDraws
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponseDraws, ZoneCourse, heal


@dataclass(frozen=True)
class CoursePredictor:
    """Predicts the scars of a course. `scanner` blurs what a follow-up would see; None for bare columns.

    `bridge` makes columns answer as surfaces do that are measured; without it they are bare columns.

    Draws are healed in blocks of as many as a forecast has, so that no program is compiled anew.
    """

    coordinates: Coordinates
    scars: ScarDraws
    scanner: ScannerModel | None = None
    adjuncts: tuple[str, ...] = ()
    bridge: Bridge | None = None

    def left(
        self, scores: Float[np.ndarray, "draw k"], sessions: Sequence[CourseSession], days: Sequence[int]
    ) -> Float[np.ndarray, "draw t s 2"]:
        """Return the visible depth left, mm, were a scar not tethered, and were it.

        `scars` with one draw stand for every draw; with more, `scores` has as many rows. Raises
        ValueError unless the rows are a multiple of the draws of a forecast.
        """
        count, places = len(scores), self._alike(sessions)
        left = np.empty((count, len(days), len(self.scars.ids), 2))
        left[:] = self.scars.depth_mm[:, None, :, None]  # what was never needled stays as it is
        for given, members in places.items():
            here = np.any([self.scars.is_in(*place) for place in members], axis=0)
            own = self.scars.pick(here)
            for block, course in self._courses(scores, given, days, setting=given[0][1]):
                for number in range(len(days)):
                    left[block, number, here] = self._left(course, own, here, block, number)
        return left

    def _left(
        self, course: ZoneCourse, own: ScarDraws, here: Bool[np.ndarray, " s"], block: slice, day_index: int
    ) -> Float[np.ndarray, "draw s 2"]:
        if self.bridge is not None:
            depth, width = own.depth_mm[0], own.width_mm[0]
            return depth[:, None] + self.bridge.change(course, depth, width, here, day_index=day_index)
        rows = slice(None) if own.depth_mm.shape[0] == 1 else block
        depth, width = own.depth_mm[rows], own.width_mm[rows]
        shape = block.stop - block.start, depth.shape[1]
        both = [residual_depth(course, depth, width, np.full(shape, held), day_index=day_index) for held in (0.0, 1.0)]
        return np.stack(both, axis=-1)

    def course(
        self,
        scores: Float[np.ndarray, "draw k"],
        sessions: Sequence[CourseSession],
        setting: ZoneSetting,
        days: Sequence[int],
        *,
        place: Place,
    ) -> ZoneCourse:
        """Return the course of one place, seen through the scanner; scores are as many as a forecast has draws.

        `setting` is what the place was to be given; a place that was never needled has a course all the same.
        """
        ((_, course),) = self._courses(scores, sessions_of(sessions, place), days, setting=setting)
        return course

    def _courses(
        self,
        scores: Float[np.ndarray, "draw k"],
        given: tuple[Given, ...],
        days: Sequence[int],
        *,
        setting: ZoneSetting,
    ) -> list[tuple[slice, ZoneCourse]]:
        healer, zone = self.coordinates.healer, setting.zone
        if len(scores) % healer.count:
            raise ValueError(f"{len(scores)} draws are not a multiple of {healer.count}")
        draws = jax.tree.map(np.asarray, self.coordinates.draws(zone, scores))
        found = []
        for start in range(0, len(scores), healer.count):
            block = slice(start, start + healer.count)
            # NumPy cuts the block: a JAX slice of every new place would be compiled.
            own = jax.tree.map(lambda values, block=block: jnp.asarray(values[block]), draws)
            run = self._healing(own, days)
            course = jax.tree.map(np.asarray, heal_sessions(given, run) if given else run(setting, ()))
            found.append((block, course if self.scanner is None else self.scanner.blur(course)))
        return found

    def _healing(self, draws: ResponseDraws, days: Sequence[int]) -> HealAlike:
        device = self.coordinates.healer.device

        def run(setting: ZoneSetting, session_days: tuple[int, ...]) -> ZoneCourse:
            return heal(setting, device, session_days=session_days, days=days, draws=draws, adjuncts=self.adjuncts)

        return run

    def _alike(self, sessions: Sequence[CourseSession]) -> dict[tuple[Given, ...], list[Place]]:
        """Return the sessions of every place, like places together; untreated ones left out."""
        found: dict[object, tuple[tuple[Given, ...], list[Place]]] = {}
        for place in self.scars.ids_by_place():
            given = sessions_of(sessions, place)
            if given:
                bare = tuple((day, *setting.model_dump(exclude={"zone"}).items()) for day, setting in given)
                skin = self.coordinates.healer.skin(given[0][1].zone)
                found.setdefault((skin, bare), (given, []))[1].append(place)
        return dict(found.values())
