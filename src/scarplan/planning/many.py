"""Many settings of many zones followed at once: one schedule, few draws, single precision.

Draws do not touch each other, so candidates are laid side by side along the draws: one compiled program heals eight
candidates. All of them see the same draws (common random numbers), some of those of the forecast.
Subcision needs no course of its own. The tethers that are left only scale, and the surface follows in proportion:

    release with subcision = s (1 - exp(-t / lag)) + (1 - s) release,   s the share that subcision frees, t from day 0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from scarplan.devices import Device, EnergyDevice
from scarplan.forecast.columns import residual_depth
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.parallel import in_parallel
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.injury import MechanicalNeedling, needling_of
from scarplan.planning.grid import FEW_DAYS
from scarplan.planning.objective import ZoneOutcome
from scarplan.records.protocol import ZoneSetting
from scarplan.response import PreparedHealing, ResponseDraws, ZoneCourse, prepare_healing

#: Draws of a candidate: enough to order plans on common random numbers; the picked plan gets all of the forecast's.
DRAWS = 32
# Candidates in one program: the layers of 256 draws fit the cache of one core, and few places stay empty.
_SIDE_BY_SIDE = 8
#: Fields of a course that residual depths are read from, each [draw ...].
_READ = (
    "surplus_mm",
    "surplus_normal_mm",
    "tether_release",
    "heated_mm",
    "contraction",
    "edge_release",
    "edge_share",
    "deepening",
    "dermis_mm",
    "lateral_sigma_mm",
    "tether_share",
)


@dataclass(frozen=True)
class Candidate:
    """One setting of one zone, with platelet-rich plasma or without, in a scenario by name."""

    setting: ZoneSetting
    with_prp: bool = False
    scenario: str = ""


@dataclass(frozen=True, eq=False)
class FollowedCandidate:
    """What a candidate does, in `DRAWS` draws: its course, and what subcision would free besides."""

    course: ZoneCourse
    erythema_days: Float[np.ndarray, " draw"]
    downtime_days: Float[np.ndarray, " draw"]
    pigment_risk: Float[np.ndarray, " draw"]
    freed_by_subcision: Float[np.ndarray, " draw"]
    surface_lag_days: Float[np.ndarray, " draw"]

    def outcome(self, scars: ScarDraws, *, with_subcision: bool) -> ZoneOutcome:
        """Return the outcome for `scars`, which hold as many draws, on every day of the course."""
        course = self.course
        if with_subcision:
            shown = -np.expm1(-np.asarray(course.days) / self.surface_lag_days[:, None])
            freed = self.freed_by_subcision[:, None]
            course = replace(course, tether_release=freed * shown + (1.0 - freed) * course.tether_release)
        left = [
            residual_depth(course, scars.depth_mm, scars.width_mm, scars.tethered, day_index=index)
            for index in range(len(course.days))
        ]
        return ZoneOutcome(
            residual_mm=np.stack(left, axis=1),
            erythema_days=self.erythema_days,
            pigment_risk=self.pigment_risk,
            downtime_days=self.downtime_days,
        )


def choose_draws(figures: Sequence[Float[np.ndarray, " draw"]]) -> Int[np.ndarray, " few"]:
    """Return `DRAWS` of the draws of a course that stand for all of them: `figures` are what it does in each.

    The draws are put in order of the first figure and cut into as many strata; of each the one is taken that keeps the
    running means of all figures nearest to those of all draws. So few draws tell nearly what all tell of that course,
    and of its neighbours, which see the same draws.
    """
    count = len(figures[0])
    if count <= DRAWS:
        return np.arange(count)
    table = np.stack(figures, axis=1)
    spread = table.std(axis=0)
    table = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    owed, chosen = np.zeros(table.shape[1]), []
    for stratum in np.array_split(np.argsort(table[:, 0], kind="stable"), DRAWS):
        # What this stratum should add to the sum is its own mean; the rest was left over by those before.
        wanted = owed + table[stratum].mean(axis=0)
        best = int(stratum[np.argmin(np.linalg.norm(table[stratum] - wanted, axis=1))])
        owed = wanted - table[best]
        chosen.append(best)
    return np.array(sorted(chosen))


def pick_draws(scars: ScarDraws, rows: Int[np.ndarray, " few"]) -> ScarDraws:
    """Return the scars in some of their draws."""
    few = {name: getattr(scars, name)[rows] for name in ("depth_mm", "width_mm", "tethered", "present")}
    return replace(scars, **few)


@dataclass(eq=False)
class ManyCourses:
    """Candidates laid side by side once, then followed on any schedule.

    `rows` are numbers among the healer's draws. `draw` returns all draws of a candidate where they are not those of the
    healer: the draws of its scenario.
    """

    healer: ZoneHealer
    rows: Int[np.ndarray, " few"]
    draw: Callable[[Candidate], ResponseDraws] | None = None
    _own: dict[tuple[object, ...], ResponseDraws] = field(default_factory=dict)
    _groups: dict[tuple[Candidate, ...], _Group] = field(default_factory=dict)

    def follow(
        self, candidates: Iterable[Candidate], session_days: Sequence[int], days: Sequence[int]
    ) -> Mapping[Candidate, FollowedCandidate]:
        """Return what each candidate does after sessions on `session_days`, on `days`, in the draws `rows`."""
        alike: dict[tuple[object, ...], list[Candidate]] = {}
        for candidate in dict.fromkeys(candidates):
            alike.setdefault(_same_skin(candidate, self.healer), []).append(candidate)
        firsts = [names[0] for names in alike.values()]
        cuts = [tuple(firsts[start : start + _SIDE_BY_SIDE]) for start in range(0, len(firsts), _SIDE_BY_SIDE)]
        for names in cuts:
            if names not in self._groups:
                self._groups[names] = self._lay(names)
        groups = [self._groups[names] for names in cuts]
        followed = in_parallel(lambda group: group.follow(session_days, days), groups)
        each = [one for group in followed for one in group]
        return {name: one for names, one in zip(alike.values(), each, strict=True) for name in names}

    def _draws_of(self, candidate: Candidate) -> ResponseDraws:
        key = self.healer.skin(candidate.setting.zone), candidate.with_prp, candidate.scenario
        if key not in self._own:
            zone = candidate.setting.zone
            every = self.draw(candidate) if self.draw else self.healer.draw(zone, count=self.healer.count)
            few = jax.tree.map(lambda values: np.asarray(values)[self.rows], every)
            if not candidate.with_prp:
                few = eqx.tree_at(lambda draws: draws.adjunct_prp_yield, few, np.ones(len(self.rows)))
            self._own[key] = few
        return self._own[key]

    def _lay(self, group: Sequence[Candidate]) -> _Group:
        # The last group is filled up with its last candidate, so that the program is the same.
        full = [*group, *([group[-1]] * (_SIDE_BY_SIDE - len(group)))]
        draws = lay_side_by_side([self._draws_of(candidate) for candidate in full])
        count = len(self.rows)
        injury = lay_injuries([candidate.setting for candidate in full], needling_device(self.healer), count=count)
        # Plasma is a factor of one in the draws of candidates without it.
        return _Group(prepare_healing(injury, draws=draws, adjuncts=("prp",)), size=len(group), count=count)


def needling_device(healer: ZoneHealer) -> Device:
    """Return the device of a course of needling. Raises TypeError for one that heats or vaporises."""
    if isinstance(healer.device, EnergyDevice):
        raise TypeError("courses of needling are followed")
    return healer.device


def _same_skin(candidate: Candidate, healer: ZoneHealer) -> tuple[object, ...]:
    settings = tuple(candidate.setting.model_dump(exclude={"zone"}).items())
    return healer.skin(candidate.setting.zone), settings, candidate.with_prp, candidate.scenario


@dataclass(frozen=True, eq=False)
class _Group:
    """Candidates side by side, `count` draws each; the first `size` of them were asked for."""

    healing: PreparedHealing
    size: int
    count: int

    def follow(self, session_days: Sequence[int], days: Sequence[int]) -> list[FollowedCandidate]:
        course = self.healing.heal(session_days=session_days, days=days, dtype="float32", rows=FEW_DAYS)
        draws = self.healing.draws
        return [_cut(course, draws, slice(n * self.count, (n + 1) * self.count)) for n in range(self.size)]


def lay_side_by_side(draws: Sequence[ResponseDraws]) -> ResponseDraws:
    """Return several sets of draws as one, in their order."""
    return jax.tree.map(lambda *parts: jnp.asarray(np.concatenate([np.asarray(part) for part in parts])), *draws)


def lay_injuries(settings: Sequence[ZoneSetting], device: Device, *, count: int) -> MechanicalNeedling:
    """Return one way of needling whose length and density differ from one set of `count` draws to the next."""
    each = [needling_of(setting, device) for setting in settings]

    def along(name: str) -> Float[jax.Array, " draw"]:
        return jnp.asarray(np.repeat([float(getattr(injury, name)) for injury in each], count))

    return MechanicalNeedling(
        length_mm=along("length_mm"),
        density_per_mm2=along("density_per_mm2"),
        needle_diameter_mm=along("needle_diameter_mm"),
        glides=along("glides"),
    )


def _cut(course: ZoneCourse, draws: ResponseDraws, part: slice) -> FollowedCandidate:
    harms = course.harms
    return FollowedCandidate(
        course=replace(course, **{name: np.asarray(getattr(course, name))[part] for name in _READ}),
        erythema_days=np.asarray(harms.erythema_days)[part],
        downtime_days=np.asarray(harms.downtime_days)[part],
        pigment_risk=np.asarray(harms.pigment_risk)[part],
        freed_by_subcision=np.asarray(draws.adjunct_subcision_release)[part],
        surface_lag_days=np.asarray(draws.surface_lag_days)[part],
    )
