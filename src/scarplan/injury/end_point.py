"""What is seen during the session: pinpoint bleeding; and channels that would pass the dermis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxtyping import Array, Float

from scarplan.injury.penetration import ReachedDepth

if TYPE_CHECKING:
    from scarplan.injury.draws import NeedlingDraws


def bleeding_share(reached: ReachedDepth, draws: NeedlingDraws) -> Float[Array, " draw"]:
    """Return the share of channels deep enough for visible pinpoint bleeding."""
    return reached.share_deeper(draws.epidermis_mm + draws.bleeding_depth_below_epidermis_mm)


def beyond_dermis_share(reached: ReachedDepth, draws: NeedlingDraws) -> Float[Array, " draw"]:
    """Return the share of channels that pass through the zone's dermis into fat; it should be near 0."""
    return reached.share_deeper(draws.epidermis_mm + draws.dermis_mm)
