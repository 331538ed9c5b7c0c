"""New scars expected from new acne: a quantity of its own, never mixed into the scars that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.forecast.quantiles import describe_bands, round_figure
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.response import ActiveAcne, NewScars, new_scars

#: Purpose of a random stream, so that no two parts of a forecast share one.
_STREAM = 67
_UNKNOWN = "it was not told whether there is inflamed acne, so new scars are not forecast; new acne makes new scars"
_UNCOUNTED = "there is acne, but the inflamed spots were not counted, so new scars are not forecast"
_NONE = "no inflamed acne was told: no new scars are expected as long as that stays so"
_TOLD = (
    "expected from new acne besides the scars above, if as many spots go on coming; with acne treatment fewer. Some "
    "new scars fade by themselves within two years, and are then not counted"
)


@dataclass(frozen=True, eq=False)
class LikeOwn:
    """What new scars may be like: each draw takes some of the patient's own.

    columns   numbers of the scars that are taken [draw new]
    depth_mm  their depth [draw new]
    there     whether that many new scars are there in a draw [draw new]
    """

    columns: Int[np.ndarray, "draw new"]
    depth_mm: Float[np.ndarray, "draw new"]
    there: Bool[np.ndarray, "draw new"]


def draw_like_own(found: NewScars, scars: ScarDraws, *, day_index: int, seed: int) -> LikeOwn:
    """Return kind and depth of the new scars on one day, drawn from the patient's own scars of the same draw."""
    count, most = found.count[:, day_index], int(found.count[:, day_index].max(initial=0))
    level = np.random.default_rng([seed, _STREAM]).random((count.size, most))
    weights = np.where(scars.present.any(axis=1, keepdims=True), scars.present, True).astype(float)
    reach = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    last = scars.depth_mm.shape[1] - 1
    columns = np.minimum((level[:, :, None] >= reach[:, None, :]).sum(axis=2), last)
    return LikeOwn(
        columns=columns,
        depth_mm=np.take_along_axis(np.asarray(scars.depth_mm), columns, axis=1),
        there=np.arange(most)[None, :] < count[:, None],
    )


def describe_new_scars(acne: ActiveAcne, scars: ScarDraws, *, days: Sequence[int], seed: int) -> dict[str, Any]:
    """Return the new scars expected by each day as plain values, with acne treatment and without."""
    count = scars.depth_mm.shape[0]
    found = new_scars(acne, days=days, count=count, seed=seed, control=1.0)
    controlled = new_scars(acne, days=days, count=count, seed=seed)
    if found is None or controlled is None:
        return {"status": "unknown", "words": _UNKNOWN if acne.answer == "unknown" else _UNCOUNTED}
    if not np.any(found.expected > 0.0):
        return {"status": "none expected", "words": _NONE}
    like = draw_like_own(found, scars, day_index=len(days) - 1, seed=seed)
    return {
        "status": "forecast",
        "words": _TOLD,
        "inflamed_spots": acne.spots,
        "days": list(days),
        "count": describe_bands(found.count.astype(float)),
        "mean": [round_figure(value) for value in found.expected.mean(axis=0)],
        "count_with_control": describe_bands(controlled.count.astype(float)),
        "mean_with_control": [round_figure(value) for value in controlled.expected.mean(axis=0)],
        "kinds": _kinds(like, scars),
    }


def _kinds(like: LikeOwn, scars: ScarDraws) -> list[dict[str, Any]]:
    names = np.array(scars.kinds)[like.columns[like.there]]
    return [{"kind": kind, "share": round_figure(np.mean(names == kind))} for kind in sorted(set(names.tolist()))]
