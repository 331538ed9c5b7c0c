"""What a plan is made from: the scars of a scan, or what a clinician counted. Both are planned by the same code.

scan_basis.py and examination_basis.py make one; everything after them reads only this type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from scarplan.forecast.scar_draws import Place, ScarDraws
from scarplan.records.plan import Basis, Reason

#: The least and the most scars that a count stands for; the same number twice where it is exact.
CountRange: TypeAlias = tuple[int, int]


@dataclass(frozen=True, eq=False)
class ScarBasis:
    """The scars to treat, as the draws of the model take them, and what else is known.

    lists         what the ids of `scars` number: the scars of a scan, or the groups of an examination
    counts        kind -> how many there are, raised ones as well; a kind that was not counted is not in it
    count_words   kind -> the same as it is printed
    left_out      zone and side -> what is not needled there, in words
    is_reviewed   whether a clinician made the list, or went through it
    detectable_percent   change of the mean depth that two scans can tell from error, percent of the present one; None
                         where nothing was measured
    not_cleared_because   one sentence for each open question that keeps the plan from being approved
    """

    name: Basis
    lists: Literal["scars", "groups"]
    scars: ScarDraws
    counts: Mapping[str, CountRange]
    count_words: Mapping[str, str]
    left_out: Mapping[Place, tuple[str, ...]]
    is_reviewed: bool
    not_cleared_because: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    detectable_percent: float | None = None
