"""The patient's own response: the draws of a forecast, moved to where they agree with what was measured.

For a follow-up on day v and a scar s, with f the change that the draw expects of it:

    y_sv = f_sv (1 + d_s) + b_v + e_sv,    d_s ~ N(0, departure^2),  b_v ~ N(0, shared^2),  e_sv ~ N(0, sd_sv^2)

d is how far a scar departs from the model, the same at every follow-up; b is the level of one scan against another,
the same for all its scars; sd comes from the comparison. Whether a scar is tethered is not known: its likelihood is the
mean over both, weighted by its kind. d and the tether are integrated out in closed form, b is a score like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import special

from scarplan.course.delivered import CourseSession
from scarplan.course.measured import FollowUp
from scarplan.course.predictor import CoursePredictor
from scarplan.course.tempering import temper
from scarplan.evidence.library import value_of

#: Purposes of random streams, so that no two parts of an update share one.
_STREAM, _SHIFTS, _MOVES, _SCARS = 47, 0, 1, 2


@dataclass(frozen=True, eq=False)
class OwnResponse:
    """An ensemble of equal weights, one patient's response after what was measured.

    scores      of the model's draws [draw k]
    tethered    whether a scar is tethered [draw s]
    departure   how far the change of a scar departs from the model's, as a share of it [draw s]
    effective   how many of the draws before agreed with what was measured
    powers      by which steps the measurements were let in; none without any
    accepted    share of the last moves that were accepted
    ancestors   how many different draws the ensemble descends from
    """

    scores: Float[np.ndarray, "draw k"]
    tethered: Bool[np.ndarray, "draw s"]
    departure: Float[np.ndarray, "draw s"]
    effective: float
    powers: tuple[float, ...]
    accepted: float
    ancestors: int

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(self.scores)

    def left(
        self, predictor: CoursePredictor, sessions: Sequence[CourseSession], days: Sequence[int]
    ) -> Float[np.ndarray, "draw t s"]:
        """Return the visible depth left of every scar in every draw, mm; a scar cannot be shallower than level."""
        both = predictor.left(self.scores, sessions, days)
        depth = np.broadcast_to(predictor.scars.depth_mm, self.departure.shape)[:, None]
        left = np.where(self.tethered[:, None], both[..., 1], both[..., 0])
        return np.maximum(depth + (left - depth) * (1.0 + self.departure[:, None]), 0.0)


def learn_response(
    predictor: CoursePredictor,
    sessions: Sequence[CourseSession],
    follow_ups: Sequence[FollowUp],
    *,
    rolling: Float[np.ndarray, " s"],
    count: int,
    seed: int,
) -> OwnResponse:
    """Return the response of a patient after `follow_ups`, all of them together; without any it is that before.

    sessions   as they were given; one after a follow-up does not bear on it
    rolling    chance that each scar is a tethered one
    count      draws of the ensemble, a multiple of those of a forecast
    """
    prior = predictor.coordinates.prior(count)
    rng = np.random.default_rng([seed, _STREAM, _SHIFTS])
    start = np.concatenate([prior, rng.standard_normal((count, len(follow_ups)))], axis=1)
    measured = _Measured(predictor, tuple(sessions), tuple(follow_ups), rolling, prior.shape[1])
    if not any(each.seen.any() for each in follow_ups):
        tethered, departure = measured.draw_scars(start, np.random.default_rng([seed, _STREAM, _SCARS]))
        return OwnResponse(prior, tethered, departure, float(count), (), 1.0, count)
    told = temper(
        measured.log_likelihood,
        start,
        moves=value_of("course.moves_per_step"),
        last_moves=value_of("course.last_moves"),
        rng=np.random.default_rng([seed, _STREAM, _MOVES]),
    )
    tethered, departure = measured.draw_scars(told.scores, np.random.default_rng([seed, _STREAM, _SCARS]))
    return OwnResponse(
        scores=told.scores[:, : prior.shape[1]],
        tethered=tethered,
        departure=departure,
        effective=told.effective,
        powers=told.powers,
        accepted=told.accepted,
        ancestors=len(np.unique(told.ancestors)),
    )


@dataclass(frozen=True, eq=False)
class _Measured:
    """The follow-ups of a course against what draws expect of them."""

    predictor: CoursePredictor
    sessions: tuple[CourseSession, ...]
    follow_ups: tuple[FollowUp, ...]
    rolling: Float[np.ndarray, " s"]
    of_model: int

    def log_likelihood(self, scores: Float[np.ndarray, "draw k"]) -> Float[np.ndarray, " draw"]:
        """Return the logarithm of the likelihood of each draw, up to a constant."""
        told, _, _ = self._by_scar(scores)
        with np.errstate(divide="ignore"):  # a scar that is surely of one kind has no chance of the other
            weighted = told + np.log(np.stack([1.0 - self.rolling, self.rolling], axis=-1))
        total = special.logsumexp(weighted, axis=-1).sum(axis=1)
        return np.where(np.isfinite(total), total, -np.inf)

    def draw_scars(
        self, scores: Float[np.ndarray, "draw k"], rng: np.random.Generator
    ) -> tuple[Bool[np.ndarray, "draw s"], Float[np.ndarray, "draw s"]]:
        """Return whether each scar is tethered in each draw, and how far it departs, drawn given what was measured."""
        shape = len(scores), self.rolling.size
        told, mean, sd = self._by_scar(scores)
        with np.errstate(divide="ignore"):
            odds = np.log(self.rolling) - np.log1p(-self.rolling) + told[..., 1] - told[..., 0]
        tethered = rng.random(shape) < special.expit(odds)
        kind = tethered.astype(int)[..., None]
        own_mean = np.take_along_axis(mean, kind, axis=-1)[..., 0]
        own_sd = np.take_along_axis(sd, kind, axis=-1)[..., 0]
        # A scar that departs by more than all of its change would turn deeper for being treated.
        return tethered, np.maximum(own_mean + own_sd * rng.standard_normal(shape), -1.0)

    def _by_scar(
        self, scores: Float[np.ndarray, "draw k"]
    ) -> tuple[Float[np.ndarray, "draw s 2"], Float[np.ndarray, "draw s 2"], Float[np.ndarray, "draw s 2"]]:
        """Return the log likelihood of each scar, untethered and tethered, with mean and sd of its departure."""
        departure = float(value_of("course.scar_departure_share"))
        if not self.follow_ups:
            none = np.zeros((len(scores), self.rolling.size, 2))
            return none, none, np.full_like(none, departure)
        expected = self._expected(scores)
        shift = float(value_of("course.shared_error_mm")) * scores[:, self.of_model :]
        change = np.stack([each.change_mm for each in self.follow_ups])
        weight = np.stack([np.where(each.seen, 1.0 / each.sd_mm**2, 0.0) for each in self.follow_ups])[None, :, :, None]
        rest = np.where(weight > 0, change[None, :, :, None] - expected - shift[:, :, None, None], 0.0)
        square = (weight * rest**2).sum(axis=1)
        cross = (weight * rest * expected).sum(axis=1)
        power = (weight * expected**2).sum(axis=1)
        spread = 1.0 / (departure**-2 + power)
        told = -0.5 * (square - spread * cross**2 + np.log1p(departure**2 * power))
        return told, spread * cross, np.sqrt(spread)

    def _expected(self, scores: Float[np.ndarray, "draw k"]) -> Float[np.ndarray, "draw v s 2"]:
        """Return the change that each draw expects at each follow-up, mm."""
        days = sorted({each.day for each in self.follow_ups})
        left = self.predictor.left(scores[:, : self.of_model], self.sessions, days)
        places = [days.index(each.day) for each in self.follow_ups]
        return left[:, places] - self.predictor.scars.depth_mm[:, None, :, None]
