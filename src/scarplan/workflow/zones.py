"""Zones: write the page on which the zones of a face are picked on its mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from scarplan.anatomy import face_template
from scarplan.canonical import hash_file, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.records.all_or_nothing import write_together
from scarplan.surface.io.mesh import read_mesh
from scarplan.surface.io.registry import HEIGHT_MAPS, sniff_file
from scarplan.surface.io.texture import read_texture
from scarplan.surface.surface import Vector
from scarplan.surface.views import spread_samples
from scarplan.surface.zones.from_record import check_on_mesh, make_face_map
from scarplan.surface.zones.portrait import VIEWS, make_portraits
from scarplan.surface.zones.zones_page import PickedMesh, render_zones_page
from scarplan.units import read_length_unit
from scarplan.workflow.picked_zones import read_picked_zones
from scarplan.workflow.progress import Progress, report_nothing

#: Name of an axis of the file, with its sign -> unit vector.
_AXES: dict[str, Vector] = {
    "+x": (1.0, 0.0, 0.0),
    "-x": (-1.0, 0.0, 0.0),
    "+y": (0.0, 1.0, 0.0),
    "-y": (0.0, -1.0, 0.0),
    "+z": (0.0, 0.0, 1.0),
    "-z": (0.0, 0.0, -1.0),
}


def write_zones_page(
    file: str | Path,
    page: str | Path = "zones.html",
    *,
    unit: str | None,
    zones: str | Path | None = None,
    up: str = "+y",
    front: str = "+z",
    texture: str | Path | None = None,
    texture_flip: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the page for picking the zones of the face on the mesh in `file`, and return what it asks for.

    `up` and `front` say how the head lies in the file; `texture` is a colour image of a mesh with texture coordinates,
    for seeing better. `zones` is a file of zones to start from. Raises BadInput for what cannot be used.
    """
    tell = progress or report_nothing
    path, page = Path(file), Path(page)
    with recording() as used:
        sniffed = sniff_file(path)
        if sniffed.format in HEIGHT_MAPS:
            raise BadInput(
                f"{path.name} is a height map: it shows one zone, which --zone of `scarplan scan` says",
                code="E-ZONE-007",
                got=path.name,
                allowed="a mesh of a face: PLY, OBJ, STL, GLB or GLTF",
                do="give the mesh, or scan the height map with --zone",
            )
        upward, forward = _read_axes(up, front)
        given = None if zones is None else read_picked_zones(Path(zones))[0]
        tell(f"reading {path.name}", 0.0)
        mesh = read_mesh(
            sniffed.path, file_format=sniffed.format, unit_mm=read_length_unit(unit), with_texture=texture is not None
        )
        colours = None if texture is None else read_texture(Path(texture), flip=texture_flip)
        if given is not None:
            make_face_map(given)
            check_on_mesh(given, spread_samples(mesh))
        portraits = []
        for portrait in make_portraits(mesh, up=upward, front=forward, texture=colours):
            tell(f"drawing the face: {portrait.words}", 0.3 + 0.6 * len(portraits) / len(VIEWS))
            portraits.append(portrait)
        sha256 = hash_file(sniffed.path)
        command = f"scarplan scan {path.name} CASE --unit {unit} --zones zones.toml"
        tell("writing the page", 0.9)
        text = render_zones_page(PickedMesh(path.name, sha256, str(unit), command), portraits, given=given)
    _write(page, text.encode())
    manifest = make_manifest("zones", inputs={"mesh": sha256}, quantities=used.quantities, sources=used.sources)
    tell("page written", 1.0)
    return make_plain(
        {
            "page": str(page),
            "file": {"name": path.name, "sha256": sha256},
            "size_mm": np.ptp(mesh.vertices_mm[np.unique(mesh.faces)], axis=0).tolist(),
            "views": list(VIEWS),
            "needed": list(face_template().needed),
            "optional": [mark.id for mark in face_template().landmarks if not mark.is_needed],
            "given": sorted(given.landmarks) if given is not None else [],
            "then": command,
            "manifest": manifest,
        }
    )


def _write(page: Path, data: bytes) -> None:
    try:
        write_together(page.parent, {page.name: data})
    except OSError as error:
        raise BadInput(
            f"the page {page} cannot be written: {error.strerror or error}",
            code="E-ZONE-010",
            do="name a file in a folder that can be written to, with --page",
        ) from None


def _read_axes(up: str, front: str) -> tuple[Vector, Vector]:
    for option, name in (("--up", up), ("--front", front)):
        if name not in _AXES:
            raise BadInput(
                f"{option} is not an axis of the file",
                code="E-ZONE-008",
                got=name,
                allowed=", ".join(_AXES),
                do="name the axis that points upwards (or towards where the face looks) with its sign",
            )
    if up[1] == front[1]:
        raise BadInput(
            "--up and --front lie along the same axis",
            code="E-ZONE-009",
            got=f"up {up}, front {front}",
            allowed="two different axes",
            do="look in the scanner's software which axis points upwards and which one to the viewer",
        )
    return _AXES[up], _AXES[front]
