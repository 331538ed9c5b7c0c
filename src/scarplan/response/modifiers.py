"""What changes how much collagen a patient makes: age, smoking, additions. Neutral modifiers are exactly 1.

A(age) = 1 up to 29 years, falling in a straight line to the value at 80 years, constant beyond
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.injury import Sampler
from scarplan.injury.priors import Draws
from scarplan.response.patient import ResponsePatient

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws

#: Additions that the model knows. Those in `_UNMODELLED` are neutral in the mean, with a wide spread.
_TOPICAL = ("vitamin_c", "tretinoin")
_UNMODELLED = (
    "insulin",
    "hyaluronic_acid",
    "tca_peel",
    "tca_cross",
    "glycolic_acid_peel",
    "exosome",
    "polylactic_acid",
    "nonablative_fractional",
)
ADJUNCTS = ("prp", "subcision", *_TOPICAL, *_UNMODELLED)


def age_yield(sampler: Sampler, age_years: float | None) -> Draws:
    """Return collagen making relative to a young adult; an unknown age is drawn."""
    age = sampler.draw("response.unknown_age_years") if age_years is None else np.full(sampler.count, age_years)
    young, old = value_of("response.youngest_full_yield_age_years"), value_of("response.oldest_yield_age_years")
    share = np.clip((age - young) / (old - young), 0.0, 1.0)
    return 1.0 - share * (1.0 - sampler.draw("response.oldest_yield"))


def smoking_yield(sampler: Sampler, smoker: bool | None) -> Draws:
    """Return collagen making relative to a non-smoker; unknown smoking is drawn."""
    if smoker is False:
        return np.ones(sampler.count)
    smokers = sampler.draw("response.smoker_yield")
    if smoker is True:
        return smokers
    share = value_of("response.unknown_smoker_share")
    if sampler.central:
        return 1.0 - share * (1.0 - smokers)
    return np.where(sampler.uniform("response.unknown_smoker") < share, smokers, 1.0)


def patient_yield(sampler: Sampler, patient: ResponsePatient) -> Draws:
    """Return the product of the modifiers of age and smoking."""
    return age_yield(sampler, patient.age_years) * smoking_yield(sampler, patient.smoker)


def adjunct_yield(adjuncts: Sequence[str], draws: ResponseDraws) -> Float[Array, " draw"]:
    """Return the factor on collagen making of all additions together; exactly 1 without any.

    Raises BadInput for an addition that the model does not know.
    """
    check_adjuncts(adjuncts)
    factor = jnp.ones_like(draws.synthesis_per_day)
    if "prp" in adjuncts:
        factor = factor * draws.adjunct_prp_yield
    if any(name in _TOPICAL for name in adjuncts):
        factor = factor * draws.adjunct_topical_yield
    if any(name in _UNMODELLED for name in adjuncts):
        factor = factor * draws.adjunct_other_yield
    return factor


def check_adjuncts(adjuncts: Sequence[str]) -> None:
    """Raise BadInput unless the model knows every addition."""
    unknown = [name for name in adjuncts if name not in ADJUNCTS]
    if unknown:
        raise BadInput(
            "an addition to needling is not known to the model",
            code="E-RESP-004",
            got=", ".join(unknown),
            allowed=", ".join(ADJUNCTS),
            do="leave it out, or use the nearest one",
        )


def kept_by_subcision(adjuncts: Sequence[str], draws: ResponseDraws) -> Float[Array, " draw"]:
    """Return the share of a rolling scar's tethers that subcision leaves; exactly 1 without it."""
    if "subcision" not in adjuncts:
        return jnp.ones_like(draws.adjunct_subcision_release)
    return 1.0 - draws.adjunct_subcision_release
