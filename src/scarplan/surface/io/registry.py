"""Which reader a file needs: by what it holds and by its name, and both must agree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scarplan.errors import BadInput
from scarplan.surface.io.instrument import INSTRUMENT_SUFFIXES

FormatName = Literal["npy", "tiff", "x3p", "xyz", "ply_points", "instrument", "ply", "obj", "stl", "glb", "gltf"]
HEIGHT_MAPS: tuple[FormatName, ...] = ("npy", "tiff", "x3p", "xyz", "ply_points", "instrument")

_OWN_SUFFIXES: dict[str, FormatName] = {
    ".npy": "npy",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".x3p": "x3p",
    ".xyz": "xyz",
    ".ply": "ply",
    ".obj": "obj",
    ".stl": "stl",
    ".glb": "glb",
    ".gltf": "gltf",
}
ALLOWED = (
    "height maps NPY, TIFF (16 or 32 bit) or X3P, points XYZ or PLY, meshes PLY, OBJ, STL, GLB or GLTF, "
    "files of instruments with the extra `instruments`"
)

#: First bytes -> format of ours.
_MAGIC: tuple[tuple[bytes, FormatName], ...] = (
    (b"\x93NUMPY", "npy"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"glTF", "glb"),
    (b"ply\n", "ply"),
    (b"ply\r", "ply"),
)
#: An X3P is a ZIP archive.
_ZIP = b"PK\x03\x04"
#: First bytes -> what it is instead, in words.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (_ZIP, "a ZIP archive (also NPZ, X3P and office files are such archives)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a GZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"<?xml", "an XML text"),
    (b"<html", "a web page"),
    (b"<!DOCTYPE", "a web page"),
)
# STL, OBJ and XYZ have no first bytes of their own: their readers look further.
_WITHOUT_MAGIC: frozenset[FormatName] = frozenset({"stl", "obj", "gltf", "xyz"})


@dataclass(frozen=True)
class SniffedFile:
    """A file that exists and is what its name says."""

    path: Path
    format: FormatName


def sniff_file(path: Path) -> SniffedFile:
    """Return the format of the file at `path`. Raises BadInput when name and content disagree."""
    head = _read_head(path)
    by_name = _format_by_name(path)
    by_content = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
    if by_name is None:
        hint = f"; its content looks like {by_content.upper()}: rename it so" if by_content else ""
        raise BadInput(
            f"the scan {path} has an ending that no reader knows",
            code="E-SURF-005",
            got=path.suffix or "no ending",
            allowed=ALLOWED,
            do=f"export the scan in one of these formats{hint}",
        )
    if by_name == "instrument" or (by_name == "x3p" and head.startswith(_ZIP)):
        return SniffedFile(path=path, format=by_name)
    if by_content == by_name == "ply":
        from scarplan.surface.io.ply_points import holds_points_only  # a height map does without it

        return SniffedFile(path=path, format="ply_points" if holds_points_only(path) else "ply")
    if by_content == by_name or (by_content is None and by_name in _WITHOUT_MAGIC and not _foreign(head)):
        return SniffedFile(path=path, format=by_name)
    unknown = f"something that is not {by_name.upper()}, or damaged"
    holds = by_content.upper() if by_content else _foreign(head) or unknown
    raise BadInput(
        f"the scan {path} is named {path.suffix} but holds {holds}",
        code="E-SURF-006",
        got=f"first bytes {head[:8]!r}",
        allowed=ALLOWED,
        do="export it again from the scanner's software, or give it the ending of its content",
    )


def _format_by_name(path: Path) -> FormatName | None:
    suffix = path.suffix.lower()
    return "instrument" if suffix in INSTRUMENT_SUFFIXES else _OWN_SUFFIXES.get(suffix)


def _foreign(head: bytes) -> str | None:
    return next((words for magic, words in _FOREIGN if head.startswith(magic)), None)


def _read_head(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise OSError("it is a pipe or a device")  # a pipe would be waited for, a device read without end
        with path.open("rb") as stream:
            head = stream.read(64)
    except FileNotFoundError:
        raise BadInput(f"the scan {path} does not exist", code="E-SURF-001", do="check the path") from None
    except IsADirectoryError:
        raise BadInput(
            f"the scan {path} is a folder, not a file", code="E-SURF-002", allowed=ALLOWED, do="name the file in it"
        ) from None
    except (OSError, ValueError) as error:
        raise BadInput(
            f"the scan {str(path)!r} cannot be opened: {error}", code="E-SURF-003", do="check its name and permissions"
        ) from None
    if not head:
        raise BadInput(f"the scan {path} is empty", code="E-SURF-004", got="0 bytes", do="export or copy it again")
    return head
