"""Queries: the arms that a prediction is asked for, and the rows and contrasts to predict. No results are in them.

Keys that are not listed are let by: other programs write more than is needed. Any procedure, addition, instrument or
rater is taken; what the model does not know gets the wide prior of its class. None: not told.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scarplan.errors import BadInput
from scarplan.population import KINDS_OF_TRIALS, Population, Protocol

Group = Literal["percent", "fraction", "pih", "direction"]
Quantity = Literal["percent_change_mean", "change_mean", "mean", "responder_fraction", "pih_fraction"]
Threshold = Literal["any", "good", "excellent"]
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6}


def _read_skin_types(value: Any) -> Any:
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(_ROMAN.get(each, each) if isinstance(each, str) else each for each in value)
    return value


def _read_sessions(value: Any) -> Any:
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _none_is_empty(value: Any) -> Any:
    return () if value is None else value


Names = Annotated[tuple[str, ...], BeforeValidator(_none_is_empty)]
Days = Annotated[float, Field(ge=0, le=20000)]
Sessions = tuple[Annotated[float, Field(ge=0, le=200)], Annotated[float, Field(ge=0, le=200)] | None]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AgeQuery(_Part):
    """Age of the patients, years."""

    mean: Annotated[float, Field(gt=0, lt=120)] | None = None
    sd: float | None = None
    range: tuple[float | None, float | None] | None = None

    @property
    def middle(self) -> float | None:
        """The mean, or the middle of the range, or None."""
        low, high = self.range or (None, None)
        if self.mean is not None or low is None or high is None:
            return self.mean
        return (low + high) / 2


class ArmQuery(_Part):
    """One arm as it is asked about."""

    id: str
    n: Annotated[int, Field(gt=0)] | None = None
    procedure: str
    device: str | None = None
    needle_length_mm: Annotated[float, Field(gt=0, le=10)] | None = None
    sessions: Annotated[Sessions | None, BeforeValidator(_read_sessions)] = None
    interval_days: Annotated[float, Field(gt=0, le=2000)] | None = None
    adjuncts: Names = ()
    cointerventions: Names = ()

    def protocol(self, *, days_after_last: float | None, days_after_first: float | None) -> Protocol:
        """Return the protocol of this arm, looked at on these days."""
        sessions = None
        if self.sessions is not None:
            low, high = self.sessions
            sessions = (max(1, round(low)), None if high is None else max(1, round(high)))
        return Protocol(
            self.procedure, self.device, self.needle_length_mm, sessions, self.interval_days, self.adjuncts,
            days_after_last, days_after_first,
        )  # fmt: skip


class StudyQuery(_Part):
    """One study as it is asked about."""

    id: str
    design: str | None = None
    indication: str | None = None
    blinded: bool | None = None
    controlled: bool | None = None
    n_enrolled: int | None = None
    n_analysed: int | None = None
    fitzpatrick: Annotated[tuple[Annotated[int, Field(ge=1, le=6)], ...], BeforeValidator(_read_skin_types)] = ()
    age: AgeQuery | None = None
    scar_types: Names = ()
    baseline_severity: str | None = None
    arms: Annotated[tuple[ArmQuery, ...], Field(min_length=1)]

    def population(self, scar_types: tuple[str, ...] = ()) -> Population:
        """Return who was treated; `scar_types` are those that a row is about."""
        kinds = [kind for name in scar_types or self.scar_types for kind in KINDS_OF_TRIALS.get(name, ())]
        return Population(self.fitzpatrick, self.age.middle if self.age else None, tuple(kinds))


class RowQuery(_Part):
    """One figure to predict."""

    id: str
    study: str
    arm: str | None = None
    group: Group
    instrument: str
    quantity: Quantity
    threshold: Threshold | None = None
    scar_types: Names = ()
    rater: str | None = None
    days_after_first: Days | None = None
    days_after_last: Days | None = None
    n: Annotated[int, Field(gt=0)] | None = None
    baseline: float | None = None
    of: Annotated[int, Field(gt=0)] | None = None


class ContrastQuery(_Part):
    """Two arms of a study, of which the better one is asked for."""

    study: str
    arm_a: str
    arm_b: str
    instrument: str


class Queries(_Part):
    """Studies and arms, rows to predict, and contrasts."""

    studies: tuple[StudyQuery, ...]
    rows: tuple[RowQuery, ...] = ()
    contrasts: tuple[ContrastQuery, ...] = ()

    def study(self, study_id: str) -> StudyQuery:
        """Return the study called so."""
        return next(study for study in self.studies if study.id == study_id)


def arm_of(row: RowQuery, study: StudyQuery) -> tuple[ArmQuery, frozenset[str]]:
    """Return the arm of a row with its additions; a row of all arms has the first arm, and what all were given."""
    if row.arm is not None:
        arm = next(arm for arm in study.arms if arm.id == row.arm)
        return arm, frozenset(arm.adjuncts)
    return study.arms[0], frozenset.intersection(*(frozenset(arm.adjuncts) for arm in study.arms))


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "no file").lower() if isinstance(error, OSError) else "no UTF-8 text"


def read_queries(path: str | Path) -> Queries:
    """Read a file of queries. Raises BadInput that names the place and what is allowed."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "the queries cannot be read",
            code="E-CALI-001",
            got=f"{path}: {_why(error)}",
            do="give a JSON file of queries",
        ) from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            "the queries are no JSON",
            code="E-CALI-002",
            got=f"{path}, line {error.lineno}: {error.msg}",
            do="write one JSON object with studies, rows and contrasts",
        ) from error
    return make_queries(content)


def make_queries(content: Any) -> Queries:
    """Return the queries in `content`, checked. Raises BadInput."""
    try:
        queries = Queries.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BadInput(
            f"the queries are wrong at {place}",
            code="E-CALI-003",
            got=first.get("input") if not isinstance(first.get("input"), dict | list) else first["msg"],
            allowed=first["msg"],
            do="mend this entry",
        ) from error
    _check_names(queries)
    return queries


def _check_names(queries: Queries) -> None:
    """Every row and contrast names a study and arms that are there; no id stands twice."""
    arms = {study.id: {arm.id for arm in study.arms} for study in queries.studies}
    for kind, ids in (("study", [s.id for s in queries.studies]), ("row", [r.id for r in queries.rows])):
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise BadInput(
                f"two {kind} entries have one id", code="E-CALI-004", got=twice[0], do="give each an id of its own"
            )
    named = [(row.study, row.arm) for row in queries.rows]
    named += [(each.study, arm) for each in queries.contrasts for arm in (each.arm_a, each.arm_b)]
    for study, arm in named:
        if study not in arms:
            raise BadInput(
                "a row or contrast names a study that is not there",
                code="E-CALI-005",
                got=study,
                allowed=", ".join(arms) or "no study is given",
                do="add the study, or mend its name",
            )
        if arm is not None and arm not in arms[study]:
            raise BadInput(
                f"a row or contrast of {study} names an arm that it has not",
                code="E-CALI-006",
                got=arm,
                allowed=", ".join(sorted(arms[study])),
                do="add the arm, or mend its name",
            )
