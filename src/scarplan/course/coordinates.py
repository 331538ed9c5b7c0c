"""The draws of a patient as standard normal scores: one column for each random stream that the model draws from.

Scores of a zone's draws are those of every zone: the skin of another zone is another quantile of the same score.

A forecast draws how slowly the surface follows for a setting of care. Patients differ in that too, and a reading on
the way cannot tell much and slowly from little and fast; so a course draws the patient's own pace beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import numpy as np
from jaxtyping import Float
from scipy import special

from scarplan.forecast import ZoneHealer
from scarplan.injury import Sampler
from scarplan.injury.priors import Stream
from scarplan.response import ResponseDraws, draw_with


@dataclass(frozen=True)
class Coordinates:
    """The random streams of a patient's draws, in order; a column of scores stands for each."""

    healer: ZoneHealer
    streams: tuple[Stream, ...]

    def prior(self, count: int) -> Float[np.ndarray, "draw k"]:
        """Return the scores of the draws that a forecast uses, `count` of them; the first are those of its own."""
        sampler = Sampler(count, self.healer.seed)
        columns = [special.ndtri(sampler.uniform(name, level=level)) for level, name in self.streams]
        return np.stack(columns, axis=1) if columns else np.zeros((count, 0))

    def draws(self, zone: str, scores: Float[np.ndarray, "draw k"]) -> ResponseDraws:
        """Return the draws of a zone that have these scores."""
        given = dict(zip(self.streams, scores.T, strict=True))
        return _drawer(self.healer, zone)(Sampler(len(scores), self.healer.seed, scores=given))


def coordinates_of(healer: ZoneHealer, zone: str) -> Coordinates:
    """Return the streams that the draws of a patient come from; every zone has the same."""
    sampler = Sampler(1, healer.seed)
    _drawer(healer, zone)(sampler)
    return Coordinates(healer, tuple(sampler.asked))


def _drawer(healer: ZoneHealer, zone: str) -> Callable[[Sampler], ResponseDraws]:
    def draw(sampler: Sampler) -> ResponseDraws:
        drawn = draw_with(
            sampler,
            device_class=healer.device.device_class,
            layers=healer.layers(zone),
            patient=healer.patient,
        )
        lag = drawn.surface_lag_days * sampler.draw("course.lag_between_patients")
        return eqx.tree_at(lambda draws: draws.surface_lag_days, drawn, lag)

    return draw
