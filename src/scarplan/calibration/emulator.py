"""The emulator: from a protocol and the population's parameters to how much shallower each kind of scar gets, and to
how much more collagen a biopsy finds.

One Gaussian process (`relief_process.py`) for needles and one for each class of energy device, through blocks of
simulated virtual patients (`population.simulate`). It replaces the simulation inside the sampler and in predictions.
Trials of energy devices hardly ever state depth and coverage, so their usual ones are drawn, one for each virtual
patient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc

from scarplan.calibration.relief_process import (
    COORDINATES,
    ReliefProcess,
    fit_process,
    read_process,
    scale_coordinates,
)
from scarplan.devices import COMPARATOR_CLASSES
from scarplan.evidence.library import value_of
from scarplan.examination import DrawnScars
from scarplan.population import GRADED, KINDS, draw_faces, mean_scores, volume_shares, volumes

if TYPE_CHECKING:
    from scarplan.population.simulate import Block, Followed

#: The process of mechanical needles; the others are named by their class of energy device.
NEEDLES = "needles"
DAYS = (0, 14, 30, 61, 91, 183, 365)
_NEEDLING_CLASSES = ("pen", "roller", "stamp")
_SETTINGS = ("log_reach_mm", "log_density")
_BLOCKS, _ENERGY_BLOCKS, _FACES, _SEED = 512, 64, 96, 20
_GRADED_BLOCKS, _GRADED_FACES = 24, 48

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Emulator:
    """Processes by way of injuring, and what scales make of relief.

    relief       the process of NEEDLES and of each class of energy device
    shares       which share of the volume of all scars each kind has on the virtual faces [kind]
    scale_slopes for each graded scale: score improvement = a x + b x^2 of the improvement of relief x
    scale_error  root mean square error of that
    """

    relief: Mapping[str, ReliefProcess]
    shares: Float[np.ndarray, " kind"]
    scale_slopes: dict[str, tuple[float, float]]
    scale_error: dict[str, float]

    def score_improvement(self, relief: Float[np.ndarray, " n"], instrument: str) -> Float[np.ndarray, " n"]:
        """Return by which share the score of an instrument falls when relief falls by the share `relief`."""
        if instrument not in self.scale_slopes:
            return relief
        first, second = self.scale_slopes[instrument]
        return first * relief + second * relief**2

    def to_arrays(self) -> dict[str, Any]:
        """Return the emulator as arrays, for a file."""
        scales = list(self.scale_slopes)
        processes = {
            f"{way}.{name}": values
            for way, process in self.relief.items()
            for name, values in process.to_arrays().items()
        }
        return processes | {
            "ways": np.array(list(self.relief)),
            "shares": self.shares,
            "scale_names": np.array(scales),
            "scale_slopes": np.array([self.scale_slopes[name] for name in scales]),
            "scale_error": np.array([self.scale_error[name] for name in scales]),
        }


def read_emulator(arrays: Mapping[str, Any]) -> Emulator:
    """Return the emulator that `to_arrays` gave."""
    names = [str(name) for name in arrays["scale_names"]]
    slopes = {name: (float(a), float(b)) for name, (a, b) in zip(names, arrays["scale_slopes"], strict=True)}
    errors = {name: float(error) for name, error in zip(names, arrays["scale_error"], strict=True)}
    relief = {}
    for way in (str(way) for way in arrays["ways"]):
        mine = {name.removeprefix(f"{way}."): values for name, values in arrays.items() if name.startswith(f"{way}.")}
        relief[way] = read_process(mine)
    return Emulator(relief, arrays["shares"], slopes, errors)


def mean_reach(device_class: str) -> float:
    """Return the mean share of the set length that needles of a class reach."""
    return float(value_of(f"injury.reached_fraction_{device_class}"))


def build_emulator(*, progress: Progress | None = None) -> Emulator:
    """Simulate the blocks and fit the emulator to them. The same each time: its design and its patients are fixed."""
    faces = draw_faces(_FACES, seed=_SEED)
    counts = {NEEDLES: _BLOCKS} | dict.fromkeys(COMPARATOR_CLASSES, _ENERGY_BLOCKS)
    relief, graded, done = {}, [], 0

    def tell(number: int) -> None:
        if progress is not None:
            progress("simulating virtual patients", (done + number) / sum(counts.values()))

    for way, count in counts.items():
        names = tuple(COORDINATES) if way == NEEDLES else tuple(n for n in COORDINATES if n not in _SETTINGS)
        coordinates, left = [], []
        for number, place in enumerate(qmc.Sobol(len(names), seed=_SEED).random(count)):
            tell(number)
            at = {
                n: low + s * (high - low) for n, s in zip(names, place, strict=True) for low, high in [COORDINATES[n]]
            }
            at, followed = _simulate(way, number, at, faces)
            coordinates.append(_of_days(at, names))
            left.append(np.column_stack([followed.improvement_by_kind(faces), followed.collagen_rise]))
            if way == NEEDLES and number < _GRADED_BLOCKS:
                graded.append(followed.residual_mm[[1, -3]])
        relief[way] = fit_process(names, np.stack(coordinates), np.stack(left))
        done += count
    slopes, scale_error = _fit_scales(faces, np.concatenate(graded))
    return Emulator(relief, volume_shares(faces), slopes, scale_error)


def _simulate(way: str, number: int, at: dict[str, float], faces: DrawnScars) -> tuple[dict[str, float], Followed]:
    """Follow one block; what was simulated, after rounding, is what the fit is made at."""
    from scarplan.population.simulate import follow_block

    block = _block(way, number, at)
    at = at | {"log2_sessions": np.log2(block.sessions), "log_interval": np.log(block.interval_days)}
    if block.needle_length_mm is not None:
        at["log_reach_mm"] = np.log(block.needle_length_mm * mean_reach(block.device_class))
    return at, follow_block(block, faces, days_after_last=DAYS, seed=_SEED)


def _block(way: str, number: int, at: Mapping[str, float]) -> Block:
    from scarplan.population.simulate import Block

    device_class, length, density = way, None, None
    if way == NEEDLES:
        device_class = _NEEDLING_CLASSES[number % len(_NEEDLING_CLASSES)]
        length = float(np.clip(np.exp(at["log_reach_mm"]) / mean_reach(device_class), 0.3, 4.0))
        density = float(np.exp(at["log_density"]))
    return Block(
        device_class, max(1, round(2 ** at["log2_sessions"])), round(float(np.exp(at["log_interval"]))), length,
        density,
        yield_factor=float(np.exp(at["log_yield"])), lag_factor=float(np.exp(at["log_lag"])),
        tether_factor=float(np.exp(at["log_tether"])),
    )  # fmt: skip


def _of_days(at: Mapping[str, float], names: tuple[str, ...]) -> Float[np.ndarray, "t c"]:
    days = np.log1p(np.array(DAYS) / 30.0)
    columns = {name: np.full(len(DAYS), at[name]) for name in names}
    return scale_coordinates(columns | {"log_days_after_last": days}, names)


def _fit_scales(
    faces: DrawnScars, residual_mm: Float[np.ndarray, "n draw s"]
) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """Grade some faces before and after, and fit how a score falls with relief; through 0: no change is no change."""
    chosen = np.arange(len(faces.depth_mm)) < _GRADED_FACES
    before = mean_scores(faces, faces.depth_mm, chosen)
    volume = volumes(faces, faces.depth_mm)[chosen].sum()
    relief = np.array([1.0 - volumes(faces, left)[chosen].sum() / volume for left in residual_mm])
    after = [mean_scores(faces, left, chosen) for left in residual_mm]
    slopes, errors = {}, {}
    for name in GRADED:
        if name == "goodman_baron_qualitative":
            # Relief cannot tell grade 3 from grade 4: this grade is read as change of relief.
            continue
        score = np.array([1.0 - scores[name] / before[name] for scores in after])
        basis = np.stack([relief, relief**2], axis=1)
        fitted, *_ = np.linalg.lstsq(basis, score, rcond=None)
        slopes[name] = (float(fitted[0]), float(fitted[1]))
        errors[name] = float(np.sqrt(np.mean((basis @ fitted - score) ** 2)))
    return slopes, errors


def shares_of_kinds(emulator: Emulator, kinds: Sequence[str]) -> Float[np.ndarray, " kind"]:
    """Return how much each kind weighs in what was rated: all of the faces, or only `kinds` of KINDS."""
    weight = emulator.shares * np.array([not kinds or kind in kinds for kind in KINDS])
    return weight / weight.sum()
