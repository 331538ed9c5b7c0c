"""Files for the tests of the surface room: good scans in every format, and a table of malformed ones."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import trimesh
from PIL import Image

PIXEL_MM = 0.1


def skin_heights(rows: int = 96, columns: int = 112, seed: int = 0) -> np.ndarray:
    """Return heights like skin [y x], mm: bent, undulating, with two dents."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns] * PIXEL_MM
    heights = -((x - 5) ** 2) / 120 - (y - 4) ** 2 / 200 + 0.05 * np.sin(2 * np.pi * x / 6) * np.cos(2 * np.pi * y / 7)
    for centre_x, centre_y, depth in ((3.0, 3.0, 0.3), (7.0, 6.0, 0.2)):
        heights -= depth * np.clip(1 - ((x - centre_x) ** 2 + (y - centre_y) ** 2), 0, 1)
    return heights + 0.012 * rng.standard_normal((rows, columns))


def npy_bytes(array: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npy_with_header(header: bytes, data: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    size = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + size + header + data


def tiff_bytes(array: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


def picture_bytes(kind: str, size: tuple[int, int] = (40, 40)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (90, 60, 50)).save(stream, kind)
    return stream.getvalue()


def grid_mesh(heights: np.ndarray, step_mm: float = PIXEL_MM, *, with_texture: bool = False) -> trimesh.Trimesh:
    """Return the height field as a mesh that looks along +z, row 0 at the top (largest y)."""
    rows, columns = heights.shape
    y, x = np.mgrid[:rows, :columns]
    vertices = np.column_stack([x.ravel() * step_mm, (rows - 1 - y.ravel()) * step_mm, heights.ravel()])
    a = (y[:-1, :-1] * columns + x[:-1, :-1]).ravel()
    faces = np.concatenate(
        [np.column_stack([a, a + columns, a + 1]), np.column_stack([a + 1, a + columns, a + columns + 1])]
    )
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    if with_texture:
        uv = np.column_stack([(x.ravel() + 0.5) / columns, 1 - (y.ravel() + 0.5) / rows])
        material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.new("RGB", (4, 4)))
        mesh.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    return mesh


def mesh_bytes(mesh: Any, kind: str) -> bytes:
    data = mesh.export(file_type=kind)
    return data.encode() if isinstance(data, str) else data


def _nan(heights: np.ndarray, share: float = 1.0) -> np.ndarray:
    out = heights.copy()
    out.flat[: int(share * out.size)] = np.nan
    return out


def _zip_bytes() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("relief.txt", "heights")
    return stream.getvalue()


def _with_infinity(heights: np.ndarray) -> np.ndarray:
    out = heights.copy()
    out[3, 4] = np.inf
    return out


def _glb_with_length(data: bytes, length: int) -> bytes:
    return data[:8] + struct.pack("<I", length) + data[12:]


def _gltf(**changes: Any) -> bytes:
    about = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"uri": "not_there.bin", "byteLength": 120}],
        "bufferViews": [{"buffer": 0, "byteLength": 60}, {"buffer": 0, "byteOffset": 60, "byteLength": 60}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 5, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5125, "count": 15, "type": "SCALAR"},
        ],
    }
    return json.dumps(about | changes).encode()


HEIGHTS = skin_heights()
_SMALL = grid_mesh(HEIGHTS[::8, ::8], 8 * PIXEL_MM)
_POINTS_PLY = (
    b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
    b"0 0 0\n9 0 0\n0 9 0\n"
)
_OBJ = "v 0 0 0\nv 9 0 0\nv 0 9 0\n"
_FLAT_STL_TRIANGLE = struct.pack("<12fH", 0, 0, 1, *[1, 1, 1] * 3, 0)


def _stl(count: int, triangles: bytes) -> bytes:
    return b"\x00" * 80 + struct.pack("<I", count) + triangles


def _header(descr: str = "'<f4'", shape: str = "(96, 112)", order: str = "False", tail: str = "") -> bytes:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, {tail}}}\n".encode()


