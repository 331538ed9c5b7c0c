"""All harms of a course of one zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from scarplan.injury import Dose
from scarplan.response.harms.barrier import barrier_hours, closure_hours
from scarplan.response.harms.pigment import pigment_risk
from scarplan.response.harms.redness import days_visible, fading_course

if TYPE_CHECKING:
    from scarplan.response.harms.draws import HarmDraws


class HarmCourse(eqx.Module):
    """Harms of a course. Days and hours are after each session; arrays are [draw] unless said otherwise.

    erythema         redness relative to the peak after the reference session [draw t]; on a session day after it
    erythema_days    days of redness
    oedema_days      days of swelling
    downtime_days    days until light make-up covers the redness and swelling is gone
    barrier_hours    hours until the barrier counts as intact
    closure_hours    hours until the channels have closed
    pigment_risk     probability of new dark patches in the course
    pigment_half_weeks   half-time in which such patches fade, weeks
    """

    erythema: Float[Array, "draw t"]
    erythema_days: Float[Array, " draw"]
    oedema_days: Float[Array, " draw"]
    downtime_days: Float[Array, " draw"]
    barrier_hours: Float[Array, " draw"]
    closure_hours: Float[Array, " draw"]
    pigment_risk: Float[Array, " draw"]
    pigment_half_weeks: Float[Array, " draw"]


def harm_course(
    dose: Dose,
    draws: HarmDraws,
    *,
    needle_length_mm: Float[Array, ""],
    session_days: Int[Array, " session"],
    days: Int[Array, " t"],
) -> HarmCourse:
    """Return the harms of sessions on `session_days` (negative: no session), seen on `days`."""
    sessions = jnp.sum(session_days >= 0)
    treated = sessions > 0
    peak = injured_volume_mm(dose) / draws.reference_injury_mm * treated
    clearing = draws.redness_clearing_per_day
    redness = days_visible(peak, seen_share=draws.redness_seen_share, clearing_per_day=clearing)
    social = days_visible(peak, seen_share=draws.redness_social_share, clearing_per_day=clearing)
    swelling = days_visible(
        peak, seen_share=draws.swelling_seen_share, clearing_per_day=draws.swelling_clearing_per_day
    )
    erythema = fading_course(
        peak,
        clearing_per_day=clearing,
        session_days=session_days.astype(float),
        days=days.astype(float),
    )
    return HarmCourse(
        erythema=erythema,
        erythema_days=redness,
        oedema_days=swelling,
        downtime_days=jnp.maximum(social, swelling),
        barrier_hours=barrier_hours(dose, draws) * treated,
        closure_hours=closure_hours(needle_length_mm, dose, draws) * treated,
        pigment_risk=pigment_risk(needle_length_mm, sessions, dose, draws),
        pigment_half_weeks=draws.pigment_clearing_half_weeks,
    )


def injured_volume_mm(dose: Dose) -> Float[Array, " draw"]:
    """Return the injured volume of dermis per area, mm: the injured fraction summed over depth."""
    return jnp.sum(dose.injured_fraction * jnp.diff(dose.edges_mm), axis=-1)
