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
from scarplan.devices import Device, device
from scarplan.evidence.library import value_of
from scarplan.examination import DrawnScars
from scarplan.forecast.columns import residual_depth
from scarplan.population.people import KINDS, is_of_kind, typical_patient, volumes
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponseDraws, draw_parameters, heal

#: The device that stands for its class; its longest setting is not asked for: trials use longer ones.
_DEVICE_OF_CLASS = {"roller": "roller_192", "pen": "generic_pen", "stamp": "stamp"}
_ZONE = "cheek"


@dataclass(frozen=True)
class Block:
    """What one run of the virtual patients is given.

    The last three are factors on the starting values of the response: yield of collagen, lag of the surface, release
    of tethers.
    """

    device_class: str
    sessions: int
    interval_days: int
    needle_length_mm: float
    channels_per_cm2: float
    yield_factor: float = 1.0
    lag_factor: float = 1.0
    tether_factor: float = 1.0


@dataclass(frozen=True)
class Followed:
    """Visible depth left of every scar of the faces on each day after the last session [t draw s], mm."""

    days_after_last: tuple[int, ...]
    residual_mm: Float[np.ndarray, "t draw s"]

    def improvement_by_kind(self, faces: DrawnScars) -> Float[np.ndarray, "t kind"]:
        """Return by which share the volume of all scars of each kind together falls; positive is shallower."""
        before, after = volumes(faces, faces.depth_mm), volumes(faces, self.residual_mm)
        found = np.empty((len(self.days_after_last), len(KINDS)))
        for index in range(len(KINDS)):
            here = is_of_kind(faces, index)
            found[:, index] = 1.0 - after[:, here].sum(axis=1) / before[here].sum()
        return found


def follow_block(block: Block, faces: DrawnScars, *, days_after_last: Sequence[int], seed: int) -> Followed:
    """Return what is left of the scars of `faces`, one draw of the response for each face."""
    draws = _draws(len(faces.depth_mm), seed, block.device_class)
    session_days = [number * block.interval_days for number in range(block.sessions)]
    setting = ZoneSetting(
        zone=_ZONE,
        needle_length_mm=block.needle_length_mm,
        channels_per_cm2=block.channels_per_cm2,
        passes=1,
        mode="stamp" if block.device_class == "stamp" else "glide",
    )
    course = heal(
        setting,
        _device(block.device_class),
        session_days=session_days,
        days=[session_days[-1] + day for day in days_after_last],
        draws=_with_factors(draws, block),
    )
    left = [
        residual_depth(course, faces.depth_mm, faces.width_mm, faces.rolling, day_index=index)
        for index in range(len(days_after_last))
    ]
    return Followed(tuple(days_after_last), np.maximum(np.stack(left), 0.0))


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
        count, seed=seed, device_class=device_class, layers=layers_of(_ZONE), patient=typical_patient()
    )


@cache
def _device(device_class: str) -> Device:
    # Trials set needles longer than the shipped devices of a class reach.
    return replace(device(_DEVICE_OF_CLASS[device_class]), max_mm=5.0)
