"""Heal: from a setting and the days of its sessions to the course of a zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, DTypeLike, Float, Int

from scarplan.errors import BadInput
from scarplan.injury import AbstractInjury, DepthLayers, Dose, dermal_layers, needling_of
from scarplan.response.cascade import Debris
from scarplan.response.course import ZoneCourse
from scarplan.response.density import density_yield
from scarplan.response.draws import ResponseDraws
from scarplan.response.harms.course import harm_course
from scarplan.response.heat import contraction_course, edge_release, edge_share, energy_yield, heated_down_to_mm
from scarplan.response.integrate import Recorded, integrate
from scarplan.response.modifiers import adjunct_yield, kept_by_subcision
from scarplan.response.spread import spread_over_depth
from scarplan.response.steps import Steps, choose_steps
from scarplan.response.tether import kept_by_session
from scarplan.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from scarplan.devices import Device, EnergyDevice
    from scarplan.records.protocol import ZoneSetting

#: Sessions and days are padded to multiples of these, so that plans share one compiled program.
DAY_BLOCK = 32
_SESSION_BLOCK = 32
_LONGEST_DAYS = 20 * 366


def heal(
    setting: ZoneSetting,
    device: Device | EnergyDevice,
    *,
    session_days: Sequence[int],
    days: Sequence[int],
    draws: ResponseDraws,
    adjuncts: Sequence[str] = (),
    layers: DepthLayers | None = None,
    parts: int = 1,
    dtype: DTypeLike = "float64",
) -> ZoneCourse:
    """Return the course of one zone on `days` after sessions on `session_days` (whole days from the start).

    A maintenance session is a session. Subcision, if among `adjuncts`, is done at the first session. `layers` and
    `parts`, into which each step is cut, are for studying the numerical error. With `dtype` "float32" the layers are
    advanced in single precision, for screening many. Raises BadInput for days that are not whole or not in
    order, for an addition that the model does not know, for a length beyond the device, or for draws of another class.
    """
    return heal_injury(
        needling_of(setting, device),
        session_days=session_days,
        days=days,
        draws=draws,
        adjuncts=adjuncts,
        layers=layers,
        parts=parts,
        dtype=dtype,
    )


def heal_injury(
    injury: AbstractInjury,
    *,
    session_days: Sequence[int],
    days: Sequence[int],
    draws: ResponseDraws,
    adjuncts: Sequence[str] = (),
    layers: DepthLayers | None = None,
    parts: int = 1,
    dtype: DTypeLike = "float64",
) -> ZoneCourse:
    """Return the course after sessions of any way of injuring, as `heal` does: needles, RF needles, lasers, plasma.

    `injury.usual_injury(device, draws.needling)` is a session of an energy device whose setting nobody states.
    """
    return prepare_healing(injury, draws=draws, adjuncts=adjuncts, layers=layers).heal(
        session_days=session_days, days=days, parts=parts, dtype=dtype
    )


def prepare_healing(
    injury: AbstractInjury, *, draws: ResponseDraws, adjuncts: Sequence[str] = (), layers: DepthLayers | None = None
) -> PreparedHealing:
    """Return what a session does to tissue, worked out once for any number of schedules."""
    dose = _deliver(injury, draws, dermal_layers() if layers is None else layers)
    return PreparedHealing(
        injury=injury,
        draws=draws,
        dose=dose,
        factor=adjunct_yield(adjuncts, draws) * _correct_for_density(injury, draws, dose.density_per_mm2),
        subcision=kept_by_subcision(adjuncts, draws),
    )


@dataclass(frozen=True, eq=False)
class PreparedHealing:
    """What one session of an injury does to tissue; `heal` follows any schedule of such sessions."""

    injury: AbstractInjury
    draws: ResponseDraws
    dose: Dose
    factor: Float[Array, " draw"]
    subcision: Float[Array, " draw"]
    _sessions: dict[int, _Sessions] = field(default_factory=dict)

    def heal(
        self,
        *,
        session_days: Sequence[int],
        days: Sequence[int],
        parts: int = 1,
        dtype: DTypeLike = "float64",
        rows: int = DAY_BLOCK,
    ) -> ZoneCourse:
        """Return the course on `days` after sessions on `session_days`.

        Days are worked out in multiples of `rows`; for many courses on few days a small one saves time, and compiles
        its own program.
        """
        asked = lay_days(session_days, days, rows=rows, parts=parts)
        return _without_padding(self.trace(asked, parts=parts, dtype=dtype), len(days))

    def trace(self, asked: AskedDays, *, parts: int = 1, dtype: DTypeLike = "float64") -> ZoneCourse:
        """Return the course as `heal` does, in JAX arrays that can be differentiated and compiled as a whole.

        Days are padded: only those asked for of each array over days count.
        """
        recorded = _integrate(
            self.draws,
            self._made(asked.sessions),
            steps=asked.steps,
            rows=asked.days.size,
            parts=jnp.asarray(parts),
            dtype=dtype,
        )
        return _as_course(
            recorded,
            self.dose,
            self.draws,
            needle_length_mm=self.injury.length_mm,
            sessions=asked.sessions,
            days=asked.days,
        )

    def _made(self, sessions: Int[Array, " session"]) -> _Sessions:
        if sessions.size not in self._sessions:
            self._sessions[sessions.size] = _make_sessions(
                self.dose, self.draws, factor=self.factor, subcision=self.subcision, sessions=sessions
            )
        return self._sessions[sessions.size]


class AskedDays(eqx.Module):
    """Days of sessions and days asked for, padded, with the steps of a course over them: one program for all."""

    steps: Steps
    sessions: Int[Array, " session"]
    days: Int[Array, " t"]


def lay_days(session_days: Sequence[int], days: Sequence[int], *, rows: int = DAY_BLOCK, parts: int = 1) -> AskedDays:
    """Return the days of a course as `PreparedHealing.trace` takes them. Raises BadInput for days that cannot be."""
    sessions = _whole_days(session_days, what="session_days")
    wanted = _whole_days(days, what="days")
    if wanted.size == 0:
        raise BadInput(
            "no day was asked for",
            code="E-RESP-007",
            got="no days",
            allowed="one or more whole days",
            do="give days",
        )
    steps = choose_steps(sessions, wanted, rows=_padded_size(wanted.size, rows), parts=parts)
    return AskedDays(steps, jnp.asarray(_padded(sessions, _SESSION_BLOCK)), jnp.asarray(_padded(wanted, rows)))


class _Sessions(eqx.Module):
    """What a session does to tissue, and how fast it heals: the arguments of `integrate`."""

    dose: Dose
    debris: tuple[Debris, ...]
    rate: Float[Array, " draw"]
    start: Float[Array, "tissue draw 1"]
    kept: Float[Array, "session draw"]


# Several programs and not one: another precision, other layers or another device compile only some of them anew.


@eqx.filter_jit
def _deliver(injury: AbstractInjury, draws: ResponseDraws, layers: DepthLayers) -> Dose:
    return injury.deliver(layers, draws.needling)


@eqx.filter_jit
def _correct_for_density(
    injury: AbstractInjury, draws: ResponseDraws, density_per_mm2: Float[Array, " draw"]
) -> Float[Array, " draw"]:
    return density_yield(density_per_mm2, injury.outline(draws.needling), draws)


@eqx.filter_jit
def _make_sessions(
    dose: Dose,
    draws: ResponseDraws,
    *,
    factor: Float[Array, " draw"],
    subcision: Float[Array, " draw"],
    sessions: Int[Array, " session"],
) -> _Sessions:
    kept = jnp.broadcast_to(kept_by_session(dose, draws), (sessions.size, draws.count))
    yields = draws.yield_between_studies * draws.yield_between_patients * draws.patient_yield
    if draws.heat is not None:
        yields = yields * energy_yield(draws.heat, dose)
    return _Sessions(
        dose=dose,
        debris=_debris(dose, draws),
        rate=draws.synthesis_per_day * yields * factor,
        start=jnp.stack([draws.scar_collagen, jnp.ones_like(draws.scar_collagen)])[:, :, None],
        kept=kept.at[0].multiply(subcision),
    )


@eqx.filter_jit
def _integrate(
    draws: ResponseDraws, done: _Sessions, *, steps: Steps, rows: int, parts: Int[Array, ""], dtype: DTypeLike
) -> Recorded:
    recorded = integrate(
        draws,
        injured=done.dose.injured_fraction,
        debris=done.debris,
        rate=done.rate,
        start=done.start,
        kept=done.kept,
        steps=steps,
        rows=rows,
        parts=parts,
        dtype=dtype,
    )
    return jax.tree.map(lambda values: values.astype(float), recorded)


def _debris(dose: Dose, draws: ResponseDraws) -> tuple[Debris, ...]:
    """Return the clot of open channels, and heated tissue, which is cleared more slowly and holds no clot."""
    cold = dose.injured_fraction if draws.heat is None else dose.cold_fraction
    clot = Debris(
        clearing_per_day=draws.clot_clearance_per_day,
        signal_per_day=draws.signal_from_clot_per_day,
        arriving=spread_over_depth(cold, dose.edges_mm, draws.signal_reach_mm),
    )
    if draws.heat is None:
        return (clot,)
    heated = Debris(
        clearing_per_day=draws.heat.heated_clearance_per_day,
        signal_per_day=jnp.zeros_like(draws.signal_from_clot_per_day),
        arriving=spread_over_depth(dose.thermal_fraction, dose.edges_mm, draws.signal_reach_mm),
    )
    return clot, heated


@eqx.filter_jit
def _as_course(
    recorded: Recorded,
    dose: Dose,
    draws: ResponseDraws,
    *,
    needle_length_mm: Float[Array, ""],
    sessions: Int[Array, " session"],
    days: Int[Array, " t"],
) -> ZoneCourse:
    harms = harm_course(dose, draws.harms, needle_length_mm=needle_length_mm, session_days=sessions, days=days)
    layer_mm = draws.thickness_gain[:, None] * jnp.diff(dose.edges_mm)
    gained = jnp.moveaxis(recorded.surplus, 0, 2) * layer_mm[:, None, :]
    dermis = draws.needling.dermis_mm
    return ZoneCourse(
        days=days.astype(float),
        edges_mm=dose.edges_mm,
        surplus_mm=jnp.pad(jnp.cumsum(gained[0], axis=-1), ((0, 0), (0, 0), (1, 0))),
        surplus_normal_mm=_down_to(gained[1], dose.edges_mm, dermis),
        tether_release=recorded.release.T,
        heated_mm=heated_down_to_mm(dose),
        contraction=contraction_course(draws.heat, session_days=sessions, days=days, count=draws.count),
        edge_release=edge_release(draws.heat, dose, session_days=sessions, days=days),
        edge_share=edge_share(draws.heat, draws.count),
        deepening=draws.ageing_deepening_per_year[:, None] * days / DAYS_PER_YEAR,
        dermis_mm=dermis,
        lateral_sigma_mm=draws.lateral_smoothing_mm,
        tether_share=draws.tether_share_rolling,
        fibroblast_activity=recorded.fibroblasts.T,
        type_iii_share=recorded.type_iii_share.T,
        dose=dose,
        harms=harms,
    )


def _down_to(
    gained_mm: Float[Array, "draw t z"], edges_mm: Float[Array, " k"], depth_mm: Float[Array, " draw"]
) -> Float[Array, "draw t"]:
    share = jnp.clip((depth_mm[:, None] - edges_mm[:-1]) / jnp.diff(edges_mm), 0.0, 1.0)
    return jnp.sum(gained_mm * share[:, None, :], axis=-1)


def _without_padding(course: ZoneCourse, count: int) -> ZoneCourse:
    # NumPy slices: a JAX slice of every new length would be compiled anew.
    course = jax.tree.map(np.asarray, course)
    by_day = (
        "surplus_mm",
        "surplus_normal_mm",
        "tether_release",
        "contraction",
        "edge_release",
        "deepening",
        "fibroblast_activity",
        "type_iii_share",
    )

    def arrays(of: ZoneCourse) -> list[Any]:
        return [of.days, of.harms.erythema, of.harms.pigment_seen, *(getattr(of, name) for name in by_day)]

    cut = [course.days[:count], *(values[:, :count] for values in arrays(course)[1:])]
    return eqx.tree_at(arrays, course, cut)


def _padded(days: np.ndarray, block: int) -> np.ndarray:
    return np.pad(days, (0, _padded_size(days.size, block) - days.size), constant_values=-1)


def _padded_size(size: int, block: int = DAY_BLOCK) -> int:
    return block * max(1, -(-size // block))


def _whole_days(days: Sequence[int], *, what: str) -> np.ndarray:
    values = np.asarray(list(days), dtype=float)
    is_right = np.all(np.isfinite(values)) and np.all(values == np.round(values))
    if not is_right or np.any(values < 0) or np.any(values > _LONGEST_DAYS) or np.any(np.diff(values) <= 0):
        raise BadInput(
            f"{what} must be whole days in rising order",
            code="E-RESP-006",
            got=list(days),
            allowed=f"whole days from 0 to {_LONGEST_DAYS}, each later than the one before",
            do="round and sort them",
        )
    return values.astype(np.int64)
