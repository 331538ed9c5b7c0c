"""Point clouds in PLY: vertices without faces, as text or binary of either byte order; x, y and height."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from scarplan.errors import BadInput
from scarplan.surface.io.xyz import check_points

if TYPE_CHECKING:
    from jaxtyping import Float

_ENDIAN = {"binary_little_endian": "<", "binary_big_endian": ">"}
_KINDS = {
    **dict.fromkeys(("char", "int8"), "i1"), **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"), **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"), **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"), **dict.fromkeys(("double", "float64"), "f8"),
}  # fmt: skip
_SURFACES = ("face", "tristrips")
#: A header is a few lines; a file without its end is no PLY.
_MOST_HEADER_BYTES = 100_000


@dataclass(frozen=True)
class _Element:
    """A table of the file: its rows, and the kinds of its columns by name; None: lists of unknown length."""

    name: str
    rows: int
    columns: dict[str, str | None]


def holds_points_only(path: Path) -> bool:
    """Return whether the PLY at `path` tells vertices and no faces. False for a header that cannot be read."""
    try:
        with path.open("rb") as stream:
            _, elements = _read_header(stream)
    except ValueError:
        return False
    rows = {one.name: one.rows for one in elements}
    return rows.get("vertex", 0) > 0 and not any(rows.get(name) for name in _SURFACES)


def read_ply_points(path: Path) -> Float[np.ndarray, "n 3"]:
    """Return the vertices of the file at `path`, file units [n 3]; normals and colours are left out.

    Raises BadInput with what is wrong.
    """
    try:
        with path.open("rb") as stream:
            kind, elements = _read_header(stream)
            before, vertex = _split(elements)
            if kind == "ascii":
                points = _read_text(stream, sum(one.rows for one in before), vertex)
            else:
                points = _read_binary(stream, before, vertex, _ENDIAN[kind], left=_bytes_left(stream, path))
    except ValueError as error:
        raise _damaged(path, str(error)) from None
    return check_points(points, lambda got: _damaged(path, got))


def _read_header(stream: IO[bytes]) -> tuple[str, list[_Element]]:
    """Return the format and the elements; the stream stands at the first row then. Raises ValueError."""
    if stream.readline(_MOST_HEADER_BYTES).strip() != b"ply":
        raise ValueError("no PLY")
    kind, elements = "", []
    while (line := stream.readline(_MOST_HEADER_BYTES)) and stream.tell() < _MOST_HEADER_BYTES:
        words = line.decode("latin-1").split()
        match words:
            case ["end_header"]:
                if kind not in {"ascii", *_ENDIAN}:
                    raise ValueError(f"format {kind or 'not told'}")
                return kind, elements
            case ["format", told, "1.0"] if not kind:
                kind = told
            case ["element", name, rows] if rows.isdigit() and name not in {one.name for one in elements}:
                elements.append(_Element(name, int(rows), {}))
            case ["property", "list", _, _, name] if elements and name not in elements[-1].columns:
                elements[-1].columns[name] = None
            case ["property", told, name] if elements and told in _KINDS and name not in elements[-1].columns:
                elements[-1].columns[name] = _KINDS[told]
            case ["comment" | "obj_info", *_] | []:
                pass
            case _:
                raise ValueError(f"a line in the header: {' '.join(words)[:60]}")
    raise ValueError("a header without an end")


def _split(elements: list[_Element]) -> tuple[list[_Element], _Element]:
    """Return the elements before the vertices, and these; all of a fixed length, so that places can be counted."""
    place = next((k for k, one in enumerate(elements) if one.name == "vertex"), None)
    if place is None:
        raise ValueError("no vertices")
    needed = elements[: place + 1]
    if any(kind is None for one in needed for kind in one.columns.values()):
        raise ValueError("lists before or among the vertices")
    missing = [name for name in "xyz" if name not in elements[place].columns]
    if missing:
        raise ValueError(f"vertices without {', '.join(missing)}")
    return elements[:place], elements[place]


def _dtype(element: _Element, endian: str) -> np.dtype:
    return np.dtype([(name, endian + str(kind)) for name, kind in element.columns.items()])


def _bytes_left(stream: IO[bytes], path: Path) -> int:
    return path.stat().st_size - stream.tell()


def _read_binary(stream: IO[bytes], before: list[_Element], vertex: _Element, endian: str, *, left: int) -> np.ndarray:
    skipped = sum(one.rows * _dtype(one, endian).itemsize for one in before)
    row = _dtype(vertex, endian)
    needed = skipped + vertex.rows * row.itemsize
    if left < needed:
        raise ValueError(f"{left} bytes of points where its header asks for {needed}: it is truncated")
    stream.seek(skipped, io.SEEK_CUR)
    rows = np.frombuffer(stream.read(vertex.rows * row.itemsize), dtype=row)
    with np.errstate(invalid="ignore"):  # bytes that are no numbers are told when the places are checked
        return np.column_stack([rows[name].astype(np.float64) for name in "xyz"])


def _read_text(stream: IO[bytes], skipped: int, vertex: _Element) -> np.ndarray:
    names = list(vertex.columns)
    lines = [line for line in stream.read().decode("latin-1").splitlines() if line.strip()]
    wanted = lines[skipped : skipped + vertex.rows]
    if len(wanted) < vertex.rows:
        raise ValueError(f"{len(wanted)} lines of points where its header asks for {vertex.rows}: it is truncated")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lines that are too short are told by the error
        return np.loadtxt(wanted, usecols=[names.index(name) for name in "xyz"], ndmin=2, comments=None)


def _damaged(path: Path, got: str) -> BadInput:
    return BadInput(
        f"{path.name} cannot be read as the points of a PLY",
        code="E-SURF-094",
        got=got,
        allowed="vertices with x, y and z, as text or binary",
        do="export the points again, or as a mesh of triangles",
    )
