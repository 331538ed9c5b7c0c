"""Poor, middle and good outcome as whole surfaces, for pictures and for the full finder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from scarplan.forecast.outcomes import Outcomes, TreatedScar
from scarplan.forecast.quantiles import nearest_draw
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.window import first_relief, local_depth
from scarplan.response import ZoneCourse, relief_of_few
from scarplan.scars import MeasuringWindow
from scarplan.surface.surface import Surface

#: Outcome -> the quantile of the mean visible depth left that its draw is nearest to.
OUTCOME_LEVELS = {"poor": 0.95, "middle": 0.50, "good": 0.05}
#: Purpose of the random stream of whole-surface noise, so that no two parts of a forecast share one.
_STREAM = 13
# What of a course the relief depends on, draw by draw.
_OF_DRAWS = (
    "surplus_mm",
    "surplus_normal_mm",
    "tether_release",
    "heated_mm",
    "contraction",
    "edge_release",
    "deepening",
    "dermis_mm",
    "lateral_sigma_mm",
    "tether_share",
)


@dataclass(frozen=True)
class OutcomeSurfaces:
    """One chart after the course, for three draws, without noise. draws: outcome -> number of the draw."""

    chart: str
    draws: Mapping[str, int]
    reliefs_mm: Mapping[str, Float[np.ndarray, "y x"]]


def choose_outcome_draws(outcomes: Outcomes) -> dict[str, int]:
    """Return the draws nearest to the 95, 50 and 5 % quantile of the mean depth left when the result is judged."""
    left = outcomes.depth_mm[:, outcomes.timetable.judge_index].mean(axis=1)
    return {name: nearest_draw(left, level) for name, level in OUTCOME_LEVELS.items()}


def draw_surfaces(
    outcomes: Outcomes, surface: Surface, windows: Mapping[int, MeasuringWindow], draws: Mapping[str, int]
) -> OutcomeSurfaces:
    """Return one chart when the result is judged, for the draws chosen. What is not treated stays as it is.

    Every pixel of the scan is changed by the response model itself, not by the averaged windows of the simulation.
    """
    picked = list(draws.values())
    change = np.zeros((len(picked), *surface.shape))
    for scar in outcomes.scars:
        if scar.row["chart"] == surface.name:
            window = windows[scar.row["id"]]
            change[:, window.rows, window.columns] += _change_in_window(scar, surface, window, picked, outcomes)
    reliefs = surface.relief_mm + change
    return OutcomeSurfaces(
        chart=surface.name,
        draws=dict(draws),
        reliefs_mm={name: relief.astype(np.float32) for name, relief in zip(draws, reliefs, strict=True)},
    )


def add_noise(surface: Surface, relief_mm: np.ndarray, scanner: ScannerModel, *, seed: int) -> Surface:
    """Return `surface` with another relief as a follow-up scan would show it: fresh noise on every pixel."""
    rng = np.random.default_rng([seed, _STREAM])
    noise = scanner.noise_mm * rng.standard_normal(surface.shape, dtype=np.float32)
    return replace(surface, relief_mm=relief_mm.astype(np.float64) + noise)


def pick_draws(course: ZoneCourse, draws: Sequence[int]) -> ZoneCourse:
    """Return `course` with only some draws of what the relief depends on."""

    def parts(c: ZoneCourse) -> tuple[Any, ...]:
        return tuple(getattr(c, name) for name in _OF_DRAWS)

    index = np.asarray(draws)
    return eqx.tree_at(parts, course, tuple(part[index] for part in parts(course)))


def _change_in_window(
    scar: TreatedScar, surface: Surface, window: MeasuringWindow, draws: list[int], outcomes: Outcomes
) -> Float[np.ndarray, "draw y x"]:
    relief = first_relief(surface, window)
    course = pick_draws(scar.course, draws)
    share = np.asarray(course.tether_share) * scar.simulator.tethered[draws]
    depth, day = local_depth(relief, window), outcomes.timetable.judge_index
    return relief_of_few(course, depth, share, window.pixel_mm, day, edge_fraction=scar.simulator.edged[draws])
