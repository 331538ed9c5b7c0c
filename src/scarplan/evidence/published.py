"""The plain range of published trials: what needling did elsewhere, with the number of people and who judged.

One figure per arm of a trial: an instrument or an observer before the patients themselves, the latest follow-up, a
named scale before an unnamed one. Nothing is weighted or modelled; low, median and high are over the arms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from scarplan.evidence.library import source
from scarplan.evidence.trials import THRESHOLD_WORDS, Arm, Change, Responders, Threshold, Trial, all_trials

#: Below this many arms a filter would show single trials as a range; it is then widened, and said so.
_LEAST_ARMS = 3

_RATER_ORDER = ("instrument", "blinded", "unblinded", None, "patient")
RATER_WORDS = {
    "instrument": "an instrument",
    "blinded": "an observer who did not know the treatment",
    "unblinded": "an observer who knew the treatment",
    "patient": "the patients themselves",
    None: "an observer; whether blinded is not stated",
}
INSTRUMENT_WORDS = {
    "goodman_baron_qualitative": "Goodman and Baron grade",
    "goodman_baron_quantitative": "Goodman and Baron score",
    "ecca": "ECCA score",
    "lipper_perez": "Lipper and Perez score",
    "replica_roughness": "roughness of skin replicas",
    "quartile_improvement": "improvement in quarters",
    "percent_improvement_rated": "rated improvement",
    "unspecified_severity_score": "a severity score without a name",
    "patient_vas": "the patients' own scale",
    "response_category": "classes of response",
    "asas": "acne scar assessment score",
}


@dataclass(frozen=True)
class PublishedStudy:
    """The figure that stands for one arm of one trial. `improvement` is a fraction, positive = better."""

    id: str
    arm: str
    improvement: float
    patients: int | None
    rater: str
    instrument: str
    how: str
    sessions: tuple[int, ...]
    days_after_last: float | None
    skin_types: tuple[int, ...]


@dataclass(frozen=True)
class PublishedResponders:
    """How many of ten patients reached a threshold, added over the arms of the trials that count it."""

    of_ten: int
    count: int
    of: int
    low: float
    high: float
    at_least: Threshold
    definition: str
    studies: tuple[str, ...]
    raters: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedRange:
    """Low, median and high improvement over the arms of published trials; None where no trial fits."""

    studies: tuple[PublishedStudy, ...]
    responders: PublishedResponders | None
    low: float | None
    median: float | None
    high: float | None
    note: str

    @property
    def instruments(self) -> tuple[str, ...]:
        """The instruments used, in words, the most frequent first."""
        used = [INSTRUMENT_WORDS.get(study.instrument, study.instrument) for study in self.studies]
        return tuple(sorted(set(used), key=lambda name: (-used.count(name), name)))

    @property
    def sentence(self) -> str:
        """The range as one plain sentence, with trials, people and who judged."""
        if not self.studies:
            return "no published trial of needling with a figure fits this patient"
        people = sum(study.patients or 0 for study in self.studies)
        blind = sum(study.rater in (RATER_WORDS["blinded"], RATER_WORDS["instrument"]) for study in self.studies)
        seen = f"{blind} of these figures comes" if blind == 1 else f"{blind or 'none'} of these figures come"
        where = f"{len(self.studies)} groups of published trials" if len(self.studies) > 1 else "one published trial"
        return (
            f"in {where} with {people} people, scar scores fell by {self.low:.0%} to {self.high:.0%} "
            f"(median {self.median:.0%}); {seen} from a blinded observer or an instrument"
        ).replace("%", " %")

    def to_result(self) -> dict[str, Any]:
        """Return the range as it is written into results: percent, lists, None where unknown."""
        return {
            "sentence": self.sentence,
            "instrument": ", ".join(self.instruments) or None,
            "low_percent": _percent(self.low),
            "median_percent": _percent(self.median),
            "high_percent": _percent(self.high),
            "studies": [
                {
                    "id": study.id,
                    "percent": _percent(study.improvement),
                    "n": study.patients,
                    "rater": study.rater,
                    "instrument": INSTRUMENT_WORDS.get(study.instrument, study.instrument),
                    "sessions": list(study.sessions),
                    "days_after_last": study.days_after_last,
                }
                for study in self.studies
            ],
            "responders": None
            if self.responders is None
            else {
                "of_ten": self.responders.of_ten,
                "definition": self.responders.definition,
                "n": self.responders.of,
                "lowest_of_ten": round(10 * self.responders.low),
                "highest_of_ten": round(10 * self.responders.high),
                "studies": list(self.responders.studies),
                "raters": list(self.responders.raters),
            },
            "note": self.note,
        }


def published_range(
    *,
    indication: str = "acne_scars",
    procedure: str = "microneedling",
    adjunct_free: bool = True,
    skin_type: int | None = None,
    scar_type: str | None = None,
    at_least: Threshold = "good",
) -> PublishedRange:
    """Return the plain range of published trials.

    `skin_type` leaves out trials that state other skin types only (those that state none stay); with fewer than
    three arms left it is not applied, and `note` says so. `scar_type` takes figures given for that kind of scar alone;
    without it, figures for all scars together. `at_least` is the threshold of the responders.
    """

    def fits(trial: Trial, arm: Arm) -> bool:
        is_plain = not (adjunct_free and arm.adjuncts)
        return trial.indication == indication and arm.procedure == procedure and is_plain

    def fits_skin(trial: Trial, arm: Arm) -> bool:
        return fits(trial, arm) and (not trial.skin_types or skin_type in trial.skin_types)

    chosen, note = fits, ""
    if skin_type is not None and len(_collect_studies(fits_skin, scar_type)) >= _LEAST_ARMS:
        chosen = fits_skin
    elif skin_type is not None:
        note = f"too few trials fit skin type {skin_type}: trials of all skin types are shown"
    studies = _collect_studies(chosen, scar_type)
    improvements = [study.improvement for study in studies]
    for study in studies:
        source(study.id)
    return PublishedRange(
        studies=studies,
        responders=_pool_responders(chosen, at_least, scar_type),
        low=min(improvements, default=None),
        median=median(improvements) if improvements else None,
        high=max(improvements, default=None),
        note=note,
    )


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(100 * fraction, 1)


Fits = Callable[[Trial, Arm], bool]


def _collect_studies(fits: Fits, scar_type: str | None) -> tuple[PublishedStudy, ...]:
    found = []
    for trial in all_trials().values():
        for arm in trial.arms:
            changes = [c for c in trial.changes if c.arm == arm.id and _is_about(c, scar_type)]
            if changes and fits(trial, arm):
                found.append(_make_study(trial, arm, min(changes, key=_preference)))
    return tuple(sorted(found, key=lambda study: (study.improvement, study.id)))


def _make_study(trial: Trial, arm: Arm, change: Change) -> PublishedStudy:
    return PublishedStudy(
        id=trial.id,
        arm=arm.id,
        improvement=change.improvement,
        patients=change.patients,
        rater=RATER_WORDS[change.rater],
        instrument=change.instrument,
        how=change.how,
        sessions=arm.sessions,
        days_after_last=change.days_after_last,
        skin_types=trial.skin_types,
    )


def _pool_responders(fits: Fits, at_least: Threshold, scar_type: str | None) -> PublishedResponders | None:
    rows: list[tuple[str, Responders]] = []
    for trial in all_trials().values():
        for arm in trial.arms:
            reached = [
                r for r in trial.responders if r.arm == arm.id and r.at_least == at_least and _is_about(r, scar_type)
            ]
            if reached and fits(trial, arm):
                rows.append((trial.id, min(reached, key=_preference)))
    if not rows:
        return None
    for trial_id, _ in rows:
        source(trial_id)
    count, of = sum(row.count for _, row in rows), sum(row.of for _, row in rows)
    shares = [row.count / row.of for _, row in rows]
    return PublishedResponders(
        of_ten=round(10 * count / of),
        count=count,
        of=of,
        low=min(shares),
        high=max(shares),
        at_least=at_least,
        definition=THRESHOLD_WORDS[at_least],
        studies=tuple(trial_id for trial_id, _ in rows),
        raters=tuple(RATER_WORDS[row.rater] for _, row in rows),
    )


def _is_about(row: Change | Responders, scar_type: str | None) -> bool:
    return row.scar_types == (scar_type,) if scar_type else not row.scar_types


def _preference(row: Change | Responders) -> tuple[int, float, bool]:
    """The smallest is taken: a better judge, the latest follow-up, a named scale."""
    return (
        _RATER_ORDER.index(row.rater),
        -(row.days_after_last if row.days_after_last is not None else -1.0),
        row.instrument == "unspecified_severity_score",
    )
