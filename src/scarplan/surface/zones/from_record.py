"""The zones that a person picked, as `zones.toml` tells them, made into a map of the face; and checked on the mesh."""

from __future__ import annotations

import difflib

import numpy as np
from scipy.spatial import cKDTree

from scarplan.anatomy import face_template
from scarplan.anatomy import zone as find_zone
from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.records.face_zones import LEAVE_OUT, DrawnZone, FaceZones
from scarplan.surface.views import Samples
from scarplan.surface.zones.face_map import Area, Drawn, FaceMap, crosses_itself
from scarplan.units import MM2_PER_CM2

# No mesh of a face is picked with fewer marks than this far out of place.
_MOST_OUT_OF_PLACE_NAMED = 4
# No two landmarks of a face are nearer than this; nearer ones are one click counted twice.
_CLOSEST_MM = 1.0


def make_face_map(record: FaceZones) -> FaceMap:
    """Return the map of the face that `record` tells.

    Raises BadInput for a landmark or zone of no such name, a needed landmark that is missing, two in one place, an
    outline that encloses nothing or crosses itself, and places of no face.
    """
    _check_names(record)
    _check_apart(record)
    drawn = [Drawn(_area_of(one), np.array(one.outline_mm), one.seen_from) for one in record.drawn]
    for number, one in enumerate(drawn, start=1):
        _check_outline(number, one)
    only = frozenset(find_zone(name).id for name in record.only)
    _check_only(record, drawn, only)
    return FaceMap.of(record.landmarks, drawn=drawn, leave_out=record.leave_out, only=only)


def check_on_mesh(record: FaceZones, samples: Samples) -> None:
    """Raise BadInput when the places of `record` do not lie on the mesh that `samples` stand for."""
    places = dict(record.landmarks) | {
        f"corner {corner} of drawn zone {number}": place
        for number, one in enumerate(record.drawn, start=1)
        for corner, place in enumerate(one.outline_mm, start=1)
    }
    away, _ = cKDTree(samples.points_mm).query(np.array(list(places.values())))
    limit = value_of("surface.landmark_on_mesh_mm") + np.sqrt(samples.area_cm2 * MM2_PER_CM2)
    out = [(name, distance) for name, distance in zip(places, away, strict=True) if distance > limit]
    if out:
        told = [f"{name} {distance:.0f} mm away" for name, distance in out[:_MOST_OUT_OF_PLACE_NAMED]]
        raise BadInput(
            f"{len(out)} of {len(places)} picked places do not lie on this mesh",
            code="E-ZONE-004",
            got=", ".join(told) + (", ..." if len(out) > len(told) else ""),
            allowed=f"at most {limit:.0f} mm",
            do="give the zones that were picked on this mesh, and the same --unit; pick anew with `scarplan zones`",
        )


def _check_names(record: FaceZones) -> None:
    template = face_template()
    known = [mark.id for mark in template.landmarks]
    for name in record.landmarks:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise BadInput(
                "no landmark is called so",
                code="E-ZONE-002",
                got=name,
                allowed=", ".join(known),
                do="name one of the landmarks" + (f" (did you mean {near[0]!r}?)" if near else ""),
            )
    missing = [name for name in template.needed if name not in record.landmarks]
    if record.landmarks and missing:
        raise BadInput(
            "landmarks are missing that the zones need",
            code="E-ZONE-003",
            got=", ".join(missing),
            allowed=f"all of: {', '.join(template.needed)}",
            do="click them too on the page of `scarplan zones`, or give drawn zones alone",
        )


def _check_apart(record: FaceZones) -> None:
    names, places = list(record.landmarks), np.array(list(record.landmarks.values()), dtype=float)
    if len(names) < 2:
        return
    away, nearest = (found[:, 1] for found in cKDTree(places).query(places, k=2))
    first = int(np.argmin(away))
    if away[first] < _CLOSEST_MM:
        raise BadInput(
            "two landmarks lie in one place",
            code="E-ZONE-012",
            got=f"{names[first]} and {names[int(nearest[first])]}, {away[first]:.1f} mm apart",
            allowed=f"at least {_CLOSEST_MM:g} mm",
            do="drag one of them to its place on the page of `scarplan zones`",
        )


def _check_only(record: FaceZones, drawn: list[Drawn], only: frozenset[str]) -> None:
    there = {one.area.zone for one in drawn}
    there |= {region.zone for region in face_template().regions} if record.landmarks else set()
    beyond = sorted(only - there)
    if beyond:
        raise BadInput(
            "`only` names zones that are neither on the face nor drawn",
            code="E-ZONE-013",
            got=", ".join(beyond),
            allowed=", ".join(sorted(zone for zone in there if zone)),
            do="name zones of the face, or draw the zone on the page of `scarplan zones`",
        )


def _area_of(drawn: DrawnZone) -> Area:
    if drawn.zone == LEAVE_OUT:
        return Area(None, None, "drawn to be left out")
    found = find_zone(drawn.zone)
    return Area(found.id, drawn.side, found.name)


def _check_outline(number: int, drawn: Drawn) -> None:
    length = float(np.linalg.norm(drawn.seen_from))
    spread = np.linalg.svd(drawn.outline_mm - drawn.outline_mm.mean(axis=0), compute_uv=False)
    if length > 0.5 and spread[1] > 1.0:
        if crosses_itself(drawn):
            raise BadInput(
                f"the outline of drawn zone {number} crosses itself",
                code="E-ZONE-011",
                got=f"{len(drawn.outline_mm)} corners",
                allowed="corners in turn around the skin that is meant",
                do="draw it again on the page of `scarplan zones`",
            )
        return
    raise BadInput(
        f"the outline of drawn zone {number} encloses no skin",
        code="E-ZONE-005",
        got=f"seen_from {drawn.seen_from}, {len(drawn.outline_mm)} corners",
        allowed="a direction towards the viewer, and corners that are not all on one line",
        do="draw it again on the page of `scarplan zones`",
    )
