"""Meshes in PLY, OBJ, STL, GLB and GLTF: every triangle in mm, with its node's place applied."""

from __future__ import annotations

import itertools
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.io.registry import FormatName
from scarplan.surface.mesh import TriangleMesh

_MOST_TRIANGLES = 20_000_000
_LARGEST_FILE_BYTES = 2_000_000_000
#: A head with hair, ears and a second layer below has about twice the area of its box.
_MOST_AREA_OF_BOX = 10
_MOST_PLY_HEADER_LINES = 1000
_LONGEST_COUNT = 15  # digits; Python refuses to read thousands of them
_STL_HEADER_BYTES, _STL_TRIANGLE_BYTES = 84, 50


def read_mesh(path: Path, *, file_format: FormatName, unit_mm: float, with_texture: bool = False) -> TriangleMesh:
    """Return the mesh in the file at `path` in mm. `with_texture` keeps (and demands) texture coordinates.

    Raises BadInput for a damaged file, points without triangles, a mesh without area, or an absurd size.
    """
    _check_bytes(path, file_format)
    if file_format == "ply":
        _check_ply_lines(path)
    try:
        scene = _load_scene(path, file_format, with_texture=with_texture)
        parts = list(_placed_parts(scene))
    except BadInput:
        raise
    except Exception as error:  # the library raises whatever a damaged file provokes; to the user it is one fault
        raise BadInput(
            f"{path.name} cannot be read as {file_format.upper()}: it is damaged or of a kind that is not known here",
            code="E-SURF-060",
            got=f"{type(error).__name__}: {error}",
            allowed="a mesh of triangles, without compression of the geometry",
            do="export it again from the scanner's software, for example as PLY",
        ) from None
    if not parts:
        raise BadInput(
            f"{path.name} holds no triangles",
            code="E-SURF-061",
            got="points or lines only" if scene.geometry else "nothing",
            allowed="a mesh of triangles",
            do="export the scan as a surface mesh, or its points as XYZ text",
        )
    if with_texture and any(uv is None for _, _, uv in parts):
        raise BadInput(
            f"{path.name} has no texture coordinates, so a displacement image has no place on it",
            code="E-SURF-062",
            allowed="OBJ, GLB or GLTF with texture coordinates",
            do="leave --displacement out, or export the mesh with texture coordinates",
        )
    return _join(parts, unit_mm=unit_mm, path=path)


def _check_bytes(path: Path, file_format: FormatName) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_STL_HEADER_BYTES)
    expected = None
    if file_format == "glb" and len(head) >= 12:
        (expected,) = struct.unpack("<I", head[8:12])
    if file_format == "stl" and not _is_text_stl(path, head):
        count = struct.unpack("<I", head[80:84])[0] if len(head) == _STL_HEADER_BYTES else 0
        expected = _STL_HEADER_BYTES + count * _STL_TRIANGLE_BYTES
    if expected is not None and size < expected:
        raise BadInput(
            f"{path.name} is truncated, or no {file_format.upper()}",
            code="E-SURF-063",
            got=f"{size} bytes",
            allowed=f"{expected} bytes by its header",
            do="copy or export it again",
        )
    if expected is not None and file_format == "stl" and size > expected:
        raise BadInput(
            f"{path.name} is longer than its header says, or no STL",
            code="E-SURF-076",
            got=f"{size} bytes",
            allowed=f"{expected} bytes for {(expected - _STL_HEADER_BYTES) // _STL_TRIANGLE_BYTES} triangles",
            do="copy or export it again",
        )
    if size > _LARGEST_FILE_BYTES:
        raise BadInput(
            f"{path.name} is too large",
            code="E-SURF-064",
            got=f"{size / 1e9:.1f} GB",
            allowed=f"at most {_LARGEST_FILE_BYTES / 1e9:.0f} GB",
            do="crop it to the skin to be treated",
        )
    if file_format in ("obj", "gltf") and b"\x00" in head:
        raise BadInput(
            f"{path.name} is no {file_format.upper()} text",
            code="E-SURF-065",
            got=f"first bytes {head[:8]!r}",
            allowed="a text file",
            do="give the file the ending of its content, or export it again",
        )


