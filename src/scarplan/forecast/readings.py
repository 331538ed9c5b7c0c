"""What could be measured before or early in a course, as the draws would read it, each with its error.

A reading is one number in each draw: what the measurement would show if that draw were this patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of
from scarplan.forecast.headline import Follower, Headline
from scarplan.forecast.inputs import DEPTH_ERROR, DEPTHS
from scarplan.forecast.outcomes import make_timetable, zone_setting
from scarplan.records.plan import Plan
from scarplan.response import ResponseDraws

#: Purpose of a random stream, so that no two parts of a forecast share one.
_STREAM = 43
_FOLLOW_UP, _AGAIN, _DERMIS, _REACH, _SCAN, _SPOT, _PATCH = range(7)
# A follow-up that is nearly the judging itself foretells nothing.
_LEAST_DAYS_AHEAD = 28


@dataclass(frozen=True, eq=False)
class Reading:
    """One measurement. `of` is what it tells of; `error` says how well it is read, in words."""

    name: str
    words: str
    error: str
    of: Literal["depth", "pigment"]
    values: Float[np.ndarray, " draw"]


def reading_days(plan: Plan) -> tuple[int, ...]:
    """Return the day of the follow-up scan that is looked at; none where it would be too late to foretell."""
    day = int(value_of("forecast.reading_follow_up_day"))
    return (day,) if day + _LEAST_DAYS_AHEAD <= make_timetable(plan).judge_day else ()


def list_readings(
    plan: Plan,
    headline: Headline,
    *,
    follower: Follower,
    draws: ResponseDraws,
    inputs: Mapping[str, Float[np.ndarray, " draw"]],
) -> tuple[Reading, ...]:
    """Return every reading that is possible here; `draws` are those of the main zone, `inputs` those of the depth."""
    noise = _Noise(follower.healer.seed, follower.count)
    found = [*_of_skin(draws, inputs, noise), *_of_test_spot(plan, follower, noise)]
    if follower.depth_sd_mm is None:
        error = value_of("forecast.reading_scan_error_mm")
        depths = inputs[DEPTHS] + error * noise.draw(_SCAN)
        found.append(Reading("scan_now", "a 3-D scan today", f"mean depth to {error:g} mm", "depth", depths))
        return tuple(found)
    of_mean = follower.mean_error_mm
    for day in reading_days(plan):
        # The follow-up reads the depth that is there then; today's was read with an error of its own.
        left = headline.on_day(day).mean(axis=1) + of_mean * noise.draw(_FOLLOW_UP)
        words = f"a follow-up scan {day} days after the first session"
        found.append(Reading("follow_up_scan", words, f"mean depth to {of_mean:.3f} mm", "depth", left))
    again = inputs[DEPTH_ERROR] - of_mean * noise.draw(_AGAIN)
    found.append(Reading("second_scan", "a second scan today", f"mean depth to {of_mean:.3f} mm", "depth", again))
    return tuple(found)


def _of_skin(
    draws: ResponseDraws, inputs: Mapping[str, Float[np.ndarray, " draw"]], noise: _Noise
) -> Iterator[Reading]:
    for name, field, purpose, words in (
        ("ultrasound", "dermis_mm", _DERMIS, "ultrasound of how thick the skin is"),
        ("channels_seen", "reached_fraction", _REACH, "looking with light at how deep the channels go"),
    ):
        if field in inputs:
            error = value_of(f"forecast.reading_{'dermis' if field == 'dermis_mm' else 'reach'}_error_share")
            values = np.asarray(getattr(draws.needling, field)) * (1.0 + error * noise.draw(purpose))
            yield Reading(name, words, f"to {100 * error:.0f} %, an assumption", "depth", values)


def _of_test_spot(plan: Plan, follower: Follower, noise: _Noise) -> Iterator[Reading]:
    """Yield what one session on one scar tells: how it answers, where depths are measured, and whether it darkens."""
    day = int(value_of("forecast.reading_test_spot_day"))
    spot = follower.typical_scar()
    setting = zone_setting(plan, *spot.scars.places[0])
    if setting is None:
        return
    one = spot.follow_settings(lambda zone, side: setting, session_days=(0,), days=(day,))
    words = f"a test spot of one session, looked at after {day} days"
    darkens = noise.uniform(_PATCH) < one.pigment_risk
    yield Reading("test_spot_pigment", words, "does it darken, yes or no", "pigment", darkens.astype(float))
    if spot.depth_sd_mm is not None:
        error = float(spot.depth_sd_mm[0]) * np.sqrt(2.0)
        change = one.left_mm[:, 0, 0] - spot.scars.depth_mm[:, 0] + error * noise.draw(_SPOT)
        yield Reading("test_spot", words, f"change of one scar to {error:.3f} mm", "depth", change)


@dataclass(frozen=True)
class _Noise:
    seed: int
    count: int

    def draw(self, purpose: int) -> Float[np.ndarray, " draw"]:
        return self._stream(purpose).standard_normal(self.count)

    def uniform(self, purpose: int) -> Float[np.ndarray, " draw"]:
        return self._stream(purpose).random(self.count)

    def _stream(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, _STREAM, purpose])
