"""Height maps in X3P (ISO 25178-72): a ZIP with XML and binary heights in metres. Checksums are verified."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.errors import BadInput
from scarplan.surface.io.heights import check_header
from scarplan.surface.io.points import grid_points
from scarplan.surface.io.scaled_map import ScaledMap
from scarplan.units import MM_PER_UNIT

_UNIT = "m"  # the standard knows no other
_MAIN, _CHECKSUM, _HEIGHTS = "main.xml", "md5checksum.hex", "bindata/data.bin"
#: A ZIP may unpack to far more than it is: no height map of ours does.
_MOST_BYTES = 1_000_000_000
#: The description of one surface is a few thousand letters long.
_MOST_LETTERS = 10_000_000
_UNSIGNED = "the file holds no checksum: whether it was changed since it was written cannot be told"


def read_x3p(path: Path) -> ScaledMap:
    """Return the surface in the file at `path`. Raises BadInput with what is wrong.

    Rows and columns stay in the order of the file. A point cloud is laid on a grid of its own spacing.
    """
    import x3pio  # loaded only when an X3P is read: starting stays fast

    try:
        _check_size(path)
        notes: tuple[str, ...] = ()
        try:
            _check_matrix(x3pio.info(path, verify=False), path)
            file = x3pio.read(path)
            notes = () if _has_checksum(path) else (_UNSIGNED,)
        except x3pio.X3pChecksumError:
            if not _checksum_names_heights(path):
                raise
            file = x3pio.read(path, verify=False)
            notes = ("the checksum file names the heights, not main.xml (a known slip of writers); the heights agree",)
    except BadInput:
        raise
    except Exception as error:  # the libraries raise whatever a damaged file provokes; to the user it is one fault
        raise BadInput(
            f"{path.name} cannot be read as X3P: it is damaged, was changed since it was written, or is no X3P",
            code="E-SURF-082",
            got=f"{type(error).__name__}: {error}",
            allowed="X3P by ISO 25178-72 with right checksums: one surface, heights in metres",
            do="export or copy it again",
        ) from None
    return _as_map(file, path, notes)


def _as_map(file: Any, path: Path, notes: tuple[str, ...]) -> ScaledMap:
    kind = type(file).__name__
    if kind == "PointCloud":
        return grid_points(_in_mm(file.layers[0].points()), path=path, unit=_UNIT, notes=notes)
    if kind != "Surface" or len(file.layers) != 1:
        raise BadInput(
            f"{path.name} is not one surface",
            code="E-SURF-083",
            got=f"a {kind.lower()} of {len(file.layers)} layers",
            allowed="a surface of one layer, or a point cloud",
            do="export the topography alone",
        )
    layer = file.layers[0]
    if not (file.header.x.is_incremental and file.header.y.is_incremental):
        points = _in_mm(layer.points()).reshape(-1, 3)
        return grid_points(points[np.isfinite(points).all(axis=1)], path=path, unit=_UNIT, notes=notes)
    check_header(layer.z.dtype, layer.z.shape, path)
    column_m, row_m = layer.spacing
    return ScaledMap(_in_mm(layer.z), column_m * MM_PER_UNIT["m"], row_m * MM_PER_UNIT["m"], _UNIT, notes)


def _in_mm(metres: np.ndarray) -> np.ndarray:
    return np.asarray(metres, np.float64) * MM_PER_UNIT["m"]


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            raise ValueError("two files of one name in the archive: which of them counts cannot be told")
        unpacked = sum(member.file_size for member in archive.infolist())
        described = max((member.file_size for member in archive.infolist() if member.filename == _MAIN), default=0)
    if unpacked > _MOST_BYTES or described > _MOST_LETTERS:
        raise BadInput(
            f"{path.name} unpacks to far more than a scan of skin",
            code="E-SURF-084",
            got=f"{unpacked / 1e6:.0f} MB",
            allowed=f"at most {_MOST_BYTES / 1e6:.0f} MB",
            do="crop it to the skin to be treated, or export it on a coarser grid",
        )


def _check_matrix(info: Any, path: Path) -> None:
    """Refuse an impossible size before any heights are loaded."""
    if info.feature_type.name == "SURFACE" and info.layer_count == 1:
        check_header(np.dtype(float), tuple(info.shape), path)


def _has_checksum(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return _CHECKSUM in archive.namelist()


def _checksum_names_heights(path: Path) -> bool:
    """Whether the checksum file holds the checksum of the heights where that of main.xml belongs."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if not {_MAIN, _CHECKSUM, _HEIGHTS} <= set(names):
            return False
        words = archive.read(_CHECKSUM).decode("ascii", "replace").split()
        heights = hashlib.md5(archive.read(_HEIGHTS), usedforsecurity=False).hexdigest()
    return len(words) == 2 and words[1].lstrip("*") == _HEIGHTS and words[0].lower() == heights
