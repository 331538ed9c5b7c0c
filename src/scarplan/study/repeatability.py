"""Repeatability of one measure: ICC, spread of repeats, detectable change, and limits of agreement by condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from scarplan.photographs.agreement import Interval
from scarplan.study.bland_altman import FEWEST_PAIRS, BlandAltman, bland_altman
from scarplan.study.detectable_change import WithinSubject, across_conditions, within_subject
from scarplan.study.dictionary import unit_of
from scarplan.study.icc import Icc, estimate_icc

#: More operators or devices than this are compared by ICC only, not pair by pair.
_MOST_COMPARED = 4


@dataclass(frozen=True)
class Measurement:
    """One value of one thing: a subject (and side), or a scar of a subject."""

    thing: str
    subject: str
    operator: str
    device: str
    repeat: str
    value: float


@dataclass(frozen=True)
class Comparison:
    """Two conditions compared on the same things: `what` is repeat, operator or device."""

    what: str
    first: str
    second: str
    agreement: BlandAltman


@dataclass(frozen=True)
class Repeatability:
    """Of one measure. `within`: under equal conditions where repeats tell; `across`: over all operators and devices."""

    measure: str
    level: str
    zone: str | None
    mean: float
    subjects: int
    things: int
    measurements: int
    icc: Icc
    by: dict[str, Icc]
    within: WithinSubject
    across: WithinSubject | None
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]


def judge_repeats(
    rows: Sequence[Measurement], *, measure: str, level: str, zone: str | None = None
) -> Repeatability | None:
    """Return the repeatability of `rows`; None where nothing was measured twice. `level`: subject or scar."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.thing] = counts.get(row.thing, 0) + 1
    rows = sorted((row for row in rows if counts[row.thing] > 1), key=lambda row: (row.thing, _occasion(row)))
    if not rows:
        return None
    values = np.array([row.value for row in rows])
    things = np.array([row.thing for row in rows])
    subjects = np.array([row.subject for row in rows])
    clusters = subjects if level == "scar" else None
    occasions = np.array(["/".join(_occasion(row)) for row in rows])
    settings = np.array(["/".join((row.thing, row.operator, row.device)) for row in rows])
    facets = {name: sorted({getattr(row, name) for row in rows}) for name in ("operator", "device")}
    several = any(len(names) > 1 for names in facets.values())
    equal = within_subject(values, settings, clusters=clusters)
    overall = within_subject(values, things, clusters=clusters)
    icc, within = estimate_icc(values, things, occasions, clusters=clusters), equal if equal.things else overall
    compared = tuple(_compare(rows, facets, clustered=level == "scar"))
    told = [("the SD of repeats", within.sd), ("ICC(2,1)", icc.icc21), ("ICC(3,1)", icc.icc31)]
    told += [("the limits of agreement", compared[0].agreement.lower)] if compared else []
    return Repeatability(
        measure=measure,
        level=level,
        zone=zone,
        mean=float(values.mean()),
        subjects=len(set(subjects)),
        things=len(set(things)),
        measurements=len(values),
        icc=icc,
        by={
            name: estimate_icc(values, things, np.array([getattr(row, name) for row in rows]), clusters=clusters)
            for name, names in facets.items()
            if len(names) > 1
        },
        within=within,
        across=across_conditions(values, things, settings, clusters=clusters) if several and equal.things else None,
        comparisons=compared,
        notes=tuple(_notes(several and not equal.things, len(set(subjects)), level, told)),
    )


def describe_repeatability(found: Repeatability) -> dict[str, Any]:
    """Return the repeatability as in the result."""
    return {
        "measure": found.measure,
        "unit": unit_of(found.measure),
        "level": found.level,
        "zone": found.zone,
        "mean": found.mean,
        "subjects": found.subjects,
        "scars": found.things if found.level == "scar" else None,
        "measurements": found.measurements,
        **_describe_icc(found.icc),
        "by": [{"condition": name, **_describe_icc(icc)} for name, icc in found.by.items()],
        "within_sd": vars(found.within.sd),
        "mdc95": vars(found.within.mdc95),
        "across_sd": None if found.across is None else vars(found.across.sd),
        "across_mdc95": None if found.across is None else vars(found.across.mdc95),
        "bland_altman": [
            {
                "what": each.what,
                "first": each.first,
                "second": each.second,
                "pairs": each.agreement.pairs,
                "bias": vars(each.agreement.bias),
                "lower": vars(each.agreement.lower),
                "upper": vars(each.agreement.upper),
                "grows_with_size": each.agreement.grows_with_size,
            }
            for each in found.comparisons
        ],
        "notes": list(found.notes),
    }


def _describe_icc(icc: Icc) -> dict[str, Any]:
    parts = icc.components
    return {
        "icc21": vars(icc.icc21),
        "icc31": vars(icc.icc31),
        "icc_method": icc.method,
        "condition_sd": None if parts is None else float(np.sqrt(max(0.0, parts.condition))),
    }


def _compare(rows: Sequence[Measurement], facets: dict[str, list[str]], *, clustered: bool) -> list[Comparison]:
    """Compare the first two repeats under equal conditions, then operators and devices by their first repeats."""
    groups: dict[tuple[str, str, str], list[Measurement]] = {}
    for row in rows:
        groups.setdefault((row.thing, row.operator, row.device), []).append(row)
    repeated = [(found[0], found[1]) for found in groups.values() if len(found) > 1]
    compared = [_pair("repeat", "first", "second", repeated, clustered=clustered)]
    for name, names in facets.items():
        for one, other in combinations(names, 2) if len(names) <= _MOST_COMPARED else ():
            pairs = [
                (found[0], groups[key][0])
                for full, found in groups.items()
                if getattr(found[0], name) == one and (key := _replace(full, name, other)) in groups
            ]
            compared.append(_pair(name, one, other, pairs, clustered=clustered))
    return [each for each in compared if each is not None]


def _pair(
    what: str, first: str, second: str, pairs: list[tuple[Measurement, Measurement]], *, clustered: bool
) -> Comparison | None:
    if len(pairs) < FEWEST_PAIRS:
        return None
    one, other = (np.array([pair[i].value for pair in pairs]) for i in (0, 1))
    subjects = np.array([pair[0].subject for pair in pairs])
    own = clustered or len(set(subjects)) < len(subjects)
    return Comparison(what, first, second, bland_altman(one, other, clusters=subjects if own else None))


def _replace(key: tuple[str, str, str], name: str, value: str) -> tuple[str, str, str]:
    thing, operator, device = key
    return (thing, value, device) if name == "operator" else (thing, operator, value)


def _occasion(row: Measurement) -> tuple[str, str, str]:
    return row.operator, row.device, row.repeat.zfill(12) if row.repeat.isdigit() else row.repeat


def _notes(only_across: bool, subjects: int, level: str, told: Sequence[tuple[str, Interval]]) -> list[str]:
    notes, unsure = [], list[str]()
    if only_across:
        notes.append("nobody was measured twice by one operator with one device: the spread is that between them")
    for name, interval in told:
        if interval.value is not None and interval.low is None and interval.value != 1:
            unsure.append(name)
    if unsure:
        persons = f"{subjects} person{'s' if subjects != 1 else ''}"
        listed = " and ".join([*([", ".join(unsure[:-1])] if len(unsure) > 1 else []), unsure[-1]])
        notes.append(f"no interval of {listed}: {persons} measured more than once: too few to tell")
    return notes
