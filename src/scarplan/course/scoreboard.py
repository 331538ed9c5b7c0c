"""Scoreboard: what every earlier forecast said of the day of a later scan, and whether the scan came out inside it.

    CRPS = mean |x_i - y| - 1/2 mean |x_i - x_j|      of the draws x and the measured depth y; lower is better

A forecast is judged by scans that it did not know, from what was kept of it: five quantiles on its days. Between days,
and between quantiles, they go in straight lines; the tails go on as steep as they end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.forecast.quantiles import LEVELS, round_figure

_COLUMNS = (
    "forecast", "made_on", "scan", "day", "scar", "low_mm", "middle_mm", "high_mm", "measured_mm", "hit", "crps_mm",
)  # fmt: skip
#: So many draws stand for a forecast whose quantiles were kept.
_DRAWS = 200
_LOW, _MIDDLE, _HIGH = (list(LEVELS).index(name) for name in ("q05", "q50", "q95"))


@dataclass(frozen=True, eq=False)
class PastForecast:
    """A forecast as it was kept. `scans_known` is how many scans it was made from.

    quantiles_mm   depth of each scar, and of the mean of all, on its days: 5, 25, 50, 75, 95 % [t q], by scar id;
                   the mean under None
    present_mm     the mean depth before treatment
    """

    name: str
    made_on: str
    scans_known: int
    days: Sequence[int]
    quantiles_mm: Mapping[int | None, Float[np.ndarray, "t q"]]
    present_mm: float

    def on_day(self, scar: int | None, day: int) -> Float[np.ndarray, " q"]:
        """Return the quantiles of one scar on a day."""
        return np.array([np.interp(day, self.days, column) for column in self.quantiles_mm[scar].T])


@dataclass(frozen=True)
class MeasuredScan:
    """What a scan measured. `number` counts the scans of the course from 1.

    depth_mm    depth of each scar then (mm), by its number in the baseline
    left        depth of all of them then, relative to what it was
    """

    number: int
    name: str
    day: int
    depth_mm: Mapping[int, float]
    left: float


def read_past_forecast(told: Mapping[str, Any], *, name: str, made_on: str, scans_known: int) -> PastForecast:
    """Return a forecast from its `--json` object."""

    def bands(of: Mapping[str, Sequence[float]]) -> Float[np.ndarray, "t q"]:
        return np.array([of[level] for level in LEVELS], dtype=float).T

    found: dict[int | None, Float[np.ndarray, "t q"]] = {
        # The error of the first scan is in what a later scan measures as well.
        int(row["id"]): bands(row["scanned_depth_mm"])
        for row in told["scars"]
    }
    found[None] = bands(told["total"]["depth_mm"])
    return PastForecast(name, made_on, scans_known, told["days"], found, float(told["total"]["present_depth_mm"]))


@dataclass(frozen=True)
class Judged:
    """One figure of one forecast against one scan; `scar` is None for the mean of all that were measured."""

    forecast: str
    made_on: str
    scan: str
    day: int
    scar: int | None
    low_mm: float
    middle_mm: float
    high_mm: float
    measured_mm: float
    crps_mm: float

    @property
    def hit(self) -> bool:
        """Whether the measured depth lies inside the 90 % band."""
        return self.low_mm <= self.measured_mm <= self.high_mm


def judge_forecasts(forecasts: Sequence[PastForecast], scans: Sequence[MeasuredScan]) -> tuple[Judged, ...]:
    """Return every forecast against every scan that came after it: its scars, then their mean."""
    return tuple(
        row for past in forecasts for scan in scans if scan.number > past.scans_known for row in _judge(past, scan)
    )


def crps(draws: Float[np.ndarray, " draw"], measured: float) -> float:
    """Return the continuous ranked probability score of draws, in their unit; 0 is a sure forecast that came true."""
    ordered = np.sort(draws)
    count = ordered.size
    # The mean of |x_i - x_j| over all pairs, from the order statistics.
    weights = 2.0 * np.arange(1, count + 1) - count - 1.0
    return float(np.abs(ordered - measured).mean() - (weights * ordered).sum() / count**2)


def draws_of_quantiles(quantiles: Float[np.ndarray, " q"]) -> Float[np.ndarray, " draw"]:
    """Return draws, evenly spread in probability, of what has these quantiles (5, 25, 50, 75, 95 %)."""
    levels = np.array(list(LEVELS.values()))
    asked = (np.arange(_DRAWS) + 0.5) / _DRAWS
    slopes = np.diff(quantiles)[[0, -1]] / np.diff(levels)[[0, -1]]
    below, above = np.minimum(asked - levels[0], 0.0), np.maximum(asked - levels[-1], 0.0)
    return np.interp(asked, levels, quantiles) + slopes[0] * below + slopes[1] * above


def describe_scoreboard(rows: Sequence[Judged]) -> dict[str, Any]:
    """Return the scoreboard as plain values; shares are None where there was nothing to judge."""
    scars, totals = [row for row in rows if row.scar is not None], [row for row in rows if row.scar is None]
    return {
        "rows": [_describe(row) for row in rows],
        "scars": _summarise(scars),
        "totals": _summarise(totals),
        "says": _say(scars, totals),
    }


def write_scoreboard(rows: Sequence[Judged]) -> bytes:
    """Return `scoreboard.csv`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list[str](_COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_describe(row) for row in rows)
    return text.getvalue().encode()


def _judge(past: PastForecast, scan: MeasuredScan) -> Iterator[Judged]:
    scars = [number for number in past.quantiles_mm if number is not None and number in scan.depth_mm]
    for number in scars:
        yield _row(past, scan, number, scan.depth_mm[number])
    if scars:
        yield _row(past, scan, None, past.present_mm * scan.left)


def _row(past: PastForecast, scan: MeasuredScan, scar: int | None, measured: float) -> Judged:
    band = past.on_day(scar, scan.day)
    score = crps(draws_of_quantiles(band), measured)
    low, middle, high = (float(band[place]) for place in (_LOW, _MIDDLE, _HIGH))
    return Judged(past.name, past.made_on, scan.name, scan.day, scar, low, middle, high, measured, score)


def _describe(row: Judged) -> dict[str, Any]:
    return {
        "forecast": row.forecast,
        "made_on": row.made_on,
        "scan": row.scan,
        "day": row.day,
        "scar": "total" if row.scar is None else row.scar,
        "low_mm": round_figure(row.low_mm),
        "middle_mm": round_figure(row.middle_mm),
        "high_mm": round_figure(row.high_mm),
        "measured_mm": round_figure(row.measured_mm),
        "hit": row.hit,
        "crps_mm": round_figure(row.crps_mm),
    }


def _summarise(rows: Sequence[Judged]) -> dict[str, Any]:
    return {
        "judged": len(rows),
        "hits": sum(row.hit for row in rows),
        "coverage": round_figure(np.mean([row.hit for row in rows])) if rows else None,
        "crps_mm": round_figure(np.mean([row.crps_mm for row in rows])) if rows else None,
    }


def _say(scars: Sequence[Judged], totals: Sequence[Judged]) -> str:
    if not scars:
        return "no forecast has met a later scan yet"
    return (
        f"of 90 % bands, {sum(row.hit for row in scars)} of {len(scars)} held the measured depth of a scar, and "
        f"{sum(row.hit for row in totals)} of {len(totals)} the mean of all; 9 of 10 are expected"
    )
