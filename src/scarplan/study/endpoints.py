"""The values of one endpoint: of every scar (or patient) at every visit after the baseline, and of every patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.errors import BadInput
from scarplan.records.study_plan import Endpoint, StudyPlan, StudyVisit
from scarplan.study.tidy import Observation


@dataclass(frozen=True)
class EndpointRows:
    """One row for each scar (or patient, where there are no scars) and visit after the baseline; NaN: not measured.

    arm      0 for the first declared arm, 1 for the second
    unit     what was measured again and again: patient, side and scar
    visit    number of the visit, 1 for the first after the baseline
    at       True at the visit of the endpoint
    """

    patient: Int[np.ndarray, " n"]
    side: Int[np.ndarray, " n"]
    unit: Int[np.ndarray, " n"]
    arm: Int[np.ndarray, " n"]
    visit: Int[np.ndarray, " n"]
    value: Float[np.ndarray, " n"]
    baseline: Float[np.ndarray, " n"]
    at: Bool[np.ndarray, " n"]
    patients: tuple[str, ...]
    has_scars: bool


@dataclass(frozen=True)
class PatientMeans:
    """Mean of each patient and arm [patient arm]; NaN: nothing measured, or the patient does not have this arm.

    outcome    the change from the baseline, or the level, as declared, over what was measured at both visits
    baseline   the same at the baseline
    has_arm    whether the patient has this arm at all
    """

    patients: tuple[str, ...]
    outcome: Float[np.ndarray, "patient 2"]
    baseline: Float[np.ndarray, "patient 2"]
    has_arm: Bool[np.ndarray, "patient 2"]


def check_observations(rows: Sequence[Observation], plan: StudyPlan) -> None:
    """Raise BadInput that tells what in the data does not fit what was declared."""
    visits, faults = {visit.name for visit in plan.visit}, set()
    arms_of: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.arm not in plan.arms:
            faults.add(f"arm {row.arm!r} is none of {', '.join(plan.arms)}")
        if row.visit not in visits:
            faults.add(f"visit {row.visit!r} is none of {', '.join(visit.name for visit in plan.visit)}")
        whole = place_of(row, plan) if plan.design == "split_face" else ""
        arms_of.setdefault((row.patient, whole), set()).add(row.arm)
    for (patient, place), arms in arms_of.items():
        if len(arms) > 1 and (place or plan.design == "parallel"):
            where = f"the {place} {'side ' if plan.place == 'side' else ''}of " if place else ""
            faults.add(f"{where}patient {patient} has two arms")
    measured = {name for row in rows for name in row.values}
    for endpoint in (plan.primary, *plan.secondary):
        if endpoint.measure not in measured:
            faults.add(f"{endpoint.measure} was declared and is no column with numbers")
        elif endpoint.kind == "ordinal":
            odd = sorted({v for row in rows if (v := row.values.get(endpoint.measure)) is not None and v != int(v)})
            faults |= {f"{endpoint.measure} is declared ordinal and holds {odd[0]:g}"} if odd else set()
    if faults:
        told = sorted(faults)
        more = f"; and {len(told) - 10} more" if len(told) > 10 else ""
        raise BadInput(
            f"the data do not fit the plan: {'; '.join(told[:10])}{more}",
            code="E-STUDY-005",
            do="correct the data, or the plan before anything is analysed",
        )


def place_of(row: Observation, plan: StudyPlan) -> str:
    """Return what of the patient has one arm: the side or, as declared, the zone (of its side); '' where not told."""
    return row.side if plan.place == "side" else " ".join(filter(None, (row.side, row.zone)))


def outside_window(row: Observation, visit: StudyVisit) -> bool:
    """Whether a row lies on a day that no longer counts as its visit; False where the day is not told."""
    return (
        row.day is not None
        and visit.window_days is not None
        and not visit.window_days[0] <= row.day <= visit.window_days[1]
    )


def collect_endpoint(rows: Sequence[Observation], plan: StudyPlan, endpoint: Endpoint) -> EndpointRows:
    """Return the values of `endpoint`. A unit that was ever measured has a row at every visit."""
    visits = [visit.name for visit in plan.visit]
    values: dict[tuple[str, str, str, str], dict[str, float]] = {}
    for row in rows:
        of_unit = values.setdefault((row.patient, place_of(row, plan), row.arm, row.scar), {})
        is_dropped = plan.missing.outside_window == "drop" and outside_window(row, plan.find_visit(row.visit))
        if endpoint.measure in row.values and not is_dropped:
            of_unit[row.visit] = row.values[endpoint.measure]
    if any(measured and scar for (*_, scar), measured in values.items()):
        values = {unit: measured for unit, measured in values.items() if unit[3]}
    else:  # measured on patients; rows of scars are of other measures
        values = {unit: measured for unit, measured in values.items() if measured or not unit[3]}
    units = sorted(values)
    patients = sorted({unit[0] for unit in units})
    sides = sorted({(unit[0], unit[1], unit[2]) for unit in units})
    later = visits[1:]
    table = [
        (patients.index(unit[0]), sides.index(unit[:3]), number, plan.arms.index(unit[2]), visits.index(name),
         values[unit].get(name, np.nan), values[unit].get(visits[0], np.nan), name == endpoint.visit)
        for number, unit in enumerate(units)
        for name in later
    ]  # fmt: skip
    columns = [np.array(column) for column in zip(*table, strict=True)]
    patient, side, number, arm, visit = (column.astype(int) for column in columns[:5])
    return EndpointRows(
        patient=patient, side=side, unit=number, arm=arm, visit=visit,
        value=columns[5].astype(float), baseline=columns[6].astype(float), at=columns[7].astype(bool),
        patients=tuple(patients), has_scars=any(unit[3] for unit in units),
    )  # fmt: skip


def keep_complete(rows: EndpointRows, *, change: bool, split_face: bool) -> EndpointRows:
    """Return what was measured at the visit of the endpoint (and, for a change, before): complete cases.

    A split face needs a value of both sides of the patient.
    """
    use = rows.at & np.isfinite(rows.value) & (np.isfinite(rows.baseline) | (not change))
    if split_face:
        arms = [set(rows.patient[use & (rows.arm == arm)].tolist()) for arm in (0, 1)]
        use &= np.isin(rows.patient, sorted(arms[0] & arms[1]))
    columns = ("patient", "side", "unit", "arm", "visit", "value", "baseline", "at")
    return replace(rows, **{name: getattr(rows, name)[use] for name in columns})


def average_patients(rows: EndpointRows, *, change: bool) -> PatientMeans:
    """Return the mean of each patient and arm at the visit of the endpoint."""
    shape = (len(rows.patients), 2)
    outcome, baseline = np.full(shape, np.nan), np.full(shape, np.nan)
    has_arm = np.zeros(shape, dtype=bool)
    has_arm[rows.patient, rows.arm] = True
    for patient, arm in np.argwhere(has_arm):
        mine = rows.at & (rows.patient == patient) & (rows.arm == arm)
        value, before = rows.value[mine], rows.baseline[mine]
        both = np.isfinite(value) & np.isfinite(before)
        measured = both if change else np.isfinite(value)
        if measured.any():
            outcome[patient, arm] = (value - before if change else value)[measured].mean()
        known = both if both.any() else np.isfinite(before)
        if known.any():
            baseline[patient, arm] = before[known].mean()
    return PatientMeans(rows.patients, outcome, baseline, has_arm)
