"""The headline of a forecast in many draws: depth left when it is judged, and the risk of dark patches, by columns.

More draws than the forecast itself has tell apart what it hangs on. They are healed in blocks of as many draws as the
forecast has, so that no program is compiled anew, and the first block is the forecast's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from scarplan.forecast.columns import edge_shares, residual_depth
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.outcomes import make_timetable, zone_setting
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.scar_draws import Place, ScarDraws
from scarplan.records.plan import Plan
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponseDraws, ZoneCourse, heal


@dataclass(frozen=True, eq=False)
class Headline:
    """Visible depth left of each scar on each day asked for [draw t s], mm, and the risk of dark patches [draw].

    `pigment_risk` is that of the zone where a draw has the highest.
    """

    days: tuple[int, ...]
    left_mm: Float[np.ndarray, "draw t s"]
    pigment_risk: Float[np.ndarray, " draw"]

    def on_day(self, day: int) -> Float[np.ndarray, "draw s"]:
        """Return the depth left on one of `days`."""
        return self.left_mm[:, self.days.index(day)]


@dataclass(frozen=True)
class Follower:
    """Follows scars through plans by columns, in as many draws as the scars have.

    `scanner` blurs what a follow-up would see, `depth_sd_mm` is its error in the depth of each scar [s]; None for both
    without a scan.
    """

    healer: ZoneHealer
    scars: ScarDraws
    scanner: ScannerModel | None = None
    depth_sd_mm: Float[np.ndarray, " s"] | None = None

    @property
    def count(self) -> int:
        """Number of draws."""
        return self.scars.depth_mm.shape[0]

    @property
    def mean_error_mm(self) -> float:
        """The scanner's error in the mean depth of the scars, mm; each scar is read with an error of its own."""
        if self.depth_sd_mm is None:
            raise ValueError("without a scan no depth was read")
        return float(np.sqrt(np.sum(self.depth_sd_mm**2)) / self.depth_sd_mm.size)

    def figure(self, left_mm: Float[np.ndarray, "draw s"]) -> Float[np.ndarray, " draw"]:
        """Return the figure that a forecast is about: mean depth left, mm; without a scan the change in percent."""
        if self.depth_sd_mm is None:
            return 100.0 * (self.scars.share_left(left_mm) - 1.0)
        return left_mm.mean(axis=1)

    def first_draws(self, count: int) -> Follower:
        """Return the same with the first `count` draws alone."""
        few = {name: getattr(self.scars, name)[:count] for name in ("depth_mm", "width_mm", "tethered", "present")}
        return replace(self, scars=replace(self.scars, **few))

    def typical_scar(self) -> Follower:
        """Return the same for one scar alone: of the main zone, the one of middle depth."""
        here = np.flatnonzero([zone == self.main_zone() for zone, _ in self.scars.places])
        order = here[np.argsort(self.scars.depth_mm[:, here].mean(axis=0), kind="stable")]
        chosen = np.arange(len(self.scars.ids)) == order[len(order) // 2]
        sd = None if self.depth_sd_mm is None else self.depth_sd_mm[chosen]
        return replace(self, scars=self.scars.pick(chosen), depth_sd_mm=sd)

    def follow(self, plan: Plan, *, days: Sequence[int] = (), adjuncts: Sequence[str] = ()) -> Headline:
        """Return the headline of `plan` on `days`, by default the day on which it is judged."""
        table = make_timetable(plan)
        wanted = tuple(days) or (table.judge_day,)

        def setting(zone: str | None, side: str | None) -> ZoneSetting:
            found = zone_setting(plan, zone, side)
            if found is None:
                raise ValueError(f"there is no setting for {(zone, side)}")
            return found

        additions = tuple(dict.fromkeys((*plan.adjuncts, *adjuncts)))
        return self.follow_settings(setting, session_days=table.session_days, days=wanted, adjuncts=additions)

    def follow_settings(
        self,
        setting: Callable[[str | None, str | None], ZoneSetting],
        *,
        session_days: Sequence[int],
        days: Sequence[int],
        adjuncts: Sequence[str] = (),
    ) -> Headline:
        """Return the headline of sessions on `session_days` with the setting of each zone and side."""
        left = np.empty((self.count, len(days), self.scars.depth_mm.shape[1]))
        risks: dict[tuple[object, ...], Float[np.ndarray, " draw"]] = {}
        for settings, places in self._settings(setting).items():
            here = np.any([self.scars.is_in(*place) for place in places], axis=0)
            scars = self.scars.pick(here)
            risk = np.empty(self.count)
            for block, course in self._courses(settings, session_days=session_days, days=days, adjuncts=adjuncts):
                left[block, :, here] = self._left(course, scars, block, len(days))
                risk[block] = course.harms.pigment_risk
            risks[(settings.zone, settings.needle_length_mm, settings.passes)] = risk
        return Headline(tuple(days), left, np.max(list(risks.values()), axis=0))

    def draws_of(self, zone: str) -> ResponseDraws:
        """Return the draws of a zone, as many as the scars have; NumPy arrays."""
        return jax.tree.map(np.asarray, self.healer.draw(zone, count=self.count))

    def main_zone(self) -> str:
        """Return the zone that holds most of the scars, the first in order among equals."""
        weights = {
            zone: float(self.scars.expected[self.scars.is_in(zone, side)].sum())
            for zone, side in sorted(self.scars.ids_by_place(), key=str)
            if zone is not None
        }
        return max(weights, key=lambda zone: weights[zone])

    def _settings(self, setting: Callable[[str | None, str | None], ZoneSetting]) -> dict[ZoneSetting, list[Place]]:
        """Return every setting with the places that have it; zones of the same skin and setting count as one."""
        found: dict[tuple[object, ...], tuple[ZoneSetting, list[Place]]] = {}
        for place in self.scars.ids_by_place():
            own = setting(*place)
            alike = (self.healer.skin(own.zone), *own.model_dump(exclude={"zone"}).items())
            found.setdefault(alike, (own, []))[1].append(place)
        return dict(found.values())

    def _courses(
        self, setting: ZoneSetting, *, session_days: Sequence[int], days: Sequence[int], adjuncts: Sequence[str]
    ) -> Iterator[tuple[slice, ZoneCourse]]:
        for block, own in self._blocks(setting.zone):
            course = heal(
                setting, self.healer.device, session_days=session_days, days=days, draws=own, adjuncts=adjuncts
            )
            seen = course if self.scanner is None else self.scanner.blur(course)
            yield block, jax.tree.map(np.asarray, seen)

    def _blocks(self, zone: str) -> Iterator[tuple[slice, ResponseDraws]]:
        if self.count == self.healer.count:
            yield slice(None), self.healer.draw(zone, count=self.count)
            return
        draws = self.draws_of(zone)
        for start in range(0, self.count, self.healer.count):
            block = slice(start, start + self.healer.count)
            # NumPy cuts the block: a JAX slice of every new place would be compiled.
            yield block, jax.tree.map(lambda values, block=block: jnp.asarray(values[block]), draws)

    def _left(self, course: ZoneCourse, scars: ScarDraws, block: slice, days: int) -> Float[np.ndarray, "draw t s"]:
        edged = edge_shares(course, scars.kinds)
        parts = (scars.depth_mm[block], scars.width_mm[block], scars.tethered[block])
        return np.stack([residual_depth(course, *parts, day_index=n, edged=edged) for n in range(days)], axis=1)
