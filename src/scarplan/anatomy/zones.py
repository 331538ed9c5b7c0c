"""Zones of the face, neck and trunk, by id or by any of their other names."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from scarplan.errors import BadInput


@dataclass(frozen=True)
class Zone:
    """A zone of skin. `site` is where its layer thickness was measured, `over_bone` asks for care with rollers."""

    id: str
    name: str
    aliases: tuple[str, ...]
    site: str
    over_bone: bool
    on_face: bool
    note: str


def zone(name: str) -> Zone:
    """Return the zone with the id or alias `name`. Raises BadInput with the nearest name."""
    key = str(name).strip().lower().replace(" ", "_").replace("-", "_")
    by_name = _zones_by_name()
    if key not in by_name:
        near = difflib.get_close_matches(key, by_name, n=1)
        raise BadInput(
            "no zone is called so" + (f"; did you mean {by_name[near[0]].id!r}?" if near else ""),
            code="E-ANAT-001",
            got=name,
            allowed=", ".join(each.id for each in all_zones()),
            do="name one of the zones",
        )
    return by_name[key]


@cache
def all_zones() -> tuple[Zone, ...]:
    """Return every zone, from the forehead down."""
    rows = tomllib.loads(files("scarplan.anatomy").joinpath("data", "zones.toml").read_text("utf-8"))
    return tuple(
        Zone(
            id=zone_id,
            name=row["name"],
            aliases=tuple(row["aliases"]),
            site=row["site"],
            over_bone=row["over_bone"],
            on_face=row.get("on_face", True),
            note=row.get("note", ""),
        )
        for zone_id, row in rows.items()
    )


@cache
def _zones_by_name() -> dict[str, Zone]:
    return {name: each for each in all_zones() for name in (each.id, *each.aliases)}
