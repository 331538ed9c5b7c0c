"""Mixed model: scars are clustered in sides and patients, and measured at one or more visits.

    y = visit + arm : visit [+ baseline of the scar + baseline of the side]
        + patient + side + scar + visit of the patient + visit of the side + error

The arm is given to a whole patient or a whole side, so the number of patients or sides, not that of scars, says how
sure the difference is: a t with the degrees of freedom that are left between patients (parallel) or between sides
within patients (split face). With several visits all scars of a side may have a good or a bad day together, which is
no finding either. Intercepts that the data cannot tell from one another or from the error are left out. Fitted by REML.
Where a visit is missing the others of the same patient still count, which is right as long as what was seen explains
who is missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from scarplan.evidence.library import value_of
from scarplan.photographs.agreement import Interval
from scarplan.study.effect import Effect, no_effect
from scarplan.study.endpoints import EndpointRows
from scarplan.study.reml import fit_reml

_SCALE = "mean difference"
#: A variance this much smaller than that of the error is none.
_NO_VARIANCE = 1e-6
_FEWEST_DF = 2


@dataclass(frozen=True)
class _Model:
    """The response [n], the design [n p] with the column of the arm, what shares an intercept, and the df."""

    response: Float[np.ndarray, " n"]
    design: Float[np.ndarray, "n p"]
    arm_column: int
    patient: Int[np.ndarray, " n"]
    intercepts: dict[str, Int[np.ndarray, " n"]]
    df: int


def mixed_model(rows: EndpointRows, *, change: bool, split_face: bool, alpha: float) -> Effect:
    """Return the mean difference between the arms at the visit of the endpoint.

    `change`: the response is the change from the baseline, adjusted for the baseline; else the level at the visit.
    A fit that does not settle is told, and no estimate is given where there is none.
    """
    use = np.isfinite(rows.value) & (np.isfinite(rows.baseline) | (not change))
    patients = len(np.unique(rows.patient[use]))
    scars = len(np.unique(rows.unit[use & rows.at])) if rows.has_scars else None
    arms = set(rows.arm[use & rows.at].tolist())
    if len(arms) < 2:
        return no_effect(_SCALE, patients, "one arm was not measured at this visit", scars=scars)
    model = _build(rows, use, change=change, split_face=split_face)
    if model.df < _FEWEST_DF:
        return no_effect(_SCALE, patients, f"{patients} patients are too few for a mixed model", scars=scars)
    if len(np.unique(model.patient)) == len(model.patient):
        return no_effect(
            _SCALE, patients, "each patient has one value, so nothing is clustered: declare ancova", scars=scars
        )
    scale = float(model.response.std())
    if scale == 0:
        return no_effect(_SCALE, patients, "every value is the same", scars=scars)
    fitted, notes = _fit(model, scale)
    if fitted is None:
        return no_effect(_SCALE, patients, notes[0], scars=scars)
    from scipy.stats import t

    estimate, se = fitted
    half = float(t.ppf(1 - alpha / 2, model.df)) * se
    fewest = value_of("study.fewest_patients")
    if patients < fewest:
        notes += (f"{patients} patients: below {fewest} the interval rests on the model more than on the data",)
    inside = ", ".join(model.intercepts)
    return Effect(
        Interval(estimate, estimate - half, estimate + half), _SCALE, float(2 * t.sf(abs(estimate / se), model.df)),
        float(model.df), patients, scars, test=f"mixed model, random intercept of {inside}", notes=notes,
    )  # fmt: skip


def _build(rows: EndpointRows, use: np.ndarray, *, change: bool, split_face: bool) -> _Model:
    value, baseline = rows.value[use], rows.baseline[use]
    arm, visit, at = (column[use] for column in (rows.arm, rows.visit, rows.at))
    patient, side, unit = (
        np.unique(column[use], return_inverse=True)[1] for column in (rows.patient, rows.side, rows.unit)
    )
    is_first = (arm == 0).astype(float)
    columns, arm_column = [], 0
    for name in np.unique(visit):
        mine = (visit == name).astype(float)
        columns.append(mine)
        if len(set(arm[visit == name].tolist())) == 2:  # a visit of one arm tells nothing of the other
            if at[visit == name].all():
                arm_column = len(columns)
            columns.append(mine * is_first)
    covariates = 0
    if change:
        of_side = (np.bincount(side, baseline) / np.bincount(side))[side]
        for column in (baseline - of_side, of_side - of_side.mean()):
            if column.std() > 1e-9 * (1 + np.abs(baseline).max()):
                columns.append(column)
        covariates = int(of_side.std() > 0)
    intercepts = _tell_apart(
        len(value),
        {
            "patient": patient, "side": side, "scar": unit,
            "visit of a patient": _cross(patient, visit), "visit of a side": _cross(side, visit),
        },
    )  # fmt: skip
    between = len(np.unique(side)) - len(np.unique(patient)) if split_face else len(np.unique(patient)) - 1
    return _Model(
        value - baseline if change else value, np.stack(columns, axis=1), arm_column, patient, intercepts,
        between - 1 - covariates,
    )  # fmt: skip


def _cross(first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    return np.unique(np.stack([first, second]), axis=1, return_inverse=True)[1]


def _tell_apart(rows: int, levels: dict[str, Int[np.ndarray, " n"]]) -> dict[str, Int[np.ndarray, " n"]]:
    """Return those intercepts that group rows, and group them otherwise than the ones before."""
    kept: dict[str, np.ndarray] = {}
    for name, codes in levels.items():
        count = len(np.unique(codes))
        same = any(len(np.unique(_cross(codes, other))) == count == len(np.unique(other)) for other in kept.values())
        if count < rows and not same:
            kept[name] = codes
    return kept


def _fit(model: _Model, scale: float) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return (estimate, standard error) or None, with what is to be doubted in words."""
    if np.linalg.matrix_rank(model.design) < model.design.shape[1]:
        return None, ("visits, arms and baseline cannot be told apart in these data",)
    try:
        fitted = fit_reml(model.response / scale, model.design, model.patient, model.intercepts)
    except (np.linalg.LinAlgError, ValueError) as error:
        return None, (f"the mixed model could not be fitted ({error})",)
    variance = float(fitted.covariance[model.arm_column, model.arm_column])
    if not math.isfinite(variance) or variance <= 0:
        return None, ("the mixed model gave no standard error",)
    notes = () if fitted.settled else ("the mixed model did not settle; take its numbers with care",)
    notes += tuple(
        f"the variance between one {name} and another was estimated as nearly none"
        for name, each in fitted.variances.items()
        if each < _NO_VARIANCE * fitted.error
    )
    return (float(fitted.effects[model.arm_column]) * scale, math.sqrt(variance) * scale), notes
