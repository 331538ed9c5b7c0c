"""What adds to improvement besides the simulated course: names of effects, and which of them a row has.

Each effect is a quantity `calibration.<name>` with a normal prior, in points (percent of the baseline score). Each
instrument has an effect of its own around 0, with the prior `calibration.instrument`. What a scale calls a response is
an effect of the scale too, around 0, with a spread that the fit finds.
"""

from __future__ import annotations

from functools import cache

from scarplan.calibration.queries import ArmQuery, RowQuery, StudyQuery
from scarplan.evidence.library import quantities_of, quantity

#: Instruments that measure relief without a rater.
MEASURED = frozenset(("replica_roughness", "scar_volume_3d", "scar_depth_3d"))
#: Share of collagen that a biopsy finds more; the only quantity of the skin that the model has too.
COLLAGEN = "histology_collagen"
#: Instruments with an effect of their own; others get a fresh draw of the prior.
INSTRUMENTS = (
    "asas", "ecca", "five_point_improvement", "gais", "goodman_baron_qualitative", "goodman_baron_quantitative",
    "lipper_perez", "manchester_scar_scale", "patient_vas", "percent_improvement_rated", "quartile_improvement",
    "replica_roughness", "response_category", "scar_depth_3d", "scar_volume_3d", "unspecified_severity_score",
)  # fmt: skip
#: Scales on which responders were counted, with an effect of their own; others get a fresh draw.
RESPONSE_SCALES = (
    "goodman_baron_qualitative", "patient_vas", "percent_improvement_rated", "quartile_improvement",
    "response_category", "unspecified_severity_score",
)  # fmt: skip
_LASERS = frozenset(
    ("fractional_co2", "fractional_erbium_yag", "nonablative_fractional", "picosecond", "fractional_microplasma_rf")
)
_POINTS = "percentage points"
#: How far rated scores follow the simulated ones; like the spreads it is positive.
RATING_SLOPE = "rating_slope"
#: Spread between scales of what is called a response; it may be 0.
RESPONSE_SCALE_SD = "response_scale_sd"
_ON_SCALE = "response_on_"
_SPREADS = ("study_sd", "arm_sd", "cell_sd", "definition_sd", "patient_sd")


@cache
def effect_names() -> tuple[str, ...]:
    """Return the names of all effects, in the order of the columns of the design."""
    rows = quantities_of("calibration")
    named = [
        name.removeprefix("calibration.")
        for name, row in rows.items()
        if row.unit == _POINTS and row.prior is not None and row.prior.family == "normal"
    ]
    instruments = tuple(f"instrument_{name}" for name in INSTRUMENTS)
    scales = tuple(_ON_SCALE + name for name in RESPONSE_SCALES)
    return tuple(name for name in named if name != "instrument") + instruments + scales


def effect_prior(name: str) -> tuple[float, float]:
    """Return mean and sd of the prior of an effect, points; of a scale's, over all spreads that the prior allows."""
    if is_of_scale(name):
        return 0.0, half_normal_scale(RESPONSE_SCALE_SD)
    own = f"calibration.{name}"
    shared = name.startswith("instrument_") and own not in quantities_of("calibration")
    prior = quantity("calibration.instrument" if shared else own).prior
    if prior is None or prior.center is None or prior.spread is None:
        raise ValueError(f"effect {name} has no normal prior")
    return prior.center, prior.spread


def is_of_scale(name: str) -> bool:
    """Whether an effect is what one scale calls a response: its spread is a parameter of the fit."""
    return name.startswith(_ON_SCALE)


def half_normal_scale(name: str) -> float:
    """Return the scale of the half-normal prior of `calibration.<name>`."""
    prior = quantity(f"calibration.{name}").prior
    if prior is None or prior.family != "truncated_normal" or (prior.center, prior.low) != (0.0, 0.0):
        raise ValueError(f"calibration.{name} has no half-normal prior")
    return float(prior.spread or 0.0)


def spread_names() -> tuple[str, ...]:
    """Return the names of the spreads that are fitted."""
    return (*_SPREADS, RESPONSE_SCALE_SD)


def effects_of(row: RowQuery, arm: ArmQuery, adjuncts: frozenset[str], study: StudyQuery) -> dict[str, float]:
    """Return the effects of a row with their sign."""
    found: dict[str, float] = {}
    if row.instrument == COLLAGEN:
        # Points of collagen: what adds to a score is no share of them.
        return {f"instrument_{COLLAGEN}": 1.0}
    found["expectancy" if is_rated(row) else "instrument_rater"] = 1.0
    if arm.procedure != "microneedling":
        found[known_effect("procedure", arm.procedure)] = 1.0
    for adjunct in adjuncts:
        name = known_effect("adjunct", adjunct)
        found[name] = found.get(name, 0.0) + 1.0
    if row.rater == "blinded" or (row.rater is None and study.blinded is True):
        found["blinded"] = 1.0
    if row.rater == "patient":
        found["patient_rater"] = 1.0
    if row.group == "fraction":
        found["fraction_definition"] = 1.0
        found[f"threshold_{row.threshold or 'good'}"] = -1.0
        if row.instrument in RESPONSE_SCALES:
            found[_ON_SCALE + row.instrument] = 1.0
        if row.rater == "patient":
            found["patient_fraction"] = 1.0
    # How many patients reach a limit is told in words of its own, not in points of the scale.
    if row.group != "fraction" and f"instrument_{row.instrument}" in effect_names():
        found[f"instrument_{row.instrument}"] = 1.0
    kind = _effect_of_kind(row, arm, study)
    if kind is not None:
        found[kind] = 1.0
    return found


def is_rated(row: RowQuery) -> bool:
    """Whether a person judged, and not an instrument or a biopsy."""
    return row.rater != "instrument" and row.instrument not in MEASURED and row.instrument != COLLAGEN


def is_modelled_tissue(row: RowQuery, arm: ArmQuery, study: StudyQuery) -> bool:
    """Whether a row is about what the model says of tissue: collagen in scars after mechanical needles.

    The content before treatment is that of scars; skin that is only aged holds more.
    """
    of_scars = study.indication is None or study.indication.endswith("scars")
    return row.instrument == COLLAGEN and arm.procedure == "microneedling" and of_scars


def known_effect(family: str, name: str) -> str:
    """Return the effect of a procedure or addition; one that is not known gets that of the others."""
    effect = f"{family}_{name}"
    return effect if effect in effect_names() else f"{family}_other"


def _effect_of_kind(row: RowQuery, arm: ArmQuery, study: StudyQuery) -> str | None:
    kinds = row.scar_types or study.scar_types
    if len(kinds) != 1:
        return None
    way = "laser" if arm.procedure in _LASERS else "cross" if arm.procedure == "tca_cross" else "needling"
    name = f"kind_{way}_{kinds[0].replace('ice_pick', 'icepick')}"
    return name if name in effect_names() else None
