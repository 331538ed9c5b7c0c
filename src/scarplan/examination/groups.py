"""Groups of scars: one zone, side and kind with the range in which their number lies, under a number that stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.evidence.library import value_of
from scarplan.records.assessment import ZONE_NAMES, Assessment, Kind, Side, ZoneFindings

#: The kinds that needling is planned for, in the order of `examination.kind_confusion`.
DEPRESSED_KINDS: tuple[Kind, ...] = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling")
#: The zones that have a left and a right.
PAIRED_ZONES = frozenset({"temple", "periorbital", "cheek", "malar", "jawline"})

_SIDES: tuple[Side | None, ...] = (None, "left", "right")


@dataclass(frozen=True)
class CountRange:
    """Fewest and most scars that fit what was written."""

    low: int
    high: int

    def describe(self) -> dict[str, int]:
        """Return the range as it stands in a result."""
        return {"low": self.low, "high": self.high}


@dataclass(frozen=True)
class Group:
    """The scars of one kind in one zone and side. `id` depends on these three alone."""

    id: int
    zone: str
    side: Side | None
    kind: Kind
    count: CountRange

    def describe(self) -> dict[str, Any]:
        """Return the group as it stands in `groups`."""
        return {"id": self.id, "zone": self.zone, "side": self.side, "kind": self.kind, **self.count.describe()}


def count_range(written: int | str | None) -> CountRange | None:
    """Return the range of a whole number or a class of counts; None where it is not known."""
    if written is None:
        return None
    if isinstance(written, int):
        return CountRange(written, written)
    if written == "over 20":
        return CountRange(21, value_of("examination.most_over_20"))
    low, high = written.split("-")
    return CountRange(int(low), int(high))


def count_in(findings: ZoneFindings, kind: Kind) -> CountRange | None:
    """Return how many scars of `kind` a zone holds; None where it is not known."""
    return count_range(findings.count_of(kind))


def total_count(assessment: Assessment, kind: Kind) -> CountRange | None:
    """Return how many scars of `kind` the zones hold together; None where one of them, or every zone, is unknown."""
    counts = [count_in(findings, kind) for findings in assessment.zone]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts) or not (counts or assessment.rest_of_face == "no_scars"):
        return None
    return CountRange(sum(count.low for count in known), sum(count.high for count in known))


def least_count(assessment: Assessment, kind: Kind) -> int:
    """Return how many scars of `kind` were surely counted, whatever else is not known."""
    return sum(count.low for findings in assessment.zone if (count := count_in(findings, kind)))


def list_groups(assessment: Assessment) -> tuple[Group, ...]:
    """Return every group of depressed scars that may hold one, in the order of zones, sides and kinds."""
    groups = [
        Group(group_id(findings.zone, findings.side, kind), findings.zone, findings.side, kind, count)
        for findings in assessment.zone
        for kind in DEPRESSED_KINDS
        if (count := count_in(findings, kind)) and count.high > 0
    ]
    return tuple(sorted(groups, key=lambda group: group.id))


def group_id(zone: str, side: Side | None, kind: Kind) -> int:
    """Return the number of a group, from 1: the same in every examination of every patient."""
    place = ZONE_NAMES.index(zone) * len(_SIDES) + _SIDES.index(side)
    return 1 + place * len(DEPRESSED_KINDS) + DEPRESSED_KINDS.index(kind)
