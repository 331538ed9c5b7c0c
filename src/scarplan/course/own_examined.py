"""The patient's own response from examinations alone: drawn scars and draws of the model, moved together.

Which of the drawn faces the patient has is a score like any other: u ~ N(0, 1) stands for the face number
floor(n Phi(u)), the faces ordered by how deep their scars are together, so that neighbours are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import special

from scarplan.course.delivered import CourseSession
from scarplan.course.examined import LEVELS, ExaminedFollowUp
from scarplan.course.own_response import OwnResponse, pick_draws
from scarplan.course.predictor import CoursePredictor
from scarplan.course.severity import Faces, FigureName, change_of_figure
from scarplan.course.tempering import temper
from scarplan.evidence.library import value_of

#: Purposes of random streams, so that no two parts of an update share one.
_STREAM, _FACES, _MOVES = 59, 0, 1


def learn_from_examinations(
    predictor: CoursePredictor,
    faces: Faces,
    sessions: Sequence[CourseSession],
    examined: Sequence[ExaminedFollowUp],
    *,
    count: int,
    seed: int,
) -> OwnResponse:
    """Return the response of a patient after examinations; without any it is that before, on the drawn scars.

    `predictor.scars` and `faces` hold `count` drawn faces. The scars of the ensemble come with it.
    """
    prior = predictor.coordinates.prior(count)
    rng = np.random.default_rng([seed, _STREAM, _FACES])
    which = special.ndtri((rng.permutation(count) + 0.5) / count)
    start = np.column_stack([prior, which, rng.standard_normal((count, LEVELS))])
    seen = _Seen(predictor, faces, tuple(sessions), tuple(e for e in examined if e.figure), prior.shape[1])
    if not seen.examined:
        return seen.own(start, effective=float(count), powers=(), accepted=1.0, ancestors=count)
    told = temper(
        seen.likelihood,
        start,
        moves=value_of("course.moves_per_step"),
        last_moves=value_of("course.last_moves"),
        rng=np.random.default_rng([seed, _STREAM, _MOVES]),
    )
    return seen.own(
        told.scores,
        effective=told.effective,
        powers=told.powers,
        accepted=told.accepted,
        ancestors=len(np.unique(told.ancestors)),
    )


def expected_change(
    own: OwnResponse,
    predictor: CoursePredictor,
    sessions: Sequence[CourseSession],
    *,
    name: FigureName,
    day: int,
) -> Float[np.ndarray, " draw"]:
    """Return by how much the draws of an ensemble expect a figure to change until a day, if all examiners were one."""
    if own.scars is None or own.faces is None:
        raise ValueError("the ensemble has no drawn faces")
    left = own.left(predictor, sessions, (day,))[:, 0]
    return change_of_figure(name, own.faces, own.scars.depth_mm, left)


@dataclass(frozen=True, eq=False)
class _Seen:
    """The examinations of a course against what draws expect of them."""

    predictor: CoursePredictor
    faces: Faces
    sessions: tuple[CourseSession, ...]
    examined: tuple[ExaminedFollowUp, ...]
    of_model: int

    def likelihood(
        self, scores: Float[np.ndarray, "draw k"]
    ) -> tuple[Float[np.ndarray, " draw"], Float[np.ndarray, "draw r"]]:
        """Return the logarithm of the likelihood of each draw, and what it hangs on."""
        own = self.own(scores)
        if own.scars is None or own.faces is None:
            raise ValueError("the ensemble has no drawn faces")
        days = tuple(sorted({each.day for each in self.examined}))
        left = own.left(self.predictor, self.sessions, days)
        levels, total = scores[:, -LEVELS:], np.zeros(len(scores))
        for each in self.examined:
            if each.figure is not None:
                after = left[:, days.index(each.day)]
                change = change_of_figure(each.figure.name, own.faces, own.scars.depth_mm, after)
                total += each.figure.log_chance(change, levels)
        readings = np.concatenate([np.log(np.maximum(own.scars.share_left(left), _LEAST_SHARE)), levels], axis=1)
        return np.where(np.isfinite(total), total, -np.inf), readings

    def own(
        self,
        scores: Float[np.ndarray, "draw k"],
        *,
        effective: float = 0.0,
        powers: tuple[float, ...] = (),
        accepted: float = 0.0,
        ancestors: int = 0,
    ) -> OwnResponse:
        """Return the ensemble that has these scores."""
        rows = self._rows(scores[:, self.of_model])
        scars = pick_draws(self.predictor.scars, rows)
        return OwnResponse(
            scores=scores[:, : self.of_model],
            tethered=scars.tethered > 0.5,
            departure=np.zeros(scars.depth_mm.shape),
            rolling=self.predictor.scars.tethered.mean(axis=0),
            effective=effective,
            powers=powers,
            accepted=accepted,
            ancestors=ancestors,
            scars=scars,
            faces=self.faces.pick(rows),
        )

    def _rows(self, which: Float[np.ndarray, " draw"]) -> Int[np.ndarray, " draw"]:
        scars = self.predictor.scars
        order = np.argsort((scars.depth_mm * scars.present).sum(axis=1), kind="stable")
        places = np.clip((special.ndtr(which) * order.size).astype(int), 0, order.size - 1)
        return order[places]


#: Keeps the logarithm of no depth left finite.
_LEAST_SHARE = 1e-3
