"""The invented patient of the demo without a scan: two examinations before anything was needled, and two answers.

Nothing was done between the two visits, and two examiners looked: what differs is how raters and days differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: The demo tells one story on fixed days, so that the same seed gives the same bytes on any day.
FIRST_VISIT, SECOND_VISIT = "2026-01-12", "2026-03-02"

Count = int | str

#: What an examiner may have written, by zone and kind: the seed picks one of each.
_MAY_BE: Mapping[str, Mapping[str, Sequence[Count]]] = {
    "cheek": {
        "icepick": (2, 3, 4, "1-4", "5-10"),
        "boxcar_shallow": (6, 8, 9, "5-10", "11-20"),
        "boxcar_deep": (0, 1, 2),
        "rolling": (7, 9, "5-10", "11-20"),
    },
    "temple": {"icepick": (0, 1, 2, "1-4"), "boxcar_shallow": (1, 3, "1-4"), "boxcar_deep": (0,), "rolling": (0, 2)},
    "chin": {"icepick": (1, 2, "1-4"), "boxcar_shallow": (2, "1-4"), "boxcar_deep": (0,), "rolling": (0,)},
}
_PLACES = (("cheek", "left"), ("cheek", "right"), ("temple", "left"), ("temple", "right"), ("chin", None))
_KINDS = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised", "other")
#: Purpose of a random stream, so that no two parts of the demo share one.
_STREAM = 41


@dataclass(frozen=True)
class DemoZone:
    """One zone as an examiner counted it."""

    zone: str
    side: str | None
    counts: Mapping[str, Count]


def invent_zones(seed: int) -> tuple[DemoZone, ...]:
    """Return what the first examiner counted. Another seed is another patient."""
    rng = np.random.default_rng([seed, _STREAM])
    zones = []
    for zone, side in _PLACES:
        counts = {kind: choices[int(rng.integers(len(choices)))] for kind, choices in _MAY_BE[zone].items()}
        raised = int(rng.integers(2)) if zone == "chin" else 0
        zones.append(DemoZone(zone, side, {**counts, "raised": raised, "other": 0}))
    return tuple(zones)


def count_again(zones: Sequence[DemoZone], seed: int) -> tuple[DemoZone, ...]:
    """Return what another examiner counted some weeks later: a whole number may be one off, a class stays."""
    rng = np.random.default_rng([seed, _STREAM, 1])

    def again(kind: str, count: Count) -> Count:
        shift = int(rng.integers(-1, 2))
        return count if isinstance(count, str) or not count or kind == "raised" else max(1, count + shift)

    return tuple(
        DemoZone(zone.zone, zone.side, {kind: again(kind, count) for kind, count in zone.counts.items()})
        for zone in zones
    )


def write_examination(zones: Sequence[DemoZone], *, examiner: str, day: str) -> str:
    """Return an `assessment.toml` of the invented patient."""
    lines = [
        "# An examination of the demo: the patient and every number are invented.",
        f'examiner = "{examiner}"',
        f"date = {day}",
        'role = "dermatologist"',
        'light = "one lamp from the side, make-up off"',
        'use = "acne_scars"',
        'flat_marks = "some"',
        'stretch = "partly"',
        "scar_age_months = 72",
        'picked = "no"',
        'new_acne = "no"',
        'rest_of_face = "no_scars"',
        "",
        "[grades]",
        "goodman_baron = 3",
    ]
    for zone in zones:
        lines += ["", "[[zone]]", f'zone = "{zone.zone}"']
        lines += [f'side = "{zone.side}"'] if zone.side else []
        lines += [f"{kind} = {_write_count(zone.counts[kind])}" for kind in _KINDS]
    return "\n".join(lines) + "\n"


def write_outcomes() -> str:
    """Return the `outcomes.toml` of the invented patient: what was said at both visits, before any session."""
    return f"""\
# What the invented patient of the demo said at two visits, both before the first session.
patient_id = "demo-patient"

[[visit]]
date = {FIRST_VISIT}
asked_by = "N. Example, nurse"
dlqi = 9
bother = 7
avoidance = 5

[[visit]]
date = {SECOND_VISIT}
asked_by = "N. Example, nurse"
dlqi = 8
bother = 7
avoidance = 6
note = "nothing was needled yet"
"""


def _write_count(count: Count) -> str:
    return f'"{count}"' if isinstance(count, str) else str(count)