#: name of the file -> (its bytes, words that the message must hold, options that replace the good ones)
Malformed = tuple[Callable[[], bytes], str, dict[str, Any]]

_NO_OPTIONS: dict[str, Any] = {}
MALFORMED: dict[str, Malformed] = {
    # -- nothing or something else
    "empty.npy": (lambda: b"", "is empty", _NO_OPTIONS),
    "empty.tif": (lambda: b"", "is empty", _NO_OPTIONS),
    "empty.stl": (lambda: b"", "is empty", _NO_OPTIONS),
    "picture.npy": (lambda: picture_bytes("PNG"), "holds a PNG picture", _NO_OPTIONS),
    "photo.npy": (lambda: picture_bytes("JPEG"), "holds a JPEG picture", _NO_OPTIONS),
    "archive.tif": (_zip_bytes, "holds a ZIP archive", _NO_OPTIONS),
    "archive.npy": (_zip_bytes, "holds a ZIP archive", _NO_OPTIONS),
    "archive.obj": (_zip_bytes, "holds a ZIP archive", _NO_OPTIONS),
    "map.npy": (lambda: tiff_bytes(HEIGHTS.astype(np.float32)), "holds TIFF", _NO_OPTIONS),
    "map.tif": (lambda: npy_bytes(HEIGHTS), "holds NPY", _NO_OPTIONS),
    "map.ply": (lambda: npy_bytes(HEIGHTS), "holds NPY", _NO_OPTIONS),
    "mesh.glb": (lambda: mesh_bytes(_SMALL, "ply"), "holds PLY", _NO_OPTIONS),
    "mesh.obj": (lambda: mesh_bytes(_SMALL, "glb"), "holds GLB", _NO_OPTIONS),
    "text.npy": (lambda: b"0.1 0.2 0.3\n" * 50, "not NPY, or damaged", _NO_OPTIONS),
    "text.tif": (lambda: b"0.1 0.2 0.3\n" * 50, "not TIFF, or damaged", _NO_OPTIONS),
    "text.glb": (lambda: b"hello", "not GLB, or damaged", _NO_OPTIONS),
    "page.ply": (lambda: b"<html><body>404</body></html>", "holds a web page", _NO_OPTIONS),
    "heights.csv": (lambda: b"1,2,3\n", "an ending that no reader knows", _NO_OPTIONS),
    "scan.png": (lambda: picture_bytes("PNG"), "a photograph|an ending that no reader knows", _NO_OPTIONS),
    "scan": (lambda: npy_bytes(HEIGHTS), "looks like NPY: rename it so", _NO_OPTIONS),
    "scan.npz": (_zip_bytes, "an ending that no reader knows", _NO_OPTIONS),
    # -- NPY
    "cut_magic.npy": (lambda: b"\x93NUMPY", "header of cut_magic.npy is damaged", _NO_OPTIONS),
    "cut_header.npy": (lambda: npy_bytes(HEIGHTS)[:40], "header of cut_header.npy is damaged", _NO_OPTIONS),
    "cut_data.npy": (lambda: npy_bytes(HEIGHTS)[:-100], "is truncated", _NO_OPTIONS),
    "no_data.npy": (lambda: npy_bytes(HEIGHTS)[:128], "is truncated", _NO_OPTIONS),
    "too_long.npy": (lambda: npy_bytes(HEIGHTS) * 2, "longer than its header says", _NO_OPTIONS),
    "version9.npy": (lambda: npy_with_header(_header(), version=(9, 0)), "unknown version", _NO_OPTIONS),
    "lying_size.npy": (lambda: npy_with_header(_header(shape="(96, 112000)"), b"1234"), "is truncated", _NO_OPTIONS),
    "huge.npy": (lambda: npy_with_header(_header(shape="(90000, 90000)")), "too large.*crop it", _NO_OPTIONS),
    "negative.npy": (lambda: npy_with_header(_header(shape="(-5, 30)")), "is damaged", _NO_OPTIONS),
    "words.npy": (lambda: npy_with_header(_header(shape="('a', 3)")), "is damaged", _NO_OPTIONS),
    "code.npy": (lambda: npy_with_header(b"__import__('os').system('true')\n"), "is damaged", _NO_OPTIONS),
    "binary_header.npy": (lambda: npy_with_header(bytes(range(256)) * 2), "is damaged", _NO_OPTIONS),
    "unknown_type.npy": (lambda: npy_with_header(_header(descr="'<q9'")), "is damaged", _NO_OPTIONS),
    "list_type.npy": (lambda: npy_with_header(_header(descr="[('z', '<f4')]")), "records with several", _NO_OPTIONS),
    "extra_key.npy": (lambda: npy_with_header(_header(tail="'x': 1")), "is damaged", _NO_OPTIONS),
    "objects.npy": (
        lambda: npy_bytes(np.array([[1, "a"], [None, {}]], dtype=object), allow_pickle=True),
        "never unpickled",
        _NO_OPTIONS,
    ),
    "objects_large.npy": (
        lambda: npy_bytes(np.full((40, 40), None, dtype=object), allow_pickle=True),
        "never unpickled",
        _NO_OPTIONS,
    ),
    "complex.npy": (lambda: npy_bytes(HEIGHTS + 1j), "complex numbers", _NO_OPTIONS),
    "mask.npy": (lambda: npy_bytes(HEIGHTS > 0), "true or false", _NO_OPTIONS),
    "strings.npy": (lambda: npy_bytes(np.full((40, 40), "0.1")), "holds text", _NO_OPTIONS),
    "bytes.npy": (lambda: npy_bytes(np.full((40, 40), b"0.1")), "holds text", _NO_OPTIONS),
    "dates.npy": (lambda: npy_bytes(np.zeros((40, 40), dtype="datetime64[D]")), "holds dates", _NO_OPTIONS),
    "line.npy": (lambda: npy_bytes(HEIGHTS.ravel()), "1 dimensions", _NO_OPTIONS),
    "number.npy": (lambda: npy_bytes(np.array(3.0)), "0 dimensions", _NO_OPTIONS),
    "colour.npy": (lambda: npy_bytes(np.dstack([HEIGHTS] * 3)), "3 dimensions", _NO_OPTIONS),
    "stack.npy": (lambda: npy_bytes(np.stack([HEIGHTS] * 4)), "3 dimensions", _NO_OPTIONS),
    "volume4.npy": (lambda: npy_bytes(HEIGHTS[None, ..., None]), "4 dimensions", _NO_OPTIONS),
    "one_pixel.npy": (lambda: npy_bytes(np.array([[0.5]])), "too small to be a scan", _NO_OPTIONS),
    "one_row.npy": (lambda: npy_bytes(HEIGHTS[:1]), "too small to be a scan", _NO_OPTIONS),
    "no_rows.npy": (lambda: npy_bytes(HEIGHTS[:0]), "too small to be a scan", _NO_OPTIONS),
    "all_nan.npy": (lambda: npy_bytes(_nan(HEIGHTS)), "shows no skin", _NO_OPTIONS),
    "nearly_all_nan.npy": (lambda: npy_bytes(_nan(HEIGHTS, 0.999)), "shows no skin", _NO_OPTIONS),
    "infinite.npy": (lambda: npy_bytes(_with_infinity(HEIGHTS)), "infinite heights", _NO_OPTIONS),
    "all_infinite.npy": (lambda: npy_bytes(np.full((40, 40), -np.inf)), "infinite heights", _NO_OPTIONS),
    "half_overflow.npy": (
        lambda: npy_bytes(np.where(HEIGHTS > 0, np.inf, HEIGHTS).astype(np.float16)),
        "16-bit floating point overflows",
        _NO_OPTIONS,
    ),
    "constant.npy": (lambda: npy_bytes(np.full((40, 40), 2.5)), "all heights of constant.npy are equal", _NO_OPTIONS),
    "zeros.npy": (lambda: npy_bytes(np.zeros((40, 40), dtype=np.int32)), "are equal", _NO_OPTIONS),
    "largest_numbers.npy": (lambda: npy_bytes(HEIGHTS * 1e300), "wrong unit", _NO_OPTIONS),
    # -- TIFF
    "cut.tif": (lambda: tiff_bytes(HEIGHTS.astype(np.float32))[:2000], "cut.tif", _NO_OPTIONS),
    "head_only.tif": (lambda: tiff_bytes(HEIGHTS.astype(np.float32))[:8], "damaged|holds 0 images", _NO_OPTIONS),
    "noise.tif": (lambda: b"II*\x00" + bytes(range(200)), "damaged|holds 0 images", _NO_OPTIONS),
    "bits8.tif": (lambda: tiff_bytes(np.tile(np.arange(64, dtype=np.uint8), (64, 1))), "8 bit", _NO_OPTIONS),
    "bits1.tif": (lambda: tiff_bytes(HEIGHTS > 0), "8 bit or less|true or false", _NO_OPTIONS),
    "colour.tif": (lambda: tiff_bytes(np.zeros((64, 64, 3), np.uint16), photometric="rgb"), "colour", _NO_OPTIONS),
    "pages.tif": (
        lambda: tiff_bytes(np.zeros((3, 64, 64), np.float32), photometric="minisblack"),
        "holds 3 images",
        _NO_OPTIONS,
    ),
    "complex.tif": (lambda: tiff_bytes(HEIGHTS.astype(np.complex64)), "complex numbers", _NO_OPTIONS),
    "nan.tif": (lambda: tiff_bytes(_nan(HEIGHTS).astype(np.float32)), "shows no skin", _NO_OPTIONS),
    "constant.tif": (lambda: tiff_bytes(np.full((40, 40), 7, np.uint16)), "are equal", {"unit": "um"}),
    "tiny.tif": (lambda: tiff_bytes(HEIGHTS[:3, :3].astype(np.float32)), "too small", _NO_OPTIONS),
    "infinite.tif": (lambda: tiff_bytes(_with_infinity(HEIGHTS).astype(np.float32)), "infinite", _NO_OPTIONS),
    # -- meshes
    "cut.glb": (lambda: mesh_bytes(_SMALL, "glb")[:-50], "truncated", _NO_OPTIONS),
    "head.glb": (lambda: mesh_bytes(_SMALL, "glb")[:12], "truncated", _NO_OPTIONS),
    "lying.glb": (
        lambda: _glb_with_length(mesh_bytes(_SMALL, "glb")[:300], 300),
        "cannot be read as GLB",
        _NO_OPTIONS,
    ),
    "noise.glb": (lambda: b"glTF" + struct.pack("<II", 2, 60) + bytes(48), "cannot be read as GLB", _NO_OPTIONS),
    "no_buffer.gltf": (_gltf, "cannot be read as GLTF", _NO_OPTIONS),
    "no_mesh.gltf": (lambda: b'{"asset": {"version": "2.0"}}', "GLTF|no triangles", _NO_OPTIONS),
    "not_json.gltf": (lambda: b'{"asset": ', "cannot be read as GLTF", _NO_OPTIONS),
    "cut.stl": (lambda: mesh_bytes(_SMALL, "stl")[:-30], "truncated", _NO_OPTIONS),
    "short.stl": (lambda: b"\x00" * 40, "truncated|cannot be read|no triangles", _NO_OPTIONS),
    "none.stl": (lambda: _stl(0, b""), "no triangles|cannot be read", _NO_OPTIONS),
    "no_area.stl": (lambda: _stl(2, _FLAT_STL_TRIANGLE * 2), "has no area", _NO_OPTIONS),
    "words.stl": (lambda: b"solid nothing\nfacet here\nendsolid\n", "STL|no triangles", _NO_OPTIONS),
    "points.ply": (lambda: _POINTS_PLY, "too few points to be a scan", _NO_OPTIONS),
    "cut.ply": (lambda: mesh_bytes(_SMALL, "ply")[:-200], "cannot be read as PLY|names a vertex", _NO_OPTIONS),
    "cut_header.ply": (lambda: mesh_bytes(_SMALL, "ply")[:60], "cannot be read as PLY", _NO_OPTIONS),
    "strange.ply": (lambda: b"ply\nformat ascii 9.9\nend_header\n", "PLY|no triangles", _NO_OPTIONS),
    "points.obj": (lambda: _OBJ.encode(), "holds no triangles|cannot be read", _NO_OPTIONS),
    "bad_index.obj": (lambda: (_OBJ + "f 1 2 99\n").encode(), "cannot be read as OBJ", _NO_OPTIONS),
    "no_area.obj": (lambda: b"v 0 0 0\nv 9 0 0\nv 18 0 0\nf 1 2 3\n", "has no area", _NO_OPTIONS),
    "one_place.obj": (lambda: b"v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n", "has no area", _NO_OPTIONS),
    "nan.obj": (lambda: b"v 0 0 nan\nv 9 0 0\nv 0 9 0\nf 1 2 3\n", "no numbers|cannot be read", _NO_OPTIONS),
    "infinite.obj": (lambda: b"v 0 0 inf\nv 9 0 0\nv 0 9 0\nf 1 2 3\n", "no numbers|cannot be read", _NO_OPTIONS),
    "binary.obj": (lambda: b"v 0 0 0\x00\x01\x02" * 9, "is no OBJ text", _NO_OPTIONS),
    "prose.obj": (lambda: b"This is not a mesh.\n", "holds no triangles|cannot be read", _NO_OPTIONS),
    "tiny.obj": (lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "wrong unit", {"unit": "um"}),
    "giant.obj": (lambda: b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 3\n", "wrong unit", {"unit": "m"}),
    # -- options that do not fit a good file
    "no_unit.npy": (lambda: npy_bytes(HEIGHTS), "--unit is missing", {"unit": None}),
    "no_unit.ply": (lambda: mesh_bytes(_SMALL, "ply"), "--unit is missing", {"unit": ""}),
    "inch.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "inch"}),
    "minus.npy": (lambda: npy_bytes(HEIGHTS), "not a unit of length", {"unit": "-1mm"}),
    "as_um.npy": (lambda: npy_bytes(HEIGHTS), "wrong unit", {"unit": "um"}),
    "as_m.npy": (lambda: npy_bytes(HEIGHTS), "wrong unit", {"unit": "m"}),
    "no_pixel.npy": (lambda: npy_bytes(HEIGHTS), "--pixel-mm is missing", {"pixel_mm": None}),
    "no_pixel.tif": (lambda: tiff_bytes(HEIGHTS.astype("f4")), "--pixel-mm is missing", {"pixel_mm": None}),
    "zero_pixel.npy": (lambda: npy_bytes(HEIGHTS), "not a grid spacing", {"pixel_mm": 0.0}),
    "minus_pixel.npy": (lambda: npy_bytes(HEIGHTS), "not a grid spacing", {"pixel_mm": -0.1}),
    "nan_pixel.npy": (lambda: npy_bytes(HEIGHTS), "not a grid spacing", {"pixel_mm": float("nan")}),
    "um_pixel.npy": (lambda: npy_bytes(HEIGHTS), "50 um is 0.05", {"pixel_mm": 50.0}),
    "coarse_pixel.ply": (lambda: mesh_bytes(_SMALL, "ply"), "too small for this grid", {"pixel_mm": 4.0}),
    "side.npy": (lambda: npy_bytes(HEIGHTS), "not a side.*left, right", {"side": "top"}),
    "displaced.npy": (lambda: npy_bytes(HEIGHTS), "belongs to a mesh", {"displacement": "x.png"}),
    "no_image_unit.ply": (
        lambda: mesh_bytes(_SMALL, "ply"),
        "--displacement-unit is missing",
        {"displacement": "x.png"},
    ),
    "no_image.ply": (lambda: mesh_bytes(_SMALL, "ply"), "without --displacement", {"displacement_unit": "0.02mm"}),
    "lost_image.glb": (
        lambda: mesh_bytes(_SMALL, "glb"),
        "nowhere.png does not exist",
        {"displacement": "nowhere.png", "displacement_unit": "0.02mm"},
    ),
}


def write_file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
