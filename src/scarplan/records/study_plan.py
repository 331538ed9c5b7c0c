"""StudyPlan: what a study declared before its data were analysed: design, visits, one primary endpoint, the rest.

`study.toml` holds it. The primary endpoint is one table, not a list: there is one. What was declared is hashed, so
that a change made after the data were first analysed shows (`scarplan study`).
"""

from __future__ import annotations

import datetime
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from scarplan.records.record import Record, read_record

Design = Literal["split_face", "parallel"]
Analysis = Literal["paired_t", "wilcoxon", "sign", "mixed", "ancova", "rank_sum", "proportional_odds"]
MissingMethod = Literal["complete_case", "multiple_imputation", "mixed_model"]

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\W_][\w .+-]{0,59}$")]
Column = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[\w][\w .-]*\.csv$")]

#: Design and kind of value -> what can be declared for it.
ANALYSES: dict[tuple[str, str], tuple[Analysis, ...]] = {
    ("split_face", "continuous"): ("paired_t", "wilcoxon", "sign", "mixed"),
    ("split_face", "ordinal"): ("wilcoxon", "sign"),
    ("parallel", "continuous"): ("ancova", "rank_sum", "mixed"),
    ("parallel", "ordinal"): ("proportional_odds", "rank_sum"),
}

#: More arms make more pairs than a study of some tens of patients can compare.
_MOST_ARMS = 8

#: What can be pooled over imputations.
IMPUTED: tuple[Analysis, ...] = ("paired_t", "ancova")


class StudyVisit(Record):
    """One visit: the day after the first session on which it is meant to be, and the days that still count."""

    name: Name
    day: int = Field(ge=-3650, le=3650)
    window_days: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _window_holds_the_day(self) -> StudyVisit:
        if self.window_days and not self.window_days[0] <= self.day <= self.window_days[1]:
            raise ValueError(f"the window {list(self.window_days)} of {self.name!r} does not hold its day, {self.day}")
        return self


class Endpoint(Record):
    """What is compared between two arms, when, and how. `measure` is a column of the data.

    `compare`: the two arms, where the study has more; the effect is the first less the second.
    """

    measure: Column
    visit: Name
    kind: Literal["continuous", "ordinal"] = "continuous"
    value: Literal["change", "level"] = "change"
    analysis: Analysis
    better: Literal["lower", "higher"]
    compare: tuple[Name, Name] | None = None
    detectable_change: float | None = Field(default=None, gt=0)


class MissingData(Record):
    """How missing values are dealt with, and how many imputations are drawn for the primary endpoint.

    complete_case: only what was measured at the visit of the endpoint (a split face: on both sides). mixed_model: other
    visits and sides of a patient count too. Only `mixed` analyses know the difference. multiple_imputation: of means of
    patients, for the primary endpoint; the secondary ones are complete cases.
    """

    method: MissingMethod = "complete_case"
    imputations: int = Field(default=20, ge=5, le=200)
    outside_window: Literal["keep", "drop"] = "keep"


class StudyPlan(Record):
    """The declaration of a study. `arms`: of two, the effect is the first less the second; of more, the primary
    endpoint says which two it compares, and all other pairs are compared beside it. `place`: what has one arm on a
    split face.
    """

    title: Words
    declared_by: Words
    declared_on: datetime.date
    design: Design
    arms: tuple[Name, ...] = Field(min_length=2, max_length=_MOST_ARMS)
    place: Literal["side", "zone"] = "side"
    allocation: Literal["random", "not_random", "unknown"] = "unknown"
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    data: FileName | None = None
    cases: FileName | None = None
    patients: FileName | None = None
    repeatability: Words | None = None
    visit: tuple[StudyVisit, ...] = Field(min_length=2, max_length=40)
    primary: Endpoint
    secondary: tuple[Endpoint, ...] = Field(default=(), max_length=60)
    missing: MissingData = MissingData()

    @property
    def baseline(self) -> StudyVisit:
        """The first visit."""
        return self.visit[0]

    def find_visit(self, name: str) -> StudyVisit:
        """Return the visit of that name. Raises KeyError."""
        return {visit.name: visit for visit in self.visit}[name]

    def compared(self, endpoint: Endpoint) -> tuple[str, str]:
        """Return the two arms that the endpoint compares."""
        return endpoint.compare or self.primary.compare or (self.arms[0], self.arms[1])

    def other_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the pairs of arms that the primary endpoint does not compare; none in a study of two arms."""
        first = set(self.compared(self.primary))
        return tuple(pair for pair in combinations(self.arms, 2) if set(pair) != first)

    def narrowed(self, arms: tuple[str, str]) -> StudyPlan:
        """Return the plan as that of a study of these two arms alone."""
        return self.model_copy(update={"arms": arms})

    @model_validator(mode="after")
    def _hangs_together(self) -> StudyPlan:
        faults = []
        if len(set(self.arms)) < len(self.arms):
            faults.append("two arms have one name")
        if len(self.arms) > 2 and self.primary.compare is None:
            faults.append("a study of more than two arms needs primary.compare: the two arms of the primary endpoint")
        if self.place == "zone" and self.design != "split_face":
            faults.append("place zone belongs to design split_face")
        names = [visit.name for visit in self.visit]
        if len(set(names)) < len(names):
            faults.append("two visits have one name")
        if [visit.day for visit in self.visit] != sorted(visit.day for visit in self.visit):
            faults.append("the visits do not stand in the order of their days; the first is the baseline")
        if (self.data is None) == (self.cases is None):
            faults.append("give either `data` (a table) or `cases` (a table of case folders)")
        if self.missing.method == "mixed_model" and self.primary.analysis != "mixed":
            faults.append("missing.method mixed_model needs primary.analysis mixed")
        if self.missing.method == "multiple_imputation" and self.primary.analysis not in IMPUTED:
            # The pooled estimate is a difference of means; it must not stand in for ranks, odds or another model.
            faults.append(f"missing.method multiple_imputation needs primary.analysis {' or '.join(IMPUTED)}")
        places = [("primary", self.primary), *((f"secondary {n}", e) for n, e in enumerate(self.secondary, start=1))]
        for place, endpoint in places:
            faults += [f"{place}: {fault}" for fault in _endpoint_faults(endpoint, self.design, names)]
            if endpoint.compare and (len(set(endpoint.compare)) < 2 or not set(endpoint.compare) <= set(self.arms)):
                faults.append(f"{place}: compare names two different arms of {', '.join(self.arms)}")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _endpoint_faults(endpoint: Endpoint, design: str, visits: list[str]) -> list[str]:
    faults = []
    if endpoint.visit not in visits:
        faults.append(f"visit {endpoint.visit!r} is none of {', '.join(visits)}")
    elif endpoint.visit == visits[0]:
        faults.append("the endpoint lies at the baseline")
    allowed = ANALYSES[design, endpoint.kind]
    if endpoint.analysis not in allowed:
        faults.append(f"analysis {endpoint.analysis} does not fit {design}, {endpoint.kind}: {', '.join(allowed)}")
    return faults


def read_study_plan(path: Path) -> StudyPlan:
    """Return the study in the TOML file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, StudyPlan, what="study", template="study")
