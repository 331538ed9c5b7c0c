"""The uncertain parameters of healing, drawn from their priors.

Two levels: `study` (one setting of care against another; trials disagree far beyond chance) and `patient`. One
draw holds one value of each. A quantity's draws depend on the seed, its name and the number of the draw alone, so
every protocol, device and patient is compared on the same draws (common random numbers).
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.errors import BadInput
from scarplan.injury import NeedlingDraws, Sampler, draw_needling
from scarplan.response.harms.draws import HarmDraws, draw_harms
from scarplan.response.heat import HeatDraws, draw_heat
from scarplan.response.modifiers import patient_yield
from scarplan.response.patient import ResponsePatient

if TYPE_CHECKING:
    from scarplan.anatomy import SkinLayers


class ResponseDraws(eqx.Module):
    """Parameters of the course model; every array is [draw]. Meaning and unit: quantities `response.<field>`.

    `heat` is None for needles.
    """

    clot_clearance_per_day: Float[Array, " draw"]
    inflammation_clearance_per_day: Float[Array, " draw"]
    signal_clearance_per_day: Float[Array, " draw"]
    signal_from_clot_per_day: Float[Array, " draw"]
    signal_from_inflammation_per_day: Float[Array, " draw"]
    signal_reach_mm: Float[Array, " draw"]
    signal_half_activation: Float[Array, " draw"]
    fibroblast_activation_per_day: Float[Array, " draw"]
    fibroblast_loss_per_day: Float[Array, " draw"]
    synthesis_per_day: Float[Array, " draw"]
    thickness_gain: Float[Array, " draw"]
    type_iii_share: Float[Array, " draw"]
    type_iii_to_i_half_days: Float[Array, " draw"]
    cross_linking_half_days: Float[Array, " draw"]
    immature_loss_half_days: Float[Array, " draw"]
    mature_loss_half_years: Float[Array, " draw"]
    ageing_loss_per_year: Float[Array, " draw"]
    ageing_deepening_per_year: Float[Array, " draw"]
    reference_outline_mm: Float[Array, " draw"]
    destroyed_share: Float[Array, " draw"]
    fragment_removal_per_day: Float[Array, " draw"]
    collagen_ceiling: Float[Array, " draw"]
    scar_collagen: Float[Array, " draw"]
    surface_lag_days: Float[Array, " draw"]
    tether_release_per_injury: Float[Array, " draw"]
    tether_depth_mm: Float[Array, " draw"]
    tether_share_rolling: Float[Array, " draw"]
    lateral_smoothing_mm: Float[Array, " draw"]
    yield_between_studies: Float[Array, " draw"]
    yield_between_patients: Float[Array, " draw"]
    adjunct_prp_yield: Float[Array, " draw"]
    adjunct_topical_yield: Float[Array, " draw"]
    adjunct_other_yield: Float[Array, " draw"]
    adjunct_subcision_release: Float[Array, " draw"]
    patient_yield: Float[Array, " draw"]
    needling: NeedlingDraws
    harms: HarmDraws
    heat: HeatDraws | None = None

    @property
    def count(self) -> int:
        """Number of draws."""
        return self.synthesis_per_day.shape[0]


_COMPOSED = ("patient_yield", "needling", "harms", "heat")
#: What the published trials tell of: drawn from `response_fit.<field>`, what the calibration left of the prior.
FITTED = ("yield_between_studies", "surface_lag_days", "tether_release_per_injury")


def draw_parameters(
    count: int, *, seed: int, device_class: str, layers: SkinLayers, patient: ResponsePatient, fitted: bool = True
) -> ResponseDraws:
    """Return `count` draws for a class of device, the skin layers of a zone, and a patient.

    FITTED are drawn as the trials left them, or, without `fitted`, as they were before any trial was looked at. The
    first draws are the same whatever `count`. Raises BadInput for a class of device that is not modelled.
    """
    if count < 1 or seed < 0:
        raise BadInput(
            "parameters cannot be drawn",
            code="E-RESP-005",
            got=f"{count} draws, seed {seed}",
            allowed="at least 1 draw, and a seed of 0 or more",
            do="ask for more draws, or give another seed",
        )
    return draw_with(Sampler(count, seed), device_class=device_class, layers=layers, patient=patient, fitted=fitted)


def central_parameters(*, device_class: str, layers: SkinLayers, patient: ResponsePatient) -> ResponseDraws:
    """Return one draw that holds the value of every quantity: the starting values, without any spread."""
    sampler = Sampler(1, 0, central=True)
    return draw_with(sampler, device_class=device_class, layers=layers, patient=patient, fitted=False)


def draw_with(
    sampler: Sampler, *, device_class: str, layers: SkinLayers, patient: ResponsePatient, fitted: bool = True
) -> ResponseDraws:
    """Return the draws of `draw_parameters` from a sampler: with its own streams, or with scores in their place."""
    names = [field.name for field in fields(ResponseDraws) if field.name not in _COMPOSED]
    rooms = {name: "response_fit" if fitted and name in FITTED else "response" for name in names}
    return ResponseDraws(
        **{
            name: jnp.asarray(sampler.draw(f"{room}.{name}", stream=f"response.{name}")) for name, room in rooms.items()
        },
        patient_yield=jnp.asarray(patient_yield(sampler, patient)),
        needling=draw_needling(sampler, device_class=device_class, layers=layers),
        harms=draw_harms(sampler, patient, device_class=device_class),
        heat=draw_heat(sampler, device_class=device_class),
    )
