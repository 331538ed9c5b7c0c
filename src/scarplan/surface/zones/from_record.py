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
from scarplan.surface.zones.face_map import Area, Drawn, FaceMap
from scarplan.units import MM2_PER_CM2

# No mesh of a face is picked with fewer marks than this far out of place.
_MOST_OUT_OF_PLACE_NAMED = 4


def make_face_map(record: FaceZones) -> FaceMap:
    """Return the map of the face that `record` tells.

    Raises BadInput for a landmark or zone of no such name, a needed landmark that is missing, and places of no face.
    """
    _check_names(record)
    drawn = [Drawn(_area_of(one), np.array(one.outline_mm), one.seen_from) for one in record.drawn]
    for number, one in enumerate(drawn, start=1):
        _check_outline(number, one)
    only = frozenset(find_zone(name).id for name in record.only)
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
                "no landmark is called so" + (f"; did you mean {near[0]!r}?" if near else ""),
                code="E-ZONE-002",
                got=name,
                allowed=", ".join(known),
                do="name one of the landmarks",
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


def _area_of(drawn: DrawnZone) -> Area:
    if drawn.zone == LEAVE_OUT:
        return Area(None, None, "drawn to be left out")
    found = find_zone(drawn.zone)
    return Area(found.id, drawn.side, found.name)


def _check_outline(number: int, drawn: Drawn) -> None:
    length = float(np.linalg.norm(drawn.seen_from))
    spread = np.linalg.svd(drawn.outline_mm - drawn.outline_mm.mean(axis=0), compute_uv=False)
    if length > 0.5 and spread[1] > 1.0:
        return
    raise BadInput(
        f"the outline of drawn zone {number} encloses no skin",
        code="E-ZONE-005",
        got=f"seen_from {drawn.seen_from}, {len(drawn.outline_mm)} corners",
        allowed="a direction towards the viewer, and corners that are not all on one line",
        do="draw it again on the page of `scarplan zones`",
    )
