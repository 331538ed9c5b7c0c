"""All harms of a course of one zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from scarplan.injury import Dose
from scarplan.response.harms.barrier import barrier_hours, closure_hours
from scarplan.response.harms.pain import pain_of_session
from scarplan.response.harms.pigment import pigment_risk, pigment_seen
from scarplan.response.harms.rare import infection_risk, scarring_index
from scarplan.response.harms.redness import days_visible, days_visible_together, fading_course

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
    pigment_seen     probability that such patches are there [draw t]; on a session day just before it
    crust_days       days of crusts; 0 where the surface stays whole
    pain_vas         pain during a session with numbing cream, 0-10
    pain_vas_without_cream   the same without it
    pain_hours       hours of soreness after a session
    infection_risk   probability of an infection of the skin in the course
    scarring_index   index 0-1 of scars by the treatment itself, rows of small scars among them; no probability
    """

    erythema: Float[Array, "draw t"]
    erythema_days: Float[Array, " draw"]
    oedema_days: Float[Array, " draw"]
    downtime_days: Float[Array, " draw"]
    barrier_hours: Float[Array, " draw"]
    closure_hours: Float[Array, " draw"]
    pigment_risk: Float[Array, " draw"]
    pigment_half_weeks: Float[Array, " draw"]
    pigment_seen: Float[Array, "draw t"]
    crust_days: Float[Array, " draw"]
    pain_vas: Float[Array, " draw"]
    pain_vas_without_cream: Float[Array, " draw"]
    pain_hours: Float[Array, " draw"]
    infection_risk: Float[Array, " draw"]
    scarring_index: Float[Array, " draw"]


def harm_course(
    dose: Dose,
    draws: HarmDraws,
    *,
    needle_length_mm: Float[Array, "*draw"],
    session_days: Int[Array, " session"],
    days: Int[Array, " t"],
) -> HarmCourse:
    """Return the harms of sessions on `session_days` (negative: no session), seen on `days`."""
    sessions = jnp.sum(session_days >= 0)
    treated = sessions > 0
    peak = injured_volume_mm(dose) / draws.reference_injury_mm * treated
    redness = _Redness(peak, dose, draws, treated)
    swelling = days_visible(
        peak, seen_share=draws.swelling_seen_share, clearing_per_day=draws.swelling_clearing_per_day
    )
    crusts = jnp.zeros_like(swelling)
    if draws.heat is not None:
        crusts = jnp.where(dose.removed_surface > 0.0, draws.heat.crust_days, 0.0) * treated
    open_hours = barrier_hours(dose, draws) * treated
    risk = pigment_risk(needle_length_mm, sessions, dose, draws)
    pain, plain_pain = pain_of_session(needle_length_mm, dose, draws)
    return HarmCourse(
        erythema=redness.course(session_days=session_days.astype(float), days=days.astype(float)),
        erythema_days=redness.days(draws.redness_seen_share),
        oedema_days=swelling,
        downtime_days=jnp.maximum(jnp.maximum(redness.days(draws.redness_social_share), swelling), crusts),
        barrier_hours=open_hours,
        closure_hours=closure_hours(needle_length_mm, dose, draws) * treated,
        pigment_risk=risk,
        pigment_half_weeks=draws.pigment_clearing_half_weeks,
        pigment_seen=pigment_seen(risk, draws, session_days=session_days, days=days),
        crust_days=crusts,
        pain_vas=pain * treated,
        pain_vas_without_cream=plain_pain * treated,
        pain_hours=jnp.where(pain > 0.0, draws.pain_hours, 0.0) * treated,
        infection_risk=infection_risk(open_hours, sessions, draws),
        scarring_index=scarring_index(dose, draws) * treated,
    )


class _Redness:
    """Redness of one session: one fading sign of needles, two where some of the injury is heated or vaporised."""

    def __init__(self, peak: Float[Array, " draw"], dose: Dose, draws: HarmDraws, treated: Array) -> None:
        self._rates: tuple[Float[Array, " draw"], ...] = (draws.redness_clearing_per_day,)
        self._peaks: tuple[Float[Array, " draw"], ...] = (peak,)
        if draws.heat is not None:
            slow = dose.thermal_fraction + dose.removed_fraction
            slow_peak = jnp.sum(slow * jnp.diff(dose.edges_mm), axis=-1) / draws.reference_injury_mm * treated
            self._rates = (*self._rates, draws.heat.redness_clearing_per_day)
            self._peaks = (jnp.maximum(peak - slow_peak, 0.0), slow_peak)

    def days(self, seen_share: Float[Array, " draw"]) -> Float[Array, " draw"]:
        if len(self._peaks) == 1:
            return days_visible(self._peaks[0], seen_share=seen_share, clearing_per_day=self._rates[0])
        return days_visible_together(
            (self._peaks[0], self._peaks[1]),
            seen_share=seen_share,
            clearing_per_day=(self._rates[0], self._rates[1]),
        )

    def course(self, *, session_days: Float[Array, " session"], days: Float[Array, " t"]) -> Float[Array, "draw t"]:
        parts = [
            fading_course(peak, clearing_per_day=rate, session_days=session_days, days=days)
            for peak, rate in zip(self._peaks, self._rates, strict=True)
        ]
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def injured_volume_mm(dose: Dose) -> Float[Array, " draw"]:
    """Return the injured volume of dermis per area, mm: the injured fraction summed over depth."""
    return jnp.sum(dose.injured_fraction * jnp.diff(dose.edges_mm), axis=-1)
