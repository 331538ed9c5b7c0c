"""The uncertain parameters of harms, drawn from their priors."""

from __future__ import annotations

from dataclasses import fields

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.evidence.library import value_of
from scarplan.injury import Sampler
from scarplan.injury.priors import Draws
from scarplan.response.harms.heat import HeatHarmDraws, draw_heat_harms
from scarplan.response.patient import ResponsePatient

#: Skin type that the pigment risk is counted from.
BASE_SKIN_TYPE = 4


class HarmDraws(eqx.Module):
    """Parameters of harms; every field is an array [draw]. Meaning and unit: quantities `harms.<field>`.

    `heat` is None for needles.
    """

    redness_clearing_per_day: Float[Array, " draw"]
    redness_seen_share: Float[Array, " draw"]
    redness_social_share: Float[Array, " draw"]
    swelling_clearing_per_day: Float[Array, " draw"]
    swelling_seen_share: Float[Array, " draw"]
    barrier_half_hours_shallow: Float[Array, " draw"]
    barrier_half_hours_per_mm: Float[Array, " draw"]
    barrier_density_per_cm2: Float[Array, " draw"]
    barrier_intact_share: Float[Array, " draw"]
    closure_hours_at_zero: Float[Array, " draw"]
    closure_hours_per_mm: Float[Array, " draw"]
    pigment_log_odds: Float[Array, " draw"]
    pigment_between_studies: Float[Array, " draw"]
    pigment_per_skin_type: Float[Array, " draw"]
    pigment_per_log_density: Float[Array, " draw"]
    pigment_per_log_length: Float[Array, " draw"]
    pigment_reference_sessions: Float[Array, " draw"]
    pigment_clearing_half_weeks: Float[Array, " draw"]
    reference_injury_mm: Float[Array, " draw"]
    reference_needle_length_mm: Float[Array, " draw"]
    reference_channels_per_cm2: Float[Array, " draw"]
    pigment_per_log_injury: Float[Array, " draw"]
    pigment_dermal_share: Float[Array, " draw"]
    pigment_dermal_half_weeks: Float[Array, " draw"]
    pain_vas: Float[Array, " draw"]
    pain_per_mm: Float[Array, " draw"]
    pain_saved_by_cream: Float[Array, " draw"]
    pain_hours: Float[Array, " draw"]
    infection_per_session: Float[Array, " draw"]
    infection_reference_hours: Float[Array, " draw"]
    keloid_factor: Float[Array, " draw"]
    pigment_sun: Float[Array, " draw"]
    skin_types_above_base: Float[Array, " draw"]
    heat: HeatHarmDraws | None = None


_COMPOSED = ("pigment_sun", "skin_types_above_base", "keloid_factor", "heat")


def draw_harms(sampler: Sampler, patient: ResponsePatient, *, device_class: str) -> HarmDraws:
    """Return draws for a patient; an unknown skin type, amount of sun or keloid history is taken as the stricter."""
    names = [field.name for field in fields(HarmDraws) if field.name not in _COMPOSED]
    skin_type = value_of("harms.strictest_skin_type") if patient.skin_type is None else patient.skin_type
    keloid = np.ones(sampler.count) if patient.keloid is False else sampler.draw("harms.keloid_factor")
    return HarmDraws(
        **{name: jnp.asarray(sampler.draw(f"harms.{name}")) for name in names},
        keloid_factor=jnp.asarray(keloid),
        heat=draw_heat_harms(sampler, device_class=device_class),
        pigment_sun=jnp.asarray(_sun_effect(sampler, patient)),
        skin_types_above_base=jnp.asarray(np.full(sampler.count, float(skin_type - BASE_SKIN_TYPE))),
    )


def _sun_effect(sampler: Sampler, patient: ResponsePatient) -> Draws:
    if patient.sun == "usual":
        return np.zeros(sampler.count)
    if patient.sun == "low":
        return sampler.draw("harms.pigment_sun_low")
    return sampler.draw("harms.pigment_sun_high")
