"""Mixed model: scars are clustered in sides and patients, and measured at one or more visits.

    y = visit + arm : visit [+ baseline of the scar + baseline of the side] + patient + side + scar + error

The arm is given to a whole patient or a whole side, so the number of patients or sides, not that of scars, says how
sure the difference is: random intercepts for patient, side and scar, and a t with the degrees of freedom that are left
between patients (parallel) or between sides within patients (split face). Fitted by REML (statsmodels). Where a visit
is missing the others of the same patient still count, which is right as long as what was seen explains who is missing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from scarplan.evidence.library import value_of
from scarplan.photographs.agreement import Interval
from scarplan.study.effect import Effect, no_effect
from scarplan.study.endpoints import EndpointRows

_SCALE = "mean difference"
_METHODS = ["lbfgs", "bfgs", "cg"]
#: A variance this much smaller than that of the error is none.
_NO_VARIANCE = 1e-6
_FEWEST_DF = 2


@dataclass(frozen=True)
class _Model:
    """The response [n], the design [n p] with the column of the arm, who each row is of, and its df."""

    response: Float[np.ndarray, " n"]
    design: Float[np.ndarray, "n p"]
    arm_column: int
    patient: Int[np.ndarray, " n"]
    inside: dict[str, np.ndarray]
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
    inside = ", ".join(["patient", *model.inside])
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
    many_sides = len(np.unique(side)) > len(np.unique(patient))
    inside = {}
    if many_sides and len(np.unique(side)) < len(side):
        inside["side"] = side
    if len(np.unique(unit)) < len(unit) and len(np.unique(unit)) > len(np.unique(side)):
        inside["scar"] = unit
    between = len(np.unique(side)) - len(np.unique(patient)) if split_face else len(np.unique(patient)) - 1
    return _Model(
        value - baseline if change else value, np.stack(columns, axis=1), arm_column, patient, inside,
        between - 1 - covariates,
    )  # fmt: skip


def _fit(model: _Model, scale: float) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return (estimate, standard error) or None, with what is to be doubted in words."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    order = np.argsort(model.patient, kind="stable")
    groups = model.patient[order]
    names, mats, labels = [], [], []
    for name, codes in model.inside.items():
        of_group = [np.unique(codes[order][groups == group], return_inverse=True)[1] for group in np.unique(groups)]
        names.append(name)
        mats.append([np.eye(codes_here.max() + 1)[codes_here] for codes_here in of_group])
        labels.append([[str(i) for i in range(codes_here.max() + 1)] for codes_here in of_group])
    spec: Any = {"exog_vc": VCSpec(names, labels, mats)} if names else {}
    design = model.design[order]
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None, ("visits, arms and baseline cannot be told apart in these data",)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted: Any = MixedLM(
                model.response[order] / scale, design, groups=groups, exog_re=np.ones((len(order), 1)), **spec
            ).fit(reml=True, method=_METHODS)
            estimate, se = float(fitted.fe_params[model.arm_column]), float(fitted.bse_fe[model.arm_column])
        except (np.linalg.LinAlgError, ValueError, FloatingPointError) as error:
            return None, (f"the mixed model could not be fitted ({type(error).__name__}: {error})",)
    if not (np.isfinite(estimate) and np.isfinite(se)) or se <= 0:
        return None, ("the mixed model gave no standard error",)
    kinds = {warning.category.__name__ for warning in caught}
    notes = () if fitted.converged else ("the mixed model did not settle; take its numbers with care",)
    parts = {"patient": float(np.asarray(fitted.cov_re).ravel()[0])}
    parts |= dict(zip(names, np.asarray(fitted.vcomp).tolist(), strict=True))
    none = [name for name, variance in parts.items() if variance < _NO_VARIANCE * float(fitted.scale)]
    if none:
        notes += tuple(f"the variance between one {name} and another was estimated as nearly none" for name in none)
    elif fitted.converged and "ConvergenceWarning" in kinds:
        notes += ("the fit lies close to the edge of what variances can be; take the interval with care",)
    return (estimate * scale, se * scale), notes
