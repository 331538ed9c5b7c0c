"""Integrity of the evidence: every number has a unit, a meaning, a source that exists, and no false certainty.

`check_evidence()` returns the faults in words; an empty list is the only acceptable answer, and a test says so.
"""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Iterator
from typing import Any

from scarplan.evidence.claim_faults import check_claims
from scarplan.evidence.claims import read_rows
from scarplan.evidence.library import all_quantities, all_sources
from scarplan.evidence.lineage import lineage_of, lineage_verbs
from scarplan.evidence.practice import Statement, list_concepts, list_statements
from scarplan.evidence.quantity import KINDS, PRIOR_FAMILIES, VERIFICATIONS, Prior, Quantity
from scarplan.evidence.source import SOURCE_RANKS, Source
from scarplan.evidence.trials import THRESHOLD_WORDS, Trial, all_syntheses, all_trials

# A figure with a unit in which drugs are given.
_AMOUNT = re.compile(r"\d\s*(?:%|mg|mcg|µg|g|ml|IU|units?)\b|\d\s*%", re.IGNORECASE)
_LEVELS = ("study", "patient")
_NEEDS_CENTER = ("fixed", "normal", "lognormal", "beta", "truncated_normal")
_NEEDS_SPREAD = ("normal", "lognormal", "beta", "truncated_normal")
_NEEDS_BOUNDS = ("beta", "uniform", "truncated_normal")


def check_evidence() -> list[str]:
    """Return every fault of the shipped sources, quantities, trials and lineage, in words."""
    faults: list[str] = []
    for source in all_sources().values():
        faults += check_source(source, all_sources())
    for row in all_quantities().values():
        faults += check_quantity(row, all_sources())
    for trial in all_trials().values():
        faults += check_trial(trial, all_sources())
    for synthesis in all_syntheses().values():
        if synthesis.id not in all_sources():
            faults.append(f"synthesis {synthesis.id}: is not a source")
        faults += [
            f"synthesis {synthesis.id}: overlap {t} is no trial" for t in synthesis.overlap if t not in all_trials()
        ]
    for concept in list_concepts():
        for statement in list_statements(concept):
            faults += check_statement(statement)
    for verb in lineage_verbs():
        faults += _check_lineage(verb)
    return faults + check_claims(read_rows())


def check_source(row: Source, known: dict[str, Source]) -> list[str]:
    """Return the faults of one source."""
    return [f"source {row.id}: {fault}" for fault in _source_faults(row, known)]


def check_quantity(row: Quantity, sources: dict[str, Source]) -> list[str]:
    """Return the faults of one quantity."""
    faults = [*_origin_faults(row, sources), *_value_faults(row)]
    if row.prior is not None:
        faults += _prior_faults(row.prior)
    return [f"quantity {row.name}: {fault}" for fault in faults]


def check_trial(row: Trial, sources: dict[str, Source]) -> list[str]:
    """Return the faults of one trial."""
    return [f"trial {row.id}: {fault}" for fault in _trial_faults(row, sources)]


def check_statement(row: Statement) -> list[str]:
    """Return the faults of one statement on practice."""
    return [f"statement {row.id}: {fault}" for fault in _statement_faults(row)]


def _source_faults(row: Source, known: dict[str, Source]) -> Iterator[str]:
    if not row.title.strip():
        yield "has no title"
    if row.rank not in SOURCE_RANKS:
        yield f"rank {row.rank!r} is none of {', '.join(SOURCE_RANKS)}"
    if row.verification not in VERIFICATIONS:
        yield f"verification {row.verification!r} is none of {', '.join(VERIFICATIONS)}"
    if row.verification == "memory" and row.rank != "memory":
        yield "was not read (verification memory), so its rank is memory"
    if row.same_as and (row.same_as not in known or known[row.same_as].same_as):
        yield f"same_as {row.same_as!r} is not the main id of a source"


