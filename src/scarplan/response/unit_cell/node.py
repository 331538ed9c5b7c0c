"""One node of the yield table: the yield of a session by the unit cell, and by the course model at the same dose.

The session is the reference one: needle length, reached depth, taper and crushed rim as the quantities have them, the
outline scaled to the radius of the node. Patterns of places are shares of the width, so all nodes see the same patterns
(common random numbers). The dose of both models is the injured share that a pattern really has in each layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.injury import ReachedDepth
from scarplan.injury.layers import DEEPEST_MM, LAYER_COUNT
from scarplan.injury.needle_by_needle import ChannelShape
from scarplan.injury.profile import tapered
from scarplan.response.spread import spread_over_depth
from scarplan.response.unit_cell.box import Box, box_for
from scarplan.response.unit_cell.cell import activity_of_session, make_cell
from scarplan.response.unit_cell.channels import Channels, random_channels
from scarplan.response.unit_cell.injured import injured_share
from scarplan.response.unit_cell.rates import CellRates, rates_of
from scarplan.response.unit_cell.well_mixed import activity_when_mixed
from scarplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws

#: The needle length of the reference session, at which the starting values were found.
REFERENCE_LENGTH_MM = 1.5
#: Crushed rim as a share of the outline's radius, as for a needle of 0.25 mm.
_RIM_SHARE = 0.44
# A single channel stands for the limit of no density in a box this many reaches wide; there its signal is below the
# level at which it starts to saturate, so the images of the periodic box only add up.
_ALONE_REACHES, _ALONE_WIDEST_MM, _ALONE_NARROWEST_MM = 16.0, 12.0, 2.0
# Injury so small that the course model answers in proportion.
_VERY_LITTLE = 1e-6


@dataclass(frozen=True)
class Resolution:
    """How finely the cell is cut, and how many channels it holds.

    voxel_mm    width of a voxel at a reach of 0.1 mm; it grows with the cube root of the reach
    layers      layers over the depth
    area_mm2    top of the box where that gives a number of channels between `fewest` and `most`
    fewest, most   numbers of channels in a box
    widest_mm   boxes are not wider than this: at very low density they hold fewer channels
    patterns    patterns of places that are averaged
    alone       depths of the single channel that are averaged
    across      numbers of voxels across that are used (each is a compiled program)
    """

    voxel_mm: float
    layers: int
    area_mm2: float
    fewest: int
    most: int
    widest_mm: float
    patterns: int
    alone: int
    across: tuple[int, ...]

    def channels(self, per_mm2: float) -> int:
        """Return the number of channels in a box."""
        wanted = min(max(round(self.area_mm2 * per_mm2), self.fewest), self.most)
        return max(min(wanted, math.floor(self.widest_mm**2 * per_mm2)), 1)


COARSE = Resolution(
    voxel_mm=0.05,
    layers=LAYER_COUNT,
    area_mm2=36.0,
    fewest=12,
    most=256,
    widest_mm=11.2,
    patterns=3,
    alone=6,
    across=(32, 48, 64, 96, 128, 160, 192, 224),
)
FULL = Resolution(
    voxel_mm=0.02,
    layers=4 * LAYER_COUNT,
    area_mm2=64.0,
    fewest=16,
    most=640,
    widest_mm=12.8,
    patterns=8,
    alone=12,
    across=(64, 96, 128, 192, 256, 384, 512, 640),
)


@dataclass(frozen=True)
class NodeYield:
    """Yields of one node, activated-fibroblast days times mm of depth, per channel and mm2 [pattern strength]."""

    cell: Float[np.ndarray, "pattern strength"]
    mixed: Float[np.ndarray, "pattern strength"]

    @property
    def ratio(self) -> Float[np.ndarray, " strength"]:
        """Yield of the cell relative to the course model, all patterns together."""
        return self.cell.sum(axis=0) / self.mixed.sum(axis=0)

    @property
    def placement_error(self) -> Float[np.ndarray, " strength"]:
        """Standard error of `ratio` from the places of the channels."""
        each = self.cell / self.mixed
        return each.std(axis=0, ddof=1) / math.sqrt(len(each))


def strength_of(draws: ResponseDraws) -> Float[Array, " draw"]:
    """Return how far the growth factor of a fully injured spot goes beyond what activates half of the fibroblasts.

    The integral of the growth factor over time relative to KT, days: it decides how early a spot saturates.
    """
    released = (
        draws.signal_from_clot_per_day / draws.clot_clearance_per_day
        + draws.signal_from_inflammation_per_day / draws.inflammation_clearance_per_day
    )
    return released / (draws.signal_clearance_per_day * draws.signal_half_activation)


def node_yield(
    *,
    channels_per_cm2: float,
    radius_mm: float,
    reach_mm: float,
    strengths: Float[np.ndarray, " strength"],
    draws: ResponseDraws,
    resolution: Resolution = COARSE,
    seed: int = 0,
    length_mm: float = REFERENCE_LENGTH_MM,
    dtype: type = np.float32,
) -> NodeYield:
    """Return the yields of one node; a density of 0 is the limit of a single channel. `draws` holds one draw."""
    needling = draws.needling
    reached = ReachedDepth(jnp.asarray(length_mm), needling.reached_fraction, needling.reached_depth_cv)
    rim = jnp.asarray([_RIM_SHARE * radius_mm])
    outline = tapered(radius_mm - rim, taper_mm=needling.channel_taper_mm, margin_mm=rim)
    shape, epidermis = ChannelShape.of(outline, 0), float(needling.epidermis_mm[0])
    is_alone = channels_per_cm2 == 0.0
    width = min(max(_ALONE_REACHES * reach_mm, _ALONE_NARROWEST_MM), _ALONE_WIDEST_MM)
    per_mm2 = 1.0 / width**2 if is_alone else channels_per_cm2 / MM2_PER_CM2
    count = 1 if is_alone else resolution.channels(per_mm2)
    patterns = [
        random_channels(np.random.default_rng([seed, number]), max(count, resolution.fewest), reached=reached)
        for number in range(resolution.patterns)
    ]
    patterns = _alone(patterns, resolution.alone) if count == 1 else [_first(pattern, count) for pattern in patterns]
    box = _box(count, per_mm2=per_mm2, reach_mm=reach_mm, resolution=resolution)
    rates = rates_of(draws, reach_mm=reach_mm)
    cell = make_cell(box, rates, dtype=dtype)
    halves = np.asarray(draws.signal_half_activation * strength_of(draws)) / np.asarray(strengths)
    injured = [injured_share(box, pattern, shape, epidermis_mm=epidermis) for pattern in patterns]
    by_cell = np.stack([activity_of_session(cell, share, half_activations=halves).sum(axis=1) for share in injured])
    by_layer = np.stack([share.mean(axis=(1, 2)) for share in injured])
    mixed = _mixed(by_layer, halves, rates, box=box, reach_mm=reach_mm, scale=_VERY_LITTLE if is_alone else 1.0)
    each = box.layer_mm / per_mm2
    return NodeYield(cell=each * by_cell.astype(float), mixed=each * mixed)


def _mixed(
    by_layer: Float[np.ndarray, "pattern z"],
    halves: Float[np.ndarray, " strength"],
    rates: CellRates,
    *,
    box: Box,
    reach_mm: float,
    scale: float,
) -> Float[np.ndarray, "pattern strength"]:
    reach = jnp.full(len(by_layer), reach_mm)
    arrived = np.asarray(spread_over_depth(jnp.asarray(scale * by_layer), jnp.asarray(box.edges_mm), reach))
    shape = (len(by_layer), len(halves), box.layers)
    source = np.broadcast_to(arrived[:, None, :], shape)
    half = np.broadcast_to(halves[None, :, None], shape)
    return activity_when_mixed(source, rates, half_activation=half).sum(axis=2) / scale


def _box(channels: int, *, per_mm2: float, reach_mm: float, resolution: Resolution) -> Box:
    wanted = math.sqrt(channels / per_mm2) / (resolution.voxel_mm * (reach_mm / 0.1) ** (1.0 / 3.0))
    across = next((count for count in resolution.across if count >= wanted), resolution.across[-1])
    return box_for(channels, per_mm2=per_mm2, depth_mm=DEEPEST_MM, layers=resolution.layers, across=across)


def _first(pattern: Channels, count: int) -> Channels:
    return Channels(pattern.places[:count], pattern.depths_mm[:count])


def _alone(patterns: list[Channels], count: int) -> list[Channels]:
    """Single channels whose depths are spread evenly over those of the patterns."""
    depths = np.sort(np.concatenate([pattern.depths_mm for pattern in patterns]))
    chosen = depths[((np.arange(count) + 0.5) / count * depths.size).astype(int)]
    return [Channels(patterns[0].places[:1], depth[None]) for depth in chosen]
