"""Regions of the body that people ask needling for, by id or by any of their other names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from scarplan.errors import BadInput

Region: TypeAlias = Literal["face", "neck", "scalp", "hands", "body"]

#: Every region, from the face down.
REGIONS: tuple[Region, ...] = get_args(Region)

#: Other names of a region, among them the zones of a plan.
_NAMES: Mapping[Region, tuple[str, ...]] = {
    "face": (
        "facial",
        "forehead",
        "temple",
        "periorbital",
        "nasal bridge",
        "nose",
        "nose tip",
        "cheek",
        "cheeks",
        "malar",
        "upper lip",
        "chin",
        "jawline",
        "jaw",
    ),
    "neck": ("throat", "decolletage"),
    "scalp": ("head",),
    "hands": ("hand", "back of the hand", "fingers"),
    "body": (
        "trunk",
        "back",
        "chest",
        "shoulder",
        "shoulders",
        "abdomen",
        "belly",
        "stomach",
        "breast",
        "breasts",
        "hip",
        "hips",
        "buttocks",
        "thigh",
        "thighs",
        "leg",
        "legs",
        "arm",
        "arms",
        "limbs",
    ),
}


def find_region(name: str) -> Region:
    """Return the region with the id, other name or zone `name`. Raises BadInput with the nearest name."""
    known: dict[str, Region] = {other: region for region in REGIONS for other in (region, *_NAMES[region])}
    key = re.sub(r"[^a-z]+", " ", str(name).casefold()).strip()
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=1)
    raise BadInput(
        "no region is called so" + (f"; did you mean {near[0]!r}?" if near else ""),
        code="E-USE-002",
        got=name,
        allowed=", ".join(REGIONS),
        do="name one of the regions, or leave it out",
    )