def _check_ply_lines(path: Path) -> None:
    """Raise BadInput when a PLY of text has fewer lines than its header says, or triangles that are none."""
    with path.open("rb") as stream:
        expected, before_faces, faces = 0, 0, 0
        for line in itertools.islice(stream, _MOST_PLY_HEADER_LINES):
            words = line.split()
            if words[:1] == [b"format"] and words[1:2] != [b"ascii"]:
                return
            if words[:1] == [b"element"] and len(words) == 3 and words[2].isdigit():
                if len(words[2]) > _LONGEST_COUNT:
                    return  # no file is so long: the reader says what is wrong
                if words[1] == b"face":
                    before_faces, faces = expected, int(words[2])
                expected += int(words[2])
            if words == [b"end_header"]:
                break
        got, wrong = 0, None
        for line in stream:
            words = line.split()
            if words and wrong is None and before_faces <= got < before_faces + faces and not _names_corners(words):
                wrong = line
            got += bool(words)
    if got < expected:
        raise BadInput(
            f"{path.name} is truncated",
            code="E-SURF-077",
            got=f"{got} lines of points and triangles",
            allowed=f"{expected} lines by its header",
            do="copy or export it again",
        )
    if wrong is not None:
        raise BadInput(
            f"a line of {path.name} names no triangle",
            code="E-SURF-098",
            got=wrong[:60].decode("latin-1").strip(),
            allowed="the number of corners, then as many whole numbers",
            do="export it again",
        )


def _names_corners(words: list[bytes]) -> bool:
    """Whether a line begins with a count and as many places of corners. Further columns may follow."""
    if not words[0].isdigit() or len(words[0]) > _LONGEST_COUNT:
        return False
    corners = words[1 : 1 + int(words[0])]
    return len(corners) == int(words[0]) and all(word.lstrip(b"-").isdigit() for word in corners)


def _is_text_stl(path: Path, head: bytes) -> bool:
    if not head.lstrip().lower().startswith(b"solid"):
        return False
    with path.open("rb") as stream:  # some binary files say "solid" too, but no "facet" follows
        return b"facet" in stream.read(1000).lower()


def _load_scene(path: Path, file_format: FormatName, *, with_texture: bool) -> Any:
    import trimesh  # loaded only when a mesh is read: starting stays fast

    # What the library would log about a damaged file is said in the error instead.
    logging.getLogger("trimesh").addHandler(logging.NullHandler())
    options: dict[str, Any] = {"process": False}
    if file_format in ("obj", "glb", "gltf"):
        options["skip_materials"] = not with_texture
    # A GLTF or OBJ names further files: only plain files beside it are opened, nothing is fetched.
    if file_format in ("obj", "gltf"):
        with path.open("rb") as stream:
            return trimesh.load_scene(
                stream, file_type=file_format, allow_remote=False, resolver=_files_beside(path), **options
            )
    return trimesh.load_scene(str(path), file_type=file_format, allow_remote=False, **options)


def _files_beside(path: Path) -> Any:
    """Return what opens files that a mesh names: no pipe (it would be waited for) and no device (it has no end)."""
    from trimesh.resolvers import FilePathResolver

    class PlainFilesBeside(FilePathResolver):
        def get(self, name: str) -> bytes:
            named = Path(self.parent) / Path(name.strip()).name
            for candidate in (self.absolute(name), named):
                if candidate.exists() and not candidate.is_file():
                    raise ValueError(f"{name!r} is no plain file")
            return super().get(name)

    return PlainFilesBeside(str(path))


