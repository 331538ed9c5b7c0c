"""The patient's own response: the draws of a forecast, moved to where they agree with what was measured.

For a follow-up on day v and a scar s, with f the change that the draw expects of it:

    y_sv = (1 + c) f_sv + (k + d_s + m_s) u_v + b_0 + b_v + e_sv,    u_v = mean over scars of f_v
    k ~ N(0, kind^2), one for each kind of scar
    d_s ~ N(0, departure^2), of few scars N(0, 1),    m_s ~ N(0, reading^2 + rest^2)
    c ~ N(0, scale^2),    b_0, b_v ~ N(0, shared^2),    e_sv ~ N(0, sd_sv^2)

k and d are how far scars depart from the model, as a share of what scars do on average, the same at every follow-up: k
all scars of a kind together, d each scar for itself. m and c are errors of reading that come again at every follow-up,
of one scar and of all: a comparison of two scans reads a change a little otherwise than the forecast does; they are
learned with the rest and not foretold. b is the level of one scan, of the baseline and of each follow-up, the same for
all its scars; sd comes from the comparison. Whether a scar is tethered, and whether it is one of the few, is not known:
its likelihood is the mean over all four, weighted. d + m and both are integrated out in closed form; b, c and k are
scores like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import special

from scarplan.course.delivered import CourseSession
from scarplan.course.examined import LEVELS as EXAMINED_LEVELS
from scarplan.course.examined import ExaminedFollowUp
from scarplan.course.measured import FollowUp
from scarplan.course.predictor import CoursePredictor
from scarplan.course.severity import Faces, change_of_figure
from scarplan.course.tempering import temper
from scarplan.evidence.library import value_of
from scarplan.examination import DEPRESSED_KINDS
from scarplan.forecast.scar_draws import ScarDraws

#: Purposes of random streams, so that no two parts of an update share one.
_STREAM, _SHIFTS, _MOVES, _SCARS, _LATER = 47, 0, 1, 2, 3
#: Scores besides those of the model and of the follow-ups' levels: the scale of reading, the level of the baseline, and
#: one for each kind of scar.
_READINGS = 2
_LEVELS = _READINGS + len(DEPRESSED_KINDS)


@dataclass(frozen=True, eq=False)
class OwnResponse:
    """An ensemble of equal weights, one patient's response after what was measured.

    scores      of the model's draws [draw k]
    tethered    whether a scar is tethered [draw s]
    departure   how far the change of a scar departs from the model's, as a share of the mean change [draw s]
    rolling     chance of each scar of being a tethered one, before anything was measured [s]
    effective   how many of the draws before agreed with what was measured
    powers      by which steps the measurements were let in; none without any
    accepted    share of the last moves that were accepted
    ancestors   how many different draws the ensemble descends from
    later       how far what comes after `learned_day`, the last follow-up, departs from the model, as a share [draw]
    scars       the scars of each draw where nobody measured them, with how an examiner sees them (`faces`); else None
    """

    scores: Float[np.ndarray, "draw k"]
    tethered: Bool[np.ndarray, "draw s"]
    departure: Float[np.ndarray, "draw s"]
    rolling: Float[np.ndarray, " s"]
    effective: float
    powers: tuple[float, ...]
    accepted: float
    ancestors: int
    later: Float[np.ndarray, " draw"] | None = None
    learned_day: int | None = None
    scars: ScarDraws | None = None
    faces: Faces | None = None

    def pick(self, draws: Int[np.ndarray, " n"]) -> OwnResponse:
        """Return these draws of the ensemble."""
        return replace(
            self,
            scores=self.scores[draws],
            tethered=self.tethered[draws],
            departure=self.departure[draws],
            later=None if self.later is None else self.later[draws],
            scars=None if self.scars is None else pick_draws(self.scars, draws),
            faces=None if self.faces is None else self.faces.pick(draws),
        )

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(self.scores)

    def left(
        self, predictor: CoursePredictor, sessions: Sequence[CourseSession], days: Sequence[int]
    ) -> Float[np.ndarray, "draw t s"]:
        """Return the visible depth left of every scar in every draw, mm; a scar cannot be shallower than level."""
        if self.scars is not None:
            predictor = replace(predictor, scars=self.scars)
        asked = self._asked(days)
        both = predictor.left(self.scores, sessions, asked)
        by = self._departs(both, predictor, asked)
        left = np.where(self.tethered[:, None], both[..., 1], both[..., 0]) + by
        return np.maximum(left[:, [asked.index(day) for day in days]], 0.0)

    def departs(
        self, predictor: CoursePredictor, sessions: Sequence[CourseSession], days: Sequence[int]
    ) -> Float[np.ndarray, "draw t s"]:
        """Return by how much the depth left of every scar departs from what the model says, mm."""
        asked = self._asked(days)
        by = self._departs(predictor.left(self.scores, sessions, asked), predictor, asked)
        return by[:, [asked.index(day) for day in days]]

    def _asked(self, days: Sequence[int]) -> tuple[int, ...]:
        """Return the days to be followed: those wanted, and that of the last follow-up."""
        return tuple(sorted({*days, *(() if self.learned_day is None else (self.learned_day,))}))

    def _departs(
        self, both: Float[np.ndarray, "draw t s 2"], predictor: CoursePredictor, asked: tuple[int, ...]
    ) -> Float[np.ndarray, "draw t s"]:
        depth = np.broadcast_to(predictor.scars.depth_mm, self.departure.shape)[:, None]
        typical = typical_change(both - depth[..., None], self.rolling)
        by = self.departure[:, None] * typical
        if self.learned_day is None or self.later is None:
            return by
        learned = asked.index(self.learned_day)
        since = np.where(np.arange(len(asked))[:, None] > learned, typical - typical[:, learned, None], 0.0)
        return by + self.later[:, None, None] * since


def pick_draws(scars: ScarDraws, draws: Int[np.ndarray, " n"]) -> ScarDraws:
    """Return the scars of these draws."""
    return replace(
        scars,
        depth_mm=scars.depth_mm[draws],
        width_mm=scars.width_mm[draws],
        tethered=scars.tethered[draws],
        present=scars.present[draws],
    )


def typical_change(
    expected_mm: Float[np.ndarray, "draw t s 2"], rolling: Float[np.ndarray, " s"]
) -> Float[np.ndarray, "draw t 1"]:
    """Return the mean change of all scars, mm, each untethered and tethered by its chance."""
    return ((1.0 - rolling) * expected_mm[..., 0] + rolling * expected_mm[..., 1]).mean(axis=-1, keepdims=True)


def learn_response(
    predictor: CoursePredictor,
    sessions: Sequence[CourseSession],
    follow_ups: Sequence[FollowUp],
    *,
    rolling: Float[np.ndarray, " s"],
    count: int,
    seed: int,
    examined: Sequence[ExaminedFollowUp] = (),
) -> OwnResponse:
    """Return the response of a patient after `follow_ups`, all of them together; without any it is that before.

    sessions   as they were given; one after a follow-up does not bear on it
    rolling    chance that each scar is a tethered one
    count      draws of the ensemble, a multiple of those of a forecast
    examined   follow-ups by examination: the scars of the scan stand for those that were counted
    """
    prior = predictor.coordinates.prior(count)
    rng = np.random.default_rng([seed, _STREAM, _SHIFTS])
    # Those of examinations come last, so that without any all is as it was.
    examined = tuple(each for each in examined if each.figure is not None)
    levels = _LEVELS + len(follow_ups) + (EXAMINED_LEVELS if examined else 0)
    start = np.concatenate([prior, rng.standard_normal((count, levels))], axis=1)
    measured = _Measured(predictor, tuple(sessions), tuple(follow_ups), rolling, prior.shape[1], examined)
    if not examined and not any(each.seen.any() for each in follow_ups):
        tethered, departure = measured.draw_scars(start, np.random.default_rng([seed, _STREAM, _SCARS]))
        return OwnResponse(prior, tethered, departure, rolling, float(count), (), 1.0, count)
    told = temper(
        measured.likelihood,
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
        rolling=rolling,
        effective=told.effective,
        powers=told.powers,
        accepted=told.accepted,
        ancestors=len(np.unique(told.ancestors)),
        later=value_of("course.later_departure_share")
        * np.random.default_rng([seed, _STREAM, _LATER]).standard_normal(count),
        learned_day=max((each.day for each in follow_ups if each.seen.any()), default=None),
    )


@dataclass(frozen=True, eq=False)
class _Measured:
    """The follow-ups of a course against what draws expect of them."""

    predictor: CoursePredictor
    sessions: tuple[CourseSession, ...]
    follow_ups: tuple[FollowUp, ...]
    rolling: Float[np.ndarray, " s"]
    of_model: int
    examined: tuple[ExaminedFollowUp, ...] = ()

    def likelihood(
        self, scores: Float[np.ndarray, "draw k"]
    ) -> tuple[Float[np.ndarray, " draw"], Float[np.ndarray, "draw r"]]:
        """Return the logarithm of the likelihood of each draw, up to a constant, and what it hangs on.

        That is, at each follow-up, the change of all scars untethered and of all tethered, and the level of the scan.
        """
        expected = self._expected(scores)
        told, _, _ = self._by_scar(scores, expected)
        total = special.logsumexp(told + self._log_chances, axis=(-2, -1)).sum(axis=1)
        read = (np.where(self._weights > 0, expected, 0.0) * np.sqrt(self._weights)).sum(axis=2)
        readings = np.concatenate([read.reshape(len(scores), -1), scores[:, self.of_model :]], axis=1)
        if self.examined:
            chances, shares = self._seen(scores)
            total, readings = total + chances, np.concatenate([readings, shares], axis=1)
        return np.where(np.isfinite(total), total, -np.inf), readings

    def _seen(
        self, scores: Float[np.ndarray, "draw k"]
    ) -> tuple[Float[np.ndarray, " draw"], Float[np.ndarray, "draw v"]]:
        """Return the logarithm of the chance of what examiners saw, and the share of the depth left at each."""
        scars, count = self.predictor.scars, len(scores)
        shape = count, self.rolling.size
        kinds = np.array([DEPRESSED_KINDS.index(kind) for kind in scars.kinds])
        faces = Faces(*(np.broadcast_to(row, shape) for row in (kinds, scars.width_mm, np.array(True))))
        days = tuple(sorted({each.day for each in self.examined}))
        both = self.predictor.left(scores[:, : self.of_model], self.sessions, days)
        left = (1.0 - self.rolling) * both[..., 0] + self.rolling * both[..., 1]
        before, total = np.broadcast_to(scars.depth_mm, shape), np.zeros(count)
        for each in self.examined:
            if each.figure is not None:
                change = change_of_figure(each.figure.name, faces, before, left[:, days.index(each.day)])
                total = total + each.figure.log_chance(change, scores[:, -EXAMINED_LEVELS:])
        return total, left.mean(axis=2)

    @property
    def _weights(self) -> Float[np.ndarray, "v s 1"]:
        """One over the square of each error; 0 where nothing was measured."""
        found = [np.where(each.seen, 1.0 / each.sd_mm**2, 0.0) for each in self.follow_ups]
        return np.stack(found)[:, :, None] if found else np.zeros((0, self.rolling.size, 1))

    def draw_scars(
        self, scores: Float[np.ndarray, "draw k"], rng: np.random.Generator
    ) -> tuple[Bool[np.ndarray, "draw s"], Float[np.ndarray, "draw s"]]:
        """Return whether each scar is tethered in each draw, and how far it departs, drawn given what was measured."""
        shape = len(scores), self.rolling.size
        told, mean, sd = (values.reshape(*shape, 4) for values in self._by_scar(scores, self._expected(scores)))
        # The largest of these is a draw of the four by their weights (Gumbel).
        weighted = told + np.broadcast_to(self._log_chances, (1, shape[1], 2, 2)).reshape(1, shape[1], 4)
        kind = np.argmax(weighted + rng.gumbel(size=weighted.shape), axis=-1)[..., None]
        own_mean, own_sd = (np.take_along_axis(values, kind, axis=-1)[..., 0] for values in (mean, sd))
        both = own_mean + own_sd * rng.standard_normal(shape)
        # How much of what a scar departs by is the scar's own, and how much is reading.
        whole = np.broadcast_to(self._departure[:, 0], (shape[1], 2))[np.arange(shape[1]), kind[..., 0] % 2]
        reading = self._reading
        own = 1.0 - (reading / whole) ** 2
        alone = own * both + np.sqrt(own) * reading * rng.standard_normal(shape)
        return kind[..., 0] >= 2, self._of_kinds(scores) + alone

    def _of_kinds(self, scores: Float[np.ndarray, "draw k"]) -> Float[np.ndarray, "draw s"]:
        """Return how far each scar departs with all scars of its kind."""
        kinds = np.array([DEPRESSED_KINDS.index(kind) for kind in self.predictor.scars.kinds])
        return float(value_of("course.kind_departure_share")) * scores[:, self.of_model + _READINGS + kinds]

    @property
    def _reading(self) -> Float[np.ndarray, " s"]:
        """How far the change of each scar is read otherwise than the forecast reads it; what columns leave over too."""
        bridge, share = self.predictor.bridge, float(value_of("course.scar_reading_share"))
        return np.full(self.rolling.size, share) if bridge is None else np.hypot(share, bridge.rest)

    @property
    def _departure(self) -> Float[np.ndarray, "s 1 2"]:
        """How far each scar departs and is read otherwise, together; near the model or unlike it."""
        near = np.hypot(self._reading, float(value_of("course.scar_departure_share")))
        unlike = np.hypot(self._reading, float(value_of("course.unlike_departure_share")))
        return np.stack([near, unlike], axis=-1)[:, None]

    @property
    def _log_chances(self) -> Float[np.ndarray, "s 2 2"]:
        """Logarithm of the chance of a scar of being untethered or tethered, and near the model or unlike it."""
        unlike = float(value_of("course.unlike_scars_share"))
        with np.errstate(divide="ignore"):  # a scar that is surely of one kind has no chance of the other
            kinds = np.log(np.stack([1.0 - self.rolling, self.rolling], axis=-1))
        return kinds[:, :, None] + np.log([1.0 - unlike, unlike])

    def _by_scar(
        self, scores: Float[np.ndarray, "draw k"], expected: Float[np.ndarray, "draw v s 2"]
    ) -> tuple[Float[np.ndarray, "draw s 2 2"], Float[np.ndarray, "draw s 2 2"], Float[np.ndarray, "draw s 2 2"]]:
        """Return the log likelihood of each scar with mean and sd of its own departure: untethered or tethered, and
        near the model or unlike it."""
        departure = self._departure
        if not self.follow_ups:
            none = np.zeros((len(scores), self.rolling.size, 2, 2))
            return none, none, np.broadcast_to(departure, none.shape)
        first = self.of_model + _LEVELS
        of_baseline = scores[:, self.of_model + 1, None]
        levels = of_baseline + scores[:, first : first + len(self.follow_ups)]
        shift = float(value_of("course.shared_error_mm")) * levels
        change, weight = np.stack([each.change_mm for each in self.follow_ups])[:, :, None], self._weights
        typical = typical_change(expected, self.rolling)[..., None]
        with_kind = expected + self._of_kinds(scores)[:, None, :, None] * typical
        rest = np.where(weight > 0, change - with_kind - shift[:, :, None, None], 0.0)
        square = (weight * rest**2).sum(axis=1)[..., None]
        cross = (weight * rest * typical).sum(axis=1)[..., None]
        power = (weight * typical**2).sum(axis=1)[..., None]
        spread = 1.0 / (departure**-2 + power)
        told = -0.5 * (square - spread * cross**2 + np.log1p(departure**2 * power))
        return told, spread * cross, np.broadcast_to(np.sqrt(spread), told.shape)

    def _expected(self, scores: Float[np.ndarray, "draw k"]) -> Float[np.ndarray, "draw v s 2"]:
        """Return the change that each draw expects to be read at each follow-up, mm."""
        if not self.follow_ups:
            return np.zeros((len(scores), 0, self.rolling.size, 2))
        days = sorted({each.day for each in self.follow_ups})
        left = self.predictor.left(scores[:, : self.of_model], self.sessions, days)
        places = [days.index(each.day) for each in self.follow_ups]
        scale = 1.0 + float(value_of("course.reading_scale_share")) * scores[:, self.of_model]
        return scale[:, None, None, None] * (left[:, places] - self.predictor.scars.depth_mm[:, None, :, None])
