"""What a forecast hangs on as plain values: the key `sensitivity` of its JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from scarplan.forecast.changes import Effect
from scarplan.forecast.inputs import INPUTS
from scarplan.forecast.quantiles import describe_band, round_figure
from scarplan.forecast.readings import Reading
from scarplan.forecast.say_sensitivity import say_what_it_hangs_on
from scarplan.forecast.sensitivity import InputShare, Shares
from scarplan.forecast.value_of_knowing import Narrowing
from scarplan.forecast.what_it_hangs_on import Hanging

# So many inputs have a row of their own; the rest is summed up.
_MOST_ROWS = 8
# Shares are written finer than they are known, so that rounding adds nothing; pages show whole percents.
_SHARE_DIGITS = 2
# 1.96 standard deviations of the difference of two scans, as for single scars.
_DETECTABLE_SDS = 1.96 * np.sqrt(2.0)

_OF = {
    "mm": "mean visible depth left of the treated scars when the result is judged",
    "%": "change of the depth of the treated scars when the result is judged",
}


def describe_sensitivity(hanging: Hanging) -> dict[str, Any]:
    """Return what the forecast hangs on, what can be changed and what would be worth knowing, with sentences."""

    def write_odds(log_odds: float) -> float:
        return round_figure(100 * special.expit(log_odds))

    depth = _describe_shares(hanging.depth_shares, round_figure)
    pigment = _describe_shares(hanging.pigment_shares, write_odds)
    described = {
        "depth": {
            "of": _OF[hanging.unit],
            "unit": hanging.unit,
            "day": hanging.judge_day,
            **describe_band(hanging.figure),
            "mean": round_figure(hanging.figure.mean()),
            **depth,
        },
        "pigment": {
            "of": "risk of dark patches in the course",
            "unit": "%",
            **describe_band(100 * hanging.pigment),
            "mean": write_odds(special.logit(hanging.pigment).mean()),
            **pigment,
        },
        "changes": [_describe_effect(effect, hanging) for effect in hanging.effects],
        "knowing": sorted(
            (_describe_reading(*row) for row in hanging.readings), key=lambda row: -row["narrower_percent"]
        ),
        "draws": hanging.figure.size,
    }
    return {"words": say_what_it_hangs_on(described), **described}


def _describe_shares(shares: Shares, write: Callable[[float], float]) -> dict[str, Any]:
    told = [row for row in shares.inputs if row.matters][:_MOST_ROWS]
    names = {row.name for row in told}
    others = [row for row in shares.inputs if row.name not in names]
    return {
        "inputs": [_describe_input(row, write) for row in told],
        "other_inputs": {"count": len(others), "share_percent": _percent(sum(row.share for row in others))},
        "unexplained_percent": _percent(shares.unexplained) if shares.sd > 0 else None,
    }


def _describe_input(row: InputShare, write: Callable[[float], float]) -> dict[str, Any]:
    told = INPUTS[row.name]
    return {
        "name": row.name,
        "words": told.words,
        "share_percent": _percent(row.share),
        "share_low_percent": _percent(row.low),
        "share_high_percent": _percent(min(row.high, 1.0)),
        "low_words": told.low,
        "high_words": told.high,
        "at_low": write(row.at_low),
        "at_high": write(row.at_high),
    }


def _describe_effect(effect: Effect, hanging: Hanging) -> dict[str, Any]:
    figure = describe_band(effect.figure)
    seen = None
    if hanging.mean_error_mm is not None:
        seen = bool(abs(float(np.median(effect.figure))) > _DETECTABLE_SDS * hanging.mean_error_mm)
    return {
        "name": effect.change.name,
        "words": effect.change.words,
        "effect": figure,
        "chance_shallower": round_figure((effect.figure < 0).mean()),
        "a_scan_would_see_it": seen,
        "pigment_points": describe_band(100 * effect.pigment_risk),
    }


def _describe_reading(reading: Reading, told: Narrowing) -> dict[str, Any]:
    return {
        "name": reading.name,
        "words": reading.words,
        "read": reading.error,
        "of": reading.of,
        "narrower_percent": _percent(told.narrower) if told.matters else 0.0,
        "share_percent": _percent(told.share),
        "share_low_percent": _percent(told.low),
        "share_high_percent": _percent(min(told.high, 1.0)),
    }


def _percent(share: float) -> float:
    return round(100 * float(share), _SHARE_DIGITS) + 0.0
