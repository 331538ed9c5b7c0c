"""From columns to what a scan measures: each scar's own answer as a sum over columns, fitted to its simulated surface.

The floor of a scar rises by what its own depth gains and, smoothed sideways, by what its walls gain. A scan measures
the mean of the deepest hundredth of that form. With the gain g of columns of a few depths and the share of it that
discs of a few widths keep under the lateral smoothing sigma,

    rise = sum_jk c_jk (1 - exp(-(R_k)^2 / (2 sigma^2))) g(x_j depth),    R_k = r_k width / 2
    change = depth a t - rise, tethered: less  l * (what the bands held)

c and l are fitted by least squares, held small, to the surfaces of the draws of the forecast, simulated as the forecast
does it but without noise. A scar that a draw has all but filled tells nothing and is left out of the fit. What is left
over is told as a share of the mean change of all scars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from scarplan.course.delivered import CourseSession
from scarplan.forecast.columns import gain_at_depths
from scarplan.forecast.parallel import in_parallel
from scarplan.forecast.scar_draws import Place
from scarplan.forecast.simulate import prepare_simulation
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ZoneCourse
from scarplan.scars import MeasuringWindows
from scarplan.surface.surface import Surface

if TYPE_CHECKING:
    from scarplan.course.predictor import CoursePredictor

#: Depths of the columns as shares of the scar's own (x), and widths of the discs as shares of its width (r).
_DEPTHS = np.array([1.0, 0.75, 0.5, 0.25])
_WIDTHS = np.array([0.4, 1.0, 2.5])
#: How strongly the sum is held small: a part of the power of its terms.
_HELD = 1e-4
#: A scar is all but filled from this share of its depth on; and fewer draws than these tell less than all of them.
_FILLED, _FEWEST = 0.8, 40
_TINY = np.finfo(float).tiny


@dataclass(frozen=True, eq=False)
class Bridge:
    """How scars answer, as a sum over columns.

    weights   of each depth and width of a column [s j k]
    lift      of what the bands held [s]
    rest      what is left over, as a share of the mean change (standard deviation) [s]
    """

    weights: Float[np.ndarray, "s j k"]
    lift: Float[np.ndarray, " s"]
    rest: Float[np.ndarray, " s"]

    def change(
        self,
        course: ZoneCourse,
        depth_mm: Float[np.ndarray, " s"],
        width_mm: Float[np.ndarray, " s"],
        chosen: np.ndarray,
        *,
        day_index: int,
    ) -> Float[np.ndarray, "draw s 2"]:
        """Return the change of the chosen scars on one day, mm: untethered and tethered."""
        terms = _terms(course, depth_mm, width_mm, day_index)
        rise = np.einsum("dsjk,sjk->ds", terms, self.weights[chosen])
        plain = depth_mm * np.asarray(course.deepening[:, day_index])[:, None] - rise
        bound = plain - self.lift[chosen] * _held(course, depth_mm, day_index)
        return np.maximum(np.stack([plain, bound], axis=-1), -depth_mm[:, None])


def build_bridge(
    predictor: CoursePredictor,
    sessions: Sequence[CourseSession],
    *,
    days: Sequence[int],
    settings: Mapping[Place, ZoneSetting],
    charts: Mapping[str, tuple[Surface, MeasuringWindows]],
    rows: Sequence[Mapping[str, Any]],
) -> Bridge:
    """Return the bridge of the scars in `rows`, fitted on `days` of a course with `sessions`."""
    scanner = predictor.scanner
    if scanner is None:
        raise ValueError("without a scanner there is nothing to measure")
    healer = predictor.coordinates.healer
    scores = predictor.coordinates.prior(healer.count)
    quiet = replace(scanner, noise_mm=0.0)
    courses = {
        place: predictor.course(scores, sessions, setting, days, place=place) for place, setting in settings.items()
    }

    def fit(row: Mapping[str, Any]) -> tuple[Float[np.ndarray, "j k"], float, float, float]:
        course = courses[row["zone"], row["side"]]
        surface, windows = charts[row["chart"]]
        seen = []
        for tethered in (0.0, 1.0):
            simulator = prepare_simulation(
                surface, windows[row["id"]], course, tethered=np.full(healer.count, tethered),
                edged=np.zeros(healer.count), scanner=quiet, seed=healer.seed,
            )  # fmt: skip
            simulated = simulator.simulate(course, tuple(range(len(days))))
            seen.append(simulated.depth_mm - simulated.present_depth_mm)
        return _fit(course, float(row["depth_mm"]), float(row["width_mm"]), np.stack(seen, axis=-1))

    found = list(in_parallel(fit, rows))
    mean = max(abs(float(np.mean([mean for *_, mean in found]))), _TINY)
    return Bridge(
        weights=np.stack([weights for weights, *_ in found]),
        lift=np.array([lift for _, lift, *_ in found]),
        rest=np.array([rest for _, _, rest, _ in found]) / mean,
    )


def _fit(
    course: ZoneCourse, depth_mm: float, width_mm: float, seen_mm: Float[np.ndarray, "draw t 2"]
) -> tuple[Float[np.ndarray, "j k"], float, float, float]:
    """Return the weights, the lift, what is left over, and the mean change, mm, of one scar."""
    depth, width = np.array([depth_mm]), np.array([width_mm])
    days = range(seen_mm.shape[1])
    terms = np.stack([_terms(course, depth, width, day)[:, 0] for day in days], axis=1)
    rise = depth_mm * np.stack([np.asarray(course.deepening[:, day]) for day in days], axis=1) - seen_mm[..., 0]
    told = seen_mm.min(axis=-1).ravel() > -_FILLED * depth_mm
    told = told if told.sum() >= _FEWEST else np.ones_like(told)
    flat = terms.reshape(-1, _DEPTHS.size * _WIDTHS.size)[told]
    rise, seen = rise.ravel()[told], seen_mm.reshape(-1, 2)[told]
    power = flat.T @ flat
    held = _HELD * np.trace(power) / len(power) * np.eye(len(power))
    weights = np.linalg.solve(power + held, flat.T @ rise)
    rest = rise - flat @ weights
    bound = np.stack([_held(course, depth, day)[:, 0] for day in days], axis=1).ravel()[told]
    lifted = seen[:, 0] - seen[:, 1]
    lift = float((bound * lifted).sum() / max(float((bound**2).sum()), _TINY))
    return weights.reshape(_DEPTHS.size, _WIDTHS.size), lift, float(rest.std()), float(seen_mm[..., 0].mean())


def _terms(
    course: ZoneCourse, depth_mm: Float[np.ndarray, " s"], width_mm: Float[np.ndarray, " s"], day_index: int
) -> Float[np.ndarray, "draw s j k"]:
    depths = (depth_mm[:, None] * _DEPTHS).ravel()
    gain = gain_at_depths(course, depths, day_index=day_index).reshape(-1, depth_mm.size, _DEPTHS.size)
    radius = 0.5 * width_mm[:, None] * _WIDTHS
    sigma = np.asarray(course.lateral_sigma_mm)[:, None, None]
    kept = -np.expm1(-(radius**2) / (2.0 * sigma**2))
    return gain[..., None] * kept[:, :, None, :]


def _held(course: ZoneCourse, depth_mm: Float[np.ndarray, " s"], day_index: int) -> Float[np.ndarray, "draw s"]:
    """Return what of the depth the bands held that are cut by this day."""
    share = np.asarray(course.tether_share) * np.asarray(course.tether_release[:, day_index])
    return share[:, None] * depth_mm
