"""Where a number or a statement comes from, and how much it may carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

SourceRank = Literal["label", "guideline", "trial", "review", "practice", "machine", "memory"]

#: From the strongest to the weakest; the last three never carry a recommendation of depth, drug, strength or dose.
SOURCE_RANKS: tuple[str, ...] = get_args(SourceRank)
WEAK_RANKS = frozenset({"practice", "machine", "memory"})


@dataclass(frozen=True)
class Source:
    """A label, guideline, trial, review, practice page, machine-written page, or memory.

    `same_as` is the id under which the same document stands already: it is cited once.
    """

    id: str
    title: str
    rank: SourceRank
    verification: str
    doi: str = ""
    address: str = ""
    same_as: str = ""
    note: str = ""

    @property
    def is_weak(self) -> bool:
        """Whether this source is too weak to carry a recommendation of depth, drug, strength or dose."""
        return self.rank in WEAK_RANKS
