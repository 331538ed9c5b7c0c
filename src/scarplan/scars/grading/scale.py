"""AbstractScale: a published grading scale, as far as relief alone can suggest it."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scarplan.scars.scarmap import Scar

FROM_RELIEF, NOT_ASSESSED = "from relief", "not assessed"


@dataclass(frozen=True)
class GradeRow:
    """One row of a scale: `count` scars seen in relief, or None where relief cannot see it."""

    row: str
    grade: str
    count: int | None
    status: str
    note: str = ""


@dataclass(frozen=True)
class GradeTotal:
    """Lowest and highest total that fit what relief shows; None for a patch. Never verified: tables from memory."""

    low: float | None
    high: float | None
    verified: bool
    note: str


@dataclass(frozen=True)
class ScaleSuggestion:
    """What one scale would say: rows with counts, and the total as a range."""

    scale: str
    rows: tuple[GradeRow, ...]
    total: GradeTotal

    def without_total(self, note: str) -> ScaleSuggestion:
        """Return the same rows with no total, and why."""
        return replace(self, total=GradeTotal(None, None, self.total.verified, note))


class AbstractScale(abc.ABC):
    """A grading scale. The clinician's grade is the grade; this suggests."""

    @abc.abstractmethod
    def grade(self, scars: Sequence[Scar]) -> ScaleSuggestion:
        """Return what the relief of `scars` (the confident or reviewed ones) suggests."""
