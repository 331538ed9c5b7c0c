"""The zones of a scan of several: what was found in each, for the face map, and names of their charts for people."""

from __future__ import annotations

import re
from collections import Counter

from scarplan.report.pictures.face_map import ZoneMark, ZonePlace
from scarplan.report.pictures.face_shapes import ZONE_SHAPES
from scarplan.report.results import CaseResults
from scarplan.report.wording import name_zone

_PART = re.compile(r"_(\d+)$")


def mark_scanned_zones(results: CaseResults) -> dict[ZonePlace, ZoneMark]:
    """Return how many dents were found in each zone of the scan; nothing where it shows one zone or none is named."""
    places = {(chart["zone"], chart["side"]) for chart in _charts(results) if chart["zone"] in ZONE_SHAPES}
    if results.scars is None or len(places) < 2:
        return {}
    dents = Counter((scar["zone"], scar["side"]) for scar in results.confident_scars if scar["depth_mm"] > 0)
    return {place: ZoneMark(dents[place], dents[place]) for place in sorted(places, key=str)}


def name_charts(results: CaseResults) -> dict[str, str]:
    """Return a name for people for each chart: its zone, side and part; `The scan` for a height map."""
    names = {}
    for chart in _charts(results):
        part = _PART.search(chart["name"])
        words = name_zone(chart["zone"], chart["side"]) if chart["zone"] else f"chart {chart['name']}"
        words = f"{words}, part {part[1]}" if part and chart["zone"] else words
        names[chart["name"]] = "The scan" if chart["name"] == "map" else words[:1].upper() + words[1:]
    return names


def _charts(results: CaseResults) -> list[dict[str, str]]:
    return list((results.scan or {}).get("charts") or ())
