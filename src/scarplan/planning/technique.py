"""How a zone is needled beside its length: directions, glide or stamp, and the end point."""

from __future__ import annotations

from scarplan.anatomy import Zone
from scarplan.devices import Device
from scarplan.evidence.library import value_of
from scarplan.records.protocol import Mode

#: One direction per pass, in turn; practice without a published comparison, so it is said as an assumption.
_DIRECTIONS = ("horizontal", "vertical", "oblique", "oblique the other way")

TECHNIQUE_BASIS = "passes and directions: an assumption from practice; the end point ends the pass count earlier"


def choose_directions(passes: int | None, mode: Mode) -> tuple[str, ...]:
    """Return the directions of the passes, in turn. A stamp is pressed straight down."""
    if mode == "stamp":
        return ("straight down, side by side",)
    return _DIRECTIONS[: min(len(_DIRECTIONS), passes or len(_DIRECTIONS))]


def choose_mode(zone: Zone | None, device: Device) -> tuple[Mode, str]:
    """Return glide or stamp, with the reason."""
    if device.device_class == "roller":
        return "glide", "a roller can only be rolled; lift it between directions"
    if device.device_class == "stamp":
        return "stamp", "a stamp is pressed straight down"
    if zone is not None and zone.over_bone:
        return "stamp", "over bone: no drag, repeated passes there have left lines"
    return "glide", "stretch the skin, hold straight, do not drag; stamp on the deeper scars"


def state_end_point(length_mm: float | None) -> str:
    """Return what to see before stopping, for a needle length setting."""
    if length_mm is None:
        return "even redness; where the clinic's setting bleeds, uniform pinpoint bleeding, not oozing"
    if length_mm >= value_of("planning.bleeding_from_mm"):
        return "uniform pinpoint bleeding, not oozing"
    if length_mm <= value_of("planning.redness_only_to_mm"):
        return "even redness; single bleeding points can occur"
    return "even redness to the first pinpoint bleeding, not oozing"


def list_passes(zone: Zone | None, device: Device) -> tuple[int, ...]:
    """Return the numbers of passes that are compared for a zone, fewer over bone."""
    if device.device_class == "roller":
        return tuple(value_of("planning.roller_passes_tried"))
    tried = tuple(value_of("planning.passes_tried"))
    if zone is not None and zone.over_bone:
        most = value_of("planning.passes_over_bone")
        return tuple(passes for passes in tried if passes <= most) or (most,)
    return tried