def _placed_parts(scene: Any) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Yield vertices, faces and texture coordinates of each node, the node's transform applied."""
    for node in sorted(scene.graph.nodes_geometry):
        transform, name = scene.graph[node]
        geometry = scene.geometry[name]
        if not hasattr(geometry, "faces") or not len(geometry.faces):
            continue
        faces = np.asarray(geometry.faces, dtype=np.int64)
        vertices = np.asarray(geometry.vertices, dtype=np.float64)
        if faces.min() < 0 or faces.max() >= len(vertices):
            raise ValueError("a triangle names a vertex that does not exist")
        with np.errstate(invalid="ignore", over="ignore"):  # corners that are no numbers are named below
            vertices = vertices @ transform[:3, :3].T + transform[:3, 3]
        if np.linalg.det(transform[:3, :3]) < 0:
            faces = faces[:, ::-1]  # a mirrored node turns its triangles inside out
        uv = getattr(geometry.visual, "uv", None)
        usable = uv is not None and len(uv) == len(vertices) and bool(np.isfinite(uv).all())
        yield vertices, faces, np.asarray(uv, dtype=np.float64) if usable else None


def _join(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray | None]], *, unit_mm: float, path: Path) -> TriangleMesh:
    starts = np.cumsum([0] + [len(vertices) for vertices, _, _ in parts])
    vertices = np.concatenate([vertices for vertices, _, _ in parts]) * unit_mm
    faces = np.concatenate([faces + start for (_, faces, _), start in zip(parts, starts, strict=False)])
    if len(faces) > _MOST_TRIANGLES:
        raise BadInput(
            f"{path.name} is too large",
            code="E-SURF-066",
            got=f"{len(faces) / 1e6:.0f} million triangles",
            allowed=f"at most {_MOST_TRIANGLES // 1_000_000} million",
            do="crop it to the skin to be treated, or decimate it",
        )
    if not np.isfinite(vertices[faces]).all():
        raise BadInput(
            f"{path.name} has triangles with corners that are no numbers",
            code="E-SURF-067",
            got="NaN or infinite coordinates",
            do="export the scan again; remove the faulty vertices",
        )
    with np.errstate(over="ignore", invalid="ignore"):  # an absurd size is named below
        with_area = TriangleMesh(vertices, faces).areas_mm2 > 0
    if not with_area.any():
        raise BadInput(
            f"{path.name} has no area: all its triangles are lines or points",
            code="E-SURF-068",
            got=f"{len(faces)} triangles",
            do="export the scan again as a surface mesh",
        )
    _check_extent(vertices[faces[with_area]], path)
    _check_order(TriangleMesh(vertices, faces[with_area]), path)
    uv = None
    if all(part is not None for _, _, part in parts):
        uv = np.concatenate([part for _, _, part in parts if part is not None])[faces][with_area]
    return TriangleMesh(vertices, faces[with_area], uv)


def _check_order(mesh: TriangleMesh, path: Path) -> None:
    """Refuse triangles in disorder: they have far more area than a surface in their box can have."""
    x, y, z = (float(side) for side in np.ptp(mesh.corners_mm.reshape(-1, 3), axis=0))
    box_mm2 = 2 * (x * y + y * z + z * x)
    area_mm2 = float(mesh.areas_mm2.sum())
    if area_mm2 > _MOST_AREA_OF_BOX * box_mm2:
        raise BadInput(
            f"the triangles of {path.name} lie in disorder: they are no surface",
            code="E-SURF-078",
            got=f"{area_mm2 / 100:.0f} cm2 of triangles in a box of {x:.0f} x {y:.0f} x {z:.0f} mm",
            allowed=f"at most {_MOST_AREA_OF_BOX} times the surface of the box",
            do="export the scan again as one surface",
        )


def _check_extent(corners_mm: np.ndarray, path: Path) -> None:
    size = float(np.ptp(corners_mm.reshape(-1, 3), axis=0).max())
    smallest, largest = value_of("surface.smallest_mesh_mm"), value_of("surface.largest_mesh_mm")
    if not smallest <= size <= largest:
        raise BadInput(
            f"wrong unit? The size of {path.name} is absurd for skin",
            code="E-SURF-069",
            got=f"{size:.3g} mm from end to end",
            allowed=f"{smallest:g} to {largest:g} mm",
            do="check --unit: it is the length of one unit of the file (a GLB is often in m or of unknown scale)",
        )
