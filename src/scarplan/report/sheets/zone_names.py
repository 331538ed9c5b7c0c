"""Names of zones that fit one line of a sheet, and are the ones printed beside the chart of the face."""

from __future__ import annotations

from scarplan.report.wording import name_zone

_SHORT = {"periorbital": "around the eye", "trunk": "back, shoulders"}


def name_zone_briefly(zone: str | None, side: str | None = None) -> str:
    """Return a zone in few words, with its side: `around the eye, left`."""
    short = _SHORT.get(zone or "")
    return name_zone(zone, side) if short is None else f"{short}, {side}" if side else short
