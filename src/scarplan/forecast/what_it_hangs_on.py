"""What one patient's forecast hangs on, what can be changed, and what would be worth knowing, before words.

The headline is the mean visible depth left of the treated scars when the result is judged, mm; without a scan the
change of their depth, percent. Beside it stands the risk of dark patches, looked at as log odds: a risk has a long tail
that hides everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import special

from scarplan.evidence.library import value_of
from scarplan.forecast.changes import Change, Effect, try_changes
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.headline import Follower
from scarplan.forecast.inputs import DEPTH_ERROR, DEPTHS, TETHERED, WIDTHS, inputs_of_depth, inputs_of_pigment
from scarplan.forecast.outcomes import make_timetable
from scarplan.forecast.readings import Reading, list_readings, reading_days
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.forecast.sensitivity import Shares, share_spread
from scarplan.forecast.value_of_knowing import Narrowing, narrow
from scarplan.records.plan import Plan

#: Purpose of a random stream, so that no two parts of a forecast share one.
_STREAM = 41
# A depth that an unlucky error would make nothing or less; scars that shallow are not counted anyway.
_LEAST_DEPTH_MM = 0.01


@dataclass(frozen=True, eq=False)
class Hanging:
    """What a forecast hangs on.

    figure [draw]    the headline in each draw, `unit` is mm, or % without a scan
    pigment [draw]   the risk of dark patches, 0-1
    depth_shares, pigment_shares   what each input explains of the spread of the figure, and of the log odds of the risk
    readings         what could be measured, with what knowing it takes off
    effects          what can be changed, with what it does
    mean_error_mm    the scanner's error in the mean depth; None without a scan
    """

    figure: Float[np.ndarray, " draw"]
    unit: str
    pigment: Float[np.ndarray, " draw"]
    depth_shares: Shares
    pigment_shares: Shares
    readings: tuple[tuple[Reading, Narrowing], ...]
    effects: tuple[Effect, ...]
    judge_day: int
    mean_error_mm: float | None


def draws_to_explain(healer: ZoneHealer) -> int:
    """Return in how many draws a forecast is looked at here: several times its own."""
    return int(value_of("forecast.sensitivity_blocks")) * healer.count


def follow_measured(
    scars: ScarDraws, rows: Sequence[Mapping[str, Any]], *, healer: ZoneHealer, scanner: ScannerModel
) -> tuple[Follower, Float[np.ndarray, "draw s"]]:
    """Return scars of a scan as they may really be: each as deep as read less an error, which is returned too.

    `rows` are those of the scars result; `scars` the same scars in many draws.
    """
    count = scars.depth_mm.shape[0]
    sd = np.array([row["depth_sd_mm"] for row in rows], dtype=float)
    errors = [np.random.default_rng([healer.seed, _STREAM, row["id"]]).standard_normal(count) for row in rows]
    error = np.stack(errors, axis=1) * sd
    really = replace(scars, depth_mm=np.maximum(scars.depth_mm - error, _LEAST_DEPTH_MM))
    return Follower(healer, really, scanner, sd), error


def look_into(
    plan: Plan,
    follower: Follower,
    *,
    changes: Sequence[Change],
    depth_error_mm: Float[np.ndarray, "draw s"] | None = None,
) -> Hanging:
    """Return what the forecast of `plan` hangs on; `depth_error_mm` is the error in the depth of scars of a scan."""
    judge = make_timetable(plan).judge_day
    headline = follower.follow(plan, days=(*reading_days(plan), judge))
    figure = follower.figure(headline.on_day(judge))
    draws = follower.draws_of(follower.main_zone())
    inputs = inputs_of_depth(draws) | _inputs_of_scars(follower, depth_error_mm)
    odds = special.logit(headline.pigment_risk)
    readings = list_readings(plan, headline, follower=follower, draws=draws, inputs=inputs)
    return Hanging(
        figure=figure,
        unit="%" if follower.depth_sd_mm is None else "mm",
        pigment=headline.pigment_risk,
        depth_shares=share_spread(figure, inputs),
        pigment_shares=share_spread(odds, inputs_of_pigment(draws)),
        readings=tuple((row, narrow(figure if row.of == "depth" else odds, row.values)) for row in readings),
        effects=try_changes(plan, changes, follower),
        judge_day=judge,
        mean_error_mm=None if follower.depth_sd_mm is None else follower.mean_error_mm,
    )


def _inputs_of_scars(
    follower: Follower, depth_error_mm: Float[np.ndarray, "draw s"] | None
) -> dict[str, Float[np.ndarray, " draw"]]:
    """Return what is uncertain of the scars themselves, as one number in each draw; without what does not vary."""
    scars = follower.scars
    weights = np.where(scars.present.any(axis=1, keepdims=True), scars.present, True).astype(float)

    def mean(values: Float[np.ndarray, "draw s"], weight: Float[np.ndarray, "draw s"]) -> Float[np.ndarray, " draw"]:
        return (values * weight).sum(axis=1) / weight.sum(axis=1)

    # Bands hold a share of the depth: a deep scar counts for more.
    typical = np.broadcast_to(scars.depth_mm.mean(axis=0), scars.depth_mm.shape)
    found = {TETHERED: mean(scars.tethered, weights * typical)}
    if depth_error_mm is None:
        found |= {DEPTHS: mean(scars.depth_mm, weights), WIDTHS: mean(scars.width_mm, weights)}
    else:
        found[DEPTH_ERROR] = depth_error_mm.mean(axis=1)
    return {name: values for name, values in found.items() if np.ptp(values) > 0}