def _origin_faults(row: Quantity, sources: dict[str, Source]) -> Iterator[str]:
    for name in ("unit", "locator", "meaning"):
        if not str(getattr(row, name)).strip():
            yield f"has no {name}"
    if row.kind not in KINDS:
        yield f"kind {row.kind!r} is none of {', '.join(KINDS)}"
    if row.verification not in VERIFICATIONS:
        yield f"verification {row.verification!r} is none of {', '.join(VERIFICATIONS)}"
    if row.verification == "memory" and row.kind != "assumed":
        yield f"is from memory, so its kind is assumed, not {row.kind}"
    if row.source not in sources:
        yield f"source {row.source!r} does not exist"
    elif sources[row.source].verification == "memory" and row.kind == "measured":
        yield f"is called measured, but its source {row.source!r} was never read"
    if row.kind == "measured" and row.locator == "-":
        yield "is measured but has no locator"


def _value_faults(row: Quantity) -> Iterator[str]:
    numbers = list(_numbers(row.value))
    if not all(math.isfinite(number) for number in numbers):
        yield "value is not finite"
    if row.low is not None and row.high is not None and row.low > row.high:
        yield f"low {row.low} is above high {row.high}"
    for number in numbers:
        if row.low is not None and number < row.low:
            yield f"value {number} is below low {row.low}"
        if row.high is not None and number > row.high:
            yield f"value {number} is above high {row.high}"


def _prior_faults(prior: Prior) -> Iterator[str]:
    if prior.family not in PRIOR_FAMILIES:
        yield f"prior family {prior.family!r} is none of {', '.join(PRIOR_FAMILIES)}"
        return
    if prior.level not in _LEVELS:
        yield f"prior level {prior.level!r} is none of {', '.join(_LEVELS)}"
    if prior.family in _NEEDS_CENTER and prior.center is None:
        yield f"a {prior.family} prior needs a center"
    if prior.family in _NEEDS_SPREAD and not (prior.spread and prior.spread > 0):
        yield f"a {prior.family} prior needs a spread above 0"
    if prior.family in _NEEDS_BOUNDS and (prior.low is None or prior.high is None):
        yield f"a {prior.family} prior needs low and high"
    if prior.low is not None and prior.high is not None and prior.low >= prior.high:
        yield f"prior low {prior.low} is not below high {prior.high}"
    if prior.center is not None and not _is_between(prior.center, prior.low, prior.high):
        yield f"prior center {prior.center} lies outside its bounds"


def _trial_faults(row: Trial, sources: dict[str, Source]) -> Iterator[str]:
    if row.id not in sources:
        yield "is not a source"
    arms = {arm.id for arm in row.arms}
    for part in (*row.changes, *row.responders, *row.harms):
        if part.arm not in arms:
            yield f"{type(part).__name__} names an arm {part.arm!r} that it has not"
    for change in row.changes:
        if not -1.0 <= change.improvement <= 1.0:
            yield f"improvement {change.improvement} of arm {change.arm} is no fraction"
    for count in (*row.responders, *row.harms):
        if not 0 <= count.count <= count.of:
            yield f"counts {count.count} of {count.of} in arm {count.arm}"
    for reached in row.responders:
        if reached.at_least not in THRESHOLD_WORDS:
            yield f"threshold {reached.at_least!r} is none of {', '.join(THRESHOLD_WORDS)}"


def _statement_faults(row: Statement) -> Iterator[str]:
    if not row.text.strip() or not row.sources:
        yield "has no text or no source"
    if row.kind not in KINDS or row.verification not in VERIFICATIONS:
        yield f"kind {row.kind!r} or verification {row.verification!r} is unknown"
    if row.verification == "memory" and row.kind != "assumed":
        yield f"is from memory, so its kind is assumed, not {row.kind}"
    if _AMOUNT.search(row.text):
        yield "names an amount, a strength or a dose: prescriber decides"


def _check_lineage(verb: str) -> list[str]:
    faults = []
    for row in lineage_of(verb):
        if not row.how.strip():
            faults.append(f"lineage {verb} {row.path}: says nothing")
        for name in row.quantities:
            if not fnmatch.filter(all_quantities(), name):
                faults.append(f"lineage {verb} {row.path}: quantity {name!r} does not exist")
    return faults


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _numbers(inner)


def _is_between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
