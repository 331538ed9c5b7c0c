"""The page on which the zones of a face are picked on its mesh: one file, nothing loaded from outside."""

from __future__ import annotations

import base64
import colorsys
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import cv2
import numpy as np

from scarplan.anatomy import TEMPLATE_RADIUS_MM, Landmark, Zone, all_zones, face_template
from scarplan.evidence.cite import name_source
from scarplan.evidence.library import source
from scarplan.marking import choose, fill_page, list_options, start_sentence
from scarplan.records.face_zones import LEAVE_OUT, FaceZones
from scarplan.surface.zones.face_map import BEYOND_NOSE_MM, LOW_MM, STEP_MM, Area, raster_template
from scarplan.surface.zones.portrait import Portrait

_QUALITY = 88
# Depth is kept for every second pixel of a picture, in as many steps as two bytes hold; step 0 is beside the mesh.
_DEPTH_EVERY, _DEPTH_STEPS = 2, 65_534
# Every second step of the raster of the template: borders are known to some millimetres.
_RASTER_EVERY = 2
_STRENGTH, _STRENGTH_LEFT_OUT = 90, 130
#: Zones that have a left and a right one.
_PAIRED = frozenset(region.zone for region in face_template().regions if region.zone and region.side)


@dataclass(frozen=True)
class PickedMesh:
    """The mesh that a page is for: its name, hash and unit, and the command that reads what the page saves."""

    name: str
    sha256: str
    unit: str
    command: str


def render_zones_page(mesh: PickedMesh, portraits: Sequence[Portrait], *, given: FaceZones | None = None) -> str:
    """Return the page for picking the zones of `mesh` on its `portraits`; `given`: what to start from."""
    data = {
        "name": mesh.name,
        "sha256": mesh.sha256,
        "unit": mesh.unit,
        "views": [_describe_view(portrait) for portrait in portraits],
        "landmarks": [
            {
                "id": m.id,
                "words": m.words,
                "find": m.find,
                "term": m.term,
                "defined": _say_definition(m),
                "at": m.at,
                "needed": m.is_needed,
                "view": m.view,
            }
            for m in face_template().landmarks
        ],
        "template": _describe_template(),
        "zones": {zone.id: {"words": zone.name, "paired": zone.id in _PAIRED} for zone in _zones()}
        | {LEAVE_OUT: {"words": "left out", "paired": False}},
        "given": _describe_given(given) if given is not None else None,
        "only": list(given.only) if given is not None else [],
        "who": (given.picked_by or "") if given is not None else "",
    }
    return fill_page(
        "scarplan.surface.zones",
        "zones",
        name=escape(mesh.name),
        command=escape(mesh.command),
        views="\n".join(
            choose("view", portrait.name, escape(start_sentence(portrait.words)), first=not number)
            for number, portrait in enumerate(portraits)
        ),
        zones=list_options({zone.id: zone.name for zone in _zones()} | {LEAVE_OUT: "skin to leave out"}),
        # A closing tag inside a name must not end the block.
        data=json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
    )


def _say_definition(mark: Landmark) -> str:
    """Return what the landmark is, and after whom; an own choice is shown as assumed."""
    after = "assumed: our own choice" if mark.is_assumed else f"{name_source(source(mark.source))}, {mark.locator}"
    return f"{start_sentence(mark.definition)} ({after})."


def _zones() -> list[Zone]:
    return [zone for zone in all_zones() if zone.on_face or zone.id == "neck"]


def _describe_view(portrait: Portrait) -> dict[str, Any]:
    rows, columns = portrait.depth_mm.shape
    depth = portrait.depth_mm[::_DEPTH_EVERY, ::_DEPTH_EVERY]
    seen = np.isfinite(depth)
    nearest, farthest = float(depth[seen].min()), float(depth[seen].max())
    unit = max((farthest - nearest) / (_DEPTH_STEPS - 1), 1e-6)
    steps = np.where(seen, np.rint((np.nan_to_num(depth) - nearest) / unit) + 1, 0).astype("<u2")
    _, jpeg = cv2.imencode(".jpg", portrait.picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return {
        "name": portrait.name,
        "width": columns,
        "height": rows,
        "corner": portrait.corner_mm,
        "right": portrait.right,
        "down": portrait.down,
        "outward": portrait.outward,
        "every": _DEPTH_EVERY,
        "columns": depth.shape[1],
        "rows": depth.shape[0],
        "nearest": nearest,
        "unit": unit,
        "head": _find_head(np.isfinite(portrait.depth_mm)),
        "depth": base64.b64encode(steps.tobytes()).decode(),
        "picture": "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode(),
    }


def _find_head(seen: np.ndarray) -> list[int]:
    """Return left, top, right and bottom of what to show first: the upper part, as high as the head is wide twice."""
    rows, columns = (np.nonzero(np.any(seen, axis=axis))[0] for axis in (1, 0))
    top, bottom = int(rows[0]), int(rows[-1])
    upper = np.nonzero(np.any(seen[top : top + max(1, (bottom - top) // 3)], axis=0))[0]
    left, right = int(upper[0]), int(upper[-1])
    bottom = min(bottom, top + round(1.6 * (right - left)))
    return [max(left, int(columns[0])), top, min(right, int(columns[-1])), bottom]


def _describe_template() -> dict[str, Any]:
    plain_areas, plain = raster_template(face_template(), ())
    areas, beard = raster_template(face_template(), ("beard",))
    plain, beard = (raster[::_RASTER_EVERY, ::_RASTER_EVERY] for raster in (plain, beard))
    if areas[: len(plain_areas)] != plain_areas:
        raise ValueError("optional areas of the template must come last")
    return {
        "low": LOW_MM.tolist(),
        "step": STEP_MM * _RASTER_EVERY,
        "columns": plain.shape[1],
        "rows": plain.shape[0],
        "beyond": BEYOND_NOSE_MM,
        "plain": base64.b64encode(plain.tobytes()).decode(),
        "beard": base64.b64encode(beard.tobytes()).decode(),
        "colours": [_colour(area) for area in areas],
        "names": [_short(area) for area in areas],
        "radius": TEMPLATE_RADIUS_MM,
        "anchors": [{"from": name, "at": at} for name, at in face_template().anchors],
        "outlines": [
            {"points": region.outline, "fill": "#eef3f4" if region.zone else "#ffffff"}
            for region in face_template().regions
            if not region.when_asked
        ],
    }


def _colour(area: Area) -> list[int]:
    """Return red, green, blue and strength of an area: zones in the order of the atlas round the circle of hues."""
    if area.zone is None:
        return [40, 40, 44, _STRENGTH_LEFT_OUT]
    ids = [zone.id for zone in all_zones()]
    # Neighbours in the list are neighbours on the face: their hues lie far apart.
    hue = (ids.index(area.zone) * 0.381966) % 1.0
    return [round(255 * part) for part in colorsys.hls_to_rgb(hue, 0.5, 0.75)] + [_STRENGTH]


def _short(area: Area) -> str:
    return "" if area.zone is None else area.zone.replace("_", " ")


def _describe_given(given: FaceZones) -> dict[str, Any]:
    return {
        "landmarks": given.landmarks,
        "drawn": [one.model_dump(mode="json") for one in given.drawn],
        "beard": "beard" in given.leave_out,
    }
