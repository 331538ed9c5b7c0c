"""Skin to leave out: protected by the screening, raised scars, the orbital rim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scarplan.forecast.scar_draws import Place
from scarplan.planning.zones import ZoneOptions

#: Zones that border the orbit: the rim is a no-go there whatever the screening says.
_AT_THE_ORBIT = frozenset({"periorbital", "temple", "malar", "forehead", "nasal_bridge"})


def list_protected_skin(
    zone: ZoneOptions, protected: Sequence[Mapping[str, Any]], left_out: Mapping[Place, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return in words what is left out in one zone; `left_out` is what the basis of the plan says of each place."""
    found = []
    if zone.zone in _AT_THE_ORBIT:
        found.append("everything inside the orbital rim, and the eyelids")
    found += [_area_in_words(area) for area in protected]
    found += left_out.get((zone.zone, zone.side), ())
    return tuple(dict.fromkeys(found))


def _area_in_words(area: Mapping[str, Any]) -> str:
    what = str(area.get("kind") or area["rule"]).replace("_", " ")
    margin = f" with {area['margin_mm']:g} mm around it" if area.get("margin_mm") else ""
    if area.get("x_mm") is None or area.get("y_mm") is None:
        return f"{what}{margin} (place not marked on a scan: mark it on the skin)"
    size = f", radius {area['radius_mm']:g} mm" if area.get("radius_mm") else ""
    return f"{what} at x {area['x_mm']:.1f}, y {area['y_mm']:.1f} mm{size}{margin}"
