"""A rule of candidacy as data: what is asked, how grave a yes is, how long to wait, and who says so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias, get_args

from scarplan.evidence.library import quantity

Level: TypeAlias = Literal["contraindicated", "defer", "caution", "precaution"]
Scope: TypeAlias = Literal["systemic", "area", "device", "product"]
Basis: TypeAlias = Literal[
    "label", "regulator", "consensus", "review", "trial", "case", "practice", "engineering_default", "memory"
]
AnsweredBy: TypeAlias = Literal["history", "birth_year", "skin_type", "device", "technique"]
#: Something else in the record that can answer a rule of the history.
AlsoFrom: TypeAlias = Literal["dcq_total", "least_change"]

#: From the gravest to the mildest.
LEVELS: tuple[str, ...] = get_args(Level)
SCOPES: tuple[str, ...] = get_args(Scope)
BASES: tuple[str, ...] = get_args(Basis)
ANSWERED_BY: tuple[str, ...] = get_args(AnsweredBy)
ALSO_FROM: tuple[str, ...] = get_args(AlsoFrom)
#: Levels that stop or delay a plan, so that their question must be answered.
BLOCKING = frozenset({"contraindicated", "defer"})
#: Groups of questions in the order in which they are asked, with their headings.
GROUPS = {
    "infection": "Infection and acne",
    "skin": "Scars and the skin",
    "medicines": "Medicines",
    "products": "Allergy, materials and products",
    "procedures": "Earlier procedures",
    "health": "General health",
    "anaesthesia": "Numbing",
    "mind": "Wishes and well-being",
    "technique": "Guards of technique, always on",
}


@dataclass(frozen=True)
class Wait:
    """How long to wait after an event. `quantity` names the number of days in the evidence.

    `ends_state`: the event is the end of something that a plain yes says is still there (eczema, acne).
    """

    quantity: str
    after: str
    basis: Basis
    ends_state: bool = False

    @property
    def days(self) -> int:
        """Days of the wait."""
        return int(quantity(f"candidacy.{self.quantity}").value)

    @property
    def range_days(self) -> tuple[float | None, float | None]:
        """The shortest and longest wait that sources give, where they differ."""
        row = quantity(f"candidacy.{self.quantity}")
        return row.low, row.high


@dataclass(frozen=True)
class Protection:
    """The finding costs the skin where it is, with a margin, and not the plan."""

    kind: str
    margin: str

    @property
    def margin_mm(self) -> float:
        """Margin around the place that is left out, mm."""
        return float(quantity(f"candidacy.{self.margin}").value)


@dataclass(frozen=True)
class Grade:
    """A finer answer; its level, wait and action replace those of the rule."""

    id: str
    words: str
    level: Level
    wait: Wait | None = None
    action: str = ""
    protects: Protection | None = None


@dataclass(frozen=True)
class PolicyChoice:
    """What a clinic may choose for a rule on which sources disagree."""

    words: str
    level: Level
    wait: Wait | None = None
    action: str = ""


@dataclass(frozen=True)
class Threshold:
    """A number in the answer that chooses the grade: `at_most` up to the limit, `above` beyond it."""

    measure: Literal["count", "value"]
    name: str
    limit: str
    at_most: str
    above: str
    low: float
    high: float

    def grade_of(self, number: float) -> str:
        """Return the id of the grade of `number`."""
        return self.at_most if number <= quantity(f"candidacy.{self.limit}").value else self.above


@dataclass(frozen=True)
class Rule:
    """One rule; `disagreement` tells both sides where sources differ.

    `medicine_words` and `wish_words` in the record ask for a second look at the answer; they answer nothing.
    """

    id: str
    group: str
    condition: str
    level: Level
    scope: Scope
    action: str
    sources: tuple[str, ...]
    basis: Basis
    verification: str
    question: str = ""
    why: str = ""
    answered_by: AnsweredBy = "history"
    also_from: AlsoFrom | None = None
    devices: tuple[str, ...] = ()
    never_overridable: bool = False
    wait: Wait | None = None
    holds: str = ""
    grade_basis: str = ""
    grades: tuple[Grade, ...] = ()
    threshold: Threshold | None = None
    protects: Protection | None = None
    policies: Mapping[str, PolicyChoice] | None = None
    default_policy: str = ""
    medicine_words: tuple[str, ...] = ()
    wish_words: tuple[str, ...] = ()
    disagreement: str = ""
    note: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether a person answers this rule (guards and the choice of a device are not asked)."""
        return self.answered_by not in ("technique", "device")

    @property
    def is_blocking(self) -> bool:
        """Whether a plan is not cleared while this question has no answer."""
        return self.is_asked and self.level in BLOCKING

    @property
    def can_protect(self) -> bool:
        """Whether a place on the scan may be marked for this rule."""
        return self.scope == "area" or self.protects is not None or any(g.protects for g in self.grades)

    def applies_to(self, device_class: str) -> bool:
        """Whether the rule concerns this class of device at all."""
        return not self.devices or device_class in self.devices

    def grade(self, grade_id: str | None) -> Grade | None:
        """Return the grade called `grade_id`, or None."""
        return next((grade for grade in self.grades if grade.id == grade_id), None)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return every rule by its id, in the order of the file."""
    text = files("scarplan.candidacy").joinpath("data", "rules.toml").read_text("utf-8")
    return {rule_id: _make_rule(rule_id, row) for rule_id, row in tomllib.loads(text).items()}


def _make_rule(rule_id: str, row: dict[str, Any]) -> Rule:
    row = _read_parts(row)
    row["grades"] = tuple(Grade(**_read_parts(grade)) for grade in row.pop("grade", ()))
    if "threshold" in row:
        row["threshold"] = Threshold(**row["threshold"])
    if "policies" in row:
        row["policies"] = {name: PolicyChoice(**_read_parts(choice)) for name, choice in row["policies"].items()}
    for name in ("sources", "devices", "medicine_words", "wish_words"):
        row[name] = tuple(row.get(name, ()))
    return Rule(id=rule_id, **row)


def _read_parts(row: dict[str, Any]) -> dict[str, Any]:
    made = dict(row)
    if "wait" in made:
        made["wait"] = Wait(**made["wait"])
    if "protects" in made:
        made["protects"] = Protection(**made["protects"])
    return made
