"""Many settings of many zones followed at once: one schedule, few draws, single precision.

Draws do not touch each other, so candidates are laid side by side along the draws: one compiled program heals sixteen
candidates. All of them see the same draws (common random numbers), some of those of the forecast.
Subcision needs no course of its own. The tethers that are left only scale, and the surface follows in proportion:

    release with subcision = s (1 - exp(-t / lag)) + (1 - s) release,   s the share that subcision frees, t from day 0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
from scarplan.planning.objective import ZoneOutcome
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponseDraws, ZoneCourse, heal_injury

#: Draws of a candidate: enough to order plans on common random numbers; the picked plan gets all of the forecast's.
DRAWS = 32
# Candidates in one program: the layers of 512 draws still fit the cache of one core.
_SIDE_BY_SIDE = 16
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


def follow_many(
    candidates: Iterable[Candidate],
    session_days: Sequence[int],
    days: Sequence[int],
    *,
    healer: ZoneHealer,
    rows: Int[np.ndarray, " few"],
    draw: Callable[[Candidate], ResponseDraws] | None = None,
) -> Mapping[Candidate, FollowedCandidate]:
    """Return what each candidate does after sessions on `session_days`, on `days`, in the draws `rows` of the healer's.

    `draw` returns all draws of a candidate where they are not those of the healer: the draws of its scenario.
    """
    own: dict[tuple[object, ...], ResponseDraws] = {}

    def draws_of(candidate: Candidate) -> ResponseDraws:
        key = healer.skin(candidate.setting.zone), candidate.with_prp, candidate.scenario
        if key not in own:
            every = draw(candidate) if draw else healer.draw(candidate.setting.zone, count=healer.count)
            few = jax.tree.map(lambda values: np.asarray(values)[rows], every)
            if not candidate.with_prp:
                few = eqx.tree_at(lambda draws: draws.adjunct_prp_yield, few, np.ones(len(rows)))
            own[key] = few
        return own[key]

    alike: dict[tuple[object, ...], list[Candidate]] = {}
    for candidate in dict.fromkeys(candidates):
        alike.setdefault(_same_skin(candidate, healer), []).append(candidate)
    firsts = [names[0] for names in alike.values()]
    groups = [firsts[start : start + _SIDE_BY_SIDE] for start in range(0, len(firsts), _SIDE_BY_SIDE)]
    laid = [(group, [draws_of(candidate) for candidate in group]) for group in groups]
    followed = in_parallel(lambda pair: _follow_group(*pair, session_days, days, device=needling_device(healer)), laid)
    each = [one for group in followed for one in group]
    return {name: one for names, one in zip(alike.values(), each, strict=True) for name in names}


def needling_device(healer: ZoneHealer) -> Device:
    """Return the device of a course of needling. Raises TypeError for one that heats or vaporises."""
    if isinstance(healer.device, EnergyDevice):
        raise TypeError("courses of needling are followed")
    return healer.device


def _same_skin(candidate: Candidate, healer: ZoneHealer) -> tuple[object, ...]:
    settings = tuple(candidate.setting.model_dump(exclude={"zone"}).items())
    return healer.skin(candidate.setting.zone), settings, candidate.with_prp, candidate.scenario


def _follow_group(
    group: Sequence[Candidate],
    own: Sequence[ResponseDraws],
    session_days: Sequence[int],
    days: Sequence[int],
    *,
    device: Device,
) -> list[FollowedCandidate]:
    # The last group is filled up with its last candidate, so that the program is the same.
    missing, count = _SIDE_BY_SIDE - len(group), own[0].count
    draws = lay_side_by_side([*own, *([own[-1]] * missing)])
    course = heal_injury(
        lay_injuries([candidate.setting for candidate in (*group, *([group[-1]] * missing))], device, count=count),
        session_days=session_days,
        days=days,
        draws=draws,
        adjuncts=("prp",),  # a factor of one in the draws of candidates without it
        dtype="float32",
    )
    return [_cut(course, draws, slice(n * count, (n + 1) * count)) for n in range(len(group))]


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
