"""Predictions of arms that were never seen: joint draws of every row, and the order of arms.

Draw j of all rows of a study shares one draw of the posterior and one draw of what is particular to the study (its
yield, what it leaves untold, its raters), so differences between its arms are predicted as they are: study effects
cancel. What is drawn depends on the seed, the study's id and the names of arms and instruments alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import expit, ndtr, ndtri

from scarplan.calibration.design import Design, make_design, monomials
from scarplan.calibration.effects import (
    COLLAGEN,
    INSTRUMENTS,
    MEASURED,
    RATING_SLOPE,
    RESPONSE_SCALE_SD,
    RESPONSE_SCALES,
    effect_prior,
    is_modelled_tissue,
)
from scarplan.calibration.pigment import make_pigment_design
from scarplan.calibration.posterior import Posterior
from scarplan.calibration.queries import ContrastQuery, Queries, RowQuery, StudyQuery, arm_of
from scarplan.calibration.targets import is_clinical, rises
from scarplan.evidence.library import all_quantities, quantity
from scarplan.population import UNTOLD

#: Improvement lies between these, points: nobody has printed less or more.
_LEAST, _MOST = -50.0, 100.0
_DIGITS = 5
# Room between a number and the ends of its stratum: the outer ends are at infinity.
_EDGE = 1e-6
#: Procedures that change no tissue.
_INACTIVE = frozenset(("none", "topical"))


@dataclass(frozen=True, eq=False)
class Predictions:
    """Draws of each row in its own unit, and the probability that the first arm of each contrast is the better."""

    rows: dict[str, Float[np.ndarray, " draw"]]
    contrasts: tuple[tuple[ContrastQuery, float], ...]


def predict_queries(queries: Queries, posterior: Posterior, *, seed: int = 0) -> Predictions:
    """Return the predictions of every row and contrast of `queries`."""
    rows: dict[str, Float[np.ndarray, " draw"]] = {}
    contrasts: list[tuple[ContrastQuery, float]] = []
    for study in queries.studies:
        mine = [row for row in queries.rows if row.study == study.id]
        asked = [each for each in queries.contrasts if each.study == study.id]
        found, orders = _predict_study(queries, study, mine, asked, posterior, seed)
        rows |= found
        contrasts += orders
    in_order = {row.id: np.round(rows[row.id], _DIGITS) for row in queries.rows}
    return Predictions(in_order, tuple(contrasts))


def _predict_study(
    queries: Queries,
    study: StudyQuery,
    rows: Sequence[RowQuery],
    contrasts: Sequence[ContrastQuery],
    posterior: Posterior,
    seed: int,
) -> tuple[dict[str, Float[np.ndarray, " draw"]], list[tuple[ContrastQuery, float]]]:
    own = _Study(study.id, seed, posterior.count)
    scored = [row for row in rows if row.group != "pih" and _has_course(row, study)]
    compared = [row for each in contrasts for row in _rows_of_contrast(each, rows)]
    design = make_design(queries, [*scored, *compared], posterior.emulator)
    improvement = _improvement(design, own, posterior)
    found: dict[str, Float[np.ndarray, " draw"]] = {}
    for number, row in enumerate(scored):
        found[row.id] = _in_unit_of(row, improvement[:, number], own, posterior)
    orders = []
    for number, each in enumerate(contrasts):
        first, second = (improvement[:, len(scored) + 2 * number + place] for place in (0, 1))
        orders.append((each, round(float(np.mean(first > second) + 0.5 * np.mean(first == second)), _DIGITS)))
    found |= _predict_pigment(queries, [row for row in rows if row.group == "pih"], own, posterior)
    for row in rows:
        if row.id not in found:
            found[row.id] = _predict_tissue(row, study, own)
    return found, orders


def _has_course(row: RowQuery, study: StudyQuery) -> bool:
    return is_clinical(row) or is_modelled_tissue(row, arm_of(row, study)[0], study)


class _Study:
    """Standard normal numbers of one study: each thing that is drawn has a stream of its own, by its name.

    Each is drawn once from every one of as many equally likely strata, in random order (Latin hypercube), for an
    improvement is a sum of such things: with plain draws the score of a thousand of them tells their luck too.
    """

    def __init__(self, study_id: str, seed: int, count: int) -> None:
        self._key, self._count = [seed, zlib.crc32(study_id.encode())], count

    def normal(self, *name: Hashable, columns: int | None = None) -> Float[np.ndarray, "draw ..."]:
        stream = np.random.default_rng([*self._key, zlib.crc32(repr(name).encode())])
        shape = (self._count, 1 if columns is None else columns)
        strata = np.argsort(stream.random(shape), axis=0)
        found = ndtri((strata + stream.uniform(_EDGE, 1.0 - _EDGE, shape)) / self._count)
        return found[:, 0] if columns is None else found


def _improvement(design: Design, own: _Study, posterior: Posterior) -> Float[np.ndarray, "draw n"]:
    """Return the latent improvement of each row in points, positive = better."""
    draws = posterior.draws
    log_yield = draws["log_yield_mean"] + draws["log_yield_study_sd"] * own.normal("yield")
    uncertain = np.column_stack(
        [
            log_yield,
            draws["log_surface_lag"],
            draws["log_tether_release"],
            own.normal("untold", columns=len(UNTOLD)),
        ]
    )
    follows = np.where(design.rated, draws[RATING_SLOPE][:, None], 1.0)
    found = follows * (monomials(uncertain) @ design.quadratic.T) + draws["effects"] @ design.effects.T
    found += (draws["study_sd"] * own.normal("study"))[:, None]
    for number, row in enumerate(design.rows):
        # Rows of all arms together have no arm effect of their own: it averages out.
        if row.arm is not None:
            found[:, number] += draws["arm_sd"] * own.normal("arm", row.arm)
        cell = (row.arm, row.instrument, row.rater, row.scar_types)
        found[:, number] += draws["cell_sd"] * own.normal("cell", *cell)
        if row.group == "fraction":
            definition = (row.instrument, row.rater, row.threshold)
            found[:, number] += draws["definition_sd"] * own.normal("definition", *definition)
            if row.instrument not in RESPONSE_SCALES:
                found[:, number] += draws[RESPONSE_SCALE_SD] * own.normal("response on", row.instrument)
        if row.instrument not in (*INSTRUMENTS, COLLAGEN):
            mean, sd = effect_prior("instrument_other")
            found[:, number] += mean + sd * own.normal("instrument", row.instrument)
    return found


def _in_unit_of(
    row: RowQuery, improvement: Float[np.ndarray, " draw"], own: _Study, posterior: Posterior
) -> Float[np.ndarray, " draw"]:
    if row.group == "fraction" or row.quantity == "responder_fraction":
        return ndtr(improvement / posterior.draws["patient_sd"])
    if row.instrument == COLLAGEN:
        return np.maximum(improvement, _LEAST)
    points = np.clip(improvement, _LEAST, _MOST)
    if rises(row):
        return points
    if row.quantity == "change_mean":
        return -points / 100.0 * _baseline(row, own)
    return -points


def _baseline(row: RowQuery, own: _Study) -> Float[np.ndarray, " draw"]:
    """Return the baseline that a raw change is related to; one for the whole study where it is not printed."""
    normal = own.normal("baseline", row.instrument)
    if row.baseline:
        return np.full(normal.shape, float(row.baseline))
    name = f"calibration.reference_{row.instrument}"
    reference = quantity(name if name in all_quantities() else "calibration.reference_other")
    spread = reference.prior.spread if reference.prior and reference.prior.spread else 0.0
    return float(reference.value) * np.exp(spread * normal)


def _rows_of_contrast(contrast: ContrastQuery, rows: Sequence[RowQuery]) -> tuple[RowQuery, RowQuery]:
    """Return a row for each arm of a contrast, asked as a row of the study on this instrument is, if there is one."""
    like = next((row for row in rows if row.instrument == contrast.instrument and row.group != "pih"), None)
    told: dict[str, Any] = {"group": "percent", "instrument": contrast.instrument, "quantity": "percent_change_mean"}
    if like is not None:
        told |= {name: getattr(like, name) for name in ("rater", "days_after_first", "days_after_last")}
    first, second = (
        RowQuery.model_validate({"id": f"contrast|{arm}", "study": contrast.study, "arm": arm, **told})
        for arm in (contrast.arm_a, contrast.arm_b)
    )
    return first, second


def _predict_pigment(
    queries: Queries, rows: Sequence[RowQuery], own: _Study, posterior: Posterior
) -> dict[str, Float[np.ndarray, " draw"]]:
    if not rows:
        return {}
    design = make_pigment_design(queries, rows)
    log_odds = posterior.draws["pigment_effects"] @ design.effects.T
    log_odds += (posterior.draws["pigment_study_sd"] * own.normal("pigment"))[:, None]
    return {row.id: expit(log_odds[:, number]) for number, row in enumerate(rows)}


def _predict_tissue(row: RowQuery, study: StudyQuery, own: _Study) -> Float[np.ndarray, " draw"]:
    """Return draws of a quantity of the skin: not modelled, so the wide range of what was published."""
    name = f"calibration.tissue_{row.instrument}"
    prior = quantity(name if name in all_quantities() else "calibration.tissue_unknown_instrument").prior
    center, spread = (prior.center or 0.0, prior.spread or 0.0) if prior else (0.0, 0.0)
    arm, _ = arm_of(row, study)
    center = 0.0 if arm.procedure in _INACTIVE else center
    draws = center + spread * own.normal("tissue", row.arm, row.instrument, row.days_after_last)
    return ndtr(draws / 100.0) if row.quantity in ("responder_fraction", "pih_fraction") else draws


def is_modelled(row: RowQuery, study: StudyQuery) -> bool:
    """Whether a row is predicted by the model, and not by the plain range of what was published."""
    known = row.group == "pih" or row.instrument in INSTRUMENTS or row.instrument in MEASURED
    return known or is_modelled_tissue(row, arm_of(row, study)[0], study)


def describe_predictions(queries: Queries, predictions: Predictions) -> dict[str, Any]:
    """Return the predictions as they are printed."""
    return {
        "rows": [
            {
                "id": row.id, "quantity": row.quantity, "modelled": is_modelled(row, queries.study(row.study)),
                "draws": predictions.rows[row.id],
            }
            for row in queries.rows
        ],
        "contrasts": [
            {
                "study": each.study, "arm_a": each.arm_a, "arm_b": each.arm_b, "instrument": each.instrument,
                "p_a_better": chance,
            }
            for each, chance in predictions.contrasts
        ],
    }  # fmt: skip


def unmodelled(queries: Queries) -> Mapping[str, tuple[str, ...]]:
    """Return procedures, additions and instruments of the queries that got a wide prior, not a fitted effect."""
    known = set(all_quantities())
    arms = [arm for study in queries.studies for arm in study.arms]
    procedures = {arm.procedure for arm in arms} - {"microneedling"}
    adjuncts = {name for arm in arms for name in arm.adjuncts}
    return {
        "procedures": tuple(sorted(p for p in procedures if f"calibration.procedure_{p}" not in known)),
        "adjuncts": tuple(sorted(a for a in adjuncts if f"calibration.adjunct_{a}" not in known)),
        "instruments": tuple(
            sorted({row.instrument for row in queries.rows if not is_modelled(row, queries.study(row.study))})
        ),
    }
