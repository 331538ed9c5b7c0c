"""Density of the channels that a zone received: as told, or from strokes or time, needles and area."""

from __future__ import annotations

from collections.abc import Sequence

from scarplan.records.session import DeliveredZone
from scarplan.records.session_parts import Cartridge


def delivered_density(zone: DeliveredZone, cartridges: Sequence[Cartridge]) -> tuple[float | None, str | None]:
    """Return the channels per cm2 of a zone and how they are known; None where something of it is not."""
    if zone.channels_per_cm2 is not None:
        return zone.channels_per_cm2, "told"
    needles = _needles(cartridges)
    if needles is None or zone.area_cm2 is None:
        return None, None
    if zone.strokes is not None:
        return needles * zone.strokes / zone.area_cm2, "needles x strokes / area"
    if zone.seconds is not None and zone.speed_hz is not None:
        return needles * zone.speed_hz * zone.seconds / zone.area_cm2, "needles x speed x time / area"
    return None, None


def _needles(cartridges: Sequence[Cartridge]) -> int | None:
    """Return the number of needles, where every cartridge of the session has the same."""
    found = {one.needle_count for one in cartridges}
    return next(iter(found)) if len(found) == 1 else None
