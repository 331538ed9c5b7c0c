"""Facts of published trials and systematic reviews, read from `data/trials.toml` and `data/syntheses.toml`.

Improvement is a fraction of the baseline, positive = better, whatever the sign of the instrument. None: not stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

from scarplan.evidence.library import read_data

Rater = Literal["blinded", "unblinded", "patient", "instrument"]
Threshold = Literal["any", "good", "excellent"]

#: What reaching a threshold means, in words.
THRESHOLD_WORDS: dict[str, str] = {
    "any": "improved by at least one grade, or at all",
    "good": "improved by half or more, or had a good response",
    "excellent": "improved by three quarters or more, or had an excellent response",
}


@dataclass(frozen=True)
class Arm:
    """What one group of patients, or one side of their faces, received."""

    id: str
    procedure: str
    device: str | None = None
    needle_length_mm: float | None = None
    sessions: tuple[int, ...] = ()
    interval_days: int | None = None
    adjuncts: tuple[str, ...] = ()
    patients: int | None = None


@dataclass(frozen=True)
class Change:
    """Mean improvement of one arm on one instrument; `how` says what it was made from."""

    arm: str
    instrument: str
    improvement: float
    how: str
    rater: Rater | None = None
    patients: int | None = None
    days_after_last: float | None = None
    scar_types: tuple[str, ...] = ()
    sd: float | None = None
    sd_from: str | None = None
    of: Literal["mean", "median"] = "mean"
    baseline: float | None = None
    days_after_first: float | None = None


@dataclass(frozen=True)
class RawChange:
    """Mean change of one arm in points of a scale whose baseline is not printed; negative where severity falls."""

    arm: str
    instrument: str
    change: float
    sd: float
    sd_from: str
    patients: int | None = None


@dataclass(frozen=True)
class TissueChange:
    """Mean relative rise of a quantity of the skin (collagen, echo density, ...) or of a count of scars."""

    arm: str
    instrument: str
    rise: float
    rater: Rater | None = None
    patients: int | None = None
    days_after_last: float | None = None
    days_after_first: float | None = None


@dataclass(frozen=True)
class Responders:
    """Patients of one arm who reached a threshold."""

    arm: str
    instrument: str
    count: int
    of: int
    at_least: Threshold
    rater: Rater | None = None
    patients: int | None = None
    days_after_last: float | None = None
    scar_types: tuple[str, ...] = ()
    days_after_first: float | None = None
    counted_in_changes: bool = False


@dataclass(frozen=True)
class Harm:
    """Patients (or sessions, or sides) of one arm with an adverse event."""

    arm: str
    event: str
    count: int
    of: int
    unit: Literal["patient", "session", "side"]


@dataclass(frozen=True)
class TrialContrast:
    """What a trial says of two of its arms; "no difference shown" is not equality."""

    first: str
    second: str
    instrument: str
    better: Literal["first", "second", "no difference shown"]
    p: str | None = None


@dataclass(frozen=True)
class Trial:
    """One study; `id` is also the id of its source."""

    id: str
    design: str
    indication: str
    arms: tuple[Arm, ...]
    patients: int | None = None
    skin_types: tuple[int, ...] = ()
    scar_types: tuple[str, ...] = ()
    blinded: bool | None = None
    controlled: bool = False
    changes: tuple[Change, ...] = ()
    responders: tuple[Responders, ...] = ()
    harms: tuple[Harm, ...] = ()
    raw_changes: tuple[RawChange, ...] = ()
    tissue: tuple[TissueChange, ...] = ()
    responders_of_all_arms: tuple[Responders, ...] = ()
    harms_of_all_arms: tuple[Harm, ...] = ()
    contrasts: tuple[TrialContrast, ...] = ()
    age_years: dict[str, float] | None = None
    severity: str | None = None

    def arm(self, arm_id: str) -> Arm:
        """Return the arm called `arm_id`."""
        return next(arm for arm in self.arms if arm.id == arm_id)


@dataclass(frozen=True)
class PooledResult:
    """One pooled comparison of a review, first against second, sign as published."""

    first: str
    outcome: str
    measure: str
    value: float
    second: str | None = None
    low: float | None = None
    high: float | None = None
    i2: float | None = None
    favours: str | None = None


@dataclass(frozen=True)
class Synthesis:
    """One systematic review; `overlap` names trials that it probably pools and that must not be counted with it."""

    id: str
    results: tuple[PooledResult, ...]
    studies: int | None = None
    patients: int | None = None
    overlap: tuple[str, ...] = ()
    usable_for: tuple[str, ...] = ()


_PARTS = {
    "arms": Arm,
    "changes": Change,
    "responders": Responders,
    "harms": Harm,
    "raw_changes": RawChange,
    "tissue": TissueChange,
    "responders_of_all_arms": Responders,
    "harms_of_all_arms": Harm,
    "contrasts": TrialContrast,
    "results": PooledResult,
}
T = TypeVar("T")


@cache
def all_trials() -> dict[str, Trial]:
    """Return every trial by its id."""
    return {row["id"]: _make(Trial, row) for row in read_data("trials.toml")["trial"]}


@cache
def all_syntheses() -> dict[str, Synthesis]:
    """Return every systematic review by its id."""
    return {row["id"]: _make(Synthesis, row) for row in read_data("syntheses.toml")["synthesis"]}


def _make(model: type[T], row: dict[str, Any]) -> T:
    values = {}
    for name, value in row.items():
        if name in _PARTS and value and isinstance(value[0], dict):
            value = tuple(_make(_PARTS[name], part) for part in value)
        values[name] = tuple(value) if isinstance(value, list) else value
    return model(**values)
