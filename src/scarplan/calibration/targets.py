"""Targets: the published figures of the trials as rows to fit and to score, and the queries made from them.

Units: a percent row is in percent of the baseline (negative where a severity falls), a fraction in 0-1. One point is
1 % of the baseline, or 1 % of the patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import sqrt

from scarplan.calibration.effects import COLLAGEN, is_modelled_tissue
from scarplan.calibration.queries import ArmQuery, ContrastQuery, Queries, RowQuery, StudyQuery, arm_of
from scarplan.evidence.library import value_of
from scarplan.evidence.trials import Change, RawChange, Responders, TissueChange, Trial

#: Instruments on which more is better.
RISES_WHEN_BETTER = frozenset(
    ("percent_improvement_rated", "quartile_improvement", "five_point_improvement", "response_category", "gais")
)
#: Quantities of the skin, positive when the quantity rises.
TISSUE = frozenset(
    (
        "histology_collagen", "histology_reticulin", "histology_epidermal_thickness", "echo_density", "elasticity",
        "tewl", "oct_attenuation", "oct_blood_flow",
    )
)  # fmt: skip
#: Quantities that stay out of scores and out of the fit: tissue, and the count of scars.
NOT_CLINICAL = TISSUE | {"scar_count"}
_ORDERED = RISES_WHEN_BETTER | {
    "goodman_baron_quantitative", "goodman_baron_qualitative", "ecca", "asas", "unspecified_severity_score",
    "patient_vas", "manchester_scar_scale",
}  # fmt: skip
_ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI"}


@dataclass(frozen=True)
class Target:
    """One published figure. `standard_error` for percent rows, `count` (of `query.of`) for fractions."""

    query: RowQuery
    observed: float
    points: float
    standard_error: float | None = None
    count: int | None = None

    @property
    def id(self) -> str:
        """The id of its row."""
        return self.query.id


@dataclass(frozen=True)
class Order:
    """A published order of two arms: `better` against `worse` on an instrument."""

    study: str
    better: str
    worse: str
    instrument: str


def targets_of(trial: Trial) -> tuple[Target, ...]:
    """Return every figure of a trial that can be scored, each once."""
    found = [_from_change(trial, change) for change in trial.changes]
    found += [_from_raw(trial, change) for change in trial.raw_changes]
    found += [_from_tissue(trial, change) for change in trial.tissue]
    counted = [each for each in trial.responders if not each.counted_in_changes]
    found += [_from_responders(trial, each) for each in (*counted, *trial.responders_of_all_arms)]
    for harm in (*trial.harms, *trial.harms_of_all_arms):
        if harm.unit == "patient" and (
            harm.event == "pih" or (harm.event == "dyspigmentation_any" and harm.count == 0)
        ):
            row = _row(trial, harm.arm, "pih", "pih", "pih_fraction", n=harm.of, of=harm.of)
            found.append(Target(row, harm.count / harm.of, 100.0, count=harm.count))
    return tuple(_with_unique_ids(found))


def is_clinical(row: RowQuery) -> bool:
    """Whether a row is scored: it is about a score, responders or dark patches, not about tissue or counts of scars."""
    return row.instrument not in NOT_CLINICAL


def is_fitted(row: RowQuery, queries: Queries) -> bool:
    """Whether the fit sees a row: every clinical one, and the tissue that the model has."""
    if is_clinical(row):
        return True
    study = queries.study(row.study)
    return is_modelled_tissue(row, arm_of(row, study)[0], study)


def rises(row: RowQuery) -> bool:
    """Whether a percent row is positive when better: ratings of improvement, and collagen."""
    return row.quantity == "mean" or row.instrument == COLLAGEN


def orders_of(trial: Trial, targets: Iterable[Target]) -> tuple[Order, ...]:
    """Return the orders of arms that a trial shows.

    Published contrasts with a direction; and pairs of comparable rows further apart than their standard error, unless
    the authors found no difference between these arms on this instrument.
    """
    found: dict[tuple[str, str, str], Order] = {}
    undecided = {
        (frozenset((c.first, c.second)), c.instrument) for c in trial.contrasts if c.better == "no difference shown"
    }
    for contrast in trial.contrasts:
        if contrast.better != "no difference shown" and contrast.instrument in _ORDERED:
            pair = (contrast.first, contrast.second)
            better, worse = pair if contrast.better == "first" else pair[::-1]
            found[(better, worse, contrast.instrument)] = Order(trial.id, better, worse, contrast.instrument)
    rows = [target for target in targets if target.query.group in ("percent", "fraction")]
    for number, one in enumerate(rows):
        for other in rows[number + 1 :]:
            if not _are_comparable(one.query, other.query):
                continue
            pair = (str(one.query.arm), str(other.query.arm))
            difference, error = _difference(one, other)
            if abs(difference) <= error or (frozenset(pair), one.query.instrument) in undecided:
                continue
            rises = one.query.group == "fraction" or one.query.instrument in RISES_WHEN_BETTER | TISSUE
            better, worse = pair if (difference > 0) == rises else pair[::-1]
            order = Order(trial.id, better, worse, one.query.instrument)
            found.setdefault((better, worse, one.query.instrument), order)
    return tuple(found.values())


def queries_of(trials: Iterable[Trial]) -> Queries:
    """Return the queries of these trials: arms without their results."""
    studies, rows, contrasts = [], [], []
    for trial in trials:
        targets = targets_of(trial)
        studies.append(_study(trial))
        rows += [target.query for target in targets]
        for order in orders_of(trial, targets):
            first, second = sorted((order.better, order.worse))
            contrasts.append(ContrastQuery(study=trial.id, arm_a=first, arm_b=second, instrument=order.instrument))
    return Queries(studies=tuple(studies), rows=tuple(rows), contrasts=tuple(contrasts))


def _study(trial: Trial) -> StudyQuery:
    age = trial.age_years
    arms = tuple(
        ArmQuery(
            id=arm.id,
            n=arm.patients,
            procedure=arm.procedure,
            device=arm.device,
            needle_length_mm=arm.needle_length_mm,
            sessions=_sessions(arm.sessions),
            interval_days=arm.interval_days,
            adjuncts=arm.adjuncts,
        )
        for arm in trial.arms
    )
    ages = {"mean": age.get("mean"), "sd": age.get("sd"), "range": (age.get("low"), age.get("high"))} if age else None
    return StudyQuery.model_validate(
        {
            "id": trial.id, "design": trial.design, "indication": trial.indication, "blinded": trial.blinded,
            "controlled": trial.controlled, "n_analysed": trial.patients,
            "fitzpatrick": [_ROMAN[number] for number in trial.skin_types], "age": ages,
            "scar_types": [_kind_of_trials(name) for name in trial.scar_types],
            "baseline_severity": trial.severity, "arms": arms,
        }
    )  # fmt: skip


def _sessions(sessions: tuple[int, ...]) -> tuple[float, float | None] | None:
    if not sessions:
        return None
    return (float(sessions[0]), float(sessions[1]) if len(sessions) > 1 else None)


def _from_change(trial: Trial, change: Change) -> Target:
    is_rated = change.instrument == "percent_improvement_rated"
    patients = change.patients or int(value_of("calibration.unstated_patients"))
    sd = 100.0 * change.sd if change.sd is not None else float(value_of("calibration.unstated_patient_sd"))
    factor = float(value_of("calibration.median_factor")) if change.of == "median" else 1.0
    row = _row(
        trial, change.arm, "percent", change.instrument, "mean" if is_rated else "percent_change_mean",
        n=change.patients, rater=change.rater, kinds=change.scar_types, baseline=change.baseline,
        days_after_first=change.days_after_first, days_after_last=change.days_after_last,
    )  # fmt: skip
    observed = 100.0 * change.improvement * (1.0 if is_rated else -1.0)
    return Target(row, observed, 1.0, standard_error=factor * sd / sqrt(patients))


def _from_raw(trial: Trial, change: RawChange) -> Target:
    row = _row(trial, change.arm, "percent", change.instrument, "change_mean", n=change.patients)
    error = change.sd / sqrt(change.patients or int(value_of("calibration.unstated_patients")))
    return Target(row, change.change, 100.0 / reference_baseline(change.instrument), standard_error=error)


def reference_baseline(instrument: str) -> float:
    """Return the baseline that a raw change of a scale without a printed one is related to."""
    return float(value_of(f"calibration.reference_{instrument}"))


def _from_tissue(trial: Trial, change: TissueChange) -> Target:
    patients = change.patients or int(value_of("calibration.unstated_patients"))
    row = _row(
        trial, change.arm, "percent", change.instrument, "percent_change_mean", n=change.patients, rater=change.rater,
        days_after_first=change.days_after_first, days_after_last=change.days_after_last,
    )  # fmt: skip
    error = float(value_of("calibration.unstated_patient_sd")) / sqrt(patients)
    return Target(row, 100.0 * change.rise, 1.0, standard_error=error)


def _from_responders(trial: Trial, each: Responders) -> Target:
    row = _row(
        trial, each.arm, "fraction", each.instrument, "responder_fraction", n=each.of, of=each.of, rater=each.rater,
        kinds=each.scar_types, threshold=each.at_least, days_after_first=each.days_after_first,
        days_after_last=each.days_after_last,
    )  # fmt: skip
    return Target(row, each.count / each.of, 100.0, count=each.count)


def _row(
    trial: Trial,
    arm: str,
    group: str,
    instrument: str,
    quantity: str,
    *,
    n: int | None,
    of: int | None = None,
    rater: str | None = None,
    kinds: tuple[str, ...] = (),
    threshold: str | None = None,
    baseline: float | None = None,
    days_after_first: float | None = None,
    days_after_last: float | None = None,
) -> RowQuery:
    types = tuple(map(_kind_of_trials, kinds))
    parts = [trial.id, arm, instrument, "+".join(types), quantity, threshold or "", rater or ""]
    parts += ["" if day is None else f"{day:g}" for day in (days_after_first, days_after_last)]
    return RowQuery.model_validate(
        {
            "id": "|".join(parts), "study": trial.id, "arm": None if arm == "all" else arm, "group": group,
            "instrument": instrument, "quantity": quantity, "threshold": threshold, "scar_types": types,
            "rater": rater, "days_after_first": days_after_first, "days_after_last": days_after_last, "n": n,
            "baseline": baseline, "of": of,
        }
    )  # fmt: skip


def _kind_of_trials(kind: str) -> str:
    return "ice_pick" if kind == "icepick" else kind


def _with_unique_ids(targets: list[Target]) -> list[Target]:
    seen: dict[str, int] = {}
    found = []
    for target in targets:
        seen[target.id] = seen.get(target.id, 0) + 1
        if seen[target.id] > 1:
            query = target.query.model_copy(update={"id": f"{target.id}#{seen[target.id]}"})
            target = replace(target, query=query)
        found.append(target)
    return found


def _are_comparable(one: RowQuery, other: RowQuery) -> bool:
    def key(row: RowQuery) -> tuple[object, ...]:
        return (row.instrument, row.quantity, row.threshold, row.scar_types, row.rater, row.days_after_first)

    return one.arm is not None and other.arm is not None and one.arm != other.arm and key(one) == key(other)


def _difference(one: Target, other: Target) -> tuple[float, float]:
    """Return the difference of two targets and its standard error, in their own unit."""
    difference = one.observed - other.observed
    if one.query.group != "fraction":
        return difference, sqrt((one.standard_error or 0.0) ** 2 + (other.standard_error or 0.0) ** 2)
    first, second = one.query.of or 1, other.query.of or 1
    pooled = ((one.count or 0) + (other.count or 0)) / (first + second)
    return difference, sqrt(max(pooled * (1.0 - pooled), 1e-9) * (1.0 / first + 1.0 / second))
