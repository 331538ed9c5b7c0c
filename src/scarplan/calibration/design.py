"""The design: rows of queries as arrays that the model of the fit, and predictions, are computed from.

Improvement of a row = slope * simulated improvement (a quadratic in what is uncertain, read off the emulator) + effects
+ random effects of study, arm and cell; the slope is 1 where an instrument measured. One latent improvement feeds
percent rows and shares of responders alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.calibration.effects import COLLAGEN, effect_names, effects_of, is_rated
from scarplan.calibration.emulator import NEEDLES, Emulator, mean_reach, shares_of_kinds
from scarplan.calibration.queries import ArmQuery, Queries, RowQuery, StudyQuery, arm_of
from scarplan.devices import COMPARATOR_CLASSES
from scarplan.evidence.library import all_quantities, value_of
from scarplan.population import UNTOLD, Population, Protocol, complete, relative_yield_of_age

#: What the simulated improvement depends on: three parameters of the response, then what a trial leaves untold.
UNCERTAIN = ("log_yield", "log_lag", "log_tether", *UNTOLD)
_TERMS = 1 + len(UNCERTAIN) + len(UNCERTAIN) * (len(UNCERTAIN) + 1) // 2
# The quadratic of a row is fitted at so many draws of what is uncertain.
_DRAWS, _SEED = 256, 11
_YIELD_SPREAD = 0.7
#: Devices of a trial that does not tell which: both are as likely.
_UNKNOWN_DEVICE = ("pen", "roller")
_KNOWN_DEVICES = ("pen", "roller", "stamp")
#: Procedures with a simulated course of their own, and the class of device that stands for them.
ENERGY_CLASSES = {
    "fractional_rf_microneedling": "fractional_rf",
    **{name: name for name in COMPARATOR_CLASSES if name != "fractional_rf"},
}


@dataclass(frozen=True, eq=False)
class Design:
    """Arrays of n rows.

    effects     value of each effect [n effect]
    quadratic   coefficients of the simulated improvement, points, in monomials of UNCERTAIN [n term]
    misfit      root mean square error of the quadratic against the emulator, points [n]
    rated       whether a person judged [n]
    study, arm, cell, definition   number of the group of each row; definition is -1 but for fractions [n]
    """

    rows: tuple[RowQuery, ...]
    effects: Float[np.ndarray, "n effect"]
    quadratic: Float[np.ndarray, "n term"]
    misfit: Float[np.ndarray, " n"]
    rated: Bool[np.ndarray, " n"]
    study: Int[np.ndarray, " n"]
    arm: Int[np.ndarray, " n"]
    cell: Int[np.ndarray, " n"]
    definition: Int[np.ndarray, " n"]


def make_design(queries: Queries, rows: Sequence[RowQuery], emulator: Emulator) -> Design:
    """Return the design of `rows`, each a percent or fraction row of `queries`."""
    effects = np.zeros((len(rows), len(effect_names())))
    fitted: list[tuple[Float[np.ndarray, " term"], float]] = []
    known: dict[Hashable, tuple[Float[np.ndarray, " term"], float]] = {}
    keys: list[tuple[Hashable, ...]] = []
    for number, row in enumerate(rows):
        study = queries.study(row.study)
        arm, adjuncts = arm_of(row, study)
        for name, value in effects_of(row, arm, adjuncts, study).items():
            effects[number, effect_names().index(name)] = value
        course = _course_of(row, arm, study, emulator)
        if course not in known:
            known[course] = _fit_quadratic(*course, emulator)
        fitted.append(known[course])
        keys.append((row.study, row.arm, row.instrument, row.rater, row.scar_types))
    definitions = [
        (row.study, row.instrument, row.rater, row.threshold) if row.group == "fraction" else None for row in rows
    ]
    return Design(
        rows=tuple(rows),
        effects=effects,
        quadratic=np.array([coefficients for coefficients, _ in fitted]).reshape(len(rows), _TERMS),
        misfit=np.array([misfit for _, misfit in fitted]),
        rated=np.array([is_rated(row) for row in rows], dtype=bool),
        study=_numbers([key[0] for key in keys]),
        arm=_numbers([key[:2] for key in keys]),
        cell=_numbers(keys),
        definition=_numbers(definitions, none=None),
    )


def monomials(values: Float[np.ndarray, "... k"]) -> Float[np.ndarray, "... term"]:
    """Return 1, the values, and their products of two."""
    first, second = np.triu_indices(values.shape[-1])
    ones = np.ones((*values.shape[:-1], 1))
    return np.concatenate([ones, values, values[..., first] * values[..., second]], axis=-1)


def _course_of(
    row: RowQuery, arm: ArmQuery, study: StudyQuery, emulator: Emulator
) -> tuple[Protocol, Population, str, float]:
    """Return what the simulated improvement of a row depends on: rows that share it share their quadratic."""
    protocol = arm.protocol(days_after_last=row.days_after_last, days_after_first=row.days_after_first)
    simulated = arm.procedure == "microneedling" or arm.procedure in ENERGY_CLASSES
    share = 1.0 if simulated else float(value_of(_share_name(arm.procedure)))
    scale = row.instrument if row.instrument in (*emulator.scale_slopes, COLLAGEN) else ""
    return replace(protocol, adjuncts=()), study.population(row.scar_types), scale, share


def _fit_quadratic(
    protocol: Protocol, population: Population, scale: str, share: float, emulator: Emulator
) -> tuple[Float[np.ndarray, " term"], float]:
    uncertain = _uncertain_draws()
    terms = monomials(uncertain)
    if share == 0.0:
        return np.zeros(terms.shape[1]), 0.0
    points = 100.0 * share * simulated_improvement(protocol, population, uncertain, emulator, instrument=scale)
    coefficients, *_ = np.linalg.lstsq(terms, points, rcond=None)
    return coefficients, float(np.sqrt(np.mean((terms @ coefficients - points) ** 2)))


def _share_name(procedure: str) -> str:
    name = f"calibration.share_{procedure}"
    return name if name in all_quantities() else "calibration.share_other"


def simulated_improvement(
    protocol: Protocol,
    population: Population,
    uncertain: Float[np.ndarray, "n 8"],
    emulator: Emulator,
    *,
    instrument: str = "",
) -> Float[np.ndarray, " n"]:
    """Return by which share the score of an instrument (or relief) falls, at values of UNCERTAIN [n 8].

    Of collagen: by which share it rises.
    """

    def improved(way: str, values: dict[str, Float[np.ndarray, " n"]]) -> Float[np.ndarray, " n"]:
        process = emulator.relief[way]
        if instrument == COLLAGEN:
            return process.collagen_rise(values)
        return process.improvement(values) @ shares_of_kinds(emulator, population.kinds)

    way = ENERGY_CLASSES.get(protocol.procedure)
    if way is not None:
        return emulator.score_improvement(improved(way, _values(protocol, population, uncertain)), instrument)
    known = protocol.needles and protocol.device in _KNOWN_DEVICES
    found = []
    for device in (str(protocol.device),) if known else _UNKNOWN_DEVICE:
        values = _values(replace(protocol, device=device), population, uncertain)
        reach = values.pop("log_needle_length_mm") + np.log(mean_reach(device))
        found.append(improved(NEEDLES, values | {"log_reach_mm": reach}))
    return emulator.score_improvement(np.mean(found, axis=0), instrument)


def _values(
    protocol: Protocol, population: Population, uncertain: Float[np.ndarray, "n 8"]
) -> dict[str, Float[np.ndarray, " n"]]:
    """Return the coordinates of the emulator, and the length of the needles."""
    schedule = complete(protocol, uncertain[:, 3:])
    return {
        "log2_sessions": np.log2(schedule.sessions),
        "log_interval": np.log(schedule.interval_days),
        "log_days_after_last": np.log1p(schedule.days_after_last / 30.0),
        "log_density": np.log(schedule.channels_per_cm2),
        "log_yield": uncertain[:, 0] + np.log(relative_yield_of_age(population.mean_age_years)),
        "log_lag": uncertain[:, 1],
        "log_tether": uncertain[:, 2],
        "log_needle_length_mm": np.log(schedule.needle_length_mm),
    }


@cache
def _uncertain_draws() -> Float[np.ndarray, "n 8"]:
    draws = np.random.default_rng(_SEED).standard_normal((_DRAWS, len(UNCERTAIN)))
    draws[:, 0] *= _YIELD_SPREAD
    draws[:, 1:3] *= 0.3
    return draws


def _numbers(keys: Sequence[Hashable], *, none: Hashable = ...) -> Int[np.ndarray, " n"]:
    """Return the number of each key in order of first appearance; -1 for the key `none`."""
    order: dict[Hashable, int] = {}
    for key in keys:
        if key != none:
            order.setdefault(key, len(order))
    return np.array([order.get(key, -1) for key in keys], dtype=int)
