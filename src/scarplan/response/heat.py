"""What heat and ablation do besides injuring: slower clearing, more collagen, contraction, and edges taken off.

    heated tissue     W_h += v_heated at a session; W_h' = -kW_h W_h; no clot, so it acts through inflammation alone
    collagen making   p (1 + (m - 1) h), m the yield of the class against needles, h the share injured by energy
    contraction       the heated wall of a scar shortens at once by g int_0^d v_heated dz, and lets go with a half-time
    edges             E *= exp(-q_e A) at a session, A the vaporised share of the surface; an edge does not come back

Needles neither heat nor vaporise: of their draws `heat` is None, and none of this enters their course.
"""

from __future__ import annotations

from dataclasses import fields

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from scarplan.devices import COMPARATOR_CLASSES
from scarplan.injury import Dose, Sampler

#: Kinds of scar whose share of depth held by its edge is told apart, in the order of `ZoneCourse.edge_share`.
EDGED_KINDS = ("rolling", "boxcar", "icepick")
_OF_CLASS = ("energy_yield", "contraction_per_heated")


class HeatDraws(eqx.Module):
    """Parameters of heat and ablation; every array is [draw]. Meaning and unit: quantities `response.<field>`.

    `energy_yield` and `contraction_per_heated` are those of the class of device: `response.<field>_<class>`.
    """

    heated_clearance_per_day: Float[Array, " draw"]
    contraction_per_heated: Float[Array, " draw"]
    contraction_half_days: Float[Array, " draw"]
    edge_removal_per_surface: Float[Array, " draw"]
    edge_share_rolling: Float[Array, " draw"]
    edge_share_boxcar: Float[Array, " draw"]
    edge_share_icepick: Float[Array, " draw"]
    energy_yield: Float[Array, " draw"]


def draw_heat(sampler: Sampler, *, device_class: str) -> HeatDraws | None:
    """Return draws for a class of energy device; None for needles."""
    if device_class not in COMPARATOR_CLASSES:
        return None
    # One stream for all classes: a patient who answers to one laser answers to another.
    of_class = {name: sampler.draw(f"response.{name}_{device_class}", stream=f"response.{name}") for name in _OF_CLASS}
    names = [field.name for field in fields(HeatDraws) if field.name not in _OF_CLASS]
    drawn = {name: sampler.draw(f"response.{name}") for name in names}
    return HeatDraws(**{name: jnp.asarray(values) for name, values in (drawn | of_class).items()})


def energy_yield(heat: HeatDraws, dose: Dose) -> Float[Array, " draw"]:
    """Return collagen making relative to needle channels: 1 where nothing is heated or vaporised, m where all is."""
    thickness = jnp.diff(dose.edges_mm)
    injured = jnp.sum(dose.injured_fraction * thickness, axis=-1)
    by_energy = jnp.sum((dose.thermal_fraction + dose.removed_fraction) * thickness, axis=-1)
    share = jnp.where(injured > 0.0, by_energy / jnp.where(injured > 0.0, injured, 1.0), 0.0)
    return 1.0 + (heat.energy_yield - 1.0) * share


def heated_down_to_mm(dose: Dose) -> Float[Array, "draw k"]:
    """Return the heated thickness above each edge of the layers, mm."""
    heated = dose.thermal_fraction * jnp.diff(dose.edges_mm)
    return jnp.pad(jnp.cumsum(heated, axis=-1), ((0, 0), (1, 0)))


def contraction_course(
    heat: HeatDraws | None, *, session_days: Int[Array, " session"], days: Int[Array, " t"], count: int
) -> Float[Array, "draw t"]:
    """Return by which share of the heated thickness walls are shortened on each day, before a session of that day.

    Sessions add up: each heats other places. Negative session days are no sessions.
    """
    if heat is None:
        return jnp.zeros((count, days.shape[0]))
    since, happened = _since(session_days, days)
    rate = jnp.log(2.0) / heat.contraction_half_days[:, None, None]
    return heat.contraction_per_heated[:, None] * jnp.sum(jnp.exp(-rate * since) * happened, axis=1)


def edge_release(
    heat: HeatDraws | None, dose: Dose, *, session_days: Int[Array, " session"], days: Int[Array, " t"]
) -> Float[Array, "draw t"]:
    """Return the share of the edges taken off, 0-1, on each day, before a session of that day."""
    if heat is None:
        return jnp.zeros((dose.density_per_mm2.shape[0], days.shape[0]))
    sessions = jnp.sum(_since(session_days, days)[1], axis=0)
    return -jnp.expm1(-(heat.edge_removal_per_surface * dose.removed_surface)[:, None] * sessions)


def edge_share(heat: HeatDraws | None, count: int) -> Float[Array, "draw kind"]:
    """Return the share of a scar's depth that its edge holds, by EDGED_KINDS; 0 for needles, which take no edge off."""
    if heat is None:
        return jnp.zeros((count, len(EDGED_KINDS)))
    return jnp.stack([getattr(heat, f"edge_share_{kind}") for kind in EDGED_KINDS], axis=-1)


def _since(
    session_days: Int[Array, " session"], days: Int[Array, " t"]
) -> tuple[Float[Array, "session t"], Float[Array, "session t"]]:
    since = (days[None, :] - session_days[:, None]).astype(float)
    happened = (since > 0.0) & (session_days >= 0)[:, None]
    return jnp.maximum(since, 0.0), happened.astype(float)
