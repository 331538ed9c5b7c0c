"""How many changed for the better by more than measuring alone can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scarplan.photographs.agreement import Interval
from scarplan.study.endpoints import EndpointRows
from scarplan.study.interval import share_interval


@dataclass(frozen=True)
class Responders:
    """Of one arm: scars (or patients) measured at both visits, those better and worse beyond the detectable change."""

    arm: str
    measured: int
    better: int
    worse: int
    share_better: Interval


def count_responders(rows: EndpointRows, *, arms: tuple[str, ...], detectable: float, better: str) -> list[Responders]:
    """Return the count of each arm at the visit of the endpoint. Shares take scars as clustered in patients."""
    sign = -1.0 if better == "lower" else 1.0
    gain = sign * (rows.value - rows.baseline)
    found = []
    for number, arm in enumerate(arms):
        mine = rows.at & (rows.arm == number) & np.isfinite(gain)
        patients = np.unique(rows.patient[mine])
        hits = [float((gain[mine & (rows.patient == one)] > detectable).sum()) for one in patients]
        totals = [float((mine & (rows.patient == one)).sum()) for one in patients]
        share = share_interval(hits, totals) if rows.has_scars else share_interval([sum(hits)], [sum(totals)])
        found.append(Responders(arm, int(mine.sum()), int(sum(hits)), int((gain[mine] < -detectable).sum()), share))
    return found
