"""What may go otherwise than planned: scenarios in which plans are looked at again, on the same draws.

as_planned       nothing goes otherwise
shallow_needles  needles reach less deep than expected
light_hand       pressure is low: needles reach less deep and fewer channels are made
skipped_session  the last session but one is not kept; the result is judged on the same day
biased_reading   every scar is deeper than the scan or the examination said
much_sun         much sun during the course
before_trials    the model as it was before it was fitted to any trial
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import equinox as eqx

from scarplan.evidence.library import value_of
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.planning.schedule import Schedule
from scarplan.response import ResponseDraws, draw_parameters

#: Scenario -> what it says, in words that go on after "when".
WORDS = {
    "as_planned": "everything goes as planned",
    "shallow_needles": "the needles reach less deep than expected",
    "light_hand": "the hand is light, so needles reach less deep and fewer channels are made",
    "skipped_session": "one session is skipped",
    "biased_reading": "the scars are deeper than they were read",
    "much_sun": "there is much sun during the course",
    "before_trials": "the model is taken as it was before it was fitted to trials",
}


def draws_in(scenario: str, zone: str, healer: ZoneHealer) -> ResponseDraws:
    """Return all draws of a zone in a scenario; each is the same patient, hand and study as in every other."""
    if scenario == "much_sun":
        return healer.with_patient(replace(healer.patient, sun="high")).draw(zone, count=healer.count)
    if scenario == "before_trials":
        return draw_parameters(
            healer.count,
            seed=healer.seed,
            device_class=healer.device.device_class,
            layers=healer.layers(zone),
            patient=healer.patient,
            fitted=False,
        )
    draws = healer.draw(zone, count=healer.count)
    if scenario == "shallow_needles":
        return _scaled(draws, lambda d: d.needling.reached_fraction, value_of("planning.scenario_reach_ratio"))
    if scenario == "light_hand":
        ratio = value_of("planning.scenario_pressure_ratio")
        draws = _scaled(draws, lambda d: d.needling.reached_fraction, ratio)
        return _scaled(draws, lambda d: d.needling.delivered_density_ratio, ratio)
    return draws


def session_days_in(scenario: str, schedule: Schedule) -> tuple[int, ...]:
    """Return the days of the sessions that are kept; a course of one session has none to skip."""
    days = schedule.session_days
    return (*days[:-2], days[-1]) if scenario == "skipped_session" and len(days) > 1 else days


def scars_in(scenario: str, scars: ScarDraws) -> ScarDraws:
    """Return the scars as they are in a scenario."""
    if scenario != "biased_reading":
        return scars
    return replace(scars, depth_mm=scars.depth_mm * (1 + value_of("planning.scenario_depth_bias")))


def _scaled(draws: ResponseDraws, of: Callable[[ResponseDraws], object], ratio: float) -> ResponseDraws:
    return eqx.tree_at(of, draws, replace_fn=lambda values: values * ratio)
