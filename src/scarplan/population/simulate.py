"""Courses of virtual patients: how much of the depth of each kind of scar is left, through injury and response.

One block is one protocol and one set of population parameters; its draws are virtual patients, the same in every block,
so that blocks differ by what was asked and not by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from scarplan.anatomy import layers_of
from scarplan.devices import COMPARATOR_CLASSES, Device, EnergyDevice, device, energy_device
from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.examination import DrawnScars
from scarplan.forecast.columns import edge_shares, residual_depth
from scarplan.injury import AbstractInjury, needling_of, usual_injury
from scarplan.population.people import KINDS, is_of_kind, typical_patient, volumes
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponseDraws, ZoneCourse, draw_parameters, heal_injury

#: The device that stands for its class; its longest setting is not asked for: trials use longer ones.
_DEVICE_OF_CLASS = {"roller": "roller_192", "pen": "generic_pen", "stamp": "stamp"}
_ENERGY_DEVICE_OF_CLASS = {
    "fractional_rf": "rf_insulated",
    "fractional_co2": "co2_fractional",
    "fractional_erbium_yag": "erbium_yag_fractional",
    "nonablative_fractional": "nonablative",
    "fractional_microplasma_rf": "microplasma",
    "picosecond": "picosecond_array",
}
_ZONE = "cheek"


@dataclass(frozen=True)
class Block:
    """What one run of the virtual patients is given.

    Length and density are None where nobody states them: of an energy device its usual ones are drawn. The last three
    are factors on the starting values of the response: yield of collagen, lag of the surface, release of tethers.
    """

    device_class: str
    sessions: int
    interval_days: int
    needle_length_mm: float | None = None
    channels_per_cm2: float | None = None
    yield_factor: float = 1.0
    lag_factor: float = 1.0
    tether_factor: float = 1.0


@dataclass(frozen=True)
class Followed:
    """What is left of the scars of the faces on each day after the last session, and the collagen under them.

    residual_mm    visible depth left of every scar [t draw s], mm
    collagen_rise  collagen that the papillary dermis of a scar holds more, relative to what it held, mean of faces [t]
    """

    days_after_last: tuple[int, ...]
    residual_mm: Float[np.ndarray, "t draw s"]
    collagen_rise: Float[np.ndarray, " t"]

    def improvement_by_kind(self, faces: DrawnScars) -> Float[np.ndarray, "t kind"]:
        """Return by which share the volume of all scars of each kind together falls; positive is shallower."""
        before, after = volumes(faces, faces.depth_mm), volumes(faces, self.residual_mm)
        found = np.empty((len(self.days_after_last), len(KINDS)))
        for index in range(len(KINDS)):
            here = is_of_kind(faces, index)
            found[:, index] = 1.0 - after[:, here].sum(axis=1) / before[here].sum()
        return found


def follow_block(block: Block, faces: DrawnScars, *, days_after_last: Sequence[int], seed: int) -> Followed:
    """Return what is left of the scars of `faces`, one draw of the response for each face.

    Raises BadInput for needles without a length or density.
    """
    draws = _with_factors(_draws(len(faces.depth_mm), seed, block.device_class), block)
    session_days = [number * block.interval_days for number in range(block.sessions)]
    wanted = [session_days[-1] + day for day in days_after_last]
    followed = sorted({*wanted, *(day + 1 for day in wanted)})
    course = heal_injury(
        _injury(block, draws),
        session_days=session_days,
        days=followed,
        draws=draws,
    )
    places = [followed.index(day) for day in wanted]
    edged = np.take_along_axis(edge_shares(course, KINDS), faces.kind_index, axis=1)
    left = [
        residual_depth(course, faces.depth_mm, faces.width_mm, faces.rolling, day_index=place, edged=edged)
        for place in places
    ]
    rise = np.array([_collagen_rise(course, draws, place) for place in places])
    return Followed(tuple(days_after_last), np.maximum(np.stack(left), 0.0), rise)


def _collagen_rise(course: ZoneCourse, draws: ResponseDraws, place: int) -> float:
    """Return the rise of collagen in the papillary dermis, mean of the draws; the next day must have been followed.

    The surface follows the collagen with a lag, L' = (C - L) / tau; a biopsy sees C itself, so C = L + tau L'.
    """
    deep = float(value_of("population.papillary_dermis_mm"))
    shown, next_day = (_thickened_mm(course, deep, index) for index in (place, place + 1))
    gained = shown + np.asarray(draws.surface_lag_days) * (next_day - shown)
    return float(np.mean(gained / (np.asarray(draws.thickness_gain) * deep * np.asarray(draws.scar_collagen))))


def _thickened_mm(course: ZoneCourse, depth_mm: float, place: int) -> Float[np.ndarray, " draw"]:
    """Return by how much the dermis down to a depth got thicker on a day [draw], mm."""
    by_edge = np.asarray(course.surplus_mm)[:, place]
    return np.array([np.interp(depth_mm, np.asarray(course.edges_mm), one) for one in by_edge])


def _injury(block: Block, draws: ResponseDraws) -> AbstractInjury:
    """Return one session of a block: as it is told, or the usual one of an energy device."""
    device = _device(block.device_class)
    length, density = block.needle_length_mm, block.channels_per_cm2
    if length is None or density is None:
        if isinstance(device, EnergyDevice) and length is None and density is None:
            return usual_injury(device, draws.needling)
        raise BadInput(
            "a course cannot be simulated without needle length and density",
            code="E-POP-001",
            got=f"length {length}, density {density}, {block.device_class}",
            allowed="both, or of an energy device neither",
            do="give both numbers",
        )
    setting = ZoneSetting(
        zone=_ZONE,
        needle_length_mm=length,
        channels_per_cm2=density,
        passes=1,
        mode="stamp" if block.device_class == "stamp" else "glide",
    )
    return needling_of(setting, device)


def _with_factors(draws: ResponseDraws, block: Block) -> ResponseDraws:
    """Return the draws with the study's yield and the lag of the block's own: both are fitted, not drawn."""
    ones = jnp.ones(draws.count)
    lag, release = value_of("response.surface_lag_days"), value_of("response.tether_release_per_injury")
    return eqx.tree_at(
        lambda d: (d.yield_between_studies, d.surface_lag_days, d.tether_release_per_injury),
        draws,
        (ones * block.yield_factor, ones * lag * block.lag_factor, ones * release * block.tether_factor),
    )


@cache
def _draws(count: int, seed: int, device_class: str) -> ResponseDraws:
    return draw_parameters(
        count, seed=seed, device_class=device_class, layers=layers_of(_ZONE), patient=typical_patient(), fitted=False
    )


@cache
def _device(device_class: str) -> Device | EnergyDevice:
    # Trials set needles longer than the shipped devices of a class reach.
    if device_class in COMPARATOR_CLASSES:
        return replace(energy_device(_ENERGY_DEVICE_OF_CLASS[device_class]), max_mm=5.0)
    return replace(device(_DEVICE_OF_CLASS[device_class]), max_mm=5.0)
